"""Breaks a good official file in every way that its form allows.

A fault is a function from the path of a good file to the path of a broken one in another folder.
Which faults a file can have follows from its form: any file can be cut short, only a table can
lose a column, only a file with coordinates can have them swapped.
"""

from __future__ import annotations

import functools
import gzip
import io
import os
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Fault = Callable[[Path, Path], Path]
HUGE = "9" * 200_000
"""Longer than any cell that a reader accepts."""
BOMB_BYTES = 36 * 2**20

FAULTS: dict[str, dict[str, Fault]] = {}
"""Fault → form of file → function."""

TEXT, PLACED, JSON, GEOJSON = "text", "text with places", "json", "geojson"
PARQUET, SHAPES, XLSX, ZIP = "parquet", "parquet with shapes", "xlsx", "zip"
TEXTS = (TEXT, PLACED)
FORMS = (*TEXTS, JSON, GEOJSON, PARQUET, SHAPES, XLSX, ZIP)


@dataclass(frozen=True)
class Good:
    """A good file: of the sample by its path, or made from ``text``; and what it cannot do without.

    ``key`` is a column, by name, or by place where the file has no header.
    """

    source: str
    layout: str
    form: str
    key: str | int
    path: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.source}/{self.layout}/{Path(self.path).name}"

    @property
    def stated_layout(self) -> str | None:
        """The layout as a study has to state it; null where the reader finds it."""
        return self.layout if (self.source, self.layout) == ("population", "communes") else None


_CODE = "code_insee;commune;zmed_niveau;zmed_date_arrete"
_ZD = "Département;Code INSEE;Commune;Code QPV;Libellé QPV;Zonage 2025"
_IND = "indic_id,enforce_zone_id,metric_enforce_date,maille,indic_vi,indic_va,indic_vc,indic_ta"
GOOD = (
    Good("apl", "parquet", PARQUET, "codgeo", "apl/apl_communes_fictif.parquet"),
    Good("apl", "drees-xlsx", XLSX, "Code commune INSEE", "apl/apl_drees_fictif.xlsx"),
    Good("cpts", "cpts-communes", TEXT, "code_insee", "cpts/cpts_communes_fictif.csv"),
    Good("finess", "cs1100507", PLACED, 1, "finess/etalab-cs1100507-stock-20260105-0337.csv"),
    Good("finess", "cs1100507", PLACED, 1, "finess/etalab-cs1100507-stock-20210107-0341.csv"),
    Good("finess", "cs1100502", TEXT, 1, "finess/etalab-cs1100502-stock-20260105-0337.csv"),
    Good(
        *("finess", "flat", PLACED, "numero_finess_etablissement"),
        "finess/etablissements_fictif_2026.csv.gz",
    ),
    Good(
        *("finess", "ans-json", JSON, "numFinessEge"),
        "finess/finess-structures-mensuel-202608.json.gz",
    ),
    Good("population", "qpv-insee", TEXT, "codeQPV", "qpv/qpv2024_indicateurs_insee_fictif.csv"),
    Good("population", "squares-200m", SHAPES, "id", "population/carreaux200m_fictif.parquet"),
    Good("population", "communes", TEXT, "COM", "cog/donnees_communes_fictif.csv"),
    Good("qpv", "perimetres-2024", ZIP, "code_qp", "qpv/QP2024_fictif.zip"),
    Good("qpv", "perimetres-2015", ZIP, "CODE_QP", "qpv/qp2015_fictif.zip"),
    Good("qpv", "liste", TEXT, "code_qp", "qpv/qpv2024_liste_fictif.csv"),
    Good("quartier_vecu", "by-structure", TEXT, "finess", "quartier_vecu/declares_fictif.csv"),
    Good(
        *("quartier_vecu", "by-polygon", GEOJSON, "code_qp"),
        "quartier_vecu/perimetres_fictif.geojson",
    ),
    Good("series", "barometre-etalab", TEXT, "valeur", "barometre/barometre_fictif.csv"),
    Good(
        *("series", "barometre-ditp", TEXT, "indic_va", "ditp.csv"),
        f"{_IND}\nIND-311,FRANCE,2023-12-01,NAT,2251,2501,4000,14.29\n"
        "IND-311,R84,2023-12-01,REG,341,383,,\nIND-311,D2A,2023-12-01,DEPT,2,5,,\n",
    ),
    Good(
        "territories",
        "communes-contours",
        SHAPES,
        "code_insee",
        "territories/communes_fictif.parquet",
    ),
    Good("territories", "epci-contours", SHAPES, "siren_epci", "territories/epci_fictif.parquet"),
    Good(
        "territories",
        "departements-contours",
        GEOJSON,
        "code",
        "territories/departements_fictif.geojson",
    ),
    Good("territories", "regions-contours", GEOJSON, "code", "territories/regions_fictif.geojson"),
    Good("territories", "cog-communes", TEXT, "COM", "cog/communes_fictif.csv"),
    Good("territories", "cog-arrondissements", TEXT, "ARR", "cog/arrondissements_fictif.csv"),
    Good("territories", "cog-departements", TEXT, "DEP", "cog/departements_fictif.csv"),
    Good("territories", "cog-regions", TEXT, "REG", "cog/regions_fictif.csv"),
    Good("territories", "epci-composition", TEXT, "insee", "cog/epcicom2024_fictif.csv"),
    Good("territories", "cog-moves", TEXT, "COM_AV", "cog/mouvements-communes_fictif.csv"),
    Good("territories", "cog-population", TEXT, "COM", "cog/donnees_communes_fictif.csv"),
    Good("zonage", "communes-postal", TEXT, "Zonage", "zonage/zonage_communes_fictif.csv"),
    Good(
        *("zonage", "communes-code", TEXT, "code_insee", "communes.csv"),
        f"{_CODE}\n"
        + "".join(f"960{n};Échantillonné-lès-Étés;ZIP;31/12/2021\n" for n in range(10, 30)),
    ),
    Good(
        *("zonage", "tvs", TEXT, "code_tvs", "tvs.csv"),
        "code_tvs,libellé,zonage\n" + "".join(f"960{n},Étalonné,ZIP\n" for n in range(10, 40)),
    ),
    Good("zonage", "dres-workbook", XLSX, "Code de la commune", "zonage/zonage_qpv_fictif.xlsx"),
    Good(
        *("zonage", "zd-qpv", TEXT, "Code QPV", "zd.csv"),
        f"{_ZD}\n" + "".join(f"96;96001;Écuré;QN096{n}M;Cité {n};ZIP\n" for n in range(10, 40)),
    ),
    Good("zonage", "cartosante", TEXT, "Code", "zonage/cartosante_fictif.csv"),
    Good(
        *("islands", "islands-communes", TEXT, "code_insee", "iles.csv"),
        "code_insee,ile,valid_from\n"
        + "".join(f"960{n},Île-d'Étalon {n},2015-01-01\n" for n in range(10, 40)),
    ),
)
"""One good file for each layout of each source, and one for each generation of FINESS."""

AT_THE_DOOR = (
    *("empty", "binary junk", "zip bomb", "gzip bomb", "path traversal", "archive in archive"),
    *("symlink", "symlink loop", "missing", "folder", "pipe"),
)
"""Faults of the file itself: looked for once for each form that a source reads."""


def good_path(good: Good, sample: Path, made: Path) -> Path:
    """Where a good file is; one that the sample does not hold is made in a folder."""
    if not good.text:
        return sample / good.path
    made.mkdir(parents=True, exist_ok=True)
    (made / good.path).write_text(good.text, encoding="utf-8")
    return made / good.path


def cases() -> Iterator[tuple[Good, str]]:
    """Each good file with each fault that it can have."""
    seen: set[tuple[str, str]] = set()
    for good in GOOD:
        for name, makers in FAULTS.items():
            first = (good.source, good.form) not in seen
            if good.form in makers and (first or name not in AT_THE_DOOR):
                yield good, name
        seen.add((good.source, good.form))


def broken(fault: str, good: Good, path: Path, folder: Path) -> Path:
    """The good file with one fault, under the same name in a new folder."""
    folder.mkdir(parents=True)
    return FAULTS[fault][good.form](path, folder)


def fault(name: str, *forms: str) -> Callable[[Fault], Fault]:
    """Register a fault of some forms of file."""

    def add(maker: Fault) -> Fault:
        FAULTS.setdefault(name, {}).update(dict.fromkeys(forms, maker))
        return maker

    return add


KEYS = ("finess", *dict.fromkeys(good.key for good in GOOD if isinstance(good.key, str)))
"""The first of these that a table has is its key."""


# --- any file ---------------------------------------------------------------------------------


def content_of(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def put(good: Path, folder: Path, content: bytes) -> Path:
    target = folder / good.name
    target.write_bytes(gzip.compress(content) if good.suffix == ".gz" else content)
    return target


@fault("empty", *FORMS)
def empty(good: Path, folder: Path) -> Path:
    (folder / good.name).touch()
    return folder / good.name


@fault("truncated", JSON, GEOJSON, PARQUET, SHAPES, XLSX, ZIP)
def truncated(good: Path, folder: Path) -> Path:
    data = good.read_bytes()
    return _raw(good, folder, data[: len(data) * 3 // 5])


@fault("truncated", *TEXTS)
def truncated_text(good: Path, folder: Path) -> Path:
    """Cut within the first cell of a row: a cut at the end of a row leaves no trace."""
    data = content_of(good)
    return put(good, folder, data[: data.rfind(b"\n", 0, len(data) * 4 // 5) + 2])


@fault("binary junk", *FORMS)
def binary_junk(good: Path, folder: Path) -> Path:
    return _raw(good, folder, random.Random(7).randbytes(20_000))


@fault("junk inside", *FORMS)
def junk_inside(good: Path, folder: Path) -> Path:
    data = bytearray(content_of(good))
    middle = len(data) // 2
    data[middle : middle + 64] = random.Random(8).randbytes(64)
    return put(good, folder, bytes(data))


@fault("zip bomb", *FORMS)
def zip_bomb(good: Path, folder: Path) -> Path:
    return _raw(good, folder, _zipped_zeros("content" + Path(_member_name(good)).suffix))


@functools.cache
def _zipped_zeros(member: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, bytes(BOMB_BYTES))
    return held.getvalue()


@fault("gzip bomb", *TEXTS, GEOJSON)
def gzip_bomb(good: Path, folder: Path) -> Path:
    start = content_of(good)[:2_000].rpartition(b'"')[0]
    return _raw(good, folder, gzip.compress(start + b'"' + b"0" * BOMB_BYTES, 1))


@fault("path traversal", *FORMS)
def path_traversal(good: Path, folder: Path) -> Path:
    target = folder / good.name
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../" * 8 + "tmp/" + _member_name(good), content_of(good))
    return target


@fault("archive in archive", *TEXTS, JSON, GEOJSON, ZIP)
def archive_in_archive(good: Path, folder: Path) -> Path:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_member_name(good), content_of(good))
    target = folder / good.name
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_member_name(good), inner.getvalue())
    return target


@fault("symlink", *FORMS)
def symlink(good: Path, folder: Path) -> Path:
    (folder / good.name).symlink_to(good)
    return folder / good.name


@fault("symlink loop", *FORMS)
def symlink_loop(good: Path, folder: Path) -> Path:
    (folder / good.name).symlink_to(folder / good.name)
    return folder / good.name


@fault("missing", *FORMS)
def missing(good: Path, folder: Path) -> Path:
    return folder / good.name


@fault("folder", *FORMS)
def a_folder(good: Path, folder: Path) -> Path:
    (folder / good.name).mkdir()
    return folder / good.name


@fault("pipe", *FORMS)
def pipe(good: Path, folder: Path) -> Path:
    os.mkfifo(folder / good.name)
    return folder / good.name


def _raw(good: Path, folder: Path, data: bytes) -> Path:
    (folder / good.name).write_bytes(data)
    return folder / good.name


def _member_name(good: Path) -> str:
    return "QPV.geojson" if good.suffix == ".zip" else good.name.removesuffix(".gz")
