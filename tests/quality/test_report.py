"""The report on disk: valid JSON, a CSV that runs nothing, a page that runs nothing of a file."""

from __future__ import annotations

import csv
import datetime as dt
import html.parser
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from geo_service.core.contracts import Layout, Source
from geo_service.core.errors import SourceError, StoreError
from geo_service.core.i18n import T
from geo_service.core.result import Anomaly, Provenance
from geo_service.quality import Checked, CheckedFile, check_files, write_report
from geo_service.quality.anomaly_map import MOST_DRAWN, signs
from geo_service.quality.page import MOST_LISTED, page_html

TODAY = dt.date(2026, 11, 22)
CHROMIUM = Path("/usr/bin/chromium")
RUN = "document.documentElement.dataset.run"
HOSTILE = (
    f"<img src=x onerror={RUN}=1></script><script>{RUN}=2</script>\"'><svg onload={RUN}=3>"
    f"{{{{ 7*7 }}}} {{% raw %}} <!--<script> \x00\x1b\u202e\u2028 ' onmouseover='{RUN}=4"
)


def _anomaly(**values: Any) -> Anomaly:
    given = {
        "source": "s",
        "file": "f.csv",
        "row": 3,
        "field": "x",
        "value": "v",
        "code": "a-code",
        "reason": T("Raison {v}", "Reason {v}", v="un"),
        "outcome": "kept",
        "lon": 1.4,
        "lat": 43.6,
        **values,
    }
    return Anomaly(**given)


def _checked(anomalies: list[Anomaly], *, text: str = "f.csv", land: Any = None) -> Checked:
    layout = Layout(text, T(text, text), tried=False)
    source = Source(
        name=text,
        label=T(text, text),
        gives="apl",
        publisher=text,
        licence=text,
        layouts=(layout,),
        recognise=lambda _path: None,
        read=lambda _path: None,  # type: ignore[arg-type, return-value]
    )
    provenance = Provenance(
        source_id="s",
        source="s",
        layout="l",
        file=text,
        member=text,
        sha256=text,
        bytes=10,
        publisher=text,
        licence=text,
        rows_read=5,
        rows_kept=3,
        rows_set_aside=1,
        note=T("{t}", "{t}", t=text),
    )
    files = (
        CheckedFile(
            text,
            "read",
            source=source,
            layout=layout,
            others=(text,),
            provenance=provenance,
            anomalies=tuple(anomalies),
        ),
        CheckedFile(f"2{text}", "unreadable", error=SourceError(T("{t}", "{t}", t=text))),
        CheckedFile(f"3{text}", "unrecognised"),
    )
    return Checked(files, TODAY, 400, register=text, land=land)


@pytest.fixture(scope="module")
def checked(sample: Path) -> Checked:
    folders = ("finess", "qpv", "territories")
    return check_files([sample / name for name in folders], today=TODAY)


def _data(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


class _Tags(html.parser.HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_three_files_are_written(checked: Checked, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "report"
    written = write_report(checked, folder, language="fr")
    assert [path.name for path in written] == ["rapport.json", "anomalies.csv", "rapport.html"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in written)
    assert json.loads(written[0].read_text("utf-8")) == json.loads(json.dumps(checked.to_json()))
    with written[1].open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == sum(len(file.anomalies) for file in checked.files)
    page = written[2].read_text("utf-8")
    assert '<html lang="fr">' in page
    for code in checked.by_code():
        assert f"<code>{code}</code>" in page
    asked = [
        attributes.get("src") or attributes.get("href")
        for tag, attributes in _Tags(page).found
        if tag in ("script", "link", "img", "iframe")
    ]
    assert [one for one in asked if one] == []


def test_a_spreadsheet_runs_nothing(tmp_path: Path) -> None:
    formula = "=cmd|' /C calc'!A0"
    one = _anomaly(value=formula, record="+1", reason=T("{v}", "{v}", v="-1;=2"))
    _, table, _ = write_report(_checked([one], text="@f.csv"), tmp_path)
    with table.open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["value"] == "'" + formula
    assert (row["record"], row["file"], row["source"]) == ("'+1", "'@f.csv", "'@f.csv")
    assert row["reason"] == "'-1;'=2"


def test_the_map_gives_each_kind_its_own_sign_and_draws_the_land(checked: Checked) -> None:
    data = _data(page_html(checked, language="fr"))
    drawn = {layer["id"]: layer for layer in data["layers"]}
    marks = [(m["colour"], m["path"]) for m in (v.get("mark") for v in drawn.values()) if m]
    assert len(marks) == len(set(marks)) == len({path for _, path in marks}) > 5
    assert data["land"] == "departements"
    assert drawn["departements"]["names"] == sorted(drawn["departements"]["names"])
    placed = sum(a.lon is not None for file in checked.files for a in file.anomalies)
    assert sum(len(layer["points"]) for layer in drawn.values() if "points" in layer) == placed > 20


def test_ninety_kinds_have_ninety_signs() -> None:
    found = [_anomaly(code=f"code-{n}") for n in range(90)]
    assert len(set(signs(_checked(found)).values())) == 90


def test_communes_are_melted_into_land_when_there_is_nothing_better() -> None:
    land = gpd.GeoDataFrame(
        {
            "level": "commune",
            "code": ["31001", "31002", "32001"],
            "name": ["a", "b", "c"],
            "departement": ["31", "31", "32"],
        },
        geometry=[shapely.box(x, 43, x + 1, 44) for x in (0, 1, 2)],
        crs=4326,
    )
    data = _data(page_html(_checked([_anomaly()], land=land), language="fr"))
    limits = data["layers"][-1]
    assert (limits["id"], limits["names"]) == ("departements", ["31", "32"])


def test_without_a_position_there_is_no_map() -> None:
    page = page_html(_checked([_anomaly(lon=None, lat=None)]), language="fr")
    assert 'id="map_result"' not in page
    assert "Raison …" in page


def test_a_position_off_the_earth_is_not_drawn() -> None:
    wrong = [_anomaly(lon=700_000.0), _anomaly(lat=float("nan")), _anomaly(lon=float("inf"))]
    data = _data(page_html(_checked([*wrong, _anomaly()]), language="en"))
    assert data["layers"][0]["points"] == [[1.4, 43.6]]


def test_without_an_anomaly_the_page_says_so() -> None:
    assert "Aucune anomalie." in page_html(_checked([]), language="fr")


def test_long_lists_are_cut_and_the_page_says_where_the_rest_is() -> None:
    many = [_anomaly(row=n, record=f"R{n}") for n in range(MOST_DRAWN + 1)]
    page = page_html(_checked(many), language="en")
    table = page[page.index('<details class="nature">') : page.index('id="unrecognised"')]
    assert table.count("<tr><th") == MOST_LISTED + 1  # and the heading
    assert "The first 500 rows of 3,001; anomalies.csv has them all." in page
    assert "At most 3,000 of a kind are drawn" in page
    assert len(_data(page)["layers"][0]["points"]) == MOST_DRAWN


@pytest.mark.parametrize(
    ("language", "said", "unsaid"),
    [
        ("fr", ("Qualité des fichiers officiels", "mise de côté", "Légende"), "set aside"),
        ("en", ("Quality of official files", "set aside", "Legend"), "mise de côté"),
    ],
)
def test_speaks_one_language(
    checked: Checked, language: Any, said: tuple[str, ...], unsaid: str
) -> None:
    page = page_html(checked, language=language)
    body = page[page.index("<body>") :]
    assert [text for text in said if text not in body] == []
    assert unsaid not in body


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="file"):
        write_report(_checked([]), tmp_path / "file")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """The report of files whose every text is an attack."""
    found = [
        _anomaly(
            code=code,
            value=HOSTILE,
            field=HOSTILE,
            record=HOSTILE,
            reason=T(reason, reason, v=HOSTILE),
        )
        for code, reason in (("a", "{v}"), ("b", HOSTILE.replace("{", "{{").replace("}", "}}")))
    ]
    land = gpd.GeoDataFrame(
        {"level": "departement", "code": [HOSTILE], "name": [HOSTILE]},
        geometry=[shapely.box(1, 43, 2, 44)],
        crs=4326,
    )
    return write_report(_checked(found, text=HOSTILE, land=land), tmp_path)[-1]


def test_no_text_of_a_file_becomes_markup(hostile: Path) -> None:
    tags = _Tags(hostile.read_text("utf-8")).found
    assert [tag for tag, _ in tags if tag in ("img", "iframe", "object", "embed")] == []
    named = {name for _, attributes in tags for name in attributes}
    assert not {name for name in named if name.startswith("on")}
    # The three of the browser libraries, the block of data, and the map itself.
    assert sum(tag == "script" for tag, _ in tags) == 5


@pytest.mark.browser
def test_no_text_of_a_file_is_ever_run(hostile: Path) -> None:
    if not CHROMIUM.exists():
        pytest.skip("no Chromium at /usr/bin/chromium (apt-get install chromium)")
    page = hostile.read_text("utf-8")
    act = """<script>
        document.querySelectorAll("details").forEach((one) => { one.open = true; });
        const all = [];
        const find = (one) => {
          if (one.getAllChildMarkers) one.getAllChildMarkers().forEach(find);
          else if (one.options && one.options.of) all.push(one);
        };
        map_result.eachLayer(find);
        let told = 0;
        for (const one of all) {
          const popup = one.getPopup && one.getPopup();
          if (!popup) continue;
          const here = L.popup().setLatLng(map_result.getCenter());
          here.setContent(popup._content(one)).openOn(map_result);
          const text = document.querySelector(".leaflet-popup-content").textContent;
          told += text.includes("<img src=x");
        }
        document.documentElement.dataset.told = told;
        </script>"""
    hostile.write_text(page.replace("</body>", act + "</body>"), encoding="utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    run = subprocess.run(
        [*command, f"--user-data-dir={hostile.parent / 'profile'}", hostile.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    root = _Tags(run.stdout).found[0]
    assert root[0] == "html"
    assert root[1].get("data-told") == "2"  # the page works, and both popups say the text as text
    assert "data-run" not in root[1]
