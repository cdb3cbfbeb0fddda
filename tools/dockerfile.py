"""Read a Dockerfile and a .dockerignore as far as this project uses them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

_FROM = re.compile(r"(?P<base>\S+)(?:\s+AS\s+(?P<name>\S+))?$", re.IGNORECASE)
# What this project's Dockerfile may use; anything else is refused, not passed over.
KEYWORDS = frozenset(
    {"CMD", "COPY", "ENV", "EXPOSE", "FROM", "HEALTHCHECK"}
    | {"LABEL", "RUN", "USER", "VOLUME", "WORKDIR"}
)


class DockerfileError(ValueError):
    """An instruction that cannot be read; the message names its line."""


@dataclass(frozen=True)
class Instruction:
    """One instruction: line number, keyword in capitals, and the rest as one line."""

    line: int
    keyword: str
    value: str

    def words(self) -> list[str]:
        """Arguments of the exec form, or the words of the shell form."""
        if self.value.startswith("["):
            return [str(word) for word in json.loads(self.value)]
        return shlex.split(self.value)

    def pairs(self) -> dict[str, str]:
        """``name=value`` pairs of ENV and LABEL."""
        return dict(word.split("=", 1) for word in self.words())

    def commands(self) -> list[str]:
        """Commands of a RUN, in order."""
        return re.split(r"\s+&&\s+", self.value)


@dataclass
class Stage:
    """One stage: its base image, its name and its instructions after FROM."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, keyword: str) -> list[Instruction]:
        """Instructions of one kind, in order."""
        return [it for it in self.instructions if it.keyword == keyword]


@dataclass(frozen=True)
class Copied:
    """A COPY: where from (None: the build context), the sources, and the destination."""

    stage: str | None
    sources: tuple[str, ...]
    target: str


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    begun = 0
    parts: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("#") or not line.strip():
            continue
        begun = begun if parts else number
        if line.rstrip().endswith("\\"):
            parts.append(line.rstrip()[:-1].strip())
            continue
        yield begun, " ".join([*parts, line.strip()])
        parts = []
    if parts:
        raise DockerfileError(f"line {begun}: nothing follows the last backslash")


def read_dockerfile(path: Path) -> list[Stage]:
    """The stages of a Dockerfile.

    Raises
    ------
    DockerfileError
        An instruction outside :data:`KEYWORDS`, or one before the first FROM.
    """
    stages: list[Stage] = []
    for line, text in _logical_lines(path.read_text(encoding="utf-8")):
        keyword, _, value = text.partition(" ")
        keyword = keyword.upper()
        if keyword not in KEYWORDS:
            raise DockerfileError(f"{path.name}, line {line}: {keyword} is not read here")
        if keyword == "FROM":
            found = _FROM.match(value.strip())
            if found is None:
                raise DockerfileError(f"{path.name}, line {line}: FROM {value}")
            stages.append(Stage(found["base"], found["name"] or str(len(stages))))
        elif stages:
            stages[-1].instructions.append(Instruction(line, keyword, value.strip()))
        else:
            raise DockerfileError(f"{path.name}, line {line}: {keyword} before FROM")
    return stages


def read_copy(instruction: Instruction) -> Copied:
    """What a COPY copies."""
    words = instruction.words()
    options = [word for word in words if word.startswith("--")]
    *sources, target = [word for word in words if not word.startswith("--")]
    stage = next((word.removeprefix("--from=") for word in options if "--from=" in word), None)
    return Copied(stage, tuple(sources), target)


class DockerIgnore:
    """The rules of a .dockerignore: the last one that matches a path, or a folder above, wins."""

    def __init__(self, text: str) -> None:
        lines = [line.strip() for line in text.splitlines()]
        rules = [line for line in lines if line and not line.startswith("#")]
        self._rules = [
            (rule.startswith("!"), _pattern(rule.removeprefix("!").strip("/"))) for rule in rules
        ]

    def leaves_out(self, path: str) -> bool:
        """Whether a path, relative to the context, stays out of the image."""
        asked = PurePosixPath(path)
        names = [str(asked), *(str(parent) for parent in asked.parents if str(parent) != ".")]
        out = False
        for kept, pattern in self._rules:
            if any(pattern.fullmatch(name) for name in names):
                out = not kept
        return out


def _pattern(rule: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", rule)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(known.get(part, re.escape(part)) for part in parts))


def context_files(context: Path, source: str, ignore: DockerIgnore) -> list[Path]:
    """Files of the context below a COPY source, relative to the context."""
    start = context / source
    found = [start] if start.is_file() else sorted(start.rglob("*"))
    held = [path.relative_to(context) for path in found if path.is_file()]
    return [path for path in held if not ignore.leaves_out(path.as_posix())]
