"""Is a folder what the baromètre's layouts say it should be? Findings with file, row and field."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text

from . import ditp
from .checking_synthesis import check_progress
from .etalab import PLACES, detail_columns, synthesis_columns
from .indicators import BY_ID, INDICATORS, MEASURE, is_period_end
from .progress import percent, target_share

Level = Literal["error", "warning"]
_REGION = re.compile(r"\d{2}")
_DEPARTEMENT = re.compile(r"\d[0-9AB]|97\d")
_ZONE = {
    "NAT": re.compile(r"FRANCE"),
    "REG": re.compile(r"R\d{2}"),
    "DEPT": re.compile(r"D(\d[0-9AB]|97\d)"),
}
_MOST_BYTES = 50_000_000
_BY_NUMBER = {one.ditp: one for one in INDICATORS if one.ditp is not None}


@dataclass(frozen=True)
class Finding:
    """One thing that does not follow the rules, or that should be looked at (``warning``)."""

    level: Level
    file: str
    row: int | None
    field: str | None
    code: str
    message: Text


Values = dict[tuple[str, str, dt.date], float]


def check_barometre(folder: str | Path) -> list[Finding]:
    """Everything that does not follow the rules of the published layouts; empty: it is valid.

    Checked: columns and their order, UTF-8, codes as text, whole counts, one value a territory and
    date, dates that end a period, identifiers with their labels and units, progress and target
    percentages, synthesis against detail. What the rules allow and is odd is a ``warning``.

    Raises
    ------
    SourceError
        There is no such folder, or no CSV in it.
    """
    place = Path(folder)
    if not place.is_dir():
        raise SourceError(T("Ce n'est pas un dossier.", "This is no folder."), file=folder)
    files = sorted(place.glob("*.csv"))
    if not files:
        raise SourceError(T("Aucun CSV dans ce dossier.", "No CSV in this folder."), file=folder)
    return list(_check_all(files))


def _check_all(files: list[Path]) -> Iterator[Finding]:
    details: Values = {}
    later: list[tuple[str, str, list[dict[str, str]]]] = []
    for file in files:
        checker = _File(file.name)
        rows = checker.read(file)
        yield from checker.findings
        if rows is None:
            continue
        header = tuple(checker.header)
        level = next((name for name in PLACES if header == detail_columns(name)), None)
        synthesis = next((name for name in PLACES if header == synthesis_columns(name)), None)
        if header == ditp.COLUMNS:
            yield from _check_ditp(file.name, rows)
        elif level is not None:
            yield from _check_detail(file.name, level, rows, details)
        elif synthesis is not None:
            later.append((file.name, synthesis, rows))
        else:
            yield Finding(
                "error",
                file.name,
                1,
                None,
                "unknown-columns",
                T(
                    "Colonnes ou ordre inattendus : {header}.",
                    "Unexpected columns or order: {header}.",
                    header=", ".join(header)[:300],
                ),
            )
    for name, synthesis, rows in later:
        yield from _check_synthesis(name, synthesis, rows, details)


class _File:
    """The text of one file, and what is wrong with it before its rows are looked at."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.header: list[str] = []
        self.findings: list[Finding] = []

    def _add(self, row: int | None, code: str, message: Text) -> None:
        self.findings.append(Finding("error", self.name, row, None, code, message))

    def read(self, file: Path) -> list[dict[str, str]] | None:
        try:
            if file.stat().st_size > _MOST_BYTES:
                self._add(None, "too-large", T("Fichier trop grand.", "File too large."))
                return None
            text = file.read_bytes().decode("utf-8")
        except OSError as error:
            said = error.strerror or str(error)
            self._add(None, "unreadable", T("Illisible : {e}.", "Unreadable: {e}.", e=said))
            return None
        except UnicodeDecodeError:
            self._add(None, "not-utf-8", T("Ce n'est pas de l'UTF-8.", "This is not UTF-8."))
            return None
        if text.startswith("\ufeff"):
            self._add(1, "byte-order-mark", T("Marque d'ordre (BOM).", "Byte order mark (BOM)."))
            text = text[1:]
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except csv.Error as error:
            self._add(None, "not-csv", T("CSV illisible : {e}.", "Unreadable CSV: {e}.", e=error))
            return None
        if not rows:
            self._add(None, "empty", T("Fichier vide.", "Empty file."))
            return None
        self.header = rows[0]
        odd = [number for number, row in enumerate(rows, 1) if len(row) != len(self.header)]
        if odd:
            self._add(
                odd[0],
                "ragged",
                T("Nombre de cellules inattendu.", "Unexpected number of cells."),
            )
            return None
        return [dict(zip(self.header, row, strict=True)) for row in rows[1:]]


def _check_head(name: str, number: int, row: dict[str, str]) -> Iterator[Finding]:
    one = BY_ID.get(row["id_indicateur"])
    if one is None:
        yield _wrong(name, number, "id_indicateur", row["id_indicateur"], "unknown-indicator")
        return
    for field, wanted in (("mesure", MEASURE), ("indicateur", one.label), ("unite", one.unit)):
        if row[field] != wanted:
            yield _wrong(name, number, field, row[field], "unexpected-words")


def _territory(level: str, row: dict[str, str]) -> str | None:
    if level == "france":
        return "france:FR" if row["maille_geographique"] == "national" else None
    code = row[PLACES[level][0]]
    pattern = _REGION if level == "region" else _DEPARTEMENT
    return f"{level}:{code}" if pattern.fullmatch(code) else None


def _check_detail(
    name: str, level: str, rows: list[dict[str, str]], details: Values
) -> Iterator[Finding]:
    for number, row in enumerate(rows, start=2):
        yield from _check_head(name, number, row)
        territory = _territory(level, row)
        if territory is None:
            yield _wrong(name, number, PLACES[level][0], row[PLACES[level][0]], "bad-code")
        date = read_date(row["date"])
        value = read_count(row["valeur"])
        if value is None:
            yield _wrong(name, number, "valeur", row["valeur"], "no-whole-number")
        one = BY_ID.get(row["id_indicateur"])
        if date is None:
            yield _wrong(name, number, "date", row["date"], "bad-date")
        elif one is not None and not is_period_end(date, one.months):
            # The published CDS series has one half-year among its years: odd, not wrong.
            half = is_period_end(date, (6, 12))
            found = _wrong(name, number, "date", row["date"], "date-ends-no-period")
            yield Finding("warning", *_rest(found)) if half else found
        if territory is None or date is None or value is None:
            continue
        key = (row["id_indicateur"], territory, date)
        if key in details:
            yield _wrong(name, number, "date", row["date"], "repeated-row")
        details.setdefault(key, value)


def _rest(finding: Finding) -> tuple[str, int | None, str | None, str, Text]:
    return finding.file, finding.row, finding.field, finding.code, finding.message


def _check_synthesis(
    name: str, level: str, rows: list[dict[str, str]], details: Values
) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(rows, start=2):
        yield from _check_head(name, number, row)
        territory = _territory(level, row)
        if territory is None:
            yield _wrong(name, number, PLACES[level][0], row[PLACES[level][0]], "bad-code")
            continue
        key = (row["id_indicateur"], territory)
        if key in seen:
            yield _wrong(name, number, PLACES[level][0], territory, "repeated-row")
        seen.add(key)
        known = {date: value for (i, t, date), value in details.items() if (i, t) == key}
        for field, value, code in check_progress(row, known):
            yield _wrong(name, number, field, value, code)


def _check_ditp(name: str, rows: list[dict[str, str]]) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    zones: dict[str, dict[str, dict[dt.date, float]]] = {}
    for number, row in enumerate(rows, start=2):
        if row["indic_id"] not in _BY_NUMBER:
            yield _wrong(name, number, "indic_id", row["indic_id"], "unknown-indicator")
        pattern = _ZONE.get(row["maille"])
        if pattern is None:
            yield _wrong(name, number, "maille", row["maille"], "bad-code")
        elif not pattern.fullmatch(row["enforce_zone_id"]):
            yield _wrong(name, number, "enforce_zone_id", row["enforce_zone_id"], "bad-code")
        date = read_date(row["metric_enforce_date"])
        if date is None or date.day != 1:
            yield _wrong(
                name, number, "metric_enforce_date", row["metric_enforce_date"], "bad-date"
            )
            continue
        held = zones.setdefault(row["enforce_zone_id"], {"vi": {}, "va": {}, "vc": {}, "ta": {}})
        for field in ("indic_vi", "indic_va", "indic_vc"):
            if row[field]:
                value = read_count(row[field])
                if value is None:
                    yield _wrong(name, number, field, row[field], "no-whole-number")
                else:
                    held[field[-2:]][date] = value
        if row["indic_ta"]:
            share = _number(row["indic_ta"])
            if share is None or not 0 <= share <= 100:
                yield _wrong(name, number, "indic_ta", row["indic_ta"], "bad-percentage")
            else:
                held["ta"][date] = share
        if not row["indic_va"] and not row["indic_vc"]:
            yield _wrong(name, number, "indic_va", "", "no-value")
        key = (row["enforce_zone_id"], row["metric_enforce_date"])
        if key in seen:
            yield _wrong(name, number, "metric_enforce_date", key[1], "repeated-row")
        seen.add(key)
    for zone, held in zones.items():
        yield from _check_zone(name, zone, held)


def _check_zone(name: str, zone: str, held: dict[str, dict[dt.date, float]]) -> Iterator[Finding]:
    """Initial value among the values, progress as the values give it."""
    if len(held["vi"]) > 1 or len(held["vc"]) > 1:
        yield _wrong(name, None, "indic_vi", zone, "several-initial-or-target-values")
        return
    for date, value in held["vi"].items():
        if held["va"].get(date) != value:
            yield _wrong(name, None, "indic_vi", zone, "initial-value-differs")
    if not held["ta"]:
        return
    date, done = max(held["ta"].items())
    initial = next(iter(held["vi"].values()), None)
    aimed = next(iter(held["vc"].values()), None)
    expected = percent(target_share(held["va"].get(date), initial, aimed), 2)
    if expected is None or abs(expected - done) > 0.01 + 1e-9:
        yield _wrong(name, None, "indic_ta", f"{zone} {done:g}", "wrong-target-percentage")


def read_date(text: str) -> dt.date | None:
    """A date ``YYYY-MM-DD``, or None."""
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", text, re.ASCII) else None


def read_count(text: str) -> float | None:
    """A count of 0 or more without a fraction (``12`` or ``12.0``), or None."""
    value = _number(text)
    return value if value is not None and value >= 0 and value.is_integer() else None


_SAID = {
    "unknown-indicator": T("Identifiant inconnu : « {v} ».", "Unknown identifier: “{v}”."),
    "unexpected-words": T(
        "Libellé inattendu pour cet identifiant : « {v} ».",
        "Unexpected words for this identifier: “{v}”.",
    ),
    "bad-code": T(
        "Ce n'est pas un code de territoire écrit en texte : « {v} ».",
        "No territory code written as text: “{v}”.",
    ),
    "bad-date": T("Ce n'est pas une date attendue ici : « {v} ».", "No date meant here: “{v}”."),
    "date-ends-no-period": T(
        "« {v} » ne termine pas une période de cet indicateur.",
        "“{v}” ends no period of this indicator.",
    ),
    "no-whole-number": T("Ce n'est pas un entier : « {v} ».", "No whole number: “{v}”."),
    "no-value": T("Ni valeur ni cible.", "Neither a value nor a target."),
    "repeated-row": T("Cette ligne figure déjà : {v}.", "This row stands already: {v}."),
    "bad-percentage": T("Hors de 0 à 100 : « {v} ».", "Not within 0 to 100: “{v}”."),
    "not-in-detail": T(
        "Cette valeur n'est pas dans les fichiers de détail : « {v} ».",
        "This value is not in the detail files: “{v}”.",
    ),
    "not-the-last": T("Une valeur plus récente existe : {v}.", "A later value exists: {v}."),
    "wrong-progress": T(
        "La progression n'est pas celle des valeurs : « {v} ».",
        "The progress is not that of the values: “{v}”.",
    ),
    "wrong-target-percentage": T(
        "L'avancement n'est pas celui des valeurs : {v}.",
        "The target percentage is not that of the values: {v}.",
    ),
    "several-initial-or-target-values": T(
        "Plusieurs valeurs initiales ou cibles : {v}.",
        "Several initial or target values: {v}.",
    ),
    "initial-value-differs": T(
        "La valeur initiale n'est pas la valeur de sa date : {v}.",
        "The initial value is not the value of its date: {v}.",
    ),
}


def _wrong(name: str, row: int | None, field: str, value: str, code: str) -> Finding:
    return Finding("error", name, row, field, code, _SAID[code].with_values(v=value[:80]))
