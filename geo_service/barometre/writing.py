"""A result written in the layouts that the baromètre published."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from geo_service.core.errors import UnknownNameError
from geo_service.core.i18n import LANGUAGES, Language, T, Text
from geo_service.exchange.credit import Credit
from geo_service.store import StoredResult

from .ditp import ditp_files
from .etalab import etalab_files
from .folder import MARKER, write_folder
from .indicators import INDICATORS, Counts, counts_of

NOTICE = "LISEZMOI.txt"
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""The first date a zip can say: the same files give the same archive."""


@dataclass(frozen=True)
class BarometreLayout:
    """One published layout."""

    name: str
    label: Text
    make: Callable[[Counts], dict[str, str]]


LAYOUTS: dict[str, BarometreLayout] = {
    layout.name: layout
    for layout in (
        BarometreLayout(
            "etalab",
            T("Baromètre, 1re génération (Etalab)", "Baromètre, generation 1 (Etalab)"),
            etalab_files,
        ),
        BarometreLayout(
            "ditp",
            T("Baromètre, 2e génération (DITP)", "Baromètre, generation 2 (DITP)"),
            ditp_files,
        ),
    )
}


@dataclass(frozen=True)
class Written:
    """What was made: the texts of the files by name, and what is not in them."""

    layout: str
    files: Mapping[str, str]
    rows: int
    left_out: tuple[Text, ...]


def barometre_files(result: StoredResult, layout: str) -> Written:
    """The files of a layout: the data, a notice, and the list of the indicators.

    Raises
    ------
    UnknownNameError
        No such layout.
    StoreError
        The result cannot be read.
    """
    if layout not in LAYOUTS:
        raise UnknownNameError(
            T(
                "La présentation « {it} » n'existe pas ; il y a : {known}.",
                "There is no layout “{it}”; there are: {known}.",
                it=layout,
                known=", ".join(LAYOUTS),
            ),
            known=tuple(LAYOUTS),
        )
    counts = counts_of(result)
    data = LAYOUTS[layout].make(counts)
    left_out = counts.left_out
    if layout == "ditp":
        left_out = (
            *left_out,
            T(
                "Cette génération n'a pas d'indicateur pour les centres de santé.",
                "This generation has no indicator of health centres.",
            ),
        )
    if not data:
        left_out = (*left_out, T("Aucune ligne à publier.", "No row to publish."))
    rows = sum(text.count("\n") - 1 for text in data.values())
    files = {
        **data,
        MARKER: _described(data),
        NOTICE: _notice(result, layout, left_out),
    }
    return Written(layout, files, rows, left_out)


def write_barometre(result: StoredResult, layout: str, out: str | Path) -> Written:
    """Write the files of a layout into a folder, which appears whole or not at all.

    Raises
    ------
    UnknownNameError
        No such layout.
    StoreError
        The folder holds something else, or cannot be written.
    """
    written = barometre_files(result, layout)
    write_folder(Path(out), written.files)
    return written


def zip_of(files: Mapping[str, str]) -> bytes:
    """The files as a zip archive: the same files always give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), files[name].encode())
    return stream.getvalue()


def _described(data: Mapping[str, str]) -> str:
    """The indicators that the files hold, with the settings that the baromètre shows them by."""
    text = "".join(data.values())
    held = [
        {
            "id": one.id,
            "label": one.label,
            "unit": one.unit,
            "kind": one.kind,
            "frequency": "semester" if 6 in one.months else "year",
            "trendType": "increasing",
            "number": "integer",
            "published_by_the_barometre": one.official,
        }
        for one in INDICATORS
        if f",{one.id}," in text or (one.ditp and f"\n{one.ditp}," in text)
    ]
    return json.dumps({"indicators": held}, ensure_ascii=False, indent=2) + "\n"


def _notice(result: StoredResult, layout: str, left_out: tuple[Text, ...]) -> str:
    """What the files are and are not, with the source line, in both languages."""
    facts = result.facts
    used = [held for held in result.provenance if held.source in ("finess", "territories")]
    credit = Credit(
        sources=tuple(used),
        name="barometre",
        fictitious=bool(facts.get("fictitious")),
        version=str(facts.get("code_version", "")),
    )
    parts = []
    for language in LANGUAGES:
        parts += _notice_in(language, facts["name"], layout, left_out, credit)
    return "\n".join(parts) + "\n"


def _notice_in(
    language: Language, name: str, layout: str, left_out: tuple[Text, ...], credit: Credit
) -> list[str]:
    title = T(
        "Chiffres calculés, dans la présentation du baromètre : {layout}",
        "Computed figures, in the layout of the baromètre: {layout}",
        layout=LAYOUTS[layout].label,
    )
    warning = T(
        "Ce n'est pas une publication du baromètre. Ces chiffres comptent les établissements du "
        "répertoire FINESS ouverts à chaque date ; le baromètre compte ce que les ARS et les "
        "centres déclarent. Les deux périmètres ne se joignent pas.",
        "This is no publication of the baromètre. These figures count the establishments of the "
        "FINESS register open at each date; the baromètre counts what the ARS and the centres "
        "declare. The two perimeters are never joined.",
    )
    return [
        title.say(language),
        name,
        "",
        warning.say(language),
        *(f"- {reason.say(language)}" for reason in left_out),
        "",
        credit.line(language),
        "",
    ]
