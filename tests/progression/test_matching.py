"""The same structure in two registers: FINESS, then SIRET, then name and place; else doubt."""

from __future__ import annotations

from typing import Any

from geo_service.progression import match_structures

from .planted import structure, structures_table


def _match(before: list[dict[str, Any]], after: list[dict[str, Any]]):
    tables = [structures_table(rows) for rows in (before, after)]
    return match_structures(*(table.assign(settled=table["commune"]) for table in tables))


def test_number_then_siret_then_name_and_place() -> None:
    found = _match(
        [
            structure("140000001", 0, 0),
            structure("140000002", 0, 0, siret="1" * 14, name="A"),
            structure("140000003", 0, 0, name="Pôle de l'Été"),
            structure("140000004", 0, 0, name="GONE"),
        ],
        [
            structure("140000001", 9_000, 0, name="OTHER"),
            structure("140000012", 0, 0, siret="1" * 14, name="B"),
            structure("140000013", 120, 0, commune="14002", name="POLE DE L ETE"),
            structure("140000015", 0, 0, name="COME"),
        ],
    )
    assert found.pairs == ((0, 0, "finess"), (1, 1, "siret"), (2, 2, "name"))
    assert (found.only_before, found.only_after, found.ambiguous) == ((3,), (3,), ())


def test_a_name_far_away_in_another_commune_is_another_structure() -> None:
    found = _match(
        [structure("140000001", 0, 0, name="MSP DU BOURG")],
        [structure("140000002", 5_000, 0, commune="14002", name="MSP DU BOURG")],
    )
    assert found.pairs == ()
    assert (found.only_before, found.only_after) == ((0,), (0,))


def test_two_candidates_are_a_doubt_and_nobody_is_guessed() -> None:
    found = _match(
        [structure("140000001", 0, 0, name="MSP DU BOURG")],
        [
            structure("140000002", 10, 0, name="MSP DU BOURG"),
            structure("140000003", 20, 0, name="MSP DU BOURG"),
        ],
    )
    assert found.pairs == found.only_before == found.only_after == ()
    (doubt,) = found.ambiguous
    assert (doubt.before, doubt.after) == ((0,), (0, 1))
    assert "nom" in doubt.reason.say("fr")


def test_sites_of_one_siret_are_told_apart_by_their_names_or_not_at_all() -> None:
    siret = "2" * 14
    found = _match(
        [
            structure("140000001", 0, 0, siret=siret, name="NORD"),
            structure("140000002", 9_000, 0, siret=siret, name="SUD"),
        ],
        [
            structure("140000003", 0, 0, siret=siret, name="SUD"),
            structure("140000004", 9_000, 0, siret=siret, name="NORD"),
        ],
    )
    assert {pair[:2] for pair in found.pairs} == {(0, 1), (1, 0)}
    found = _match(
        [structure("140000001", 0, 0, siret=siret, name="A")],
        [
            structure("140000003", 0, 0, siret=siret, name="B"),
            structure("140000004", 0, 0, siret=siret, name="C"),
        ],
    )
    (doubt,) = found.ambiguous
    assert siret in doubt.reason.say("en")
