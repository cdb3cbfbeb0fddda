"""Codes, contours and inhabitants of the fictitious communes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from shapely.geometry import mapping

from .files import csv_bytes, geojson_bytes, to_wgs84, write_bytes, write_parquet
from .names import MERGED_NAME
from .qpv import Quartier
from .territory import DEPARTEMENTS, EPCI, REGION, REGION_NAME, SEED, Commune, union_of

MERGED_CODE, MERGED_ON = "96037", "2024-01-01"
ARTICLES = (("L'", 5), ("La ", 3), ("Les ", 4))


def capitals(text: str) -> str:
    """As postal lines and INSEE write a name: no accents, no hyphens, no apostrophes."""
    return text.upper().replace("Œ", "OE").translate(str.maketrans("ÉÈÊÎÔÂÇ'-", "EEEIOAC  "))


def spelled(name: str) -> tuple[int, str, str]:
    """TNCC, NCC and NCCENR as INSEE writes them."""
    kind, rich = (1 if name[0] in "AEIOUYÉ" else 0), name
    for article, code in ARTICLES:
        if name.startswith(article):
            kind, rich = code, name[len(article) :]
    return kind, capitals(rich), rich


def _codes(folder: Path, communes: list[Commune]) -> None:
    head = "TYPECOM,COM,REG,DEP,CTCD,ARR,TNCC,NCC,NCCENR,LIBELLE,CAN,COMPARENT"
    rows: list[list[Any]] = []
    for c in communes:
        dep = c.departement
        rows.append(["COM", c.code, REGION, dep, f"{dep}D", c.arrondissement, *spelled(c.name)])
        rows[-1] += [c.name, f"{dep}01", ""]
    host = next(c for c in communes if c.name == "Sosie-et-Jumelle")
    for code, name in ((host.code, host.name), (MERGED_CODE, MERGED_NAME)):
        rows.append(["COMD", code, "", "", "", "", *spelled(name), name, "", host.code])
    write_bytes(folder / "communes_fictif.csv", csv_bytes(head, rows, eol="\r\n"))

    head = "MOD,DATE_EFF,TYPECOM_AV,COM_AV,TNCC_AV,NCC_AV,NCCENR_AV,LIBELLE_AV,TYPECOM_AP,COM_AP,"
    head += "TNCC_AP,NCC_AP,NCCENR_AP,LIBELLE_AP"
    after = ["COM", host.code, *spelled(host.name), host.name]
    rows = []
    for code, name in ((host.code, host.name), (MERGED_CODE, MERGED_NAME)):
        before = [code, *spelled(name), name]
        rows.append([32, MERGED_ON, "COM", *before, *after])
        rows.append([32, MERGED_ON, "COM", *before, "COMD", *before])
    write_bytes(folder / "mouvements-communes_fictif.csv", csv_bytes(head, rows, eol="\r\n"))

    towns = {"96": communes[0], "971": next(c for c in communes if c.departement == "971")}
    rows = [[d, REGION, towns[d].code, *spelled(n), n] for d, n in DEPARTEMENTS.items()]
    head = "DEP,REG,CHEFLIEU,TNCC,NCC,NCCENR,LIBELLE"
    write_bytes(folder / "departements_fictif.csv", csv_bytes(head, rows, eol="\r\n"))
    rows = [[REGION, towns["96"].code, *spelled(REGION_NAME), REGION_NAME]]
    head = "REG,CHEFLIEU,TNCC,NCC,NCCENR,LIBELLE"
    write_bytes(folder / "regions_fictif.csv", csv_bytes(head, rows, eol="\r\n"))
    seats = {"961": "Exempleville", "962": "Étalon-le-Château", "9719": "Anse-Fictive"}
    found = {c.name: c for c in communes}
    rows = [
        [a, found[n].departement, REGION, found[n].code, *spelled(n), f"{n} (fictif)"]
        for a, n in seats.items()
    ]
    head = "ARR,DEP,REG,CHEFLIEU,TNCC,NCC,NCCENR,LIBELLE"
    write_bytes(folder / "arrondissements_fictif.csv", csv_bytes(head, rows, eol="\r\n"))

    head = "siren,raison_sociale,nature_juridique,insee,nom_membre,pmun_2024,ptot_2024"
    rows = [
        [s, *EPCI[s], c.code, c.name, float(c.population), float(c.total_population)]
        for s in EPCI
        for c in communes
        if c.epci == s
    ]
    write_bytes(folder / "epcicom2024_fictif.csv", csv_bytes(head, rows))
    head = "REG;Région;DEP;CODARR;CODCAN;CODCOM;COM;Commune;PMUN;PCAP;PTOT"
    rows = []
    for c in communes:
        row: list[Any] = [REGION, REGION_NAME, c.departement, c.arrondissement[-1], "01"]
        row += [c.code[-3:], c.code, c.name, c.population]
        rows.append([*row, c.total_population - c.population, c.total_population])
    data = csv_bytes(head, rows, sep=";")
    write_bytes(folder / "donnees_communes_fictif.csv", data)


def _contours(folder: Path, communes: list[Commune]) -> None:
    frame = gpd.GeoDataFrame(
        {
            "code_insee": [c.code for c in communes],
            "nom": [c.name for c in communes],
            "dep": [c.departement for c in communes],
            "reg": [REGION] * len(communes),
            "pop_municipale_2021": [float(c.population) for c in communes],
            "pop_totale_2021": [float(c.total_population) for c in communes],
            "siren_epci": [c.epci for c in communes],
            "nom_epci": [EPCI[c.epci][0] for c in communes],
        },
        geometry=[to_wgs84(c.polygon, c.epsg) for c in communes],
        crs=4326,
    )
    write_parquet(folder / "communes_fictif.parquet", frame)
    groups = {s: [c for c in communes if c.epci == s] for s in EPCI}
    frame = gpd.GeoDataFrame(
        {"siren_epci": list(EPCI), "nom": [EPCI[s][0] for s in EPCI], "regs": [REGION] * len(EPCI)},
        geometry=[to_wgs84(union_of(g), g[0].epsg) for g in groups.values()],
        crs=4326,
    )
    write_parquet(folder / "epci_fictif.parquet", frame)
    shapes: dict[str, Any] = {}
    for code in DEPARTEMENTS:
        held = [c for c in communes if c.departement == code]
        shapes[code] = to_wgs84(union_of(held), held[0].epsg, 5)
    features = [({"code": c, "nom": n}, mapping(shapes[c])) for c, n in DEPARTEMENTS.items()]
    write_bytes(folder / "departements_fictif.geojson", geojson_bytes(features))
    parts = [p for s in shapes.values() for p in getattr(s, "geoms", [s])]
    whole = mapping(shapely.MultiPolygon(parts))
    features = [({"code": REGION, "nom": REGION_NAME}, whole)]
    write_bytes(folder / "regions_fictif.geojson", geojson_bytes(features))


def _squares(folder: Path, communes: list[Commune], made: list[Quartier]) -> None:
    """Inhabitants on the 200 m squares of the European grid, for the town and its suburbs."""
    rng = np.random.default_rng([SEED, 6])
    homes = [c for c in communes if c.epci == "999600011"]
    change = pyproj.Transformer.from_crs(3035, 2154, always_xy=True)
    back = pyproj.Transformer.from_crs(2154, 3035, always_xy=True)
    x, y = back.transform(*shapely.get_coordinates(union_of(homes)).T)
    west, south = (int(v // 200 * 200) for v in (x.min(), y.min()))
    east, north = (int(v // 200 * 200) for v in (x.max(), y.max()))
    steps = np.meshgrid(np.arange(west, east + 1, 200), np.arange(south, north + 1, 200))
    corners = np.column_stack([s.ravel() for s in steps])
    middle = np.column_stack(change.transform(*(corners.T + 100)))
    poor = shapely.union_all([q.shape_2024 for q in made if q.epsg == 2154 and q.code_2024])
    rows: list[dict[str, Any]] = []
    shapes = []
    for home in homes:
        chosen = np.flatnonzero(shapely.contains_xy(home.polygon, middle[:, 0], middle[:, 1]))
        away = np.hypot(*(middle[chosen] - np.array(home.centre)).T)
        scale = 1_900 if home is homes[0] else 900
        weight = np.exp(-away / scale) * rng.lognormal(0, 0.45, len(chosen))
        in_qpv = shapely.contains_xy(poor, middle[chosen, 0], middle[chosen, 1])
        weight = np.where(in_qpv, weight * 1.8, weight)
        weight[weight < np.quantile(weight, 0.22 if home is homes[0] else 0.6)] = 0
        people = np.floor(weight / weight.sum() * home.population * 2) / 2
        people[int(np.argmax(people))] += home.population - people.sum()
        for k in np.flatnonzero(people):
            e, n = (int(v) for v in corners[chosen[k]])
            ring = np.array([(e, n), (e, n + 200), (e + 200, n + 200), (e + 200, n), (e, n)])
            moved = np.column_stack(change.transform(*ring.T))
            shapes.append(shapely.Polygon(np.round(moved, 1)))
            poverty = rng.beta(6, 7) if in_qpv[k] else rng.beta(2, 12)
            rows.append(
                {
                    "id": f"CRS3035RES200mN{n}E{e}",
                    "imputed": np.int32(people[k] < 40),
                    "num_people": float(people[k]),
                    "mean_std_living": round(float(29_000 - 20_000 * poverty), 1),
                    "poverty_ratio": round(float(poverty), 4),
                }
            )
    frame = gpd.GeoDataFrame(rows, geometry=shapes, crs=2154)
    write_parquet(folder / "carreaux200m_fictif.parquet", frame.sort_values("id", kind="stable"))


def write(folder: Path, communes: list[Commune], made: list[Quartier]) -> None:
    _codes(folder / "cog", communes)
    _contours(folder / "territories", communes)
    _squares(folder / "population", communes, made)
