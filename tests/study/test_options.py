"""Options of a source, as a TOML file writes them, against what its reader takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

import pytest

from geo_service.core.contracts import Source
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.study.material import known_sources
from geo_service.study.options import require_fitting

FILE = Path("etude.toml")


def read(
    path: Path,
    *,
    codes: Collection[str] | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    sheet: str | None = None,
    joined: Path | None = None,
    year: int | None = None,
    since: dt.date | None = None,
    categories: Literal["kinds", "all"] = "kinds",
    key: Any = None,
) -> None:
    """A reader with an option of each type that a study can write."""


OPTIONS = ("codes", "bbox", "sheet", "joined", "year", "since", "categories", "key")
SOURCE = Source(
    name="essai",
    label=T("Essai", "Trial"),
    gives="structures",
    publisher="personne",
    licence="aucune",
    layouts=(),
    recognise=lambda _: None,
    read=read,
    options={name: T(f"ce que prend {name}", f"what {name} takes") for name in OPTIONS},
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("codes", ["31555", "2A004"]),
        ("codes", []),
        ("bbox", [1, 2.5, 3, 4]),
        ("sheet", "Feuille 1"),
        ("joined", Path("cs1100502.csv")),
        ("year", 2024),
        ("since", dt.date(2026, 1, 1)),
        ("categories", "all"),
        ("key", 3),
        ("key", "communes"),
    ],
)
def test_a_value_of_the_type_asked_for_is_taken(name: str, value: Any) -> None:
    require_fitting(SOURCE, {name: value}, FILE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("codes", "31555"),
        ("codes", [31555]),
        ("bbox", [1, 2, 3]),
        ("bbox", [1, 2, 3, True]),
        ("bbox", [1, 2, 3, "4"]),
        ("sheet", ""),
        ("sheet", 1),
        ("joined", "cs1100502.csv"),
        ("year", "2024"),
        ("year", True),
        ("year", 2024.0),
        ("since", "2026-01-01"),
        ("categories", "some"),
        ("categories", 1),
        ("key", True),
        ("key", [1]),
    ],
)
def test_a_value_of_another_type_is_refused_and_the_right_one_said(name: str, value: Any) -> None:
    with pytest.raises(SourceError) as refused:
        require_fitting(SOURCE, {"codes": ["1"], name: value}, FILE)
    assert refused.value.field == name
    assert refused.value.file == str(FILE)
    assert f"ce que prend {name}" in refused.value.say("fr")
    assert f"what {name} takes" in refused.value.say("en")


FROM_OTHER_SOURCES = ("communes", "moves")
"""Options that the study itself fills with what an earlier source gave."""


def test_every_option_of_every_reader_can_be_written_in_a_study() -> None:
    samples = [["31"], [1, 2, 3, 4], "a", Path("a"), 2024, dt.date(2026, 1, 1), "all"]
    for source in known_sources().values():
        for name in source.options.keys() - set(FROM_OTHER_SOURCES):
            taken = []
            for value in samples:
                try:
                    require_fitting(source, {name: value}, FILE)
                except SourceError:
                    continue
                taken.append(value)
            assert taken, f"{source.name}.{name} takes nothing that TOML can write"
