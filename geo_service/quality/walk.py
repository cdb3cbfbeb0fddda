"""The files below the paths of a user: in order, each once, without what is hidden."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..core.errors import SourceError
from ..core.i18n import T


def files_below(paths: Iterable[str | Path]) -> list[Path]:
    """Every file of the paths given, as the user would name it.

    Parameters
    ----------
    paths
        Files and folders. A folder is walked in the order of names; what begins with a dot is left
        out there. Links are followed, a folder that leads back to itself once.

    Returns
    -------
    list of Path
        Each file once, whichever way leads to it. Broken links, pipes and folders that may not be
        opened are among them: whoever opens them says what they are.

    Raises
    ------
    SourceError
        A path given does not exist.
    """
    found: dict[Path, Path] = {}
    for given in map(Path, paths):
        if not given.exists() and not given.is_symlink():
            raise SourceError(
                T("Ce fichier ou ce dossier n'existe pas.", "No such file or folder."),
                file=given,
                do=T("Vérifiez le chemin.", "Check the path."),
            )
        for path in _below(given, set()):
            found.setdefault(_identity(path), path)
    return list(found.values())


def _below(path: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        if not path.is_dir():
            yield path
            return
        status = path.stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        inside = sorted(path.iterdir())
    except OSError:
        yield path
        return
    for entry in inside:
        if not entry.name.startswith("."):
            yield from _below(entry, seen)


def _identity(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a circular link
        return path.absolute()
