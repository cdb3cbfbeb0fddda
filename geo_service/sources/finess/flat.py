"""The flat table with a header: one row an establishment, coordinates in two forms.

It names no CRS: ``coordxet``/``coordyet`` are in the legal CRS of the département, which is
checked row by row against ``longitude``/``latitude``. A table that does carry ``sourcecoordet``
(the ready-joined one of data.gouv.fr) is read by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from geo_service.core.contracts import Progress
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.intake.archives import OfficialFile
from geo_service.intake.text import read_table

from .crs_text import split_sources
from .extract import NO_CRS, Extract, complete

ALIASES: Mapping[str, Sequence[str]] = {
    "finess": ("numero_finess_etablissement", "nofinesset", "num_finess_et", "finess_et"),
    "finess_ej": ("numero finess etablissement juridique", "nofinessej", "num_finess_ej"),
    "siret": ("siret",),
    "name": ("raison_sociale", "rs"),
    "long_name": ("rslongue", "raison_sociale_longue"),
    "category": ("categetab", "categ_code", "code_categorie"),
    "opened": ("dateouv", "date_ouverture"),
    "closed": ("date_fermeture", "dateferm"),
    "updated": ("datemaj", "maj"),
    "number": ("numvoie",),
    "repeat": ("compvoie",),
    "way_kind": ("typvoie",),
    "way": ("voie",),
    "complement": ("compldistrib",),
    "place": ("lieuditbp",),
    "delivery_line": ("ligneacheminement",),
    "departement": ("departement", "code_departement"),
    "departement_name": ("libelle_departement", "libdepartement"),
    "commune_part": ("code_commune", "commune"),
    "commune_code": ("code_insee", "com_code", "codeinsee"),
    "x": ("coordxet",),
    "y": ("coordyet",),
    "source": ("sourcecoordet",),
    "lon_text": ("longitude",),
    "lat_text": ("latitude",),
}
REQUIRED = ("finess", "category", "opened", "departement", "x", "y")


def read_flat(file: OfficialFile, extract: Extract, progress: Progress) -> None:
    """Read a flat table into ``extract``.

    Raises
    ------
    SourceError
        Binary, in no known encoding, a column missing (named, with what the file has instead),
        no row.
    """
    noted = len(extract.anomalies)
    frame = read_table(
        file,
        source=extract.source_id,
        anomalies=extract.anomalies,
        aliases=ALIASES,
        required=REQUIRED,
    )
    aside = sum(one.outcome == "set aside" for one in list(extract.anomalies)[noted:])
    extract.layout = "flat"
    extract.rows_read = len(frame) + aside
    extract.rows_set_aside = aside
    if not extract.rows_read:
        raise SourceError(
            T("Le fichier n'a pas de ligne sous l'en-tête.", "There is no row below the header."),
            file=file.label,
            do=T("Téléchargez-le à nouveau.", "Download it again."),
        )
    for name in frame.columns.drop("row"):
        frame[name] = frame[name].str.strip()
    if "source" in frame:
        frame = split_sources(frame)
    else:
        frame["crs_text"] = pd.Series(NO_CRS, index=frame.index, dtype="str")
    extract.frame = complete(frame, extract.file)
    progress(extract.file, extract.rows_read, extract.rows_read)
