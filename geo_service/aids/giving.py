"""How facts are given: by Python, by a file FACTS.toml, by a form or an address."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.errors import SchemaError
from ..core.i18n import T
from ..core.strict import parse_toml
from .entry import nearest
from .facts import FACTS, ProjectFacts

_MOST_BYTES = 100_000


def make_facts(values: Mapping[str, Any], *, file: str | Path | None = None) -> ProjectFacts:
    """Facts from typed values, as a TOML file gives them.

    Raises
    ------
    SchemaError
        A key is unknown (the nearest one is proposed), or a value is refused.
    """
    for name in values:
        if name not in FACTS:
            raise SchemaError(
                T("Fait inconnu.", "Unknown fact."),
                file=file,
                field=name,
                do=nearest(name, FACTS, T("Faits connus : {it}.", "Known facts: {it}.")),
            )
    try:
        return ProjectFacts(**values)
    except SchemaError as error:
        raise SchemaError(error.message, file=file, field=error.field, do=error.do) from error


def facts_from_texts(given: Mapping[str, str]) -> ProjectFacts:
    """Facts from texts, as a form or an address gives them; an empty text is unknown.

    Raises
    ------
    SchemaError
        A name is unknown or a value is refused.
    """
    filled = {name: text for name, text in given.items() if text.strip()}
    return make_facts(
        {name: FACTS[name].read(text) if name in FACTS else text for name, text in filled.items()}
    )


def read_project(path: Path) -> ProjectFacts:
    """The facts of a project from a file FACTS.toml: one key a fact, all optional.

    Raises
    ------
    SchemaError
        The file cannot be read, or a key or a value is refused: file, field and what to do.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SchemaError(
                T("Fichier trop grand.", "File too large."),
                file=path,
                do=T("{n} octets au plus.", "{n} bytes at most.", n=_MOST_BYTES),
            )
        values = parse_toml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SchemaError(
            T(
                "Ce fichier de faits ne se lit pas : {error}.",
                "This file of facts cannot be read: {error}.",
                error=T("il n'existe pas", "it does not exist")
                if isinstance(error, FileNotFoundError)
                else error,
            ),
            file=path,
            do=T(
                "Un exemple : examples/centre-nouveau.toml.",
                "An example: examples/centre-nouveau.toml.",
            ),
        ) from error
    return make_facts(values, file=path)
