"""The baromètre: official and computed figures side by side, targets, trajectories, sums."""

from __future__ import annotations

from typing import Any

from flask import Response

from ...barometre.records import standing_record, sum_records, target_trajectory_records
from ...barometre.standing import read_goal, standing
from ...barometre.sums import check_sums, official_sums
from ...barometre.targets import target_trajectories
from ...core.i18n import T
from ..served import served
from .operations import address, encode, link, operation, reply
from .parameters import add_parameters, words
from .schemas import Schema, add_schemas, list_of, maybe, record, ref

add_parameters(
    words(
        "target",
        T(
            "Nom d'une cible publiée, ou un objectif propre niveau@année (480@2027 : 480 au "
            "31 décembre 2027)",
            "Name of a published target, or an objective of one's own level@year (480@2027: 480 "
            "on 31 December 2027)",
        ),
        examples=("msp_4000_2027", "480@2027"),
    ),
)


@add_schemas
def _schemas() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    day_: Schema = {"type": "string", "format": "date"}
    maybe_day = maybe("string", format="date")
    number: Schema = {"type": "number"}
    texts: Schema = {"type": "array", "items": text}
    expected = record({"value": number, "low": number, "high": number})
    run: dict[str, Schema] = {
        "date": day_,
        "value": number,
        "initial_date": maybe_day,
        "initial_value": maybe("number"),
        "target": number,
        "by": day_,
        "gap": number,
        "reached_on": maybe_day,
        **{
            name: maybe("number", T("Part, de 0 à 1", "Share, from 0 to 1"))
            for name in ("level_share", "progress_share", "target_share")
        },
        **{
            name: maybe("number", T("Structures par an", "Structures a year"))
            for name in ("needed_per_year", "pace_per_year", "slowest_pace", "fastest_pace")
        },
        "needed_per_semester": maybe("number"),
        "steps": {"type": "integer", "minimum": 0},
        **dict.fromkeys(("projected", "earliest", "latest"), maybe_day),
        "in_time": maybe("boolean"),
        "expected": {"anyOf": [expected, {"type": "null"}]},
        "method": text,
        "reasons": texts,
    }
    some_run = {"anyOf": [ref("Trajectory"), {"type": "null"}]}
    point = record(
        {"date": day_, "value": maybe("number"), "low": maybe("number"), "high": maybe("number")}
    )
    line: dict[str, Schema] = {
        **dict.fromkeys(("name", "label", "perimeter", "producer"), text),
        "origin": {"type": "string", "enum": ["official", "computed"]},
        "pace_per_year": maybe("number"),
        "points": {"type": "array", "items": point},
        "trajectory": some_run,
    }
    aim: dict[str, Schema] = {
        "target": ref("OfficialTarget"),
        **dict.fromkeys(("series", "series_label", "perimeter"), text),
        "trajectory": ref("Trajectory"),
    }
    count: Schema = {"type": "integer", "minimum": 0}
    total: dict[str, Schema] = {
        "series": text,
        "date": day_,
        "country": maybe("number"),
        "regions": maybe("number"),
        "region_count": count,
        "departements": maybe("number"),
        "departement_count": count,
        "gap_regions": maybe("number"),
        "gap_departements": maybe("number"),
        "closes": {"type": "boolean"},
        "explained": maybe("string"),
    }
    whole: dict[str, Schema] = {
        **dict.fromkeys(("indicator", "kind", "territory"), text),
        "target": {"anyOf": [ref("OfficialTarget"), {"type": "null"}]},
        "goal": maybe("number"),
        "by": maybe_day,
        "goal_label": maybe("string"),
        "lines": list_of("BarometreLine"),
        "notes": texts,
        "targets": list_of("TargetTrajectory"),
        "sums": list_of("SumCheck"),
        "links": list_of("Link"),
    }
    return {
        "Trajectory": record(run),
        "BarometreLine": record(line),
        "TargetTrajectory": record(aim),
        "SumCheck": record(total),
        "Barometre": record(whole),
    }


@operation(
    "/barometre",
    T("Baromètre, cibles et trajectoires", "Baromètre, targets and trajectories"),
    about=T(
        "Chiffres officiels et calculés côte à côte pour MSP (par défaut) ou CDS dans un "
        "territoire, rythme nécessaire et date projetée devant une cible publiée ou un "
        "objectif propre ; toutes les cibles de la nature ; sommes contrôlées.",
        "Official and computed figures side by side for MSP (default) or CDS in a territory, "
        "needed pace and projected date before a published target or an objective of "
        "one's own; all targets of the kind; sums checked.",
    ),
    takes=("kind", "territory", "target"),
    gives="Barometre",
    unknown=True,
)
def barometre(asked: dict[str, Any]) -> Response:
    """One indicator in one territory before a target."""

    def made() -> bytes:
        result = served().atlas.stored
        own = read_goal(asked["target"] or "")
        goal, by = own or (None, None)
        found = standing(
            result,
            (asked["kind"] or "MSP").lower(),
            asked["territory"] or str(result.facts["territory"]),
            target_name=None if own else asked["target"],
            goal=goal,
            by=by,
        )
        aims = target_trajectory_records(target_trajectories(found.kind))
        return encode(
            {
                **standing_record(found),
                "targets": aims,
                "sums": sum_records(sums_of(found.kind)),
                "links": [link("self", address())],
            }
        )

    return reply(made)


def sums_of(kind: str) -> list[Any]:
    """Sums of the baromètre file that the result read; else those of the control table."""
    stored = served().atlas.stored
    own = []
    if "series" in stored.table_names() and not stored.facts.get("fictitious"):
        own = check_sums(stored.read_table("series"))
    wanted = {"MSP": "msp", "CDS": "cds_pluri"}[kind]
    return [one for one in own or official_sums() if one.series == wanted]
