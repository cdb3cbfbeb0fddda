"""A table that a visitor sends, read within bounds and without trusting it.

CSV or XLSX. Nothing of it is kept: it lives in memory, and in a temporary file while it is read,
both gone at the end of the request.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from ...core.i18n import T
from ...intake.bounds import ZIP
from .table import (
    MOST_BYTES,
    BadRow,
    Cell,
    Upload,
    UploadError,
    say_bounds,
    too_large,
)
from .text import read_csv
from .workbook import read_xlsx

__all__ = [
    "MOST_BYTES",
    "BadRow",
    "Cell",
    "Upload",
    "UploadError",
    "read_upload",
    "say_bounds",
    "too_large",
]
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_upload(name: str, content: bytes) -> Upload:
    """The table in a file.

    Parameters
    ----------
    name
        Name of the file as its sender wrote it; only shown.
    content
        Its bytes.

    Raises
    ------
    UploadError
        Too large, of another type, damaged, dangerous, or without a row.
    """
    shown = PurePosixPath(name.replace("\\", "/")).name.strip()[:100] or "?"
    if len(content) > MOST_BYTES:
        raise too_large(shown)
    if not content.strip():
        raise UploadError(T("Le fichier est vide.", "The file is empty."), status=422, file=shown)
    if content.startswith(ZIP):
        upload = read_xlsx(shown, content)
    elif content.startswith(_OLE):
        raise UploadError(
            T(
                "C'est un classeur ancien (.xls) ou protégé par mot de passe.",
                "It is an old workbook (.xls) or one protected by a password.",
            ),
            status=415,
            file=shown,
            do=T("Enregistrez-le en .xlsx ou en CSV.", "Save it as .xlsx or CSV."),
        )
    else:
        upload = read_csv(shown, content)
    if not upload.rows and not upload.bad:
        raise UploadError(
            T("Le fichier n'a que son en-tête.", "The file holds its header only."),
            status=422,
            file=shown,
        )
    return upload
