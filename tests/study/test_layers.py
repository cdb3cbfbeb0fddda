"""Layers of the sample: what they say, they say in both languages."""

from __future__ import annotations

import warnings

import pytest

from geo_service.rules import zoning_classes
from geo_service.study.layers import draw_quarters, quarter_layers, to_draw


def test_classes_of_zoning_have_their_label_in_both_languages(sample_result) -> None:
    zoning = sample_result.layers["zonage"]
    known = zoning_classes()
    told = zoning[zoning["zone_class"].notna()]
    assert len(told)
    for row in told.itertuples():
        label = known[row.zone_class].label
        assert (row.class_label, row.class_label_en) == (label.say("fr"), label.say("en"))
    untold = zoning[zoning["zone_class"].isna()]
    assert untold["class_label"].isna().all()
    assert untold["class_label_en"].isna().all()


def test_quarters_are_drawn_beside_other_work_without_touching_the_filters_of_warnings(
    sample_result, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They belong to all threads: another one may be changing them at that moment."""
    qpv = sample_result.layers["qpv_2024"].assign(in_study=True)

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("filters of warnings changed in a thread")

    given = to_draw(qpv)
    monkeypatch.setattr(warnings, "catch_warnings", refused)
    drawn = draw_quarters(*given, (300, 500))
    monkeypatch.undo()
    layers = quarter_layers(qpv, drawn)
    assert list(layers) == ["quartier_vecu_300", "quartier_vecu_500"]
    for metres, name in ((300, "quartier_vecu_300"), (500, "quartier_vecu_500")):
        assert layers[name].geometry.is_valid.all()
        assert set(layers[name]["zone_id"]) == {f"{code}-{metres}m" for code in qpv["code"]}
    assert draw_quarters(*to_draw(None), (300,))[300].tolist() == []
    assert quarter_layers(None, {300: drawn[300][:0]}) == {}
