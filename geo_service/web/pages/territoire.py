"""The fiche of a territory: figures beside its parents, over time, map, lists, sources."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from ...core.i18n import Text
from ...portraits import Place, read_date, territory_portrait
from ...portraits.trend import to_csv, trends
from ..answers import answer
from ..served import served
from . import kept_page
from .fiche import FICHE, charts, common, data_address, directory, drawn, warm

PAGE = Blueprint("territoire", __name__)
WARM = [warm]
TEXTS: dict[str, Text] = {
    **FICHE,
}


@PAGE.get("/territoire/<territory>")
def territoire(territory: str) -> AnyResponse:
    """The fiche of one territory at one of the result's dates (``?as_of=``)."""
    kept: dict[str, Any] = {name: request.args[name] for name in ("as_of",) if name in request.args}
    if territory.startswith("qpv:"):
        code = territory.removeprefix("qpv:")
        directory().quarter(code)
        return redirect(url_for("qpv.qpv", code=code, **kept), 308)
    if territory == "france":
        return redirect(url_for("territoire.territoire", territory="france:FR", **kept), 308)
    return kept_page("territoire.html", lambda: _values(territory), TEXTS, maps=True)


def _values(territory: str) -> dict[str, Any]:
    held = directory()
    atlas = served().atlas
    place = held.place(territory)
    as_of = read_date(atlas, request.args.get("as_of")) or atlas.as_of
    portrait = territory_portrait(held, place, as_of, served().keep)
    quarters = [name for name in atlas.layers if name.startswith("qpv_")]
    own_dates = atlas.dates
    if place.level == "commune" and atlas.facts.get("commune_dates") == "as_of":
        own_dates = [atlas.as_of]
    dates = sorted({*own_dates, as_of})
    return {
        **common(portrait, as_of, dates, ["structures", *quarters, "zonage", "indicators"]),
        "crumbs": _crumbs(place),
        "level": place.level,
        "level_name": _level_name(place),
        "charts": charts(portrait["trends"], portrait["breaks"]),
        "ranked": [
            {
                "name": ranking.kind,
                "title": ranking.title.say(),
                "subtitle": ranking.subtitle.say(),
                "sentence": ranking.sentence(),
                "drawings": drawn(ranking.drawings()),
                "rows": ranking.table(),
                "drawn": ranking.drawn,
                "known": len(ranking.rows),
                "own": ranking.own is not None,
            }
            for ranking in portrait["rankings"]
        ],
        "data": data_address(place.territory),
        "map_territory": place.territory,
        "series_address": url_for("territoire.evolution", territory=place.territory),
        "only_main": place.level == "commune"
        and atlas.facts.get("commune_dates") == "as_of"
        and as_of != atlas.as_of,
    }


def _crumbs(place: Place) -> list[Place]:
    held = directory().places
    own = ("france:FR", *place.parents)
    return [held[parent] for parent in own if parent in held and parent != place.territory]


def _level_name(place: Place) -> str:
    from ...portraits.directory import LEVEL_NAMES

    return LEVEL_NAMES[place.level].say()


@PAGE.get("/territoire/<territory>/evolution.csv")
def evolution(territory: str) -> Response:
    """The figures of the charts over time, as CSV."""
    place = directory().place(territory)

    def made() -> str:
        shown = trends(directory(), place.territory)
        return to_csv(place.territory, place.name, shown)

    file = f"evolution-{place.level}-{_plain(place.code)}.csv"
    return answer(
        ("evolution", place.territory, g.language),
        made,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{file}"'},
    )


def _plain(code: str) -> str:
    return "".join(sign for sign in code if sign.isascii() and sign.isalnum())
