"""The known answers, by brute force: one shapely predicate a structure, in the legal CRS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import shapely

from .care import declared, perimeters
from .files import write_bytes
from .qpv import Quartier
from .sites import UNKNOWN, Site
from .territory import REGION

AS_OF = "2026-01-01"
DATES = [*(f"{year}-12-31" for year in range(2017, 2026)), AS_OF]
UNKNOWN_DATE = "1900-01-01"
KINDS = ("MSP", "CDS", "CPTS")
COUNTED = ("MSP", "CDS")
NOTE = {
    "fictif": "Réponses connues d'un territoire FICTIF ; rien ici ne décrit la France.",
    "fictitious": "Known answers for a FICTITIOUS territory; nothing here describes France.",
    "rule": (
        "precision: BAN score >= 95 10 m, 80-94 50 m, < 80 infinite; ADMIN-EXPRESS, no coordinates "
        "and unknown CRS infinite; QPV limits 0 m. value = positions as given; low = surely; "
        "high = possibly. Bands: 0 < distance to the limit < D, the QPV itself excluded."
    ),
    "opening_unknown": "structures whose opening date is 1900-01-01 are counted apart",
}


def generation(epsg: int, day: str) -> int:
    """The generation in force: 2024-01-01 on the mainland, 2025-01-01 overseas."""
    return 2024 if day >= ("2024-01-01" if epsg == 2154 else "2025-01-01") else 2015


def signed_distance(site: Site, made: list[Quartier], year: int) -> float | None:
    """Metres to the limit of the union of the QPV, negative inside; null without a position."""
    if not site.positioned:
        return None
    shapes = [getattr(q, f"shape_{year}") for q in made if q.epsg == site.commune.epsg]
    zone = shapely.union_all([s for s in shapes if s is not None])
    point = shapely.Point(site.place)
    metres = float(zone.boundary.distance(point))
    return -metres if zone.intersects(point) else metres


def _bounds(found: list[tuple[float | None, float]], low: float, high: float) -> dict[str, int]:
    """Counts of ``low < distance < high``: as given, surely, possibly."""
    value = sum(d is not None and low < d < high for d, _ in found)
    sure = sum(d is not None and low < d - p and d + p < high for d, p in found)
    maybe = sum(d is None or p == UNKNOWN or (low < d + p and d - p < high) for d, p in found)
    return {"value": value, "low": sure, "high": maybe}


def _figures(sites: list[Site], made: list[Quartier], day: str) -> dict[str, Any]:
    now = [s for s in sites if UNKNOWN_DATE < s.opened <= day and s.kind]
    answer: dict[str, Any] = {
        "structures_open": {k: sum(s.kind == k for s in now) for k in KINDS},
        "opening_unknown": {
            k: sum(s.kind == k and s.opened == UNKNOWN_DATE for s in sites) for k in KINDS
        },
    }
    for name, low, high in (
        ("in_qpv", -UNKNOWN, 0.0),
        ("proxy-300m", 0.0, 300.0),
        ("proxy-500m", 0.0, 500.0),
        ("near-300m", -UNKNOWN, 300.0),
        ("near-500m", -UNKNOWN, 500.0),
    ):
        answer[name] = {}
        for kind in COUNTED:
            measured = [
                (signed_distance(s, made, generation(s.commune.epsg, day)), s.precision)
                for s in now
                if s.kind == kind
            ]
            answer[name][kind] = _bounds(measured, low, high)
    return answer


def _declared(sites: list[Site], made: list[Quartier]) -> dict[str, Any]:
    """Declared structures open at the date and outside every QPV, by table and by polygon."""
    now = [s for s in sites if UNKNOWN_DATE < s.opened <= AS_OF and s.kind in COUNTED]
    numbers = {row[0] for row in declared(sites, made)}
    areas = perimeters(made)
    epsg = {q.code_2024: q.epsg for q in made}
    by_table, by_polygon = dict.fromkeys(COUNTED, 0), dict.fromkeys(COUNTED, 0)
    for s in now:
        d = signed_distance(s, made, 2024)
        if d is None or d <= 0:
            continue
        point = shapely.Point(s.place)
        held = [a for code, a in areas.items() if epsg[code] == s.commune.epsg]
        by_table[str(s.kind)] += s.number in numbers
        by_polygon[str(s.kind)] += any(a.intersects(point) for a in held)
    return {"declared_table": by_table, "declared_perimeters": by_polygon}


def write(folder: Path, made: list[Quartier], sites: list[Site]) -> None:
    now = [s for s in sites if not s.closed]
    areas = {
        f"region:{REGION}": now,
        "departement:96": [s for s in now if s.commune.departement == "96"],
        "departement:971": [s for s in now if s.commune.departement == "971"],
    }
    planted = []
    for s in now:
        if not s.fault:
            continue
        d = signed_distance(s, made, 2024)
        answer = "inside" if d is not None and d <= 0 else "outside"
        if d is None or abs(d) < s.precision:
            answer = "undetermined"
        metres = None if d is None else round(d, 1)
        planted.append(
            {
                "finess": s.number,
                "kind": s.kind or s.category,
                "fault": s.fault,
                "commune": s.commune.code,
                "in_qpv": answer,
                "signed_distance_m": metres,
                "precision_m": None if s.precision == UNKNOWN else s.precision,
            }
        )
    text = json.dumps(
        {
            **NOTE,
            "as_of": AS_OF,
            "territories": {k: _figures(v, made, AS_OF) for k, v in areas.items()},
            "declared": {k: _declared(v, made) for k, v in areas.items()},
            "by_date": {
                day: {k: _figures(v, made, day) for k, v in areas.items()} for day in DATES
            },
            "qpv": {
                "generation_2024": sum(q.code_2024 is not None for q in made),
                "generation_2015": sum(q.code_2015 is not None for q in made),
                "invalid_2024": ["QN09609M"],
                "zero_area_2024": ["QN09605I"],
                "restored_from_2015": {"QN09605I": "QP096005"},
            },
            "planted": planted,
        },
        ensure_ascii=False,
        indent=1,
    )
    write_bytes(folder / "expected.json", (text + "\n").encode())
