"""The fictitious QPV in the layouts of their publishers, faults included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
import shapely.affinity
from shapely.geometry import Polygon, mapping

from .files import csv_bytes, geojson_bytes, shapefile, to_wgs84, write_bytes, write_zip
from .qpv import Quartier
from .territory import DEPARTEMENTS, EPCI, REGION, REGION_NAME, SEED

NOTE = (
    "DONNÉES FICTIVES - FICTITIOUS DATA. Aucun de ces quartiers n'existe. "
    "None of these districts exists.\n"
)


def _facts(q: Quartier) -> dict[str, str]:
    home = q.communes[0]
    return {
        "code_qp": str(q.code_2024),
        "lib_qp": q.name,
        "insee_reg": REGION,
        "lib_reg": REGION_NAME,
        "insee_dep": home.departement,
        "lib_dep": DEPARTEMENTS[home.departement],
        "insee_com": ", ".join(c.code for c in q.communes),
        "lib_com": ", ".join(c.name for c in q.communes),
        "siren_epci": home.epci,
    }


def _multi(shape: Any) -> dict[str, Any]:
    found = dict(mapping(shape))
    if found["type"] == "Polygon":
        found = {"type": "MultiPolygon", "coordinates": [found["coordinates"]]}
    return found


def _layer_2024(held: list[Quartier], epsg: int) -> gpd.GeoDataFrame:
    shapes = []
    for q in held:
        shape = q.shape_2024
        if q.written_2024 is not None and q.name == "Champ-Gabarit":
            shape = Polygon([shape.exterior.coords[0]] * 4)
        elif q.written_2024 is not None:
            ring = np.round(np.array(q.written_2024["coordinates"][0]), 7)
            shape = shapely.transform(Polygon(ring), _projector(epsg))
        shapes.append(shape)
    return gpd.GeoDataFrame([_facts(q) for q in held], geometry=shapes, crs=epsg)


def _projector(epsg: int) -> Any:
    change = pyproj.Transformer.from_crs(4326, epsg, always_xy=True)
    return lambda points: np.round(np.column_stack(change.transform(*points.T)), 1)


def _rows_2015(held: list[Quartier]) -> list[dict[str, Any]]:
    return [
        {
            "CODE_QP": q.code_2015,
            "NOM_QP": q.name.replace("œ", "oe"),  # latin-1 has no ligature
            "COMMUNE_QP": ", ".join(c.name for c in q.communes),
        }
        for q in held
    ]


def write(folder: Path, made: list[Quartier]) -> None:
    new = [q for q in made if q.code_2024]
    features = []
    for fid, q in enumerate(new, 1):
        shape = q.written_2024 or _multi(to_wgs84(q.shape_2024, q.epsg))
        features.append(({"fid": fid, **_facts(q)}, shape))
    name = "QP2024_France_Hexagonale_Outre_Mer_WGS84"
    members = {
        "LISEZ-MOI_FICTIF.txt": NOTE.encode(),
        f"GEOJSON/{name}.geojson": geojson_bytes(features, f"{name}_FICTIF"),
    }
    layers = (("QP2024_France_hexagonale_LB93", 2154), ("QP2024_Guadeloupe_RGAF09_UTM20N", 5490))
    for stem, epsg in layers:
        parts = shapefile(stem, _layer_2024([q for q in new if q.epsg == epsg], epsg), "UTF-8")
        members |= {f"SHP/{part}": data for part, data in parts.items()}
    write_zip(folder / "QP2024_fictif.zip", members)

    old = [q for q in made if q.code_2015 and q.epsg == 2154]
    rows = _rows_2015(old)
    right = gpd.GeoDataFrame(rows, geometry=[q.shape_2015 for q in old], crs=2154)
    # As in the real archive: the layer in degrees lies about 50 m too far east.
    moved = [to_wgs84(shapely.affinity.translate(q.shape_2015, 50.0), 2154) for q in old]
    wrong = gpd.GeoDataFrame(rows, geometry=moved, crs=4326)
    members = {"LISEZ-MOI_FICTIF.txt": NOTE.encode()}
    for stem, layer in (("QPV", right), ("QPV_WGS84", wrong)):
        parts = shapefile(stem, layer, "ISO-8859-1")
        # The real archive has no .cpg: its reader must find latin-1 in the dbf itself.
        members |= {part: data for part, data in parts.items() if not part.endswith(".cpg")}
    write_zip(folder / "qp2015_fictif.zip", members)

    far = [q for q in made if q.code_2015 and q.epsg == 5490]
    columns = [
        {
            "Code_du_qu": q.code_2015,
            "Nom_du_qua": q.name,
            "Commune": q.communes[0].name,
            "Code_INSEE": q.communes[0].code,
            "EPCI": EPCI[q.communes[0].epci][0],
            "Departemen": "OUTRE-MER FICTIF",
            "Region": "REGION FICTIVE",
        }
        for q in far
    ]
    shapes = [to_wgs84(q.shape_2015, 5490, 7) for q in far]
    members = {"LISEZ-MOI_FICTIF.txt": NOTE.encode()}
    layer = gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)
    parts = shapefile("qpv2015_outremer_fictif", layer, "UTF-8")
    # The real file fills the eleven bytes of a field's name; GDAL writes ten.
    table = parts["qpv2015_outremer_fictif.dbf"]
    for short, last in ((b"Code_du_qu", b"a"), (b"Nom_du_qua", b"r"), (b"Departemen", b"t")):
        table = table.replace(short + b"\0", short + last, 1)
    parts["qpv2015_outremer_fictif.dbf"] = table
    members |= parts
    write_zip(folder / "qp2015_outremer_fictif.zip", members)
    _write_tables(folder, new)


def _write_tables(folder: Path, new: list[Quartier]) -> None:
    head = "code_qp;lib_qp;insee_reg;lib_reg;insee_dep;lib_dep;insee_com;lib_com;"
    lines = [head + "siren_epci;lib_epci"]
    for q in new:
        facts = _facts(q)
        if len(q.communes) > 1:
            codes, names = (
                ";".join(c.code for c in q.communes),
                ";".join(c.name for c in q.communes),
            )
            # Wrapped for a spreadsheet, quotes doubled, as in the official list.
            facts |= {"insee_com": f'"=""{codes}"""', "lib_com": f'"{names}"'}
        lines.append(";".join([*facts.values(), EPCI[q.communes[0].epci][0]]))
    write_bytes(folder / "qpv2024_liste_fictif.csv", ("\n".join(lines) + "\n").encode())

    header = (
        "COG,lib_com,codeQPV,lib_qp,insee_reg,lib_reg,insee_dep,lib_dep,siren_epci,lib_epci,"
        "popMuniQPV,indiceJeunesse,nombre_menages,nombre_logements_sociaux,"
        "taux_logements_sociaux,taux_d_emploi,taux_pauvrete_60%,personnes_couvertes_CAF,"
        "allocataires_CAF,RSA_socle"
    )
    rng, rows = np.random.default_rng([SEED, 4]), []
    for q in new:
        drawn = rng.uniform(0, 1, 8)
        if q.code_2024 == "QN97192N":
            continue  # one district without a published population
        for home in q.communes:
            row: list[Any] = [home.code, home.name, q.code_2024, q.name, f"{REGION}.0", REGION_NAME]
            row += [home.departement, DEPARTEMENTS[home.departement], home.epci]
            row += [EPCI[home.epci][0], q.population]
            if q.epsg == 2154:
                homes = q.population / 2.3
                row += [round(0.8 + drawn[0], 1), float(round(homes))]
                row += [float(round(homes * (0.5 + drawn[1] / 3))), round(50 + 40 * drawn[1], 2)]
                row += [round(35 + 20 * drawn[2], 1), round(32 + 22 * drawn[3], 1)]
                row += [float(round(q.population * (0.5 + drawn[4] / 4)))]
                row += [float(round(q.population * 0.25)), float(round(q.population * 0.08))]
            else:
                row += [None] * 9
            rows.append(row)
    write_bytes(folder / "qpv2024_indicateurs_insee_fictif.csv", csv_bytes(header, rows))
