"""Client of the Géoplateforme's geocoder: an address becomes a position with a known worth.

Protocol: https://geoservices.ign.fr/documentation/services/services-geoplateforme/geocodage
(``/search``, GeoJSON answers). Nothing is asked unless the operator names the geocoder, and no
address is written to a log or into an error.
"""

from __future__ import annotations

import email.utils
import json
import logging
import math
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from urllib3.exceptions import HTTPError

from .core.errors import GeoServiceError, SchemaError
from .core.i18n import T, Text
from .intake.transfers import Policy, open_pool
from .rules import Position, classify_position, positions

SHORTEST, LONGEST = 3, 200
"""Characters of a question, as the protocol bounds them."""
MOST_BYTES = 1 << 20
"""Twenty answers are about 20 kB; what is larger is no answer of a geocoder."""
_KINDS = ("housenumber", "street", "locality", "municipality")
_CITYCODE = re.compile(r"(\d{2}|2[AB])\d{3}")
_NO_PLACE = re.compile(r"\b(?:CEDEX(?:\s+\d+)?|(?:BP|CS|TSA)\s*\d+)\b", re.IGNORECASE)
_TWO_NUMBERS = re.compile(r"^(\d+)\s*[/-]\s*\d+\b")
_TRIES = 2
_PAUSE = 0.2
"""Seconds before the one retry of a server's error."""
_DEFAULT_WAIT = 5.0
"""Seconds after a 429 that names none: what the service documents."""
_LONGEST_WAIT = 300.0


class GeocoderError(GeoServiceError):
    """The geocoder gave no answer; ``status`` is what to tell a visitor, ``wait`` in seconds."""

    def __init__(self, message: Text, *, status: int = 503, wait: float | None = None) -> None:
        super().__init__(
            message,
            do=T("Donnez des coordonnées.", "Give coordinates."),
        )
        self.status = status
        self.wait = wait


@dataclass(frozen=True)
class Place:
    """One answer of the geocoder.

    ``kind`` is the protocol's ``type``; ``score`` goes from 0 to 100; ``lon`` and ``lat`` are
    degrees, WGS84; ``position`` is the class (law/positions.toml) that type and score give.
    """

    label: str
    kind: str
    score: float
    citycode: str | None
    lon: float
    lat: float

    @property
    def position(self) -> Position:
        """What the position is worth.

        A municipality is the centre of a commune. A street or a locality that was surely found
        is a place along it, of unknown precision: the number was not found.
        """
        if self.kind == "municipality":
            return positions()["commune-centre"]
        graded = classify_position(located=True, base=None, score=self.score)
        if self.kind == "housenumber" or math.isinf(graded.metres):
            return graded
        return positions()["unknown"]


def clean_question(words: str) -> str:
    """An address without what no geocoder places: CEDEX, BP, CS, the second of two numbers.

    >>> clean_question("8/10  rue de l'Essai BP 12 57085 METZ CEDEX 03")
    "8 rue de l'Essai 57085 METZ"
    """
    plain = _NO_PLACE.sub(" ", " ".join(words.split()))
    plain = _TWO_NUMBERS.sub(r"\1", plain.strip())
    plain = " ".join(plain.split())
    first = next((place for place, sign in enumerate(plain) if sign.isalnum()), len(plain))
    return plain[first : first + LONGEST].rstrip()


class Geocoder:
    """A geocoder that speaks the Géoplateforme's protocol. Threads may share it.

    Parameters
    ----------
    base
        Address before ``/search``, for example ``https://data.geopf.fr/geocodage``.
    connect_timeout, read_timeout, whole
        Seconds: for the connection, for each reading, for a question with its retry.
    sleep, clock
        For tests.

    Raises
    ------
    SchemaError
        The base is no http address.
    """

    def __init__(
        self,
        base: str,
        *,
        connect_timeout: float = 3.0,
        read_timeout: float = 5.0,
        whole: float = 8.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise SchemaError(
                T("Ce n'est pas une adresse http(s).", "This is no http(s) address."),
                field="GEO_SERVICE_GEOCODER",
                do=T(
                    "Donnez par exemple https://data.geopf.fr/geocodage.",
                    "Give for example https://data.geopf.fr/geocodage.",
                ),
            )
        self.host = parts.hostname
        self._search = base.rstrip("/").removesuffix("/search") + "/search"
        policy = Policy(connect_timeout=connect_timeout, read_timeout=read_timeout)
        self._pool = open_pool(policy, base)
        self._whole = whole
        self._sleep, self._clock = sleep, clock
        self._lock = threading.Lock()
        self._closed_until = -math.inf
        # At DEBUG urllib3 writes whole addresses, and an address is the visitor's own.
        logger = logging.getLogger("urllib3.connectionpool")
        logger.setLevel(max(logger.level, logging.INFO))

    def search(
        self,
        words: str,
        *,
        limit: int = 5,
        citycode: str | None = None,
        autocomplete: bool = False,
        patience: float = 0.0,
    ) -> list[Place]:
        """Places that an address may mean, best first; an empty list where there is none.

        Parameters
        ----------
        words
            The address.
        limit
            From 1 to 20.
        citycode
            INSEE code of the commune to stay in; what is no such code is left out.
        autocomplete
            Whether the last word may be the beginning of one.
        patience
            Seconds to wait at most when the geocoder asks for it (429).

        Raises
        ------
        SchemaError
            Fewer than three characters.
        GeocoderError
            No answer, too many questions, an answer that is none.
        """
        asked = clean_question(words)
        if len(asked) < SHORTEST:
            raise SchemaError(
                T(
                    "Une adresse a au moins {n} caractères.",
                    "An address has at least {n} characters.",
                    n=SHORTEST,
                ),
                do=T(
                    "Donnez le numéro, la voie et la commune.",
                    "Give the number, the street and the commune.",
                ),
            )
        question = {
            "q": asked,
            "limit": str(min(20, max(1, limit))),
            "index": "address",
            "autocomplete": "1" if autocomplete else "0",
        }
        if citycode and _CITYCODE.fullmatch(citycode.strip().upper()):
            question["citycode"] = citycode.strip().upper()
        return _places(self._ask(question, patience))

    def _ask(self, question: dict[str, str], patience: float) -> bytes:
        deadline = self._clock() + self._whole + patience
        failed = refused = 0
        while True:
            self._await_turn(patience, deadline)
            status, retry_after, content = self._get(question, deadline)
            if status == 200:
                return content
            if status == 429:
                wait = _seconds(retry_after)
                with self._lock:
                    self._closed_until = max(self._closed_until, self._clock() + wait)
                refused += 1
                if refused >= _TRIES or wait > patience or self._clock() + wait > deadline:
                    raise _busy(wait)
                continue
            if status == 400:
                raise GeocoderError(
                    T(
                        "Le géocodeur ne comprend pas cette adresse.",
                        "The geocoder does not understand this address.",
                    ),
                    status=422,
                )
            failed += 1
            if status < 500 or failed >= _TRIES:
                raise _silent(status)
            self._sleep(_PAUSE)

    def _await_turn(self, patience: float, deadline: float) -> None:
        """Ask nothing of a geocoder that said when it will answer again."""
        wait = self._closed_until - self._clock()
        if wait <= 0:
            return
        if wait > patience or self._clock() + wait > deadline:
            raise _busy(wait)
        self._sleep(wait)

    def _get(self, question: dict[str, str], deadline: float) -> tuple[int, str, bytes]:
        try:
            response = self._pool.request(
                "GET",
                f"{self._search}?{urlencode(question)}",
                preload_content=False,
                redirect=False,
                headers={
                    "User-Agent": "geo-service",
                    "Accept": "application/json",
                    "Accept-Encoding": "identity",
                },
            )
        except (HTTPError, OSError, ValueError):
            raise _silent() from None  # the cause would carry the address
        try:
            content = b""
            while response.status == 200:
                if self._clock() > deadline:
                    raise _silent()
                block = response.read1(1 << 16, decode_content=False)
                if not block:
                    break
                content += block
                if len(content) > MOST_BYTES:
                    raise _garbled()
            return response.status, response.headers.get("Retry-After", ""), content
        except (HTTPError, OSError, ValueError):
            raise _silent() from None
        finally:
            response.close()


def _places(content: bytes) -> list[Place]:
    try:
        answer = json.loads(content)
        if answer["type"] != "FeatureCollection":
            raise ValueError
        return [_place(feature) for feature in answer["features"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _garbled() from None


def _place(feature: dict[str, Any]) -> Place:
    said = feature["properties"]
    if feature["geometry"]["type"] != "Point":
        raise ValueError
    lon, lat = (float(number) for number in feature["geometry"]["coordinates"][:2])
    score = float(said["score"])
    if not (abs(lon) <= 180 and abs(lat) <= 90 and score >= 0) or math.isinf(score):
        raise ValueError
    kind = said["type"]
    citycode = said.get("citycode")
    if not isinstance(kind, str) or not isinstance(said["label"], str):
        raise TypeError
    return Place(
        label=said["label"][:LONGEST],
        kind=kind if kind in _KINDS else "other",
        score=round(min(score, 1.0) * 100, 1),
        citycode=citycode if isinstance(citycode, str) and _CITYCODE.fullmatch(citycode) else None,
        lon=lon,
        lat=lat,
    )


def _seconds(written: str) -> float:
    """What ``Retry-After`` says, as seconds from now: a number or a date (RFC 9110, 10.2.3)."""
    try:
        wait = float(written)
    except ValueError:
        try:
            wait = email.utils.parsedate_to_datetime(written).timestamp() - time.time()
        except (ValueError, TypeError):
            wait = _DEFAULT_WAIT
    return min(max(wait, 0.0), _LONGEST_WAIT) if math.isfinite(wait) else _DEFAULT_WAIT


def _silent(status: int = 0) -> GeocoderError:
    if status:
        return GeocoderError(
            T(
                "Le géocodeur répond par une erreur ({status}).",
                "The geocoder answers with an error ({status}).",
                status=status,
            )
        )
    return GeocoderError(T("Le géocodeur ne répond pas.", "The geocoder does not answer."))


def _busy(wait: float) -> GeocoderError:
    return GeocoderError(
        T(
            "Le géocodeur demande d'attendre {n} s.",
            "The geocoder asks to wait {n} s.",
            n=math.ceil(wait),
        ),
        wait=wait,
    )


def _garbled() -> GeocoderError:
    return GeocoderError(
        T(
            "La réponse du géocodeur n'est pas comprise.",
            "The answer of the geocoder is not understood.",
        )
    )
