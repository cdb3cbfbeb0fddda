"""How readers begin and end, alike for all of them."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest

from geo_service.core.contracts import Layout, Source
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.intake.archives import OfficialFile
from geo_service.intake.opening import heading_of, open_as, provenance_of, recognised, rows_lost
from geo_service.sources import apl, cpts, finess, population, quartier_vecu, series


def look(file: OfficialFile) -> str | None:
    return "one" if "code" in heading_of(file) else None


SOURCE = Source(
    name="trial",
    label=T("Source d'essai", "Trial source"),
    gives="population",
    publisher="Éditeur",
    licence="Licence Ouverte 2.0",
    layouts=(Layout("one", T("La seule", "The only one"), tried=False),),
    recognise=lambda path: recognised(path, look),
    read=open_as,
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.2024.csv"
    path.write_text("code;nom\n1;a\n", encoding="utf-8")
    return path


def test_a_file_is_opened_as_what_it_is(table: Path) -> None:
    file, layout = open_as(table, SOURCE, None, look)
    assert (file.name, layout) == (str(table), "one")
    assert open_as(table, SOURCE, "one", lambda _: None)[1] == "one"


def test_recognising_never_raises(table: Path, tmp_path: Path) -> None:
    def broken(file: OfficialFile) -> str | None:
        raise ZeroDivisionError

    assert recognised(table, look) == "one"
    assert recognised(table, broken) is None
    assert recognised(tmp_path / "absent", look) is None
    with pytest.raises(SourceError, match="Source d'essai") as caught:
        open_as(table, SOURCE, None, broken, expected=T("une colonne code", "a column code"))
    assert caught.value.do is not None
    assert "(une colonne code)" in caught.value.do.say("fr")
    assert "one (The only one)" in caught.value.do.say("en")


def test_what_is_no_table_is_said(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(SourceError, match="binaire"):
        open_as(path, SOURCE, None, look)


@pytest.mark.parametrize("source", [apl, cpts, finess, population, quartier_vecu, series])
def test_a_layout_that_is_none_is_refused(source: object, table: Path) -> None:
    with pytest.raises(SourceError, match="autre") as caught:
        source.read(table, layout="autre")  # type: ignore[attr-defined]
    assert caught.value.file == str(table)


def test_provenance(table: Path) -> None:
    file, layout = open_as(table, SOURCE, None, look)
    found = provenance_of(file, SOURCE, layout, rows_read=5, rows_kept=3)
    assert (found.source_id, found.source, found.layout) == ("t", "trial", "one")
    assert found.sha256 == hashlib.sha256(table.read_bytes()).hexdigest()
    assert (found.rows_set_aside, found.tried_on_real_file) == (2, False)
    assert (found.vintage, found.vintage_basis) == (None, "unknown")
    day = dt.date(2024, 1, 1)
    given = provenance_of(file, SOURCE, layout, rows_read=5, rows_kept=3, vintage=day)
    assert (given.vintage, given.vintage_basis) == (day, "study")


@pytest.mark.parametrize(
    ("source", "path", "cut"),
    [
        (cpts, "cpts/cpts_communes_fictif.csv", 3),
        (series, "barometre/barometre_fictif.csv", 3),
        (population, "qpv/qpv2024_indicateurs_insee_fictif.csv", 3),
        (quartier_vecu, "quartier_vecu/declares_fictif.csv", 3),
    ],
)
def test_every_row_is_accounted_for(
    source: object, path: str, cut: int, sample: Path, tmp_path: Path
) -> None:
    """A row that the table reader had to set aside is counted as read, and as set aside."""
    whole = source.read(sample / path)  # type: ignore[attr-defined]
    lines = (sample / path).read_text(encoding="utf-8").splitlines()
    lines[cut] = "cut"
    (tmp_path / "cut.csv").write_text("\n".join(lines), encoding="utf-8")
    reading = source.read(tmp_path / "cut.csv")  # type: ignore[attr-defined]
    assert reading.provenance.rows_read == whole.provenance.rows_read
    found = reading.provenance
    assert found.rows_read == found.rows_kept + found.rows_set_aside
    assert rows_lost(reading.anomalies) >= 1
