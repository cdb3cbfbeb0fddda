"""The house stands on its floors: who may import whom, read from the code itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "geo_service"

# A file imports only from floors below its own; on the floors of SAME_FLOOR also from rooms listed
# above it on the same floor. docs/decisions/ says why a room was added.
FLOORS: list[list[str]] = [
    ["core"],
    [
        "law",
        "rules",
        "official",
        "aids",
        "intake",
        "exchange",
        "drawing",
        "sources",
        "engine",
        "store",
    ],
    ["indicators"],
    [
        "study",
        "quality",
        "locating",
        "fetching",
        "zoning",
        "mesure9",
        "progression",
        "ranking",
        "barometre",
        "atlas",
        "outputs",
    ],
    [
        "config",
        "arguments",
        "exporting",
        "figures",
        "features",
        "finding",
        "portraits",
        "geocoding",
        "web",
        "command_words",
        "commands",
        "cli",
    ],
]
SAME_FLOOR = {0, 1, 4}
# One file a publisher, a measure, a format: these never import their neighbours.
CLOSED = {"sources", "indicators", "outputs"}
HIGHEST_LINE_COUNT = 400


def _modules() -> list[Path]:
    return sorted(
        path
        for path in PACKAGE.rglob("*.py")
        if "vendor" not in path.parts and path.parent.name != "data"
    )


def _room(module: Path) -> str:
    first = module.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def _imports(module: Path) -> set[tuple[str, ...]]:
    """Dotted names inside the package that a file imports, without the package's own name."""
    home = ("geo_service", *module.relative_to(PACKAGE).with_suffix("").parts)
    here = home[:-1]  # the package of the file, which for __init__.py is its own folder
    found: set[tuple[str, ...]] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else ()
            stem = (*base, *(node.module.split(".") if node.module else ()))
            names = [(*stem, alias.name) for alias in node.names]
        else:
            continue
        found |= {name[1:] for name in names if name[0] == "geo_service" and len(name) > 1}
    return found


def _place(room: str) -> tuple[int, int]:
    for floor, rooms in enumerate(FLOORS):
        if room in rooms:
            return floor, rooms.index(room)
    raise AssertionError(f"geo_service/{room} stands on no floor: name its floor in FLOORS")


@pytest.mark.parametrize("module", _modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_imports_only_from_below(module: Path) -> None:
    room = _room(module)
    if room == "__init__":  # the front door may open every room
        return
    floor, rank = _place(room)
    for name in _imports(module):
        other = name[0]
        if other in (room, "__version__"):
            continue
        other_floor, other_rank = _place(other)
        below = other_floor < floor
        above_on_same = other_floor == floor and floor in SAME_FLOOR and other_rank < rank
        assert below or above_on_same, f"{room} (floor {floor}) imports {'.'.join(name)}"


@pytest.mark.parametrize("module", _modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_neighbours_do_not_import_one_another(module: Path) -> None:
    parts = module.relative_to(PACKAGE).with_suffix("").parts
    if parts[0] not in CLOSED or len(parts) < 2:
        return
    for name in _imports(module):
        assert name[0] != parts[0] or len(name) < 2 or name[1] == parts[1], (
            f"{'/'.join(parts)} imports its neighbour {'.'.join(name)}"
        )


def test_the_core_does_no_input_or_output() -> None:
    forbidden = {"open", "requests", "urllib", "flask", "pyogrio", "fiona", "sqlite3", "socket"}
    for module in (PACKAGE / "core").glob("*.py"):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert not forbidden & {alias.name.split(".")[0] for alias in node.names}, module
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                assert node.module.split(".")[0] not in forbidden, module
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "open", module


def test_only_the_top_floor_asks_for_today() -> None:
    top = set(FLOORS[4])
    for module in _modules():
        if _room(module) in top:
            continue
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in ("today", "utcnow", "now"):
                raise AssertionError(f"{module.relative_to(PACKAGE)} asks for today's date")


def test_no_room_for_odds_and_ends() -> None:
    for module in _modules():
        assert module.stem not in ("utils", "helpers", "misc", "common"), module
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                assert not node.name.endswith(("Manager", "Helper", "Processor")), node.name


def test_no_file_grows_too_long() -> None:
    long = {
        str(module.relative_to(PACKAGE)): lines
        for module in _modules()
        if (lines := len(module.read_text(encoding="utf-8").splitlines())) > HIGHEST_LINE_COUNT
    }
    assert not long, long


def test_python_holds_no_rate_and_no_year_test() -> None:
    """Law is data: no floor but ``law/`` compares a date with a year written in the code."""
    for module in _modules():
        if _room(module) in ("core",):
            continue
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                for side in (node.left, *node.comparators):
                    year = isinstance(side, ast.Constant) and isinstance(side.value, int)
                    named = isinstance(node.left, ast.Attribute) and node.left.attr == "year"
                    assert not (year and named and side.value > 1990), module
