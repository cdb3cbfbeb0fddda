"""Files of aids are read strictly: each kind of fault is refused with file and key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo_service.aids import find_aid, load_aids, read_aid
from geo_service.aids.reading import load_gates, read_gate
from geo_service.core.errors import RuleError, UnknownNameError

GOOD = """
id = "essai"
label = { fr = "Essai", en = "Trial" }
summary = { fr = "Une aide d'essai.", en = "An aid for trial." }
scope = "region:76"
checked = 2026-11-22

[base.facts]
structure = "msp"

[[version]]
valid_from = 2020-01-01
valid_to = 2020-12-31
dates_note = { fr = "Année 2020.", en = "Year 2020." }
references = ["Texte d'essai"]
beneficiary = { fr = "La structure", en = "The structure" }
duration = { fr = "1 an", en = "1 year" }
renewal = "none"

[[version.reading]]
id = "zar"
text = { fr = "Lecture : la ZAR compte comme ZAC.", en = "Reading: ZAR counts as ZAC." }

[[version.condition]]
id = "territory"
label = { fr = "En ZAC", en = "In a ZAC" }
reference = "art. 1"
readings = ["zar"]
test = { class = ["ZAC", "ZAR"] }

[[version.condition]]
id = "structure"
label = { fr = "Une MSP", en = "An MSP" }
reference = "art. 2"
test = { fact = "structure", in = ["msp"] }

[[version.amount]]
id = "grant"
label = { fr = "Subvention", en = "Grant" }
unit = "EUR/year"
cap = { value = 20000, unit = "EUR/year" }
reference = "art. 3"
formula = { kind = "per-unit", of = "doctor_fte", rate = 4000, rate_unit = "EUR/year/FTE" }

[[version.example]]
label = "in a ZAC"
as_of = 2020-06-01
place = { region = "76", zone_class = "ZAC" }
facts = { doctor_fte = 6 }
expect = { status = "eligible", amounts = { grant = 20000 } }

[[version]]
valid_from = 2021-01-01
dates_note = { fr = "Fin non précisée.", en = "End not stated." }
references = ["Texte d'essai, modifié"]
beneficiary = { fr = "La structure", en = "The structure" }
duration = { fr = "1 an", en = "1 year" }
renewal = "tacit"
[[version.condition]]
id = "any"
label = { fr = "Toute", en = "Any" }
reference = "art. 4"
test = { not = { fact = "structure", in = ["housing"] } }
"""

FAULTS = [
    ("unknown key at the top", 'order = 5\nscoop = "x"', "checked = ", "scoop"),
    ("unknown key of a version", 'duree = "x"\nrenewal = "none"', 'renewal = "none"',
     "version[0].duree"),
    ("unknown key of a condition", 'refrence = "x"\ntest = { class = ["ZAC", "ZAR"] }',
     'test = { class = ["ZAC", "ZAR"] }', "version[0].condition[0].refrence"),
    ("unknown key of a test", '{ class = ["ZAC"], als = true }', '{ class = ["ZAC", "ZAR"] }',
     "version[0].condition[0].test.als"),
    ("unknown condition", '{ klass = ["ZAC"] }', '{ class = ["ZAC", "ZAR"] }',
     "version[0].condition[0].test.test"),
    ("unknown class", '{ class = ["ZAP"] }', '{ class = ["ZAC", "ZAR"] }',
     "version[0].condition[0].test.class"),
    ("unknown structure kind", 'in = ["mps"] }', 'in = ["msp"] }',
     "version[0].condition[1].test.in"),
    ("unknown fact", '{ fact = "strcture", in = ["msp"] }', '{ fact = "structure", in = ["msp"] }',
     "version[0].condition[1].test.fact"),
    ("unknown reading", 'readings = ["zap"]', 'readings = ["zar"]',
     "version[0].condition[0].readings"),
    ("reading without English", 'text = { fr = "Lecture." }',
     'text = { fr = "Lecture : la ZAR compte comme ZAC.", en = "Reading: ZAR counts as ZAC." }',
     "version[0].reading[0].text.en"),
    ("missing reference of a condition", "", 'reference = "art. 1"',
     "version[0].condition[0].reference"),
    ("missing reference of an amount", "", 'reference = "art. 3"',
     "version[0].amount[0].reference"),
    ("missing references", "", 'references = ["Texte d\'essai"]', "version[0].references"),
    ("empty references", "references = []", 'references = ["Texte d\'essai"]',
     "version[0].references"),
    ("overlapping dates", "valid_to = 2021-01-01", "valid_to = 2020-12-31",
     "version[1].valid_from"),
    ("open version before another", "", "valid_to = 2020-12-31", "version[1].valid_from"),
    ("end before beginning", "valid_to = 2019-12-31", "valid_to = 2020-12-31",
     "version[0].valid_to"),
    ("date as text", 'valid_to = "2020-12-31"', "valid_to = 2020-12-31", "version[0].valid_to"),
    ("amount without cap", "", 'cap = { value = 20000, unit = "EUR/year" }',
     "version[0].amount[0].cap"),
    ("cap in a wrong unit", 'cap = { value = 20000, unit = "EUR" }',
     'cap = { value = 20000, unit = "EUR/year" }', "version[0].amount[0].cap.unit"),
    ("rate in a wrong unit", 'rate_unit = "EUR/FTE"', 'rate_unit = "EUR/year/FTE"',
     "version[0].amount[0].formula.rate_unit"),
    ("unknown unit", 'unit = "euros"\n', 'unit = "EUR/year"\n', "version[0].amount[0].unit"),
    ("unknown formula", 'kind = "per-unitt"', 'kind = "per-unit"',
     "version[0].amount[0].formula.kind"),
    ("formula on a fact that is no number", 'of = "structure"', 'of = "doctor_fte"',
     "version[0].amount[0].formula.of"),
    ("code instead of a number", 'rate = "__import__(1)"', "rate = 4000",
     "version[0].amount[0].formula.rate"),
    ("number that is none", "rate = nan", "rate = 4000", "version[0].amount[0].formula.rate"),
    ("example without expectation", "",
     'expect = { status = "eligible", amounts = { grant = 20000 } }',
     "version[0].example[0].expect"),
    ("example of an unknown status", 'status = "eligble"', 'status = "eligible"',
     "version[0].example[0].expect.status"),
    ("example of an unknown amount", "{ grnt = 20000 }", "{ grant = 20000 }",
     "version[0].example[0].expect.amounts.grnt"),
    ("example outside the version", "as_of = 2021-06-01", "as_of = 2020-06-01",
     "version[0].example[0].as_of"),
    ("example with an unknown fact", "{ doctor_ftes = 6 }", "{ doctor_fte = 6 }",
     "version[0].example[0].facts.doctor_ftes"),
    ("example with an unknown class", 'zone_class = "ZUP"', 'zone_class = "ZAC"',
     "version[0].example[0].place.zone_class"),
    ("example with an unknown place", "zone_klass", "zone_class",
     "version[0].example[0].place.zone_klass"),
    ("unknown renewal", 'renewal = "silent"', 'renewal = "tacit"', "version[1].renewal"),
    ("unknown scope", 'scope = "Occitanie"', 'scope = "region:76"', "scope"),
    ("refused id", 'id = "Essai !"', 'id = "essai"', "id"),
    ("missing checked date", "", "checked = 2026-11-22", "checked"),
    ("missing English label", 'label = { fr = "Essai" }',
     'label = { fr = "Essai", en = "Trial" }', "label.en"),
    ("id twice", 'id = "territory"\nlabel = { fr = "Une MSP"',
     'id = "structure"\nlabel = { fr = "Une MSP"', "version[0].condition[1].id"),
    ("unknown gate", 'renewal = "tacit"\ngate = "centre"', 'renewal = "tacit"', "version[1].gate"),
]  # fmt: skip


def test_the_trial_file_is_good() -> None:
    aid = read_aid(GOOD, "essai.toml")
    assert [version.valid_from.year for version in aid.versions] == [2020, 2021]
    assert aid.order == 1000


@pytest.mark.parametrize(("new", "old", "key"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_fault_is_refused_with_file_and_key(new: str, old: str, key: str) -> None:
    assert old in GOOD
    if old == "checked = ":  # added above, not replaced
        content = GOOD.replace(old, f"{new}\n{old}", 1)
    else:
        content = GOOD.replace(old, new, 1)
    with pytest.raises(RuleError) as refused:
        read_aid(content, "essai.toml")
    error = refused.value
    assert (error.file, error.field) == ("essai.toml", key)
    for language in ("fr", "en"):
        said = error.say(language)
        assert "essai.toml" in said
        assert key in said
        assert not re.search(r"\{\w+\}", said)


@pytest.mark.parametrize("key", ["label", "summary", "version", "version[0].condition"])
def test_what_has_to_be_there(key: str) -> None:
    name = key.split(".")[-1]
    if name in ("label", "summary"):
        content = re.sub(rf"^{name} = .*\n", "", GOOD, count=1, flags=re.M)
    elif name == "version":
        content = GOOD.split("[[version]]", maxsplit=1)[0]
    else:
        content = GOOD.replace("[[version.condition]]", "[[version.unread]]")
    with pytest.raises(RuleError) as refused:
        read_aid(content, "x.toml")
    assert refused.value.field == key


def test_what_is_no_toml_is_refused_with_its_line() -> None:
    with pytest.raises(RuleError, match="line 2"):
        read_aid('id = "a"\nlabel = = 3', "x.toml")


def test_no_cap_has_to_be_said() -> None:
    said = 'cap = "none stated"'
    aid = read_aid(
        GOOD.replace('cap = { value = 20000, unit = "EUR/year" }', said).replace(
            "{ grant = 20000 }", "{ grant = 24000 }"
        ),
        "x",
    )
    assert aid.versions[0].amounts[0].cap is None
    with pytest.raises(RuleError):
        read_aid(GOOD.replace('cap = { value = 20000, unit = "EUR/year" }', 'cap = "none"'), "x")


def test_a_folder_of_ones_own_adds_to_ours(tmp_path: Path) -> None:
    (tmp_path / "essai.toml").write_text(GOOD, encoding="utf-8")
    aids = load_aids(tmp_path)
    assert len(aids) == len(load_aids()) + 1
    assert find_aid("essai", aids).scope == "region:76"


def test_faults_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="dossier"):
        load_aids(tmp_path / "absent")
    with pytest.raises(RuleError, match=r"\*\.toml"):
        load_aids(tmp_path)
    path = tmp_path / "essai.toml"
    path.write_text(GOOD.replace('id = "essai"', 'id = "cai"'), encoding="utf-8")
    with pytest.raises(RuleError) as refused:
        load_aids(tmp_path)
    assert (refused.value.file, refused.value.field) == (str(path), "id")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(RuleError, match=r"essai\.toml"):
        load_aids(tmp_path)
    path.write_text("#" * 300_000, encoding="utf-8")
    with pytest.raises(RuleError, match="grand"):
        load_aids(tmp_path)


@pytest.mark.parametrize(
    ("other", "relation", "field"),
    [("caï", "compatible", "with"), ("cai", "exclusive", None)],
)
def test_cumulation_names_an_aid_that_there_is(
    tmp_path: Path, other: str, relation: str, field: str | None
) -> None:
    rule = (
        f'[[version.cumulation]]\nwith = "{other}"\nrelation = "{relation}"\n'
        'reason = { fr = "x", en = "x" }\nreference = "x"\n\n[[version.amount]]'
    )
    path = tmp_path / "essai.toml"
    path.write_text(GOOD.replace("[[version.amount]]", rule, 1), encoding="utf-8")
    if field is None:
        assert load_aids(tmp_path)
        return
    with pytest.raises(RuleError) as refused:
        load_aids(tmp_path)
    assert refused.value.field == f"version[0].cumulation[0].{field}"


def test_two_files_may_not_say_opposite_things(tmp_path: Path) -> None:
    rule = (
        '[[version.cumulation]]\nwith = "{it}"\nrelation = "{how}"\n'
        'reason = {{ fr = "x", en = "x" }}\nreference = "x"\n\n[[version.amount]]'
    )
    for name, other, how in (("essai", "autre", "compatible"), ("autre", "essai", "exclusive")):
        content = GOOD.replace('id = "essai"', f'id = "{name}"', 1)
        content = content.replace("[[version.amount]]", rule.format(it=other, how=how), 1)
        (tmp_path / f"{name}.toml").write_text(content, encoding="utf-8")
    with pytest.raises(RuleError) as refused:
        load_aids(tmp_path)
    assert refused.value.field == "version[0].cumulation[0].relation"


def test_an_unknown_aid_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as refused:
        find_aid("coscoo")
    assert refused.value.known[0] == "cosco"


def test_the_law_names_its_references_in_both_languages() -> None:
    for aid in load_aids():
        assert aid.label.say("fr") != ""
        assert aid.label.say("en") != ""
        for version in aid.versions:
            assert version.references
            assert all(condition.reference for condition in version.conditions)
            assert all(amount.reference for amount in version.amounts)
            for reading in version.readings:
                assert reading.text.fr.startswith("Lecture : ")
                assert reading.text.en.startswith("Reading: ")


def test_a_gate_is_read_strictly() -> None:
    assert "centre-de-sante" in load_gates()
    with pytest.raises(RuleError) as refused:
        read_gate('id = "x"\nlabel = { fr = "a", en = "b" }\napplies = { in_qpv = 3 }', "g.toml")
    assert (refused.value.file, refused.value.field) == ("g.toml", "applies.in_qpv")
