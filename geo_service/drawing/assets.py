"""Files of others that a page carries: Leaflet and its plugins, fetched by the set-up."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from importlib import resources

from ..core.errors import SourceError
from ..core.i18n import T

_RELATIVE_URL = re.compile(r"url\(\s*['\"]?(?!data:|['\"]?data:|#)[^)]*\)")
_SOURCE_MAP = re.compile(r"^[ \t]*(//|/\*)# sourceMappingURL=.*$", re.MULTILINE)


@dataclass(frozen=True)
class Vendored:
    """A package of the vendor folder: its version and its licence, for the credits."""

    name: str
    version: str
    licence: str
    scripts: bool
    """Whether it is a part of the maps; fonts are not."""


@functools.cache
def asset_text(name: str) -> str:
    """Text of a file of ``geo_service/vendor/``, ready to stand inside a page.

    Addresses that a page opened from disk could not follow (pictures beside the style sheet, source
    maps) are taken out.

    Parameters
    ----------
    name
        ``package/file``, for example ``leaflet/leaflet.js``.

    Raises
    ------
    SourceError
        The folder or the file is absent; the message gives the command that fetches it.
    """
    text = _SOURCE_MAP.sub("", _read(name))
    return _RELATIVE_URL.sub("none", text) if name.endswith(".css") else text


def vendored() -> tuple[Vendored, ...]:
    """The packages carried, as the manifest of the vendor folder names them."""
    packages = json.loads(_read("manifest.json"))["packages"]
    return tuple(
        Vendored(
            entry["name"],
            entry["version"],
            entry["licence"],
            any(file.endswith(".js") for file in entry["files"]),
        )
        for entry in packages
    )


def own_text(name: str) -> str:
    """Text of one of our own browser files (``geo_service/drawing/browser/``)."""
    return resources.files("geo_service.drawing").joinpath("browser", name).read_text("utf-8")


def _read(name: str) -> str:
    file = resources.files("geo_service").joinpath("vendor", *name.split("/"))
    try:
        return file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceError(
            T(
                "Fichier du navigateur absent : il n'est pas dans le dépôt.",
                "Browser file missing: it is not in the repository.",
            ),
            file=f"geo_service/vendor/{name}",
            do=T("Lancez « make setup ».", "Run `make setup`."),
        ) from error
