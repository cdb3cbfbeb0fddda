"""Why a place has a class, or none that can be told, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from ..core.i18n import T, Text, say_date
from ..sources.zonage.at_date import Ruling, Saying

_DECIDED = {
    "qpv": T(
        "Le QPV {name} ({code}) a sa propre classe, {cls} : elle passe avant celle de la commune.",
        "The QPV {name} ({code}) has a class of its own, {cls}: it goes before the commune's.",
    ),
    "part": T(
        "La valeur « {published} » de la commune {code} parle de son QPV en vigueur que l'arrêté "
        "ne classe pas autrement : c'est celui qui contient le lieu, {cls}.",
        "The value “{published}” of commune {code} speaks of its one QPV in force that the order "
        "does not class otherwise: the one that holds the place, {cls}.",
    ),
    "commune": T("La commune {name} ({code}) est classée {cls}.", "{name} ({code}) is in {cls}."),
    "arrondissement": T(
        "Tous les arrondissements de la commune {code} ont la même classe, {cls}.",
        "All the arrondissements of commune {code} have the same class, {cls}.",
    ),
    "tvs": T(
        "Ni un QPV ni la commune {code} n'ont de classe propre : celle du territoire de vie-santé "
        "{name} vaut, {cls}.",
        "Neither a QPV nor commune {code} has a class of its own: that of the territoire de "
        "vie-santé {name} holds, {cls}.",
    ),
}
_UNSETTLED = {
    "several": T(
        "Les lignes en vigueur se contredisent pour {unit} {code} : {classes} ({files}).",
        "The rows in force contradict each other for {unit} {code}: {classes} ({files}).",
    ),
    "arrondissement": T(
        "Les arrondissements de la commune {code} n'ont pas tous la même classe ({classes}), et "
        "leurs contours ne sont pas dans le résultat.",
        "The arrondissements of commune {code} do not all have the same class ({classes}), and "
        "their contours are not in the result.",
    ),
    "silent": T(
        "L'arrêté en vigueur ne publie aucune classe pour {unit} {code} (« {published} »).",
        "The order in force publishes no class for {unit} {code} (“{published}”).",
    ),
    "part": T(
        "La valeur publiée pour {unit} {code}, « {published} », ne parle que d'une partie de la "
        "commune : elle ne dit pas si le lieu en est.",
        "The value published for {unit} {code}, “{published}”, speaks of a part of the commune "
        "only: it does not say whether the place is in it.",
    ),
    "which": T(
        "La valeur publiée pour la commune, « {published} », ne dit pas de quel QPV elle parle : "
        "le QPV {code} peut en être.",
        "The value published for the commune, “{published}”, does not say which QPV it speaks of: "
        "QPV {code} may be the one.",
    ),
    "undated": T(
        "Le zonage à disposition pour {unit} {code} n'est pas daté : la classe publiée, {classes}, "
        "ne dit rien du {date}.",
        "The zoning at hand for {unit} {code} is undated: the class published, {classes}, says "
        "nothing of {date}.",
    ),
    "not in force": T(
        "Aucun zonage à disposition pour {unit} {code} n'est en vigueur au {date} ; en vigueur : "
        "{vintages}.",
        "No zoning at hand for {unit} {code} is in force on {date}; in force: {vintages}.",
    ),
    "absent": T(
        "Aucun zonage à disposition ne nomme la commune {code} ni son territoire de vie-santé.",
        "No zoning at hand names commune {code} or its territoire de vie-santé.",
    ),
}
NO_ZONING = T("Le résultat n'a pas de zonage.", "The result has no zoning.")
NO_PROFESSION = T(
    "Le résultat n'a pas de zonage pour la profession « {profession} ».",
    "The result has no zoning for the profession “{profession}”.",
)
OUTSIDE = T(
    "Le lieu est hors des communes de ce résultat : rien n'y est connu.",
    "The place is outside the communes of this result: nothing is known of it.",
)
EDGE = T(
    "Le lieu peut être hors du territoire de ce résultat, où rien n'est connu.",
    "The place may lie outside the territory of this result, where nothing is known.",
)
CLOSE = T(
    "À {metres} m près, la position ne décide pas : {where}.",
    "Within {metres} m the position does not decide: {where}.",
)
VAGUE = T(
    "La position ne donne que la commune : le lieu peut être dans chacun de ses QPV ({where}).",
    "The position gives the commune only: the place may be in any of its QPV ({where}).",
)
UNKNOWN = T(
    "La précision de la position n'est pas connue : le lieu peut être dans un QPV de la commune "
    "({where}).",
    "The precision of the position is unknown: the place may be in a QPV of the commune ({where}).",
)
AGREE = T(
    "Toutes les possibilités ont la même classe.", "All the possibilities have the same class."
)
REMAIN = T("Classes possibles : {classes}.", "Possible classes: {classes}.")
NOT_CLASSED_APART = T(
    "Le lieu est dans le QPV {name} ({code}), que l'arrêté ne classe pas à part.",
    "The place is in the QPV {name} ({code}), which the order does not class apart.",
)
NO_PERIMETER = T(
    "Aucun périmètre de QPV en vigueur au {date} n'est à disposition : un QPV classé à part "
    "({codes}) peut contenir le lieu.",
    "No QPV perimeter in force on {date} is at hand: a QPV classed apart ({codes}) may hold the "
    "place.",
)
ASSUMED = T(
    "Hypothèse : le zonage non daté est supposé en vigueur au {date}.",
    "Assumption: the undated zoning is taken as in force on {date}.",
)
_UNITS = {
    "qpv": T("le QPV", "QPV"),
    "commune": T("la commune", "commune"),
    "arrondissement": T("les arrondissements de la commune", "the arrondissements of commune"),
    "grand quartier": T("le grand quartier de la commune", "the grand quartier of commune"),
    "tvs": T("le territoire de vie-santé de la commune", "the territoire de vie-santé of commune"),
}


def sentences(parts: Sequence[Text]) -> Text:
    """Several texts as one."""
    names = [f"s{number}" for number in range(len(parts))]
    written = " ".join(f"{{{name}}}" for name in names)
    return T(written, written, **dict(zip(names, parts, strict=True)))


def in_words(date: dt.date) -> Text:
    """A date in each language."""
    return Text(say_date(date, "fr"), say_date(date, "en"))


def decided(saying: Saying, named: str | None) -> Text:
    """Which unit gave the class."""
    ruling = saying.rulings[0]
    kind = "part" if saying.unit == "qpv" and ruling.unit != "qpv" else saying.unit
    name = ruling.name if saying.unit in ("tvs", "qpv") else None
    return _DECIDED[kind].with_values(
        name=name or named or saying.code,
        code=ruling.code if kind == "part" else saying.code,
        cls=saying.classes[0],
        published=ruling.published,
    )


def unsettled(saying: Saying, as_of: dt.date) -> Text:
    """Why a unit has no class that can be told."""
    own: dict[tuple[str, str], str] = {
        ("several", "arrondissement"): "arrondissement",
        ("part", "qpv"): "which",
    }
    kind = own.get((saying.state, saying.unit), saying.state)
    published = next((one.published for one in saying.rulings if one.published), "–")
    return _UNSETTLED[kind].with_values(
        unit=_UNITS[saying.unit],
        code=saying.code,
        classes=", ".join(saying.classes) or T("aucune", "none"),
        files=", ".join(dict.fromkeys(one.file for one in saying.rulings)),
        published=published,
        date=in_words(as_of),
        vintages=spans(saying.others),
    )


def spans(rulings: Iterable[Ruling]) -> Text:
    """Days of validity of each vintage, in words."""
    said = {(one.valid_from, one.valid_to): span(one) for one in rulings}
    return listed(list(said.values()))


def span(ruling: Ruling) -> Text:
    """Days of validity of one row, in words."""
    first, last = ruling.valid_from, ruling.valid_to
    if first is not None and last is not None:
        return T("du {a} au {b}", "from {a} to {b}", a=in_words(first), b=in_words(last))
    if first is not None:
        return T("depuis le {a}", "since {a}", a=in_words(first))
    if last is not None:
        return T("jusqu'au {b}", "until {b}", b=in_words(last))
    return T("non daté", "undated")


def listed(texts: Sequence[Text | str]) -> Text:
    """Texts in a list."""
    if not texts:
        return T("aucun", "none")
    names = [f"t{number}" for number in range(len(texts))]
    written = ", ".join(f"{{{name}}}" for name in names)
    return T(written, written, **dict(zip(names, texts, strict=True)))
