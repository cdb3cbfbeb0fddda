"""Which CRS the text of a ``sourcecoordet`` cell means. Never assumed: no text, no CRS.

Source: the tokens and texts met in FINESS from 2020 to 2026 (``docs/sources/finess.md``).
"""

from __future__ import annotations

import functools
import re
import unicodedata

import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError

_EPSG = re.compile(r"EPSG\s*:?\s*(\d{4,6})\b")
_WGS84_UTM = re.compile(r"WGS\s*84\s*/?\s*UTM\s*ZONE\s*(\d{1,2})\s*([NS])\b")
_TOKEN = re.compile(r"UTM[_ ]?([NS])[_ ]?0?(\d{1,2})")

# `UTM_N20` was described as "WGS84 UTM 20N" and mapped by its readers to EPSG:4559 (RRAF91) or
# 32620 (WGS84); the two differ by less than the metre at which those positions are given.
_TOKENS = {"N20": 4559, "N21": 4467, "N22": 2972, "S38": 4471, "S40": 2975}
AMBIGUOUS_UTM_20 = 4559


@functools.lru_cache(maxsize=1024)
def read_crs_text(text: str) -> int | None:
    """EPSG code of a CRS as FINESS writes it, or null when it cannot be told.

    Texts with no EPSG code are understood by their words (Saint-Pierre-et-Miquelon, Wallis).

    >>> read_crs_text("EPSG:2154 RGF93 / Lambert-93 (Métropole)"), read_crs_text("LAMBERT_93")
    (2154, 2154)
    >>> read_crs_text("WGS84/UTM zone 21N (Saint-Pierre-et-Miquelon)"), read_crs_text("UTM_S40")
    (32621, 2975)
    >>> read_crs_text("") is None, read_crs_text("EPSG:99999") is None
    (True, True)
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper().strip()
    if stated := _EPSG.search(plain):
        return _known(int(stated.group(1)))
    if zone := _WGS84_UTM.search(plain):
        number, half = int(zone.group(1)), zone.group(2)
        return (32600 if half == "N" else 32700) + number if 1 <= number <= 60 else None
    if token := _TOKEN.fullmatch(plain):
        return _TOKENS.get(token.group(1) + token.group(2))
    if re.search(r"LAMBERT[-_ ]?93", plain):
        return 2154
    return None


def _known(code: int) -> int | None:
    try:
        crs = CRS.from_epsg(code)
    except CRSError:
        return None
    return code if crs.is_projected or crs.is_geographic else None


@functools.lru_cache(maxsize=65_536)
def split_source(cell: str) -> tuple[str, str, str, str]:
    """Geocoder, score, reference base and CRS text of a ``sourcecoordet`` cell.

    The cell is *precision class, geocoder, score or ``.``, reference base, CRS*. Older ones spread
    the base over several tokens: there the CRS is the last one.

    >>> split_source("1,ATLASANTE,96,BAN,EPSG:2154 RGF93 / Lambert-93 (Métropole)")
    ('ATLASANTE', '96', 'BAN', 'EPSG:2154 RGF93 / Lambert-93 (Métropole)')
    >>> split_source("1,ATLASANTE,100,IGN,BD_ADRESSE,V2.1,UTM_N22")
    ('ATLASANTE', '100', 'IGN,BD_ADRESSE,V2.1', 'UTM_N22')
    """
    tokens = [token.strip() for token in cell.split(",")]
    if len(tokens) < 5:
        # Too short to tell the tokens apart; the last one is the CRS where it reads as one.
        crs = tokens[-1] if read_crs_text(tokens[-1]) else ""
        return "", "", "", crs or cell.strip()
    at = 4 if len(tokens) == 5 or read_crs_text(tokens[4]) else len(tokens) - 1
    crs = ",".join(tokens[4:]) if at == 4 else tokens[-1]
    score = "" if tokens[2] == "." else tokens[2]
    return tokens[1], score, ",".join(tokens[3:at]), crs


def split_sources(frame: pd.DataFrame) -> pd.DataFrame:
    """Add ``geocoder``, ``score``, ``base`` and ``crs_text`` from the column ``source``."""
    parts = [split_source(cell) for cell in frame["source"].tolist()]
    columns = {
        name: pd.Series([part[at] for part in parts], index=frame.index, dtype="str")
        for at, name in enumerate(("geocoder", "score", "base", "crs_text"))
    }
    return frame.assign(**columns)
