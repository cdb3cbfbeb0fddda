"""What the position of each establishment is worth: its class, score and precision.

A position is refused (class ``none``) when there is none, when its CRS cannot be told or when it
does not fall in the territory of its département; the row is kept all the same. The classes and
their metres are law (``law/positions.toml``).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from geo_service.core.crs import legal_crs_at, legal_crs_of_departement
from geo_service.core.i18n import T
from geo_service.rules import classify_position, kind_by_category, positions

from .extract import Extract, point_keys, read_numbers
from .points import Flags, Points, read_points

UNKNOWN_BASES = frozenset(["", "INCONNU"])
"""What ``sourcecoordet`` names as its reference base when nobody knows it."""


def locate_rows(extract: Extract, centres: frozenset[str] = frozenset()) -> None:
    """Add ``x_m``, ``y_m``, ``source_crs``, ``lon``, ``lat``, ``legal_crs`` and the position.

    Parameters
    ----------
    extract
        Its frame has ``insee_dep`` and ``kind``. ``lon`` and ``lat`` come out as degrees in WGS84,
        NaN where the position is refused; ``precision_m`` as metres, NaN where unknown.
    centres
        Points that the file itself puts on a commune's centre, from rows of every category: see
        :func:`~geo_service.sources.finess.extract.centre_keys`.
    """
    frame = extract.frame
    codes = frame["insee_dep"].fillna("").tolist()
    legal = {code: legal_crs_of_departement(code) if code else 0 for code in set(codes)}
    territory = np.array([legal[code] for code in codes], dtype=np.int64)
    points = read_points(extract, territory)
    inside = points.inside
    refused = frame["refusal"].isin(["no-line", "no-practice-address"]).to_numpy()
    _note_unlocated(extract, points, inside)
    usable = inside & ~refused
    frame["x_m"], frame["y_m"] = points.x, points.y
    frame["lon"] = np.where(usable, points.lon, np.nan)
    frame["lat"] = np.where(usable, points.lat, np.nan)
    at_point = legal_crs_at(points.lon, points.lat)
    territory = np.where(territory > 0, territory, at_point)
    for name, epsg in (("source_crs", points.crs), ("legal_crs", territory)):
        frame[name] = pd.Series(epsg, index=frame.index, dtype="Int64").mask(epsg == 0)
    _classify(extract, usable, centres)
    _note_shared_points(extract)


def _note_unlocated(extract: Extract, points: Points, inside: Flags) -> None:
    frame = extract.frame
    refusal = frame["refusal"]
    extract.note(
        refusal == "no-line",
        "structure-without-geolocation",
        T(
            "Établissement sans ligne de géolocalisation dans le fichier.",
            "Establishment without a geolocation line in the file.",
        ),
        "kept",
        field="nofinesset",
        value="finess",
    )
    extract.note(
        refusal == "no-practice-address",
        "no-practice-address",
        T(
            "Aucune adresse d'exercice (usage 03) : la position d'une autre adresse est refusée.",
            "No address of practice (usage 03): the position of another address is refused.",
        ),
        "kept",
        field="usageAdresse",
    )
    blank = (frame[["x", "y", "lon_text", "lat_text"]] == "").all(axis=1) & (refusal == "")
    if extract.has_coordinates:
        extract.note(
            blank,
            "no-coordinates",
            T("Établissement sans coordonnées.", "Establishment without coordinates."),
            "kept",
            field="coordxet",
        )
    else:
        extract.note_file(
            "no-coordinates",
            T(
                "Ce fichier n'a pas de coordonnées : aucun des {n} établissements n'est placé.",
                "This file has no coordinates: none of the {n} establishments is located.",
                n=len(frame),
            ),
        )
    outside = points.there & (points.crs > 0) & ~inside
    pair = [f"{x:.10g} ; {y:.10g}" for x, y in zip(points.x, points.y, strict=True)]
    extract.note(
        outside,
        "outside-territory",
        T(
            "Le point tombe hors du territoire de son département : position refusée.",
            "The point falls outside the territory of its département: position refused.",
        ),
        "kept",
        field="coordxet",
        value="pair",
        extra={"lon": points.lon, "lat": points.lat, "pair": pair},
    )


def _classify(extract: Extract, usable: Flags, centres: frozenset[str]) -> None:
    frame = extract.frame
    score, wrong = read_numbers(frame["score"])
    extract.note(
        wrong | ~score.fillna(0).between(0, 100),
        "bad-score",
        T(
            "Score de géocodage illisible ou hors de 0 à 100, pris pour inconnu.",
            "Geocoding score unreadable or not from 0 to 100, taken as unknown.",
        ),
        "kept",
        field="sourcecoordet",
        value="score",
    )
    score = score.where(score.between(0, 100))
    base = frame["base"]
    nameless = base.str.upper().isin(UNKNOWN_BASES)
    # A score without the base it was reached on tells nothing of the distance.
    keys = pd.DataFrame(
        {"base": base, "score": score.mask(nameless), "usable": usable}, index=frame.index
    )
    distinct = keys.drop_duplicates()
    names = [
        classify_position(
            located=bool(usable),
            base=str(base) or None,
            score=None if math.isnan(score) else float(score),
        ).name
        for base, score, usable in distinct.itertuples(index=False)
    ]
    position = keys.merge(distinct.assign(position=names), how="left")["position"].astype("str")
    position.index = frame.index
    centre = (frame["refusal"] == "commune-centre") & usable
    if centres:
        centre |= nameless & usable & point_keys(frame).isin(centres)
    position = position.mask(centre, "commune-centre")
    frame["position"] = position
    frame["score_100"] = score
    metres = {name: kind.metres for name, kind in positions().items()}
    frame["precision_m"] = position.map(metres).astype("float64")
    frame["geocoder_name"] = base.where(~nameless, frame["geocoder"]).mask(lambda text: text == "")
    extract.note(
        position == "commune-centre",
        "commune-centre",
        T(
            "Position au centre de la commune : elle ne dit rien à l'échelle d'un quartier.",
            "Position on the centre of the commune: it tells nothing at the scale of a quartier.",
        ),
        "kept",
        field="sourcecoordet",
        value="base",
    )
    extract.note(
        position == "low-score",
        "low-score",
        T(
            "Score de géocodage faible ({score_100:g}) : position incertaine.",
            "Low geocoding score ({score_100:g}): the position is uncertain.",
        ),
        "kept",
        field="sourcecoordet",
        value="score",
        says=("score_100",),
    )


def _note_shared_points(extract: Extract) -> None:
    """Structures of our kinds at the very same point; informative: a building may house several."""
    frame = extract.frame
    ours = frame["kind"].isin(set(kind_by_category().values())) & frame["lon"].notna()
    ours &= frame["position"] != "commune-centre"
    others = frame[ours].groupby(["lon", "lat"])["finess"].transform("size") - 1
    others = others.reindex(frame.index, fill_value=0)
    extract.note(
        others > 0,
        "duplicate-position",
        T(
            "Même point que {others} autre(s) structure(s).",
            "Same point as {others} other structure(s).",
        ),
        "kept",
        field="coordxet",
        value="x",
        says=("others",),
        extra={"others": others},
    )
