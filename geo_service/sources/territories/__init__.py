"""Territories: communes, EPCI, départements, régions, from the COG and from contours.

One file gives one part (contours of a level, codes, composition, moves…);
:func:`assemble_territories` joins what a study has into one table.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from geo_service.core.contracts import Layout, Progress, Source, no_progress
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Anomaly, Provenance, Reading
from geo_service.core.tables import TERRITORIES, check_table
from geo_service.intake.archives import OfficialFile, open_official
from geo_service.intake.sniffing import SEPARATORS, sniff_text

from .assembly import Assembled, assemble_territories
from .codes import MAYOTTE_YEAR, read_codes, recognise_header
from .contours import Near, Wanted, begin_contours, read_contours
from .moves import (
    COMMUNE_OF_ARRONDISSEMENT,
    arrondissements_of,
    cog_date,
    commune_of,
    follow_code,
    follow_codes,
    read_moves,
)
from .spellings import LEVEL, recognise_contours

__all__ = [
    "COMMUNE_OF_ARRONDISSEMENT",
    "SOURCE",
    "Assembled",
    "arrondissements_of",
    "assemble_territories",
    "cog_date",
    "commune_of",
    "follow_code",
    "follow_codes",
    "read",
    "recognise",
]


def recognise(path: Path) -> str | None:
    """The layout of a file of territories, or null; never raises."""
    try:
        found = _recognise(open_official(path))
    except Exception:  # whatever a foreign file does to its reader, it is not ours
        return None
    return found[0] if found else None


def _recognise(file: OfficialFile) -> tuple[str, str | None] | None:
    """Layout and, for contours, layer."""
    if file.suffix in (".csv", ".txt") and file.compression != "zip":
        head = file.head()
        lines = head[: head.rfind(b"\n") + 1] or head
        shape = sniff_text(file.label, lambda: io.BytesIO(lines), True, SEPARATORS, None, True, 0)
        layout = recognise_header(list(shape.names))
        return (layout, None) if layout else None
    return recognise_contours(file)


def begin(path: Path, layout: str | None, options: Mapping[str, Any]) -> bool:
    """Have contours read ahead, beside other work; whether that was begun."""
    if layout not in LEVEL or "layer" in options:
        return False
    member = options.get("member")
    return begin_contours(open_official(path, member=member), layout, member)


def read(
    path: str | Path,
    *,
    layout: str | None = None,
    source_id: str | None = None,
    vintage: dt.date | None = None,
    progress: Progress = no_progress,
    layer: str | None = None,
    member: str | None = None,
    crs: Any = None,
    departements: Collection[str] | None = None,
    codes: Collection[str] | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    population_year: int | None = None,
    near: str | None = None,
    margin: int = 20_000,
) -> Reading:
    """Read one file of territories into the table ``territories``.

    Parameters
    ----------
    layer, member
        Of a file with several layers, of a ZIP with several files.
    crs
        CRS of contours that do not say their own.
    departements, codes, bbox
        Of communes-contours: keep only the communes of these départements, with these codes, or
        whose box meets ``(west, south, east, north)`` in degrees; any of the three is enough.
        Shapes that are not kept are never built.
    population_year
        Census year of the population, where the file does not say it. Mayotte stays 2017.
    near, margin
        Of communes-contours in degrees: the territory (``region:76``) and the metres around it for
        which contours have to be sound. The validity of contours farther away is not tested, which
        takes most of the time of reading; they are kept as they are, and the provenance says so.
        Rows, names, codes and populations are read and checked the same. Null: all are tested.

    Returns
    -------
    Reading
        ``table`` has the territories of the file, of one level or two, with geometry where the
        file has some. ``extra`` holds, by layout: ``everywhere``, the communes of the file with
        those that were not kept, without shapes; ``commune_moves``; ``arrondissements`` (of
        départements); ``municipal_arrondissements`` and ``parts`` (delegated and associated
        communes).

    Raises
    ------
    SourceError
        The file cannot be read, or its layout is not known.
    """
    file = open_official(path, member=member)
    progress("territories", 0, None)
    if layout is None:
        found = _recognise(file)
        if found is None:
            raise SourceError(
                T("Ce n'est pas un fichier de territoires connu.", "Not a known territory file."),
                file=file.label,
                do=T(
                    "Donnez layout=…, l'un de : {known}.",
                    "Give layout=…, one of: {known}.",
                    known=", ".join(known.name for known in SOURCE.layouts),
                ),
            )
        layout, layer = found[0], layer or found[1]
    anomalies = Anomalies()
    label = file.label
    extra: dict[str, Any] = {}
    moment: dt.date | None = None
    note: Text | None = None
    if layout in LEVEL:
        wanted = Wanted(
            None if departements is None else frozenset(departements),
            None if codes is None else frozenset(codes),
            bbox,
        )
        contours = read_contours(
            file,
            layout,
            anomalies,
            wanted,
            layer=layer,
            member=member,
            default_crs=crs,
            year=population_year,
            near=Near(near, margin) if near is not None else None,
        )
        if contours.untested:
            note = _UNTESTED.with_values(n=contours.untested, near=near)
        table, total, label = contours.table, contours.rows, contours.label
        kept = len(contours.everywhere)
        if layout == "communes-contours":
            extra["everywhere"] = contours.everywhere
    elif layout == "cog-moves":
        moves, total = read_moves(file, anomalies)
        note = _PARTS
        table, kept = _empty(), len(moves)
        extra["commune_moves"] = moves
        moment = None if moves.empty else moves["effective"].max().date()
    else:
        table, extra, total, aside = read_codes(file, layout, anomalies, population_year)
        kept = total - aside
    table = check_table(table, TERRITORIES, shapes=False)
    _note_old_figures(table, label, anomalies)
    progress("territories", total, total)
    reading_name = file.path.name.split(".")[0]
    return Reading(
        "territories",
        table,
        anomalies,
        Provenance(
            source_id or reading_name,
            "territories",
            layout,
            file.name,
            label.removeprefix(file.name).lstrip("/") or file.member,
            file.sha256,
            file.size,
            publisher=SOURCE.publisher,
            licence=SOURCE.licence,
            vintage=vintage or moment,
            vintage_basis="study" if vintage else "file" if moment else "unknown",
            rows_read=total,
            rows_kept=kept,
            rows_set_aside=total - kept,
            tried_on_real_file=SOURCE.layout(layout).tried,
            note=note,
        ),
        extra,
    )


_UNTESTED = T(
    "La validité de {n} contours, loin du territoire de l'étude ({near}), n'a pas été vérifiée.",
    "The validity of {n} contours, far from the territory of the study ({near}), was not tested.",
)
_PARTS = T(
    "Les mouvements de parties de communes (déléguées, associées, arrondissements) ne sont pas "
    "repris.",
    "Moves of parts of communes (delegated, associated, arrondissements) are left out.",
)


def _note_old_figures(table: Any, label: str, anomalies: Anomalies) -> None:
    years = table["population_year"]
    old = (table["departement"] == "976") & (years < years.max()).fillna(False)
    if old.any():
        anomalies.add(
            Anomaly(
                "territories",
                label,
                None,
                "population",
                str(MAYOTTE_YEAR),
                "population-of-another-year",
                T(
                    "Les {n} communes de Mayotte ont leur population de {old}, les autres de "
                    "{year}.",
                    "The {n} communes of Mayotte have their population of {old}, the others of "
                    "{year}.",
                    n=int(old.sum()),
                    old=int(years[old].max()),
                    year=int(years.max()),
                ),
                "kept",
                record="departement:976",
            )
        )


def _empty() -> Any:
    import geopandas as gpd

    from geo_service.core.tables import shape_table

    return shape_table(gpd.GeoDataFrame(geometry=[], crs=4326), TERRITORIES)


SOURCE = Source(
    name="territories",
    label=T("Territoires : COG, EPCI et contours", "Territories: COG, EPCI and contours"),
    gives="territories",
    publisher="INSEE, IGN, DGCL",
    licence="Licence Ouverte 2.0",
    layouts=(
        Layout("communes-contours", T("Contours des communes", "Contours of communes"), True),
        Layout("epci-contours", T("Contours des EPCI", "Contours of EPCI"), True),
        Layout(
            "departements-contours",
            T("Contours des départements", "Contours of départements"),
            True,
        ),
        Layout("regions-contours", T("Contours des régions", "Contours of régions"), True),
        Layout("cog-communes", T("COG : communes", "COG: communes"), True),
        Layout("cog-arrondissements", T("COG : arrondissements", "COG: arrondissements"), True),
        Layout("cog-departements", T("COG : départements", "COG: départements"), True),
        Layout("cog-regions", T("COG : régions", "COG: régions"), True),
        Layout("epci-composition", T("Composition des EPCI", "Composition of EPCI"), True),
        Layout("cog-moves", T("COG : mouvements de communes", "COG: moves of communes"), True),
        Layout(
            "cog-population",
            T("Populations légales des communes", "Legal populations of communes"),
            True,
        ),
    ),
    recognise=recognise,
    read=read,
    begin=begin,
    options={
        "layer": T("Couche à lire", "Layer to read"),
        "member": T("Fichier du ZIP à lire", "File of the ZIP to read"),
        "crs": T("Système de coordonnées non écrit", "CRS that the file does not say"),
        "departements": T("Départements à garder", "Départements to keep"),
        "codes": T("Communes à garder", "Communes to keep"),
        "bbox": T("Ouest, sud, est, nord (degrés)", "West, south, east, north (degrees)"),
        "population_year": T("Année de la population", "Year of the population"),
        "near": T(
            "Territoire (region:76) autour duquel la validité est vérifiée",
            "Territory (region:76) around which validity is tested",
        ),
        "margin": T("Mètres autour de ce territoire", "Metres around that territory"),
    },
)
