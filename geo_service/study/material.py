"""Reads the sources of a study into typed tables; every fault of a file is noted on the way."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

import pandas as pd

from ..core.contracts import Progress, Source, discover, no_progress
from ..core.errors import GeoServiceError, SourceError, UnknownNameError
from ..core.i18n import T
from ..core.result import Anomalies, Anomaly, Provenance, Reading
from ..intake.ahead import reading_ahead
from ..intake.archives import open_official
from ..intake.records import MAX_CELL
from .description import SourceSpec, Study
from .options import require_fitting

SOURCES_PACKAGE = "geo_service.sources"
FICTITIOUS = T(
    "Fichier fictif, à la forme de {publisher}", "Fictitious file, in the layout of {publisher}"
)
FICTITIOUS_LICENCE = "Apache-2.0"
_FIRST = ("territories", "finess", "qpv")
"""First in a result, in this order."""
_GIVEN = {"communes": "territories", "moves": "commune_moves"}
"""Options of readers that need what others read (zoning by name), and the table that is given."""


@dataclass
class Material:
    """What the sources of a study hold, by typed table, and where each table comes from."""

    readings: dict[str, list[Reading]] = field(default_factory=dict)
    """By kind of source, in the order of the study."""
    anomalies: Anomalies = field(default_factory=Anomalies)
    provenance: list[Provenance] = field(default_factory=list)
    near: Mapping[str, Any] = field(default_factory=dict)
    """Options of readers that may leave out work on what lies far from the study."""

    def tables(self, name: str) -> list[Any]:
        """Every table of that name, whichever source gave it."""
        found = []
        for readings in self.readings.values():
            for reading in readings:
                if reading.name == name:
                    found.append(reading.table)
                elif name in reading.extra:
                    found.append(reading.extra[name])
        return found

    def table(self, name: str) -> Any | None:
        """The tables of that name as one, or None when no source gives it."""
        found = self.tables(name)
        if len(found) < 2:
            return found[0] if found else None
        return pd.concat(found, ignore_index=True)

    def ids(self, *kinds: str) -> list[str]:
        """Source ids of the kinds named, in order."""
        return [
            reading.provenance.source_id
            for kind in kinds
            for reading in self.readings.get(kind, [])
        ]


def known_sources() -> dict[str, Source]:
    """Every reader by name."""
    return discover(SOURCES_PACKAGE, "SOURCE", Source)


def find_source(kind: str) -> Source:
    """The reader of that name.

    Raises
    ------
    UnknownNameError
        With the readers there are.
    """
    sources = known_sources()
    if kind in sources:
        return sources[kind]
    nearest = difflib.get_close_matches(kind, sources, n=1)
    raise UnknownNameError(
        T(
            "La source « {kind} » n'existe pas ; il y a : {known}.",
            "There is no source “{kind}”; there are: {known}.",
            kind=kind,
            known=", ".join(sources),
        ),
        known=tuple(nearest or sources),
    )


def read_material(study: Study, progress: Progress = no_progress) -> Material:
    """Read every source of a study.

    Raises
    ------
    SourceError
        A file is missing or cannot be read as what the study says it is.
    """
    whole = study.territory == "france"
    near = {} if whole else {"near": study.territory, "margin": study.margin}
    held: dict[int, Reading] = {}
    with reading_ahead():
        for at, spec in _in_turn(study):
            held[at] = read_one(spec, Material(_by_kind(study, held), near=near), progress)
    material = Material(_by_kind(study, held), near=near)
    for reading in (held[at] for at in _ranked(study)):
        material.anomalies.extend(reading.anomalies)
        for one in (reading.provenance, *reading.also):
            material.provenance.append(_fictitious(one) if study.fictitious else one)
    return material


def _ranked(study: Study) -> list[int]:
    """Places of the sources, in the order in which a result names them."""
    rank = {kind: number for number, kind in enumerate(_FIRST)}
    kinds = [spec.kind for spec in study.sources]
    return sorted(range(len(kinds)), key=lambda at: rank.get(kinds[at], len(rank)))


def _by_kind(study: Study, held: Mapping[int, Reading]) -> dict[str, list[Reading]]:
    """What was read so far, by kind, in the order of the result."""
    found: dict[str, list[Reading]] = {}
    for at in _ranked(study):
        if at in held:
            found.setdefault(study.sources[at].kind, []).append(held[at])
    return found


def _in_turn(study: Study) -> list[tuple[int, SourceSpec]]:
    """The sources, with their places, in the order in which they are read.

    What is read ahead comes after what is not, to be there by then, and before the readers that
    need the communes.
    """
    turns = []
    for at in _ranked(study):
        source = find_source(study.sources[at].kind)
        spec, begun = begin_one(study.sources[at])
        turns.append((not _GIVEN.keys().isdisjoint(source.options), begun, at, spec))
    for *_, spec in turns:
        with suppress(GeoServiceError):
            open_official(spec.path).begin_sha256()
    # A stable sort: what is alike keeps its order.
    return [(at, spec) for *_, at, spec in sorted(turns, key=lambda turn: turn[:2])]


def begin_one(spec: SourceSpec) -> tuple[SourceSpec, bool]:
    """Have a file read ahead, where its source can; the file with its layout, and whether."""
    source = find_source(spec.kind)
    spec = replace(spec, layout=spec.layout or source.recognise(spec.path))
    begun = False
    if source.begin is not None:
        with suppress(Exception):  # whatever is wrong with the file, its reader says it in its turn
            begun = source.begin(spec.path, spec.layout, spec.options)
    return spec, begun


def _fictitious(provenance: Provenance) -> Provenance:
    """Provenance of a made-up file: no publisher may be credited with what it never published."""
    return replace(
        provenance,
        publisher=FICTITIOUS.with_values(publisher=provenance.publisher or "–").say("fr"),
        licence=FICTITIOUS_LICENCE,
        url=None,
    )


def read_one(
    spec: SourceSpec, material: Material | None = None, progress: Progress = no_progress
) -> Reading:
    """Read one file, with what earlier ones gave where its reader asks for it."""
    source = find_source(spec.kind)
    # Where none is recognised the reader itself says why: empty, cut short, of another publisher.
    layout = spec.layout or source.recognise(spec.path)
    options: dict[str, Any] = dict(spec.options)
    for option in sorted(set(options) - set(source.options)):
        nearest = difflib.get_close_matches(option, source.options, n=1)
        raise UnknownNameError(
            T(
                "La source « {kind} » n'a pas d'option « {option} » ; il y a : {known}.",
                "The source “{kind}” has no option “{option}”; there are: {known}.",
                kind=spec.kind,
                option=option,
                known=", ".join(source.options) or "–",
            ),
            known=tuple(nearest or source.options),
        )
    require_fitting(source, options, spec.path)
    if material is not None:
        options = {
            key: material.near[key] for key in material.near.keys() & source.options
        } | options
        for option, table in _GIVEN.items():
            if option in source.options and option not in options:
                given = material.table(table)
                if given is not None:
                    options[option] = given
        known = options.get("communes")
        if isinstance(known, pd.DataFrame) and "moves" not in source.options:  # codes only
            options["communes"] = known.loc[known["level"] == "commune", "code"].tolist()
    reading = source.read(
        spec.path,
        layout=layout,
        source_id=spec.source_id,
        vintage=spec.vintage,
        progress=progress,
        **options,
    )
    _refuse_huge_cell(reading)
    if not reading.provenance.rows_read:
        reading.anomalies.add(_no_row(source.name, reading.provenance.file))
    title = reading.provenance.title or source.label.say("fr")
    credit: dict[str, Any] = {"title": title, **spec.credit}
    credited = replace(reading.provenance, **credit)
    reading = replace(reading, provenance=credited)
    return _with_written_path(reading, spec) if spec.written else reading


def _refuse_huge_cell(reading: Reading) -> None:
    """Refuse what the readers of text set aside, where the file is no text (JSON, Parquet)."""
    import pyarrow as pa
    from pyarrow import compute

    for name, dtype in reading.table.dtypes.items():
        if dtype != "str":
            continue
        # Bytes first: there are at least as many as characters, and they need not be counted.
        bytes_of = compute.binary_length(pa.array(reading.table[name]))
        if (compute.max(bytes_of).as_py() or 0) <= MAX_CELL:
            continue
        lengths = reading.table[name].str.len()
        if lengths.max() > MAX_CELL:
            at = int(lengths.argmax())
            row = reading.table["row"].iloc[at] if "row" in reading.table else None
            raise SourceError(
                T(
                    "Une cellule dépasse {most} caractères.",
                    "A cell is longer than {most} characters.",
                    most=MAX_CELL,
                ),
                file=reading.provenance.file,
                row=None if row is None or row != row else int(row),
                field=str(name),
                do=T("Téléchargez le fichier à nouveau.", "Download the file again."),
            )


def _no_row(source: str, file: str) -> Anomaly:
    reason = T("Le fichier n'a aucune ligne de données.", "The file holds no row of data.")
    return Anomaly(source, file, None, None, None, "no-row", reason, "kept")


def _with_written_path(reading: Reading, spec: SourceSpec) -> Reading:
    """The reading with the file named as the study names it, without a path of this machine."""
    held, written = str(spec.path), spec.written

    @functools.cache
    def shown(name: Any) -> Any:
        return written + name[len(held) :] if str(name).startswith(held) else name

    for table in (reading.table, *reading.extra.values()):
        if hasattr(table, "columns") and "file" in table.columns:
            names = table["file"]
            if len(names) and (names == names.iloc[0]).all():  # nearly always
                table["file"] = shown(names.iloc[0])
                continue
            places, names = pd.factorize(names)
            shorter = pd.array([shown(name) for name in names], dtype="str")
            table["file"] = shorter.take(places, allow_fill=True)
    reading.anomalies.rename_files(shown)
    named = replace(reading.provenance, file=shown(reading.provenance.file))
    also = tuple(replace(other, file=PurePath(other.file).name) for other in reading.also)
    return replace(reading, provenance=named, also=also)
