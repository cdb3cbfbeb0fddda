"""The words that click itself says (usage, options, a wrong command line), in French by default.

click looks its messages up with gettext, in a catalogue compiled beside the program; here they
stand as a table, and are looked up in the language of the moment like every other text of ours.
"""

from __future__ import annotations

import gettext
import importlib
import re
from typing import Any

import click

from .core.i18n import Language, current_language

_MODULES = ("core", "decorators", "exceptions", "formatting", "parser", "termui", "types", "utils")

FRENCH = {
    "Usage:": "Emploi :",
    "Options": "Options",
    "Commands": "Commandes",
    "Positional arguments": "Arguments",
    "Show the version and exit.": "Montre la version.",
    "Show this message and exit.": "Montre cette aide.",
    "default: {default}": "par défaut : {default}",
    "required": "obligatoire",
    "env var: {var}": "variable : {var}",
    "(dynamic)": "(selon le cas)",
    "file": "fichier",
    "directory": "dossier",
    "path": "chemin",
    "Error: {message}": "Erreur : {message}",
    "Try '{command} {option}' for help.": "Aide : {command} {option}",
    "Missing command.": "Il manque la commande.",
    "Missing argument": "Il manque l'argument",
    "Missing option": "Il manque l'option",
    "Missing parameter": "Il manque le paramètre",
    "Missing parameter: {param_name}": "Il manque le paramètre {param_name}",
    "Invalid value: {message}": "Valeur refusée : {message}",
    "Invalid value for {param_hint}: {message}": "Valeur refusée pour {param_hint} : {message}",
    "No such option {name!r}.": "L'option {name!r} n'existe pas.",
    "No such command {name!r}.": "La commande {name!r} n'existe pas.",
    "Did you mean {possibility}?": "Vouliez-vous dire {possibility} ?",
    "(Did you mean one of: {possibilities}?)": "(Vouliez-vous dire : {possibilities} ?)",
    "Got unexpected extra argument ({args})": "Argument en trop : {args}",
    "Got unexpected extra arguments ({args})": "Arguments en trop : {args}",
    "Option {name!r} requires an argument.": "L'option {name!r} demande une valeur.",
    "Option {name!r} requires {nargs} arguments.": "L'option {name!r} demande {nargs} valeurs.",
    "Option {name!r} does not take a value.": "L'option {name!r} ne prend pas de valeur.",
    "Argument {name!r} takes {nargs} values.": "L'argument {name!r} prend {nargs} valeurs.",
    "{value!r} is not a valid {number_type}.": "{value!r} n'a pas la forme d'un tel nombre.",
    "{value} is not in the range {range}.": "{value} n'est pas dans l'intervalle {range}.",
    "{value!r} is not {choice}.": "{value!r} n'est pas {choice}.",
    "{value!r} is not one of {choices}.": "{value!r} n'est pas l'un de {choices}.",
    "Choose from:\n\t{choices}": "Au choix :\n\t{choices}",
    "{name} {filename!r} does not exist.": "{name} {filename!r} : n'existe pas.",
    "{name} {filename!r} is a file.": "{name} {filename!r} : c'est un fichier.",
    "{name} {filename!r} is a directory.": "{name} {filename!r} : c'est un dossier.",
    "{name} {filename!r} is not readable.": "{name} {filename!r} : ne peut pas être lu.",
    "{name} {filename!r} is not writable.": "{name} {filename!r} : ne peut pas être écrit.",
    "Could not open file {filename!r}: {message}": "{filename!r} ne s'ouvre pas : {message}",
    "Aborted!": "Interrompu.",
}
"""click's message → ours."""

_METAVARS: dict[Language, dict[str, str]] = {
    "fr": {
        "NAME": "NOM",
        "FOLDER": "DOSSIER",
        "FILE": "FICHIER",
        "METRES": "MÈTRES",
        "COLUMN": "COLONNE",
        "SOURCE": "SOURCE",
        "INTEGER": "ENTIER",
        "INTEGER RANGE": "ENTIER",
        "FLOAT": "NOMBRE",
        "FLOAT RANGE": "NOMBRE",
        "TEXT": "TEXTE",
    },
    "en": {"AAAA-MM-JJ": "YYYY-MM-DD", "NIVEAU": "LEVEL", "INTEGER RANGE": "INTEGER"},
}
_CLAUSE = re.compile(r" ?[:;(.\n]")
_TWO_LINES = 90
_METAVAR = re.compile(r"[A-Z]+(?:-[A-Z]+)*")


def _said(message: str) -> str:
    if current_language() == "fr" and message in FRENCH:
        return FRENCH[message]
    return gettext.gettext(message)


def _counted(one: str, several: str, n: int) -> str:
    if current_language() == "fr" and one in FRENCH:
        return FRENCH[one if n < 2 else several]
    return gettext.ngettext(one, several, n)


def word_click() -> None:
    """Have click say its own words in the language of the moment."""
    for name in _MODULES:
        module: Any = importlib.import_module(f"click.{name}")
        if hasattr(module, "_"):
            module._ = _said
        if hasattr(module, "ngettext"):
            module.ngettext = _counted


def word_parameters(command: click.Command, language: Language) -> None:
    """Name what the options of a command take, and of those below it, in one language.

    In the list of commands each has the beginning of its help: click would cut it in mid-sentence.
    """
    clause = _CLAUSE.split(command.help or "", maxsplit=1)[0]
    command.short_help = clause if len(clause) < _TWO_LINES else clause.partition(",")[0]
    words = _METAVARS[language]
    for parameter in command.params:
        written = parameter.metavar
        if written is None and parameter.type.name.upper() in words:
            parameter.metavar = words[parameter.type.name.upper()]
        elif written is not None:
            parameter.metavar = _METAVAR.sub(lambda found: words.get(found[0], found[0]), written)
    if isinstance(command, click.Group):
        for below in command.commands.values():
            word_parameters(below, language)
