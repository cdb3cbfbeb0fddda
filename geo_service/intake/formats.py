"""Tell the format of a geographic file by its bytes, and what a shapefile leaves unsaid."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T

from .encodings import is_mostly_utf8

_COLLECTION = re.compile(rb'"type"\s*:\s*"FeatureCollection"|"features"\s*:')
_AGAIN = T("Téléchargez-le à nouveau chez l'éditeur.", "Download it again from the publisher.")


def driver_of(path: Path, label: str) -> str:
    """The format, told by the first bytes; a shapefile is also looked at for completeness."""
    with path.open("rb") as stream:
        start = stream.read(65_536)
    if start.startswith(b"SQLite format 3\0"):
        return "GPKG"
    if start.startswith(b"fgb"):
        return "FlatGeobuf"
    if start.startswith(b"PAR1"):
        return "Parquet"
    if start.startswith(b"\x00\x00\x27\x0a"):
        _check_shapefile(path, start, label)
        return "ESRI Shapefile"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{") and _COLLECTION.search(text) and b"gdal_streamed_alg" not in text:
        return "GeoJSON"
    raise SourceError(
        T(
            "Ce n'est pas une couche géographique connue (GeoJSON, GeoPackage, Shapefile, "
            "FlatGeobuf ou GeoParquet).",
            "This is not a geographic layer we know (GeoJSON, GeoPackage, Shapefile, FlatGeobuf "
            "or GeoParquet).",
        ),
        file=label,
        do=T("Vérifiez que c'est le bon fichier.", "Check that it is the right file."),
    )


def _companion(path: Path, suffix: str) -> Path | None:
    """The file beside a shapefile with that suffix, in any case."""
    wanted = (path.stem + suffix).lower()
    return next((near for near in path.parent.iterdir() if near.name.lower() == wanted), None)


def _check_shapefile(path: Path, start: bytes, label: str) -> None:
    for suffix in (".shx", ".dbf"):
        if _companion(path, suffix) is None:
            raise SourceError(
                T(
                    "Le fichier {name} du shapefile manque.",
                    "The file {name} of the shapefile is missing.",
                    name=path.stem + suffix,
                ),
                file=label,
                do=T(
                    "Donnez le ZIP de l'éditeur, ou tous les fichiers du shapefile.",
                    "Give the publisher's ZIP, or all files of the shapefile.",
                ),
            )
    # GDAL reads a cut .shp to its end and gives null shapes for the rest, without a word.
    announced = 2 * struct.unpack(">i", start[24:28])[0] if len(start) >= 28 else -1
    if path.stat().st_size < announced or announced < 100:
        raise SourceError(
            T("Le fichier .shp est tronqué.", "The .shp file is truncated."),
            file=label,
            do=_AGAIN,
        )


def dbf_encoding(path: Path) -> str | None:
    """The encoding of the attributes: what the bytes say, unless a rarer code page is declared.

    Publishers leave the .cpg out, and GDAL then guesses; others write UTF-8 in it and Latin-1 in
    the table.
    """
    table, page = _companion(path, ".dbf"), _companion(path, ".cpg")
    assert table is not None
    declared = page.read_text("ascii", "replace").strip().lower() if page else ""
    plain = re.sub(r"[^a-z0-9]", "", declared)
    if plain not in ("", "utf8", "65001", "iso88591", "88591", "latin1", "1252", "cp1252"):
        return None
    data = table.read_bytes()
    # Byte 29 names a code page; 0x03 and 0x57 are Windows ANSI, which is no other than ours.
    if not plain and data[29:30] not in (b"\0", b"\x03", b"\x57"):
        return None
    cells = data[int.from_bytes(data[8:10], "little") :]
    return "utf-8" if is_mostly_utf8([cells]) else "cp1252"


def rows_of_shapefile(path: Path) -> int:
    """How many rows a shapefile has by its index: 8 bytes a row after a heading of 100."""
    index = _companion(path, ".shx")
    assert index is not None
    return (index.stat().st_size - 100) // 8
