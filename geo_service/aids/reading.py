"""Reads the files of aids, strictly: one file an aid, dated versions inside.

A fault is a :class:`~geo_service.core.errors.RuleError` with the file, the key and what to do.
"""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import itertools
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, cast

from ..core.errors import RuleError, UnknownNameError
from ..core.i18n import T, Text
from ..core.strict import parse_toml
from .clauses import read_amount, read_per_unit, read_test
from .entry import Entry
from .examples import read_examples
from .model import (
    Aid,
    Condition,
    Counterpart,
    Cumulation,
    Gate,
    PerUnit,
    Rank,
    Reading,
    Relation,
    Renewal,
    Version,
)

_SCOPE = re.compile(r"france|region:\d{2}|departement:(\d{2}|2[AB]|97\d)")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,40}")
RELATIONS: dict[str, Text] = {
    "compatible": T("compatible", "compatible"),
    "exclusive": T("non cumulable", "not to be combined"),
    "not-stated": T("non précisé", "not stated"),
}
RENEWALS: dict[str, Text] = {
    "none": T("non renouvelable", "not renewable"),
    "tacit": T("renouvelable tacitement", "tacitly renewable"),
    "not-stated": T("renouvellement non précisé", "renewal not stated"),
}
_LARGEST = 200_000


@functools.cache
def _own_aids() -> tuple[Aid, ...]:
    folder = resources.files("geo_service.law").joinpath("aids")
    files = [it for it in folder.iterdir() if it.name.endswith(".toml")]
    return _together([read_aid(it.read_text(encoding="utf-8"), f"aids/{it.name}") for it in files])


def load_aids(folder: Path | None = None) -> tuple[Aid, ...]:
    """Every aid of ``law/aids``, and those of a folder of one's own, in the order of their files.

    Raises
    ------
    RuleError
        A file cannot be read or breaks a rule, or two files have the same id.
    """
    if folder is None:
        return _own_aids()
    if not folder.is_dir():
        raise RuleError(
            T("Ce n'est pas un dossier.", "This is no folder."),
            file=folder,
            do=T(
                "Donnez un dossier de fichiers d'aides (*.toml).",
                "Give a folder of files of aids (*.toml).",
            ),
        )
    added = []
    for path in sorted(folder.glob("*.toml")):
        try:
            if path.stat().st_size > _LARGEST:
                raise RuleError(
                    T("Fichier trop grand.", "File too large."),
                    file=path,
                    do=T("{n} octets au plus.", "{n} bytes at most.", n=_LARGEST),
                )
            content = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RuleError(
                T("Fichier illisible : {it}.", "Unreadable file: {it}.", it=error), file=path
            ) from error
        added.append(read_aid(content, str(path)))
    if not added:
        raise RuleError(
            T("Aucun fichier d'aide (*.toml) ici.", "No file of an aid (*.toml) here."), file=folder
        )
    return _together([*_own_aids(), *added])


def find_aid(name: str, aids: Iterable[Aid] | None = None) -> Aid:
    """The aid of that id.

    Raises
    ------
    UnknownNameError
        There is none; those there are are named, nearest first.
    """
    known = {aid.id: aid for aid in (load_aids() if aids is None else aids)}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, len(known), 0.0)
    raise UnknownNameError(
        T("« {it} » n'est pas une aide.", "“{it}” is no aid.", it=name[:60]),
        known=tuple(near or known),
    )


def _together(aids: list[Aid]) -> tuple[Aid, ...]:
    """The aids in order, once what they say of one another agrees."""
    known: dict[str, Aid] = {}
    for aid in aids:
        if aid.id in known:
            raise RuleError(
                T(
                    "Cet identifiant est déjà celui de {file}.",
                    "This id is already that of {file}.",
                    file=known[aid.id].file,
                ),
                file=aid.file,
                field="id",
                do=T("Choisissez-en un autre.", "Choose another one."),
            )
        known[aid.id] = aid
    said: dict[frozenset[str], Cumulation] = {}
    for aid in aids:
        for number, version in enumerate(aid.versions):
            contracts = version.gate.contracts if version.gate else {}
            for place, rule in enumerate(version.cumulation):
                key = f"version[{number}].cumulation[{place}]"
                if rule.other not in known and rule.other not in contracts:
                    raise RuleError(
                        T("Aide inconnue : « {it} ».", "Unknown aid: “{it}”.", it=rule.other),
                        file=aid.file,
                        field=f"{key}.with",
                        do=T(
                            "Connues : {it}.",
                            "Known: {it}.",
                            it=", ".join([*sorted(known), *contracts]),
                        ),
                    )
                pair = frozenset((aid.id, rule.other))
                if pair in said and said[pair].relation != rule.relation:
                    raise RuleError(
                        T(
                            "Un autre fichier dit « {it} » de ce cumul.",
                            "Another file says “{it}” of this pair.",
                            it=RELATIONS[said[pair].relation],
                        ),
                        file=aid.file,
                        field=f"{key}.relation",
                        do=T("Accordez les deux.", "Make both agree."),
                    )
                said[pair] = rule
    return tuple(sorted(aids, key=lambda aid: (aid.order, aid.id)))


def read_aid(content: str, file: str) -> Aid:
    """One aid from the text of its file.

    Raises
    ------
    RuleError
        With the file, the key and what to do.
    """
    entry = Entry(_parse(content, file), file)
    name = entry.take("id", str)
    if not _ID.fullmatch(name):
        raise entry.refuse(
            "id",
            T("Identifiant refusé.", "Id refused."),
            T("Minuscules, chiffres et tirets.", "Lower case letters, digits and hyphens."),
        )
    scope = entry.take("scope", str)
    if not _SCOPE.fullmatch(scope):
        raise entry.refuse(
            "scope",
            T("Territoire refusé : « {it} ».", "Territory refused: “{it}”.", it=scope),
            T(
                "Écrivez france, region:53 ou departement:35.",
                "Write france, region:53 or departement:35.",
            ),
        )
    base = entry.table("base") if entry.has("base") else None
    label, summary = entry.text("label"), entry.text("summary")
    order, checked = entry.maybe("order", int), entry.take("checked", dt.date)
    parts = entry.tables("version")
    if not parts:
        entry.take("version", list)
        raise entry.refuse("version", T("Aucune version.", "No version."))
    versions = [_read_version(part, base) for part in parts]
    entry.close()
    _refuse_overlaps(entry, versions)
    ordered = tuple(sorted(versions, key=lambda version: version.valid_from))
    return Aid(
        name, label, summary, scope, 1000 if order is None else order, checked, ordered, file
    )


def _parse(content: str, file: str) -> dict[str, Any]:
    try:
        return parse_toml(content)
    except ValueError as error:
        raise RuleError(
            T("Ce n'est pas du TOML : {it}.", "This is not TOML: {it}.", it=error),
            file=file,
            do=T("Corrigez la ligne nommée.", "Correct the line that is named."),
        ) from error


def _refuse_overlaps(entry: Entry, versions: list[Version]) -> None:
    order = sorted(range(len(versions)), key=lambda at: versions[at].valid_from)
    for before, after in itertools.pairwise(order):
        end = versions[before].valid_to
        if end is None or end >= versions[after].valid_from:
            raise entry.refuse(
                f"version[{after}].valid_from",
                T(
                    "Les dates de deux versions se chevauchent ({a} et {b}).",
                    "The dates of two versions overlap ({a} and {b}).",
                    a=versions[before].valid_from,
                    b=versions[after].valid_from,
                ),
                T(
                    "Donnez à la plus ancienne un valid_to antérieur.",
                    "Give the older one an earlier valid_to.",
                ),
            )


def _read_version(entry: Entry, base: Entry | None) -> Version:
    first = entry.take("valid_from", dt.date)
    last = entry.maybe("valid_to", dt.date)
    if last is not None and last < first:
        raise entry.refuse(
            "valid_to",
            T("La fin précède le début.", "The end comes before the beginning."),
            T("Corrigez l'une des dates.", "Correct one of the dates."),
        )
    gate = None
    if entry.has("gate"):
        gates = load_gates()
        gate = gates[entry.one_of("gate", gates, T("socle", "gate"))]
    readings = tuple(_read_reading(part) for part in entry.tables("reading"))
    conditions = tuple(_read_condition(part, readings) for part in entry.tables("condition"))
    if not conditions:
        raise entry.refuse(
            "condition",
            T("Aucune condition.", "No condition."),
            T("Ajoutez au moins un [[version.condition]].", "Add at least one condition."),
        )
    amounts = tuple(read_amount(part) for part in entry.tables("amount"))
    renewal = entry.one_of("renewal", RENEWALS, T("renouvellement", "renewal"))
    version = Version(
        valid_from=first,
        valid_to=last,
        dates_note=entry.text("dates_note"),
        references=entry.names("references"),
        beneficiary=entry.text("beneficiary"),
        conditions=conditions,
        amounts=amounts,
        duration=entry.text("duration"),
        renewal=cast(Renewal, renewal),
        counterparts=tuple(_read_counterpart(part) for part in entry.tables("counterpart")),
        procedure=entry.texts("procedure"),
        ranks=tuple(_read_rank(part) for part in entry.tables("rank")),
        cumulation=tuple(_read_cumulation(part) for part in entry.tables("cumulation")),
        readings=readings,
        notes=entry.texts("note"),
        gate=gate,
    )
    _refuse_doubles(entry, "condition", [it.id for it in conditions])
    _refuse_doubles(entry, "amount", [it.id for it in amounts])
    _refuse_doubles(entry, "reading", [it.id for it in readings])
    examples = read_examples(entry, version, base)
    entry.close()
    return Version(**{**vars(version), "examples": examples})


def _refuse_doubles(entry: Entry, what: str, ids: list[str]) -> None:
    for place, name in enumerate(ids):
        if name in ids[:place]:
            raise entry.refuse(
                f"{what}[{place}].id",
                T("« {it} » est déjà pris.", "“{it}” is already taken.", it=name),
                T("Choisissez un autre nom.", "Choose another name."),
            )


def _read_reading(entry: Entry) -> Reading:
    reading = Reading(entry.take("id", str), entry.text("text"))
    entry.close()
    return reading


def _read_condition(entry: Entry, readings: Iterable[Reading]) -> Condition:
    used = entry.names("readings") if entry.has("readings") else ()
    known = [reading.id for reading in readings]
    for name in used:
        entry.require_known("readings", name, known, T("lecture", "reading"))
    condition = Condition(
        id=entry.take("id", str),
        label=entry.text("label"),
        test=read_test(entry.table("test")),
        reference=entry.take("reference", str),
        counterpart=bool(entry.maybe("counterpart", bool)),
        readings=used,
    )
    entry.close()
    return condition


def _read_counterpart(entry: Entry) -> Counterpart:
    formula: PerUnit | None = None
    unit = ""
    if entry.has("quantity"):
        inner = entry.table("quantity")
        unit = inner.take("unit", str)
        formula = read_per_unit(inner, unit)
        inner.close()
    counterpart = Counterpart(entry.text("text"), entry.take("reference", str), formula, unit)
    entry.close()
    return counterpart


def _read_rank(entry: Entry) -> Rank:
    rank = Rank(entry.take("rank", int), entry.text("label"), read_test(entry.table("test")))
    entry.close()
    return rank


def _read_cumulation(entry: Entry) -> Cumulation:
    relation = entry.one_of("relation", RELATIONS, T("cumul", "relation"))
    rule = Cumulation(
        entry.take("with", str),
        cast(Relation, relation),
        entry.text("reason"),
        entry.take("reference", str),
    )
    entry.close()
    return rule


@functools.cache
def load_gates() -> Mapping[str, Gate]:
    """Conditions that aids of one kind of structure share (``law/aids/gates``), by id."""
    folder = resources.files("geo_service.law").joinpath("aids").joinpath("gates")
    gates = [
        read_gate(it.read_text(encoding="utf-8"), f"aids/gates/{it.name}")
        for it in folder.iterdir()
        if it.name.endswith(".toml")
    ]
    return {gate.id: gate for gate in gates}


def read_gate(content: str, file: str) -> Gate:
    """One file of shared conditions."""
    entry = Entry(_parse(content, file), file)
    contracts = {}
    for part in entry.tables("contract"):
        contracts[part.take("id", str)] = part.text("label")
        part.close()
    pairs = []
    for part in entry.tables("cumulation"):
        name = part.one_of("of", contracts, T("contrat", "contract"))
        pairs.append((name, _read_cumulation(part)))
    gate = Gate(
        id=entry.take("id", str),
        label=entry.text("label"),
        applies=read_test(entry.table("applies")),
        conditions=tuple(_read_condition(part, ()) for part in entry.tables("condition")),
        information=entry.texts("information"),
        contracts=contracts,
        cumulation=tuple(pairs),
    )
    entry.close()
    return gate
