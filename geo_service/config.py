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
            "GEO_SERVICE_RESULT",
            "var/exemple.gpkg",
            T(
                "Résultat qu'interrogent les commandes qui n'en nomment pas (zone, aids).",
                "Result asked by the commands that name none (zone, aids).",
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
        Setting(
            "GEO_SERVICE_RATE",
            "1200/minute",
            T(
                "Demandes permises par adresse et par processus ; off : sans limite.",
                "Requests allowed for each address and process; off: no limit.",
            ),
        ),
        Setting(
            "GEO_SERVICE_HEAVY_RATE",
            "30/minute",
            T(
                "De même pour ce qui coûte : envoi d'un fichier, géocodage, export filtré.",
                "The same for what is costly: a file sent in, geocoding, a filtered export.",
            ),
        ),
        Setting(
            "GEO_SERVICE_PROXIES",
            "0",
            T(
                "Nombre de serveurs mandataires de confiance devant le service.",
                "Number of trusted proxies in front of the service.",
            ),
        ),
        Setting(
            "GEO_SERVICE_HOSTS",
            "",
            T(
                "Noms d'hôte acceptés, séparés par des espaces ; vide : tous.",
                "Host names accepted, separated by spaces; empty: any.",
            ),
        ),
        Setting(
            "GEO_SERVICE_TILES",
            "",
            T(
                "« ign » met le Plan IGN sous les cartes ; le navigateur interroge alors "
                "data.geopf.fr.",
                "“ign” puts the Plan IGN under the maps; browsers then ask data.geopf.fr.",
            ),
        ),
        Setting(
            "GEO_SERVICE_GEOCODER",
            "",
            T(
                "Adresse du géocodeur (API de la Géoplateforme) ; vide : pas de recherche "
                "d'adresse.",
                "Address of the geocoder (Géoplateforme API); empty: no look-up of addresses.",
            ),
        ),
        Setting(
            "GEO_SERVICE_LOG",
            "errors",
            T(
                "Journal en JSON sur la sortie d'erreur : requests, errors ou off.",
                "JSON log on standard error: requests, errors or off.",
            ),
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
