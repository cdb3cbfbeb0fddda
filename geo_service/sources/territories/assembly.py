"""Join the files of territories of a study into one table, from France down to the commune.

The COG, where it is given, says which communes there are; contours say where. Totals are sums over
all communes of a territory, those left out of a regional reading included, and null as soon as one
of them has no population: an unknown is not 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_service.core.i18n import T
from geo_service.core.result import Anomalies, Reading
from geo_service.core.tables import TERRITORIES, check_table, shape_table

from .filling import among, filled, first_known, index_in
from .moves import cog_date, follow_codes
from .notes import note
from .parents import parent_rows
from .populations import settle_population

if TYPE_CHECKING:
    import pandas as pd

_FIELDS = ["name", "departement", "region", "epci", "population", "population_year", "legal_crs"]


@dataclass(frozen=True)
class Assembled:
    """All levels in one ``territories`` table, and what was wrong."""

    table: Any
    anomalies: Anomalies
    partial: frozenset[str]
    """Territories (``region:84``) of which not every commune was kept: no total can be made for
    them from what was read with this table."""
    commune_moves: Any
    """Table ``commune_moves``; empty when no file gives it."""


def assemble_territories(readings: Sequence[Reading], *, dissolve: bool = False) -> Assembled:
    """Join readings of this source into one table with every level.

    Parameters
    ----------
    readings
        In the order of preference: of two that give the same, the first wins.
    dissolve
        Make the contours that a level lacks by uniting communes. Off: they stay null, and listed.

    Returns
    -------
    Assembled
        Communes: those of the contours; where the COG is given, its communes without contours
        too, if their département was kept whole, and without those that are not in it. Names from
        the contours, else from the COG. EPCI from the composition, else from the contours.
        Population: the latest census year first; of one year, the composition of EPCI (it is in
        the COG of the study), then contours, then the table of legal populations, carried to the
        study's COG by the moves. Levels above: those that hold a kept commune; France where
        every commune of every région was kept.
    """
    notes = Anomalies()
    given = _Given(readings)
    reference = _reference(given, notes)
    kept = _kept(given, reference)
    settle_population(reference, given, set(reference.index[kept].tolist()), notes)
    communes = reference[kept]
    _list_missing_contours(communes, given, notes)
    rows = parent_rows(
        reference, communes, given.parents, given.full_country(reference), notes, dissolve
    )
    table = rows.tables(communes)
    return Assembled(
        check_table(table, TERRITORIES, shapes=False),
        notes,
        rows.partial,
        given.moves,
    )


class _Given:
    """The readings by what they bring."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        import pandas as pd

        from geo_service.core.tables import COMMUNE_MOVES

        def tables(*layouts: str) -> list[Any]:
            return [r.table for r in readings if r.provenance.layout in layouts]

        self.contours = _first(tables("communes-contours"), "commune")
        drawn = [r for r in readings if r.provenance.layout == "communes-contours"]
        held = [r.extra.get("everywhere", r.table) for r in drawn]
        left_out = any(len(r.table) < len(every) for r, every in zip(drawn, held, strict=True))
        self.everywhere = _first(held, "commune") if left_out else self.contours
        self.cog = _first(tables("cog-communes"), "commune")
        self.composition = _first(tables("epci-composition"), "commune")
        self.legal = _first(tables("cog-population"), "commune")
        self.parents = {
            level: _first(tables(f"{plural}-contours", *codes), level)
            for level, plural, codes in (
                ("region", "regions", ["cog-regions"]),
                ("departement", "departements", ["cog-departements"]),
                ("epci", "epci", ["epci-composition"]),
            )
        }
        self.cut = len(self.contours) < len(self.everywhere)
        if self.cut:
            self._leave_out()
        moves = [r.extra["commune_moves"] for r in readings if "commune_moves" in r.extra]
        empty = shape_table(pd.DataFrame(), COMMUNE_MOVES)
        self.moves = pd.concat(moves, ignore_index=True) if moves else empty
        self.regions = set(_first(tables("cog-regions"), "region").index)

    def _leave_out(self) -> None:
        """Forget the communes that share neither région nor EPCI with one that was kept."""
        all_of_them = self.everywhere
        near = np.zeros(len(all_of_them), dtype=bool)
        for level in ("region", "epci"):
            wanted = set(self.contours[level].dropna())
            near |= [code in wanted for code in all_of_them[level].to_numpy(object)]
        far = set(all_of_them.index[~near])
        self.everywhere = all_of_them[near]
        for name in ("cog", "composition", "legal"):
            table = getattr(self, name)
            near = np.array([code not in far for code in table.index], dtype=bool)
            setattr(self, name, table[near])

    def full_country(self, reference: pd.DataFrame) -> bool:
        """Whether the communes known are those of the whole country."""
        if self.cut:
            return False
        regions = set(reference["region"].dropna().unique())
        return self.regions <= regions if self.regions else len(regions) >= 18


def _first(tables: list[Any], level: str) -> Any:
    """One row a code; each value from the first table that has it, geometry included."""
    import pandas as pd

    parts = []
    for table in tables:
        part = pd.DataFrame(table[table["level"] == level])
        # Plain objects are looked up several times faster than Arrow strings.
        parts.append(part.set_axis(pd.Index(part["code"].to_numpy(object), dtype=object)))
    return filled(parts, [*TERRITORIES.names, "geometry"])


def _reference(given: _Given, notes: Anomalies) -> pd.DataFrame:
    """Every commune known, kept or not, with the best value of each field."""
    sources = [given.everywhere, given.cog, given.composition]
    if not any(len(source) for source in sources):
        sources = [given.legal]
    frame = filled(sources, [name for name in TERRITORIES.names if name != "population"]).copy()
    frame = _without_strangers(frame, given, notes)
    if len(given.composition):
        told = given.composition
        offers = [told["epci"].array, frame["epci"].array]
        rows = [index_in(told["code"], frame["code"]), None]
        frame["epci"] = first_known(offers, rows, len(frame))
    if frame["region"].isna().any():
        known = frame.dropna(subset="region").drop_duplicates("departement")
        regions = dict(zip(known["departement"], known["region"], strict=True))
        said = given.parents["departement"]["region"].dropna()
        regions.update(dict(zip(said.index, said, strict=True)))
        lost = frame["region"].isna()
        frame.loc[lost, "region"] = frame.loc[lost, "departement"].map(lambda d: regions.get(d))
    drawn = index_in(given.contours["code"], frame["code"])
    frame["geometry"] = given.contours["geometry"].array.take(drawn, allow_fill=True)
    return frame.sort_index()


def _without_strangers(frame: pd.DataFrame, given: _Given, notes: Anomalies) -> pd.DataFrame:
    """Leave out communes that are not in the COG given, and say what they have become."""
    if given.cog.empty:
        return frame
    gone = frame.index[~among(frame["code"], given.cog["code"])]
    if len(gone) == 0:
        return frame
    date = cog_date(gone, given.moves)
    heirs = follow_codes(gone, date, given.moves) if date else {}
    for code in gone:
        now = [heir for heir in heirs.get(code, []) if heir in given.cog.index]
        note(
            notes,
            str(frame.at[code, "file"]),
            "code",
            str(code),
            "left-cog",
            T(
                "La commune n'est plus dans le COG ; aujourd'hui : {now}.",
                "The commune is no longer in the COG; today: {now}.",
                now=", ".join(now),
            )
            if now
            else T("La commune n'est pas dans le COG donné.", "Not a commune of the COG given."),
            "set aside",
            str(code),
        )
    return frame.drop(index=gone)


def _kept(given: _Given, reference: pd.DataFrame) -> Any:
    """Communes of the table, as a mask: those with contours, and the COG's others of whole
    départements."""
    import pandas as pd

    if given.contours.empty:
        return pd.Series(True, index=reference.index)
    read = among(reference["code"], given.contours["code"])
    same = given.everywhere is given.contours
    known = read if same else among(reference["code"], given.everywhere["code"])
    place = reference["departement"]
    cut = place[known & ~read].unique()
    whole = ~place.isin(cut)
    if len(cut):
        whole &= place.isin(place[read].unique())
    return pd.Series(read | (~known & whole.to_numpy()), index=reference.index)


def _list_missing_contours(communes: pd.DataFrame, given: _Given, notes: Anomalies) -> None:
    if given.contours.empty:
        return
    file = str(given.contours["file"].iloc[0])
    for code in communes.index[communes["geometry"].isna()]:
        if code in given.contours.index:
            continue  # its row was there without a usable shape: said when it was read
        came = given.moves[(given.moves["after"] == code) & (given.moves["before"] != code)]
        origin = came.sort_values("effective")["before"].iloc[-1] if len(came) else None
        note(
            notes,
            file,
            "geometry",
            None,
            "commune-without-contour",
            T(
                "{name} est dans le COG et n'a pas de contour ; issue de {origin}, dont le "
                "contour la contient sans doute encore.",
                "{name} is in the COG and has no contour; it came out of {origin}, whose contour "
                "probably still holds it.",
                name=communes.at[code, "name"],
                origin=origin,
            )
            if origin
            else T(
                "{name} est dans le COG et n'a pas de contour.",
                "{name} is in the COG and has no contour.",
                name=communes.at[code, "name"],
            ),
            "kept",
            str(code),
        )
