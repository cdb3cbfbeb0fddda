"""Columns of the QPV files, in all the spellings met, and what their codes say."""

from __future__ import annotations

import functools
import re

from geo_service import rules
from geo_service.intake.values import clean_code, split_codes

COLUMNS: dict[str, list[str]] = {
    # Réunion 2015 has names cut to ten characters by the shapefile: Code_du_qua, Nom_du_quar.
    "code_qp": [
        *("code_qp", "code_qpv", "codeqp", "Code_du_quartier", "Code_du_qua", "code_quartier"),
        *("Code du quartier prioritaire", "code_quartier_prioritaire", "id_qp", "qpv"),
    ],
    "lib_qp": [
        *("lib_qp", "nom_qp", "libelle_qp", "Nom_du_quartier", "Nom_du_quar", "nom_quartier"),
        *("noms_des_quartiers_prioritaires", "Nom du quartier prioritaire", "nom_qpv", "lib_qpv"),
    ],
    "insee_com": ["insee_com", "Code_INSEE", "codgeo", "com_insee", "insee_commune", "code_insee"],
    "lib_com": ["lib_com", "commune_qp", "Commune", "nom_commune", "communes", "libcom"],
    "insee_dep": ["insee_dep", "code_dep", "dep"],
    "insee_reg": ["insee_reg", "code_reg", "reg"],
}
"""Our name → spellings. Case, accents, hyphens and underscores do not count."""

DECLARED_MARKS = ("date_declaration", "declarant", "quartier_vecu", "declared_from")
"""A layer with one of these holds quartiers vécus, which bear the code of the QPV they serve."""

_COMMUNE = re.compile(r"(\d{2}|2[AB])\d{3}")
WITHOUT_REGION = frozenset({"975", "977", "978", "986", "987", "988"})
"""Overseas collectivities belong to no région."""


def departement_of_qpv(code: str) -> str:
    """Département written in a QPV code, where it is padded to three characters.

    >>> [departement_of_qpv(code) for code in ("QP075001", "QN02A01M", "QN97414I")]
    ['75', '2A', '974']
    """
    return code[2:5].removeprefix("0")


generation_of = functools.lru_cache(maxsize=16_384)(rules.qpv_generation_of)
""":func:`geo_service.rules.qpv_generation_of`, kept: each code is asked for several times."""


@functools.lru_cache(maxsize=16_384)
def read_qpv_code(text: str) -> str | None:
    """The code, or None for what no generation writes.

    >>> read_qpv_code(" qn09105i "), read_qpv_code("QP0750011"), read_qpv_code("75056")
    ('QN09105I', None, None)
    """
    code = text.strip().upper()
    try:
        generation_of(code)
    except LookupError:
        return None
    return code


def read_communes(cell: str) -> tuple[list[str], list[str], bool]:
    """The commune codes of a cell, the parts that are none, and whether a zero was restored.

    >>> read_communes('="02571;2691"'), read_communes("13055, Marseille")
    ((['02571', '02691'], [], True), (['13055'], ['Marseille'], False))
    """
    codes: list[str] = []
    wrong: list[str] = []
    restored = False
    for part in split_codes(cell):
        try:
            cleaned = clean_code(part, 5)
        except ValueError:
            cleaned = None
        if cleaned is None or not _COMMUNE.fullmatch(cleaned[0]):
            wrong.append(part)
            continue
        codes.append(cleaned[0])
        restored = restored or cleaned[1]
    return codes, wrong, restored


def read_region(cell: str) -> str | None:
    """A région code of two digits; names and blanks are none.

    >>> read_region("84"), read_region("4"), read_region("LA REUNION"), read_region("")
    ('84', '04', None, None)
    """
    text = cell.strip().removesuffix(".0")
    return text.zfill(2) if re.fullmatch(r"\d{1,2}", text) else None
