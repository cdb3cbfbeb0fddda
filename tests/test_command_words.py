"""Whoever types a wrong command is told so in French, by click too."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from geo_service.cli import main
from geo_service.command_words import FRENCH

NEVER_SAID = {
    # Prompts, editors, environments and declarations that no command of ours has.
    "Do you want to continue?",
    "Confirm the action without prompting.",
    "%(prog)s, version %(version)s",
    "Missing {param_type}",
    "unknown error",
    "deprecated",
    "Choice({choices})",
    "{value!r} is not a valid UUID.",
    "{value!r} is not a valid boolean. Recognized values: {states}",
    "{value!r} does not match the format {format}.",
    "{value!r} does not match the formats {formats}.",
    "{name} {filename!r} is not executable.",
    "{len_type} values are required, but {len_value} was given.",
    "{len_type} values are required, but {len_value} were given.",
    "Takes {nargs} values but 1 was given.",
    "Takes {nargs} values but {len} were given.",
    "Value must be an iterable.",
    "Invalid start character for option ({option})",
}
DECLARATION: tuple[str, ...] = (
    "Deprecat",
    "Could not determine",
    "No options defined",
    "Arguments take exactly",
)
DECLARATION += ("Name '", "Boolean option")


def _messages_of_click() -> set[str]:
    found: set[str] = set()
    for name in ("core", "decorators", "exceptions", "formatting", "parser", "types"):
        source = Path(str(importlib.import_module(f"click.{name}").__file__))
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "ngettext"):
                found |= {
                    argument.value
                    for argument in node.args
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                }
    return found


def test_click_says_nothing_that_has_no_french_words() -> None:
    """An update of click that says something in new words fails here."""
    said = {words for words in _messages_of_click() if not words.startswith(DECLARATION)}
    assert len(said) > 40
    assert said - FRENCH.keys() - NEVER_SAID == set()


@pytest.mark.parametrize(
    ("line", "french", "english"),
    [
        ("figures", "Il manque l'argument 'RESULT.gpkg'", "Missing argument 'RESULT.gpkg'"),
        ("figures x --nope", "L'option '--nope' n'existe pas", "No such option '--nope'"),
        ("figurs", "Vouliez-vous dire 'figures' ?", "Did you mean 'figures'?"),
        ("serve x --port abc", "'--port' : 'abc' n'a pas la forme", "not a valid integer"),
        ("ranking x --limit 0", "n'est pas dans l'intervalle", "is not in the range"),
        ("export x --layer a --out b --format z", "n'est pas l'un de", "is not one of"),
        ("figures a b c", "Arguments en trop : b c", "Got unexpected extra arguments (b c)"),
        ("zone --lon", "demande une valeur", "requires an argument"),
    ],
)
def test_a_wrong_command_line(
    line: str, french: str, english: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, words, usage in (("fr", french, "Emploi : "), ("en", english, "Usage: ")):
        with pytest.raises(SystemExit) as stopped:
            main(["--lang", language, *line.split()])
        told = capsys.readouterr().err
        assert stopped.value.code == 2
        assert words in told
        assert usage in told or "zone" in line


@pytest.mark.parametrize(
    ("language", "words", "foreign"),
    [
        ("fr", ["Emploi :", "AAAA-MM-JJ", "obligatoire", "Montre cette aide", "NOMBRE"], "FLOAT"),
        ("en", ["Usage:", "YYYY-MM-DD", "required", "Show this message", "FLOAT"], "AAAA-MM"),
    ],
)
def test_help_is_in_one_language(
    language: str, words: list[str], foreign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--lang", language, "zone", "--help"])
    told = capsys.readouterr().out
    assert [word for word in words if word not in told] == []
    assert foreign not in told


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_command_is_listed_by_half_a_sentence(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--lang", language, "--help"])
    told = capsys.readouterr().out
    assert "..." not in told
    assert "…\n" not in told.partition("  build ")[2]
