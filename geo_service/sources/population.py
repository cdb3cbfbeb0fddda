"""Population by QPV (INSEE table), by 200 m square (Filosofi), by commune (legal populations).

None of these files says the year of its figures, so it is asked for (``year``) and else null.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_service.core.contracts import Layout, Progress, Source, no_progress
from geo_service.core.crs import WGS84, legal_crs_at, transform
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Anomaly, Outcome, Reading
from geo_service.core.tables import POPULATION, check_table, shape_table
from geo_service.intake.archives import OfficialFile
from geo_service.intake.opening import heading_of, open_as, provenance_of, recognised, rows_lost
from geo_service.intake.text import parse_floats, read_table
from geo_service.intake.values import match_columns
from geo_service.intake.vectors import list_layers, read_layer

if TYPE_CHECKING:
    import pandas as pd

_QPV: dict[str, list[str]] = {
    "unit_id": ["codeQPV", "code_qp"],
    "population": ["popMuniQPV", "POP_MUN"],
    "commune": ["COG", "insee_com"],
}
_COMMUNES: dict[str, list[str]] = {
    "departement": ["DEP"],
    "local": ["CODCOM"],
    "unit_id": ["COM"],
    "population": ["PMUN"],
}
_SQUARES: dict[str, list[str]] = {
    "unit_id": ["idcar_200m", "IdINSPIRE", "id"],
    "population": ["num_people", "ind"],
    "imputed": ["i_est_200", "imputed"],
}
_SQUARE = re.compile(r"CRS3035RES(\d+)mN(\d+)E(\d+)")
_CODES = {
    "qpv": r"Q[PN](\d[0-9AB]\d|0\d[0-9AB])\d{2}[0-9A-Z]",
    "commune": r"\d[0-9AB]\d{3}",
    "square": r"\S+",
}
_ARRONDISSEMENTS = (
    (75101, 75120, "75056"),
    (69381, 69389, "69123"),
    (13201, 13216, "13055"),
)
"""Municipal arrondissements of Paris, Lyon and Marseille, and their commune."""


def recognise(path: Path) -> str | None:
    """``qpv-insee`` or ``squares-200m``, or null; never raises.

    ``donnees_communes.csv`` is recognised by the source *territories*, which needs it too; here it
    is read when asked for (``kind = "population"`` in a study).
    """
    layout = recognised(path, _layout_of)
    return None if layout == "communes" else layout


def _layout_of(file: OfficialFile) -> str | None:
    if file.suffix in (".csv", ".txt"):
        names = heading_of(file.choose(suffixes=(".csv", ".txt")))
        for layout, aliases in (("qpv-insee", _QPV), ("communes", _COMMUNES)):
            if _has(names, aliases, list(aliases)):
                return layout
        return None
    if file.compression != "zip":
        head = file.head()
        if not head.startswith((b"PAR1", b"SQLite", b"fgb")) and b'"features"' not in head:
            return None
        if b'"features"' in head and not _SQUARE.search(head.decode("utf-8", "ignore")):
            return None
    return "squares-200m" if _square_layer(file) else None


def _has(names: Any, aliases: dict[str, list[str]], required: list[str]) -> bool:
    try:
        match_columns(names, aliases, required=required)
    except SourceError:
        return False
    return True


def _square_layer(file: OfficialFile) -> tuple[str, str | None] | None:
    """Name and member of the layer of squares, the finest when there are several."""
    found = [
        layer
        for layer in list_layers(file)
        if _has(layer.fields, _SQUARES, ["unit_id", "population", "imputed"])
    ]
    found.sort(key=lambda layer: "200" not in f"{layer.member or ''} {layer.name}")
    return (found[0].name, found[0].member) if found else None


def read(
    path: str | Path,
    *,
    layout: str | None = None,
    source_id: str | None = None,
    vintage: dt.date | None = None,
    progress: Progress = no_progress,
    year: int | None = None,
    layer: str | None = None,
    member: str | None = None,
) -> Reading:
    """Read a population table into ``population``.

    Parameters
    ----------
    year
        Year of the figures, which the files do not say.
    layer, member
        Of a file with several layers of squares.

    Returns
    -------
    Reading
        ``qpv-insee``: one row a QPV. The file has one a QPV and commune, each with the population
        of the whole QPV: the repeats are listed and never added; repeats that disagree leave the
        population null. ``extra["qpv_communes"]`` keeps the pairs. ``squares-200m``: one row a
        square, with the longitude and latitude of its centre and whether INSEE imputed it.
        ``communes``: one row a commune; Paris, Lyon and Marseille are the sum of theirs.

    Raises
    ------
    SourceError
        The file cannot be read as one of these.
    """
    file, layout = open_as(path, SOURCE, layout, _layout_of, member=member)
    progress("population", 0, None)
    notes = _Notes(file.label)
    extra: dict[str, Any] = {}
    if layout == "squares-200m":
        rows, total = _read_squares(file, layer, member, notes)
    elif layout == "qpv-insee":
        rows, total, extra = _read_qpv(file, notes)
    else:
        rows, total = _read_communes(file, notes)
    rows["year"] = year
    rows["file"] = notes.file
    table = check_table(shape_table(rows, POPULATION), POPULATION)
    progress("population", total, total)
    aside = rows_lost(notes.found)
    return Reading(
        "population",
        table,
        notes.found,
        provenance_of(
            file,
            SOURCE,
            layout,
            source_id=source_id,
            member=notes.file.removeprefix(file.name).lstrip("/") or None,
            vintage=vintage,
            rows_read=total,
            rows_kept=total - aside,
        ),
        extra,
    )


class _Notes:
    """The anomalies of one file."""

    def __init__(self, file: str) -> None:
        self.file, self.found = file, Anomalies()

    def add(
        self,
        row: Any,
        field: str,
        value: Any,
        code: str,
        reason: Text,
        outcome: Outcome,
        record: Any = None,
    ) -> None:
        shown = None if value is None or value != value else str(value)
        name = None if record is None or record != record else str(record)
        self.found.add(
            Anomaly(
                "population", self.file, int(row), field, shown, code, reason, outcome, record=name
            )
        )


def _sound(rows: pd.DataFrame, support: str, notes: _Notes) -> pd.DataFrame:
    """Rows with an id of their kind; populations as numbers, null where they are none."""
    good = rows["unit_id"].astype("str").str.fullmatch(_CODES[support]).fillna(False).astype(bool)
    reason = T("Identifiant illisible.", "Unreadable id.")
    for row, value in zip(rows.loc[~good, "row"], rows.loc[~good, "unit_id"], strict=True):
        notes.add(row, "unit_id", value, "unreadable-code", reason, "set aside")
    rows = rows[good].reset_index(drop=True)
    numbers, wrong = parse_floats(rows["population"].astype("str"))
    wrong |= numbers < 0
    reason = T("Population illisible ; laissée vide.", "Unreadable population; left empty.")
    for at in rows.index[wrong]:
        value, who = rows.at[at, "population"], rows.at[at, "unit_id"]
        notes.add(rows.at[at, "row"], "population", value, "unreadable-number", reason, "kept", who)
    return rows.assign(population=numbers.mask(wrong), support=support)


def _distinct(rows: pd.DataFrame, notes: _Notes) -> pd.DataFrame:
    again = rows["unit_id"].duplicated()
    reason = T("L'unité figure déjà plus haut.", "The unit stands above already.")
    for row, who in zip(rows.loc[again, "row"], rows.loc[again, "unit_id"], strict=True):
        notes.add(row, "unit_id", who, "duplicate-id", reason, "set aside", who)
    return rows[~again].reset_index(drop=True)


def _text_rows(file: OfficialFile, aliases: dict[str, list[str]], notes: _Notes) -> pd.DataFrame:
    rows = read_table(
        file.choose(suffixes=(".csv", ".txt")),
        source="population",
        anomalies=notes.found,
        aliases=aliases,
    )
    for column in rows.columns.drop("row"):
        rows[column] = rows[column].str.strip()
    return rows


def _read_qpv(file: OfficialFile, notes: _Notes) -> tuple[pd.DataFrame, int, dict[str, Any]]:
    rows = _text_rows(file, _QPV, notes)
    total = len(rows) + rows_lost(notes.found)
    rows = _sound(rows, "qpv", notes)
    lost = rows["commune"].str.fullmatch(r"\d{4}").astype(bool)
    reason = T("Zéro initial perdu, rétabli.", "Leading zero lost, restored.")
    for at in rows.index[lost]:
        value, who = rows.at[at, "commune"], rows.at[at, "unit_id"]
        notes.add(rows.at[at, "row"], "commune", value, "leading-zero", reason, "repaired", who)
    rows["commune"] = rows["commune"].mask(lost, "0" + rows["commune"])
    again = rows["unit_id"].duplicated()
    first = rows[~again].set_index("unit_id")["population"]
    above = rows["unit_id"].map(first)
    differs = again & (above != rows["population"]) & ~(above.isna() & rows["population"].isna())
    repeat = T(
        "Le QPV s'étend sur plusieurs communes : sa population est déjà comptée plus haut.",
        "The QPV spans several communes: its population is counted above already.",
    )
    conflict = T(
        "Deux populations pour un même QPV : elle est inconnue.",
        "Two populations for one QPV: it is unknown.",
    )
    for at in rows.index[again]:
        code, reason = ("repeat", repeat)
        if differs[at]:
            code, reason = ("conflicting-population", conflict)
        value, who = rows.at[at, "population"], rows.at[at, "unit_id"]
        notes.add(rows.at[at, "row"], "population", value, code, reason, "set aside", who)
    pairs = rows[["unit_id", "commune"]].set_axis(["qpv", "commune"], axis=1)
    unknown = rows["unit_id"].isin(rows.loc[differs, "unit_id"])
    rows["population"] = rows["population"].mask(unknown)
    return rows[~again].reset_index(drop=True), total, {"qpv_communes": pairs}


def _read_communes(file: OfficialFile, notes: _Notes) -> tuple[pd.DataFrame, int]:
    rows = _text_rows(file, _COMMUNES, notes)
    total = len(rows) + rows_lost(notes.found)
    # The file of Mayotte leaves COM empty; CODCOM then carries the last digit of the département.
    full = rows["departement"].str.slice(0, 2) + rows["local"].str.zfill(3)
    rows["unit_id"] = rows["unit_id"].mask(rows["unit_id"] == "", full)
    rows = _distinct(_sound(rows, "commune", notes), notes)
    whole = rows["unit_id"].copy()
    number = whole.where(whole.str.isdigit(), "0").astype("int64")
    for low, high, commune in _ARRONDISSEMENTS:
        whole = whole.mask(number.between(low, high), commune)
    groups = rows.assign(unit_id=whole).groupby("unit_id", sort=False)
    gathered = groups[["support", "row"]].first()
    # An arrondissement without a figure leaves the city without one.
    gathered["population"] = (
        groups["population"].sum().where(groups["population"].count() == groups.size())
    )
    return gathered.reset_index(), total


def _read_squares(
    file: OfficialFile, layer: str | None, member: str | None, notes: _Notes
) -> tuple[pd.DataFrame, int]:
    if layer is None and member is None:
        found = _square_layer(file)
        layer, member = found or (None, None)
    frame = read_layer(
        file,
        layer,
        member=member,
        source="population",
        anomalies=notes.found,
        aliases=_SQUARES,
        required=["unit_id", "population"],
    )
    inside = frame.attrs.get("member")
    if inside and not file.member:
        notes.file = f"{file.name}/{inside}"
    total = len(frame) + rows_lost(notes.found)
    bounds = frame.geometry.bounds
    x = ((bounds["minx"] + bounds["maxx"]) / 2).to_numpy()
    y = ((bounds["miny"] + bounds["maxy"]) / 2).to_numpy()
    epsg = frame.crs.to_epsg() or int(json.loads(frame.crs.to_json())["id"]["code"])
    lon, lat = transform(x, y, epsg, WGS84)
    rows = frame.drop(columns="geometry")
    rows["lon"], rows["lat"] = lon, lat
    rows = _distinct(_sound(rows, "square", notes), notes)
    _place(rows, notes)
    if "imputed" in rows:
        told, wrong = parse_floats(rows["imputed"].astype("str"))
        rows["imputed"] = (told == 1).astype("boolean").mask(told.isna() | wrong)
    return rows, total


def _place(rows: pd.DataFrame, notes: _Notes) -> None:
    """Where there is no shape, the id says where the square is; what is nowhere stays null."""
    lost = rows["lon"].isna() | ~np.isfinite(rows["lon"])
    rows.loc[lost, ["lon", "lat"]] = np.nan
    for at in rows.index[lost]:
        named = _SQUARE.fullmatch(str(rows.at[at, "unit_id"]))
        if named:
            side, north, east = (int(part) for part in named.groups())
            lon, lat = transform([east + side / 2], [north + side / 2], 3035, WGS84)
            rows.at[at, "lon"], rows.at[at, "lat"] = float(lon[0]), float(lat[0])
        reason = (
            T("Sans géométrie ; placé par son identifiant.", "Without a shape; placed by its id.")
            if named
            else T("Sans géométrie ni place connue.", "Without a shape or a known place.")
        )
        outcome: Outcome = "repaired" if named else "kept"
        who = rows.at[at, "unit_id"]
        notes.add(rows.at[at, "row"], "geometry", None, "no-geometry", reason, outcome, who)
    abroad = rows["lon"].notna() & (legal_crs_at(rows["lon"], rows["lat"]) == 0)
    reason = T("Le carreau n'est pas en France.", "The square is not in France.")
    for at in rows.index[abroad]:
        who = rows.at[at, "unit_id"]
        notes.add(rows.at[at, "row"], "geometry", None, "outside-france", reason, "kept", who)


SOURCE = Source(
    name="population",
    label=T(
        "Population des QPV, des carreaux et des communes",
        "Population of QPV, squares and communes",
    ),
    gives="population",
    publisher="INSEE",
    licence="Licence Ouverte 2.0",
    layouts=(
        Layout("qpv-insee", T("Table INSEE des QPV", "INSEE table of QPV"), tried=True),
        Layout("squares-200m", T("Carreaux Filosofi de 200 m", "Filosofi 200 m squares"), True),
        Layout("communes", T("Populations légales", "Legal populations"), tried=True),
    ),
    recognise=recognise,
    read=read,
    options={
        "year": T("Année des chiffres", "Year of the figures"),
        "layer": T("Couche à lire", "Layer to read"),
        "member": T("Fichier du ZIP à lire", "File of the ZIP to read"),
    },
)
