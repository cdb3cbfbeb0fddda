"""What a study is: a territory, dates, sources and definitions, read from a TOML file."""

from __future__ import annotations

import datetime as dt
import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..core.errors import RuleError, SourceError
from ..core.i18n import T
from ..core.snapshot import SCOPES
from ..core.strict import parse_toml
from ..core.territory import read_territory
from ..rules import default_quartier_vecu_metres, quartier_vecu_bounds, structure_kinds

DEFAULT_DISTANCES = (1000, 2000, 5000, 10_000, 20_000)
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


@dataclass(frozen=True)
class SourceSpec:
    """One file of a study: which source reads it, where it lies, and how it is to be read."""

    kind: str
    path: Path
    source_id: str
    layout: str | None = None
    vintage: dt.date | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    credit: Mapping[str, str] = field(default_factory=dict)
    """``publisher``, ``title``, ``licence`` or ``url`` where the study knows better than the
    reader: a copy whose origin is not stated, for example."""
    written: str = ""
    """The path as the study writes it: what results show, instead of a path of one machine."""


@dataclass(frozen=True)
class Study:
    """What to compute.

    Parameters
    ----------
    name
        Title of the study.
    territory
        ``france``, ``region:76``, ``departement:31``, ``epci:…`` or ``commune:…``.
    as_of
        Date of the figures. Never today's by default.
    sources
        The official files.
    also_at
        Further dates at which the indicators are stored.
    quartier_vecu
        Metres of the proxy definition of the quartier vécu.
    scope
        ``all`` structures, or ``pluri``: pluriprofessional ones only.
    kinds
        Kinds of structures counted.
    distances
        Metres of the proximity indicators.
    commune_dates
        ``as_of``: figures by commune at ``as_of`` only; ``all``: at every date.
    margin
        Metres around the territory within which structures and people count for proximity.
    fictitious
        True when the data are made up; every output then says so.
    """

    name: str
    territory: str
    as_of: dt.date
    sources: tuple[SourceSpec, ...]
    also_at: tuple[dt.date, ...] = ()
    quartier_vecu: tuple[int, ...] = ()
    scope: str = "all"
    kinds: tuple[str, ...] = ()
    distances: tuple[int, ...] = DEFAULT_DISTANCES
    commune_dates: str = "as_of"
    margin: int = 20_000
    fictitious: bool = False
    file: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "territory", read_territory(self.territory))
        if not self.quartier_vecu:
            object.__setattr__(self, "quartier_vecu", default_quartier_vecu_metres())
        if not self.kinds:
            object.__setattr__(self, "kinds", tuple(structure_kinds()))
        least, most = quartier_vecu_bounds()
        for metres in self.quartier_vecu:
            if not least <= metres <= most:
                raise RuleError(
                    T(
                        "Une distance de quartier vécu va de {least} à {most} m, pas {metres}.",
                        "A quartier vécu distance goes from {least} to {most} m, not {metres}.",
                        least=least,
                        most=most,
                        metres=metres,
                    ),
                    file=self.file,
                    field="quartier_vecu",
                )
        _require(self.scope in SCOPES, self.file, "scope", self.scope, SCOPES)
        _require(
            self.commune_dates in ("as_of", "all"),
            self.file,
            "commune_dates",
            self.commune_dates,
            ("as_of", "all"),
        )
        if self.margin < 0:
            raise _wrong_value(self.file, "margin", self.margin)
        for kind in self.kinds:
            _require(kind in structure_kinds(), self.file, "kinds", kind, tuple(structure_kinds()))

    @property
    def dates(self) -> tuple[dt.date, ...]:
        """Every date of the study in order, each once."""
        return tuple(sorted({self.as_of, *self.also_at}))

    @property
    def level(self) -> str:
        """Level of the study's territory."""
        return self.territory.partition(":")[0]

    def at(self, as_of: dt.date) -> Study:
        """The same study with another main date."""
        return replace(self, as_of=as_of)

    @classmethod
    def load(cls, path: str | Path) -> Study:
        """Read a study from a TOML file.

        Parameters
        ----------
        path
            ``STUDY.toml``. Paths in it are relative to it, or to its ``folder``; ``${NAME}`` and
            ``${NAME:-default}`` stand for environment variables.

        Raises
        ------
        SourceError
            The file is missing or is no TOML, a key is unknown or missing, or has another type.
        """
        path = Path(path)
        try:
            described = parse_toml(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise SourceError(
                T("Ce fichier d'étude n'existe pas.", "This study file does not exist."), file=path
            ) from error
        except (OSError, ValueError) as error:
            raise SourceError(
                T(
                    "Ce fichier d'étude n'est pas du TOML lisible ({error}).",
                    "This study file is no readable TOML ({error}).",
                    error=error,
                ),
                file=path,
            ) from error
        return _from_table(described, path)


_KEYS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "territory": str,
    "as_of": (dt.date, str),
    "also_at": list,
    "quartier_vecu": list,
    "scope": str,
    "kinds": list,
    "distances": list,
    "commune_dates": str,
    "margin": int,
    "fictitious": bool,
    "folder": str,
    "sources": list,
}
_REQUIRED = ("name", "territory", "as_of", "sources")
_CREDIT_KEYS = ("publisher", "title", "licence", "url")
_PATH_OPTIONS = ("with_", "correspondence")
"""Beginnings of the names of options that are paths."""
_SOURCE_KEYS = ("kind", "path", "id", "layout", "vintage", *_CREDIT_KEYS)


def _from_table(described: dict[str, Any], path: Path) -> Study:
    for key, value in described.items():
        _require(key in _KEYS, path, key, key, tuple(_KEYS))
        if not isinstance(value, _KEYS[key]):
            raise _wrong_value(path, key, value)
    for key in _REQUIRED:
        if key not in described:
            raise SourceError(
                T("Cette clé manque à l'étude.", "This key is missing from the study."),
                file=path,
                field=key,
            )
    folder = path.parent
    if "folder" in described:
        folder = _resolve(described["folder"], path.parent, path)
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in described.items()
        if key not in ("sources", "folder")
    }
    given["as_of"] = _date(described["as_of"], path, "as_of")
    if "also_at" in given:
        given["also_at"] = tuple(_date(value, path, "also_at") for value in described["also_at"])
    for key in ("quartier_vecu", "distances"):
        for value in given.get(key, ()):
            if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
                raise _wrong_value(path, key, value)
    sources = _sources(described["sources"], folder, path)
    return Study(**given, sources=sources, file=str(path))


def _sources(tables: list[Any], folder: Path, file: Path) -> tuple[SourceSpec, ...]:
    specs: list[SourceSpec] = []
    for table in tables:
        if not isinstance(table, dict) or "kind" not in table or "path" not in table:
            raise SourceError(
                T(
                    "Chaque source de l'étude porte au moins « kind » et « path ».",
                    "Each source of the study has at least “kind” and “path”.",
                ),
                file=file,
                field="sources",
            )
        kind = str(table["kind"])
        base = str(table.get("id", kind))
        taken = {spec.source_id for spec in specs}
        number = 1
        source_id = base
        while source_id in taken:
            number += 1
            source_id = f"{base}-{number}"
        vintage = table.get("vintage")
        specs.append(
            SourceSpec(
                kind=kind,
                path=_resolve(str(table["path"]), folder, file),
                source_id=source_id,
                written=str(table["path"]),
                layout=table.get("layout"),
                credit={key: str(table[key]) for key in _CREDIT_KEYS if key in table},
                vintage=None if vintage is None else _date(vintage, file, "vintage"),
                options={
                    key: _resolve(str(value), folder, file)
                    if key.startswith(_PATH_OPTIONS)
                    else value
                    for key, value in table.items()
                    if key not in _SOURCE_KEYS
                },
            )
        )
    return tuple(specs)


def _resolve(written: str, folder: Path, file: Path) -> Path:
    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1]) or match[2]
        if found is None:
            raise SourceError(
                T(
                    "La variable d'environnement {name} n'est pas définie.",
                    "The environment variable {name} is not set.",
                    name=match[1],
                ),
                file=file,
                do=T("Définissez-la.", "Set it."),
            )
        # A path from the environment is relative to where the user stands, not to the study.
        return str(Path(found).absolute()) if os.environ.get(match[1]) else found

    path = Path(_VARIABLE.sub(value, written)).expanduser()
    return path if path.is_absolute() else folder / path


def _date(value: Any, file: Path, key: str) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError as error:
        raise _wrong_value(file, key, value) from error


def _wrong_value(file: Path | str | None, key: str, value: Any) -> SourceError:
    return SourceError(
        T(
            "La valeur « {value} » ne va pas ici.", "The value “{value}” does not fit here."
        ).with_values(value=value),
        file=file,
        field=key,
        do=T(
            "Voyez docs/study.md pour la forme attendue.",
            "See docs/study.md for the form expected.",
        ),
    )


def _require(
    good: bool, file: Path | str | None, key: str, value: str, known: tuple[str, ...]
) -> None:
    if good:
        return
    nearest = difflib.get_close_matches(str(value), known, n=1)
    raise SourceError(
        T(
            "« {value} » n'est pas connu ici ; possibles : {known}.",
            "“{value}” is not known here; possible: {known}.",
            value=value,
            known=", ".join(known),
        ),
        file=file,
        field=key,
        do=T("Vouliez-vous « {it} » ?", "Did you mean “{it}”?", it=nearest[0]) if nearest else None,
    )
