"""The vocabulary: languages, errors, CRS, tables, territories."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo_service.core import crs
from geo_service.core.errors import CrsError, SchemaError, SourceError, UnknownNameError
from geo_service.core.i18n import T, choose_language, say_date, say_number, say_share, use_language
from geo_service.core.result import Anomalies, Anomaly
from geo_service.core.tables import INDICATORS, POPULATION, ZONES, check_table, shape_table
from geo_service.core.territory import read_territory


def test_a_text_is_said_in_the_language_in_use() -> None:
    text = T("{n} lignes de {what}", "{n} rows of {what}", n=3, what=T("zones", "areas"))
    assert str(text) == "3 lignes de zones"
    with use_language("en"):
        assert str(text) == "3 rows of areas"


def test_values_are_not_read_as_a_template_again() -> None:
    assert T("« {name} »", "“{name}”", name="{x} %s {{").say("fr") == "« {x} %s {{ »"


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("en_GB.UTF-8", "en"), ("en", "en"), ("fr-FR", "fr"), ("de", "fr"), (None, "fr"), ("", "fr")],
)
def test_languages(wanted: str | None, language: str) -> None:
    assert choose_language(wanted) == language


def test_numbers_and_dates_as_each_language_writes_them() -> None:
    assert say_number(1234567.5, "en") == "1,234,567.5"
    assert say_number(1234567.5, "fr").replace("\u202f", " ").replace("\xa0", " ") == "1 234 567,5"
    assert say_number(None, "fr") == "n. c."
    assert say_share(0.1016, "fr").replace("\xa0", " ").replace("\u202f", " ") == "10,2 %"
    assert say_date(dt.date(2026, 3, 1), "fr") == "1er mars 2026"


def test_an_error_says_where_and_what_to_do() -> None:
    error = SourceError(
        T("Cassé.", "Broken."), file="a.csv", row=3, field="x", do=T("Voyez.", "See.")
    )
    assert error.say("fr") == "a.csv, ligne 3, champ « x » : Cassé. Voyez."
    assert error.say("en") == "a.csv, row 3, field “x”: Broken. See."
    assert isinstance(SchemaError(T("a", "b")), ValueError)
    assert isinstance(UnknownNameError(T("a", "b")), LookupError)


@pytest.mark.parametrize(
    ("epsg", "x", "y", "lon", "lat"),
    [
        (2154, 870262.2, 6571540.8, 5.20918, 46.22229),
        (5490, 657242.9, 1795384.4, -61.52874, 16.234),
    ],
)
def test_control_points_of_the_legal_crs(
    epsg: int, x: float, y: float, lon: float, lat: float
) -> None:
    found = crs.transform([x], [y], epsg, 4326)
    assert found[0][0] == pytest.approx(lon, abs=1e-5)
    assert found[1][0] == pytest.approx(lat, abs=1e-5)
    assert crs.legal_crs_at(found[0], found[1]).tolist() == [epsg]


def test_the_legal_crs_of_each_territory() -> None:
    assert crs.legal_crs_of_departement("31") == 2154
    assert crs.legal_crs_of_departement("2A") == 2154
    assert crs.legal_crs_of_departement("974") == 2975
    boxes = [legal.box for legal in crs.LEGAL]
    shapes = shapely.box(*np.array(boxes).T)
    assert len(shapely.STRtree(shapes).query(shapes, predicate="overlaps")[0]) == 0


@pytest.mark.parametrize("given", [4326, None])
def test_a_measure_in_degrees_is_refused(given: int | None) -> None:
    with pytest.raises(CrsError):
        crs.require_metric(given)


def test_a_table_gets_exactly_its_columns_and_an_unknown_is_null() -> None:
    table = shape_table(pd.DataFrame({"unit_id": ["a"], "other": [1], "file": ["f"]}), POPULATION)
    assert list(table.columns) == POPULATION.names
    assert table["population"].isna().all()
    check_table(table, POPULATION)


@pytest.mark.parametrize(
    ("column", "values", "problem"),
    [
        ("population", [-1.0, 2.0], "population"),
        ("unit_id", [None, "b"], "unit_id"),
        ("support", ["square", "village"], "support"),
    ],
)
def test_a_table_that_breaks_its_rules_is_refused(column: str, values: list, problem: str) -> None:
    good = {"unit_id": ["a", "b"], "support": ["square"] * 2, "file": ["f"] * 2}
    with pytest.raises(SchemaError) as refused:
        check_table(shape_table(pd.DataFrame(good | {column: values}), POPULATION), POPULATION)
    assert refused.value.field == problem


def test_a_column_of_another_type_is_refused() -> None:
    with pytest.raises(SchemaError) as refused:
        shape_table(pd.DataFrame({"value": ["many"]}), INDICATORS)
    assert refused.value.field == "value"


def test_invalid_geometry_does_not_pass_the_door() -> None:
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    zones = gpd.GeoDataFrame(
        {"zone_id": ["a"], "zone_kind": ["qpv"], "code": ["a"], "legal_crs": [2154], "file": ["f"]},
        geometry=[bow],
        crs=4326,
    )
    with pytest.raises(SchemaError) as refused:
        check_table(shape_table(zones, ZONES), ZONES)
    assert refused.value.field == "geometry"


@pytest.mark.parametrize(
    ("written", "territory"),
    [("france", "france:FR"), ("region:76", "region:76"), ("qpv:QN03101M", "qpv:QN03101M")],
)
def test_territories_as_users_write_them(written: str, territory: str) -> None:
    assert read_territory(written) == territory


@pytest.mark.parametrize("written", ["", "76", "region", "region:", "canton:12", "france:76"])
def test_what_is_no_territory(written: str) -> None:
    with pytest.raises(UnknownNameError):
        read_territory(written)


def test_anomalies_become_a_table_in_both_languages() -> None:
    found = Anomalies()
    for row in (1, 2):
        found.add(Anomaly("s", "f", row, None, "x" * 500, "code", T("raison", "reason"), "kept"))
    table = found.to_table()
    assert found.count() == {"code": 2}
    assert table["reason_fr"].tolist() == ["raison"] * 2
    assert table["value"].str.len().tolist() == [200] * 2
    assert table["row"].dtype == "Int64"


def test_each_anomaly_says_its_own_reason_or_a_shared_one() -> None:
    shared = T("commune de {where}", "commune of {where}", where=T("l'étude", "the study"))
    reasons = [shared, T("lu {code}", "read {code}", code="01400"), shared, T("raison", "reason")]
    found = Anomalies(Anomaly("s", "f", None, None, None, "c", one, "kept") for one in reasons)
    table = found.to_table()
    assert table["reason_fr"].tolist() == [one.say("fr") for one in reasons]
    assert table["reason_en"].tolist() == [one.say("en") for one in reasons]
    assert table["reason_fr"][0] == "commune de l'étude"
    assert table[["row", "field", "value", "record", "lon", "lat"]].isna().all(axis=None)
    assert Anomalies().to_table().dtypes.equals(table.dtypes)
