"""Zonage médecin, APL, official series, CPTS and declared quartiers vécus, all fictitious."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import mapping

from .admin import spelled
from .files import csv_bytes, geojson_bytes, to_wgs84, workbook_bytes, write_bytes, write_parquet
from .names import ISLAND_NAME
from .qpv import Quartier
from .sites import Site
from .territory import DEPARTEMENTS, REGION, REGION_NAME, SEED, Commune

#: Pole of each territoire de vie-santé and the class that the fictitious order gives it.
POLES = {
    "Exempleville": "HZ",
    "Port-Fictif": "ZAC",
    "Étalon-le-Château": "ZAC",
    "Gabarit": "ZIP",
    "Canevas": "ZIP",
    "Variante": "ZV",
    "Anse-Fictive": "ZAC",
    "Trois-Exemples": "ZIP",
}
LONG = {"ZIP": "ZIP", "ZAC": "ZAC", "ZV": "Zone de vigilance", "HZ": "Hors vivier"}
#: Districts whose class is not that of their commune; the last has lost its value.
QPV_CLASS = {
    "QN09601M": "ZIP",
    "QN09602M": "ZIP",
    "QN09603N": "ZAC",
    "QN09604M": "ZAC",
    "QN09606M": "ZIP",
    "QN09609M": "ZAC",
    "QN09610I": "ZIP",
    "QN97191M": "ZIP",
    "QN09607I": 0,
}
DECLARED_ON = "2025-03-31"
DECLARER = "ARS fictive du Val-d'Exemple"


def tvs_of(communes: list[Commune]) -> dict[str, Commune]:
    """Each commune's pole: the nearest on its side of the sea."""
    poles = [c for c in communes if c.name in POLES]
    found = {}
    for c in communes:
        same = [p for p in poles if p.epsg == c.epsg]
        away = {p.code: math.dist(p.centre, c.centre) for p in same}
        found[c.code] = min(same, key=lambda p: away[p.code])
    return found


def _tvs_code(pole: Commune) -> str:
    return "9690" if pole.name == "Variante" else pole.code  # codes may be shorter than five


def _zonage(folder: Path, communes: list[Commune], made: list[Quartier]) -> None:
    pole = tvs_of(communes)
    classes = {c.code: POLES[pole[c.code].name] for c in communes}
    short = {"ZIP": "1_ZIP", "ZAC": "2_ZAC", "HZ": "3_HZ", "ZV": "3_HZ"}
    rows: list[list[Any]] = []
    for c in communes:
        name = {"Brouillon-la-Forêt": "Brouilon-la-Foret"}.get(c.name, c.name)
        value = {"L'Île-d'Essai": "4_ZAR", "Pseudonyme": "N/A"}.get(c.name, short[classes[c.code]])
        rows.append([c.postal, name, value])
        if c.name == "Exempleville":  # a town with several postal codes, one line each
            rows += [["96050", name, value], ["96080", name, value]]
        if c.name == "Sosie-et-Jumelle":
            rows.append(rows[-1])
    data = csv_bytes("Code_postal,Nom_commune,Zonage", rows, eol="\r\n")
    write_bytes(folder / "zonage_communes_fictif.csv", data)

    rows = []
    for c in communes:
        place = [c.code, DEPARTEMENTS[c.departement], c.name, _tvs_code(pole[c.code]), REGION_NAME]
        rows.append(place)
    data = csv_bytes("insee,departement,commune,tvs,region", rows)
    write_bytes(folder / "correspondance-tvs-communes-fictif.csv", data)

    codes = {"ZIP": "1_ZIP", "ZAC": "2_ZAC", "ZV": "5_ZV", "HZ": "6_HZ"}
    special = {"Exempleville": "3_QPV_ZIP", "Port-Fictif": "4_QPV_ZAC"}
    special |= {"Morne-Modèle": "7_GQ_ZAC", "Rivière-Témoin": "8_GQ_ZIP"}
    rows = [[c.code, c.name, special.get(c.name, codes[classes[c.code]])] for c in communes]
    data = csv_bytes("Code,Libellé,Zonage_MG", rows)
    write_bytes(folder / "cartosante_fictif.csv", data)
    write_bytes(folder / "zonage_qpv_fictif.xlsx", _workbook(communes, made, pole))


def _workbook(communes: list[Commune], made: list[Quartier], pole: dict[str, Commune]) -> bytes:
    where = ["Code de la région", "Libellé de la région"]
    where += ["Code du territoire de vie-santé", "Libellé du territoire de vie-santé"]
    national = "Qualification nationale issue de la concertation de 2017"
    order = "Qualification attribuée par l'arrêté régional"

    def head(p: Commune) -> list[Any]:
        return [REGION, REGION_NAME, _tvs_code(p), f"{p.name} (fictif)"]

    tvs: list[list[Any]] = [[*where, national, order, "Population totale (2016)"]]
    for p in sorted({p.code: p for p in pole.values()}.values(), key=lambda c: c.code):
        people = sum(c.total_population for c in communes if pole[c.code] is p)
        tvs.append([*head(p), "Vivier", LONG[POLES[p.name]], people])
    rows: list[list[Any]] = [
        ["Identifiant unique", *where, "Code de la commune", "Libellé de la commune"]
    ]
    rows[0] += [national, order, "Population totale (2016)"]
    for c in communes:
        p = pole[c.code]
        value: Any = 0 if c.name == "Pseudonyme" else LONG[POLES[p.name]]
        rows.append([f"{_tvs_code(p)}{c.code}", *head(p), c.code, c.name, "Vivier", value])
        rows[-1].append(c.total_population)
    qpv: list[list[Any]] = [[*where, "Code du quartier prioritaire", "Nom du quartier prioritaire"]]
    qpv[0] += ["Qualification attribuée au QPV par l'arrêté régional", "Population du QPV"]
    for q in made:
        if q.code_2024 in QPV_CLASS:
            row = [*head(pole[q.communes[0].code]), q.code_2024, q.name]
            qpv.append([*row, QPV_CLASS[q.code_2024], q.population])
    # A district of the 2015 list that is no longer in force.
    old = next(q for q in made if q.code_2015 == "QP096013")
    qpv.append([*head(pole[old.communes[0].code]), old.code_2015, old.name, "ZAC", old.population])
    return workbook_bytes({"Zonage_TVS": tvs, "Zonage_communes": rows, "Zonage_QPV": qpv})


def _islands(folder: Path, communes: list[Commune]) -> None:
    """The communes on islands: one of the fictitious territory, and one that it does not have."""
    rows = [[c.code, c.name, "2015-01-01", ""] for c in communes if c.name == ISLAND_NAME]
    rows.append(["96098", "Île-sans-Commune (fictive)", "", ""])
    data = csv_bytes("code_insee,ile,valid_from,valid_to", rows)
    write_bytes(folder / "iles_fictif.csv", data)


def _apl(folder: Path, communes: list[Commune]) -> None:
    rng = np.random.default_rng([SEED, 7])
    pole = tvs_of(communes)
    level = {"ZIP": 1.9, "ZAC": 2.8, "ZV": 3.6, "HZ": 4.2}
    apl = [round(float(level[POLES[pole[c.code].name]] + rng.normal(0, 0.35)), 3) for c in communes]
    held = [None if c.name == "Esquisse" else a for c, a in zip(communes, apl, strict=True)]
    frame = pd.DataFrame(
        {
            "codgeo": [c.code for c in communes],
            "apl_mg": pd.array(held, dtype="Float64").to_numpy(float, na_value=np.nan),
            "dept": [c.departement for c in communes],
            "population": [float(c.total_population) for c in communes],
            "reg": [REGION] * len(communes),
        }
    )
    write_parquet(folder / "apl_communes_fictif.parquet", frame)
    title = "DONNÉES FICTIVES - Accessibilité potentielle localisée (APL) aux médecins généralistes"
    warning = f"{REGION_NAME} : aucune de ces valeurs n'est réelle"
    lines = [title, warning, "", "Millésime fictif 2023", "", "Disposition de la DREES", "", ""]
    notes: list[list[Any]] = [[line] for line in lines]
    general = "APL aux médecins généralistes"
    head = ["Code commune INSEE", "Commune", general, f"{general} de 65 ans et moins "]
    head += [f"{general} de 62 ans et moins", f"{general} de 60 ans et moins"]
    head += ["Population standardisée 2021 pour la médecine générale", "Population totale 2021"]
    unit = "en nombre de consultations/visites accessibles par habitant standardisé"
    rows: list[list[Any]] = [[None, None, *[unit] * 4, *["en nombre d'habitants"] * 2]]
    for c, a in zip(communes, held, strict=True):
        values = [None if a is None else round(a * f, 3) for f in (1, 0.9, 0.84, 0.8)]
        standard = round(c.total_population * float(rng.uniform(0.94, 1.08)), 1)
        rows.append([c.code, c.name, *values, standard, c.total_population])
    notes += [head, *rows, [None], ["Lecture : valeurs inventées par le script data/make_sample."]]
    notes += [["Champ : territoire fictif."], ["Source : aucune (données fictives)."]]
    write_bytes(folder / "apl_drees_fictif.xlsx", workbook_bytes({"APL 2023": notes}))


def _barometre(folder: Path, sites: list[Site]) -> None:
    measure = "Doubler le nombre de maisons de santé et de centres de santé dans les territoires"
    series = {
        "MSP": (
            "Nombre de maisons de santé pluri-professionnelles",
            "nb-maisons-sante",
            "maisons de santé",
        ),
        "CDS": ("Nombre de centres de santé", "nb-centres-sante", "centres de santé"),
    }
    head = "maille,mesure,indicateur,id_indicateur,code_region,libelle_region,date,valeur,unite,"
    head += "maille_geographique,code_departement,libelle_departement"
    rows: list[list[Any]] = []
    for kind, (label, ident, unit) in series.items():
        dates = [f"{y}-{d}" for y in range(2017, 2023) for d in ("06-30", "12-31")]
        dates = [d for d in dates if kind == "MSP" or (d.endswith("12-31") and d < "2022")]
        for day in dates:
            for code in (REGION, *DEPARTEMENTS):
                counted = [s for s in sites if s.kind == kind and "1900-01-01" < s.opened <= day]
                counted = [s for s in counted if not s.closed or s.closed > day]
                if code != REGION:
                    counted = [s for s in counted if s.commune.departement == code]
                value = float(len(counted))
                if kind == "CDS" and code == REGION and day in ("2017-12-31", "2019-12-31"):
                    value -= 1  # one unit short of its départements, as the official sums are
                row: list[Any] = [measure, label, ident]
                if code == REGION:
                    rows.append(["region", *row, code, REGION_NAME, day, value, unit, "", "", ""])
                else:
                    place = [code, DEPARTEMENTS[code]]
                    rows.append(["departement", *row, "", "", day, value, unit, "", *place])
    write_bytes(folder / "barometre_fictif.csv", csv_bytes(head, rows))


def _cpts(folder: Path, communes: list[Commune], sites: list[Site]) -> None:
    seats = [s for s in sites if s.kind == "CPTS"]
    states = ["ACI signé", "projet validé", "lettre d'intention", "ACI signé"]
    rows: list[list[Any]] = []
    for c in communes:
        same = [(s, v) for s, v in zip(seats, states, strict=True) if s.commune.epsg == c.epsg]
        away = [math.dist(s.place, c.centre) for s, _ in same]
        seat, state = same[away.index(min(away))]
        if c.name in ("Variante", "Esquisse"):
            continue  # nobody's territory yet
        name = f"CPTS de {spelled(seat.commune.name)[2]} (fictive)"
        rows.append([c.code, c.name, seat.number, name, state])
    head = "code_insee;nom_commune;code_cpts;nom_cpts;maturite"
    write_bytes(folder / "cpts_communes_fictif.csv", csv_bytes(head, rows, sep=";"))


def perimeters(made: list[Quartier]) -> dict[str, Any]:
    """Declared quartier vécu of some districts: what lies around, cut along no circle."""
    rng = np.random.default_rng([SEED, 8])
    found = {}
    for q in made:
        if q.code_2024 in ("QN09601M", "QN09604M", "QN09612M", "QN97191M"):
            ring = shapely.convex_hull(q.shape_2024).buffer(260, join_style="mitre")
            points = shapely.get_coordinates(ring.segmentize(420))[:-1]
            moved = np.round(points + rng.normal(0, 45, points.shape), 1)
            found[q.code_2024] = shapely.orient_polygons(shapely.Polygon(moved))
    return found


def declared(sites: list[Site], made: list[Quartier]) -> list[list[Any]]:
    """Declared structures: (finess, code_qp); three lines are faulty on purpose."""
    rows: list[list[Any]] = []
    picked = [s for s in sites if s.kind in ("MSP", "CDS") and not s.closed and not s.fault]
    zones = [q for q in made if q.code_2024]
    outside = []
    for s in picked:
        point, same = shapely.Point(s.place), [q for q in zones if q.epsg == s.commune.epsg]
        away = [float(q.shape_2024.distance(point)) for q in same]
        metres, q = min(away), same[away.index(min(away))]
        if 0 < metres < 900:
            outside.append([s.number, q.code_2024])
        elif metres == 0 and not rows:
            rows.append([s.number, q.code_2024])  # in the QPV itself: it counts there
    rows += outside[:9]
    rows += [rows[1], ["960999994", "QN09601M"]]  # a repeat, and a number without a structure
    return rows


def _quartier_vecu(folder: Path, sites: list[Site], made: list[Quartier]) -> None:
    head = "finess;code_qp;date_declaration;declarant"
    rows = [[*r, DECLARED_ON, DECLARER] for r in declared(sites, made)]
    write_bytes(folder / "declares_fictif.csv", csv_bytes(head, rows, sep=";"))
    epsg = {q.code_2024: q.epsg for q in made}
    names = {q.code_2024: q.name for q in made}
    features = []
    for code, shape in perimeters(made).items():
        facts = {"code_qp": code, "nom": f"Quartier vécu - {names[code]} (fictif)"}
        facts |= {"date_declaration": DECLARED_ON, "declarant": DECLARER}
        features.append((facts, mapping(to_wgs84(shape, epsg[code]))))
    data = geojson_bytes(features, "quartiers_vecus_declares_FICTIF")
    write_bytes(folder / "perimetres_fictif.geojson", data)


def write(folder: Path, communes: list[Commune], made: list[Quartier], sites: list[Site]) -> None:
    _zonage(folder / "zonage", communes, made)
    _islands(folder / "islands", communes)
    _apl(folder / "apl", communes)
    _barometre(folder / "barometre", sites)
    _cpts(folder / "cpts", communes, sites)
    _quartier_vecu(folder / "quartier_vecu", sites, made)
