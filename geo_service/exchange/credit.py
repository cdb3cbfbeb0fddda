"""The source line and the licence that go with everything that leaves the service.

Licence Ouverte 2.0 asks for the name of the producer and the date of the data; ODbL asks for the
licence of what derives from it. Both are said from the provenance, never written by hand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo_service.core.i18n import Language, T, current_language
from geo_service.core.result import Provenance

_KNOWN_LICENCES = {
    "Licence Ouverte 2.0": (
        "etalab-2.0",
        "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
    ),
    "ODbL 1.0": ("ODbL-1.0", "https://opendatacommons.org/licenses/odbl/1-0/"),
}


@dataclass(frozen=True)
class Credit:
    """Who is to be credited for a layer or table.

    ``sources`` are the files its rows come from; ``name`` is the layer, ``as_of`` the date of its
    figures, ``version`` that of the code that made them. ``fictitious``: the embedded sample, whose
    source line must never pass for official data.
    """

    sources: tuple[Provenance, ...]
    name: str
    as_of: dt.date | None = None
    fictitious: bool = False
    version: str = ""

    def line(self, language: Language | None = None) -> str:
        """One sentence: producers, titles, millésimes, licences and treatment."""
        cited = list(dict.fromkeys(_cite(source, language) for source in self.sources))
        parts = [
            T("Source : {cited}", "Source: {cited}", cited=", ".join(cited)).say(language)
            if cited
            else T("Source non précisée", "Source not stated").say(language)
        ]
        if self.fictitious:
            parts.insert(0, T("Données fictives", "Fictitious data").say(language).upper())
        parts.append(self.licence(language))
        if self.as_of is not None:
            date = self.as_of.isoformat()
            parts.append(T("situation au {date}", "as of {date}", date=date).say(language))
        parts.append(
            T("traitement geo_service {v}", "processed by geo_service {v}", v=self.version)
            .say(language)
            .strip()
        )
        return ("; " if (language or current_language()) == "en" else " ; ").join(parts)

    def licence(self, language: Language | None = None) -> str:
        """The licences of the sources, each once."""
        unstated = T("licence non précisée", "licence not stated").say(language)
        named = list(dict.fromkeys(source.licence or unstated for source in self.sources))
        return ", ".join(named) or unstated

    def as_metadata(self, language: Language | None = None) -> dict[str, Any]:
        """Source line, licences and sources for the head of a file, in Frictionless words."""
        return {
            "source": self.line(language),
            "fictitious": self.fictitious,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "licenses": [
                _licence(name)
                for name in dict.fromkeys(s.licence for s in self.sources if s.licence)
            ],
            "sources": [
                {
                    "title": _cite(source, language),
                    "name": source.source_id,
                    "path": source.url,
                    "file": source.file if not source.member else f"{source.file}/{source.member}",
                    "sha256": source.sha256,
                    "vintage": None if source.vintage is None else source.vintage.isoformat(),
                    "licence": source.licence,
                }
                for source in self.sources
            ],
        }


def _cite(source: Provenance, language: Language | None) -> str:
    names = [name for name in (source.publisher, source.title or source.source) if name]
    cited = " — ".join(names)
    if source.vintage is None:  # said in the provenance; repeated here it would drown the names
        return cited
    vintage = T("millésime {d}", "vintage {d}", d=source.vintage.isoformat())
    return f"{cited} ({vintage.say(language)})"


def _licence(name: str) -> dict[str, str]:
    slug, address = _KNOWN_LICENCES.get(name, ("", ""))
    said = {"name": slug, "title": name, "path": address}
    return {key: value for key, value in said.items() if value}


def credit_for(
    table: Any,
    name: str,
    *,
    facts: Mapping[str, Any],
    provenance: Sequence[Provenance],
    as_of: dt.date | None = None,
) -> Credit:
    """The credit of one layer or table of a result.

    Rows that name their sources (``sources``) or their file (``file``) are credited to these
    only; any other table is credited to all the sources of the result.

    Parameters
    ----------
    table
        The layer or table, whole or filtered.
    facts
        ``Result.facts``; ``fictitious`` and ``code_version`` are used where they are there.
    """
    from geo_service import __version__

    used = tuple(_used(table, provenance)) or tuple(provenance)
    return Credit(
        sources=used,
        name=name,
        as_of=as_of,
        fictitious=bool(facts.get("fictitious", False)),
        version=str(facts.get("code_version") or __version__),
    )


def _used(table: Any, provenance: Sequence[Provenance]) -> Iterable[Provenance]:
    if "sources" in table.columns:
        lists = table["sources"].dropna().unique()
        named = {source_id for listed in lists for source_id in str(listed).split()}
        return (source for source in provenance if source.source_id in named)
    if "file" in table.columns:
        files = set(table["file"].dropna().unique())
        return (s for s in provenance if files & {s.file, f"{s.file}/{s.member}", s.source_id})
    return ()
