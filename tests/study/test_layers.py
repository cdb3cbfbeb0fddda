"""Layers of the sample: what they say, they say in both languages."""

from __future__ import annotations

from geo_service.rules import zoning_classes


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
