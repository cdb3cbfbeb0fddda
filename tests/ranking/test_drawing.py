"""The map of a ranking: well-formed, every QPV once, overseas apart, nothing of a name runs."""

from __future__ import annotations

from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo_service.ranking.drawing import class_of, rank_classes, ranking_map

SVG = "{http://www.w3.org/2000/svg}"


def table(count: int, unranked: int = 0) -> pd.DataFrame:
    ranks = pd.array([*range(1, count + 1), *[pd.NA] * unranked], dtype="Int64")
    total = count + unranked
    return pd.DataFrame(
        {
            "code": [f"QN{n:05d}N" for n in range(total)],
            "name": ["<script>alert(1)</script>"] * total,
            "departement": ["31"] * (total - 1) + ["974"],
            "rank": ranks,
            "rank_low": ranks,
            "rank_high": ranks,
        }
    )


def shapes(count: int) -> gpd.GeoDataFrame:
    lon = np.linspace(1.0, 2.0, count)
    lat = np.full(count, 43.5)
    lon[-1], lat[-1] = 55.5, -21.1
    return gpd.GeoDataFrame(
        {
            "code": [f"QN{n:05d}N" for n in range(count)],
            "departement": ["31"] * (count - 1) + ["974"],
            "legal_crs": [2154] * (count - 1) + [2975],
        },
        geometry=shapely.box(lon, lat, lon + 0.01, lat + 0.01),
        crs=4326,
    )


GROUND = gpd.GeoDataFrame(
    {"legal_crs": [2154, 2975]},
    geometry=[
        shapely.MultiPolygon([shapely.box(0.5, 43, 2.5, 44), shapely.box(3, 43, 3.1, 43.1)]),
        shapely.box(55.2, -21.4, 55.8, -20.9),
    ],
    crs=4326,
)


@pytest.mark.parametrize("ground", [None, GROUND])
def test_every_qpv_is_drawn_once_and_named(ground) -> None:
    ranks = table(11, unranked=1)
    drawing = ranking_map(
        ranks,
        shapes(12),
        ground,
        classes=rank_classes(ranks["rank"]),
        title="t",
        description="d",
        identity="x",
    )
    root = ElementTree.fromstring(drawing)
    circles = list(root.iter(f"{SVG}circle"))
    assert len(circles) == 12
    titles = [circle.find(f"{SVG}title").text for circle in circles]
    assert sum("QN00011N" in title for title in titles) == 1
    assert "<script" not in drawing
    panels = [part for part in root.iter(f"{SVG}svg") if part is not root]
    assert len(panels) == 2  # the mainland, and La Réunion in a CRS of its own
    for panel in panels:
        side = float(panel.get("width"))
        for circle in panel.iter(f"{SVG}circle"):
            assert 0 <= float(circle.get("cx")) <= side
            assert 0 <= float(circle.get("cy")) <= side
        outline = next(panel.iter(f"{SVG}path")).get("d")
        assert outline.count("M") == (0 if ground is None else 1 + (panel is panels[0]))


def test_greater_need_is_larger_and_darker() -> None:
    ranks = table(10)
    classes = rank_classes(ranks["rank"])
    assert len(classes) == 5
    assert [one.count for one in classes] == [2, 2, 2, 2, 2]
    assert [one.radius for one in classes] == sorted((one.radius for one in classes), reverse=True)
    brightness = [int(one.colour[1:3], 16) for one in classes]
    assert brightness == sorted(brightness)
    assert [class_of(rank, classes) for rank in (1, 2, 3, 10)] == [0, 0, 1, 4]


@pytest.mark.parametrize(
    ("ranks", "counts"), [([], []), ([1], [1]), ([1, 1, 1], [3]), ([1, 1, 3], [2, 1])]
)
def test_few_ranks_give_few_classes(ranks: list[int], counts: list[int]) -> None:
    assert [one.count for one in rank_classes(pd.Series(ranks, dtype="Int64"))] == counts


def test_no_shape_draws_nothing() -> None:
    ranks = table(2)
    empty = shapes(2).set_geometry(gpd.GeoSeries([None, None], crs=4326))
    assert ranking_map(ranks, empty, None, classes=[], title="", description="", identity="x") == ""
