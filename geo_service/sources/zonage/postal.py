"""The national table without INSEE codes: postcode, name of the commune, class.

The code is found again from the name and the département behind the postcode. A name that fits no
commune, or several, is listed with its nearest neighbours and never guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from geo_service.core.i18n import T
from geo_service.intake.archives import OfficialFile
from geo_service.intake.text import read_table, unwrap_excel

from .found import Finds, listed, read_class
from .names import PARTED, Register, plain_list

if TYPE_CHECKING:
    import pandas as pd

POSTAL_COLUMNS = {
    "postcode": ["Code_postal", "codepostal", "cp", "postcode"],
    "name": ["Nom_commune", "commune", "libelle_commune", "nom", "Nom de la commune"],
    "published": ["Zonage", "zonage_medecin", "zonage_mg", "zone", "classe"],
}
Line = tuple[str, str, str, int]
"""(postcode, name, published class, row)."""

_POSTCODE = re.compile(r"\d{4,5}")

_ZERO = T(
    "Le code postal a perdu son zéro initial : lu {code}.",
    "The postcode lost its leading zero: read as {code}.",
)
_POSTCODE_WRONG = T(
    "Ce n'est pas un code postal à cinq chiffres.", "This is no five-digit postcode."
)
_REPEATED = T("La même ligne figure déjà plus haut.", "The same row already stands above.")
_NOT_FOUND = T(
    "Aucune commune de ce nom près de ce code postal ; les plus proches : {near}.",
    "No commune of that name near that postcode; the nearest: {near}.",
)
_SEVERAL = T(
    "Plusieurs communes portent ce nom près de ce code postal : {codes}.",
    "Several communes bear that name near that postcode: {codes}.",
)
_NO_REGISTER = T(
    "Le fichier n'a pas de code INSEE : donnez la table des communes (option communes).",
    "The file holds no INSEE code: give the table of communes (option communes).",
)
_ACROSS = T(
    "Le code postal est d'un département voisin : seule {code} y porte ce nom.",
    "The postcode is of a neighbouring département: only {code} bears that name there.",
)
_FORMER = T("Ancien nom : la commune est aujourd'hui {code}.", "Former name: now {code}.")
_ABSENT = T("La commune ne figure pas dans le fichier.", "The commune does not stand in the file.")
_ABSENT_ALL = T(
    "Aucune commune du département {code} ne figure dans le fichier ({n} communes).",
    "No commune of département {code} stands in the file ({n} communes).",
)


def read_postal(
    file: OfficialFile, finds: Finds, communes: pd.DataFrame | None, moves: pd.DataFrame | None
) -> None:
    """Read the table into ``finds``, joined to the register of communes where one is given."""
    table = read_table(file, source="zonage", anomalies=finds.anomalies, aliases=POSTAL_COLUMNS)
    lost = sum(anomaly.outcome == "set aside" for anomaly in finds.anomalies)
    finds.rows_read += len(table) + lost
    lines = _once(_postcodes(table, finds), finds)
    if communes is None:
        finds.note("no-register", _NO_REGISTER, "set aside", field="Code_postal")
        finds.apart += lines
        return
    _join(lines, Register.of(communes, moves), finds)


def _postcodes(table: pd.DataFrame, finds: Finds) -> list[Line]:
    """Give lost zeros back; set aside what is no postcode."""
    texts = table["postcode"].str.strip()
    if texts.str.startswith("=").any():
        texts = texts.map(unwrap_excel)
    sound = texts.str.fullmatch(_POSTCODE.pattern)
    numbers, odd = table["row"], table[~sound]
    for row, text, name in zip(odd["row"], texts[~sound], odd["name"], strict=True):
        finds.note(
            "bad-postcode",
            _POSTCODE_WRONG,
            "set aside",
            row=int(row),
            field="Code_postal",
            value=text,
            record=name or None,
        )
    short = sound & (texts.str.len() == 4)
    full = texts.str.zfill(5)
    for row, text, code in zip(
        numbers[short], plain_list(texts[short]), plain_list(full[short]), strict=True
    ):
        finds.note(
            "lost-zero",
            _ZERO.with_values(code=code),
            "repaired",
            row=int(row),
            field="Code_postal",
            value=text,
        )
    said = (full, table["name"].str.strip(), table["published"].str.strip())
    columns = (plain_list(column[sound]) for column in said)
    return list(zip(*columns, numbers[sound].tolist(), strict=True))


def _once(lines: list[Line], finds: Finds) -> list[Line]:
    seen: set[tuple[str, str, str]] = set()
    kept = []
    for line in lines:
        key = line[:3]
        if key in seen:
            value = f"{line[0]} {line[1]}"
            finds.note("repeated-row", _REPEATED, "set aside", row=line[3], value=value)
            continue
        seen.add(key)
        kept.append(line)
    return kept


def _join(lines: list[Line], register: Register, finds: Finds) -> None:
    later, former = [], []
    own: dict[str, str] = {}
    plain = register.plain([line[1] for line in lines], [line[0] for line in lines])
    # Nearly every row has a class that can be read: those are added here, without a call each.
    classes = {text: read_class(text) for text in {line[2] for line in lines}}
    names, add = register.names, finds.rows.append
    for line, known in zip(lines, plain, strict=True):
        postcode, name, published, row = line
        if known is None:
            codes, how = register.find(name, postcode)
            if len(codes) != 1:
                later.append((line, codes))
                continue
            code = next(iter(codes))
            if how == "former name":
                former.append((line, code))
                continue
        else:
            code = known
        own.setdefault(code, published)
        zone_class = classes[published]
        if zone_class is None:
            finds.add("commune", code, names.get(code, name), published, row)
        else:
            add(("commune", code, names.get(code, name), zone_class, published, row, None))
    finds.rows_kept += len(lines) - len(later) - len(former)
    # Only now is it known which communes stand in the file under a postcode of their own.
    reached = set(own)
    for line, codes in later:
        reached |= _join_across(line, codes, register, own, finds)
    for line, code in former:
        reached |= _join_former(line, code, register, own, finds)
    _list_absent(register, reached, finds)


def _join_across(
    line: Line, codes: set[str], register: Register, own: dict[str, str], finds: Finds
) -> set[str]:
    """A name unknown in its département may be that of a commune just across the border."""
    postcode, name, published, row = line
    every = set() if codes else register.across(name, postcode)
    left = every if len(every) == 1 else every - set(own)
    code = next(iter(left)) if len(left) == 1 else None
    # A commune that has its own row already may have a second postcode; it is no doubt when the
    # class is the same, and nothing to overturn its own row with when it is not.
    if code is None or own.get(code, published) != published:
        _set_aside(line, codes or every, register, finds)
        return set()
    reason = _ACROSS.with_values(code=f"{register.names[code]} ({code})")
    finds.note("postcode-across-border", reason, "kept", row=row, value=postcode, record=code)
    finds.add("commune", code, register.names[code], published, row)
    finds.rows_kept += 1
    return {code}


def _join_former(
    line: Line, code: str, register: Register, own: dict[str, str], finds: Finds
) -> set[str]:
    """A former name, unless a commune just across the border bears it today."""
    postcode, name, published, row = line
    across = register.across(name, postcode) - {code}
    if across:
        _set_aside(line, across | {code}, register, finds)
        return set()
    reason = _FORMER.with_values(code=f"{register.names[code]} ({code})")
    finds.note("former-name", reason, "kept", row=row, value=name, record=code)
    # A merged commune follows the one whose code is kept: its own row says the class.
    if code not in own:
        finds.add("commune", code, register.names[code], published, row)
    finds.rows_kept += 1
    return {code}


def _set_aside(line: Line, codes: set[str], register: Register, finds: Finds) -> None:
    postcode, name, published, row = line
    if codes:
        named = (f"{register.names.get(code, '')} ({code})" for code in sorted(codes))
        slug, reason = "ambiguous-commune", _SEVERAL.with_values(codes=listed(named))
    else:
        near = register.nearest(name, postcode)
        slug, reason = "unmatched-commune", _NOT_FOUND.with_values(near=near)
    finds.note(slug, reason, "set aside", row=row, field="Nom_commune", value=f"{postcode} {name}")
    finds.apart.append((postcode, name, published, row))


def _list_absent(register: Register, reached: set[str], finds: Finds) -> None:
    """Communes that the file leaves out; a département it does not cover at all, once."""
    whole = {PARTED[head] for head in {code[:3] for code in reached} & PARTED.keys()}
    by_departement: dict[str, list[str]] = {}
    for code, place in register.departements.items():
        if code not in reached and code not in whole:
            by_departement.setdefault(place, []).append(code)
    sizes = Counter(register.departements.values())
    for place, absent in sorted(by_departement.items()):
        if len(absent) == sizes[place]:
            finds.note(
                "departement-absent",
                _ABSENT_ALL.with_values(code=place, n=len(absent)),
                "kept",
                value=place,
            )
            continue
        for code in absent:
            finds.note("commune-absent", _ABSENT, "kept", value=register.names[code], record=code)
