"""The look-up of a file: what is read, what is refused, what goes back."""

from __future__ import annotations

import base64
import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from geo_service.web import create_app
from geo_service.web.lookup.batch import Choice, locate_upload
from geo_service.web.lookup.zones import Lookup
from geo_service.web.uploads import MOST_BYTES, UploadError, read_upload

LON, LAT = -3.0527, 46.0098
"""In QN09601M of the sample."""
HEAD = "nom;lon;lat\n"


@pytest.fixture(scope="module")
def client(sample_file: Path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_HEAVY_RATE", "off")
        patch.setenv("GEO_SERVICE_RATE", "off")
        return create_app(sample_file).test_client()


@pytest.fixture(scope="module")
def lookup(sample_file: Path) -> Lookup:
    from geo_service.atlas import Atlas

    return Lookup(Atlas(sample_file))


def send(client, content: bytes, name: str = "points.csv", language: str = "fr", **form: str):
    # Put together here: the client's own way leaves a temporary file open.
    boundary, body = encode_multipart({"fichier": FileStorage(io.BytesIO(content), name), **form})
    return client.post(
        f"/localiser?lang={language}",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
    )


def rows_of(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8"))))


def workbook(*rows: Any) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def repacked(content: bytes, **wanted: bytes) -> bytes:
    """A workbook with some of its parts replaced or added."""
    held = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in wanted:
                new.writestr(name, old.read(name))
        for name, data in wanted.items():
            new.writestr(name, data)
    return held.getvalue()


# What is read -------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_usual_encodings_and_separators(client, encoding: str, separator: str) -> None:
    text = separator.join(("structure", "longitude", "latitude")) + "\r\n"
    text += separator.join(("Élan de Noël", str(LON), str(LAT))) + "\r\n"
    answer = send(client, text.encode(encoding), download="csv")
    assert answer.status_code == 200
    [row] = rows_of(answer)
    assert (row["structure"], row["qpv_2024"]) == ("Élan de Noël", "QN09601M")


def test_french_decimals_quotes_and_breaks(client) -> None:
    text = f'nom;lon;lat\n"a;b\nc";{str(LON).replace(".", ",")};"{str(LAT).replace(".", ",")}"\n'
    [row] = rows_of(send(client, text.encode(), download="csv"))
    assert row["nom"].replace("\r\n", "\n") == "a;b\nc"
    assert row["qpv_2024_answer"] == "inside"


def test_a_workbook(client) -> None:
    content = workbook(["nom", "lon", "lat", "n"], ["A", LON, LAT, 12], [], ["B", None, "x", 5])
    rows = rows_of(send(client, content, "points.xlsx", download="csv"))
    assert [row["nom"] for row in rows] == ["A", "B"]
    assert (rows[0]["qpv_2024"], rows[0]["n"]) == ("QN09601M", "12.0")
    assert "vide" in rows[1]["problem"]
    assert [row["row"] for row in rows] == ["2", "4"]


def test_formulas_are_read_as_their_values_and_never_run(client) -> None:
    content = workbook(["nom", "lon", "lat"], ["=1+1", "=A1", LAT], ["A", LON, LAT])
    rows = rows_of(send(client, content, "points.xlsx", download="csv"))
    assert rows[0]["nom"] == ""  # nobody has computed it
    assert "vide" in rows[0]["problem"]
    assert rows[1]["qpv_2024_answer"] == "inside"


def test_metres_of_a_chosen_crs_and_chosen_columns(client) -> None:
    from geo_service.core.crs import transform

    x, y = transform([LON], [LAT], 4326, 2154)
    text = f"nom;est;nord\nA;{x[0]:.2f};{y[0]:.2f}\n"
    unknown = send(client, text.encode())
    assert unknown.status_code == 422
    assert "Aucune colonne de coordonnées" in unknown.text
    answer = send(client, text.encode(), download="csv", x="EST", y="nord", crs="2154")
    assert rows_of(answer)[0]["qpv_2024"] == "QN09601M"
    degrees = send(client, text.encode(), x="est", y="nord")
    assert degrees.status_code == 422
    assert "pas des degrés" in degrees.text
    missing = send(client, text.encode(), x="ouest", y="nord")
    assert missing.status_code == 422
    assert "ouest" in missing.text


def test_both_coordinates_in_one_column(client) -> None:
    text = f'nom;geo_point_2d\nA;"{LAT}, {LON}"\nB;\n'
    rows = rows_of(send(client, text.encode(), download="csv"))
    assert [row["qpv_2024_answer"] for row in rows] == ["inside", ""]


def test_a_precision_for_all_or_by_row(client) -> None:
    text = f"lon;lat;precision_m\n{LON};{LAT};5\n{LON};{LAT};500\n{LON};{LAT};\n{LON};{LAT};-4\n"
    rows = rows_of(send(client, text.encode(), download="csv", precision="0"))
    assert [row["qpv_2024_answer"] for row in rows] == [
        "inside",
        "undetermined",
        "inside",
        "inside",
    ]
    assert [row["precision_m"] for row in rows] == ["5", "500", "", "-4"]
    assert [row["precision_m_2"] for row in rows] == ["5.0", "500.0", "0.0", ""]
    assert "inconnue" in rows[3]["problem"]


def test_swapped_axes_are_noticed_and_said(client) -> None:
    text = f"lon;lat\n{LAT};{LON}\n{LAT};{LON}\n"
    page = send(client, text.encode())
    assert page.status_code == 200
    assert "sont échangées dans ce fichier" in page.text
    rows = rows_of(send(client, text.encode(), download="csv"))
    assert {row["qpv_2024_answer"] for row in rows} == {"inside"}
    mixed = f"lon;lat\n{LON};{LAT}\n{LON};{LAT}\n{LAT};{LON}\n"
    rows = rows_of(send(client, mixed.encode(), download="csv"))
    assert "échangées sur cette ligne" in rows[2]["problem"]
    assert rows[2]["qpv_2024_answer"] == ""


def test_every_row_comes_back_with_its_fault(client) -> None:
    text = HEAD + f"A;{LON};{LAT}\nB;abc;46\nC;;\nD;2.35;48.85\nE;nan;inf\nF;-3.05\nG;-74;40.7\n\n"
    answer = send(client, text.encode())
    page = answer.text
    assert answer.status_code == 200
    assert re.search(r'id="total">7<', page)
    assert re.search(r'id="located">1<', page)
    assert re.search(r'id="aside">6<', page)
    rows = {row["nom"]: row for row in rows_of(send(client, text.encode(), download="csv"))}
    assert rows["A"]["problem"] == ""
    for name, words in {
        "B": "pas un nombre",
        "C": "vide",
        "D": "Hors du territoire",
        "E": "pas un nombre",
        "G": "Hors de France",
    }.items():
        assert words in rows[name]["problem"]
        assert rows[name]["qpv_2024_answer"] == ""
    assert any("champs" in row["problem"] for row in rows.values())


def test_names_that_stand_twice_or_are_empty(client) -> None:
    text = f"nom;Nom;;lon;lat\na;b;c;{LON};{LAT}\n"
    [row] = rows_of(send(client, text.encode(), download="csv"))
    assert (row["nom"], row["Nom_2"], row["3"]) == ("a", "b", "c")


def test_both_languages(client) -> None:
    text = HEAD + f"A;{LON};{LAT}\nB;abc;46\n"
    assert "This is no number" in send(client, text.encode(), language="en").text
    assert "pas un nombre" in send(client, text.encode(), language="fr").text
    [_, bad] = rows_of(send(client, text.encode(), language="en", download="csv"))
    assert "This is no number" in bad["problem"]


def test_the_page_carries_the_complete_result(client) -> None:
    text = HEAD + "".join(f"n{row};{LON};{LAT}\n" for row in range(150))
    page = send(client, text.encode()).text
    held = re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]+)" download', page)
    assert held
    whole = list(csv.DictReader(io.StringIO(base64.b64decode(held[1]).decode())))
    assert [row["nom"] for row in whole] == [f"n{row}" for row in range(150)]
    assert page.count("<bdi>QN09601M</bdi>") == 100


def test_ten_thousand_rows_are_answered_in_one_pass(lookup: Lookup) -> None:
    text = HEAD + "".join(f"n;{LON + row * 1e-5};{LAT}\n" for row in range(10_000))
    batch = locate_upload(lookup, read_upload("p.csv", text.encode()), Choice())
    assert len(batch.used) == 10_000
    assert {"inside", "outside"} == set(batch.found.layers["qpv_2024"].answer)


# What is refused ----------------------------------------------------------------------------------


def sheet(body: str) -> bytes:
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{body}</sheetData></worksheet>"
    ).encode()


BOOK = workbook(["nom", "lon", "lat"], ["A", LON, LAT])
SHEET = "xl/worksheets/sheet1.xml"
WIDE_ROW = "<row r='1'>" + "<c r='A1'><v>1</v></c>" * 1_000_000 + "</row>"
TALL = "".join(f"<row r='{row}'><c r='A{row}'><v>1</v></c></row>" for row in range(1, 12_000))
BAD = {
    "empty": (b"", "vide.csv", 422, "vide"),
    "blank": (b"  \n\n ", "vide.csv", 422, "vide"),
    "header only": (HEAD.encode(), "p.csv", 422, "en-tête"),
    "no coordinates": (b"a;b\n1;2\n", "p.csv", 422, "Aucune colonne"),
    "one column": (b"nom\nA\nB\n", "p.csv", 422, "Aucune colonne"),
    "nothing in France": (HEAD.encode() + b"A;0;0\nB;-74;40\n", "p.csv", 422, "Hors de France"),
    "only nan": (HEAD.encode() + b"A;nan;nan\nB;inf;-inf\n", "p.csv", 422, "pas un nombre"),
    "too large": (b"x" * (MOST_BYTES + 1), "p.csv", 413, "5 Mo"),
    "far too large": (b"x" * (3 * MOST_BYTES), "p.csv", 413, "5 Mo"),
    "too many rows": (HEAD.encode() + b"A;1;2\n" * 10_001, "p.csv", 413, "10000 lignes"),
    "too many bad rows": (HEAD.encode() + b"A\n" * 1_000_000, "p.csv", 413, "10000 lignes"),
    "300 columns": (
        b";".join(b"c%d" % n for n in range(300)) + b"\n" + b";" * 299 + b"1\n",
        "p.csv",
        413,
        "200 colonnes",
    ),
    "a million columns": (
        b";" * 1_000_000 + b"\n" + b"1;" * 1_000_000,
        "p.csv",
        413,
        "200 colonnes",
    ),
    "a million lines": (b"\n" * 3_000_000 + b"a", "p.csv", 422, ""),
    "binary": (bytes(range(256)) * 40, "p.csv", 415, ""),
    "an image": (b"\x89PNG\r\n\x1a\n" + b"\0" * 400, "p.csv", 415, "ni un CSV ni un XLSX"),
    "an executable": (b"MZ\x90\0" + b"\0" * 400, "p.xlsx", 415, "ni un CSV ni un XLSX"),
    "gzip": (b"\x1f\x8b\x08\0" + b"\0\1\2\3" * 100, "p.csv.gz", 415, ""),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "p.xls", 415, "xls"),
    "half a UTF-16": ("lon;lat\n1;2\n".encode("utf-16")[:-1], "p.csv", 415, "ni un CSV ni un XLSX"),
    "cut workbook": (BOOK[: len(BOOK) // 2], "p.xlsx", 422, "abîmé"),
    "broken sheet": (repacked(BOOK, **{SHEET: b"<worksheet><sheetData><row>"}), "p.xlsx", 422, ""),
    "no sheet data": (repacked(BOOK, **{SHEET: sheet("")}), "p.xlsx", 422, "ligne"),
    "a workbook of a million columns": (
        repacked(BOOK, **{SHEET: sheet(WIDE_ROW)}),
        "p.xlsx",
        413,
        "200 colonnes",
    ),
    "a cell at column 10^6": (
        repacked(BOOK, **{SHEET: sheet("<row r='1'><c r='BDWGN1'><v>1</v></c></row>")}),
        "p.xlsx",
        422,
        "",
    ),
    "a row at 10^9": (
        repacked(
            BOOK, **{SHEET: sheet("<row r='1000000000'><c r='A1000000000'><v>1</v></c></row>")}
        ),
        "p.xlsx",
        422,
        "",
    ),
    "a tall workbook": (repacked(BOOK, **{SHEET: sheet(TALL)}), "p.xlsx", 413, "10000 lignes"),
    "a zip bomb": (repacked(BOOK, **{SHEET: b" " * (200 << 20)}), "p.xlsx", 413, "décompressé"),
    "entities": (
        repacked(
            BOOK,
            **{
                SHEET: b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
                + sheet("<row><c><v>&a;</v></c></row>")
            },
        ),
        "p.xlsx",
        422,
        "abîmé",
    ),
    "macros": (repacked(BOOK, **{"xl/vbaProject.bin": b"x"}), "p.xlsm", 415, "macros"),
    "a path that climbs": (repacked(BOOK, **{"../../etc/cron.d/x": b"x"}), "p.xlsx", 422, "chemin"),
}


@pytest.mark.parametrize("case", BAD, ids=list(BAD))
def test_what_cannot_be_used_is_said_and_the_server_stays_up(client, case: str) -> None:
    content, name, status, words = BAD[case]
    answer = send(client, content, name)
    assert answer.status_code == status, answer.text[-3000:]
    assert 'role="alert"' in answer.text
    assert words in answer.text.replace("&#39;", "'").replace("\u202f", "")
    assert "Traceback" not in answer.text
    assert 'id="fichier-forme"' in answer.text
    good = send(client, (HEAD + f"A;{LON};{LAT}\n").encode(), download="csv")
    assert good.status_code == 200


def test_a_plain_zip_is_no_workbook(client) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.csv", "lon;lat\n1;2\n")
    answer = send(client, held.getvalue(), "p.zip")
    assert answer.status_code == 415
    assert "ni un CSV ni un XLSX" in answer.text


def test_no_file_at_all(client) -> None:
    assert client.post("/localiser", data={}).status_code == 422
    assert send(client, b"x", "").status_code == 422
    assert client.post("/localiser", data="x" * 100, content_type="text/plain").status_code == 422
    assert client.put("/localiser").status_code == 405


def test_too_many_fields_or_a_huge_field(client) -> None:
    many = {f"f{n}": "x" for n in range(200)}
    boundary, body = encode_multipart(many)
    kind = f"multipart/form-data; boundary={boundary}"
    assert client.post("/localiser", data=body, content_type=kind).status_code == 413
    assert client.post("/localiser", data={"adresse": "x" * 300_000}).status_code == 413


def test_links_to_other_files_are_not_followed(client) -> None:
    """A workbook that names an outside file is read without it."""
    content = repacked(
        BOOK,
        **{
            "xl/externalLinks/externalLink1.xml": b"<externalLink/>",
            "xl/externalLinks/_rels/externalLink1.xml.rels": (
                b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                b'<Relationship Id="r1" Type="t" TargetMode="External" '
                b'Target="file:///etc/passwd"/>'
                b"</Relationships>"
            ),
        },
    )
    answer = send(client, content, "p.xlsx", download="csv")
    assert answer.status_code == 200
    assert "root:" not in answer.data.decode()


def test_the_name_of_a_temporary_file_is_never_shown(client) -> None:
    for content in (b"a\n\0\0", b"nom\nA\n", BOOK[:300], b'a;b\n"'):
        said = send(client, content, "../../mon fichier.csv").text
        assert "/tmp" not in said
        assert "geo_service-" not in said


# Hostile content ----------------------------------------------------------------------------------

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    '"><script>alert(1)</script>',
    "</script><script>alert(1)</script>",
    "{{7*7}}",
    "\u202eexe.txt",
    "a;=1+1",
    "&lt;b&gt;",
    "'",
]


def test_hostile_cells_and_names_are_only_text(client) -> None:
    held = io.StringIO()
    writer = csv.writer(held, delimiter=";")
    writer.writerow([*HOSTILE, "lon", "lat"])
    writer.writerow([*HOSTILE, LON, LAT])
    writer.writerow([*HOSTILE, "=1+1", LAT])
    content = held.getvalue().encode()
    page = send(client, content, "<img src=x onerror=alert(1)>.csv")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert ">49<" not in page.text
    for line in csv.reader(io.StringIO(send(client, content, download="csv").data.decode())):
        for cell in line:
            runs = cell.lstrip(" \t\r\n\ufeff\u202e")[:1] in ("=", "+", "@", "-")
            assert not runs or re.fullmatch(r"-?\d+(\.\d+)?", cell), cell
            assert not re.search(r"[;\t\n]\s*=", cell), cell
    book = openpyxl.load_workbook(io.BytesIO(send(client, content, download="xlsx").data))
    for row in book.active.iter_rows():
        for cell in row:
            assert cell.data_type != "f"
    assert book.sheetnames[1] == "source"


def test_a_workbook_with_hostile_cells(client) -> None:
    rows = workbook(
        ["nom", "lon", "lat"],
        *([text.replace("\t", " "), LON, LAT] for text in HOSTILE if text[0] != "="),
    )
    page = send(client, rows, "p.xlsx")
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_a_number_of_the_visitor_stays_a_number(client) -> None:
    text = f"lon;lat;tel;solde\n{LON};{LAT};+33561000000;-12,5\n"
    [row] = rows_of(send(client, text.encode(), download="csv"))
    assert (row["lon"], row["tel"], row["solde"]) == (str(LON), "+33561000000", "-12,5")


def test_huge_cells_are_listed(client) -> None:
    text = HEAD + f"{'x' * 40_000};{LON};{LAT}\nB;{LON};{LAT}\n"
    rows = rows_of(send(client, text.encode(), download="csv"))
    assert len(rows) == 2
    assert sum("cellule" in row["problem"] for row in rows) == 1


def test_refusals_keep_their_type() -> None:
    with pytest.raises(UploadError) as refused:
        read_upload("x", b"\0" * 10)
    assert refused.value.status == 415
