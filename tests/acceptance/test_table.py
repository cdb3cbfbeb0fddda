"""The table of the manual names every row, and what it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from geo_service.cli import make_commands
from geo_service.web import create_app

ROOT = Path(__file__).resolve().parents[2]
LINES = [
    [cell.strip() for cell in line.strip("|\n ").split("|")]
    for line in (ROOT / "docs" / "acceptance.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d+ \|", line)
]


def test_every_row_is_there_once() -> None:
    assert [int(line[0]) for line in LINES] == list(range(1, 18))


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"row-{line[0]}")
def test_the_row_has_a_test_that_names_it(line: list[str]) -> None:
    tests = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "acceptance").glob("*.py")
    )
    assert re.search(rf"def test_row_{int(line[0]):02d}_", tests)


def test_every_command_named_exists() -> None:
    group = make_commands("en")
    assert isinstance(group, click.Group)
    for line in LINES:
        for named in re.findall(r"`([^`]+)`", line[2]):
            command, *options = named.split()
            known = {name for param in group.commands[command].params for name in param.opts}
            assert set(options) <= known, named


def test_every_address_named_answers(sample_file: Path) -> None:
    rules = {
        re.sub(r"<[^>]*>", "{}", rule.rule) for rule in create_app(sample_file).url_map.iter_rules()
    }
    for line in LINES:
        for cell in line[3:]:
            for named in re.findall(r"`(/[^`]*)`", cell):
                assert re.sub(r"\{[^}]*\}", "{}", named) in rules, named
