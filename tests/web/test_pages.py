"""The page, the map and the downloads over the sample's result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo_service.store import save_result
from geo_service.web import create_app


@pytest.fixture(scope="module")
def client(sample_file: Path):
    return create_app(sample_file).test_client()


def test_home_is_french_and_english_on_request(client) -> None:
    french = client.get("/?lang=fr")
    assert french.status_code == 200
    assert '<html lang="fr">' in french.text
    assert "Chiffres clés" in french.text
    assert "Données fictives" in french.text
    assert "entre 7 et 13" in french.text
    english = client.get("/", headers={"Accept-Language": "en-GB"})
    assert '<html lang="en">' in english.text
    assert "between 7 and 13" in english.text


def test_a_made_up_file_credits_no_real_publisher(client) -> None:
    assert "Fichier fictif" in client.get("/").text
    assert "Licence Ouverte" not in client.get("/").text


def test_headers_are_strict(client) -> None:
    for address in ("/", "/carte"):
        policy = client.get(address).headers["Content-Security-Policy"]
        scripts = next((p for p in policy.split(";") if "script-src" in p), "default-src 'self'")
        assert "unsafe" not in scripts
        assert "http" not in policy
        assert client.get(address).headers["X-Content-Type-Options"] == "nosniff"


def test_the_map_is_cached_by_its_etag(client) -> None:
    first = client.get("/carte")
    assert first.status_code == 200
    again = client.get("/carte", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_every_download_answers(client) -> None:
    import re

    links = re.findall(r'href="(/telechargements/[^"]+)"', client.get("/").text)
    assert len(links) > 60
    for link in links:
        answer = client.get(link.replace("&amp;", "&"), buffered=True)
        assert answer.status_code == 200, link
        assert len(answer.data) > 0


def test_a_download_can_be_cut_by_territory(client) -> None:
    address = "/telechargements/structures.geojson"
    whole = json.loads(client.get(address, buffered=True).data)
    part = json.loads(client.get(f"{address}?territory=departement:971", buffered=True).data)
    assert 0 < len(part["features"]) < len(whole["features"])


@pytest.mark.parametrize(
    "address",
    [
        "/telechargements/rien.csv",
        "/telechargements/structures.exe",
        "/telechargements/..%2f..%2fetc%2fpasswd.csv",
        "/telechargements/structures.csv?territory=region:1",
        "/nulle-part",
    ],
)
def test_what_does_not_exist_is_a_404_in_words(client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_health(client) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_a_new_result_is_taken_up_without_a_restart(sample_result, tmp_path: Path) -> None:
    path = tmp_path / "resultat.gpkg"
    save_result(sample_result, path)
    client = create_app(path).test_client()
    assert "nouveau nom" not in client.get("/").text
    facts = sample_result.facts | {"name": "nouveau nom"}
    import dataclasses

    save_result(dataclasses.replace(sample_result, facts=facts), path)
    assert "nouveau nom" in client.get("/").text
