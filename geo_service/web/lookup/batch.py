"""A table of places, answered row by row in one pass."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ...core.crs import WGS84
from ...core.errors import SchemaError
from ...core.i18n import T, Text
from ...geocoding import Geocoder, GeocoderError, Place
from ...intake.values import normalise, parse_float
from ..uploads import BadRow, Cell, Upload, UploadError
from .points import FARTHEST, read_pair, to_degrees
from .zones import OUTSIDE_TERRITORY, Located, Lookup

Floats = npt.NDArray[np.float64]

MOST_ADDRESSES = 100
GEOCODING_SECONDS = 25.0
"""Time that the addresses of one file may take together."""
_PATIENCE = 5.0
_X = ("lon", "longitude", "lng", "long", "x", "coordx", "coordxet", "coordonneex", "xlambert93")
_Y = ("lat", "latitude", "y", "coordy", "coordyet", "coordonneey", "ylambert93")
_PAIRS = ("geopoint2d", "geopoint", "latlon", "coordonnees", "coordonneesgeographiques", "geom")
_ADDRESSES = ("adresse", "address", "adressecomplete", "adressepostale", "fulladdress")
_CITYCODES = ("citycode", "codeinsee", "codecommune", "insee", "inseecom", "codecommuneinsee")
_PRECISIONS = ("precisionm", "precision", "precisionmetres")


@dataclass(frozen=True)
class Choice:
    """What a visitor says of the table: columns (empty: guessed), CRS, metres (NaN: unknown)."""

    x: str = ""
    y: str = ""
    address: str = ""
    crs: int = WGS84
    precision: float = math.nan


@dataclass
class Batch:
    """The rows of a table with what was found.

    ``used`` are positions in ``upload.rows``; ``found`` speaks of them in that order. ``columns``
    name the columns that were read; ``notes`` say what was made of them.
    """

    upload: Upload
    used: npt.NDArray[np.int64]
    found: Located
    lookup: Lookup
    columns: dict[str, str]
    places: dict[int, Place] = field(default_factory=dict)
    bad: list[BadRow] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Rows of the file, those that could not be read included."""
        return len(self.upload.rows) + len(self.upload.bad)


def locate_upload(
    lookup: Lookup, upload: Upload, choice: Choice, geocoder: Geocoder | None = None
) -> Batch:
    """Answer every row of a table.

    Raises
    ------
    UploadError
        No coordinates in it; none of its rows could be placed; too many addresses.
    GeocoderError
        Addresses, and a geocoder that answered none of them.
    """
    places: dict[int, Place] = {}
    notes: list[Text] = []
    bad = list(upload.bad)
    columns = find_columns(upload, choice, addresses=geocoder is not None)
    at_centre = np.zeros(len(upload.rows), dtype=bool)
    if "address" in columns:
        assert geocoder is not None
        lon, lat, precision, at_centre = _geocoded(upload, columns, geocoder, places, bad)
    else:
        precision = _precisions(upload, columns, choice, bad)
        lon, lat = _coordinates(upload, columns, choice, bad, notes)
    used = np.flatnonzero(np.isfinite(lon))
    found = lookup.locate(lon[used], lat[used], precision[used], at_centre=at_centre[used])
    beyond = found.edge > OUTSIDE_TERRITORY
    if beyond.any():
        for row in used[beyond].tolist():
            bad.append(BadRow(upload.numbers[row], columns.get("x"), OUT_OF_RESULT))
        used = used[~beyond]
        found = lookup.locate(lon[used], lat[used], precision[used], at_centre=at_centre[used])
    bad.sort(key=lambda one: one.row)
    if not len(used):
        raise UploadError(
            T(
                "Aucune ligne ne peut être placée ; la première (ligne {row}) : {why}",
                "No row can be placed; the first one (row {row}): {why}",
                row=bad[0].row,
                why=bad[0].reason,
            ),
            status=422,
            file=upload.name,
        )
    return Batch(upload, used, found, lookup, columns, places, bad, notes)


OUT_OF_RESULT = T(
    "Hors du territoire de ce résultat : rien n'y est connu ici.",
    "Outside the territory of this result: nothing is known of it here.",
)
_OUT_OF_FRANCE = T("Hors de France.", "Outside France.")
_EMPTY = T("La cellule est vide.", "The cell is empty.")
_NO_NUMBER = T("Ce n'est pas un nombre.", "This is no number.")


def find_columns(upload: Upload, choice: Choice, *, addresses: bool) -> dict[str, str]:
    """The columns to read, by use: ``x`` and ``y``, or ``pair``, or ``address``.

    Raises
    ------
    UploadError
        A column chosen is not there; or none is found.
    """
    by_key: dict[str, str] = {}
    for name in upload.columns:
        by_key.setdefault(normalise(name), name)

    def known(chosen: str, usual: Sequence[str]) -> str | None:
        if chosen.strip():
            key = normalise(chosen)
            if key not in by_key:
                raise _no_column(upload, chosen)
            return by_key[key]
        return next((by_key[key] for key in usual if key in by_key), None)

    found: dict[str, str] = {}
    x, y = known(choice.x, _X), known(choice.y, _Y)
    address = known(choice.address, _ADDRESSES) if addresses else None
    pair = known("", _PAIRS)
    if choice.address.strip() and address:
        found["address"] = address
    elif x and y:
        found["x"], found["y"] = x, y
    elif pair and not choice.x.strip() and not choice.y.strip():
        found["x"] = pair
    elif address:
        found["address"] = address
    else:
        raise UploadError(
            T(
                "Aucune colonne de coordonnées n'est reconnue ; il y a : {columns}.",
                "No column of coordinates is recognised; there are: {columns}.",
                columns=", ".join(name[:60] for name in upload.columns[:40]),
            ),
            status=422,
            file=upload.name,
            do=T(
                "La première ligne doit nommer les colonnes ; écrivez ci-dessous lesquelles "
                "tiennent les coordonnées.",
                "The first row has to name the columns; write below which ones hold the "
                "coordinates.",
            ),
        )
    citycode = known("", _CITYCODES)
    if "address" in found and citycode:
        found["citycode"] = citycode
    precision = known("", _PRECISIONS)
    if precision and "address" not in found:
        found["precision"] = precision
    return found


def _no_column(upload: Upload, chosen: str) -> UploadError:
    return UploadError(
        T(
            "La colonne « {chosen} » n'est pas dans le fichier ; il y a : {columns}.",
            "The column “{chosen}” is not in the file; there are: {columns}.",
            chosen=chosen[:60],
            columns=", ".join(name[:60] for name in upload.columns[:40]),
        ),
        status=422,
        file=upload.name,
    )


def _coordinates(
    upload: Upload,
    columns: dict[str, str],
    choice: Choice,
    bad: list[BadRow],
    notes: list[Text],
) -> tuple[Floats, Floats]:
    size = len(upload.rows)
    x, y = np.full(size, np.nan), np.full(size, np.nan)
    if "y" in columns:
        for values, name in ((x, columns["x"]), (y, columns["y"])):
            for row, cell in enumerate(upload.column(name)):
                value, why = _number(cell)
                if why is not None and (values is x or math.isfinite(x[row])):
                    bad.append(BadRow(upload.numbers[row], name, why))
                values[row] = value
    else:
        for row, cell in enumerate(upload.column(columns["x"])):
            try:
                x[row], y[row] = read_pair("" if cell is None else str(cell)[:200])
            except SchemaError as error:
                why = _EMPTY if cell in (None, "") else error.message
                bad.append(BadRow(upload.numbers[row], columns["x"], why))
    there = np.isfinite(x) & np.isfinite(y)
    lon, lat, swapped = np.full(size, np.nan), np.full(size, np.nan), np.zeros(size, dtype=bool)
    lon[there], lat[there], swapped[there] = to_degrees(x[there], y[there], choice.crs)
    straight = int((np.isfinite(lon) & ~swapped).sum())
    exchanged = int(swapped.sum())
    if "y" not in columns:
        pass  # both orders are in use where one column holds both
    elif exchanged > straight:
        notes.append(_SWAPPED.with_values(x=columns["x"], y=columns["y"], n=exchanged))
    elif exchanged:
        for row in np.flatnonzero(swapped).tolist():
            bad.append(BadRow(upload.numbers[row], columns["x"], _ROW_SWAPPED))
        lon[swapped] = lat[swapped] = np.nan
    nowhere = there & ~np.isfinite(lon) & ~swapped
    large = choice.crs == WGS84 and bool((np.abs(x[nowhere]) > 180).any())
    for row in np.flatnonzero(nowhere).tolist():
        metres = large and abs(x[row]) > 180
        bad.append(
            BadRow(upload.numbers[row], columns["x"], _NOT_DEGREES if metres else _OUT_OF_FRANCE)
        )
    return lon, lat


_SWAPPED = T(
    "Longitude et latitude sont échangées dans ce fichier (« {x} » et « {y} », {n} lignes) : "
    "elles ont été remises dans l'ordre.",
    "Longitude and latitude are swapped in this file (“{x}” and “{y}”, {n} rows): they were put "
    "in order.",
)
_ROW_SWAPPED = T(
    "Longitude et latitude semblent échangées sur cette ligne.",
    "Longitude and latitude seem to be swapped in this row.",
)
_NOT_DEGREES = T(
    "Ce ne sont pas des degrés : choisissez le système de coordonnées du fichier.",
    "These are not degrees: choose the file's coordinate reference system.",
)


def _number(cell: Cell) -> tuple[float, Text | None]:
    if cell is None or cell == "" or (isinstance(cell, str) and not cell.strip()):
        return math.nan, _EMPTY
    if isinstance(cell, bool):
        return math.nan, _NO_NUMBER
    if isinstance(cell, int | float):
        value = float(cell) if abs(cell) < 1e12 else math.nan
        return (value, None) if math.isfinite(value) else (math.nan, _NO_NUMBER)
    try:
        parsed = parse_float(cell) if len(cell) < 64 else None
    except ValueError:
        parsed = None
    return (math.nan, _NO_NUMBER) if parsed is None else (parsed, None)


def _precisions(
    upload: Upload, columns: dict[str, str], choice: Choice, bad: list[BadRow]
) -> Floats:
    """Metres by row; an empty cell is what the visitor said of the whole file."""
    metres = np.full(len(upload.rows), choice.precision)
    if "precision" not in columns:
        return metres
    for row, cell in enumerate(upload.column(columns["precision"])):
        value, why = _number(cell)
        if why is _EMPTY:
            continue
        if why is not None or not 0 <= value <= FARTHEST:
            said = T("Précision illisible : prise pour inconnue.", "Precision unreadable: unknown.")
            bad.append(BadRow(upload.numbers[row], columns["precision"], said))
            metres[row] = math.nan
        else:
            metres[row] = value
    return metres


def _geocoded(
    upload: Upload,
    columns: dict[str, str],
    geocoder: Geocoder,
    places: dict[int, Place],
    bad: list[BadRow],
) -> tuple[Floats, Floats, Floats, npt.NDArray[np.bool_]]:
    size = len(upload.rows)
    lon, lat, precision = (np.full(size, np.nan) for _ in range(3))
    at_centre = np.zeros(size, dtype=bool)
    words = [
        "" if cell is None else str(cell).strip() for cell in upload.column(columns["address"])
    ]
    codes = upload.column(columns["citycode"]) if "citycode" in columns else [None] * size
    if sum(map(bool, words)) > MOST_ADDRESSES:
        raise UploadError(
            T(
                "{n} adresses : {most} au plus sont cherchées à la fois.",
                "{n} addresses: at most {most} are looked up at a time.",
                n=sum(map(bool, words)),
                most=MOST_ADDRESSES,
            ),
            status=413,
            file=upload.name,
            do=T(
                "Découpez le fichier, ou donnez des coordonnées.",
                "Cut the file up, or give coordinates.",
            ),
        )
    end = time.monotonic() + GEOCODING_SECONDS
    failed: GeocoderError | None = None
    for row, address in enumerate(words):
        why: Text | None = None
        if not address:
            why = _EMPTY
        elif failed is not None or time.monotonic() > end:
            why = T(
                "Pas cherchée : le géocodeur a cessé de répondre à temps.",
                "Not looked up: the geocoder no longer answered in time.",
            )
        else:
            code = None if codes[row] is None else str(codes[row])
            try:
                answers = geocoder.search(address, limit=1, citycode=code, patience=_PATIENCE)
            except GeocoderError as error:
                why = error.message
                failed = error if error.status != 422 else None
            except SchemaError as error:
                why = error.message
            else:
                if answers:
                    places[row] = place = answers[0]
                    lon[row], lat[row] = place.lon, place.lat
                    precision[row] = place.position.metres
                    at_centre[row] = place.position.name == "commune-centre"
                else:
                    why = T("Adresse introuvable.", "Address not found.")
        if why is not None:
            bad.append(BadRow(upload.numbers[row], columns["address"], why))
    if failed is not None and not places:
        raise failed
    return lon, lat, precision, at_centre
