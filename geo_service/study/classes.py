"""Classes of the zonage médecin for the communes and QPV of a study, at each of its dates."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..core.i18n import T
from ..core.result import Anomaly
from ..core.snapshot import Zoning
from ..core.tables import EVERYWHERE_LEVELS
from ..rules import zoning_classes
from ..sources.territories import COMMUNE_OF_ARRONDISSEMENT, commune_of
from ..sources.territories.filling import among
from ..sources.zonage.at_date import TVS_OF_COMMUNE, InForce, Orders
from .area import Area
from .material import Material
from .places import Places

Bools = npt.NDArray[np.bool_]
_OF_COMMUNES = ("commune", "commune-qpv", "commune-grand-quartier", TVS_OF_COMMUNE)
UNDATED = T(
    "Zonage non daté : pris comme en vigueur à la date principale de l'étude.",
    "Undated zoning: taken as in force at the study's main date.",
)
UNDATED_ELSEWHERE = T(
    "Zonage non daté : il ne dit rien de cette date.",
    "Undated zoning: it says nothing of that date.",
)
NOT_IN_FORCE = T(
    "Aucun zonage parmi les sources n'est en vigueur à cette date.",
    "No zoning among the sources is in force at that date.",
)


def kept_classes(material: Material, places: Places, area: Area, qpv: Any | None) -> Any | None:
    """Classes of the study's communes, their arrondissements and parts, its QPV, and every TVS.

    Codes that left the COG follow their moves. A merged commune follows the TVS of the commune
    whose code it keeps. Null where no source gives classes.
    """
    classes = material.table("classes")
    if classes is None:
        return None
    unit = classes["unit"]
    of_commune = among(classes["unit"], _OF_COMMUNES)
    codes = codes_today(classes["code"], places, of_commune)
    kept = of_commune & among(codes, with_arrondissements(area.communes))
    of_tvs = (unit == TVS_OF_COMMUNE).to_numpy(dtype=bool)
    if of_tvs.any():
        own = of_tvs & (codes == classes["code"]).to_numpy(dtype=bool)
        kept &= ~(of_tvs & ~own & among(codes, codes[own]))
    known = set() if qpv is None else set(qpv["code"].tolist())
    departements = area.places["departement"].dropna().unique().tolist()
    inside = {str(departement).zfill(3) for departement in departements}
    of_qpv = np.flatnonzero((unit == "qpv").to_numpy(dtype=bool))
    named = [code in known or code[2:5] in inside for code in codes.iloc[of_qpv].tolist()]
    kept[of_qpv] = named
    kept |= (unit == "tvs").to_numpy(dtype=bool)
    return classes.assign(code=codes)[kept].reset_index(drop=True)


def today(code: str, places: Places) -> str:
    """Code of a commune in the study's COG; an arrondissement of Paris, Lyon, Marseille stays."""
    return code if commune_of(code) != code else places.renamed.get(code, code)


def codes_today(codes: pd.Series, places: Places, about: Bools | None = None) -> pd.Series:
    """:func:`today` of a column of communes (of those marked); few of 35,000 have moved at all."""
    moved = among(codes, places.renamed)
    if about is not None:
        moved &= about
    if not moved.any():
        return codes
    settled = codes.copy()
    settled[moved] = [today(code, places) for code in codes[moved].tolist()]
    return settled


def with_arrondissements(communes: frozenset[str]) -> set[str]:
    """The communes, and the arrondissements of those that have some."""
    parts = COMMUNE_OF_ARRONDISSEMENT.items()
    return {*communes, *(part for part, whole in parts if whole in communes)}


@dataclass(eq=False)
class ClassAnswers:
    """The zoning of a study at each date; each set of rows in force is answered once.

    Parameters
    ----------
    table
        As :func:`kept_classes` gives it.
    area
        Territories of the study.
    qpv, communes
        Every QPV of the study's surroundings, and the communes of each.
    as_of
        The study's main date: undated orders are taken as in force then, and only then.
    """

    table: Any
    area: Area
    qpv: Any | None
    communes: list[list[str]]
    as_of: dt.date
    _answered: dict[tuple[bytes, bytes, bool], Zoning] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.orders = Orders(self.table)
        known = zoning_classes()
        found = {
            one
            for vintage in (self.table["zone_class"], self.table["published"])
            for one in vintage.dropna().unique().tolist()
            if one in known
        }
        rank = {name: known[name].rank for name in found}
        self.classes = tuple(sorted(found, key=lambda name: rank[name]))

    def at(self, as_of: dt.date, in_force: Bools | None) -> Zoning:
        """The zoning at a date.

        Parameters
        ----------
        in_force
            Which QPV are; None: no perimeter at hand is.
        """
        main = as_of == self.as_of
        mask = np.zeros(0, dtype=bool) if in_force is None else in_force
        covered = self.orders.covers(as_of)
        key = (covered.tobytes(), mask.tobytes(), main)
        if key not in self._answered:
            orders = self.main if main else self.orders.at(as_of)
            self._answered[key] = self._answer(orders, np.flatnonzero(mask))
        return self._answered[key]

    @cached_property
    def main(self) -> InForce:
        """The orders at the main date, undated ones taken as in force."""
        return self.orders.at(self.as_of, assume_undated=True)

    def _answer(self, orders: InForce, current: npt.NDArray[np.int64]) -> Zoning:
        links = self.area.links
        codes = links.index.tolist()
        zone_class = np.full(len(codes), None, dtype=object)
        undetermined = np.zeros(len(codes), dtype=bool)
        nothing = orders.nothing
        assumed = False
        if not nothing:
            for row, code in enumerate(codes):
                plain = orders.plain.get(code)
                if plain is not None:
                    zone_class[row] = plain[0]
                    assumed |= plain[1]
                    continue
                said = orders.of_commune(code)
                if said.state == "class":
                    zone_class[row] = said.classes[0]
                    assumed |= said.assumed
                else:
                    undetermined[row] = said.state not in ("silent", "absent")
        population = self.area.places["population"].to_numpy(dtype=float)
        at = links["commune"].to_numpy(dtype=np.int64)
        moved = self._moved(orders, current, codes, zone_class) if not nothing else _NOBODY
        others = {name for name in zone_class if name is not None} | set(moved["zone_class"])
        known = (*self.classes, *sorted(others - set(self.classes)))
        note = UNDATED if assumed else None
        if nothing:
            undated = bool(self.orders.undated.all()) and len(self.orders) > 0
            note = UNDATED_ELSEWHERE if undated else NOT_IN_FORCE
        return Zoning(
            zone_class=zone_class,
            undetermined=undetermined,
            population=np.where(at >= 0, population[at], np.nan),
            levels={level: links[level].to_numpy(dtype=np.int64) for level in EVERYWHERE_LEVELS},
            classes=known,
            moved=moved,
            in_force=not nothing,
            note=note,
        )

    def _moved(
        self,
        orders: InForce,
        current: npt.NDArray[np.int64],
        codes: list[str],
        zone_class: npt.NDArray[np.object_],
    ) -> pd.DataFrame:
        """QPV in force whose class is not that of each of their communes."""
        if self.qpv is None or not len(current):
            return _NOBODY
        position = {code: row for row, code in enumerate(codes)}
        names = self.qpv["code"].to_numpy(dtype=object)
        people = self.qpv["population"].to_numpy(dtype=float)
        rows = []
        for row in current:
            said = orders.of_qpv(names[row])
            if said.state != "class":
                continue
            shares = None
            for number, commune in enumerate(self.communes[row]):
                if commune not in position or said.classes[0] == zone_class[position[commune]]:
                    continue
                if shares is None:
                    shares = self._shares(row)
                rows.append(
                    (position[commune], names[row], said.classes[0], shares[number], people[row])
                )
        return pd.DataFrame(rows, columns=list(_NOBODY.columns)) if rows else _NOBODY

    def _shares(self, row: int) -> list[float]:
        """Share of a QPV's ground in each of its communes; equal where contours are missing."""
        communes = self.communes[row]
        if len(communes) == 1:
            return [1.0]
        shapes = self.area.around.set_index("code").geometry.reindex(communes).to_numpy()
        zone = self.qpv.geometry.to_numpy()[row] if self.qpv is not None else None
        # Shares of one small polygon: degrees distort all its parts alike.
        ground = shapely.area(shapely.intersection(shapes, zone))
        ground = np.where(np.isnan(ground), 0.0, ground)
        total = float(ground.sum())
        if total <= 0:
            return [1 / len(communes)] * len(communes)
        return [float(one) / total for one in ground]


_NOBODY = pd.DataFrame(
    {
        "commune": np.empty(0, np.int64),
        "qpv": np.empty(0, object),
        "zone_class": np.empty(0, object),
        "share": np.empty(0, float),
        "population": np.empty(0, float),
    }
)


def classes_of_communes(answers: ClassAnswers, material: Material) -> pd.DataFrame:
    """Class of each commune at the main date, indexed by its code; null where undetermined.

    Undated orders are taken as in force. Contradictions are listed.
    """
    orders = answers.main
    codes = answers.area.links.index.tolist()
    found: list[str | None] = []
    for code in codes:
        plain = orders.plain.get(code)
        if plain is not None:
            found.append(plain[0])
            continue
        said = orders.of_commune(code)
        found.append(said.classes[0] if said.state == "class" else None)
        if said.state != "several" or said.unit == "arrondissement":
            continue
        first = said.rulings[0]
        material.anomalies.add(
            Anomaly(
                source="zonage",
                file=first.file,
                row=first.row,
                field="zone_class",
                value=" / ".join(sorted(said.classes)),
                code="several-classes",
                reason=T(
                    "Une même commune porte plusieurs classes : indéterminée.",
                    "One commune has several classes: undetermined.",
                ),
                outcome="kept",
                record=code,
            )
        )
    return pd.DataFrame({"zone_class": pd.array(found, dtype="object")}, index=codes)


def classes_of_qpv(answers: ClassAnswers) -> dict[str, str]:
    """Class of each QPV that has one of its own at the main date."""
    orders = answers.main
    said = {code: orders.of_qpv(code) for code in dict.fromkeys(answers.orders.units("qpv"))}
    return {code: one.classes[0] for code, one in said.items() if one.state == "class"}
