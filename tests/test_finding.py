"""Search by the beginning of words, without case and accents."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo_service.atlas import Atlas
from geo_service.finding import Finder, fold


@pytest.fixture(scope="module")
def finder(sample_file: Path) -> Finder:
    return Finder(Atlas(sample_file))


def test_fold() -> None:
    assert fold("ÉVRY-Courcouronnes") == "evry courcouronnes"
    assert fold("L’Haÿ-les-Roses") == "l hay les roses"
    assert fold("<b>") == "b"


def test_everything_is_found_by_its_code(finder: Finder) -> None:
    assert {thing.kind for thing in finder.things} == {"territoire", "qpv", "structure"}
    for thing in finder.things:
        found = finder.find(thing.code, most=1000)
        assert thing in found, thing.code


def test_everything_is_found_by_the_beginning_of_its_name(finder: Finder) -> None:
    for thing in finder.things:
        beginning = fold(thing.name)[:5].strip()
        assert thing in finder.find(beginning, most=10_000)


def test_each_word_must_begin_a_word(finder: Finder) -> None:
    commune = next(thing for thing in finder.things if thing.code.startswith("commune:"))
    word = fold(commune.name).split()[0]
    assert commune in finder.find(f"{word} commune", most=10_000)
    assert commune not in finder.find(f"{word} zzzz", most=10_000)
    assert commune not in finder.find(word[1:] + "zz", most=10_000)


def test_a_name_that_begins_so_comes_before_one_that_holds_it(finder: Finder) -> None:
    for thing in finder.things:
        first = fold(thing.name).split()[0]
        found = finder.find(first, most=1)
        assert fold(found[0].name).startswith(first) or fold(found[0].code).startswith(first)


def test_of_territories_of_a_level_the_one_with_most_people_comes_first(
    finder: Finder, sample_file: Path
) -> None:
    communes = Atlas(sample_file).layer("communes")
    people = dict(zip(communes["territory"], communes["population"], strict=True))
    told = [people[thing.code] for thing in finder.things if thing.code in people]
    known = [number for number in told if number == number]
    assert len(known) > 5
    assert known == sorted(known, reverse=True)
    assert told[: len(known)] == known


def test_a_commune_lies_in_a_departement_by_name(finder: Finder) -> None:
    names = {thing.name for thing in finder.things if thing.code.startswith("departement:")}
    places = {thing.where for thing in finder.things if thing.code.startswith("commune:")}
    assert places
    assert places <= names


@pytest.mark.parametrize("words", ["", "   ", "%", "<>", "\x00"])
def test_nothing_asked_finds_nothing(finder: Finder, words: str) -> None:
    assert finder.find(words) == []
