"""What each source, indicator and output owes: labels in both languages, a page, a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo_service.commands import FORMATS
from geo_service.config import SETTINGS
from geo_service.core.contracts import Indicator, OutputFormat, Source, discover
from geo_service.core.i18n import Text
from geo_service.core.tables import TABLES
from geo_service.rules import (
    positions,
    qpv_generations,
    quartier_vecu_label,
    structure_kinds,
    zoning_classes,
)

ROOT = Path(__file__).resolve().parents[1]
SOURCES = discover("geo_service.sources", "SOURCE", Source)
INDICATORS = discover("geo_service.indicators", "INDICATOR", Indicator)
OUTPUTS = discover("geo_service.outputs", "FORMAT", OutputFormat)


def in_both(text: Text) -> bool:
    return bool(text.say("fr").strip()) and bool(text.say("en").strip())


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda s: s.name)
def test_a_source_has_labels_a_page_and_a_test(source: Source) -> None:
    assert in_both(source.label)
    assert all(in_both(layout.label) for layout in source.layouts)
    assert all(in_both(text) for text in source.options.values())
    assert source.gives in TABLES
    page = (ROOT / "docs" / "sources" / f"{source.name}.md").read_text(encoding="utf-8")
    for layout in source.layouts:
        assert layout.name in page, f"docs/sources/{source.name}.md does not name {layout.name}"
    if not all(layout.tried for layout in source.layouts):
        assert "untried" in page.lower()
    assert list((ROOT / "tests" / "sources").glob(f"test_{source.name}*.py"))


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda s: s.name)
def test_a_source_never_claims_what_is_not_its_own(source: Source, tmp_path: Path) -> None:
    for name, content in (
        ("a.csv", b"a,b\n1,2\n"),
        ("b.json", b"{}"),
        ("c.zip", b"PK"),
        ("d", b""),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        assert source.recognise(path) is None
    assert source.recognise(tmp_path / "absent.csv") is None


@pytest.mark.parametrize("indicator", INDICATORS.values(), ids=lambda i: i.name)
def test_an_indicator_has_labels_and_a_page(indicator: Indicator) -> None:
    page = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    assert in_both(indicator.label)
    assert in_both(indicator.reference)
    for measure in indicator.measures:
        assert in_both(measure.label)
        assert measure.name in page or (measure.name.startswith("share_") and "share_…" in page)


def test_measures_are_those_that_come_out(sample_result) -> None:
    named = {m.name for indicator in INDICATORS.values() for m in indicator.measures}
    units = {m.name: m.unit for indicator in INDICATORS.values() for m in indicator.measures}
    table = sample_result.indicators
    assert set(table["indicator"].unique()) == named
    told = table.groupby("indicator")["unit"].unique()
    assert {name: set(values) for name, values in told.items()} == {
        name: {unit} for name, unit in units.items()
    }


@pytest.mark.parametrize("output", OUTPUTS.values(), ids=lambda o: o.name)
def test_an_output_has_labels_and_a_page(output: OutputFormat) -> None:
    assert in_both(output.label)
    assert output.suffix.startswith(".")
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8").lower()
    assert output.name in page


def test_the_command_line_offers_every_output() -> None:
    assert set(FORMATS) == set(OUTPUTS)


def test_every_setting_is_documented() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md"))
    for name, setting in SETTINGS.items():
        assert in_both(setting.help)
        assert name in text, f"{name} stands in no page of docs/"


def test_every_page_is_in_the_manual() -> None:
    listed = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        assert str(page.relative_to(ROOT / "docs")) in listed


def test_the_law_speaks_both_languages_and_names_its_references() -> None:
    for kind in structure_kinds().values():
        assert in_both(kind.label)
        assert kind.reference
    for position in positions().values():
        assert in_both(position.label)
    for zone_class in zoning_classes().values():
        assert in_both(zone_class.label)
        assert zone_class.reference
    for generation in qpv_generations().values():
        assert in_both(generation.label)
        assert all(reference for _, _, reference in generation.validity.values())
    for definition in ("declared", "proxy-300m", "walk-10min"):
        assert in_both(quartier_vecu_label(definition))


def test_every_column_of_a_typed_table_says_what_it_means() -> None:
    for schema in TABLES.values():
        assert in_both(schema.meaning)
        assert all(in_both(column.meaning) for column in schema.columns)


def test_every_address_is_documented(sample_file: Path) -> None:
    """Each page and each address of a program stands in a page of the manual."""
    import re

    from geo_service.web import create_app

    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    named = re.sub(r"<[^>]*>|\{[^}]*\}", "<>", pages)
    missing = []
    for rule in create_app(sample_file).url_map.iter_rules():
        address = re.sub(r"<[^>]*>", "<>", rule.rule)
        served_by_pages = ("/static/", "/polices/", "/favicon", "/vendor/", "/carte/")
        if not address.startswith(served_by_pages) and address not in named:
            missing.append(rule.rule)
    assert not missing, f"in no page of docs/: {', '.join(missing)}"
