"""Recognise official files by their content, read them, and note what was wrong with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from ..core.contracts import Progress, Source, discover, no_progress
from ..core.errors import GeoServiceError, SourceError
from ..core.i18n import T
from ..core.result import Anomaly, Reading
from ..core.tables import TABLES, check_table
from ..intake.archives import OfficialFile, open_official
from ..intake.bounds import BLOCK
from ..sources.finess import points_outside_commune
from .checked import Checked, CheckedFile, Notice
from .walk import files_below

SOURCES_PACKAGE = "geo_service.sources"
MAX_AGE_DAYS = 400
"""Days after which a millésime is called old. These publishers renew their files at least once a
year (COG on 1 January, baromètre half-yearly, FINESS more often): a file of more than a year, and
the month or so that its publication takes, has a successor."""

_LAND = ("departement", "region", "commune")
"""Levels whose limits are drawn under the map, the best first."""


@dataclass
class _Known:
    """What the files of territories give to the readers and checks that come after."""

    communes: Any = None
    register: str | None = None
    moves: Any = None
    contours: list[Any] = field(default_factory=list)
    land: dict[str, list[Any]] = field(default_factory=dict)

    def learn(self, path: str, reading: Reading) -> None:
        """Keep what others need of a table of territories."""
        table = reading.table
        communes = table[(table["level"] == "commune") & table["name"].notna()]
        # One COG, not several melted together: that of the fullest file.
        if len(communes) and (self.communes is None or len(communes) > len(self.communes)):
            self.communes, self.register = communes, path
        moves = reading.extra.get("commune_moves")
        if moves is not None and (self.moves is None or len(moves) > len(self.moves)):
            self.moves = moves
        shapes = table.geometry.to_numpy()
        drawn = table[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
        for level in _LAND:
            of_level = drawn[drawn["level"] == level]
            if len(of_level):
                self.land.setdefault(level, []).append(of_level)
        if (drawn["level"] == "commune").any():
            self.contours.append(drawn[drawn["level"] == "commune"])

    def commune_contours(self) -> Any | None:
        """Contours of communes, each once; where files overlap, that of the fullest."""
        if len(self.contours) > 1:
            tables = sorted(self.contours, key=len, reverse=True)
            once = pd.concat(tables, ignore_index=True).drop_duplicates("code")
            self.contours = [once.reset_index(drop=True)]
        return self.contours[0] if self.contours else None

    def limits(self) -> Any | None:
        """The limits to draw under a map, each territory once."""
        for level in _LAND:
            if level in self.land:
                tables = pd.concat(self.land[level], ignore_index=True)
                return tables.drop_duplicates("code").reset_index(drop=True)
        return None


def check_files(
    paths: Iterable[str | Path], *, today: dt.date, progress: Progress = no_progress
) -> Checked:
    """Read official files for their quality only; nothing is built and nothing is written.

    Every file is recognised by its content. Files of territories are read first: their communes
    serve to read the names in a zonage, and their contours to see whether structures stand in the
    commune they declare.

    Parameters
    ----------
    paths
        Files and folders (walked, hidden files left out).
    today
        Day from which the age of the millésimes is counted.
    progress
        Told how many files are done.

    Returns
    -------
    Checked
        In the order of the files. A file that no source knows is *unrecognised*; one that cannot be
        opened or read is *unreadable*, with the reason, and stops nothing.

    Raises
    ------
    SourceError
        A path given does not exist.
    """
    files = files_below(paths)
    sources = discover(SOURCES_PACKAGE, "SOURCE", Source)
    task = T("fichiers contrôlés", "files checked").say()
    progress(task, 0, len(files))
    found: dict[int, CheckedFile] = {}
    claimed: list[tuple[int, OfficialFile, list[tuple[Source, str]]]] = []
    for number, path in enumerate(files):
        try:
            _require_utf8(path)
            file = open_official(path)
            claims = claims_of(path, sources)
            if not claims:
                _unpack(file)
        except GeoServiceError as error:
            found[number] = CheckedFile(str(path), "unreadable", error=error)
            continue
        if claims:
            claimed.append((number, file, claims))
        else:
            found[number] = CheckedFile(str(path), "unrecognised", bytes=file.size)
    known = _Known()
    claimed.sort(key=lambda claim: claim[2][0][0].gives != "territories")
    for number, file, claims in claimed:
        progress(task, len(found), len(files))
        found[number] = _read(file, claims, known, today)
    progress(task, len(files), len(files))
    return Checked(
        tuple(found[number] for number in range(len(files))),
        today,
        MAX_AGE_DAYS,
        register=known.register,
        land=known.limits(),
    )


def claims_of(path: Path, sources: dict[str, Source]) -> list[tuple[Source, str]]:
    """The sources that recognise a file, with the layout, the most specific first.

    A reader of few layouts knows better what it reads than one of many; a layout tried on a real
    file comes before one that was not; names decide the rest.
    """
    claims = [
        (source, layout)
        for source in sources.values()
        if (layout := source.recognise(path)) is not None
    ]
    return sorted(
        claims,
        key=lambda claim: (
            not claim[0].layout(claim[1]).tried,
            len(claim[0].layouts),
            claim[0].name,
        ),
    )


def _require_utf8(path: Path) -> None:
    """Refuse a name that no text can hold: it could stand in no table and in no report."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise SourceError(
            T("Le nom du fichier n'est pas de l'UTF-8.", "The file's name is not UTF-8."),
            file=path,
            do=T("Renommez-le.", "Rename it."),
        ) from error


def _unpack(file: OfficialFile) -> None:
    """Read a packed file to its end: a damaged one is recognised by nobody, and has to be told."""
    members = file.members if file.compression == "zip" else (None,)
    if file.compression == "none":
        return
    for member in members:
        with file.open_bytes(member) as stream:
            while stream.read(BLOCK):
                pass


def _read(
    file: OfficialFile, claims: list[tuple[Source, str]], known: _Known, today: dt.date
) -> CheckedFile:
    source, name = claims[0]
    layout = source.layout(name)
    options: dict[str, Any] = {}
    # Readers with both options join names of communes. Elsewhere (APL) ``communes`` are the codes
    # of a study, which a check has not.
    if {"communes", "moves"} <= set(source.options) and known.communes is not None:
        options = {"communes": known.communes, "moves": known.moves}
    checked = CheckedFile(
        file.name,
        "unreadable",
        bytes=file.size,
        source=source,
        layout=layout,
        others=tuple(other.name for other, _ in claims[1:]),
    )
    try:
        reading = source.read(file.path, layout=name, source_id=source.name, **options)
        check_table(reading.table, TABLES[reading.name])
        anomalies = [*reading.anomalies, *_misplaced(reading, source, known)]
    except GeoServiceError as error:
        return replace(checked, error=error)
    except OSError as error:
        said = SourceError(
            T("Lecture impossible : {e}.", "Cannot be read: {e}.", e=error.strerror or error),
            file=file.name,
        )
        return replace(checked, error=said)
    if reading.name == "territories":
        known.learn(file.name, reading)
    vintage = reading.provenance.vintage
    age = None if vintage is None else (today - vintage).days
    checked = replace(
        checked,
        status="read",
        provenance=reading.provenance,
        anomalies=tuple(anomalies),
        age_days=age,
    )
    return replace(checked, notices=tuple(_notices(checked)))


def _misplaced(reading: Reading, source: Source, known: _Known) -> list[Anomaly]:
    """Structures outside the commune that they declare, where contours are at hand."""
    contours = known.commune_contours() if reading.name == "structures" else None
    if contours is None or not len(reading.table):
        return []
    return points_outside_commune(reading.table, contours, source_id=source.name)


def _notices(file: CheckedFile) -> Iterable[Notice]:
    if file.age_days is None:
        yield Notice(
            "vintage-unknown",
            T(
                "Millésime inconnu : ni le fichier ni son nom ne le disent.",
                "Unknown vintage: neither the file nor its name says it.",
            ),
        )
    elif file.age_days > MAX_AGE_DAYS:
        yield Notice(
            "vintage-old",
            T(
                "Millésime ancien : {n} jours (plus de {limit}) ; cherchez le suivant.",
                "Old vintage: {n} days (more than {limit}); look for its successor.",
                n=file.age_days,
                limit=MAX_AGE_DAYS,
            ),
        )
    elif file.age_days < 0:
        yield Notice(
            "vintage-future",
            T(
                "Millésime à venir : il est postérieur au jour du contrôle de {n} jours.",
                "Vintage in the future: {n} days after the day of the check.",
                n=-file.age_days,
            ),
        )
    if not file.rows["kept"]:
        yield Notice(
            "nothing-kept",
            T(
                "Aucune ligne gardée, sur {n} lues.",
                "No row kept, of {n} read.",
                n=file.rows["read"],
            ),
        )
    if file.others:
        yield Notice(
            "several-sources",
            T(
                "Reconnu aussi par : {names}.",
                "Recognised too by: {names}.",
                names=", ".join(file.others),
            ),
        )
    if file.layout is not None and not file.layout.tried:
        yield Notice(
            "layout-untried",
            T(
                "Forme jamais essayée sur un fichier réel : comparez les nombres de lignes.",
                "Layout never tried on a real file: compare the numbers of rows.",
            ),
        )
