"""The tables under the map."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from geo_service.drawing.listing import structures_listing


def test_one_table_a_kind_with_every_structure_in_order() -> None:
    table = gpd.GeoDataFrame(
        {
            "name": ["B <b>", "A", "C"],
            "kind": ["MSP", "MSP", "CDS"],
            "commune": ["31555", "31044", None],
            "opened": pd.to_datetime(["2019-05-17", None, None]),
        },
        geometry=[None, None, None],
        crs=4326,
    )
    html = structures_listing(table, {"31555": "Toulouse"})
    assert html.count("<table>") == 2
    assert html.index("<bdi>A</bdi>") < html.index("B &lt;b&gt;") < html.index("<bdi>C</bdi>")
    assert "Toulouse (31555)" in html
    assert "17 mai 2019" in html
    assert html.count('<th scope="row">') == 3
