"""The pages that every visitor meets, over the sample's result."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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
    for address in ("/", "/carte", "/donnees/rapport"):
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


PAGES = (
    "/",
    "/carte",
    "/localiser",
    "/telechargements",
    "/donnees",
    "/analyses",
    "/zonage",
    "/aides",
    "/mesure-9",
    "/progression",
    "/classement",
    "/officiel",
    "/barometre",
    "/cpts",
    "/aide",
    "/glossaire",
    "/a-propos",
    "/accessibilite",
    "/recherche?q=a",
)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("address", PAGES)
def test_every_page_answers_in_both_languages(client, address: str, language: str) -> None:
    join = "&" if "?" in address else "?"
    answer = client.get(f"{address}{join}lang={language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert "<main" in answer.text or "map" in answer.text


def test_links_keep_the_language_that_was_asked_for(client) -> None:
    page = client.get("/?lang=en").text
    links = re.findall(r'href="(/(?!static|polices)[^"#]*)"', page)
    assert links
    assert all("lang=" in link for link in links), [link for link in links if "lang=" not in link]
    assert "lang=" not in "".join(
        link
        for link in re.findall(r'href="(/[^"#]*)"', client.get("/").text)
        if "lang=en" not in link
    )


def test_every_link_of_every_page_leads_somewhere(client) -> None:
    seen: set[str] = set()
    for address in PAGES:
        for link in re.findall(r'(?:href|src)="(/[^"#]*)', client.get(address).text):
            if "/telechargements/" not in link:
                seen.add(link.replace("&amp;", "&"))
    assert len(seen) > 30
    for link in sorted(seen):
        answer = client.get(link, buffered=True)
        assert answer.status_code == 200, link
        answer.close()


def test_pages_are_compressed_and_revalidated(client) -> None:
    plain = client.get("/aide?lang=fr")
    packed = client.get("/aide?lang=fr", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "br"
    assert len(packed.data) < len(plain.data) / 2
    import brotli

    assert brotli.decompress(packed.data) == plain.data
    zipped = client.get("/aide?lang=fr", headers={"Accept-Encoding": "gzip, br;q=0"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    for answer in (plain, packed, zipped):
        again = client.get("/aide?lang=fr", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        assert again.data == b""
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_no_page_holds_what_the_policy_forbids(client) -> None:
    for address in PAGES:
        page = client.get(address).text
        assert " style=" not in page, address
        assert not re.search(r"\son[a-z]+=", page), address
        assert "<style" not in page, address
        for script in re.findall(r"<script(?![^>]*application/json)[^>]*>", page):
            assert " src=" in script, (address, script)


def test_the_quality_report_may_be_framed_by_the_service_alone(client) -> None:
    answer = client.get("/donnees/rapport")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
@pytest.mark.parametrize("address", ["/", "/telechargements", "/donnees", "/healthz"])
def test_the_service_only_reads(client, method: str, address: str) -> None:
    assert getattr(client, method)(address).status_code == 405


def test_the_fonts_are_served_and_nothing_else(client) -> None:
    font = client.get("/polices/inter-latin-wght-normal.woff2")
    assert font.data[:4] == b"wOF2"
    assert "immutable" in font.headers["Cache-Control"]
    for name in ("LICENSE", "..%2f..%2fmanifest.json", "x.woff2"):
        assert client.get(f"/polices/{name}").status_code == 404


def test_static_files_are_named_by_their_content_and_compressed(client) -> None:
    page = client.get("/aide").text
    links = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert links
    for link in links:
        answer = client.get(link, headers={"Accept-Encoding": "br"})
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        plain = client.get(link.partition("?")[0])
        assert "immutable" not in plain.headers["Cache-Control"]
        if len(plain.data) > 1000:
            assert answer.headers["Content-Encoding"] == "br"
    assert client.get("/static/geo_service.css").mimetype == "text/css"
    assert client.get("/static/rien.css").status_code == 404
