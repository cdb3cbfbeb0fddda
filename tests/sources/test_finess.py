"""FINESS on the real Occitanie files and on the embedded sample."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo_service.core.contracts import Source
from geo_service.core.result import Reading
from geo_service.core.tables import STRUCTURES, check_table
from geo_service.sources import finess

FILES = {
    "flat": "etablissements_occitanie_2026.csv.gz",
    "utf8": "cs1100507_occitanie_utf8_relaid.csv.gz",
    "cp1252": "cs1100507_occitanie_cp1252_relaid.csv.gz",
}
UNLOCATED = {"310037510", "310037528", "300023165"}


@pytest.fixture(scope="module")
def readings(real_data: Path) -> dict[str, Reading]:
    return {
        name: finess.read(real_data / "finess" / file, categories="all")
        for name, file in FILES.items()
    }


def test_three_layouts_give_the_same_establishments(readings: dict[str, Reading]) -> None:
    flat = readings["flat"].table
    assert len(flat) == 10_007
    for name in ("utf8", "cp1252"):
        other = readings[name].table
        same = [
            *("structure_id", "finess_ej", "siret", "name", "kind", "category", "opened"),
            *("commune", "departement", "postcode", "source_crs", "legal_crs", "position"),
        ]
        pd.testing.assert_frame_equal(
            pd.DataFrame(flat[same]), pd.DataFrame(other[same]), check_exact=True
        )
        for axis in ("x", "y", "lon", "lat"):
            np.testing.assert_allclose(flat[axis], other[axis], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", FILES)
def test_occitanie_counts(readings: dict[str, Reading], name: str) -> None:
    reading = readings[name]
    check_table(reading.table, STRUCTURES)
    kinds = reading.table["kind"].value_counts()
    assert (kinds["MSP"], kinds["CDS"], kinds["CPTS"]) == (372, 280, 82)
    assert reading.provenance.rows_read == reading.provenance.rows_kept == 10_007
    assert reading.provenance.rows_set_aside == 0
    none = reading.table[reading.table["position"] == "none"]
    assert set(none["finess"]) == UNLOCATED
    assert none.geometry.isna().all()
    assert (reading.table["position"] == "unknown").sum() == 10_004
    assert reading.table["precision_m"].isna().sum() == 10_004
    count = reading.anomalies.count()
    assert (count["no-coordinates"], count["missing-date"], count["cedex-address"]) == (3, 11, 583)
    assert count["duplicate-position"] == 100


def test_coordinates_agree_with_those_of_the_publisher(
    readings: dict[str, Reading], real_data: Path
) -> None:
    given = pd.read_csv(real_data / "finess" / FILES["flat"], sep=";", dtype=str)
    table = readings["utf8"].table
    assert list(given["numero_finess_etablissement"]) == list(table["finess"])
    np.testing.assert_allclose(table["lon"], given["longitude"].astype(float), rtol=0, atol=1e-9)
    np.testing.assert_allclose(table["lat"], given["latitude"].astype(float), rtol=0, atol=1e-9)
    assert list(table["commune"]) == list(given["code_insee"])


def test_a_cell_that_holds_the_separator_shifts_nothing(readings: dict[str, Reading]) -> None:
    rows = {
        name: reading.table.set_index("finess").loc["340032390"]
        for name, reading in readings.items()
    }
    assert "ZONE NORD ; ZAE DE L'AUDACIEUSE" in rows["flat"]["address"]
    assert rows["flat"]["kind"] == rows["utf8"]["kind"] == "MSP"
    assert rows["flat"]["commune"] == "34147"
    # Quotes are characters like others in the extraction, even where they are not balanced.
    name = readings["utf8"].table.set_index("finess").at["120785324", "name"]
    assert name == "MAISON D'ENFANTS A CARACTERE SOCIAL \"ACCUEIL MILLAU SEGUR"


def test_msp_open_at_the_end_of_2023(real_data: Path) -> None:
    reading = finess.read(real_data / "finess" / FILES["utf8"])
    assert reading.provenance.rows_read == 10_007
    assert reading.provenance.rows_kept == 372 + 280 + 82
    msp = reading.table[reading.table["kind"] == "MSP"]
    assert (msp["opened"] <= pd.Timestamp(2023, 12, 31)).sum() == 307


def test_vintage_of_the_real_files(readings: dict[str, Reading]) -> None:
    known = readings["utf8"].provenance
    assert (known.vintage, known.vintage_basis) == (dt.date(2026, 1, 5), "file")
    future = [one for one in readings["utf8"].anomalies if one.code == "future-date"]
    assert [(one.record, one.value) for one in future] == [("660006974", "2026-04-01")]
    flat = readings["flat"]
    assert (flat.provenance.vintage, flat.provenance.vintage_basis) == (None, "unknown")
    assert flat.anomalies.count()["vintage-missing"] == 1


def test_layouts_are_recognised(real_data: Path) -> None:
    found = {name: finess.SOURCE.recognise(real_data / "finess" / f) for name, f in FILES.items()}
    assert found == {"flat": "flat", "utf8": "cs1100507", "cp1252": "cs1100507"}
    others = [
        *sorted((real_data / "qpv").iterdir()),
        *sorted((real_data / "zonage").iterdir()),
        *sorted((real_data / "apl").iterdir()),
        *sorted((real_data / "barometre").iterdir()),
        real_data / "finess" / "schema-structures-v1.json",
    ]
    assert {path.name: finess.SOURCE.recognise(path) for path in others if path.is_file()} == {
        path.name: None for path in others if path.is_file()
    }


SAMPLE = {
    "etalab-cs1100507-stock-20260105-0337.csv": ("cs1100507", 219, 64),
    "etalab-cs1100507-stock-20210107-0341.csv": ("cs1100507", 192, 51),
    "etalab-cs1100502-stock-20260105-0337.csv": ("cs1100502", 219, 65),
    "etablissements_fictif_2026.csv.gz": ("flat", 218, 64),
    "finess-structures-mensuel-202608.json.gz": ("ans-json", 221, 67),
}


@pytest.mark.parametrize("name", SAMPLE)
def test_every_layout_of_the_sample(sample: Path, name: str) -> None:
    layout, read, kept = SAMPLE[name]
    path = sample / "finess" / name
    assert finess.SOURCE.recognise(path) == layout
    reading = finess.read(path)
    check_table(reading.table, STRUCTURES)
    provenance = reading.provenance
    assert (provenance.layout, provenance.rows_read, provenance.rows_kept) == (layout, read, kept)
    assert provenance.tried_on_real_file == (layout in ("cs1100507", "flat"))
    overseas = reading.table[reading.table["departement"] == "971"]
    assert len(overseas)
    assert (overseas["legal_crs"] == 5490).all()


def test_the_sample_has_the_same_positions_in_every_layout(sample: Path) -> None:
    recent = finess.read(sample / "finess/etalab-cs1100507-stock-20260105-0337.csv").table
    for name in ("etablissements_fictif_2026.csv.gz", "finess-structures-mensuel-202608.json.gz"):
        both = recent.merge(finess.read(sample / "finess" / name).table, on="finess")
        placed = both[both["lon_x"].notna() & both["lon_y"].notna()]
        assert len(placed) >= 55
        # Degrees have six or seven digits there: a decimetre.
        np.testing.assert_allclose(placed["lon_x"], placed["lon_y"], rtol=0, atol=2e-6)
        np.testing.assert_allclose(placed["lat_x"], placed["lat_y"], rtol=0, atol=2e-6)
        assert (both["commune_x"] == both["commune_y"]).all()


def test_the_source_is_documented() -> None:
    found = finess.SOURCE
    assert isinstance(found, Source)
    assert (found.name, found.gives, found.read) == ("finess", "structures", finess.read)
    page = Path(__file__).resolve().parents[2] / "docs/sources/finess.md"
    text = page.read_text(encoding="utf-8")
    for layout in found.layouts:
        assert layout.name in text
        assert layout.label.say("fr") != layout.label.say("en")
