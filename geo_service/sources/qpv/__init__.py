"""Perimeters of the QPV, generations 2015 and 2024 (table ``zones``)."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_service import rules
from geo_service.core.contracts import Layout, Progress, Source, no_progress
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Provenance, Reading
from geo_service.core.tables import ZONES, check_table, shape_table
from geo_service.intake.archives import OfficialFile, open_official

from .columns import generation_of
from .layers import Layer, begin_layers, precision_of, read_layers
from .listing import read_list, read_list_file
from .recognition import date_of, recognise
from .restoring import restore_unchanged
from .rows import read_attributes
from .shapes import list_elsewhere, list_overlaps, settle_shapes

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["SOURCE", "count_suffixes", "read", "read_list", "recognise", "restore_unchanged"]


def count_suffixes(zones: pd.DataFrame) -> dict[str, int]:
    """Number of QPV 2024 by the last letter of their code.

    I: unchanged, M: modified, N: new (read from the counts, no text says it). Codes of 2015 have
    no such letter and are not counted.
    """
    letters = Counter(
        str(code)[-1] for code in zones["code"].tolist() if re.fullmatch(r"QN.{5}[IMN]", str(code))
    )
    return dict(sorted(letters.items()))


def begin(path: Path, layout: str | None, options: Mapping[str, Any]) -> bool:
    """Have the perimeters read ahead, beside other work; whether that was begun."""
    del options  # none says which layer is read
    return layout != "liste" and begin_layers(open_official(path))


def read(
    path: str | Path,
    *,
    layout: str | None = None,
    source_id: str | None = None,
    vintage: dt.date | None = None,
    progress: Progress = no_progress,
) -> Reading:
    """Read a file of QPV.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, Shapefile, FlatGeobuf or GeoParquet, plain, gzipped or in a ZIP; in a
        ZIP with several layers the projected ones come first and the others fill the gaps. Or the
        CSV list, which has no perimeters.
    layout
        ``perimetres-2015``, ``perimetres-2024`` or ``liste``; null: recognised. A perimeter file
        is read the same way whatever its generation: each code tells its own.
    source_id, vintage, progress
        As for every source. Without ``vintage`` a date in the file's name is taken.

    Returns
    -------
    Reading
        Table ``zones``, EPSG:4326. ``extra["set_aside"]``: rows of that table whose polygon has no
        area or is missing, with what is left of it (see :func:`restore_unchanged`).
        ``extra["attributes"]``: ``code``, ``commune_names`` as published, ``suffix``.

    Raises
    ------
    SourceError
        Not a file of QPV, damaged, or without one usable row.
    """
    progress("qpv", 0, None)
    file = open_official(path)
    if layout == "liste" or (layout is None and recognise(Path(path)) == "liste"):
        return read_list_file(file, SOURCE, source_id, vintage)
    layers, anomalies = read_layers(file)
    parts, notes = [], []
    seen: dict[str, int] = {}
    rows_read = 0
    for layer in layers:
        if layer.taken.any() or not seen:
            lost = sum(anomaly.outcome == "set aside" for anomaly in layer.anomalies)
            rows_read += int(layer.taken.sum()) + lost
            anomalies.extend(layer.anomalies)
            part, note = _zones_of(layer, file, seen, anomalies)
            parts += [part] if len(part) else []
            notes += [note] if note else []
            progress("qpv", len(seen), None)
    if not parts:
        raise SourceError(
            T("Aucun QPV utilisable dans le fichier.", "No usable QPV in the file."),
            file=file.name,
            do=next(
                (anomaly.reason for anomaly in anomalies),
                T("Téléchargez-le à nouveau.", "Download it again."),
            ),
        )
    every = _join(parts)
    lost = every["lost"].to_numpy(dtype=bool)
    zones = check_table(shape_table(every[~lost], ZONES), ZONES, shapes=False)
    legal = zones["legal_crs"].to_numpy(dtype=np.int64)
    looked = (zones.geometry.to_numpy(), legal, zones["code"].tolist(), zones["row"].tolist())
    list_elsewhere(*looked, file.name, anomalies)
    list_overlaps(*looked, file.name, anomalies)
    aside = shape_table(every[lost], ZONES)
    progress("qpv", rows_read, rows_read)
    return Reading(
        "zones",
        zones,
        anomalies,
        _provenance(file, layers, every, source_id, vintage, rows_read, notes),
        {"set_aside": aside, "attributes": _attributes(every)},
    )


def _zones_of(
    layer: Layer, file: OfficialFile, seen: dict[str, int], anomalies: Anomalies
) -> tuple[gpd.GeoDataFrame, Text | None]:
    import geopandas as gpd

    label = f"{file.name}/{layer.info.member}" if layer.info.member else file.name
    frame = layer.frame
    names = [name for name in frame.columns if name not in ("geometry", "row")]
    cells = {name: frame[name].to_numpy(dtype=object).tolist() for name in names}
    found = read_attributes(
        cells, frame["row"].tolist(), label, anomalies, seen, layer.taken.tolist()
    )
    table = gpd.GeoDataFrame(found.columns, geometry=[None] * len(found.places), crs=4326)
    if not len(table):
        return table, None
    shapes, done, raw = settle_shapes(
        frame.geometry.to_numpy()[found.places],
        layer.epsg,
        found.codes,
        found.columns["row"],
        np.array(found.columns["legal_crs"], dtype=np.int64),
        label,
        anomalies,
    )
    metres, note = precision_of(layer)
    # A lost polygon goes aside with what is left of it: the zones table holds polygons only.
    lost = np.array([shape is None for shape in shapes])
    shapes[lost] = raw[lost]
    table = table.set_geometry(gpd.GeoSeries(shapes, crs=4326))
    table["lost"] = lost
    table["repair"] = done
    table["precision_m"] = np.fmax(rules.zone_file_precision(f"qpv-{layer.epsg}"), metres)
    if np.isnan(metres):
        table["precision_m"] = np.nan
    return table, note


def _join(parts: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    import pandas as pd

    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def _attributes(every: gpd.GeoDataFrame) -> pd.DataFrame:
    import pandas as pd

    codes = every["code"].tolist()
    suffix = [code[-1] if code.startswith("QN") else None for code in codes]
    return pd.DataFrame(
        {"code": codes, "commune_names": every["commune_names"].tolist(), "suffix": suffix}
    ).astype("str")


def _provenance(
    file: OfficialFile,
    layers: list[Layer],
    every: gpd.GeoDataFrame,
    source_id: str | None,
    vintage: dt.date | None,
    rows_read: int,
    notes: list[Text],
) -> Provenance:
    generations = Counter(generation_of(code).name for code in every["code"].tolist())
    generation = generations.most_common(1)[0][0]
    layout = f"perimetres-{generation}"
    taken = [layer for layer in layers if layer.taken.any()]
    left = [layer.title for layer in layers if not layer.taken.any()]
    mainland = every[every["departement"].str.len() == 2]
    letters = count_suffixes(mainland)
    kept = int((~every["lost"]).sum())
    note = T(
        "Couche(s) lue(s) : {taken}. Écartée(s) : {left}. Suffixes en métropole : {letters}.{ways}",
        "Layer(s) read: {taken}. Left out: {left}. Suffixes, mainland: {letters}.{ways}",
        taken=", ".join(layer.title for layer in taken),
        left=", ".join(left) or T("aucune", "none"),
        letters=", ".join(f"{key} {n}" for key, n in letters.items()) or T("aucun", "none"),
        ways=_sentences(notes),
    )
    return Provenance(
        source_id=source_id or f"qpv_{generation}",
        source="qpv",
        layout=layout,
        file=file.name,
        member=", ".join(layer.info.member for layer in taken if layer.info.member) or None,
        sha256=file.sha256,
        bytes=file.size,
        publisher=SOURCE.publisher,
        licence=SOURCE.licence,
        rows_read=rows_read,
        rows_kept=kept,
        rows_set_aside=rows_read - kept,
        tried_on_real_file=SOURCE.layout(layout).tried,
        note=note,
        **date_of(file, vintage),
    )


def _sentences(notes: list[Text]) -> Text:
    return Text(
        "".join(f" {note.say('fr')}" for note in notes).replace("{", "(").replace("}", ")"),
        "".join(f" {note.say('en')}" for note in notes).replace("{", "(").replace("}", ")"),
    )


SOURCE = Source(
    name="qpv",
    label=T(
        "Quartiers prioritaires de la politique de la ville (QPV)",
        "Priority neighbourhoods (QPV)",
    ),
    gives="zones",
    publisher="ANCT",
    licence="Licence Ouverte 2.0",
    layouts=(
        Layout("perimetres-2015", T("Périmètres 2015", "Perimeters of 2015"), tried=True),
        Layout("perimetres-2024", T("Périmètres 2024", "Perimeters of 2024"), tried=True),
        Layout("liste", T("Liste sans périmètre (CSV)", "List without perimeters"), tried=False),
    ),
    recognise=recognise,
    read=read,
    begin=begin,
)
