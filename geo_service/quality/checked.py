"""What a check found: file by file, anomaly by anomaly, as JSON and as text."""

from __future__ import annotations

import datetime as dt
import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .. import __version__
from ..core.contracts import Layout, Source
from ..core.errors import GeoServiceError
from ..core.i18n import T, Text, say_date, say_number
from ..core.result import Anomaly, Outcome, Provenance
from ..drawing.escape import clean, is_null

if TYPE_CHECKING:
    import geopandas as gpd

Status = Literal["read", "unrecognised", "unreadable"]
LONGEST_VALUE = 200
"""Characters of a faulty value that are shown: enough to find it, never a whole damaged file."""

OUTCOMES: dict[Outcome, Text] = {
    "kept": T("gardée telle quelle", "kept as it is"),
    "repaired": T("réparée", "repaired"),
    "restored": T("reprise d'une autre source", "restored from another source"),
    "set aside": T("mise de côté", "set aside"),
}


@dataclass(frozen=True)
class Notice:
    """Something to know about a whole file, which is no fault of one of its rows."""

    code: str
    text: Text


@dataclass(frozen=True)
class CheckedFile:
    """One file: who reads it, what came of it, or why it could not be read.

    ``others``: further sources that would have read it too. ``age_days``: from the millésime to
    the day of the check; null when the millésime is unknown.
    """

    path: str
    status: Status
    bytes: int | None = None
    source: Source | None = None
    layout: Layout | None = None
    others: tuple[str, ...] = ()
    provenance: Provenance | None = None
    anomalies: tuple[Anomaly, ...] = ()
    notices: tuple[Notice, ...] = ()
    age_days: int | None = None
    error: GeoServiceError | None = None

    @property
    def rows(self) -> dict[str, int]:
        """Rows read, kept, set aside, and those that do not concern the service (others)."""
        held = self.provenance
        if held is None:
            return {"read": 0, "kept": 0, "set_aside": 0, "other": 0}
        other = max(0, held.rows_read - held.rows_kept - held.rows_set_aside)
        return {
            "read": int(held.rows_read),
            "kept": int(held.rows_kept),
            "set_aside": int(held.rows_set_aside),
            "other": int(other),
        }

    def count(self) -> dict[str, dict[str, int]]:
        """By code, the most frequent first: the number by outcome."""
        counted: dict[str, Counter[str]] = {}
        for anomaly in self.anomalies:
            counted.setdefault(anomaly.code, Counter())[anomaly.outcome] += 1
        order = sorted(counted, key=lambda code: (-counted[code].total(), code))
        return {code: dict(counted[code]) for code in order}


@dataclass(frozen=True)
class Checked:
    """What the check of several files found, in the order of the files.

    ``register``: file whose communes were used to read names and to compare positions.
    ``built``: noted while a result was built, not by a check of its own.
    ``land``: limits to draw under a map, (n) rows ``code``, ``name``, EPSG:4326; null without any.
    """

    files: tuple[CheckedFile, ...]
    today: dt.date
    age_limit_days: int
    register: str | None = None
    built: bool = False
    land: gpd.GeoDataFrame | None = field(default=None, compare=False, repr=False)

    @property
    def unreadable(self) -> bool:
        """Whether a file could not be read."""
        return any(file.status == "unreadable" for file in self.files)

    def having(self, status: Status) -> list[CheckedFile]:
        """The files of that status."""
        return [file for file in self.files if file.status == status]

    def anomalies(self) -> Iterator[tuple[CheckedFile, Anomaly]]:
        """Every anomaly with its file."""
        for file in self.files:
            for anomaly in file.anomalies:
                yield file, anomaly

    def by_code(self) -> dict[str, list[tuple[CheckedFile, Anomaly]]]:
        """The anomalies by code, the most frequent first."""
        found: dict[str, list[tuple[CheckedFile, Anomaly]]] = {}
        for file, anomaly in self.anomalies():
            found.setdefault(anomaly.code, []).append((file, anomaly))
        return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))

    def to_json(self) -> dict[str, Any]:
        """Plain values that JSON can hold; every text of ours in both languages."""
        return {
            "checked_on": self.today.isoformat(),
            "code_version": __version__,
            "age_limit_days": self.age_limit_days,
            "register": None if self.register is None else whole(self.register),
            "totals": {
                "files": len(self.files),
                **{
                    status: len(self.having(status))
                    for status in ("read", "unrecognised", "unreadable")
                },
                "anomalies": sum(len(file.anomalies) for file in self.files),
            },
            "files": [_file_json(file) for file in self.files],
            "anomalies": [_anomaly_json(file, anomaly) for file, anomaly in self.anomalies()],
        }

    def to_text(self) -> str:
        """A short report in the current language."""
        return "\n".join(_lines(self))


def pattern(reason: Text) -> Text:
    """A reason without the values of one row: what it says of all rows of its kind.

    >>> pattern(T("à {m:.0f} m", "{m:.0f} m away", m=3.2)).say("fr")
    'à … m'
    """
    if not reason.values:
        return reason
    return Text(_without_values(reason.fr), _without_values(reason.en))


def _without_values(template: str) -> str:
    parts = string.Formatter().parse(template)
    return "".join(text + ("" if name is None else "…") for text, name, _, _ in parts)


def explanation(found: list[tuple[CheckedFile, Anomaly]]) -> list[tuple[Text, int]]:
    """The ways in which the anomalies of one code are explained, the most frequent first."""
    said: dict[tuple[str, str], int] = {}
    for _, anomaly in found:
        text = pattern(anomaly.reason)
        said[text.fr, text.en] = said.get((text.fr, text.en), 0) + 1
    ordered = sorted(said.items(), key=lambda item: -item[1])
    return [(Text(fr, en), number) for (fr, en), number in ordered]


def whole(text: str) -> str:
    """The text without lone surrogates, which a file name may hold and UTF-8 cannot."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def shown_value(value: str | None) -> str | None:
    """A faulty value, cut where it is too long to be shown."""
    if value is None or is_null(value):
        return None
    text = whole(str(value))
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def number_or_none(value: float | None) -> float | None:
    """A finite number, or None."""
    if value is None or is_null(value) or abs(float(value)) == float("inf"):
        return None
    return float(value)


def row_or_none(row: int | None) -> int | None:
    """The line of a file, or None."""
    return None if row is None or is_null(row) else int(row)


def _both(text: Text | None) -> dict[str, str] | None:
    return None if text is None else {"fr": whole(text.say("fr")), "en": whole(text.say("en"))}


def _file_json(file: CheckedFile) -> dict[str, Any]:
    held = file.provenance
    return {
        "file": whole(file.path),
        "status": file.status,
        "bytes": file.bytes,
        "source": file.source.name if file.source else None,
        "layout": file.layout.name if file.layout else None,
        "layout_tried_on_real_file": file.layout.tried if file.layout else None,
        "also_recognised_by": list(file.others),
        "member": None if held is None or held.member is None else whole(held.member),
        "sha256": held.sha256 if held else None,
        "usual_publisher": held.publisher if held else None,
        "usual_licence": held.licence if held else None,
        "vintage": held.vintage.isoformat() if held and held.vintage else None,
        "vintage_basis": held.vintage_basis if held else None,
        "age_days": file.age_days,
        "rows": file.rows if held else None,
        "anomalies": {
            code: {"count": sum(outcomes.values()), "outcomes": outcomes}
            for code, outcomes in file.count().items()
        },
        "notices": [{"code": one.code, "text": _both(one.text)} for one in file.notices],
        "note": _both(held.note) if held else None,
        "error": None
        if file.error is None
        else {language: whole(file.error.say(language)) for language in ("fr", "en")},
    }


def _anomaly_json(file: CheckedFile, anomaly: Anomaly) -> dict[str, Any]:
    return {
        "file": whole(file.path),
        "read_as": whole(anomaly.file),
        "source": file.source.name if file.source else anomaly.source,
        "row": row_or_none(anomaly.row),
        "field": None if anomaly.field is None else whole(anomaly.field),
        "value": shown_value(anomaly.value),
        "record": None if anomaly.record is None else whole(str(anomaly.record)),
        "code": anomaly.code,
        "reason": _both(anomaly.reason),
        "outcome": anomaly.outcome,
        "lon": number_or_none(anomaly.lon),
        "lat": number_or_none(anomaly.lat),
    }


def one_line(value: Any) -> str:
    """A value as one line without control characters: a terminal would obey some of them."""
    return " ".join(clean(value).split())


def summary(checked: Checked) -> Text:
    """How many files were read, on which day."""
    return T(
        "Contrôle du {day}. Fichiers lus : {read}, non reconnus : {unknown}, "
        "illisibles : {broken}.",
        "Check of {day}. Files read: {read}, not recognised: {unknown}, unreadable: {broken}.",
        day=say_date(checked.today),
        read=say_number(len(checked.having("read"))),
        unknown=say_number(len(checked.having("unrecognised"))),
        broken=say_number(len(checked.having("unreadable"))),
    )


def said_vintage(file: CheckedFile) -> str:
    """Millésime and age of a file in the current language."""
    held = file.provenance
    if held is None or held.vintage is None:
        return T("inconnu", "unknown").say()
    days = say_number(file.age_days)
    return T("{day} ({n} j)", "{day} ({n} d)", day=held.vintage.isoformat(), n=days).say()


def _lines(checked: Checked) -> Iterator[str]:
    yield summary(checked).say()
    read = checked.having("read")
    if read:
        heads = [
            T("Fichier", "File"),
            T("Source et forme", "Source and layout"),
            T("Millésime (âge)", "Vintage (age)"),
            T("Lues", "Read"),
            T("Gardées", "Kept"),
            T("Écartées", "Set aside"),
            T("Anomalies", "Anomalies"),
        ]
        rows = [[head.say() for head in heads]]
        for file in read:
            reader = f"{file.source.name} {file.layout.name}" if file.source and file.layout else ""
            numbers = (file.rows["read"], file.rows["kept"], file.rows["set_aside"])
            rows.append(
                [
                    one_line(file.path),
                    reader,
                    said_vintage(file),
                    *map(say_number, numbers),
                    say_number(len(file.anomalies)),
                ]
            )
        yield ""
        yield from _aligned(rows, left=3)
    found = checked.by_code()
    if found:
        yield ""
        rows = []
        for code, these in found.items():
            became = Counter(anomaly.outcome for _, anomaly in these)
            outcome = ", ".join(
                f"{OUTCOMES[one].say()} {say_number(n)}" for one, n in became.items()
            )
            reason = one_line(explanation(these)[0][0].say())
            rows.append([code, say_number(len(these)), outcome, reason])
        yield from _aligned(rows, left=1, right=2)
    for file in checked.files:
        for notice in file.notices:
            if notice.code != "vintage-unknown":
                yield f"! {one_line(file.path)}: {one_line(notice.text.say())}"
    unknown = checked.having("unrecognised")
    if unknown:
        yield ""
        names = ", ".join(one_line(file.path) for file in unknown)
        yield T("Non reconnus : {names}", "Not recognised: {names}", names=names).say()
    for file in checked.having("unreadable"):
        said = one_line(file.error.say()) if file.error else one_line(file.path)
        yield T("Illisible : {said}", "Unreadable: {said}", said=said).say()


def _aligned(rows: list[list[str]], *, left: int, right: int = 0) -> Iterator[str]:
    """Columns of a table: ``left`` text columns, then numbers, then ``right`` text columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    last = len(widths) - right
    for row in rows:
        cells = (
            cell.ljust(width) if place < left or place >= last else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
