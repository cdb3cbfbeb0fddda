"""The method of the ranking: what stands in the law file, and what a user may change of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo_service.core.errors import RuleError, SourceError
from geo_service.ranking import adjusted, published_method, read_method

WEIGHTS = "[weights]\napl = 3\nzonage = 1\ndistance = 0\npopulation = 0\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "poids.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_published_method_says_what_it_is() -> None:
    method = published_method()
    assert sum(method.weights.values()) == pytest.approx(1.0)
    assert list(method.weights) == ["apl", "zonage", "distance", "population"]
    # APL, then zoning, then distance, as the conventions propose.
    assert sorted(method.weights.values(), reverse=True) == list(method.weights.values())
    assert "non officielle" in method.label.say("fr")
    assert any("25 QPV" in text.say("fr") for text in method.precedents)
    assert not method.changed
    for term in method.terms:
        assert term.about.say("fr") != term.about.say("en")
        assert term.reference


def test_weights_of_a_file_are_divided_by_their_sum(tmp_path: Path) -> None:
    method = read_method(written(tmp_path, 'name = "ARS"\n' + WEIGHTS))
    assert method.weights == {"apl": 0.75, "zonage": 0.25, "distance": 0.0, "population": 0.0}
    assert method.changed
    assert method.name == "ARS"


def test_the_published_weights_written_again_change_nothing() -> None:
    same = {name: 20 * weight for name, weight in published_method().weights.items()}
    assert not adjusted(same).changed


def test_transforms_and_neighbourhood_may_be_changed(tmp_path: Path) -> None:
    method = read_method(
        written(
            tmp_path,
            WEIGHTS
            + "[neighbourhood]\naround = 0.05\ndraws = 10\n"
            + "[transforms.apl]\nfrom = 3.5\n[transforms.zonage]\nclasses = {ZIP = 1, ZAC = 0.5}\n",
        )
    )
    assert (method.around, method.draws) == (0.05, 10)
    assert (method.term("apl").start, method.term("apl").end) == (3.5, 0.0)
    assert method.term("zonage").classes == {"ZIP": 1.0, "ZAC": 0.5}


BAD = {
    "unknown key": ("poids = 1\n" + WEIGHTS, "poids"),
    "unknown term": (WEIGHTS + "apll = 1\n", "weights.apll"),
    "missing term": ("[weights]\napl = 1\n", "weights.zonage"),
    "no weights": ("name = 'x'\n", "weights"),
    "negative": (WEIGHTS.replace("3", "-3"), "weights.apl"),
    "text": (WEIGHTS.replace("3", "'3'"), "weights.apl"),
    "boolean": (WEIGHTS.replace("3", "true"), "weights.apl"),
    "not a number": (WEIGHTS.replace("3", "nan"), "weights.apl"),
    "beyond any number": (WEIGHTS.replace("3", "3" + "0" * 400), "weights.apl"),
    "infinite": (WEIGHTS.replace("3", "inf"), "weights.apl"),
    "all zero": (WEIGHTS.replace("3", "0").replace("1", "0"), "weights"),
    "weights are no table": ("weights = 3\n", "weights"),
    "around": (WEIGHTS + "[neighbourhood]\naround = 2\n", "neighbourhood.around"),
    "too many draws": (WEIGHTS + "[neighbourhood]\ndraws = 1000000\n", "neighbourhood.draws"),
    "seed": (WEIGHTS + "[neighbourhood]\nseed = 1\n", "neighbourhood.seed"),
    "unknown transform": (WEIGHTS + "[transforms.age]\nfrom = 1\n", "transforms.age"),
    "turned round": (WEIGHTS + "[transforms.apl]\nfrom = 0\nto = 4\n", "transforms.apl"),
    "log of zero": (WEIGHTS + "[transforms.distance]\nfrom = 0\n", "transforms.distance.from"),
    "need above 1": (
        WEIGHTS + "[transforms.zonage]\nclasses = {ZIP = 2}\n",
        "transforms.zonage.classes.ZIP",
    ),
    "wrong key": (WEIGHTS + "[transforms.zonage]\nfrom = 2\n", "transforms.zonage.from"),
    "long name": (f"name = '{'x' * 300}'\n" + WEIGHTS, "name"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_of_weights_is_refused_with_its_key(tmp_path: Path, name: str) -> None:
    text, key = BAD[name]
    path = written(tmp_path, text)
    with pytest.raises(RuleError) as caught:
        read_method(path)
    said = caught.value.say("fr")
    assert key in said
    assert "poids.toml" in said


@pytest.mark.parametrize(
    "content",
    [b"[weights\n", b"\xff\xfe", None, b"a = 1" + b"0" * 5000, b"a = " + b"[" * 5000],
    ids=["open", "bytes", "none", "digits", "nested"],
)
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "poids.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=r"poids\.toml"):
        read_method(path)
