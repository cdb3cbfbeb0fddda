"""Why a stored result cannot be read, in both languages."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from geo_service.core.errors import StoreError, UnknownNameError
from geo_service.core.i18n import T, Text

BUILD_AGAIN = T(
    "Refaites-le avec « geo-service build ».", "Make it again with “geo-service build”."
)


def unknown(what: Text, name: str, known: Sequence[str]) -> UnknownNameError:
    """A name that the result does not hold; those it holds, nearest first."""
    near = difflib.get_close_matches(name, known, n=len(known) or 1, cutoff=0.0)
    return UnknownNameError(
        T(
            "Le résultat n'a pas {what} « {name} ».",
            "The result has no {what} “{name}”.",
            what=what,
            name=name,
        ),
        known=tuple(near),
        do=T("Il y a : {known}.", "There is: {known}.", known=", ".join(near)),
    )


def missing(path: str | Path) -> StoreError:
    """There is no such file, or it may not be opened."""
    return StoreError(
        T(
            "Le résultat n'existe pas ou ne s'ouvre pas.",
            "The result is missing or cannot be opened.",
        ),
        file=path,
        do=BUILD_AGAIN,
    )


def no_result(path: Path) -> StoreError:
    """A file, but not one that the store wrote."""
    return StoreError(
        T("Ce n'est pas un résultat de geo_service.", "This is no result of geo_service."),
        file=path,
        do=BUILD_AGAIN,
    )


def broken(path: Path, error: Exception) -> StoreError:
    """A result that SQLite can no longer read."""
    return StoreError(
        T("Le fichier est abîmé ({why}).", "The file is damaged ({why}).", why=error),
        file=path,
        do=BUILD_AGAIN,
    )
