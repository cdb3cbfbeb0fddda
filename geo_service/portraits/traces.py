"""Where the figures of a fiche come from, and what they do not say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..atlas import Atlas
from ..core.i18n import T, say_date
from ..exchange.credit import Credit
from ..rules import structure_kinds
from .directory import Directory


def used_sources(
    atlas: Atlas, named: Iterable[str | None], files: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """The provenance of exactly these sources, named by figures or by the files of rows.

    Parameters
    ----------
    named
        The ``sources`` of figures: ids separated by spaces.
    files
        The ``file`` of rows of layers.
    """
    ids = {name for listed in named if listed and listed == listed for name in listed.split()}
    wanted = set(files)
    rows = []
    for source in atlas.stored.provenance:
        whole = source.file if not source.member else f"{source.file}/{source.member}"
        if source.source_id not in ids and not wanted & {source.file, whole}:
            continue
        rows.append(
            {
                "file": whole,
                "title": source.title or source.source,
                "publisher": source.publisher,
                "vintage": None if source.vintage is None else say_date(source.vintage),
                "licence": source.licence,
                "url": source.url,
                "sha256": source.sha256,
                "source": source,
            }
        )
    return rows


def source_line(atlas: Atlas, rows: list[dict[str, Any]]) -> str:
    """The line that stands below a chart: producers, millésimes, licences, treatment."""
    return Credit(
        sources=tuple(row["source"] for row in rows),
        name="fiche",
        as_of=atlas.as_of,
        fictitious=bool(atlas.facts.get("fictitious")),
        version=str(atlas.facts.get("code_version", "")),
    ).line()


def limits(directory: Directory) -> list[str]:
    """What no figure of this result can say, in words."""
    kinds = directory.atlas.facts["kinds"]
    said = []
    for name, kind in structure_kinds().items():
        if name in kinds and not kind.tells_speciality:
            said.append(
                T(
                    "{kinds} : FINESS (catégorie {codes}) ne distingue pas les centres mono- et "
                    "pluriprofessionnels.",
                    "{kinds}: FINESS (category {codes}) does not tell mono- from "
                    "pluriprofessional centres.",
                    kinds=kind.plural,
                    codes=", ".join(kind.categories),
                )
            )
    if directory.structures["closed"].isna().all():
        said.append(
            T(
                "Un seul millésime de FINESS ne montre pas les fermetures : aux dates passées ne "
                "sont comptées que les structures encore ouvertes au millésime.",
                "A single vintage of FINESS shows no closures: past dates count only structures "
                "that are still open at the vintage.",
            )
        )
    said.append(
        T(
            "Le quartier vécu par distance est une approximation : il ne reproduit pas les "
            "déclarations des ARS.",
            "The quartier vécu by distance is a proxy: it does not reproduce what the ARS declare.",
        )
    )
    said.append(
        T(
            "Les distances sont à vol d'oiseau, dans le système légal de coordonnées.",
            "Distances are as the crow flies, in the legal CRS of the territory.",
        )
    )
    if "CPTS" in kinds:
        said.append(
            T(
                "D'une CPTS le registre ne donne que le siège, pas le territoire.",
                "Of a CPTS the register gives the seat only, not its territory.",
            )
        )
    return [text.say() for text in said]
