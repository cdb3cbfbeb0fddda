"""A place as a visitor writes it: degrees in either order, or metres of a legal CRS."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from ...core.crs import LEGAL, WGS84, LegalCrs, legal_crs_at, transform
from ...core.errors import CrsError, SchemaError
from ...core.i18n import T, Text
from ...intake.values import parse_float
from ...rules import positions

Floats = npt.NDArray[np.float64]

FARTHEST = 100_000.0
"""Metres of a precision at most."""
LONGEST = 120
"""Characters of a written coordinate."""
_UNKNOWN = ("", "unknown", "inconnue")
_VAGUE = "vague"
_NUMBER = r"[+-]?\d+(?:[.,]\d+)?"
_PAIR = re.compile(
    rf"\(?\s*({_NUMBER})\s*°?\s*([NSEWO])?\s*(?:[;/|]|,\s|\s|,)\s*({_NUMBER})\s*°?\s*([NSEWO])?\s*\)?",
    re.IGNORECASE,
)
_POINTS = re.compile(r"\(?\s*([+-]?\d+\.\d+)\s*,\s*([+-]?\d+\.\d+)\s*\)?")


@dataclass(frozen=True)
class GivenPoint:
    """One point as understood: degrees, metres of precision (NaN unknown, infinite: vague).

    ``position`` names its class (law/positions.toml) where a geocoder gave one; ``notes`` say what
    was made of what was written.
    """

    lon: float
    lat: float
    precision: float
    position: str | None = None
    notes: tuple[Text, ...] = ()


SWAPPED = T(
    "Longitude et latitude étaient échangées : elles sont lues comme {lat} de latitude et {lon} de "
    "longitude.",
    "Longitude and latitude were swapped: they are read as latitude {lat} and longitude {lon}.",
)


def crs_choices() -> list[tuple[str, str]]:
    """EPSG code and name of each CRS that a coordinate may be given in, degrees first."""
    degrees = T(
        "Longitude et latitude (WGS 84), degrés", "Longitude and latitude (WGS 84), degrees"
    )
    return [("", degrees.say()), *((str(legal.epsg), _crs_name(legal)) for legal in LEGAL)]


def _crs_name(legal: LegalCrs) -> str:
    return f"{CRS.from_epsg(legal.epsg).name} – {legal.name.say()} (EPSG:{legal.epsg})"


def read_point(given: Mapping[str, str]) -> GivenPoint | None:
    """The point that parameters describe, None where they describe none.

    Parameters
    ----------
    given
        ``lon`` and ``lat``; or ``point``, both in one text; or ``x``, ``y`` and ``crs``. Besides,
        ``precision`` (metres, or unknown) and ``position`` (a class of positions).

    Raises
    ------
    SchemaError, CrsError
        What is written is no coordinate, or none in France.
    """
    words = {
        name: given.get(name, "").strip()
        for name in ("lon", "lat", "point", "x", "y", "crs", "precision", "position")
    }
    for name, text in words.items():
        if len(text) > LONGEST:
            raise SchemaError(T("La valeur est trop longue.", "The value is too long."), field=name)
    precision, position = _precision(words["precision"], words["position"])
    if words["lon"] or words["lat"]:
        first = _number(words["lon"], "lon")
        second = _number(words["lat"], "lat")
        return _degrees(first, second, precision, position)
    if words["point"]:
        first, second = read_pair(words["point"])
        return _pasted(first, second, precision, position)
    if words["x"] or words["y"]:
        x, y = _number(words["x"], "x"), _number(words["y"], "y")
        crs = read_crs(words["crs"])
        if crs == WGS84:
            return _degrees(x, y, precision, position)
        lon, lat, swapped = to_degrees(np.array([x]), np.array([y]), crs)
        if not math.isfinite(lon[0]):
            raise CrsError(
                T(
                    "Ces coordonnées ne tombent pas dans le territoire de {crs}.",
                    "These coordinates do not fall in the territory of {crs}.",
                    crs=next(_crs_name(legal) for legal in LEGAL if legal.epsg == crs),
                ),
                field="x, y",
                do=T("Vérifiez le système choisi.", "Check the system that was chosen."),
            )
        notes = (_exchanged(lon[0], lat[0]),) if swapped[0] else ()
        return GivenPoint(float(lon[0]), float(lat[0]), precision, position, notes)
    return None


def read_pair(text: str) -> tuple[float, float]:
    """Two numbers in one text, in the order in which they stand; E and N letters put in order.

    >>> read_pair("48,8566 2,3522"), read_pair("48.8566, 2.3522"), read_pair("2.35°E 48.85°N")
    ((48.8566, 2.3522), (48.8566, 2.3522), (2.35, 48.85))

    Raises
    ------
    SchemaError
        There are not two numbers.
    """
    plain = text.strip()
    matched = _POINTS.fullmatch(plain)
    if matched:
        return float(matched[1]), float(matched[2])
    matched = _PAIR.fullmatch(plain)
    if not matched:
        raise SchemaError(
            T("Ce ne sont pas deux nombres.", "These are not two numbers."),
            field="point",
            do=T("Écrivez par exemple 43,6045 1,4440.", "Write for example 43.6045 1.4440."),
        )
    values = []
    for number, letter in ((matched[1], matched[2]), (matched[3], matched[4])):
        value = float(number.replace(",", "."))
        values.append(-abs(value) if (letter or "").upper() in ("S", "W", "O") else value)
    return values[0], values[1]


def read_crs(written: str) -> int:
    """A CRS among those offered.

    Raises
    ------
    CrsError
        It is none of them.
    """
    known = {"": WGS84, str(WGS84): WGS84, **{str(legal.epsg): legal.epsg for legal in LEGAL}}
    if written.strip() not in known:
        raise CrsError(
            T("Ce système de coordonnées n'est pas proposé.", "This CRS is not offered."),
            field="crs",
            do=T("Choisissez-en un dans la liste.", "Choose one in the list."),
        )
    return known[written.strip()]


def to_degrees(x: Floats, y: Floats, crs: int) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Longitudes and latitudes; NaN where neither order falls in the CRS's territory in France.

    Parameters
    ----------
    x, y : (n,)
        Degrees or metres in ``crs``.

    Returns
    -------
    lon, lat : (n,) float64
    swapped : (n,) bool
        Points that only fall in France with x and y exchanged; theirs are the exchanged values.
    """
    lon, lat = _transformed(x, y, crs)
    other_lon, other_lat = _transformed(y, x, crs)
    swapped = np.isnan(lon) & ~np.isnan(other_lon)
    return np.where(swapped, other_lon, lon), np.where(swapped, other_lat, lat), swapped


def _transformed(x: Floats, y: Floats, crs: int) -> tuple[Floats, Floats]:
    lon, lat = transform(x, y, crs, WGS84)
    there = legal_crs_at(np.where(np.isfinite(lon), lon, np.nan), lat)
    held = there == crs if crs != WGS84 else there > 0
    return np.where(held, lon, np.nan), np.where(held, lat, np.nan)


def _degrees(lon: float, lat: float, precision: float, position: str | None) -> GivenPoint:
    found_lon, found_lat, swapped = to_degrees(np.array([lon]), np.array([lat]), WGS84)
    if not math.isfinite(found_lon[0]):
        raise _nowhere(lon, lat)
    notes = (_exchanged(found_lon[0], found_lat[0]),) if swapped[0] else ()
    return GivenPoint(float(found_lon[0]), float(found_lat[0]), precision, position, notes)


def _pasted(first: float, second: float, precision: float, position: str | None) -> GivenPoint:
    """People paste latitude first, programs longitude first: only one of the two is in France."""
    lon, lat, _ = to_degrees(np.array([first]), np.array([second]), WGS84)
    if math.isfinite(lon[0]):
        return GivenPoint(float(lon[0]), float(lat[0]), precision, position)
    raise _nowhere(first, second)


def _nowhere(first: float, second: float) -> CrsError:
    metres = abs(first) > 180 or abs(second) > 180
    return CrsError(
        T(
            "Ces coordonnées ne sont pas en France, dans un ordre ni dans l'autre.",
            "These coordinates are not in France, in one order or the other.",
        ),
        do=T(
            "Ce ne sont pas des degrés : choisissez leur système de coordonnées.",
            "These are not degrees: choose their coordinate reference system.",
        )
        if metres
        else T(
            "Donnez des degrés décimaux, WGS 84.",
            "Give decimal degrees, WGS 84.",
        ),
    )


def _exchanged(lon: float, lat: float) -> Text:
    return SWAPPED.with_values(lon=f"{lon:.6f}", lat=f"{lat:.6f}")


def _number(text: str, name: str) -> float:
    try:
        value = parse_float(text)
    except ValueError:
        value = None
    if value is None:
        raise SchemaError(
            T("Un nombre est attendu.", "A number is expected."),
            field=name,
            do=T("Donnez les deux coordonnées.", "Give both coordinates."),
        )
    return value


def _precision(text: str, position: str) -> tuple[float, str | None]:
    name = position if position in positions() else None
    if text.casefold() == _VAGUE:
        return math.inf, name
    if text.casefold() in _UNKNOWN:
        return (positions()[name].metres if name else math.nan), name
    return read_precision(text), name


def read_precision(text: str) -> float:
    """Metres of a precision; NaN where it is unknown.

    Raises
    ------
    SchemaError
        No number, negative or more than :data:`FARTHEST`.
    """
    if text.strip().casefold() in _UNKNOWN:
        return math.nan
    metres = _number(text, "precision")
    if not 0 <= metres <= FARTHEST:
        raise SchemaError(
            T(
                "La précision va de 0 à {most} mètres.",
                "A precision goes from 0 to {most} metres.",
                most=int(FARTHEST),
            ),
            field="precision",
            do=T("Laissez vide si elle n'est pas connue.", "Leave empty if it is not known."),
        )
    return metres
