"""A territory among those beside it: bars, rank and table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from ..core.i18n import T, Text, say_number
from ..drawing.bars import Bar, bar_chart
from ..drawing.palette import mark_of
from ..figures import figure_records
from .directory import LEVEL_PLURALS, Directory, Place
from .saying import kind_label, said

INDICATOR = "per_10000_inhabitants"
MOST_BARS = 16
MOST_ROWS = 200
_WIDE, _NARROW = 720, 350


@dataclass(frozen=True)
class Ranking:
    """One kind of structure per inhabitant, in each of the territories compared."""

    kind: str
    title: Text
    subtitle: Text
    rows: list[dict[str, Any]]
    """Best first: ``place``, ``rank`` (None where unknown), ``record`` and whether it is ``own``.
    """

    @property
    def own(self) -> dict[str, Any] | None:
        """The row of the territory that the page is about."""
        return next((row for row in self.rows if row["own"]), None)

    @property
    def known(self) -> int:
        """Number of territories whose figure is known."""
        return sum(row["rank"] is not None for row in self.rows)

    def sentence(self) -> str:
        """The rank in words; "" where the territory is not among those compared."""
        own = self.own
        if own is None:
            return ""
        if own["rank"] is None:
            return T("Son rang est inconnu.", "Its rank is unknown.").say()
        equal = sum(row["rank"] == own["rank"] for row in self.rows) > 1
        return T(
            "Rang {rank} sur {n}" + (", à égalité." if equal else "."),
            "Rank {rank} of {n}" + (", with others." if equal else "."),
            rank=own["rank"],
            n=self.known,
        ).say()

    def drawings(self) -> list[str]:
        """The chart for a wide and for a narrow page: the first ones, and the own one."""
        ranked = [row for row in self.rows if row["rank"] is not None]
        shown = ranked[:MOST_BARS]
        own = self.own
        if own is not None and own["rank"] is not None and own not in shown:
            shown = [*ranked[: MOST_BARS - 1], own]
        bars = [
            Bar(
                f"{row['rank']}. {row['place'].name}",
                row["record"]["value"],
                row["record"]["low"],
                row["record"]["high"],
                own=row["own"],
            )
            for row in shown
        ]
        if not bars:
            return []
        return [
            bar_chart(
                bars,
                title=self.title.say(),
                description=f"{self.sentence()} {self.subtitle.say()}".strip(),
                identity=f"rank{self.kind}{width}",
                say=lambda value: say_number(value, decimals=2),
                mark=mark_of(self.kind),
                width=width,
            )
            for width in (_WIDE, _NARROW)
        ]

    @property
    def drawn(self) -> int:
        """How many territories the chart shows."""
        return min(self.known, MOST_BARS)

    def table(self) -> list[dict[str, Any]]:
        """The rows as a page shows them, bounded."""
        rows = self.rows[:MOST_ROWS]
        own = self.own
        if own is not None and own not in rows:
            rows = [*rows, own]
        return [{**row, "said": said(row["record"])} for row in rows]


def rankings(directory: Directory, place: Place, as_of: dt.date) -> list[Ranking]:
    """The territory beside those of its level in its nearest parent; else those inside it."""
    parent, compared = directory.siblings(place)
    inside = len(compared) < 2
    if inside:
        parent, compared = place, directory.children(place)
    if len(compared) < 2 or parent is None:
        return []
    kinds = [kind for kind in ("MSP", "CDS") if kind in directory.atlas.facts["kinds"]]
    table = directory.atlas.stored.read_indicators(
        territory=[other.territory for other in compared],
        indicator=INDICATOR,
        kind=kinds,
        as_of=as_of,
    )
    records = {(r["territory"], r["kind"]): r for r in figure_records(table)}
    found = []
    for kind in kinds:
        rows = [
            {"place": other, "own": other == place, "record": records.get((other.territory, kind))}
            for other in compared
        ]
        if all(row["record"] is None for row in rows):
            continue
        found.append(
            Ranking(
                kind,
                T(
                    "{kinds} pour 10 000 habitants",
                    "{kinds} per 10,000 inhabitants",
                    kinds=kind_label(kind, plural=True),
                ),
                T(
                    "{level} : {parent}",
                    "{level}: {parent}",
                    level=LEVEL_PLURALS[compared[0].level],
                    parent=f"\u2068{parent.name}\u2069",  # in words that are no markup: isolated
                ),
                _ranked(rows),
            )
        )
    return found


def _ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def value(row: dict[str, Any]) -> float:
        record = row["record"]
        known = record is not None and record["value"] is not None
        return -float(record["value"]) if known else float("inf")

    ordered = sorted(rows, key=lambda row: (value(row), row["place"].name))
    rank, before = 0, None
    for number, row in enumerate(ordered, start=1):
        own = value(row)
        if own == float("inf"):
            row["rank"] = None
            continue
        if own != before:
            rank, before = number, own
        row["rank"] = rank
    return ordered
