"""The notebooks: they run from top to bottom, and are kept without their outputs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# Warnings are errors from the first cell to the last, not while the kernel itself shuts down.
STRICT = "import warnings; warnings.simplefilter('error')"
LENIENT = "warnings.resetwarnings()"


def read(path: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_notebooks_are_there() -> None:
    assert [path.name for path in NOTEBOOKS] == [
        "01_premiers_pas.ipynb",
        "02_zone_aides_progression.ipynb",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs(path: Path) -> None:
    notebook = read(path)
    for cell in code_cells(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Executes a notebook in a kernel of its own that leaves nothing in the user's home."""
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR", "TMPDIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))

    def execute(path: Path) -> Any:
        notebook = read(path)
        first, last = (nbformat.v4.new_code_cell(code) for code in (STRICT, LENIENT))
        notebook.cells = [first, *notebook.cells, last]
        client = NotebookClient(
            notebook,
            timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": str(tmp_path)}},
        )
        client.execute()
        return notebook

    return execute


def shown(cell: Any) -> str:
    """What a cell shows, as text."""
    texts = []
    for output in cell.outputs:
        assert output.get("name") != "stderr", output
        texts.append(output.get("text") or output.get("data", {}).get("text/html", ""))
        texts.append(output.get("data", {}).get("text/plain", ""))
    return "\n".join(texts)


@pytest.mark.slow
def test_first_steps_go_from_files_to_figures_and_a_map(run: Any, tmp_path: Path) -> None:
    _, *cells, _ = code_cells(run(ROOT / "notebooks" / "01_premiers_pas.ipynb"))
    assert len(cells) == 10
    study, built, kept, figures, dates, points, nearest, anomalies, exported, page = map(
        shown, cells
    )
    assert "region:99 au 2026-01-01" in study
    assert re.search(r"\d+ structures, \d+ chiffres, \d+ anomalies", built)
    assert "structures, qpv_2015, qpv_2024" in kept
    assert "proxy-300m" in figures
    assert "declared" in figures
    assert "2017-12-31" in dates
    inside, near = map(int, re.findall(r"(\d+) (?:points|dedans)", points))
    assert 0 < inside < near < 100_000
    assert "QPV" in nearest
    assert "set aside" in anomalies
    assert "sourcecoordet" in anomalies
    assert "64 structures · DONNÉES FICTIVES" in exported
    assert 'srcdoc="&lt;!DOCTYPE html&gt;' in page
    (folder,) = (tmp_path / "TMPDIR").glob("geo_service-*")
    assert {it.name for it in folder.iterdir()} >= {
        "exemple.gpkg",
        "structures.geojson",
        "carte.html",
    }
