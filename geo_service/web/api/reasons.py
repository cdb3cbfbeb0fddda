"""Why a point is in, out or undetermined, in words of both languages."""

from __future__ import annotations

import math
from typing import Any

from ...core.i18n import LANGUAGES, Language, T, Text

INSIDE, OUTSIDE, UNDETERMINED = 1, 0, -1
_WORDS = {INSIDE: "inside", OUTSIDE: "outside", UNDETERMINED: "undetermined"}
_REASONS: dict[str, Text] = {
    "inside": T("Dans {zone} ; la limite est à {way}.", "In {zone}; the limit is {way} away."),
    "inside-sure": T(
        "Dans {zone} ; la limite est à {way}, plus loin que la précision ({reach}).",
        "In {zone}; the limit is {way} away, farther than the precision ({reach}).",
    ),
    "outside": T("Dehors ; la limite est à {way}.", "Outside; the limit is {way} away."),
    "outside-sure": T(
        "Dehors ; la limite est à {way}, plus loin que la précision ({reach}).",
        "Outside; the limit is {way} away, farther than the precision ({reach}).",
    ),
    "close": T(
        "Indéterminé : la limite est à {way}, moins que la précision ({reach}).",
        "Undetermined: the limit is {way} away, nearer than the precision ({reach}).",
    ),
    "edge": T(
        "Indéterminé : le bord du territoire du résultat est trop près, ce qui est au-delà n'est "
        "pas connu.",
        "Undetermined: the edge of the result's territory is too near, what lies beyond is not "
        "known.",
    ),
    "untold": T(
        "Indéterminé : le résultat n'a pas de zone pour ce département.",
        "Undetermined: the result has no zone for this département.",
    ),
    "none": T(
        "Dehors ; le résultat n'a pas de zone dans ce territoire.",
        "Outside; the result has no zone in this territory.",
    ),
    "near": T(
        "À {way} d'un QPV ({zone}), moins que {metres} m.",
        "{way} from a QPV ({zone}), less than {metres} m.",
    ),
    "far": T(
        "À {way} du QPV le plus proche, {metres} m ou davantage.",
        "{way} from the nearest QPV, {metres} m or more.",
    ),
    "within": T(
        "Dans un QPV, donc pas dans son quartier vécu.",
        "In a QPV, hence not in its quartier vécu.",
    ),
    "near-close": T(
        "Indéterminé : à {way} d'un QPV, la précision ({reach}) ne permet pas de dire si c'est "
        "moins que {metres} m.",
        "Undetermined: {way} from a QPV, the precision ({reach}) does not tell whether that is "
        "less than {metres} m.",
    ),
    "commune": T("Dans la commune {zone}.", "In the commune {zone}."),
    "commune-close": T(
        "Indéterminé : avec cette précision ({reach}), peut-être dans {zones}.",
        "Undetermined: with that precision ({reach}), perhaps in {zones}.",
    ),
    "commune-out": T(
        "Hors de toutes les communes du résultat.", "Outside every commune of the result."
    ),
    "class": T("Classe {class_}.", "Class {class_}."),
    "class-qpv": T(
        "Classe {class_}, celle du QPV où se trouve le point.",
        "Class {class_}, that of the QPV which holds the point.",
    ),
    "class-close": T(
        "Indéterminé : selon la place exacte, {classes}.",
        "Undetermined: by the exact place, {classes}.",
    ),
    "class-none": T("Classe inconnue ici.", "Class unknown here."),
    "unknown": T(
        " La précision est inconnue : la réponse vaut pour la position telle qu'elle est donnée.",
        " The precision is unknown: the answer is for the position as it is given.",
    ),
}


_SAID: dict[Language, dict[str, str]] = {
    language: {why: text.say(language) for why, text in _REASONS.items()} for language in LANGUAGES
}


class Speaker:
    """Says answers in one language, for one precision."""

    def __init__(self, language: Language, precision: float) -> None:
        self.precision = precision
        self.known = precision == precision
        self._language = language
        self._said = _SAID[language]
        self._more = "" if self.known else self._said["unknown"]

    def layer(
        self,
        name: str,
        label: Text,
        sure: int,
        why: str,
        row: dict[str, Any] | None,
        *,
        way: float = math.nan,
        reach: float = 0.0,
        metres: int = 0,
        **words: str,
    ) -> dict[str, Any]:
        """The answer of one layer and its reason in words; ``way`` is negative inside."""
        zone = row or _NO_ZONE
        said = self._said[why].format(
            zone=called(row) if row else "",
            way=self._length(abs(way)),
            reach=self._length(reach if reach > 0 else self.precision),
            metres=metres,
            **words,
        )
        return {
            "layer": name,
            "label": label.fr if self._language == "fr" else label.en,
            "answer": _WORDS[sure],
            "code": zone["code"],
            "name": zone["name"],
            "class": zone["class"],
            "metres_to_limit": finite(way),
            "said": said + self._more,
        }

    def _length(self, metres: float) -> str:
        """Metres, or kilometres with a decimal: quicker than Babel, which serves a page."""
        if 10 <= metres < 1000:
            return f"{metres:.0f} m"
        if not metres < math.inf:
            return "?"
        text = f"{metres:.1f} m" if metres < 10 else f"{metres / 1000:.1f} km"
        return text if self._language == "en" else text.replace(".", ",")


_NO_ZONE = {"code": None, "name": None, "class": None}


def called(row: dict[str, Any]) -> str:
    """A zone by its name and code."""
    return f"{row['name']} ({row['code']})" if row["name"] else str(row["code"])


def finite(value: float) -> float | None:
    """Metres with one decimal, None where there are none."""
    return round(value, 1) + 0.0 if math.isfinite(value) else None  # no minus zero
