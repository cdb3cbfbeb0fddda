"""Files of codes: the COG, the composition of EPCI, legal populations. No geometry in any."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from geo_service.core.crs import legal_crs_of_departement
from geo_service.core.i18n import T
from geo_service.core.result import Anomalies, Anomaly, Outcome
from geo_service.core.tables import TERRITORIES, shape_table
from geo_service.intake.archives import OfficialFile
from geo_service.intake.text import parse_floats, read_table

from .moves import commune_of, once

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

COMMUNE = r"\d[0-9AB]\d{3}"
DEPARTEMENT = r"\d[0-9AB]|9[78]\d"
REGION = r"\d{2}"
SIREN = r"\d{9}"

MAYOTTE_YEAR = 2017
"""The figures of Mayotte stay those of its 2017 census in the populations up to that of 2021:
the vintages 2021 of the COG and of the contours repeat them (checked on both files)."""

_CODE = {"commune": COMMUNE, "departement": DEPARTEMENT, "region": REGION, "epci": SIREN}

ALIASES: dict[str, dict[str, list[str]]] = {
    "cog-communes": {
        "type": ["TYPECOM"],
        "code": ["COM"],
        "region": ["REG"],
        "departement": ["DEP"],
        "name": ["LIBELLE"],
        "parent": ["COMPARENT"],
    },
    "cog-departements": {"code": ["DEP"], "region": ["REG"], "name": ["LIBELLE"]},
    "cog-regions": {"code": ["REG"], "name": ["LIBELLE"]},
    "cog-arrondissements": {
        "code": ["ARR"],
        "departement": ["DEP"],
        "region": ["REG"],
        "name": ["LIBELLE"],
    },
    "epci-composition": {
        "epci": ["siren"],
        "epci_name": ["raison_sociale"],
        "code": ["insee"],
        "name": ["nom_membre"],
    },
    "cog-population": {
        "region": ["REG", "CODREG"],
        "departement": ["DEP"],
        "local": ["CODCOM"],
        "code": ["COM"],
        "name": ["Commune"],
        "population": ["PMUN"],
    },
}
"""Columns of each layout; those of the header are told apart by :func:`recognise_header`."""

_MARKS: tuple[tuple[str, frozenset[str]], ...] = (
    ("cog-communes", frozenset({"TYPECOM", "COM", "COMPARENT", "LIBELLE"})),
    ("cog-arrondissements", frozenset({"ARR", "DEP", "REG", "CHEFLIEU", "LIBELLE"})),
    ("cog-departements", frozenset({"DEP", "REG", "CHEFLIEU", "LIBELLE"})),
    ("cog-regions", frozenset({"REG", "CHEFLIEU", "LIBELLE"})),
    ("epci-composition", frozenset({"SIREN", "RAISON_SOCIALE", "INSEE", "NOM_MEMBRE"})),
    ("cog-moves", frozenset({"MOD", "DATE_EFF", "COM_AV", "COM_AP"})),
    ("cog-population", frozenset({"CODCOM", "PMUN", "PCAP", "PTOT"})),
)


def recognise_header(columns: list[str]) -> str | None:
    """The layout of a file of codes with this header, if it is one."""
    present = {column.strip().strip('"').upper() for column in columns}
    return next((layout for layout, marks in _MARKS if marks <= present), None)


def read_codes(
    file: OfficialFile, layout: str, anomalies: Anomalies, year: int | None
) -> tuple[gpd.GeoDataFrame, dict[str, Any], int, int]:
    """A file of codes as rows of ``territories``, what else it holds, rows read and set aside."""
    aliases = ALIASES[layout]
    required = [name for name in aliases if name not in ("name", "parent", "region")]
    extra: dict[str, Any] = {}
    if layout == "epci-composition":
        aliases = {**aliases, "population": ["pmun", *_years("pmun_")]}
    rows = read_table(
        file, source="territories", anomalies=anomalies, aliases=aliases, required=required
    )
    total, torn = len(rows), len(anomalies)
    for column in rows.columns.drop("row"):
        text = rows[column].str.strip()
        rows[column] = text.mask(text == "")
    for column, pattern in (("region", REGION), ("departement", DEPARTEMENT)):
        if column in rows:  # a file without codes of régions may have their names
            rows[column] = codes_among(rows[column], pattern)
    if layout == "cog-communes":
        rows, extra = _split_types(rows, file.label, anomalies)
    if layout == "cog-arrondissements":
        extra["arrondissements"] = _arrondissements(rows, file.label, anomalies)
        rows = rows.iloc[:0]
    if layout == "cog-population":
        rows = _population_codes(rows)
    if "population" in rows:
        rows["population"] = _numbers(rows, file, anomalies)
    if layout == "cog-population":
        rows = _gather_arrondissements(rows)
    level = {"cog-departements": "departement", "cog-regions": "region"}.get(layout, "commune")
    if layout == "epci-composition":
        year = year or _year_of_composition(file)
        groups = rows.drop_duplicates("epci")[["epci", "epci_name", "row"]]
        groups = groups.set_axis(["code", "name", "row"], axis=1)
        table = _concat(
            [
                territories(groups, "epci", file, anomalies),
                territories(rows, "commune", file, anomalies, year),
            ]
        )
    else:
        table = territories(rows, level, file, anomalies, year)
    aside = sum(anomaly.outcome == "set aside" for anomaly in anomalies)
    return table, extra, total + torn, aside


def territories(
    rows: pd.DataFrame,
    level: str,
    file: OfficialFile,
    anomalies: Anomalies,
    year: int | None = None,
) -> Any:
    """Rows with ``code`` and ``row``, and whatever else is known, as a ``territories`` table."""
    return as_territories(sound_codes(rows, level, file.label, anomalies), level, file.label, year)


def sound_codes(rows: pd.DataFrame, level: str, label: str, anomalies: Anomalies) -> pd.DataFrame:
    """Rows whose code can be one of their level, once each; the others are listed.

    Leading zeros that a spreadsheet took away are restored, and said to be.
    """
    rows = rows.copy()
    text = rows["code"].astype("str")
    if text.str.fullmatch(_CODE[level]).all() and text.is_unique:
        rows["code"] = text
        return rows.reset_index(drop=True)
    text = text.str.strip().str.upper().str.removesuffix(".0")
    width = {"commune": 5, "epci": 9}.get(level, 2)
    short = text.str.fullmatch(r"\d+") & (text.str.len() < width)
    short &= text.str.len() >= width - 1
    rows["code"] = text.mask(short, text.str.zfill(width))
    good = rows["code"].str.fullmatch(_CODE[level]).fillna(False).astype(bool)
    again = good & rows["code"].duplicated()
    for which, slug, reason, outcome in (
        (short & good, "leading-zero", _LEADING_ZERO, "repaired"),
        (~good, "unreadable-code", _NO_CODE.with_values(level=level), "set aside"),
        (again, "duplicate-id", _AGAIN, "set aside"),
    ):
        for row, published, code in zip(
            rows.loc[which, "row"], text[which], rows.loc[which, "code"], strict=True
        ):
            value = None if published != published else str(published)
            record = None if code != code else str(code)
            outcome = cast(Outcome, outcome)
            anomalies.add(
                Anomaly(
                    "territories",
                    label,
                    int(row),
                    "code",
                    value,
                    slug,
                    reason,
                    outcome,
                    record=record,
                )
            )
    return rows[good & ~again].reset_index(drop=True)


_LEADING_ZERO = T("Zéro initial perdu, rétabli.", "Leading zero lost, restored.")
_NO_CODE = T("Ce n'est pas un code de niveau {level}.", "Not a code of level {level}.")
_AGAIN = T(
    "Le code figure déjà plus haut ; la première ligne est gardée.",
    "The code stands above already; the first row is kept.",
)


def as_territories(rows: pd.DataFrame, level: str, label: str, year: int | None = None) -> Any:
    """Rows with sound codes as a ``territories`` table; what follows from a code is filled in."""
    import pandas as pd

    rows = rows.reset_index(drop=True)
    code = rows["code"].astype("str")
    rows["territory"] = level + ":" + code
    rows["level"] = level
    rows["file"] = label
    if level == "commune":
        told = rows.get("departement")
        if told is None:
            rows["departement"] = departements_of(code)
        elif told.isna().any():
            rows["departement"] = told.where(told.notna(), departements_of(code))
    elif level in ("departement", "region"):
        rows[level] = code
    if level in ("commune", "departement"):
        places, known = pd.factorize(rows["departement"])
        legal = [legal_crs_of_departement(str(one)) for one in known]
        rows["legal_crs"] = pd.Series(legal, dtype="Int64").take(places).to_numpy()
    if year is not None and "population" in rows:
        rows["population_year"] = (
            pd.Series(year, index=rows.index, dtype="Int64")
            .mask(rows["departement"] == "976", min(year, MAYOTTE_YEAR))
            .where(rows["population"].notna())
        )
    return shape_table(rows, TERRITORIES)


def departements_of(codes: pd.Series) -> pd.Series:
    """:func:`geo_service.core.crs.departement_of` of a column of commune codes."""
    two = codes.str.slice(0, 2)
    return two.where(~two.isin(["97", "98"]), codes.str.slice(0, 3))


def codes_among(values: pd.Series, pattern: str) -> pd.Series:
    """Codes of two or three characters, lost zeros restored; null for what is none (a name)."""
    import pandas as pd

    # A hundred distinct texts stand in 35,000 rows; -1 is where there is none.
    places, known = pd.factorize(values.astype("str"))
    text = known.to_series().str.strip().str.upper().str.removesuffix(".0").str.zfill(2)
    found = text.where(text.str.fullmatch(pattern)).array.take(places, allow_fill=True)
    return pd.Series(found, index=values.index)


def _split_types(
    rows: pd.DataFrame, label: str, anomalies: Anomalies
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Whole communes apart from their parts: delegated, associated, municipal arrondissements."""
    whole = rows["type"] == "COM"
    parts = once(rows.loc[~whole, ["type", "code", "name", "parent", "row"]], label, anomalies)
    parts = parts.drop(columns="row").reset_index(drop=True)
    return rows[whole], {
        "municipal_arrondissements": parts[parts["type"] == "ARM"].reset_index(drop=True),
        "parts": parts[parts["type"] != "ARM"].reset_index(drop=True),
    }


def _arrondissements(rows: pd.DataFrame, label: str, anomalies: Anomalies) -> pd.DataFrame:
    columns = ["code", "name", "departement", "region"]
    return once(rows[[*columns, "row"]], label, anomalies)[columns].reset_index(drop=True)


def _population_codes(rows: pd.DataFrame) -> pd.DataFrame:
    # The file of Mayotte leaves COM empty; CODCOM then carries the last digit of the département.
    full = rows["departement"].str.slice(0, 2) + rows["local"].str.zfill(3)
    return rows.assign(code=rows["code"].where(rows["code"].notna(), full))


def _gather_arrondissements(rows: pd.DataFrame) -> pd.DataFrame:
    """Paris, Lyon and Marseille stand by arrondissement: one row each, the sum of theirs."""
    whole = rows["code"].map(commune_of, na_action="ignore")
    parts = rows[(whole != rows["code"]) & whole.notna()]
    if parts.empty:
        return rows
    cities = (
        parts.assign(code=whole)
        .groupby("code", as_index=False)
        .agg(
            row=("row", "first"),
            region=("region", "first"),
            departement=("departement", "first"),
            # An arrondissement without a figure leaves the city without one.
            population=("population", lambda figures: figures.sum(skipna=False)),
        )
    )
    import pandas as pd

    return pd.concat([rows.drop(parts.index), cities[~cities["code"].isin(rows["code"])]])


def _numbers(rows: pd.DataFrame, file: OfficialFile, anomalies: Anomalies) -> pd.Series:
    numbers, wrong = parse_floats(rows["population"])
    wrong |= numbers < 0
    bad = rows[wrong]
    for row, value, code in zip(bad["row"], bad["population"], bad["code"], strict=True):
        anomalies.add(
            Anomaly(
                "territories",
                file.label,
                int(row),
                "population",
                str(value),
                "unreadable-number",
                T(
                    "Population illisible ; laissée vide.",
                    "Unreadable population; left empty.",
                ),
                "kept",
                record=str(code),
            )
        )
    return numbers.mask(wrong)


def _years(prefix: str) -> list[str]:
    return [f"{prefix}{year}" for year in range(2040, 2005, -1)]


def _year_of_composition(file: OfficialFile) -> int | None:
    """Census year of ``pmun_2024``: legal populations come into force three years later."""
    header = file.head().split(b"\n", 1)[0]
    told = re.search(rb"pmun_(20\d\d)", header)
    return int(told.group(1)) - 3 if told else None


def _concat(tables: list[Any]) -> Any:
    import pandas as pd

    return pd.concat(tables, ignore_index=True)
