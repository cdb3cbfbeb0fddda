"""How deep a JSON stream may nest."""

from __future__ import annotations

import io

import pytest

from geo_service.core.errors import SourceError
from geo_service.intake.nesting import MAX_DEPTH, Shallow


def shallow(content: bytes) -> Shallow:
    return Shallow(io.BytesIO(content), "feed.json")


@pytest.mark.parametrize("size", [-1, 1, 7, 4_096, 10**6])
def test_a_sound_stream_comes_through_unchanged(size: int) -> None:
    content = b'{"a": [' + b"[[1, 2], {}], " * 5_000 + b"3]}"
    stream = shallow(content)
    blocks = iter(lambda: stream.read(size), b"")
    assert b"".join(blocks) == content


def test_as_many_levels_as_allowed_are_read() -> None:
    content = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert shallow(content).read() == content


@pytest.mark.parametrize("opening", [b"[", b"{", b'{"a":['])
def test_more_levels_are_refused_by_the_name_of_the_file(opening: bytes) -> None:
    with pytest.raises(SourceError, match="ouverts l'un dans l'autre") as refused:
        shallow(opening * 200_000).read()
    assert refused.value.file == "feed.json"


def test_levels_are_counted_across_blocks() -> None:
    stream = shallow(b"[" * (MAX_DEPTH + 1))
    for _ in range(MAX_DEPTH):
        stream.read(1)
    with pytest.raises(SourceError):
        stream.read(1)


def test_brackets_that_close_too_often_leave_no_credit() -> None:
    with pytest.raises(SourceError):
        shallow(b"]" * 100_000 + b"[" * 100_000).read()
