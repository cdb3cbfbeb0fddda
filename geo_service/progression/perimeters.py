"""QPV 2015 ↔ QPV 2024 by overlap: shares of area and of population, and what became of each.

Areas are measured in the legal CRS of each territory. The two layers have different origins, so
*identical* has a tolerance, which ``law/zones/qpv_2015_2024.toml`` states.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..core.errors import UnknownNameError
from ..core.i18n import T
from ..engine import TerritorialIndex
from ..engine.territorial import project
from ..rules import load_law, qpv_generations
from ..store import StoredResult

LAW = "zones/qpv_2015_2024.toml"
RELATIONS = {
    "identical": T("identique", "identical"),
    "modified": T("modifié", "modified"),
    "split": T("partagé en plusieurs", "split"),
    "merged": T("réunion de plusieurs", "merged"),
    "recomposed": T("recomposé (partage et réunion)", "recomposed (split and merged)"),
    "new": T("nouveau", "new"),
    "gone": T("disparu", "gone"),
    "unknown": T("inconnu : pas de liste de 2015 lue ici", "unknown: no list of 2015 read here"),
}
BASES = {
    "squares": T("carreaux de 200 m", "200 m squares"),
    "area": T("au prorata de la surface", "in proportion to the area"),
}
COLUMNS = (
    "code_2015",
    "name_2015",
    "code_2024",
    "name_2024",
    "relation",
    "share_of_2015",
    "share_of_2024",
    "shared_area_m2",
    "people_shared",
    "people_share_of_2015",
    "people_share_of_2024",
    "people_basis",
    "farthest_m",
    "legal_crs",
)
"""Columns of :attr:`Correspondence.rows`."""
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SuffixCheck:
    """The QPV of one letter: counted, published, and what the overlap says of them."""

    letter: str
    counted: int
    published: int
    by_overlap: dict[str, int]
    disagreeing: tuple[str, ...]
    """Codes whose overlap says something else than the letter."""


@dataclass(frozen=True, eq=False)
class Correspondence:
    """The table and its rules.

    ``rows``: one row a link, and one for each QPV without any. ``identical_metres`` is the
    tolerance; ``counts`` are QPV (2024, and 2015 for *gone* and *split*) by relation.
    """

    rows: pd.DataFrame = field(repr=False)
    identical_metres: float
    identical_share: float
    least_share: float

    @property
    def counts(self) -> dict[str, int]:
        """QPV 2024 by relation; *gone* counts QPV 2015."""
        by_code = self.rows.drop_duplicates("code_2024")
        found = Counter(by_code.loc[by_code["code_2024"].notna(), "relation"])
        found["gone"] = int((self.rows["relation"] == "gone").sum())
        return {name: found.get(name, 0) for name in RELATIONS}


def correspondence(old: Any, new: Any, *, squares: Any | None = None) -> Correspondence:
    """What each QPV 2015 became, and where each QPV 2024 comes from.

    Parameters
    ----------
    old, new
        Typed tables ``zones`` of the two generations (EPSG:4326, with ``legal_crs``).
    squares
        Populated points (``lon``, ``lat``, ``population``): the 200 m squares. Without them
        population follows the area, and ``people_basis`` says so.

    Returns
    -------
    Correspondence
        Shares are of one, of each side; population null where nothing is known of it.
    """
    law = load_law(LAW)["overlap"]
    old, new = _shaped(old), _shaped(new)
    left, right, shared, area_old, area_new = _overlaps(old, new)
    share_old, share_new = shared / area_old[left], shared / area_new[right]
    kept = (share_old >= law["least_share"]) | (share_new >= law["least_share"])
    left, right, shared = left[kept], right[kept], shared[kept]
    share_old, share_new = share_old[kept], share_new[kept]
    far = _farthest(old, new, left, right)
    same = (far <= law["identical_metres"]) & (
        np.minimum(share_old, share_new) >= law["identical_share"]
    )
    people = _people(old, new, left, right, share_new, squares)
    links = pd.DataFrame(
        {
            "code_2015": old["code"].to_numpy(dtype=object)[left],
            "name_2015": old["name"].to_numpy(dtype=object)[left],
            "code_2024": new["code"].to_numpy(dtype=object)[right],
            "name_2024": new["name"].to_numpy(dtype=object)[right],
            "relation": _relations(left, right, same),
            "share_of_2015": np.minimum(share_old, 1.0),
            "share_of_2024": np.minimum(share_new, 1.0),
            "shared_area_m2": shared,
            **people,
            "farthest_m": far,
            "legal_crs": new["legal_crs"].to_numpy()[right],
        }
    )
    lonely, listed = np.setdiff1d(np.arange(len(new)), right), _listed(old, new)
    alone = [
        _alone(new, lonely[listed[lonely]], "2024", "new"),
        _alone(new, lonely[~listed[lonely]], "2024", "unknown"),
        _alone(old, np.setdiff1d(np.arange(len(old)), left), "2015", "gone"),
    ]
    rows = pd.concat([part for part in (links, *alone) if len(part)] or [links], ignore_index=True)
    rows = rows.reindex(columns=COLUMNS).sort_values(
        ["code_2024", "code_2015"], na_position="last", kind="stable"
    )
    return Correspondence(
        rows.reset_index(drop=True),
        float(law["identical_metres"]),
        float(law["identical_share"]),
        float(law["least_share"]),
    )


def correspondence_of(result: StoredResult, *, squares: Any | None = None) -> Correspondence:
    """The correspondence of the QPV of a stored result.

    Raises
    ------
    UnknownNameError
        The result does not hold both generations.
    """
    layers = {name: one.layer for name, one in qpv_generations().items()}
    missing = [layer for layer in layers.values() if layer not in result.layer_names()]
    if missing:
        raise UnknownNameError(
            T(
                "Le résultat n'a pas la couche {names} : pas de correspondance.",
                "The result has no layer {names}: no correspondence.",
                names=", ".join(missing),
            ),
            known=tuple(result.layer_names()),
        )
    return correspondence(
        result.read_layer(layers["2015"]), result.read_layer(layers["2024"]), squares=squares
    )


def against_suffixes(found: Correspondence, new: Any | None = None) -> list[SuffixCheck]:
    """The letters of the codes of 2024 held against the overlap, on the mainland.

    Parameters
    ----------
    new
        Table of codes with ``legal_crs`` to count letters on, where it holds more than those with
        a polygon; by default the QPV of the correspondence.
    """
    law = load_law(LAW)
    mainland = law["published"]["legal_crs"]
    rows = found.rows[found.rows["code_2024"].notna() & (found.rows["legal_crs"] == mainland)]
    relation = rows.drop_duplicates("code_2024").set_index("code_2024")["relation"]
    counted = relation.index if new is None else new.loc[new["legal_crs"] == mainland, "code"]
    checks = []
    for entry in law["suffix"]:
        own = relation[[str(code).endswith(entry["letter"]) for code in relation.index]]
        other = own[~own.isin(entry["relations"])]
        checks.append(
            SuffixCheck(
                letter=entry["letter"],
                counted=sum(str(code).endswith(entry["letter"]) for code in set(counted)),
                published=int(entry["published"]),
                by_overlap={str(name): int(n) for name, n in Counter(own).items()},
                disagreeing=tuple(sorted(other.index)),
            )
        )
    return checks


def published_reference() -> str:
    """Where the published counts of the letters come from."""
    return str(load_law(LAW)["published"]["reference"])


def _shaped(zones: Any) -> Any:
    return zones[~(zones.geometry.isna() | zones.geometry.is_empty)].reset_index(drop=True)


def _overlaps(old: Any, new: Any) -> tuple[Ints, Ints, Floats, Floats, Floats]:
    """Pairs that share ground with the area shared, and the area of each zone, in legal CRS."""
    lefts: list[Ints] = []
    rights: list[Ints] = []
    shared: list[Floats] = []
    areas = np.full(len(old), np.nan), np.full(len(new), np.nan)
    for code in np.unique([*old["legal_crs"].tolist(), *new["legal_crs"].tolist()]):
        chosen = [np.flatnonzero(table["legal_crs"] == code) for table in (old, new)]
        shapes = [
            shapely.make_valid(project(table.geometry.to_numpy()[rows], int(code)))
            for table, rows in zip((old, new), chosen, strict=True)
        ]
        for held, rows, own in zip(areas, chosen, shapes, strict=True):
            held[rows] = shapely.area(own)
        a, b = shapely.STRtree(shapes[1]).query(shapes[0], predicate="intersects")
        shared.append(shapely.area(shapely.intersection(shapes[0][a], shapes[1][b])))
        lefts.append(chosen[0][a])
        rights.append(chosen[1][b])
    empty = np.zeros(0, dtype=np.int64)
    return (
        np.concatenate([empty, *lefts]),
        np.concatenate([empty, *rights]),
        np.concatenate([np.zeros(0), *shared]),
        *areas,
    )


def _farthest(old: Any, new: Any, left: Ints, right: Ints) -> Floats:
    """Metres from the farthest vertex of either zone to the other zone."""
    found = np.zeros(len(left))
    codes = new["legal_crs"].to_numpy(dtype=np.int64)
    before, after = old.geometry.to_numpy(), new.geometry.to_numpy()
    for number, (a, b) in enumerate(zip(left, right, strict=True)):
        one, other = project(np.asarray([before[a], after[b]]), int(codes[b]))
        found[number] = max(_reach(one, other), _reach(other, one))
    return found


def _reach(one: Any, other: Any) -> float:
    corners = shapely.points(shapely.get_coordinates(one))
    return float(shapely.distance(corners, other).max())


def _relations(left: Ints, right: Ints, same: npt.NDArray[np.bool_]) -> list[str]:
    of_old, of_new = Counter(left.tolist()), Counter(right.tolist())
    # A QPV 2024 has one relation, whatever the number of its links.
    splits = {b for a, b in zip(left.tolist(), right.tolist(), strict=True) if of_old[a] > 1}
    named = []
    for alike, b in zip(same.tolist(), right.tolist(), strict=True):
        if of_new[b] > 1:
            named.append("recomposed" if b in splits else "merged")
        elif b in splits:
            named.append("split")
        else:
            named.append("identical" if alike else "modified")
    return named


def _listed(old: Any, new: Any) -> npt.NDArray[np.bool_]:
    """Whether a list of 2015 was read where each QPV 2024 lies: the mainland has one list."""

    def part(zones: Any) -> list[str]:
        codes = zones["departement"].astype("object").fillna("").tolist()
        return [code if code[:2] in ("97", "98") else "" for code in codes]

    held = set(part(old))
    return np.asarray([code in held for code in part(new)], dtype=bool)


def _alone(zones: Any, rows: Ints, generation: str, relation: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            f"code_{generation}": zones["code"].to_numpy(dtype=object)[rows],
            f"name_{generation}": zones["name"].to_numpy(dtype=object)[rows],
            "relation": relation,
            "legal_crs": zones["legal_crs"].to_numpy()[rows],
        }
    )


def _people(
    old: Any, new: Any, left: Ints, right: Ints, share_new: Floats, squares: Any | None
) -> dict[str, Any]:
    if squares is not None and len(squares):
        return _people_of_squares(old, new, left, right, squares)
    whole_old = old["population"].to_numpy(dtype=float)[left]
    shared = new["population"].to_numpy(dtype=float)[right] * np.minimum(share_new, 1.0)
    told = ~np.isnan(shared)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_old = np.where(whole_old > 0, np.minimum(shared / whole_old, 1.0), np.nan)
    return {
        "people_shared": shared,
        "people_share_of_2015": of_old,
        "people_share_of_2024": np.where(told, np.minimum(share_new, 1.0), np.nan),
        "people_basis": ["area" if known else None for known in told],
    }


def _people_of_squares(old: Any, new: Any, left: Ints, right: Ints, squares: Any) -> dict[str, Any]:
    """People of the squares whose point lies in a zone, and in both zones of each link."""
    people = np.nan_to_num(squares["population"].to_numpy(dtype=float))
    held: list[dict[int, set[int]]] = []
    for zones in (old, new):
        points, places = TerritorialIndex(zones).query(squares["lon"], squares["lat"])
        inside: dict[int, set[int]] = {}
        for point, place in zip(points.tolist(), places.tolist(), strict=True):
            inside.setdefault(place, set()).add(point)
        held.append(inside)

    def total(points: set[int]) -> float:
        return float(people[sorted(points)].sum()) if points else 0.0

    both = np.asarray(
        [
            total(held[0].get(a, set()) & held[1].get(b, set()))
            for a, b in zip(left.tolist(), right.tolist(), strict=True)
        ],
        dtype=float,
    )
    whole = [
        np.asarray([total(inside.get(place, set())) for place in side.tolist()], dtype=float)
        for inside, side in zip(held, (left, right), strict=True)
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = [np.where(all_of > 0, both / all_of, np.nan) for all_of in whole]
    return {
        "people_shared": both,
        "people_share_of_2015": shares[0],
        "people_share_of_2024": shares[1],
        "people_basis": "squares",
    }
