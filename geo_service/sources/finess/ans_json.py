"""The ANS feed ``finess-structures-*.json.gz``, streamed: memory holds the sites kept, no more.

Keys are compared without case, accents and underscores, and coded values are taken from a string
or from an object with ``code``: the live feed and its published schema spell them differently.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import ijson
import pandas as pd

from geo_service.core.contracts import Progress
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.intake.archives import OfficialFile
from geo_service.intake.values import normalise

from .extract import COLUMNS, NO_CRS, Extract, census_of, complete
from .feed import open_feed

PRACTICE = "03"
"""``usageAdresse`` of the place of practice."""
_RECORD = [*COLUMNS, "row", "metres_first"]
_CHUNK = 5_000
_PROGRESS_EVERY = 5_000
_GENERATED = re.compile(rb'"generated_?At"\s*:\s*"([^"]{8,40})"', re.IGNORECASE)
_PERSONS = re.compile(rb'"(pmej)"\s*:\s*\[', re.IGNORECASE)
_FIELDS = {
    "nofinesset": "numFinessEge",
    "categetab": "categorieEntiteGeographiqueExercice",
    "dateouv": "dateOuverture",
    "dateferm": "dateFermeture",
    "ligneacheminement": "ligneAcheminement",
    "departement": "cogCommune",
    "commune": "cogCommune",
    "code_insee": "cogCommune",
    "coordxet": "coordonneeX",
    "longitude": "coordonneeX",
    "sourcecoordet": "scoreBAN",
}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_COMMUNE_KEY = re.compile(r"\d[0-9AB]\d{3}")
_MOST_DEGREES = 180.0
_NO_OBJECT = T(
    "L'élément de « pmej » de ce rang n'est pas un objet.",
    "The element of “pmej” at this rank is no object.",
)
_Keyed = dict[str, Any]


def read_ans_json(file: OfficialFile, extract: Extract, progress: Progress) -> None:
    """Stream a feed into ``extract``; ``row`` is the rank of the site in the feed, from 1.

    Raises
    ------
    SourceError
        Not JSON, cut off, or without a list ``pmej`` holding sites.
    """
    head = file.head()
    generated = _GENERATED.search(head)
    extract.layout = "ans-json"
    extract.free_order = True
    extract.field_names = _FIELDS
    extract.stated_vintage = generated.group(1).decode("ascii", "replace")[:10] if generated else ""
    chunks: list[pd.DataFrame] = []
    pending: list[dict[str, Any]] = []
    for record in _sites(file, head, extract, progress):
        pending.append(record)
        if len(pending) == _CHUNK:
            chunks.append(pd.DataFrame(pending, columns=_RECORD))
            pending = []
    if not extract.rows_read:
        raise SourceError(
            T("Le flux ne contient aucun site (« ege »).", "The feed holds no site (“ege”)."),
            file=file.label,
            do=T("Téléchargez-le à nouveau.", "Download it again."),
        )
    chunks.append(pd.DataFrame(pending, columns=_RECORD))
    frame = pd.concat(chunks, ignore_index=True)
    if exchanged := int((frame["metres_first"] == "yes").sum()):
        extract.note_file(
            "exchanged-pairs",
            T(
                "{n} sites gardés ont des mètres dans coordonneeX/Y et des degrés dans "
                "direction* : chaque couple est lu d'après ses valeurs.",
                "{n} of the sites kept have metres in coordonneeX/Y and degrees in direction*: "
                "each pair is read by its values.",
                n=exchanged,
            ),
            "repaired",
            value="coordonneeX",
        )
    text = frame[list(COLUMNS)].astype("str").fillna("")
    frame = text.assign(row=frame["row"])
    extract.frame = complete(_scale_scores(frame), extract.file)
    extract.census = census_of(extract.frame, extract.file)


def _sites(
    file: OfficialFile, head: bytes, extract: Extract, progress: Progress
) -> Iterator[dict[str, Any]]:
    key = _PERSONS.search(head)
    prefix = (key.group(1).decode() if key else "pmej") + ".item"
    try:
        with open_feed(file) as stream:
            persons = ijson.items(stream, prefix, use_float=True)
            for rank, person in enumerate(persons, 1):
                if not isinstance(person, Mapping):
                    extract.note_line(rank, str(person), "unknown-section", _NO_OBJECT, "set aside")
                yield from _sites_of(person, extract)
                if extract.rows_read % _PROGRESS_EVERY < 1:
                    progress(extract.file, extract.rows_read, None)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise SourceError(
            T(
                "Le JSON est tronqué ou abîmé ({why}), après {n} sites.",
                "The JSON is truncated or damaged ({why}), after {n} sites.",
                why=_first_line(error),
                n=extract.rows_read,
            ),
            file=file.label,
            do=T("Téléchargez-le à nouveau.", "Download it again."),
        ) from error
    progress(extract.file, extract.rows_read, extract.rows_read)


def _first_line(error: Exception) -> str:
    """What the parser says, without the extract of the file that follows."""
    told = str(error).removeprefix("b'").removeprefix('b"').split("\\n")[0].splitlines()
    return told[0][:120] if told else type(error).__name__


def _sites_of(person: Any, extract: Extract) -> Iterator[dict[str, Any]]:
    keyed = _keyed(person)
    legal = _keyed(_pick(keyed, "informationsGeneralesPMEJ", "informationsGeneralesPM"))
    legal_number = _text(_pick(legal, "numFinessPmej", "numFinessPm", "numFinessEj", "numFiness"))
    for site in _listed(_pick(keyed, "ege")):
        extract.rows_read += 1
        site = _keyed(site)
        facts = _keyed(_pick(site, "informationsGeneralesEGE"))
        both = {**site, **facts}
        category = _text(_pick(both, "categorieEntiteGeographiqueExercice", "categorieEge"))
        if extract.wanted is not None and category and category not in extract.wanted:
            # Not kept, yet the feed lists it: its département is covered.
            extract.places_elsewhere.add(("", "", _commune(_pick(site, "adresse", "adresses"))))
            continue
        yield {
            "row": extract.rows_read,
            "finess": _text(_pick(both, "numFinessEge", "numFinessEt", "numFiness")),
            "finess_ej": legal_number,
            "siret": _text(_pick(both, "siret")),
            "name": _text(_pick(both, "nomEgeCourt")),
            "long_name": _text(_pick(both, "nomEgeLong")),
            "category": category,
            "opened": _text(_pick(both, "dateOuverture"))[:10],
            "closed": _text(_pick(both, "dateFermeture"))[:10],
            "state": _text(_pick(site, "etatObjet") or _pick(facts, "etatObjet")).upper(),
            **_address(_listed(_pick(site, "adresse", "adresses"))),
        }


def _commune(addresses: Any) -> str:
    """Commune of the place of practice; failing that of the first address."""
    first = ""
    for address in _listed(addresses):
        if isinstance(address, Mapping):
            # Asked of every site of the feed: its other keys are not looked at.
            held = {_key(name): address[name] for name in address if _key(name) in _ASKED}
            commune = _text(held.get(_ASKED[1]))
            if _usage(held) == PRACTICE:
                return commune
            first = first or commune
    return first


def _usage(address: _Keyed) -> str:
    return _text(_pick(address, "usageAdresse")).zfill(2)


def _address(addresses: Iterable[Any]) -> dict[str, str]:
    """The place of practice; failing that the first address, whose coordinates are refused."""
    known = [_keyed(address) for address in addresses]
    practice = [one for one in known if _usage(one) == PRACTICE]
    chosen = next((one for one in practice if _located(one)), None)
    chosen = chosen or next(iter(practice or known), {})
    place = _keyed(_pick(chosen, "coordonneesGeographique", "coordonneesGeographiques"))
    metric, degrees = _by_range(place)
    key = _text(_pick(place, "cleInInteropBAN", "cleInteropBAN"))
    score = _text(_pick(place, "scoreBAN"))
    first = _text(_pick(place, "coordonneeX"))
    refusal = ""
    if not practice:
        refusal = "no-practice-address"
    elif _COMMUNE_KEY.fullmatch(key):
        refusal = "commune-centre"
    return {
        "number": _text(_pick(chosen, "numeroVoie")),
        "repeat": _text(_pick(chosen, "complementVoie")),
        "way_kind": _text(_pick(chosen, "typeVoie")),
        "way": _text(_pick(chosen, "libelleVoie")),
        "complement": _text(_pick(chosen, "complementPointGeographique")),
        "place": _text(_pick(chosen, "lieuDit")),
        "delivery_line": _delivery_line(chosen),
        "commune_code": _text(_pick(chosen, "cogCommune")),
        "x": metric[0],
        "y": metric[1],
        "lon_text": degrees[0],
        "lat_text": degrees[1],
        "metres_first": "yes" if metric[0] == first and first else "",
        "crs_text": NO_CRS,
        "base": "BAN" if key or score else "",
        "score": score,
        "refusal": refusal,
    }


def _delivery_line(address: _Keyed) -> str:
    line = _text(_pick(address, "ligneAcheminement"))
    postcode = _text(_pick(address, "codePostal"))
    return line if not postcode or line.startswith(postcode) else f"{postcode} {line}".strip()


def _located(address: _Keyed) -> bool:
    place = _keyed(_pick(address, "coordonneesGeographique", "coordonneesGeographiques"))
    metric, degrees = _by_range(place)
    return bool(metric[0] or degrees[0])


def _by_range(place: _Keyed) -> tuple[tuple[str, str], tuple[str, str]]:
    """The pair in metres and the pair in degrees, wherever the feed put each of them.

    Most sites have degrees in ``coordonneeX/Y`` and metres in ``direction*``, many the reverse:
    only the values tell.
    """
    metric = degrees = ("", "")
    for x_name, y_name in (
        ("coordonneeX", "coordonneeY"),
        ("directionLongitude", "directionLatitude"),
    ):
        pair = (_text(_pick(place, x_name)), _text(_pick(place, y_name)))
        if not any(pair):
            continue
        if all(abs(_number(value)) <= _MOST_DEGREES for value in pair):
            degrees = degrees if any(degrees) else pair
        else:
            # What is no number at all goes here too, and is noted with the metres.
            metric = metric if any(metric) else pair
    return metric, degrees


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("inf")


def _scale_scores(frame: pd.DataFrame) -> pd.DataFrame:
    """Scores of 100, also where a feed gives them, as the BAN does, out of one."""
    scores = pd.to_numeric(frame["score"].str.replace(",", "."), errors="coerce")
    if scores.notna().any() and scores.max() <= 1:
        scaled = (scores * 100).round(6).astype("str").where(scores.notna(), frame["score"])
        return frame.assign(score=scaled)
    return frame


# Bounded, so that a hostile feed cannot fill the memory with names.
_key = functools.lru_cache(maxsize=10_000)(normalise)
_ASKED = (normalise("usageAdresse"), normalise("cogCommune"))


def _keyed(value: Any) -> _Keyed:
    """An object with its keys normalised; what is no object has no keys."""
    if not isinstance(value, Mapping):
        return {}
    return {_key(name): content for name, content in value.items()}


def _pick(keyed: _Keyed, *names: str) -> Any:
    """The first of several spellings that is there and holds something."""
    for name in names:
        content = keyed.get(_key(name))
        if content not in (None, "", [], {}):
            return content
    return None


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """A value as text; the code of a coded one."""
    if isinstance(value, Mapping):
        value = _pick(_keyed(value), "code", "valeur", "value")
    if value is None or isinstance(value, (list, Mapping, bool)):
        return ""
    text = str(value).strip()
    # Line ends and the like stand for a blank; no file of results could hold a NUL.
    return text if text.isprintable() else _CONTROLS.sub(" ", text).strip()
