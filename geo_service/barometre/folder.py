"""Write a folder of files as one: the whole folder is there, or what was there before."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from geo_service.core.errors import StoreError
from geo_service.core.i18n import T

MARKER = "indicateurs.json"
"""A folder that holds it was written here and may be replaced."""


def write_folder(out: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files into a folder of their own, which takes the place of ``out`` at the end.

    Raises
    ------
    StoreError
        ``out`` holds something that was not written here, its parent is missing, or the disk
        refuses; ``out`` is then as it was.
    """
    target = Path(os.path.realpath(out))
    if not target.parent.is_dir():
        raise _refuse(out, "Le dossier parent n'existe pas.", "The parent folder does not exist.")
    if target.exists() and not _ours(target):
        raise StoreError(
            T(
                "Ce n'est ni un dossier vide ni un dossier écrit par cette commande.",
                "Neither an empty folder nor one written by this command.",
            ),
            file=out,
            do=T("Donnez un autre dossier.", "Give another folder."),
        )
    token = f"{os.getpid()}.{secrets.token_hex(4)}"
    aside = target.with_name(f".{target.name[:60]}.{token}.part")
    former = target.with_name(f".{target.name[:60]}.{token}.old")
    try:
        aside.mkdir()
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (aside / name).write_bytes(data)
        if target.exists():
            target.rename(former)
        try:
            aside.rename(target)
        except OSError:
            if former.exists():
                former.rename(target)
            raise
    except OSError as error:
        said = error.strerror or str(error)
        raise StoreError(
            T(
                "Le dossier ne s'écrit pas ({why}).",
                "The folder cannot be written ({why}).",
                why=said,
            ),
            file=out,
            do=T("Rien n'a été remplacé.", "Nothing was replaced."),
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        if target.exists():
            shutil.rmtree(former, ignore_errors=True)


def _ours(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    names = {entry.name for entry in folder.iterdir()}
    return not names or MARKER in names


def _refuse(out: Path, fr: str, en: str) -> StoreError:
    return StoreError(T(fr, en), file=out, do=T("Créez-le d'abord.", "Create it first."))
