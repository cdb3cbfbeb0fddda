"""Many places at once get what each gets alone, on the sample's communes and QPV."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from geo_service.core.errors import SchemaError
from geo_service.store import StoredResult
from geo_service.zoning import zone, zones_of


@pytest.mark.parametrize("as_of", [dt.date(2026, 1, 1), dt.date(2023, 6, 1), dt.date(2010, 1, 1)])
def test_bulk_and_single_agree(sample_file: Path, as_of: dt.date) -> None:
    rng = np.random.default_rng(7)
    with StoredResult(sample_file) as stored:
        shapes = [*stored.read_layer("qpv_2024").geometry, *stored.read_layer("communes").geometry]
        west, south, east, north = np.array([shape.bounds for shape in shapes]).T
        lon = rng.uniform(west, east, (3, len(shapes))).ravel()
        lat = rng.uniform(south, north, (3, len(shapes))).ravel()
        precision = rng.choice([0.0, 10.0, 200.0, np.inf, np.nan], len(lon))
        many = zones_of(stored, lon, lat, as_of, precision=precision)
        for row, told in enumerate(many.to_dict("records")):
            one = zone(stored, lon[row], lat[row], as_of, precision=precision[row])
            assert (one.answer, one.zone_class, one.exhaustive, one.commune) == (
                *(told["answer"], told["zone_class"], told["exhaustive"]),
                told["commune"],
            )
            assert " ".join(one.possible_classes) == told["possible_classes"]
            assert (one.in_qpv, one.qpv, one.island) == (
                *(told["in_qpv"], told["qpv"]),
                told["island"],
            )
    assert {"determined", "undetermined"} >= set(many["answer"])


def test_a_missing_position_is_undetermined_and_a_negative_precision_refused(
    sample_file: Path,
) -> None:
    with StoredResult(sample_file) as stored:
        told = zones_of(stored, [np.nan], [np.nan], dt.date(2026, 1, 1))
        assert told["answer"].tolist() == ["undetermined"]
        assert told["commune"].tolist() == [None]
        with pytest.raises(SchemaError):
            zones_of(stored, [0.0], [46.0], dt.date(2026, 1, 1), precision=-1.0)
        with pytest.raises(SchemaError):
            zone(stored, np.nan, 46.0, dt.date(2026, 1, 1))
