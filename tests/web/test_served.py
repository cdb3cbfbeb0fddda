"""A new result is taken up while requests go on; a broken one is not."""

from __future__ import annotations

import copy
import shutil
import threading
import time
from pathlib import Path

import pytest

from geo_service.core.errors import StoreError
from geo_service.store import save_result
from geo_service.web import create_app
from geo_service.web.served import Holder, Served


def wait_for(said, seconds: float = 30.0) -> bool:
    """Whether something becomes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if said():
            return True
        time.sleep(0.05)
    return False


def changed(result, facts):
    """The same result with other facts."""
    other = copy.copy(result)
    other.facts = facts
    return other


def test_a_new_result_is_taken_up_without_a_failed_request(
    sample_result, sample_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "resultat.gpkg"
    shutil.copy(sample_file, path)
    app = create_app(path)
    seen: list[tuple[int, bool]] = []
    stop = threading.Event()

    def visit() -> None:
        client = app.test_client()
        while not stop.is_set():
            answer = client.get("/telechargements/facts.csv")
            seen.append((answer.status_code, "nouveau nom" in answer.text))
            time.sleep(0.01)

    visitors = [threading.Thread(target=visit, daemon=True) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    try:
        assert wait_for(lambda: len(seen) > 10)
        facts = sample_result.facts | {"name": "nouveau nom"}
        save_result(changed(sample_result, facts), path)
        assert wait_for(lambda: seen[-1][1])
    finally:
        stop.set()
        for visitor in visitors:
            visitor.join()
    assert {status for status, _ in seen} == {200}
    assert "nouveau nom" in app.test_client().get("/").text


def test_a_broken_file_does_not_stop_the_service(sample_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "resultat.gpkg"
    shutil.copy(sample_file, path)
    app = create_app(path)
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    other = tmp_path / "autre"
    other.write_bytes(b"SQLite format 3\0 and nothing else")
    other.replace(path)
    assert client.get("/donnees").status_code == 200
    assert wait_for(lambda: client.get("/readyz").status_code == 503)
    assert client.get("/donnees").status_code == 200
    path.unlink()
    assert client.get("/donnees").status_code == 200
    shutil.copy(sample_file, tmp_path / "bon")
    (tmp_path / "bon").replace(path)
    assert client.get("/donnees").status_code == 200
    assert wait_for(lambda: client.get("/readyz").status_code == 200)


def test_no_result_no_service(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        create_app(tmp_path / "absent.gpkg")


def test_what_is_kept_is_made_once_whoever_asks(sample_file: Path) -> None:
    served = Served(sample_file)
    made: list[int] = []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return 7

    threads = [threading.Thread(target=served.keep, args=("key", make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert served.keep("key", make) == 7
    assert made == [1]


def test_answers_are_kept_up_to_a_size(sample_file: Path) -> None:
    served = Served(sample_file, most_bytes=1000)

    class Body:
        size = 200

    bodies = [served.keep_body(number, Body) for number in range(10)]
    assert served.keep_body(9, Body) is bodies[9]
    assert served.keep_body(0, Body) is not bodies[0]

    class Large:
        size = 999

    assert served.keep_body("large", Large) is not served.keep_body("large", Large)


def test_what_is_warmed_is_ready_before_the_new_result_answers(
    sample_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "resultat.gpkg"
    shutil.copy(sample_file, path)
    warmed: list[Served] = []
    holder = Holder(path, [warmed.append])
    first = holder.current()
    shutil.copy(sample_file, tmp_path / "neuf")
    (tmp_path / "neuf").replace(path)
    assert wait_for(lambda: holder.current() is not first)
    assert holder.current() is warmed[-1]
