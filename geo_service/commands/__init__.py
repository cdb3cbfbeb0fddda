"""What each command of ``geo-service`` does, one file a group; scripts of users depend on names.

Adding a command is adding a file with ``add(group, kit)``: it is found by that.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ..config import setting

Say = Callable[[str, str], str]
FORMATS = ("geojson", "gpkg", "parquet", "fgb", "csv", "xlsx")


@dataclass(frozen=True)
class Kit:
    """What every command is made with.

    ``say(fr, en)`` words in the language of the help; ``progress(quiet)`` gives a watcher of long
    tasks; ``print_json(value)`` is for standard output, and nothing else goes there.
    """

    say: Say
    progress: Any
    print_json: Any

    @property
    def json_option(self) -> Any:
        """``--json``, as ``as_json``."""
        return click.option(
            "--json",
            "as_json",
            is_flag=True,
            help=self.say(
                "JSON sur la sortie standard, et rien d'autre.",
                "JSON on standard output, nothing else.",
            ),
        )

    @property
    def quiet(self) -> Any:
        """``--quiet``."""
        return click.option(
            "--quiet", is_flag=True, help=self.say("Sans barre de progression.", "No progress bar.")
        )

    @property
    def result(self) -> Any:
        """The argument ``RESULT.gpkg``."""
        return click.argument("result", metavar="RESULT.gpkg", type=click.Path(path_type=Path))

    @property
    def result_option(self) -> Any:
        """``--result``, as ``result``: the setting ``GEO_SERVICE_RESULT`` where it is not given."""
        return click.option(
            "--result",
            metavar="RESULT.gpkg",
            type=click.Path(path_type=Path),
            default=lambda: Path(setting("GEO_SERVICE_RESULT")),
            help=self.say(
                "Résultat à interroger ; sinon celui que nomme GEO_SERVICE_RESULT.",
                "Result to ask; else the one that GEO_SERVICE_RESULT names.",
            ),
        )

    def example(self, fr: str, en: str, command: str) -> str:
        """Help text of a command with one example of its use."""
        title = self.say("Exemple :", "Example:")
        return f"{self.say(fr, en)}\n\n\b\n{title}\n  {command}"


def add_commands(group: click.Group, say: Say, *, progress: Any, print_json: Any) -> None:
    """Add every command to the group, with help in the language of ``say``."""
    kit = Kit(say, progress, print_json)
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}").add(group, kit)
