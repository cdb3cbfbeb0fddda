"""What holds one point, with three answers and why, in a tenth of a millisecond.

The rules are those of the look-up of lists (``web/lookup``), said for one point; tests hold the two
together. Distances come from :class:`~geo_service.engine.pinpoint.Pinpoint`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...atlas import Atlas
from ...core.i18n import Language, T, Text
from ...core.validity import in_force
from ...engine.pinpoint import Standing, legal_crs_of
from ...exchange.cells import finite_or_text
from ...rules import qpv_generations, quartier_vecu_label
from ...study.verdicts import proxy_name
from ...zoning import Spot, ground_of, settle
from .reasons import INSIDE, OUTSIDE, UNDETERMINED, Speaker, called, finite

_NAMES = {
    "communes": T("Commune", "Commune"),
    "zonage": T("Zonage médecin", "Doctor zoning (zonage médecin)"),
}


class _Here(NamedTuple):
    """One point: its metres to the edge of the result's territory, negative inside; its commune."""

    lon: float
    lat: float
    edge: float
    commune: str


@dataclass(frozen=True)
class _Qpv:
    """One layer of QPV: precision of its limits, and where it is in force or says anything."""

    name: str
    label: Text
    blur: float
    current: frozenset[int]
    """Legal CRS of the territories in which zones of it are in force at the main date."""
    listed: frozenset[str]
    """Départements that have zones in it."""
    running: frozenset[str]
    """Départements that have zones in force in it."""


_NO_QPV = _Qpv("", T("QPV", "QPV"), 0.0, frozenset(), frozenset(), frozenset())
_NOWHERE = Standing(OUTSIDE, [], [], math.inf, math.nan)


class Places:
    """The zones and structures of a result, ready for one point at a time.

    Parameters
    ----------
    atlas
        The stored result.
    """

    def __init__(self, atlas: Atlas) -> None:
        self._whole = str(atlas.facts["territory"]).startswith("france")
        self._metres: list[int] = list(atlas.facts.get("quartier_vecu", ()))
        self._labels = {
            metres: _spoken(quartier_vecu_label(proxy_name(metres))) for metres in self._metres
        }
        self._kinds = [kind for kind in ("MSP", "CDS") if kind in atlas.facts["kinds"]]
        self.as_of = atlas.as_of.isoformat()
        labels = {it.layer: it.label for it in qpv_generations().values()}
        held = atlas.stored.layer_names()
        self._qpv = []
        self._declared = []
        for name in held:
            if name.startswith("quartier_vecu_") and not name[14:].isdigit():
                self._declared.append(
                    _described(atlas, name, _spoken(quartier_vecu_label(name[14:])))
                )
            elif name.startswith("qpv_"):
                self._qpv.append(_described(atlas, name, labels[name]))
        self._zoned = "zonage" in held
        ground = ground_of(atlas.stored)
        # As the layers show it: at the main date, undated orders included.
        self._orders = ground.at(atlas.as_of, assume_undated=True)
        self._names = ground.names(atlas.as_of)
        communes = atlas.layer("communes")
        self._departements = dict(zip(communes["code"], communes["departement"], strict=True))
        names = [one.name for one in (*self._qpv, *self._declared)]
        self._pinpoint, self._told = atlas.pinpoint(["communes", *names])
        for kind in self._kinds:
            for row in self._told.get(kind, ()):
                row["precision_m"] = finite_or_text([row["precision_m"]])[0]  # JSON has no infinity

    def tell(self, lon: float, lat: float, precision: float, language: Language) -> dict[str, Any]:
        """Everything that is known of one point, in words too.

        Parameters
        ----------
        lon, lat
            Degrees, WGS84, finite.
        precision
            Metres, finite; NaN unknown.
        """
        say = Speaker(language, precision)
        stands = self._pinpoint.stand(lon, lat, precision)
        commune = stands["communes"]
        code = legal_crs_of(lon, lat)
        layers = [self._commune(commune, say)]
        home = self._told["communes"][commune.held[0]]["code"] if commune.held else ""
        here = _Here(lon, lat, commune.metres, home)
        answers = []
        for layer in (*self._qpv, *self._declared):
            told, sure = self._zone(layer, stands[layer.name], here, say)
            if code in layer.current and layer.name.startswith("qpv_"):
                answers.append((layer, sure, stands[layer.name]))
            layers.append(told)
        if any(one.current for one in self._qpv):
            now = next((one for one in self._qpv if code in one.current), _NO_QPV)
            stand = stands[now.name] if now.name else _NOWHERE
            layers += [self._near(metres, now, stand, here, say) for metres in self._metres]
        if self._zoned:
            layers.append(self._zoning(commune, answers, here, say))
        return {
            "lon": lon,
            "lat": lat,
            "precision": precision if say.known else None,
            "as_of": self.as_of,
            "in_result": bool(commune.held),
            "metres_to_edge": finite(commune.metres),
            "said": layers[0]["said"],
            "layers": layers,
            "nearest": self._nearest(lon, lat),
        }

    def _commune(self, stand: Standing, say: Speaker) -> dict[str, Any]:
        rows = self._told["communes"]
        possible = [rows[place] for place in stand.possible]
        if not stand.held and not possible:
            told = say.layer("communes", _NAMES["communes"], stand.sure, "commune-out", None)
            return {**told, "possible": []}
        held = rows[stand.held[0]] if stand.held else None
        sure = stand.sure
        if sure == INSIDE and len(possible) > 1:
            sure = UNDETERMINED
        if sure == UNDETERMINED:
            names = ", ".join(called(row) for row in possible)
            told = say.layer(
                "communes", _NAMES["communes"], sure, "commune-close", held, zones=names
            )
        else:
            why = "commune" if held else "commune-out"
            told = say.layer("communes", _NAMES["communes"], sure, why, held, way=-stand.own_metres)
        told["possible"] = possible
        return told

    def _zone(
        self, layer: _Qpv, stand: Standing, here: _Here, say: Speaker
    ) -> tuple[dict[str, Any], int]:
        """A layer of QPV, or of declared quartiers vécus: the answer and its code."""
        radius = say.precision + layer.blur
        sure = _side(stand, radius)
        rows = self._told[layer.name]
        row = rows[stand.held[0]] if stand.held else None
        why = "inside" if sure == INSIDE else "outside"
        if sure == UNDETERMINED:
            why = "close"
            if row is None:
                row = self._first(layer.name, here, radius)
        elif radius > 0:
            why += "-sure"
        if sure == OUTSIDE and math.isinf(stand.metres):
            why = "none"
        if sure == OUTSIDE and here.edge > 0 and not self._whole:
            sure, why = UNDETERMINED, "edge"
        if not self._is_told(layer.listed, here):
            sure, why = UNDETERMINED, "untold"
        told = say.layer(layer.name, layer.label, sure, why, row, way=stand.metres, reach=radius)
        return told, sure

    def _near(
        self, metres: int, layer: _Qpv, stand: Standing, here: _Here, say: Speaker
    ) -> dict[str, Any]:
        """The quartier vécu by distance: nearer than so many metres to a QPV in force, in none."""
        radius = say.precision + layer.blur
        there, way = _side(stand, radius), stand.metres
        if radius > 0:
            near = OUTSIDE if way - radius >= metres else UNDETERMINED
            near = INSIDE if way + radius < metres else near
        else:
            near = INSIDE if way < metres or stand.held else OUTSIDE
        if near == OUTSIDE or there == INSIDE:
            sure = OUTSIDE
        else:
            sure = INSIDE if near == INSIDE and there == OUTSIDE else UNDETERMINED
        why = {INSIDE: "near", OUTSIDE: "far", UNDETERMINED: "near-close"}[sure]
        if there == INSIDE:
            why = "within"
        elif sure == OUTSIDE and math.isinf(way):
            why = "none"
        span = metres + (say.precision if say.known else 0.0)
        if sure == OUTSIDE and there == OUTSIDE and here.edge > -span and not self._whole:
            sure, why = UNDETERMINED, "edge"
        if not self._is_told(layer.running, here):
            sure, why = UNDETERMINED, "untold"
        row = None
        if sure == INSIDE or (sure == UNDETERMINED and way < span):
            row = self._first(layer.name, here, way + 1.0)
        return say.layer(
            f"quartier_vecu_{metres}",
            self._labels[metres],
            sure,
            why,
            row,
            way=way,
            reach=radius,
            metres=metres,
        )

    def _first(self, layer: str, here: _Here, metres: float) -> dict[str, Any] | None:
        """The nearest zone of a layer within so many metres."""
        near = self._pinpoint.within(layer, here.lon, here.lat, metres)
        return self._told[layer][near[0]] if near else None

    def _zoning(
        self,
        commune: Standing,
        answers: list[tuple[_Qpv, int, Standing]],
        here: _Here,
        say: Speaker,
    ) -> dict[str, Any]:
        """Class of the QPV in force that holds the point if it has its own, else of the commune."""
        rows = self._told["communes"]
        if not commune.held:
            return say.layer("zonage", _NAMES["zonage"], OUTSIDE, "commune-out", None)
        qpv: list[str] = []
        inside: bool | None = False
        for layer, sure, stand in answers:
            if sure == OUTSIDE:
                continue
            near = stand.possible
            if layer.blur > 0:
                radius = say.precision + layer.blur
                near = self._pinpoint.within(layer.name, here.lon, here.lat, radius)
            places = [*stand.held, *(place for place in near if place not in stand.held)]
            qpv += [self._told[layer.name][place]["code"] for place in places]
            inside = {INSIDE: True, UNDETERMINED: None}.get(sure, inside)
        places = [*commune.held, *(at for at in commune.possible if at not in commune.held)]
        found = settle(
            Spot(
                communes=tuple(rows[place]["code"] for place in places),
                qpv=tuple(qpv),
                in_qpv=inside,
                held=any(stand.held for _, sure, stand in answers if sure != OUTSIDE),
            ),
            self._orders,
            self._names,
        )
        home, given = rows[commune.held[0]], found.given
        why = "class-qpv" if found.sayings[0].unit == "qpv" else "class"
        if not found.settled:
            why = "class-close" if len(found.possible) > 1 else "class-none"
        told = say.layer(
            "zonage",
            _NAMES["zonage"],
            INSIDE if found.settled else UNDETERMINED,
            why,
            {"code": home["code"], "name": home["name"], "class": given},
            class_=given or "",
            classes=", ".join(found.possible),
        )
        told["possible_classes"] = list(found.possible)
        return told

    def _is_told(self, listed: frozenset[str], here: _Here) -> bool:
        """Whether a layer says anything here: each overseas département has a list of its own."""
        departement = str(self._departements.get(here.commune) or "")
        return departement[:2] not in ("97", "98") or departement in listed

    def _nearest(self, lon: float, lat: float) -> list[dict[str, Any]]:
        near = self._pinpoint.nearest(lon, lat)
        found = []
        for kind in self._kinds:
            one = near.get(kind)
            if one is not None:
                row = self._told[kind][one.position]
                found.append({"kind": kind, **row, "metres": round(one.metres, 1)})
        return found


def _spoken(text: Text) -> Text:
    """A text with its values put in."""
    return Text(text.say("fr"), text.say("en"))


def _side(stand: Standing, radius: float) -> int:
    """The three-valued answer for a disc, from the limit of the union."""
    if radius > 0:
        if stand.metres > radius:
            return OUTSIDE
        return INSIDE if -stand.metres > radius else UNDETERMINED
    return INSIDE if stand.held else OUTSIDE


def _described(atlas: Atlas, name: str, label: Text) -> _Qpv:
    zones = atlas.layer(name)
    departement = zones["departement"].astype("object").fillna("")
    force = in_force(zones, atlas.as_of)
    return _Qpv(
        name,
        label,
        float(zones["precision_m"].fillna(0.0).max()),
        frozenset(zones["legal_crs"][force].astype(int)),
        frozenset(departement),
        frozenset(departement[force]),
    )
