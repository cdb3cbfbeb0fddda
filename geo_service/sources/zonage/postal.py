"""The national table without INSEE codes: postcode, name of the commune, class.

The code is found again from the name and the département behind the postcode. A name that fits no
commune, or several, is listed with its nearest neighbours and never guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from geo_service.core.i18n import T
from geo_service.intake.archives import OfficialFile
from geo_service.intake.text import read_table, unwrap_excel

from .found import COLUMNS, Finds, in_lines, listed, read_class
from .names import PARTED, text_of
from .register import Register

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

POSTAL_COLUMNS = {
    "postcode": ["Code_postal", "codepostal", "cp", "postcode"],
    "name": ["Nom_commune", "commune", "libelle_commune", "nom", "Nom de la commune"],
    "published": ["Zonage", "zonage_medecin", "zonage_mg", "zone", "classe"],
}
Line = tuple[str, str, str, int]
"""(postcode, name, published class, row)."""
Own = npt.NDArray[np.object_]
"""By number of commune: the class that its own first row publishes, or null."""

_POSTCODE = r"^\p{Nd}{4,5}$"

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
    lines = _once(_sound(table, finds), finds)
    if communes is None:
        finds.note("no-register", _NO_REGISTER, "set aside", field="Code_postal")
        finds.apart += in_lines(lines)
        return
    _join(lines, Register.of(communes, moves), finds)


def _sound(table: pd.DataFrame, finds: Finds) -> pa.RecordBatch:
    """The lines in columns, each distinct text once; lost zeros back, what is no postcode aside."""
    import pyarrow as pa
    from pyarrow import compute

    told = text_of(table["postcode"]).dictionary_encode()
    of_row, numbers = told.indices.to_numpy(), table["row"].to_numpy()
    said = compute.utf8_trim_whitespace(told.dictionary)
    if compute.any(compute.starts_with(said, "=")).as_py():
        said = pa.array(map(unwrap_excel, said.to_pylist()), said.type)
    sound = compute.match_substring_regex(said, _POSTCODE).to_numpy(zero_copy_only=False)
    short = sound & (compute.utf8_length(said).to_numpy() == 4)
    full, texts = compute.utf8_lpad(said, 5, "0"), said.to_pylist()
    kept = sound[of_row]
    names = table["name"][~kept]
    for row, at, name in zip(numbers[~kept].tolist(), of_row[~kept], names, strict=True):
        finds.note(
            "bad-postcode",
            _POSTCODE_WRONG,
            "set aside",
            row=row,
            field="Code_postal",
            value=texts[at],
            record=name or None,
        )
    reasons = {
        at: _ZERO.with_values(code=full[at].as_py()) for at in np.flatnonzero(short).tolist()
    }
    lost = short[of_row]
    for row, at in zip(numbers[lost].tolist(), of_row[lost].tolist(), strict=True):
        finds.note(
            "lost-zero", reasons[at], "repaired", row=row, field="Code_postal", value=texts[at]
        )
    coded = full.dictionary_encode()  # 1400 and 01400 are one
    postcode = pa.DictionaryArray.from_arrays(coded.indices.take(told.indices), coded.dictionary)
    name, published = (
        compute.utf8_trim_whitespace(text_of(table[column])).dictionary_encode()
        for column in ("name", "published")
    )
    lines = pa.record_batch(
        [postcode, name, published, pa.array(numbers)], ("postcode", "name", "published", "row")
    )
    return lines.filter(pa.array(kept))


def _once(lines: pa.RecordBatch, finds: Finds) -> pa.RecordBatch:
    import pandas as pd
    import pyarrow as pa

    coded = {name: lines[name].indices.to_numpy() for name in ("postcode", "name", "published")}
    again = pd.DataFrame(coded).duplicated().to_numpy()
    for postcode, name, _, row in in_lines(lines.filter(pa.array(again))):
        value = f"{postcode} {name}"
        finds.note("repeated-row", _REPEATED, "set aside", row=row, value=value)
    return lines.filter(pa.array(~again))


def _join(lines: pa.RecordBatch, register: Register, finds: Finds) -> None:
    import pyarrow as pa

    texts, said = lines["published"].dictionary, lines["published"].indices.to_numpy()
    classes = pa.array(map(read_class, texts.to_pylist()), texts.type)
    communes = register.plain(lines["name"], lines["postcode"])
    # Nearly every row is plain and has a class that can be read: those are added in columns.
    plain = (communes >= 0) & classes.is_valid().to_numpy(zero_copy_only=False)[said]
    later, former = [], []
    at = np.flatnonzero(~plain)
    for number, line in zip(at.tolist(), in_lines(lines.take(at)), strict=True):
        postcode, name, published, row = line
        if communes[number] < 0:
            found, how = register.find(name, postcode)
            if len(found) != 1:
                later.append((line, found))
                continue
            (commune,) = found
            if how == "former name":
                former.append((line, commune))
                continue
            communes[number] = commune
        commune = int(communes[number])
        known = register.name_of(commune)
        name = name if known is None else known
        finds.add("commune", register.code_of(commune), name, published, row)
    finds.rows_kept += len(lines) - len(later) - len(former)
    by, published_of = communes[plain], said[plain]
    finds.add_columns(
        pa.table(
            [
                pa.repeat(pa.scalar("commune", texts.type), len(by)),
                register.codes.take(by),
                register.names.take(by),
                classes.take(published_of),
                texts.take(published_of),
                lines["row"].filter(pa.array(plain)),
                pa.nulls(len(by), texts.type),
            ],
            COLUMNS,
        )
    )
    # Only now is it known which communes stand in the file under a postcode of their own.
    own: Own = np.full(len(register.codes), None, dtype=object)
    stand = np.flatnonzero(communes >= 0)[::-1]  # the first row of a commune says its class
    own[communes[stand]] = texts.to_numpy(zero_copy_only=False)[said[stand]]
    reached = np.zeros(len(own), dtype=bool)
    reached[communes[stand]] = True
    for line, found in later:
        reached[_join_across(line, found, register, own, finds)] = True
    for line, commune in former:
        reached[_join_former(line, commune, register, own, finds)] = True
    _list_absent(register, reached, finds)


def _join_across(
    line: Line, found: set[int], register: Register, own: Own, finds: Finds
) -> list[int]:
    """A name unknown in its département may be that of a commune just across the border."""
    postcode, name, published, row = line
    every = set() if found else register.across(name, postcode)
    left = every if len(every) == 1 else {commune for commune in every if own[commune] is None}
    commune = next(iter(left)) if len(left) == 1 else None
    # A commune that has its own row already may have a second postcode; it is no doubt when the
    # class is the same, and nothing to overturn its own row with when it is not.
    if commune is None or own[commune] not in (None, published):
        _set_aside(line, found or every, register, finds)
        return []
    code = register.code_of(commune)
    reason = _ACROSS.with_values(code=register.label_of(commune))
    finds.note("postcode-across-border", reason, "kept", row=row, value=postcode, record=code)
    finds.add("commune", code, register.name_of(commune), published, row)
    finds.rows_kept += 1
    return [commune]


def _join_former(line: Line, commune: int, register: Register, own: Own, finds: Finds) -> list[int]:
    """A former name, unless a commune just across the border bears it today."""
    postcode, name, published, row = line
    across = register.across(name, postcode) - {commune}
    if across:
        _set_aside(line, across | {commune}, register, finds)
        return []
    code = register.code_of(commune)
    reason = _FORMER.with_values(code=register.label_of(commune))
    finds.note("former-name", reason, "kept", row=row, value=name, record=code)
    # A merged commune follows the one whose code is kept: its own row says the class.
    if own[commune] is None:
        finds.add("commune", code, register.name_of(commune), published, row)
    finds.rows_kept += 1
    return [commune]


def _set_aside(line: Line, found: set[int], register: Register, finds: Finds) -> None:
    postcode, name, published, row = line
    if found:
        named = map(register.label_of, sorted(found, key=register.code_of))
        slug, reason = "ambiguous-commune", _SEVERAL.with_values(codes=listed(named))
    else:
        near = register.nearest(name, postcode)
        slug, reason = "unmatched-commune", _NOT_FOUND.with_values(near=near)
    finds.note(slug, reason, "set aside", row=row, field="Nom_commune", value=f"{postcode} {name}")
    finds.apart.append((postcode, name, published, row))


def _list_absent(register: Register, reached: npt.NDArray[np.bool_], finds: Finds) -> None:
    """Communes that the file leaves out; a département it does not cover at all, once."""
    import pyarrow as pa
    from pyarrow import compute

    stand = register.codes.filter(pa.array(reached))
    heads = [head for head in PARTED if compute.any(compute.starts_with(stand, head)).as_py()]
    whole = {PARTED[head] for head in heads}
    absent = np.flatnonzero(~reached[: len(register)])
    codes, names, places = (
        column.take(absent).to_pylist()
        for column in (register.codes, register.names, register.departements)
    )
    by_departement: dict[str, list[tuple[str, str]]] = {}
    for code, name, place in zip(codes, names, places, strict=True):
        if code not in whole:
            by_departement.setdefault(place, []).append((code, name))
    counted = register.departements.value_counts()
    sizes = dict(zip(*(part.to_pylist() for part in counted.flatten()), strict=True))
    for place, communes in sorted(by_departement.items()):
        if len(communes) == sizes[place]:
            finds.note(
                "departement-absent",
                _ABSENT_ALL.with_values(code=place, n=len(communes)),
                "kept",
                value=place,
            )
            continue
        for code, name in communes:
            finds.note("commune-absent", _ABSENT, "kept", value=name, record=code)
