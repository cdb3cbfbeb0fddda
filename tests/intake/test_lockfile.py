"""The lock: what it may say, and pins written without losing a comment."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from geo_service.core.errors import SourceError
from geo_service.intake.lockfile import LockEntry, format_entry, read_lock, write_pins

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "sources.lock.toml"
DAY = dt.date(2026, 11, 22)
SHA = "0123456789abcdef" * 4
ENTRY = LockEntry(
    id="qpv-2024",
    kind="qpv",
    title='Périmètres "2024" \\ #1',
    publisher="ANCT",
    licence="Licence Ouverte 2.0",
    file="qpv2024.zip",
    url="https://example.org/qpv",
    note="é\tœ\n☃",
)


def test_the_shipped_lock_is_whole() -> None:
    entries = read_lock(SHIPPED)
    assert {entry.kind for entry in entries} >= {"finess", "qpv", "zonage", "apl", "series"}
    # A hash may only stand there for bytes that were held, with their size and their day.
    assert all(entry.retrieved and entry.bytes for entry in entries if entry.pinned)
    assert all(entry.url.startswith("https://") for entry in entries if entry.url)
    assert all(entry.page.startswith("https://") for entry in entries)
    assert len({entry.file for entry in entries}) == len(entries)
    assert [entry.id for entry in entries if entry.vary] == ["finess-structures"]


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "sources.lock.toml"
    daily = replace(
        ENTRY, id="feed", vary="daily", refresh_days=3, sha256=SHA, bytes=9, retrieved=DAY
    )
    write_pins(path, [ENTRY, daily])
    assert read_lock(path) == [ENTRY, daily]
    first = path.read_bytes()
    write_pins(path, [daily, ENTRY])
    assert path.read_bytes() == first


def test_a_pin_keeps_comments_and_order(tmp_path: Path) -> None:
    path = tmp_path / "sources.lock.toml"
    other = format_entry(replace(ENTRY, id="other", note='has # no "comment"'))
    path.write_text(
        "# heading\n\n" + other + "\n# the QPV\n[[source]]\n"
        'id = "qpv-2024"\nkind = "qpv" # the reader\n\ntitle = "T"\npublisher = "P"\n'
        'licence = "L"\nfile = "f.zip"\nsha256 = "unverified"   # nobody held it\n'
        'url = "https://example.org/f"\n\n# the end\n'
    )
    before = path.read_text()
    path.chmod(0o640)
    old = read_lock(path)[1]
    write_pins(path, [replace(old, sha256=SHA, bytes=12, retrieved=DAY)])
    after = path.read_text()
    assert after == before.replace(
        'sha256 = "unverified"   # nobody', f'sha256 = "{SHA}"   # nobody'
    ).replace(
        'url = "https://example.org/f"\n',
        'url = "https://example.org/f"\nbytes = 12\nretrieved = 2026-11-22\n',
    )
    assert path.stat().st_mode & 0o777 == 0o640
    # And back again.
    write_pins(path, [old])
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sha256": '"abc"'}, "sha256"),
        ({"sha256": f'"{SHA}"'}, "retrieved"),
        ({"file": '"../evil"'}, "file"),
        ({"file": '".hidden"'}, "file"),
        ({"vary": '"weekly"'}, "vary"),
        ({"bytes": "-1"}, "bytes"),
        ({"bytes": '"12"'}, "bytes"),
        ({"retrieved": '"2026-11-22"'}, "retrieved"),
        ({"url": '"ftp://example.org"'}, "url"),
        ({"url": '""'}, "page"),
        ({"title": '""'}, "title"),
        ({"colour": '"blue"'}, "colour"),
    ],
)
def test_wrong_entries_name_the_field(tmp_path: Path, change: dict[str, str], field: str) -> None:
    path = tmp_path / "l.toml"
    fields = {"id": '"a"', "kind": '"qpv"', "title": '"T"', "publisher": '"P"', "licence": '"L"'}
    fields |= {"file": '"f.zip"', "url": '"https://example.org/f"'}
    path.write_text("[[source]]\n" + "".join(f"{k} = {v}\n" for k, v in fields.items()))
    assert len(read_lock(path)) == 1
    fields |= change
    path.write_text("[[source]]\n" + "".join(f"{k} = {v}\n" for k, v in fields.items()))
    with pytest.raises(SourceError) as caught:
        read_lock(path)
    assert caught.value.field == field
    assert "Entrée a" in caught.value.say("fr")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[[source]\n", "TOML"),
        (b"\xff\xfe", "illisible"),
        (b"[other]\n", "permis"),
        (b"source = 1\n", "permis"),
        ((format_entry(ENTRY) * 2).encode(), "répété"),
    ],
)
def test_broken_locks(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "l.toml"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=said):
        read_lock(path)


def test_a_lock_that_cannot_be_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "l.toml"
    write_pins(path, [ENTRY])
    before = path.read_bytes()
    path.write_bytes(before + b"[broken\n")
    with pytest.raises(SourceError, match="TOML"):
        write_pins(path, [replace(ENTRY, note="x")])
    assert path.read_bytes() == before + b"[broken\n"
    with pytest.raises(SourceError, match="écrit"):
        write_pins(tmp_path / "absent" / "l.toml", [ENTRY])
