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

from ..arguments import read_date
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

    def option(self, name: str, fr: str, en: str, *, dest: str | None = None, **given: Any) -> Any:
        """One option with its help; ``dest`` is the parameter, where it is not the name's own."""
        names = (name,) if dest is None else (name, dest)
        return click.option(*names, help=self.say(fr, en), **given)

    def date(self, name: str, fr: str, en: str, **given: Any) -> Any:
        """An option that takes a day."""
        return self.option(name, fr, en, callback=read_date, metavar="AAAA-MM-JJ", **given)

    def path(self, name: str, fr: str, en: str, **given: Any) -> Any:
        """An option that takes a file or folder."""
        return self.option(name, fr, en, type=click.Path(path_type=Path), **given)

    def territory(self, fr: str, en: str) -> Any:
        """``--territory``, with what it does to this command."""
        return self.option("--territory", fr, en, metavar="NIVEAU:CODE")

    @property
    def any_date(self) -> Any:
        """``--date``: needed, and free."""
        return self.date("--date", "N'importe quelle date.", "Any date.", required=True)

    @property
    def kind(self) -> Any:
        """``--kind``."""
        return self.option("--kind", "Une seule nature.", "One kind.", metavar="MSP|CDS|CPTS")

    @property
    def scope(self) -> Any:
        """``--scope``."""
        return self.option(
            "--scope",
            "Champ ; sinon celui du résultat.",
            "Scope; else that of the result.",
            metavar="all|pluri",
        )

    @property
    def assume_undated(self) -> Any:
        """``--assume-undated``."""
        return self.option(
            "--assume-undated",
            "Prend un zonage non daté comme en vigueur ; la réponse le dit.",
            "Take an undated zoning as in force; the answer says so.",
            is_flag=True,
        )

    @property
    def json_option(self) -> Any:
        """``--json``, as ``as_json``."""
        return self.option(
            "--json",
            "JSON sur la sortie standard, et rien d'autre.",
            "JSON on standard output, nothing else.",
            dest="as_json",
            is_flag=True,
        )

    @property
    def quiet(self) -> Any:
        """``--quiet``."""
        return self.option(
            "--quiet", "Sans barre de progression.", "No progress bar.", is_flag=True
        )

    @property
    def result(self) -> Any:
        """The argument ``RESULT.gpkg``."""
        return click.argument("result", metavar="RESULT.gpkg", type=click.Path(path_type=Path))

    @property
    def result_option(self) -> Any:
        """``--result``, as ``result``: the setting ``GEO_SERVICE_RESULT`` where it is not given."""
        return self.path(
            "--result",
            "Résultat à interroger ; sinon celui que nomme GEO_SERVICE_RESULT.",
            "Result to ask; else the one that GEO_SERVICE_RESULT names.",
            metavar="RESULT.gpkg",
            default=lambda: Path(setting("GEO_SERVICE_RESULT")),
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
