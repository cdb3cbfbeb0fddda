"""FINESS: the register of health and social establishments, in the layouts it was published in.

Gives the typed table ``structures``: maisons de santé (MSP), centres de santé (CDS) and seats of
CPTS, told by their FINESS category. See ``docs/sources/finess.md``.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from geo_service.core.contracts import Layout, Progress, Source, no_progress
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text
from geo_service.core.result import Provenance, Reading
from geo_service.intake.archives import OfficialFile, open_official
from geo_service.intake.opening import open_as, provenance_of
from geo_service.rules import kind_by_category

from .contours import points_outside_commune as points_outside_commune
from .recognise import layout_of, recognise

if TYPE_CHECKING:
    from .extract import Extract

LAYOUTS = (
    Layout(
        "cs1100507",
        T("Extraction géolocalisée cs1100507", "Geolocated extraction cs1100507"),
        tried=True,
    ),
    Layout(
        "cs1100502",
        T("Extraction sans coordonnées cs1100502", "Extraction without coordinates cs1100502"),
        tried=False,
    ),
    Layout("flat", T("Table à plat avec en-tête", "Flat table with a header"), tried=True),
    Layout("ans-json", T("Flux JSON de l'ANS", "JSON feed of the ANS"), tried=False),
)


def read(
    path: str | Path,
    *,
    layout: str | None = None,
    source_id: str | None = None,
    vintage: dt.date | None = None,
    progress: Progress = no_progress,
    categories: Literal["kinds", "all"] = "kinds",
    with_502: str | Path | None = None,
    member: str | None = None,
) -> Reading:
    """Read a FINESS file of any layout into the typed table ``structures``.

    Parameters
    ----------
    path
        The file: plain, gzipped or in a ZIP.
    layout
        ``cs1100507``, ``cs1100502``, ``flat`` or ``ans-json``; null: told by the content.
    source_id
        Name of the source in anomalies and provenance, ``finess`` by default.
    vintage
        Millésime to follow instead of the file's own.
    progress
        Told how far the reading is.
    categories
        ``kinds``: MSP, CDS and CPTS only; ``all``: every establishment, the others with the kind
        ``other``. All are counted either way.
    with_502
        With a ``cs1100507``: the ``cs1100502`` of the same date, joined outer.
    member
        The file of a ZIP that is to be read.

    Returns
    -------
    Reading
        ``table`` is in the order of the file. ``extra["departements"]``: those of which the file
        lists an establishment of any category. ``provenance.rows_read`` counts every establishment
        of the file, ``rows_kept`` the rows of the table, ``rows_set_aside`` the rows that could
        not be kept, each in ``anomalies``; the others are of categories not asked for.

    Raises
    ------
    SourceError
        The file cannot be read as FINESS at all; nothing of it is kept.
    """
    from .assemble import assemble, located
    from .places import departements_of_file
    from .vintage import find_vintage

    file, layout = open_as(path, SOURCE, layout, layout_of, member=member)
    extract = _extract(file, layout, source_id, categories, progress)
    also: tuple[Provenance, ...] = ()
    if with_502 is not None:
        from .joined import join_502

        if extract.layout != "cs1100507":
            raise _cannot_join(file, extract.layout)
        other_file = open_official(with_502)
        other = _extract(other_file, "cs1100502", source_id, categories, progress)
        if other.layout != "cs1100502":
            raise _cannot_join(other_file, other.layout)
        rows_read, rows_set_aside = other.rows_read, other.rows_set_aside
        join_502(extract, other)
        also = (
            provenance_of(
                other_file,
                SOURCE,
                other.layout,
                source_id=f"{extract.source_id}-502",
                title=SOURCE.label.say("fr"),
                rows_read=rows_read,
                rows_kept=rows_read - rows_set_aside,
                rows_set_aside=rows_set_aside,
            ),
        )
        extract.notes.append(
            T(
                "Jointure externe avec {file} ({size} octets, SHA-256 {sha256}).",
                "Outer join with {file} ({size} bytes, SHA-256 {sha256}).",
                file=Path(other_file.label).name,
                size=other_file.size,
                sha256=other_file.sha256,
            )
        )
    found, basis = find_vintage(extract, vintage)
    covered = departements_of_file(extract)
    table = assemble(extract, found)
    return Reading(
        name="structures",
        table=table,
        anomalies=located(extract.anomalies, table),
        provenance=provenance_of(
            file,
            SOURCE,
            extract.layout,
            source_id=extract.source_id,
            title=SOURCE.label.say("fr"),
            vintage=found,
            vintage_basis=basis,
            rows_read=extract.rows_read,
            rows_kept=len(table),
            rows_set_aside=extract.rows_set_aside,
            note=_in_one(extract.notes),
        ),
        extra={"departements": covered},
        also=also,
    )


def _extract(
    file: OfficialFile,
    layout: str,
    source_id: str | None,
    categories: Literal["kinds", "all"],
    progress: Progress,
) -> Extract:
    from .extract import Extract

    wanted = None if categories == "all" else frozenset(kind_by_category())
    extract = Extract(source_id or "finess", file.label, wanted, layout=layout)
    if layout == "flat":
        from .flat import read_flat

        read_flat(file, extract, progress)
    elif layout == "ans-json":
        from .ans_json import read_ans_json

        read_ans_json(file, extract, progress)
    else:
        from .etalab import read_etalab

        read_etalab(file, extract, progress)
    return extract


def _cannot_join(file: OfficialFile, layout: str) -> SourceError:
    return SourceError(
        T(
            "La jointure va d'un cs1100507 vers un cs1100502 ; ce fichier est un {layout}.",
            "The join goes from a cs1100507 to a cs1100502; this file is a {layout}.",
            layout=layout,
        ),
        file=file.label,
        do=T(
            "Donnez le fichier géolocalisé en premier, l'autre dans with_502.",
            "Give the geolocated file first, the other one as with_502.",
        ),
    )


def _in_one(notes: list[Text]) -> Text | None:
    if not notes:
        return None
    first, *rest = notes
    for other in rest:
        first = T("{first} {other}", "{first} {other}", first=first, other=other)
    return first


SOURCE = Source(
    name="finess",
    label=T(
        "FINESS, registre des établissements",
        "FINESS, register of health and social establishments",
    ),
    gives="structures",
    publisher="Agence du numérique en santé (ANS)",
    licence="Licence Ouverte 2.0",
    layouts=LAYOUTS,
    recognise=recognise,
    read=read,
    options={
        "categories": T(
            "kinds (MSP, CDS, CPTS) ou all (tous les établissements)",
            "kinds (MSP, CDS, CPTS) or all (every establishment)",
        ),
        "with_502": T(
            "le cs1100502 de la même date, joint au cs1100507",
            "the cs1100502 of the same date, joined to the cs1100507",
        ),
        "member": T("fichier du ZIP à lire", "file of the ZIP to read"),
    },
)
