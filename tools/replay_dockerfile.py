#!/usr/bin/env python3
"""Replay the Dockerfile without Docker: its COPY, ENV and RUN steps below a scratch folder.

Each stage gets an empty root in which only the base image's Python stands; absolute paths of the
instructions are read below that root. Then CMD is started, HEALTHCHECK has to succeed and the
page has to be served. Commands that would change this machine (packages, users) are left out and
named. Needs a package index and the Python of the base image; run by ``make docker-replay``.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

sys.path.insert(0, str(Path(__file__).resolve().parent))

from dockerfile import (
    DockerIgnore,
    Instruction,
    Stage,
    context_files,
    read_copy,
    read_dockerfile,
)

ROOT = Path(__file__).resolve().parents[1]
ABSOLUTE = re.compile(r"(?<![\w./:}])/(?=\w)")
CHANGES_MACHINE = ("apt-get", "useradd", "groupadd")
KNOWN = ("python", "ln", "mkdir", "rm", "chown")
# Addresses of a package index and certificates, as a docker build takes them from its builder.
PASSED_ON = re.compile(r"PIP_|SSL_|NODE_EXTRA|REQUESTS_CA|CURL_CA|HTTPS?_PROXY|NO_PROXY", re.I)


class ReplayError(Exception):
    """A step failed; the message says which."""


@dataclass
class Machine:
    """What stands in for the image while a stage is replayed."""

    root: Path
    python: Path
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"

    def start(self) -> None:
        """An empty root with the Python of the base image."""
        (self.root / "usr/local/bin").mkdir(parents=True)
        for name in ("python", "python3"):
            (self.root / "usr/local/bin" / name).symlink_to(self.python)
        # An environment looks for the standard library beside the Python that it was made with.
        library = ask(self.python, "import sysconfig; print(sysconfig.get_path('stdlib'))")
        (self.root / "usr/local/lib").mkdir()
        (self.root / "usr/local/lib" / library.name).symlink_to(library)
        (self.root / "root").mkdir()
        self.env = {
            "PATH": f"{self.root}/usr/local/bin:/usr/bin:/bin",
            "HOME": f"{self.root}/root",
            "LANG": "C.UTF-8",
        }
        self.workdir = "/"

    def inside(self, text: str) -> str:
        """A text with its absolute paths below the root."""
        return ABSOLUTE.sub(f"{self.root}/", text)

    def place(self, path: str) -> Path:
        """A path of the image, absolute or relative to WORKDIR, as a path below the root."""
        return self.root / (Path(self.workdir) / path).as_posix().lstrip("/")


def tell(text: str) -> None:
    """Say what is being done."""
    print(f"replay: {text}", file=sys.stderr, flush=True)


def ask(python: Path, code: str) -> Path:
    """A path that an interpreter prints."""
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    return Path(done.stdout.strip())


def find_python(base: str) -> Path:
    """The interpreter of this machine of the version that the base image names."""
    found = re.match(r"python:(\d+\.\d+)", base)
    if found is None:
        raise ReplayError(f"the base image {base} names no Python version")
    held = shutil.which(f"python{found[1]}")
    if held is None:
        raise ReplayError(f"python{found[1]} is not on this machine: give it with --python")
    return ask(Path(held), "import sys; print(sys._base_executable)")


def copy(machine: Machine, instruction: Instruction, context: Path, before: Path) -> None:
    """Replay a COPY from the context or from the stage before."""
    copied = read_copy(instruction)
    target = machine.place(copied.target)
    if copied.stage is not None:
        (source,) = copied.sources
        shutil.copytree(before / source.lstrip("/"), target, symlinks=True)
        return
    ignore = DockerIgnore((context / ".dockerignore").read_text(encoding="utf-8"))
    for source in copied.sources:
        files = context_files(context, source, ignore)
        if not files:
            raise ReplayError(f"line {instruction.line}: nothing to copy from {source}")
        for file in files:
            below = file.relative_to(source) if (context / source).is_dir() else file.name
            (target / below).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(context / file, target / below)


def run(machine: Machine, instruction: Instruction) -> None:
    """Replay a RUN, command by command."""
    env = {name: value for name, value in os.environ.items() if PASSED_ON.match(name)}
    for command in instruction.commands():
        program = Path(command.split()[0]).name
        if program in CHANGES_MACHINE or (program == "chown" and os.geteuid() != 0):
            tell(f"left out: {command}")
            continue
        if program not in KNOWN:
            raise ReplayError(f"line {instruction.line}: {program} is not known to the replay")
        tell(command)
        begun = time.monotonic()
        done = subprocess.run(  # noqa: S603
            ["/bin/sh", "-c", machine.inside(command)],
            cwd=machine.place("."),
            env=env | machine.env,
            check=False,
        )
        if done.returncode:
            raise ReplayError(f"line {instruction.line}: exit code {done.returncode}: {command}")
        tell(f"  {time.monotonic() - begun:.0f} s")


def set_variables(machine: Machine, instruction: Instruction) -> None:
    """Replay an ENV; ``$NAME`` is the value so far."""
    held = dict(machine.env)
    for name, value in instruction.pairs().items():
        inside = machine.inside(value)
        machine.env[name] = re.sub(r"\$\{?(\w+)\}?", lambda it: held.get(it[1], ""), inside)


def replay_stage(machine: Machine, stage: Stage, context: Path, before: Path) -> None:
    """Replay what a stage does to its file system and environment."""
    machine.start()
    act: dict[str, Callable[[Instruction], None]] = {
        "COPY": lambda it: copy(machine, it, context, before),
        "RUN": lambda it: run(machine, it),
        "ENV": lambda it: set_variables(machine, it),
    }
    for instruction in stage.instructions:
        if instruction.keyword == "WORKDIR":
            machine.workdir = (Path(machine.workdir) / instruction.value).as_posix()
            machine.place(".").mkdir(parents=True, exist_ok=True)
        elif instruction.keyword in act:
            act[instruction.keyword](instruction)


def identity(stage: Stage, python: Path) -> dict[str, int | list[int]]:
    """User and group of the last USER, where this process may take them and they reach Python."""
    user, _, group = stage.all("USER")[-1].value.partition(":")
    folders = python.resolve().parents
    if os.geteuid() == 0 and all(folder.stat().st_mode & 0o001 for folder in folders):
        return {"user": int(user), "group": int(group), "extra_groups": []}
    tell(f"USER {user} cannot be taken here: CMD runs as user {os.geteuid()}")
    return {}


def listing(folder: Path) -> set[tuple[str, int, int]]:
    """Every file below a folder with its size and time, to see whether anything was written."""
    return {
        (str(path), path.lstat().st_size, path.lstat().st_mtime_ns) for path in folder.rglob("*")
    }


def serve(machine: Machine, stage: Stage) -> None:
    """Start CMD, wait until HEALTHCHECK succeeds, fetch the page and stop."""
    exposed = stage.all("EXPOSE")[-1].value
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])

    def here(words: list[str]) -> list[str]:
        inside = [machine.inside(word).replace("0.0.0.0", "127.0.0.1") for word in words]  # noqa: S104
        return [re.sub(rf"(?<![\d.]){exposed}(?!\d)", port, word) for word in inside]

    health = stage.all("HEALTHCHECK")[-1].value
    command = here(Instruction(0, "CMD", stage.all("CMD")[-1].value).words())
    check = here(Instruction(0, "CMD", health[health.index("CMD") + 4 :]).words())
    who = identity(stage, machine.python)
    image = machine.root / "opt"
    before = listing(image)
    tell(f"CMD {command}")
    begun = time.monotonic()
    common = {"cwd": machine.place("."), "env": machine.env, **who}
    server = subprocess.Popen(command, start_new_session=True, **common)  # type: ignore[call-overload]  # noqa: S603
    try:
        while subprocess.run(check, capture_output=True, check=False, **common).returncode:  # type: ignore[call-overload]  # noqa: S603
            if server.poll() is not None:
                raise ReplayError(f"CMD ended with exit code {server.returncode}")
            if time.monotonic() - begun > 180:
                raise ReplayError("HEALTHCHECK did not succeed within 180 s")
            time.sleep(1)
        tell(f"HEALTHCHECK succeeds after {time.monotonic() - begun:.0f} s")
        opener = build_opener(ProxyHandler({}))
        for path in ("/", "/carte", "/telechargements/structures.geojson"):
            with opener.open(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
                tell(f"GET {path}: {answer.status}, {len(answer.read())} bytes")
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)
    written = sorted(path for path, _, _ in before ^ listing(image))
    if written:
        raise ReplayError(f"the service wrote into the image: {written[:5]}")


def replay(dockerfile: Path, context: Path, scratch: Path, python: Path | None) -> None:
    """Replay every stage of a Dockerfile, then serve.

    Raises
    ------
    ReplayError
        A step failed.
    """
    stages = read_dockerfile(dockerfile)
    root, before = scratch / "image", scratch / "before"
    machine = Machine(root, python or find_python(stages[-1].base))
    for stage in stages:
        tell(f"stage {stage.name}, from {stage.base}, with {machine.python}")
        if root.exists():
            # Environments hold their own path: the new stage stands where the one before stood.
            shutil.rmtree(before, ignore_errors=True)
            root.rename(before)
        replay_stage(machine, stage, context, before)
    serve(machine, stages[-1])


def main() -> int:
    """Run from the command line: exit code 1 with a message when a step fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", type=Path, help="interpreter that stands for the base image")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="replay-") as name:
        scratch = Path(name).resolve()
        scratch.chmod(0o755)  # the image's user has to reach it
        try:
            replay(ROOT / "Dockerfile", ROOT, scratch, asked.python)
        except ReplayError as error:
            print(f"tools/replay_dockerfile.py: {error}", file=sys.stderr)
            return 1
    tell("done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
