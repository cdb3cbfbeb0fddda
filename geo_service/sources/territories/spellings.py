"""How publishers spell contours: column names, and which level a layer is of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from geo_service.intake.archives import OfficialFile
from geo_service.intake.values import normalise
from geo_service.intake.vectors import list_layers

from .codes import DEPARTEMENT, REGION

_NAME = ["nom", "nom_officiel", "NOM_COM", "NOM_DEP", "NOM_REG", "NOM_EPCI", "libelle", "libgeo"]
_DEP = ["dep", "INSEE_DEP", "code_insee_du_departement", "departement", "code_dept"]
_REG = ["reg", "INSEE_REG", "code_insee_de_la_region", "region", "code_reg"]
_EPCI = ["siren_epci", "CODE_SIREN", "code_siren", "CODE_EPCI", "codes_siren_des_epci", "epci"]
_POPULATION = [f"pop_municipale_{year}" for year in range(2040, 2005, -1)] + ["popul", "pop"]

ALIASES: dict[str, dict[str, list[str]]] = {
    "communes-contours": {
        "code": ["code_insee", "INSEE_COM", "codgeo", "code_commune", "code"],
        "name": _NAME,
        "departement": _DEP,
        "region": _REG,
        "epci": _EPCI,
        "population": [*_POPULATION, "population"],
    },
    "epci-contours": {"code": [*_EPCI, "code"], "name": _NAME},
    "departements-contours": {
        "code": ["INSEE_DEP", "code_insee", "code", "dep"],
        "name": _NAME,
        "region": _REG,
    },
    "regions-contours": {"code": ["INSEE_REG", "code_insee", "code", "reg"], "name": _NAME},
}
LEVEL = {
    "communes-contours": "commune",
    "epci-contours": "epci",
    "departements-contours": "departement",
    "regions-contours": "region",
}
# What these columns belong to has contours too, and is another source's.
_FOREIGN = re.compile(r"qp|zonage|zmed|tvs|apl|nofiness|finess|numpeople|idcar|declar")
_FRENCH_REGIONS = {
    "guadeloupe",
    "martinique",
    "guyane",
    "lareunion",
    "mayotte",
    "iledefrance",
    "centrevaldeloire",
    "bourgognefranchecomte",
    "normandie",
    "hautsdefrance",
    "grandest",
    "paysdelaloire",
    "bretagne",
    "nouvelleaquitaine",
    "occitanie",
    "auvergnerhonealpes",
    "provencealpescotedazur",
    "corse",
}


def recognise_fields(names: Sequence[str], file_name: str, head: bytes) -> str | None:
    """The layout of a layer with these attributes, if it is one of contours."""
    keys = {normalise(name) for name in names}
    if any(_FOREIGN.search(key) for key in keys):
        return None

    def has(spellings: Sequence[str]) -> bool:
        return any(normalise(spelling) in keys for spelling in spellings)

    if not has(_NAME):
        return None
    if has(["INSEE_COM", "codgeo", "code_commune"]):
        return "communes-contours"
    if has(["code_insee"]) and (has([*_DEP, *_REG]) or has(["canton", "statut", *_EPCI])):
        newer = {"codeinseedudepartement", "codeinseedelaregion"} & keys
        if newer == {"codeinseedelaregion"} and not has(_EPCI):
            return "departements-contours"  # ADMIN EXPRESS since 2024 has one name for all codes
        return "communes-contours"
    if has(_EPCI):
        return "epci-contours"
    if has(["INSEE_DEP"]):
        return "departements-contours"
    if has(["INSEE_REG"]):
        return "regions-contours"
    return _by_code(file_name, head) if has(["code", "code_insee", "dep", "reg"]) else None


def _by_code(file_name: str, head: bytes) -> str | None:
    """The level of a layer that only has ``code`` and ``nom``: by its file name or its values."""
    stem = normalise(file_name)
    for word, layout in (
        ("commune", "communes-contours"),
        ("epci", "epci-contours"),
        ("departement", "departements-contours"),
        ("region", "regions-contours"),
    ):
        if word in stem:
            return layout
    text = head.decode("utf-8", "ignore")
    codes = re.findall(r'"(?:code|code_insee)"\s*:\s*"(\w+)"', text)
    names = {normalise(name) for name in re.findall(r'"nom"\s*:\s*"([^"]+)"', text)}
    if not codes:
        return None
    if all(re.fullmatch(r"\d{9}", code) for code in codes):
        return "epci-contours"
    if all(len(code) == 5 for code in codes):
        return "communes-contours"
    if names and names <= _FRENCH_REGIONS and all(re.fullmatch(REGION, code) for code in codes):
        return "regions-contours"
    if all(re.fullmatch(DEPARTEMENT, code) for code in codes):
        return "departements-contours"
    return None


def recognise_contours(file: OfficialFile) -> tuple[str, str | None] | None:
    """The layout and the layer of a geographic file, if it holds contours of territories."""
    if file.compression != "zip":
        head = file.head()
        if head.startswith(b"PAR1"):
            found = recognise_fields(list_layers(file)[0].fields, file.path.name, b"")
            return (found, None) if found else None
        # The CRS of a GeoJSON file may have properties too, before the features.
        features = head.partition(b'"features"')[2]
        if first := re.search(rb'"properties"\s*:\s*\{([^}]*)\}', features):
            names = [name.decode() for name in re.findall(rb'"([^"]+)"\s*:', first.group(1))]
            found = recognise_fields(names, file.path.name, head)
            return (found, None) if found else None
        if not head.startswith((b"SQLite", b"fgb", b"\x00\x00\x27\x0a")):
            return None
    for layer in list_layers(file):
        found = recognise_fields(
            layer.fields, f"{layer.member or file.path.name} {layer.name}", b""
        )
        if found:
            return found, layer.name
    return None
