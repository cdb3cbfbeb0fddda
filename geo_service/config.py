"""Settings of the service as one table: name, default, help. Each is an environment variable."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from .core.i18n import T, Text


@dataclass(frozen=True)
class Setting:
    """One setting: the environment variable, its default and what it does."""

    name: str
    default: str
    help: Text


SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting(
            "GEO_SERVICE_LANG",
            "fr",
            T("Langue des messages : fr ou en.", "Language of messages: fr or en."),
        ),
        Setting(
            "GEO_SERVICE_REAL_DATA",
            "../shared/data",
            T(
                "Dossier des fichiers officiels que lit studies/occitanie.toml.",
                "Folder of the official files that studies/occitanie.toml reads.",
            ),
        ),
        Setting(
            "GEO_SERVICE_CACHE",
            "",
            T(
                "Dossier où l'index spatial est gardé ; vide : le cache de l'utilisateur.",
                "Folder in which the spatial index is kept; empty: the user's cache.",
            ),
        ),
        Setting(
            "GEO_SERVICE_WORKERS",
            "2",
            T("Processus du serveur web.", "Processes of the web server."),
        ),
        Setting(
            "GEO_SERVICE_THREADS",
            "8",
            T("Fils par processus du serveur web.", "Threads of each process of the web server."),
        ),
    )
}


def setting(name: str) -> str:
    """Value of a setting: the environment's, else its default."""
    return os.environ.get(name) or SETTINGS[name].default


def data_folder() -> Path:
    """Folder of the sample and of the lock file: in a clone ``data/``, else inside the wheel."""
    clone = Path(__file__).resolve().parents[1] / "data"
    if (clone / "sources.lock.toml").is_file():
        return clone
    return Path(str(resources.files("geo_service"))) / "data"
