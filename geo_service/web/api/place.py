"""What holds one point: the look-up for programs."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from ...core.i18n import T
from ..served import Served, served
from .operations import MEDIA, encode, operation
from .point import Places


def places_of(result: Served) -> Places:
    """The zones of the result, ready for one point at a time."""
    return result.keep("api places", lambda: Places(result.atlas))


@operation(
    "/localiser",
    T("Localiser un point", "Look up a point"),
    about=T(
        "Commune, QPV, quartiers vécus et zonage d'un point : dans, dehors ou indéterminé, la "
        "distance à la limite, la raison en mots ; la MSP et le CDS les plus proches à vol "
        "d'oiseau. Rien n'est gardé de ce qui est demandé.",
        "Commune, QPV, quartiers vécus and zoning of a point: inside, outside or undetermined, the "
        "distance to the limit, the reason in words; the nearest MSP and CDS as the crow flies. "
        "Nothing of what is asked is kept.",
    ),
    takes=("lon", "lat", "precision"),
    gives="Point",
)
def localiser(asked: dict[str, Any]) -> Response:
    """One point; the answer is too short-lived to be kept, compressed or named."""
    told = places_of(served()).tell(asked["lon"], asked["lat"], asked["precision"], g.language)
    headers = [("Cache-Control", "no-store")]
    if asked["lang"] is None:
        headers.append(("Vary", "Accept-Language"))
    return Response(encode(told), mimetype=MEDIA["json"], headers=headers)
