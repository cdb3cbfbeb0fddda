"""Official files at the door: what is let in, and what is refused in words."""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import stat
import threading
import zipfile
from pathlib import Path

import pytest

from geo_service.core.errors import SourceError
from geo_service.intake import bounds
from geo_service.intake.archives import OfficialFile, open_official

TEXT = b"code;nom\n01053;Bourg-en-Bresse\n"


def read(file: OfficialFile, member: str | None = None) -> bytes:
    with file.open_bytes(member) as stream:
        return stream.read()


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return path


def refused(path: Path, **options: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read(open_official(path, **options))
    said = caught.value.say("fr"), caught.value.say("en")
    assert said[0] != said[1]
    assert str(path) in said[0] or repr(str(path)) in said[0]
    return caught.value


def test_a_file_says_what_it_is(tmp_path: Path) -> None:
    plain = tmp_path / "communes.csv"
    plain.write_bytes(TEXT)
    # The suffix lies: compression is told by content.
    packed = tmp_path / "communes.CSV.gz"
    packed.write_bytes(gzip.compress(TEXT))
    liar = tmp_path / "liar.csv"
    liar.write_bytes(gzip.compress(TEXT))
    archive = zipped(tmp_path / "communes.zip", notice__pdf=b"%PDF", communes__csv=TEXT)
    for path, compression in ((plain, "none"), (packed, "gz"), (liar, "gz"), (archive, "zip")):
        file = open_official(path)
        assert (file.compression, file.name, file.size) == (
            compression,
            str(path),
            path.stat().st_size,
        )
        assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert read(file) == TEXT
        assert file.head(4) == b"code"
        assert file.choose().suffix == ".csv"
        with file.extract_to_temp() as held:
            assert held.read_bytes() == TEXT
        assert held.exists() == (compression == "none")
    assert open_official(archive).members == ("notice.pdf", "communes.csv")


def test_a_workbook_is_not_an_archive(tmp_path: Path) -> None:
    book = zipped(tmp_path / "apl.xlsx", **{"[Content_Types]__xml": b"<x/>", "xl": b"1"})
    assert open_official(book).compression == "none"
    inside = zipped(tmp_path / "apl.zip", apl__xlsx=book.read_bytes())
    with open_official(inside).extract_to_temp() as held:
        assert held.name == "apl.xlsx"
        assert held.read_bytes() == book.read_bytes()


def test_the_member_is_chosen_by_name_or_pattern(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "qpv.zip",
        **{"SHP/QP_LB93__shp": b"a", "SHP/QP_WGS84__shp": b"b", "SHP/QP_WGS84__dbf": b"c"},
    )
    file = open_official(path)
    assert file.choose("*wgs84.shp").member == "SHP/QP_WGS84.shp"
    assert open_official(path, member="QP_LB93.shp").label == f"{path}/SHP/QP_LB93.shp"
    with file.extract_to_temp("*WGS84.shp") as held:
        assert sorted(f.name for f in held.parent.iterdir()) == ["QP_WGS84.dbf", "QP_WGS84.shp"]
    assert "SHP/QP_LB93.shp, SHP/QP_WGS84.shp" in refused(path).say()
    assert "SHP/QP_WGS84.dbf" in refused(path, member="absent.gpkg").say()


def test_links_lead_to_files(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_bytes(TEXT)
    (tmp_path / "link.csv").symlink_to("real.csv")
    assert read(open_official(tmp_path / "link.csv")) == TEXT
    (tmp_path / "dangling.csv").symlink_to("nowhere.csv")
    assert "mène nulle part" in refused(tmp_path / "dangling.csv").say("fr")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    assert "tourne en rond" in refused(tmp_path / "loop.csv").say("fr")


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    assert "vide" in refused(tmp_path / "empty.csv").say()
    assert "n'existe pas" in refused(tmp_path / "absent.csv").say()
    assert "dossier" in refused(tmp_path).say()
    os.mkfifo(tmp_path / "pipe.csv")
    # A reader that opened the pipe would wait for ever: the thread must come back.
    asked = threading.Thread(target=refused, args=(tmp_path / "pipe.csv",), daemon=True)
    asked.start()
    asked.join(5)
    assert not asked.is_alive()
    assert "ordinaire" in refused(Path("/dev/null")).say()
    assert "octet nul" in refused(tmp_path / "a\0b").say()
    assert "trop long" in refused(tmp_path / ("a" * 300)).say()


@pytest.mark.parametrize("keep", [20, 0.5, -9])
def test_truncated_archives(tmp_path: Path, keep: float) -> None:
    noise = random.Random(1).randbytes(200_000)
    whole = gzip.compress(noise)
    length = int(keep * len(whole)) if isinstance(keep, float) else keep
    (tmp_path / "cut.gz").write_bytes(whole[:length])
    assert "tronqué" in refused(tmp_path / "cut.gz").say()
    whole = zipped(tmp_path / "whole.zip", a__csv=noise).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:length])
    assert "tronqué" in refused(tmp_path / "cut.zip").say()


def test_any_damage_is_explained(tmp_path: Path) -> None:
    """Bytes changed at random anywhere give the content or a SourceError, nothing else."""
    chance = random.Random(2)
    text = b";".join(chance.randbytes(3).hex().encode() for _ in range(500))
    path = tmp_path / "hurt"
    for whole in (zipped(tmp_path / "w.zip", a__csv=text).read_bytes(), gzip.compress(text)):
        outcomes = set()
        for _ in range(300):
            hurt = bytearray(whole)
            for _ in range(3):
                hurt[chance.randrange(len(hurt))] = chance.randrange(256)
            path.write_bytes(hurt)
            try:
                file = open_official(path)
                outcomes.add("read")
                if file.compression != "none":
                    assert read(file) == text
            except SourceError:
                outcomes.add("refused")
        assert outcomes == {"read", "refused"}


@pytest.mark.parametrize(
    "member", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:/evil.csv"]
)
def test_paths_that_leave_the_archive(tmp_path: Path, member: str) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, TEXT)
    assert "chemin interdit" in refused(path).say("fr")


def test_encrypted_unknown_and_linked_members(tmp_path: Path) -> None:
    path = zipped(tmp_path / "secret.zip", a__csv=TEXT)
    whole = bytearray(path.read_bytes())
    whole[6] |= 1  # local header
    whole[whole.index(b"PK\x01\x02") + 8] |= 1  # directory
    path.write_bytes(whole)
    assert "mot de passe" in refused(path).say()
    whole[whole.index(b"PK\x01\x02") + 8] &= 0xFE
    whole[whole.index(b"PK\x01\x02") + 10] = 9  # deflate64
    path.write_bytes(whole)
    assert "méthode inconnue (9)" in refused(path).say()
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "lien symbolique" in refused(tmp_path / "link.zip").say()


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = bytes(40 * 2**20)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(zeros))
    assert "bombe" in refused(tmp_path / "bomb.gz").say()
    assert "bombe" in refused(zipped(tmp_path / "bomb.zip", a__csv=zeros)).say()
    monkeypatch.setattr(bounds, "MAX_MEMBER_BYTES", 20)
    (tmp_path / "large.gz").write_bytes(gzip.compress(TEXT))
    assert "dépasse" in refused(tmp_path / "large.gz").say()
    assert "dépasse" in refused(zipped(tmp_path / "large.zip", a__csv=TEXT)).say()
    monkeypatch.setattr(bounds, "MAX_MEMBER_BYTES", 2**20)
    monkeypatch.setattr(bounds, "MAX_TOTAL_BYTES", 2 * len(TEXT) - 1)
    assert "dépasse" in refused(zipped(tmp_path / "total.zip", a__csv=TEXT, b__csv=TEXT)).say()
    monkeypatch.setattr(bounds, "MAX_MEMBERS", 1)
    assert "2 fichiers" in refused(zipped(tmp_path / "many.zip", a__csv=TEXT, b__txt=TEXT)).say()


@pytest.mark.parametrize("inner", [gzip.compress(TEXT), b"PK\x03\x04rest", b"BZh91AY"])
def test_archives_inside_archives(tmp_path: Path, inner: bytes) -> None:
    assert "dans l'archive" in refused(zipped(tmp_path / "outer.zip", a__csv=inner)).say()
    (tmp_path / "outer.gz").write_bytes(gzip.compress(inner))
    assert "dans l'archive" in refused(tmp_path / "outer.gz").say()


def test_a_file_replaced_meanwhile_has_no_hash(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT)
    file = open_official(path)
    path.write_bytes(TEXT + TEXT)
    with pytest.raises(SourceError, match="a changé"):
        _ = file.sha256


def test_real_archives(real_data: Path) -> None:
    file = open_official(real_data / "qpv" / "qpv2015_metropole_shp.zip")
    assert len(file.members) == 10
    with file.extract_to_temp("QPV.shp") as held:
        assert len(list(held.parent.iterdir())) == 5
