"""Where an establishment says it is: département, commune, postcode and address.

FINESS has overseas départements of its own (``9A``…) and the commune without its département; a
CEDEX code is no place.
"""

from __future__ import annotations

import pandas as pd

from geo_service.core.crs import departement_of
from geo_service.core.i18n import T
from geo_service.intake.values import normalise

from .extract import Extract

OVERSEAS = {
    "9A": "971",
    "9B": "972",
    "9C": "973",
    "9D": "974",
    "9E": "975",
    "9F": "976",
    "9J": "986",
}
"""Départements as FINESS writes them overseas. Source: the values met in the files of 2026."""
_BY_NAME = {
    "guadeloupe": "971",
    "martinique": "972",
    "guyane": "973",
    "lareunion": "974",
    "reunion": "974",
    "saintpierreetmiquelon": "975",
    "stpierreetmiquelon": "975",
    "mayotte": "976",
    "saintbarthelemy": "977",
    "stbarthelemy": "977",
    "saintmartin": "978",
    "stmartin": "978",
    "wallisetfutuna": "986",
    "polynesiefrancaise": "987",
    "nouvellecaledonie": "988",
}
# 96 is no département, and therefore the one of fictitious files.
_INSEE = frozenset(
    [f"{n:02d}" for n in range(1, 97) if n != 20]
    + ["2A", "2B"]
    + ["971", "972", "973", "974", "975", "976", "977", "978", "986", "987", "988"]
)
# Saint-Barthélemy and Saint-Martin, communes of Guadeloupe until 2007, may stand under it.
_GUADELOUPE_AND_PARTS = frozenset("178")
_COMMUNE = r"(?:\d{2}|2[AB])\d{3}"
_ADDRESS = ("number", "repeat", "way_kind", "way", "place", "complement", "delivery_line")


def place_rows(extract: Extract) -> None:
    """Add ``insee_dep``, ``insee_com`` (null where unknown), ``postcode`` and ``address``."""
    _departements(extract)
    _communes(extract)
    frame = extract.frame
    line = frame["delivery_line"]
    cedex = line.str.contains(r"\bCEDEX\b", case=False, regex=True)
    extract.note(
        cedex,
        "cedex-address",
        T(
            "Adresse CEDEX : son code postal n'est pas celui d'un lieu, il n'est pas repris.",
            "CEDEX address: its postcode is not that of a place and is not taken.",
        ),
        "kept",
        field="ligneacheminement",
        value="delivery_line",
    )
    frame["postcode"] = line.str.extract(r"^(\d{5})\b", expand=False).mask(cedex)
    address = frame[_ADDRESS[0]]
    for name in _ADDRESS[1:]:
        address = address + " " + frame[name]
    frame["address"] = address.str.replace(r"\s+", " ", regex=True).str.strip()


def departements_of_file(extract: Extract) -> pd.DataFrame:
    """INSEE codes of the départements in which the file lists an establishment of any category.

    A département of which the register read holds nothing is not covered: it has no totals.
    """
    columns = ["departement", "departement_name", "commune_code"]
    distinct = extract.census[columns].drop_duplicates()
    keys = extract.places_elsewhere.union(distinct.itertuples(index=False, name=None))
    found = {_departement(*key)[0] for key in keys}
    codes = sorted(code for code in found if code is not None)
    return pd.DataFrame({"departement": pd.Series(codes, dtype="str")})


def _departement(code: str, name: str, commune: str) -> tuple[str | None, bool]:
    """INSEE code of a département, and whether it had to be found another way than by its code."""
    code = code.strip().upper()
    if code in OVERSEAS:
        return OVERSEAS[code], False
    if code in _INSEE:
        return code, False
    if not code and departement_of(commune) in _INSEE:  # a layout that only gives the commune
        return departement_of(commune), False
    if len(code) == 1 and code.isdigit() and code != "0":
        return f"0{code}", True
    if by_name := _BY_NAME.get(normalise(name)):
        return by_name, True
    return None, True


def _departements(extract: Extract) -> None:
    frame = extract.frame
    names = ("departement", "departement_name", "commune_code")
    keys = list(zip(*(frame[name].tolist() for name in names), strict=True))
    known = {key: _departement(*key) for key in set(keys)}
    frame["insee_dep"] = pd.Series([known[key][0] for key in keys], index=frame.index, dtype="str")
    changed = pd.Series([known[key][1] for key in keys], index=frame.index, dtype=bool)
    extract.note(
        changed & frame["insee_dep"].notna(),
        "unknown-departement",
        T(
            "Code de département inconnu, compris comme {insee_dep}.",
            "Unknown département code, understood as {insee_dep}.",
        ),
        "repaired",
        field="departement",
        value="departement",
        says=("insee_dep",),
    )
    extract.note(
        frame["insee_dep"].isna(),
        "unknown-departement",
        T(
            "Département inconnu : commune et système de coordonnées légal le sont aussi.",
            "Unknown département: so are the commune and the legal CRS.",
        ),
        "kept",
        field="departement",
        value="departement",
    )


def _communes(extract: Extract) -> None:
    frame = extract.frame
    part, departement = frame["commune_part"], frame["insee_dep"]
    short = part.str.fullmatch(r"\d{1,2}")
    extract.note(
        short,
        "lost-leading-zero",
        T("Zéros de tête du code commune rétablis.", "Leading zeros of the commune restored."),
        "repaired",
        field="commune",
        value="commune_part",
    )
    part = part.where(~short, part.str.zfill(3))
    composed = (departement.str[:2] + part).where(part.str.fullmatch(r"\d{3}"))
    given = frame["commune_code"].str.upper()
    lost = given.str.fullmatch(r"\d{4}")
    extract.note(
        lost,
        "lost-leading-zero",
        T("Zéro de tête du code INSEE rétabli.", "Leading zero of the INSEE code restored."),
        "repaired",
        field="code_insee",
        value="commune_code",
    )
    given = given.where(~lost, "0" + given)
    real = [code for code in given.unique() if departement_of(code) in _INSEE]
    given = given.where(given.str.fullmatch(_COMMUNE) & given.isin(real))
    # Overseas the first digit of the commune repeats the third of the département: when it does
    # not, one of the two is wrong and the commune is not known.
    third, first = departement.str[2:3], composed.str[2:3]
    wrong = (third != "") & (third != first) & composed.notna()
    wrong &= ~((departement == "971") & first.isin(_GUADELOUPE_AND_PARTS))
    differs = given.notna() & composed.notna() & (given != composed)
    extract.note(
        wrong | differs,
        "commune-mismatch",
        T(
            "Département et commune se contredisent ({composed}).",
            "Département and commune contradict each other ({composed}).",
        ),
        "kept",
        field="commune",
        value="commune_part",
        says=("composed",),
        extra={"composed": composed},
    )
    commune = given.where(given.notna(), composed.mask(wrong)).mask(differs & wrong)
    extract.note(
        commune.isna() & ~wrong & departement.notna(),
        "missing-commune",
        T("Commune absente ou illisible.", "Commune missing or unreadable."),
        "kept",
        field="commune",
        value="commune_part",
    )
    frame["insee_com"] = commune.astype("str")
    own = [departement_of(code) if isinstance(code, str) else None for code in commune.tolist()]
    from_commune = pd.Series(own, index=frame.index, dtype="str")
    frame["insee_dep"] = from_commune.where(commune.notna(), departement)
