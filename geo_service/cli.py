"""The command line: fetch, check, build, figures, export, map, locate, serve."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from . import __version__
from .command_words import word_click, word_parameters
from .config import setting
from .core.contracts import no_progress
from .core.errors import (
    CrsError,
    GeoServiceError,
    RuleError,
    SchemaError,
    SourceError,
    StoreError,
    UnknownNameError,
)
from .core.i18n import Language, T, Text, choose_language, use_language
from .exchange.atomic import explain

# One table from error to exit code; click itself uses 2 for a wrong command line.
EXIT_CODES: dict[type[GeoServiceError], int] = {
    SourceError: 3,
    SchemaError: 4,
    CrsError: 5,
    RuleError: 6,
    StoreError: 7,
    UnknownNameError: 8,
    GeoServiceError: 1,
}
INTERRUPTED = 130


def exit_code(error: GeoServiceError) -> int:
    """Exit code of the command line for an error."""
    return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))


def main(arguments: list[str] | None = None) -> None:
    """Run ``geo-service``; errors go to stderr, without a traceback."""
    given = sys.argv[1:] if arguments is None else arguments
    language = _wanted_language(given)
    word_click()
    with use_language(language):
        try:
            commands = make_commands(language)
            left = commands.main(given, prog_name="geo-service", standalone_mode=False)
            if isinstance(left, int) and left:  # the code of click's Exit comes back, unraised
                sys.exit(left)
        except GeoServiceError as error:
            click.echo(T("Erreur : {it}", "Error: {it}", it=error.say(language)), err=True)
            sys.exit(exit_code(error))
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            click.echo(T("Interrompu.", "Interrupted."), err=True)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            # The reader of our output (head, less) has gone: nothing is wrong.
            _silence()
        except OSError as error:
            place = error.filename or T("sortie standard", "standard output").say(language)
            told = explain(error, place).say(language)
            click.echo(T("Erreur : {it}", "Error: {it}", it=told), err=True)
            _silence()
            sys.exit(EXIT_CODES[StoreError])


def _silence() -> None:
    """Give up what is still to be printed: nobody can take it, and Python would try again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _wanted_language(given: list[str]) -> Language:
    for place, word in enumerate(given):
        if word.startswith("--lang="):
            return choose_language(word.partition("=")[2])
        if word == "--lang" and place + 1 < len(given):
            return choose_language(given[place + 1])
    return choose_language(setting("GEO_SERVICE_LANG"))


def _progress(quiet: bool) -> Callable[[str, int, int | None], None]:
    """Progress on stderr, in place on a terminal, and nothing where nobody watches."""
    if quiet or not sys.stderr.isatty():
        return no_progress
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    known: dict[str, TaskID] = {}
    bars.start()
    click.get_current_context().call_on_close(bars.stop)

    def tell(task: str, done: int, total: int | None) -> None:
        if task not in known:
            known[task] = bars.add_task(task, total=total)
        bars.update(known[task], completed=done, total=total)

    return tell


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(type(value))


def make_commands(language: Language) -> click.Group:
    """The commands, with their help in one language."""
    from .commands import add_commands

    def say(fr: str, en: str) -> str:
        return Text(fr, en).say(language)

    @click.group(
        help=say(
            "Qui, en France, vit et travaille près des soins coordonnés ?",
            "Who, in France, lives and works near coordinated care?",
        ),
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        subcommand_metavar=say("COMMANDE [ARGUMENTS]…", "COMMAND [ARGUMENTS]…"),
    )
    @click.version_option(__version__, prog_name="geo-service")
    @click.option(
        "--lang",
        type=click.Choice(["fr", "en"]),
        help=say("Langue des messages.", "Language of messages."),
    )
    def commands(lang: str | None) -> None:
        del lang  # read before the help texts were made

    add_commands(commands, say, progress=_progress, print_json=_print_json)
    word_parameters(commands, language)
    return commands
