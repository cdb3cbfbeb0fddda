"""The flat table with a header: one row an establishment, coordinates in two forms.

It names no CRS: ``coordxet``/``coordyet`` are in the legal CRS of the département, which is
checked row by row against ``longitude``/``latitude``. A table that does carry ``sourcecoordet``
(the ready-joined one of data.gouv.fr) is read by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from geo_service.core.contracts import Progress, no_progress
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.core.result import Anomalies
from geo_service.intake.archives import OfficialFile
from geo_service.intake.opening import rows_lost
from geo_service.intake.text import read_blocks

from .crs_text import split_sources
from .extract import CENSUS, NO_CRS, Extract, centre_keys, complete, in_file

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
    before = rows_lost(extract.anomalies)
    counted: list[pd.DataFrame] = []
    whole: list[pd.DataFrame] = []
    read = 0
    for block in _blocks(file, extract.source_id, extract.anomalies, progress):
        block.index = pd.RangeIndex(read, read + len(block))
        read += len(block)
        held = [name for name in CENSUS if name in block]
        if "source" in block:
            rows = split_sources(_stripped(block, [*held, "x", "y", "source"]))
            rows = rows.assign(centre=centre_keys(complete(rows, extract.file)))
        else:
            rows = _stripped(block, held)
        counted.append(rows[[name for name in (*held, "centre", "row") if name in rows]])
        if extract.wanted is not None:
            rows = rows[rows["category"].isin(["", *extract.wanted])]
        whole.append(rows)
    aside = rows_lost(extract.anomalies) - before
    extract.layout = "flat"
    extract.rows_read = read + aside
    extract.rows_set_aside = aside
    if not extract.rows_read:
        raise SourceError(
            T("Le fichier n'a pas de ligne sous l'en-tête.", "There is no row below the header."),
            file=file.label,
            do=T("Téléchargez-le à nouveau.", "Download it again."),
        )
    census = pd.concat(counted)
    for name in (*CENSUS, "centre"):
        if name not in census:
            census[name] = pd.Series("", index=census.index, dtype="str")
    extract.census = in_file(census, extract.file)
    extract.frame = _completed(pd.concat(whole), extract.file)
    numbers = extract.census["row"].to_numpy()

    def read_again(index: pd.Index) -> pd.DataFrame:
        wanted = numbers[index]
        found = []
        for block in _blocks(file, extract.source_id, Anomalies(), no_progress):
            rows = block[block["row"].isin(wanted)]
            rows.index = pd.Index(np.searchsorted(numbers, rows["row"]))
            found.append(split_sources(rows) if "source" in rows else rows)
        return _completed(pd.concat(found), extract.file)

    extract.read_again = read_again
    progress(extract.file, extract.rows_read, extract.rows_read)


def _blocks(
    file: OfficialFile, source: str, anomalies: Anomalies, progress: Progress
) -> Iterator[pd.DataFrame]:
    return read_blocks(
        file,
        source=source,
        anomalies=anomalies,
        aliases=ALIASES,
        required=REQUIRED,
        progress=progress,
    )


def _stripped(rows: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    return rows.assign(**{name: rows[name].str.strip() for name in names})


def _completed(rows: pd.DataFrame, file: str) -> pd.DataFrame:
    rows = _stripped(rows, rows.columns.drop("row"))
    if "source" not in rows:
        rows = rows.assign(crs_text=pd.Series(NO_CRS, index=rows.index, dtype="str"))
    return complete(rows, file)
