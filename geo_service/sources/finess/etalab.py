"""The DREES/ANS extractions ``cs1100507`` (with coordinates) and ``cs1100502`` (without).

No header, no quoting (``"`` is a character like another), a marker on line 1, then lines of
section ``structureet`` (32 fields) and, in 507, of section ``geolocalisation`` (6 fields).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import compute

from geo_service.core.contracts import Progress, no_progress
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.intake.archives import OfficialFile
from geo_service.intake.blocks import opener_of
from geo_service.intake.encodings import decide_encoding

from .crs_text import split_source
from .extract import CENSUS, Extract, complete, in_file, names_centre, point_keys
from .lines import KEPT, PLACES, read_parts

_COUNTED = tuple(name for name in CENSUS if name in KEPT)


@dataclass
class _Places:
    """The lines of section ``geolocalisation``, one a number, and whose they are.

    ``at`` is the rank of the line of each establishment, -1 where it has none. ``parts`` are those
    of each distinct ``source``: geocoder, score, base, CRS text.
    """

    lines: pd.DataFrame
    at: npt.NDArray[np.int64]
    parts: list[tuple[str, str, str, str]]

    def give(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Establishments with the cells of their line; the index is their rank in the file."""
        at = self.at[rows.index]
        there = at >= 0
        lines = self.lines.iloc[at[there]]
        columns = {name: _spread(lines[name].tolist(), there) for name in ("x", "y")}
        codes = lines["source"].cat.codes.tolist()
        for place, name in enumerate(("geocoder", "score", "base", "crs_text")):
            columns[name] = _spread([self.parts[code][place] for code in codes], there)
        if len(self.lines):
            columns["refusal"] = np.where(there, "", "no-line")
        return rows.assign(
            **{
                name: pd.Series(cells, index=rows.index, dtype="str")
                for name, cells in columns.items()
            }
        )

    def centre_keys(self, census: pd.DataFrame) -> pd.Series:
        """See :func:`~geo_service.sources.finess.extract.centre_keys`."""
        keys = pd.Series("", index=census.index, dtype="str")
        centres = np.array([bool(part[2]) and names_centre(part[2]) for part in self.parts])
        if not centres.any():
            return keys
        lines = centres[self.lines["source"].cat.codes] & (self.lines["x"] != "").to_numpy()
        found = (self.at >= 0) & lines[self.at]
        rows = census[found].assign(
            **{name: self.lines[name].to_numpy()[self.at[found]] for name in ("x", "y")}
        )
        keys[found] = point_keys(rows.assign(commune_code=""))
        return keys


def read_etalab(file: OfficialFile, extract: Extract, progress: Progress) -> None:
    """Read a 507 or 502 extraction into ``extract``; its content tells which of the two it is.

    Raises
    ------
    SourceError
        Binary, in no known encoding, or without one line of section ``structureet``.
    """
    opener = opener_of(file)
    encoding = decide_encoding(opener, file.label)
    counted: list[pa.Table] = []
    whole: list[pa.Table] = []
    located: list[pa.Table] = []
    rank = 0
    for part in read_parts(opener, encoding, extract, progress):
        if part.section is PLACES:
            table = _trimmed(part.table, part.table.column_names)
            source = compute.dictionary_encode(table["source"])
            table = table.set_column(table.column_names.index("source"), "source", source)
            located.append(table.append_column("row", pa.array(part.rows)))
            continue
        table = _trimmed(part.table, _COUNTED).append_column("row", pa.array(part.rows))
        counted.append(table.select([*_COUNTED, "row"]))
        ranks = np.arange(rank, rank + len(table))
        rank += len(table)
        if extract.wanted is not None:
            kept = compute.is_in(table["category"], pa.array(["", *extract.wanted]))
            table, ranks = table.filter(kept), ranks[kept.to_numpy()]
        rest = [name for name in KEPT if name not in _COUNTED]
        whole.append(_trimmed(table, rest).append_column("rank", pa.array(ranks)))
    if not extract.rows_read:
        raise _no_structure(file)
    census = _frame(counted, (*_COUNTED, "row")).assign(commune_code="", centre="")
    census = in_file(census.astype({"commune_code": "str", "centre": "str"}), extract.file)
    del counted
    rows = _frame(whole, (*KEPT, "row", "rank")).set_index("rank").rename_axis(index=None)
    places = None
    if located or extract.layout == "cs1100507":
        extract.layout = "cs1100507"
        places = _places(_frame(located, (*PLACES.kept, "row")), census, extract)
        census["centre"] = places.centre_keys(census)
        rows = places.give(rows)
    else:
        extract.layout = "cs1100502"
        extract.has_coordinates = False
    extract.census = census
    extract.frame = complete(rows, extract.file)
    numbers = census["row"].to_numpy()

    def read_again(index: pd.Index) -> pd.DataFrame:
        wanted = numbers[index]
        found = []
        for part in read_parts(opener, encoding, Extract("", "", None), no_progress):
            these = np.isin(part.rows, wanted)
            if part.section is not PLACES and these.any():
                table = _trimmed(part.table.filter(pa.array(these)), KEPT)
                found.append(table.append_column("row", pa.array(part.rows[these])))
        rows = _frame(found, (*KEPT, "row"))
        rows.index = pd.Index(np.searchsorted(numbers, rows["row"]))
        return complete(places.give(rows) if places is not None else rows, extract.file)

    extract.read_again = read_again


def _trimmed(table: pa.Table, names: Sequence[str]) -> pa.Table:
    for name in names:
        at = table.column_names.index(name)
        table = table.set_column(at, name, compute.utf8_trim_whitespace(table.column(at)))
    return table


def _frame(tables: list[pa.Table], names: Sequence[str]) -> pd.DataFrame:
    """Tables as one, with text as ``str``."""
    if not tables:
        numbers = ("row", "rank")
        kinds = {name: "int64" if name in numbers else "str" for name in names}
        kinds |= {"source": "category"} if "source" in names else {}
        return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in kinds.items()})
    return pa.concat_tables(tables).select(list(names)).unify_dictionaries().to_pandas()


def _spread(cells: list[str], there: npt.NDArray[np.bool_]) -> npt.NDArray[np.object_]:
    spread = np.full(len(there), "", dtype=object)
    spread[there] = cells
    return spread


def _places(lines: pd.DataFrame, census: pd.DataFrame, extract: Extract) -> _Places:
    """Each structure and the line of the same number; what has no other side is noted."""
    again = lines["finess"].duplicated()
    if again.any():
        same = lines.duplicated(["finess", "x", "y", "source"])
        extract.note(
            again & same,
            "duplicate-geolocation",
            T(
                "Ligne de géolocalisation répétée à l'identique.",
                "Geolocation line repeated without a difference.",
            ),
            "set aside",
            field="nofinesset",
            value="finess",
            frame=lines,
        )
        extract.note(
            again & ~same,
            "duplicate-geolocation",
            T(
                "Deux géolocalisations différentes : la première est prise.",
                "Two different geolocations: the first one is taken.",
            ),
            "set aside",
            field="coordxet",
            value="x",
            frame=lines,
        )
        lines = lines[~again]
    at = pd.Index(lines["finess"]).get_indexer(pd.Index(census["finess"]))
    orphan = np.ones(len(lines), dtype=bool)
    orphan[at[at >= 0]] = False
    extract.note(
        orphan,
        "geolocation-without-structure",
        T(
            "Géolocalisation d'un établissement absent du fichier.",
            "Geolocation of an establishment that the file does not hold.",
        ),
        "set aside",
        field="nofinesset",
        value="finess",
        frame=lines,
    )
    if not len(lines):
        extract.note_file(
            "no-geolocation-block",
            T(
                "Le fichier s'arrête avant les lignes « geolocalisation » : sans doute tronqué.",
                "The file ends before the “geolocalisation” lines: it was probably cut.",
            ),
        )
    parts = [split_source(source) for source in lines["source"].cat.categories]
    return _Places(lines, at, parts)


def _no_structure(file: OfficialFile) -> SourceError:
    lines = file.head().decode("utf-8-sig", "replace").splitlines()[:3]
    first = lines[0][:80] if lines else ""
    separator = next((sign for sign in ",\t|" if f"finess{sign}" in first), None)
    if separator or any(line.startswith("structureet,") for line in lines):
        return SourceError(
            T(
                "Les champs ne sont pas séparés par « ; » : {first}",
                "Fields are not separated by “;”: {first}",
                first=first,
            ),
            file=file.label,
            row=1,
            do=T(
                "Prenez le fichier de l'éditeur, sans le réenregistrer dans un tableur.",
                "Take the publisher's file, without saving it again in a spreadsheet.",
            ),
        )
    return SourceError(
        T(
            "Le fichier ne contient aucun établissement (ligne « structureet »).",
            "The file holds no establishment (“structureet” line).",
        ),
        file=file.label,
        do=T("Téléchargez-le à nouveau.", "Download it again."),
    )
