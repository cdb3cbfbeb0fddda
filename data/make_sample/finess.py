"""The same fictitious establishments in the five layouts of FINESS."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import shapely

from .admin import capitals
from .files import csv_bytes, to_wgs84, write_bytes, write_gzip
from .sites import KINDS, LABELS, SHORT, UNKNOWN, Site
from .territory import DEPARTEMENTS, Commune

MARK_507, MARK_502 = "finess;etalab;94;", "finess;etalab;93;"
CRS_NEW = {
    2154: "EPSG:2154 RGF93 / Lambert-93 (Métropole)",
    5490: "EPSG:5490 RGAF09/UTM Zone 20N (Antilles)",
}
CRS_OLD = {2154: "LAMBERT_93", 5490: "UTM_N20"}
VINTAGE, OLD_VINTAGE = "2026-01-05", "2021-01-07"
CEDEX_POSTAL = "96009"


def _letter(commune: Commune) -> tuple[str, str]:
    """FINESS code of the département, and the commune's three characters."""
    return ("9A" if commune.departement == "971" else "96"), commune.code[-3:]


def _line(site: Site) -> str:
    if site.cedex:
        return f"{CEDEX_POSTAL} {capitals(site.commune.name)} CEDEX 9"
    return f"{site.commune.postal} {capitals(site.commune.name)}"


def structure_line(site: Site, short: str | None = None) -> str:
    departement, commune = _letter(site.commune)
    fields = [""] * 32
    fields[0:4] = ["structureet", site.number, site.legal, site.name]
    fields[4] = f"{site.name} - DONNEE FICTIVE"
    fields[7:10] = [str(site.street_number), "R", site.street]
    fields[12:14] = [short or commune, departement]
    fields[14:16] = [capitals(DEPARTEMENTS[site.commune.departement]), _line(site)]
    fields[18:20] = [site.category, LABELS[site.category]]
    fields[28:31] = [site.opened, site.opened, VINTAGE]
    return ";".join(fields)


def position_line(site: Site, names: dict[int, str], *, strict: bool = True) -> str | None:
    """The line of block 2; ``strict`` leaves the planted faults in."""
    if strict and site.fault == "no_coordinates":
        return None
    x, y = site.place
    score = "." if site.score is None else str(site.score)
    level = "1" if site.base == "BAN" else "4"
    pair, crs = (f"{x:.1f}", f"{y:.1f}"), names[site.commune.epsg]
    if strict and site.fault == "swapped_coordinates":
        pair = (pair[1], pair[0])
    if strict and site.fault == "unknown_crs":
        crs = "PROJECTION INCONNUE (FICTIVE)"
    source = f"{level},ATLASANTE,{score},{site.base},{crs}"
    if strict and site.fault == "empty_coordinates":
        pair, source = ("", ""), ""
    return f"geolocalisation;{site.number};{pair[0]};{pair[1]};{source};{VINTAGE}"


def _located(sites: list[Site], names: dict[int, str], day: str, *, strict: bool) -> str:
    lines = [MARK_507 + day]
    for site in sites:
        lines.append(structure_line(site))
        if strict and site.fault == "duplicate_number":
            lines.append(structure_line(replace(site, name="MSP EN DOUBLE (FICTIF)")))
    found = [position_line(site, names, strict=strict) for site in sites]
    lines += [line for line in found if line]
    if strict:  # a position whose establishment is in no other line
        crs = names[2154]
        lines.append(
            f"geolocalisation;960999994;231000.0;6561000.0;1,ATLASANTE,97,BAN,{crs};{VINTAGE}"
        )
    return "\n".join(lines) + "\n"


def _flat(sites: list[Site]) -> bytes:
    header = (
        "numero_finess_etablissement;numero finess etablissement juridique;raison_sociale;"
        "rslongue;complrs;numvoie;typvoie;voie;compvoie;compldistrib;lieuditbp;code_commune;"
        "ligneacheminement;departement;libelle_departement;categetab;categorie;siret;codeape;"
        "coordxet;coordyet;dateouv;dateautor;longitude;latitude;type d etablissements;code_insee"
    )
    rows = []
    for s in sites:
        departement, commune = _letter(s.commune)
        where: list[Any] = ["", "", "", ""]
        if s.positioned:
            where = [*s.place, *_degrees(s)]
        row: list[Any] = [s.number, s.legal, s.name, f"{s.name} - DONNEE FICTIVE", ""]
        row += [s.street_number, "R", s.street, "", "", "", commune, _line(s), departement]
        row += [
            capitals(DEPARTEMENTS[s.commune.departement]),
            s.category,
            LABELS[s.category],
            "",
            "",
        ]
        row += [*where[:2], s.opened, s.opened, *where[2:], "Données fictives", s.commune.code]
        rows.append(row)
    return csv_bytes(header, rows, sep=";")


def _degrees(site: Site) -> tuple[float, float]:
    held = to_wgs84(shapely.Point(site.place), site.commune.epsg, 7)
    return held.x, held.y


def _address(site: Site, k: int) -> list[dict[str, Any]]:
    """Addresses of a site; that of practice (03) is not always the first."""
    base: dict[str, Any] = {
        "usageAdresse": "03",
        "numeroVoie": str(site.street_number),
        "typeVoie": "R",
        "libelleVoie": site.street,
        "complementVoie": None if k % 2 else "",
        "complementPointGeographique": None,
        "lieuDit": None,
        "cogCommune": site.commune.code,
        "codePostal": site.commune.postal,
        "ligneAcheminement": capitals(site.commune.name),
        "ligneUne": site.name,
        "ligneQuatre": f"{site.street_number} R {site.street}",
        "coordonneesGeographique": None,
    }
    if site.positioned and k % 11 != 5:
        lon, lat = (f"{v:.6f}" for v in _degrees(site))
        x, y = (f"{v:.2f}" for v in site.place)
        if k % 3:  # degrees in X and Y
            pair = {"coordonneeX": lon, "coordonneeY": lat}
            pair |= {"directionLatitude": y, "directionLongitude": x}
        else:  # the reverse, northing first, as in most of the live feed
            pair = {"coordonneeX": y, "coordonneeY": x}
            pair |= {"directionLatitude": lat, "directionLongitude": lon}
        key = site.commune.code
        if site.base == "BAN":
            key += f"_{1000 + k % 90:04d}_{site.street_number:05d}"
        score = 0.94 if site.score is None else site.score / 100
        pair |= {"cleInInteropBAN": key, "scoreBAN": f"{score:.2f}"}
        base["coordonneesGeographique"] = pair
    if k % 7 == 2:
        reception = {"usageAdresse": "06", "libelleVoie": "DU COURRIER"}
        return [base | reception | {"coordonneesGeographique": None}, base]
    return [base]


def _feed(sites: list[Site]) -> bytes:
    people: dict[str, dict[str, Any]] = {}
    for k, site in enumerate(sites):
        owner = people.setdefault(
            site.legal,
            {
                "informationsGeneralesPMEJ": {
                    "pmSmsseId": str(50_000 + len(people)),
                    "numFinessPm": site.legal,
                    "denominationLonguePmSmsse": "PERSONNE MORALE FICTIVE",
                },
                "etatObjet": "A",
                "ege": [],
            },
        )
        opened = None if site.opened == "1900-01-01" else site.opened
        owner["ege"].append(
            {
                "informationsGeneralesEGE": {
                    "egeId": str(90_000 + k),
                    "numFinessEge": site.number,
                    "nomEgeCourt": site.name,
                    "nomEgeLong": f"{site.name} - DONNEE FICTIVE",
                    "siret": None if k % 2 else "",
                    "dateOuverture": opened,
                    "dateFermeture": site.closed or None,
                },
                "categorieentiteGeographiqueExercice": site.category,
                "etatObjet": "I" if site.closed else "A",
                "adresse": _address(site, k),
                "contact": [],
            }
        )
    feed = {
        "schemaVersion": "1.0.0-fictif",
        "generatedAt": "2026-08-13T02:07:19Z",
        "pmej": list(people.values()),
        "gco": [],
        "gcc": [],
    }
    return json.dumps(feed, ensure_ascii=False, separators=(",", ":")).encode()


def write(folder: Path, sites: list[Site], merged: str) -> None:
    now = [s for s in sites if not s.closed]
    path = folder / "etalab-cs1100507-stock-20260105-0337.csv"
    write_bytes(path, _located(now, CRS_NEW, VINTAGE, strict=True).encode())

    then = [s for s in sites if s.opened <= OLD_VINTAGE]
    text = _located(then, CRS_OLD, OLD_VINTAGE, strict=False).replace(VINTAGE, OLD_VINTAGE)
    # One establishment still stands in the commune that was merged in 2024.
    host = next(s for s in then if s.commune.name == "Sosie-et-Jumelle")
    lines = [structure_line(host, c).replace(VINTAGE, OLD_VINTAGE) for c in (None, merged)]
    text = text.replace(lines[0], lines[1])
    write_bytes(folder / "etalab-cs1100507-stock-20210107-0341.csv", text.encode("cp1252"))

    pharmacies = [s.number for s in now if s.category == "620"]
    lines = [structure_line(s) for s in now if s.number not in pharmacies[-2:]]
    extra = replace(now[-1], legal="960900991", opened="2025-11-03")
    for number, category in (("960800003", "124"), ("960800011", "620"), ("960800029", "620")):
        name = f"{SHORT[category]} SANS POSITION (FICTIF)"
        lines.append(structure_line(replace(extra, number=number, category=category, name=name)))
    text = "\n".join([MARK_502 + VINTAGE, *lines]) + "\n"
    write_bytes(folder / "etalab-cs1100502-stock-20260105-0337.csv", text.encode())

    write_gzip(folder / "etablissements_fictif_2026.csv.gz", _flat(now))
    write_gzip(folder / "finess-structures-mensuel-202608.json.gz", _feed(sites))


def summary(sites: list[Site]) -> dict[str, Any]:
    now = [s for s in sites if not s.closed]
    return {
        "etablissements": len(now),
        "par_type": {k: sum(s.category == c for s in now) for c, k in KINDS.items()},
        "sans_precision": sum(s.precision == UNKNOWN for s in now),
    }
