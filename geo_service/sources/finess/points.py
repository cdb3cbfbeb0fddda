"""Coordinates read in the CRS that their row names, put the right way round, and cross-checked.

Nothing is ever assumed to be Lambert-93, and nothing is measured in degrees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo_service.core.crs import WGS84, legal_crs_at, transform
from geo_service.core.i18n import T

from .crs_text import AMBIGUOUS_UTM_20, read_crs_text
from .extract import NO_CRS, Extract, read_numbers

DISAGREEMENT_M = 5.0
"""Two forms of one position further apart than this are two positions."""

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]


@dataclass
class Points:
    """One form of the positions of all rows.

    ``x``, ``y`` in ``crs`` (an EPSG code, 0 where it cannot be told); ``lon``, ``lat`` in degrees,
    WGS84; NaN where there is none. ``territory`` is the legal CRS of the département, 0 unknown.
    """

    x: Floats
    y: Floats
    crs: Codes
    territory: Codes

    def __post_init__(self) -> None:
        self.lon, self.lat = _to_wgs84(self.x, self.y, self.crs)

    @property
    def there(self) -> Flags:
        """Rows with two finite coordinates."""
        return np.isfinite(self.x)

    @property
    def inside(self) -> Flags:
        """Rows whose point falls in the box of their own territory (of any, if unknown)."""
        found = legal_crs_at(self.lon, self.lat)
        return (found > 0) & ((found == self.territory) | (self.territory == 0))

    def replace(self, rows: Flags, other: Points) -> None:
        """Take these rows from another form."""
        for name in ("x", "y", "crs", "lon", "lat"):
            getattr(self, name)[rows] = getattr(other, name)[rows]

    def swapped(self) -> Points:
        """The same with x and y exchanged."""
        return Points(self.y.copy(), self.x.copy(), self.crs.copy(), self.territory)

    def metres_from(self, other: Points) -> Floats:
        """Distance to another form of the same position, in the legal CRS; NaN if unknown."""
        metres = np.full(len(self.x), np.nan)
        for code in np.unique(self.territory[self.territory > 0]):
            rows = self.territory == code
            x, y = transform(self.lon[rows], self.lat[rows], WGS84, int(code))
            other_x, other_y = transform(other.lon[rows], other.lat[rows], WGS84, int(code))
            with np.errstate(invalid="ignore"):
                metres[rows] = np.hypot(x - other_x, y - other_y)
        return metres


def read_points(extract: Extract, territory: Codes) -> Points:
    """The best form of the position of each row, its faults noted.

    Where the file names the CRS of ``x`` and ``y``, these are followed; where it does not,
    longitude and latitude are surer if the two forms disagree.
    """
    frame = extract.frame
    x, y = _pair(extract, "x", "y", "coordxet")
    stated = (frame["crs_text"] != NO_CRS).to_numpy()
    points = Points(x, y, _crs(extract, np.isfinite(x), stated, territory), territory)
    _unswap(extract, points, "coordxet", "x")
    if (frame["lon_text"] == "").all() and (frame["lat_text"] == "").all():
        return points
    lon, lat = _pair(extract, "lon_text", "lat_text", "longitude")
    given = Points(lon, lat, np.where(np.isfinite(lon), WGS84, 0), territory)
    _unswap(extract, given, "longitude", "lon_text")
    both = points.inside & given.inside
    metres = points.metres_from(given)
    far = both & (metres > DISAGREEMENT_M)
    extract.note(
        far,
        "coordinates-disagree",
        T(
            "Les deux formes de la position sont à {apart:.0f} m l'une de l'autre.",
            "The two forms of the position are {apart:.0f} m apart.",
        ),
        "kept",
        field="longitude",
        value="lon_text",
        says=("apart",),
        extra={"lon": points.lon, "lat": points.lat, "apart": np.rint(metres)},
    )
    points.replace((given.inside & ~points.inside) | (far & ~stated), given)
    points.replace(given.there & ~points.there, given)
    return points


def _pair(extract: Extract, x_name: str, y_name: str, field: str) -> tuple[Floats, Floats]:
    """Two columns as numbers; both NaN where either is missing or is no number."""
    frame = extract.frame
    x, wrong_x = read_numbers(frame[x_name])
    y, wrong_y = read_numbers(frame[y_name])
    wrong = wrong_x | wrong_y | (x.isna() != y.isna())
    extract.note(
        wrong,
        "bad-coordinates",
        T(
            "Coordonnées incomplètes, ou qui ne sont pas des nombres finis.",
            "Coordinates incomplete, or that are not finite numbers.",
        ),
        "kept",
        field=field,
        value="both",
        extra={"both": frame[x_name] + " ; " + frame[y_name]},
    )
    unusable = (wrong | x.isna()).to_numpy()
    return np.where(unusable, np.nan, x.to_numpy()), np.where(unusable, np.nan, y.to_numpy())


def _crs(extract: Extract, there: Flags, stated: Flags, territory: Codes) -> Codes:
    """CRS of each row: as its text says; the legal one where the layout has no such text."""
    texts = extract.frame["crs_text"]
    read = {text: read_crs_text(text) or 0 for text in texts.unique()}
    codes = np.array([read[text] for text in texts.tolist()], dtype=np.int64)
    crs = np.where(stated, codes, territory)
    unknown = there & (crs == 0)
    extract.note(
        unknown,
        "unknown-crs",
        T(
            "Système de coordonnées absent ou inconnu : ces coordonnées sont inutilisables.",
            "CRS missing or unknown: these coordinates cannot be used.",
        ),
        "kept",
        field="sourcecoordet",
        value="crs_text",
    )
    if any(code == AMBIGUOUS_UTM_20 and text.startswith("UTM") for text, code in read.items()):
        extract.notes.append(
            T(
                "UTM_N20 est lu comme EPSG:4559 ; d'autres le lisent comme 32620.",
                "UTM_N20 is read as EPSG:4559; others read it as 32620.",
            )
        )
    return np.where(there, crs, 0)


def _to_wgs84(x: Floats, y: Floats, crs: Codes) -> tuple[Floats, Floats]:
    lon, lat = np.full(len(x), np.nan), np.full(len(x), np.nan)
    for code in np.unique(crs[crs > 0]):
        rows = crs == code
        lon[rows], lat[rows] = transform(x[rows], y[rows], int(code), WGS84)
    lost = ~(np.isfinite(lon) & np.isfinite(lat))
    lon[lost], lat[lost] = np.nan, np.nan
    return lon, lat


def _unswap(extract: Extract, points: Points, field: str, value: str) -> None:
    """Exchange x and y where only so the point falls in its territory."""
    doubtful = points.there & (points.crs > 0) & ~points.inside
    if not doubtful.any():
        return
    other = points.swapped()
    mended = doubtful & other.inside
    points.replace(mended, other)
    if extract.free_order and mended.any():
        extract.note_file(
            "swapped-coordinates",
            T(
                "Coordonnées échangées dans {n} lignes, remises dans l'ordre des valeurs.",
                "Coordinates exchanged in {n} rows, put in order by their values.",
                n=int(mended.sum()),
            ),
            "repaired",
            value=extract.field_names.get(field, field),
        )
        return
    extract.note(
        mended,
        "swapped-coordinates",
        T("Les deux coordonnées étaient échangées.", "The two coordinates were exchanged."),
        "repaired",
        field=field,
        value=value,
        extra={"lon": points.lon, "lat": points.lat},
    )
