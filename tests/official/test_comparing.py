from __future__ import annotations

import datetime as dt

import pytest

from geo_service.core.errors import RuleError
from geo_service.official import compare, difference, official_series, value_at

FRANCE = "france:FR"
MARCH_2018, MARCH_2019 = dt.date(2018, 3, 31), dt.date(2019, 3, 31)


def test_two_perimeters_stand_side_by_side_with_the_reason() -> None:
    found = compare("mesure9_msp_national", "barometre_msp")
    assert not found.joined
    assert "DGOS" in found.reasons[0].say("fr")
    assert "baromètre" in found.reasons[0].say("en")
    said = [clash.say("en") for clash in found.clashes]
    assert any("1251 on March 31, 2019" in one and "1307 on December 31" in one for one in said)


def test_a_series_is_joined_to_itself_only() -> None:
    assert compare("barometre_msp", "barometre_msp").joined
    same = compare("mesure9_msp_qpv", "mesure9_msp_national")
    assert not same.joined  # one perimeter, two measures
    assert not same.clashes


def test_words_that_bound_a_figure_contradict_nothing() -> None:
    # « plus de 800 » after 821 is no fall.
    assert compare("cpts_mecss_2025_total", "cpts_andep_total").clashes == ()


def test_figures_of_two_perimeters_are_never_subtracted() -> None:
    dgos = value_at("mesure9_msp_national", FRANCE, MARCH_2019)
    barometre = value_at("barometre_msp", FRANCE, dt.date(2018, 12, 31))
    with pytest.raises(RuleError) as caught:
        difference(dgos, barometre)
    assert "DGOS" in caught.value.say("fr")
    assert caught.value.do is not None
    for name in official_series():
        if name.startswith("mesure9_cds"):
            with pytest.raises(RuleError):
                difference(dgos, value_at(name, FRANCE, MARCH_2019))


def test_figures_of_one_perimeter_are_subtracted() -> None:
    later = value_at("mesure9_msp_qpv", FRANCE, MARCH_2019)
    earlier = value_at("mesure9_msp_qpv", FRANCE, MARCH_2018)
    assert difference(later, earlier).value == 17
    assert difference(earlier, later).value == -17


def test_the_difference_with_an_unknown_is_unknown_and_says_why() -> None:
    later = value_at("mesure9_msp_quartier_vecu", FRANCE, MARCH_2019)
    earlier = value_at("mesure9_msp_quartier_vecu", FRANCE, MARCH_2018)
    found = difference(later, earlier)
    assert found.value is None
    assert "2018" in found.caveats[0].say()


def test_another_territory_or_class_is_no_difference() -> None:
    day = dt.date(2021, 1, 1)
    with pytest.raises(RuleError):
        difference(
            value_at("zonage_bretagne_2021", "region:53", day, "ZIP"),
            value_at("zonage_bretagne_2021", "region:53", day, "ZAC"),
        )
