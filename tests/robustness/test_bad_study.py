"""``build`` on broken sources and studies: a documented exit, the old result as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geo_service.cli import EXIT_CODES
from geo_service.core.errors import SourceError, StoreError, UnknownNameError
from geo_service.store import StoredResult

from . import broken_places  # noqa: F401  (registers its faults)
from .broken_files import FAULTS, GOOD, Good, broken, good_path
from .small_study import HEAD, TERRITORY, write_study

WORSE = (
    *("empty", "zero rows", "duplicate ids", "missing column"),
    *("NaN coordinates", "mixed CRS"),
)
"""Faults of which each may also break what comes after the reader."""
FIRST = {good.source: good for good in reversed(GOOD)}
CASES = [
    (good, fault)
    for good in FIRST.values()
    for fault in WORSE
    if good.form in FAULTS.get(fault, {})
]


def _id(value: Any) -> str:
    return value.source if isinstance(value, Good) else value.replace(" ", "-")


@pytest.mark.parametrize(("good", "fault"), CASES, ids=_id)
def test_build_on_a_broken_source(
    good: Good,
    fault: str,
    sample: Path,
    parts: dict[str, Path],
    small_result: bytes,
    run: Callable[..., Any],
    tmp_path: Path,
) -> None:
    path = parts.get(good.source) or good_path(good, sample, tmp_path / "made")
    bad = broken(fault, good, path, tmp_path / "broken")
    sources = [*({**parts, good.source: bad}).items()]
    study = write_study(tmp_path / "study.toml", sources)
    out = tmp_path / "out" / "result.gpkg"
    out.parent.mkdir()
    out.write_bytes(small_result)
    said = run("build", study, "--out", out, "--quiet")
    assert list(out.parent.iterdir()) == [out]
    if said.code == 0:
        with StoredResult(out) as stored:
            assert stored.facts["territory"] == TERRITORY
            listed = stored.read_table("anomalies")
            assert listed["file"].str.startswith(str(bad)).any()
        return
    assert said.code in EXIT_CODES.values()
    assert said.err.startswith("Erreur : ")
    assert out.read_bytes() == small_result
    if good.source != "territories" and not (good.source == "finess" and said.code == 8):
        assert bad.name in said.err


SOURCES = "[[sources]]\nkind = \"finess\"\npath = 'x.csv'\n"
FAULTY = {
    "unknown key": (HEAD + "colour = 3\n" + SOURCES, SourceError, ("colour", "territory")),
    "near key": (HEAD.replace("margin", "margn") + SOURCES, SourceError, ("margn", "« margin »")),
    "missing key": (HEAD.replace("as_of = 2026-01-01", "") + SOURCES, SourceError, ("as_of",)),
    "wrong type": (
        HEAD.replace("margin = 1000", 'margin = "loin"') + SOURCES,
        SourceError,
        ("loin",),
    ),
    "wrong date": (HEAD.replace("2026-01-01", '"demain"') + SOURCES, SourceError, ("demain",)),
    "no such day": (HEAD.replace("2026-01-01", '"2026-02-30"') + SOURCES, SourceError, ("02-30",)),
    "no TOML": ("name = \n", SourceError, ("TOML",)),
    "not UTF-8": ("name = 'Élan'".encode("cp1252"), SourceError, ("TOML",)),
    "empty": ("", SourceError, ("name",)),
    "folder": (None, SourceError, ("TOML",)),
    "unknown kind": (
        HEAD + SOURCES.replace("finess", "fines"),
        UnknownNameError,
        ("fines", "territories"),
    ),
    "unknown option": (
        HEAD + SOURCES + "categores = 'all'\n",
        UnknownNameError,
        ("categores", "categories"),
    ),
    "missing file": (HEAD + SOURCES, SourceError, ("x.csv", "n'existe pas")),
    "unset variable": (
        HEAD + SOURCES.replace("x.csv", "${NOWHERE_SET}/x.csv"),
        SourceError,
        ("NOWHERE_SET",),
    ),
    "no source": (HEAD + "sources = []\n", SourceError, ("sources",)),
    "source without path": (HEAD + '[[sources]]\nkind = "finess"\n', SourceError, ("path",)),
    "source is no table": (HEAD + "sources = [3]\n", SourceError, ("path",)),
    "unknown territory": (
        HEAD.replace(TERRITORY, "pays:1") + SOURCES,
        UnknownNameError,
        ("pays:1",),
    ),
    "unknown scope": (HEAD + 'scope = "some"\n' + SOURCES, SourceError, ("some", "pluri")),
    "unknown structures": (HEAD.replace('"MSP"', '"MPS"') + SOURCES, SourceError, ("« MSP »",)),
    "negative distance": (HEAD.replace("[1000]", "[-5]") + SOURCES, SourceError, ("-5",)),
    "negative margin": (
        HEAD.replace("margin = 1000", "margin = -1") + SOURCES,
        SourceError,
        ("-1",),
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_study_that_cannot_be_built_says_why(
    name: str, run: Callable[..., Any], tmp_path: Path
) -> None:
    text, kind, words = FAULTY[name]
    study = tmp_path / "study.toml"
    if text is None:
        study.mkdir()
    else:
        study.write_bytes(text if isinstance(text, bytes) else text.encode())
    out = tmp_path / "out.gpkg"
    french = run("build", study, "--out", out, "--quiet")
    english = run("build", study, "--out", out, "--quiet", language="en")
    assert french.code == english.code == EXIT_CODES[kind]
    assert french.err.startswith("Erreur : ")
    assert english.err.startswith("Error: ")
    assert all(word in french.err for word in words), french.err
    assert not out.exists()


GOOD_BUT_WRONG = {
    "too far for a quartier vécu": ("quartier_vecu = [300]", "quartier_vecu = [5000]", 6, "5000"),
    "territory of no source": (TERRITORY, "region:76", 8, "region:76"),
    "before every register": ("2026-01-01", "1950-01-01", 0, ""),
    "unknown layout": ('kind = "finess"', 'layout = "nope"\nkind = "finess"', 3, "nope"),
    "wrong type of an option": ('kind = "finess"', 'categories = 3\nkind = "finess"', None, "3"),
    "vintage is no date": ('kind = "finess"', 'vintage = "hier"\nkind = "finess"', 3, "hier"),
}


@pytest.mark.parametrize("name", GOOD_BUT_WRONG)
def test_a_study_whose_files_are_good(
    name: str, small: Path, run: Callable[..., Any], tmp_path: Path
) -> None:
    before, after, code, word = GOOD_BUT_WRONG[name]
    text = small.read_text(encoding="utf-8")
    assert before in text
    study = tmp_path / "study.toml"
    study.write_text(text.replace(before, after), encoding="utf-8")
    out = tmp_path / "out.gpkg"
    said = run("build", study, "--out", out, "--quiet")
    assert said.code == code if code is not None else said.code in EXIT_CODES.values()
    assert word in said.err
    assert out.exists() == (code == 0)


def test_build_without_a_place_to_write(
    small: Path, run: Callable[..., Any], tmp_path: Path
) -> None:
    for out in (tmp_path / "absent" / "r.gpkg", tmp_path, Path("/dev/full")):
        said = run("build", small, "--out", out, "--quiet")
        assert said.code == EXIT_CODES[StoreError], said
        assert str(out) in said.err
    assert list(tmp_path.iterdir()) == []
