from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd

from geo_service.core.result import Provenance
from geo_service.exchange.credit import Credit, credit_for

FINESS = Provenance(
    "finess",
    "finess",
    "flat",
    "etab.csv.gz",
    None,
    "0" * 64,
    1,
    publisher="ANS",
    title="FINESS",
    licence="Licence Ouverte 2.0",
    vintage=dt.date(2026, 1, 5),
)
QPV = dataclasses.replace(
    FINESS, source_id="qpv", file="qpv.zip", member="QPV.shp", publisher="ANCT", title="QPV 2024"
)
OSM = dataclasses.replace(
    FINESS,
    source_id="osm",
    file="o.pbf",
    publisher="OpenStreetMap",
    licence="ODbL 1.0",
    title="Extrait",
    vintage=None,
)


def test_the_line_says_producers_vintages_and_licence() -> None:
    credit = Credit((FINESS, QPV), "structures", dt.date(2026, 1, 31), version="0.1.0")
    assert credit.line("fr") == (
        "Source : ANS — FINESS (millésime 2026-01-05), ANCT — QPV 2024 (millésime 2026-01-05) ; "
        "Licence Ouverte 2.0 ; situation au 2026-01-31 ; traitement geo_service 0.1.0"
    )
    assert credit.line("en").startswith("Source: ANS — FINESS (vintage 2026-01-05), ")


def test_a_fictitious_sample_never_passes_for_official() -> None:
    credit = Credit((FINESS,), "structures", fictitious=True, version="0.1.0")
    assert credit.line("fr").startswith("DONNÉES FICTIVES")
    assert credit.line("en").startswith("FICTITIOUS DATA")
    assert credit.as_metadata()["fictitious"] is True


def test_every_licence_is_named_and_an_absent_one_too() -> None:
    none = dataclasses.replace(QPV, licence=None)
    assert Credit((FINESS, OSM, none), "x").licence("fr") == (
        "Licence Ouverte 2.0, ODbL 1.0, licence non précisée"
    )
    assert "millésime" not in Credit((OSM,), "x").line("fr")  # unknown: said in the metadata
    names = [licence["name"] for licence in Credit((FINESS, OSM), "x").as_metadata()["licenses"]]
    assert names == ["etalab-2.0", "ODbL-1.0"]


def test_a_table_is_credited_to_the_sources_of_its_rows() -> None:
    facts = {"fictitious": False, "code_version": "9.9"}
    sources = [FINESS, QPV, OSM]
    figures = pd.DataFrame({"sources": ["finess qpv", "qpv", None]})
    assert credit_for(figures, "i", facts=facts, provenance=sources).sources == (FINESS, QPV)
    rows = pd.DataFrame({"file": ["qpv.zip/QPV.shp"]})
    assert credit_for(rows, "qpv", facts=facts, provenance=sources).sources == (QPV,)
    other = pd.DataFrame({"x": [1]})
    credit = credit_for(other, "x", facts=facts, provenance=sources)
    assert credit.sources == tuple(sources)
    assert credit.line().endswith("traitement geo_service 9.9")
