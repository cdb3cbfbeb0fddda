"""The quality of a result's files, shown as a check shows it."""

from __future__ import annotations

import datetime as dt

from geo_service.quality.page import page_html
from geo_service.quality.stored import checked_from_result


def test_every_anomaly_of_the_result_is_shown(sample_result) -> None:
    table = sample_result.anomalies.to_table()
    checked = checked_from_result(sample_result.provenance, table, today=dt.date(2026, 11, 22))
    assert len(checked.files) == len(sample_result.provenance)
    assert sum(len(file.anomalies) for file in checked.files) == len(table)
    assert {code: len(those) for code, those in checked.by_code().items()} == (
        table["code"].value_counts().to_dict()
    )
    ages = {file.path: file.age_days for file in checked.files}
    dated = [held for held in sample_result.provenance if held.vintage is not None]
    assert dated
    for held in dated:
        assert ages[held.file] == (dt.date(2026, 11, 22) - held.vintage).days


def test_the_page_says_that_it_is_of_a_result(sample_result) -> None:
    table = sample_result.anomalies.to_table()
    checked = checked_from_result(sample_result.provenance, table, today=dt.date(2026, 11, 22))
    page = page_html(checked, language="fr")
    assert "en construisant le résultat" in page
    assert "rien n'a été construit" not in page
