"""A CRS that a file describes is the registry's only where it says nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from pyproj import CRS

from geo_service.core.crs import crs_of, read_crs


def _said(**other: Any) -> dict[str, Any]:
    return CRS.from_epsg(4326).to_json_dict() | other


def test_a_description_of_the_registry_is_the_shared_object() -> None:
    ensemble = dict(_said()["datum_ensemble"])
    ensemble["members"] = [{"name": one["name"]} for one in ensemble["members"]]

    assert read_crs(_said()) is crs_of(4326)
    assert read_crs(_said(**{"$schema": "https://proj.org/schemas/v0.5/projjson.schema.json"})) is (
        crs_of(4326)
    )
    assert read_crs(_said(datum_ensemble=ensemble)) is crs_of(4326)  # as older PROJ write it
    assert read_crs(4326) is crs_of(4326)


@pytest.mark.parametrize(
    "said",
    [
        _said(id={"authority": "EPSG", "code": 4171}),
        {key: value for key, value in _said(name="another").items() if key != "id"},
        CRS.from_epsg(2154).to_json_dict() | {"id": {"authority": "EPSG", "code": 4326}},
        "EPSG:2154",
    ],
    ids=["of another code", "without a code", "under a wrong code", "text"],
)
def test_any_other_description_is_read_through(said: Any) -> None:
    assert read_crs(said) == CRS.from_user_input(said)
    assert read_crs(said) is not crs_of(4326)


def test_a_code_that_the_registry_lacks_leaves_the_description() -> None:
    said = _said(id={"authority": "EPSG", "code": 1})

    assert read_crs(said).is_geographic
