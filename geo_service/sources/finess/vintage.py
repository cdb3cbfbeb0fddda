"""The millésime of a FINESS file: given by the study, stated by the file, or in its name."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import PurePath
from typing import Literal

from geo_service.core.i18n import T
from geo_service.intake.values import parse_date

from .extract import Extract

Basis = Literal["file", "file name", "study", "unknown"]
_IN_NAME = re.compile(r"(?<!\d)(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")


def find_vintage(extract: Extract, given: dt.date | None) -> tuple[dt.date | None, Basis]:
    """Decide the millésime, and note what is missing, a placeholder or contradictory.

    The study's word goes first, then the file's own (marker line or ``generatedAt``), then an
    eight-digit date in the file name. How old that is, is for the caller to judge.
    """
    stated: dt.date | None = None
    if extract.stated_vintage is not None:
        try:
            stated = parse_date(extract.stated_vintage)
        except ValueError:
            stated = None
        if stated is None:
            extract.note_file(
                "vintage-placeholder",
                T(
                    "La date que le fichier donne de lui-même est vide ou factice : « {date} ».",
                    "The date that the file gives of itself is blank or a placeholder: “{date}”.",
                    date=extract.stated_vintage,
                ),
                value=extract.stated_vintage,
            )
    named = _in_name(extract.file)
    known = stated or named
    if given is not None:
        if known is not None and known != given:
            extract.note_file(
                "vintage-differs",
                T(
                    "L'étude donne le millésime {given}, le fichier {stated} : celui de l'étude "
                    "est suivi.",
                    "The study gives the vintage {given}, the file {stated}: that of the study is "
                    "followed.",
                    given=given.isoformat(),
                    stated=known.isoformat(),
                ),
                value=known.isoformat(),
            )
        return given, "study"
    if stated is not None:
        return stated, "file"
    if named is not None:
        return named, "file name"
    extract.note_file(
        "vintage-missing",
        T(
            "Ni le fichier ni son nom ne disent de quand datent les données : donnez le millésime.",
            "Neither the file nor its name tells the date of the data: give the vintage.",
        ),
    )
    return None, "unknown"


def _in_name(file: str) -> dt.date | None:
    for year, month, day in _IN_NAME.findall(PurePath(file).name):
        try:
            return dt.date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None
