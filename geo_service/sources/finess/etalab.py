"""The DREES/ANS extractions ``cs1100507`` (with coordinates) and ``cs1100502`` (without).

No header, no quoting (``"`` is a character like another), a marker on line 1, then lines of
section ``structureet`` (32 fields) and, in 507, of section ``geolocalisation`` (6 fields).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute
from pyarrow import csv as arrow

from geo_service.core.contracts import Progress
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.intake.archives import OfficialFile
from geo_service.intake.encodings import decide_encoding

from .crs_text import split_sources
from .extract import COLUMNS, Extract, complete

STRUCTURE = (
    *("section", "finess", "finess_ej", "name", "long_name", "complrs", "complement", "number"),
    *("way_kind", "way", "repeat", "place", "commune_part", "departement", "departement_name"),
    *("delivery_line", "telephone", "telecopie", "category", "libcategetab", "categagretab"),
    *("libcategagretab", "siret", "codeape", "codemft", "libmft", "codesph", "libsph", "opened"),
    *("dateautor", "updated", "numuai"),
)
GEOLOCATION = ("section", "finess", "x", "y", "source", "geo_updated")
_KEPT = tuple(name for name in STRUCTURE if name in COLUMNS)
_STRUCTURE_FIELDS = len(STRUCTURE)
_GEOLOCATION_FIELDS = len(GEOLOCATION)
_LONGEST_LINE = 20_000
"""The longest real line has about 600 characters."""
_PROGRESS_EVERY = 20_000

# Where a separator inside a cell may have cut a line, the likeliest first: free text.
_FREE_TEXT = (6, 11, 9, 5, 4, 3, 19, 14, 21, 25, 27, 15)
# What the fields around must look like for the line to be whole again.
_ANCHORS: dict[int, re.Pattern[str]] = {
    1: re.compile(r"[0-9][0-9A-Z][0-9]{7}"),
    7: re.compile(r"\d{0,5}"),
    8: re.compile(r"[A-Z]{0,5}"),
    12: re.compile(r"\w{3}"),
    13: re.compile(r"\d{2}|2[AB]|9[A-Z]"),
    15: re.compile(r"\d{5} .*"),
    18: re.compile(r"\d{3}"),
    22: re.compile(r"(\d{14})?"),
    28: re.compile(r"(\d{4}-\d{2}-\d{2})?"),
    29: re.compile(r"(\d{4}-\d{2}-\d{2})?"),
}
_WRONG_FIELDS = T(
    "La ligne a {n} champs au lieu de {wanted}.",
    "The row has {n} fields instead of {wanted}.",
)


def read_etalab(file: OfficialFile, extract: Extract, progress: Progress) -> None:
    """Read a 507 or 502 extraction into ``extract``; its content tells which of the two it is.

    Raises
    ------
    SourceError
        Binary, in no known encoding, or without one line of section ``structureet``.
    """
    lines = _lines(file)
    good: list[bytes] = []
    rows: list[int] = []
    places: list[bytes] = []
    place_rows: list[int] = []
    for row, line in enumerate(lines, 1):
        if row % _PROGRESS_EVERY == 0:
            progress(extract.file, row, len(lines))
        if line.startswith(b"structureet;"):
            extract.rows_read += 1
            whole = _whole(row, line, _STRUCTURE_FIELDS, extract, _repair)
            if whole is not None:
                good.append(whole)
                rows.append(row)
        elif line.startswith(b"geolocalisation;"):
            whole = _whole(row, line, _GEOLOCATION_FIELDS, extract, _pad_place)
            if whole is not None:
                places.append(whole)
                place_rows.append(row)
        elif line.startswith(b"finess;"):
            cells = line.decode().split(";")
            extract.stated_vintage = cells[3].strip() if len(cells) > 3 else ""
        elif line.strip():
            extract.note_line(
                row,
                line.decode(),
                "unknown-section",
                T(
                    "La ligne n'est ni « structureet » ni « geolocalisation ».",
                    "The line is neither “structureet” nor “geolocalisation”.",
                ),
                "set aside",
            )
    progress(extract.file, len(lines), len(lines))
    if not extract.rows_read:
        raise _no_structure(file, lines)
    frame = _table(good, STRUCTURE, _KEPT, rows)
    if place_rows or extract.layout == "cs1100507":
        extract.layout = "cs1100507"
        located = _table(places, GEOLOCATION, GEOLOCATION[1:5], place_rows)
        frame = _join_places(frame, located, extract)
    else:
        extract.layout = "cs1100502"
        extract.has_coordinates = False
    extract.frame = complete(frame, extract.file)


def _lines(file: OfficialFile) -> list[bytes]:
    """The lines of the file in UTF-8, each the line of that number."""
    with file.open_bytes() as stream:
        data = stream.read()
    encoding = decide_encoding(lambda: io.BytesIO(data), file.label)
    if encoding.name == "utf-8-sig":
        data = data[3:]
    if encoding.damaged or encoding.name not in ("utf-8", "utf-8-sig"):
        codec = "utf-8" if encoding.damaged else encoding.name
        data = data.decode(codec, "replace").encode()
    if b"\r" in data:
        # A carriage return alone stands inside a cell: it may not make a line of its own.
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    return data.split(b"\n")


def _whole(
    row: int,
    line: bytes,
    wanted: int,
    extract: Extract,
    repair: Callable[[list[str]], list[str] | None],
) -> bytes | None:
    """The line when it has its fields, or can be given them; else null, and noted."""
    fields = line.count(b";") + 1
    if fields == wanted and len(line) <= _LONGEST_LINE:
        if b"\xef\xbf\xbd" in line:
            extract.note_line(
                row,
                line.decode(),
                "unreadable-bytes",
                T("Des octets sont illisibles (« � »).", "Some bytes cannot be read (“�”)."),
                "kept",
                record=line.split(b";")[1].decode(),
            )
        return line
    text = line.decode()
    cells = text.split(";")
    structure = wanted == _STRUCTURE_FIELDS
    if len(line) > _LONGEST_LINE:
        code, mended = "huge-cell", None
        reason = T("La ligne compte {n} caractères.", "The line has {n} characters.", n=len(text))
    else:
        code = "too-few-fields" if fields < wanted else "too-many-fields"
        reason = _WRONG_FIELDS.with_values(n=fields, wanted=wanted)
        mended = repair(cells)
    extract.note_line(
        row, text, code, reason, "repaired" if mended else "set aside", record=cells[1][:9]
    )
    if mended is None:
        extract.rows_set_aside += structure
        return None
    return ";".join(mended).encode()


def _repair(cells: list[str]) -> list[str] | None:
    """A structure line cut by a separator inside a free text, or robbed of its last blanks."""
    extra = len(cells) - _STRUCTURE_FIELDS
    if extra < 0:
        # Spreadsheets drop trailing blanks; a line that stops before the dates was cut instead.
        padded = cells + [""] * -extra
        return padded if extra >= -2 and _plausible(padded) else None
    for at in _FREE_TEXT:
        joined = ",".join(cells[at : at + extra + 1])
        mended = [*cells[:at], joined, *cells[at + extra + 1 :]]
        if _plausible(mended):
            return mended
    return None


def _plausible(cells: list[str]) -> bool:
    return all(pattern.fullmatch(cells[at].strip()) for at, pattern in _ANCHORS.items())


def _pad_place(cells: list[str]) -> list[str] | None:
    """A geolocation line that only lacks its date of update, blank in many releases."""
    return [*cells, ""] if len(cells) == _GEOLOCATION_FIELDS - 1 else None


def _no_structure(file: OfficialFile, lines: list[bytes]) -> SourceError:
    first = lines[0][:80].decode("utf-8", "replace")
    separator = next((sign for sign in ",\t|" if f"finess{sign}" in first), None)
    if separator or any(line.startswith(b"structureet,") for line in lines[:3]):
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


def _table(
    lines: list[bytes], names: Sequence[str], kept: Sequence[str], rows: list[int]
) -> pd.DataFrame:
    """Lines that all have their fields, as trimmed text columns and ``row``."""
    if not lines:
        empty = {name: pd.Series([], dtype="str") for name in kept}
        return pd.DataFrame({**empty, "row": pd.Series([], dtype="int64")})
    body = b"\n".join(lines)
    table = arrow.read_csv(
        pa.BufferReader(body),
        # One block: a block may not be shorter than a line.
        read_options=arrow.ReadOptions(
            column_names=list(names), block_size=max(len(body) + 1, 1 << 20)
        ),
        parse_options=arrow.ParseOptions(delimiter=";", quote_char=False),
        convert_options=arrow.ConvertOptions(
            include_columns=list(kept),
            column_types=dict.fromkeys(kept, pa.string()),
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )
    trimmed = [compute.utf8_trim_whitespace(column) for column in table.columns]
    frame = pa.table(trimmed, names=list(kept)).to_pandas()
    return frame.astype("str").assign(row=rows)


def _join_places(frame: pd.DataFrame, places: pd.DataFrame, extract: Extract) -> pd.DataFrame:
    """Structures with the coordinates of the line of the same number; both sides are counted."""
    places["file"] = extract.file
    again = places["finess"].duplicated()
    if again.any():
        same = places.duplicated(["finess", "x", "y", "source"])
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
            frame=places,
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
            frame=places,
        )
        places = places[~again]
    numbers = frame["finess"].tolist()
    known = set(numbers)
    orphan = np.array([number not in known for number in places["finess"].tolist()], dtype=bool)
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
        frame=places,
    )
    found = places.set_index("finess").reindex(numbers)
    has_place = found["row"].notna().to_numpy()
    for name in ("x", "y", "source"):
        frame[name] = found[name].fillna("").to_numpy()
    frame = split_sources(frame)
    if not len(places):
        extract.note_file(
            "no-geolocation-block",
            T(
                "Le fichier s'arrête avant les lignes « geolocalisation » : sans doute tronqué.",
                "The file ends before the “geolocalisation” lines: it was probably cut.",
            ),
        )
    else:
        frame["refusal"] = pd.Series(np.where(has_place, "", "no-line"), dtype="str")
    return frame
