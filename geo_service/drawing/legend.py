"""The legend: real text with the switches of the layers, readable without the map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..core.i18n import T, Text, say_number
from .escape import escaped
from .layer import DrawnLayer
from .palette import OTHER_MARK, Mark, Pattern, Stroke, pattern_of, stroke_of

_GROUPS: tuple[tuple[str, Text], ...] = (
    ("structures", T("Structures de soins", "Care structures")),
    ("qpv", T("Quartiers prioritaires", "Priority neighbourhoods")),
    ("vecu", T("Quartier vécu", "Quartier vécu (lived-in neighbourhood)")),
    ("zonage", T("Zonage médecin", "Doctor zoning")),
    ("limits", T("Limites", "Boundaries")),
)


def mark_swatch(mark: Mark, *, hollow: bool = False) -> str:
    """A symbol as SVG; hollow and dashed for a position that decides nothing."""
    outline = f'fill="#fff" stroke="{mark.colour}" stroke-width="2.4"'
    if hollow:
        style = f'{outline} stroke-dasharray="3.2 2"'
    else:
        style = outline if mark.outlined else f'fill="{mark.colour}"'
    return _svg(f'<path d="{mark.path}" {style}/>')


def stroke_swatch(stroke: Stroke) -> str:
    """An area or a limit as SVG."""
    line = (
        f'fill="none" stroke="{stroke.colour}" stroke-width="{max(1.4, stroke.width)}" '
        f'stroke-dasharray="{stroke.dash}"'
    )
    if stroke.fill == 0.0:
        return _svg(f'<path d="M1 15C7 5 15 19 23 8" {line}/>')
    shape = "M3 6L16 3L22 12L17 20L6 21z"
    return _svg(
        f'<path d="{shape}" fill="{stroke.colour}" fill-opacity="{stroke.fill}"/>'
        f'<path d="{shape}" {line}/>'
    )


def pattern_swatch(pattern: Pattern, index: int) -> str:
    """A class of the zonage as SVG: the same tint and the same strokes as on the map."""
    name = f"pattern-{index}"
    return _svg(
        f'<defs><pattern id="{name}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<path d="{pattern.path}" stroke="{pattern.colour}" stroke-width="{pattern.width}" '
        'stroke-linecap="round" fill="none"/></pattern></defs>'
        f'<rect x="1" y="3" width="22" height="18" fill="{pattern.colour}" '
        f'fill-opacity="{pattern.tint}"/>'
        f'<rect x="1" y="3" width="22" height="18" fill="url(#{name})" '
        f'stroke="{pattern.colour}" stroke-opacity=".55"/>'
    )


def _svg(inside: str) -> str:
    return f'<svg class="swatch" viewBox="0 0 24 24" aria-hidden="true">{inside}</svg>'


def _group_of(layer: DrawnLayer) -> str:
    if layer.name.startswith("quartier_vecu_"):
        return "vecu"
    return {"points": "structures", "area": "qpv", "zoning": "zonage", "limit": "limits"}[
        layer.role
    ]


def _row(layer: DrawnLayer, swatch: str) -> str:
    checked = " checked" if layer.shown else ""
    aside = layer.note if layer.role != "zoning" else None
    note = f'<span class="note">{escaped(aside)}</span>' if aside else ""
    count = "" if layer.role in ("limit", "zoning") else say_number(layer.count)
    return (
        f'<li><label><input type="checkbox" data-layer="{escaped(layer.name)}"{checked}>'
        f'{swatch}<span class="what">{escaped(layer.title)}{note}</span>'
        f'<span class="count">{escaped(count)}</span></label></li>'
    )


def _swatch(layer: DrawnLayer) -> str:
    if layer.mark is not None:
        return mark_swatch(layer.mark)
    if layer.role == "zoning":
        return ""
    return stroke_swatch(stroke_of(layer.name))


def _classes(layer: DrawnLayer) -> str:
    rows = (
        f"<li>{pattern_swatch(pattern_of(name), place)}"
        f'<span class="what">{escaped(title)}</span></li>'
        for place, (name, title) in enumerate(
            zip(layer.classes, layer.content["names"], strict=True)
        )
    )
    return f'<li><ul class="classes">{"".join(rows)}</ul></li>'


def _notes(group: str, layers: Sequence[DrawnLayer]) -> Iterable[str]:
    if group == "structures":
        hollow = [layer for layer in layers if layer.undetermined]
        if hollow:
            said = T(
                "Symbole creux : position trop imprécise pour décider ({n}).",
                "Hollow symbol: position too vague to decide anything ({n}).",
                n=say_number(sum(layer.undetermined for layer in hollow)),
            )
            yield mark_swatch(hollow[0].mark or OTHER_MARK, hollow=True) + escaped(said)
        missing = sum(layer.missing for layer in layers)
        if missing:
            yield escaped(
                T(
                    "Sans position, absentes de la carte et présentes dans le tableau : {n}.",
                    "Without a position, absent from the map, present in the table: {n}.",
                    n=say_number(missing),
                )
            )
    if group == "zonage":
        yield from (escaped(layer.note) for layer in layers if layer.note)
    if group == "qpv":
        yield escaped(
            T(
                "Petit carré : QPV trop petit pour être dessiné à cette échelle.",
                "Small square: a QPV too small to be drawn at this scale.",
            )
        )
    if group == "vecu":
        yield escaped(
            T(
                "Le quartier vécu dessiné est une distance à la limite du QPV, non le périmètre "
                "que déclare l'ARS.",
                "The quartier vécu drawn here is a distance to the limit of the QPV, not the "
                "perimeter that the ARS declares.",
            )
        )


def legend_html(layers: Sequence[DrawnLayer], places: Sequence[str]) -> str:
    """The panel: a switch a layer with its symbol, its title and its count.

    Parameters
    ----------
    layers
        In the order of the legend.
    places
        Names of the territories to jump to; none or one gives no list.
    """
    parts = []
    if len(places) > 1:
        options = "".join(
            f'<option value="{number}">{escaped(name)}</option>'
            for number, name in enumerate(places)
        )
        parts.append(
            f'<p class="jump"><label>{escaped(T("Aller à", "Go to"))} '
            f'<select id="jump">{options}</select></label></p>'
        )
    for group, title in _GROUPS:
        members = [layer for layer in layers if _group_of(layer) == group]
        if not members:
            continue
        rows = "".join(
            _row(layer, _swatch(layer)) + (_classes(layer) if layer.role == "zoning" else "")
            for layer in members
        )
        if group == "limits":
            names = escaped(T("Noms des lieux", "Place names"))
            rows += (
                '<li><label><input type="checkbox" data-layer="names" checked>'
                f'<span class="swatch abc" aria-hidden="true">Aa</span>'
                f'<span class="what">{names}</span><span class="count"></span></label></li>'
            )
        notes = "".join(f'<p class="note">{note}</p>' for note in _notes(group, members))
        parts.append(
            f"<fieldset><legend>{escaped(title)}</legend><ul>{rows}</ul>{notes}</fieldset>"
        )
    short, more = escaped(T("Légende", "Legend")), escaped(T("et couches", "and layers"))
    return (
        f'<aside id="panel" aria-label="{short} {more}"><details open>'
        f'<summary>{short} <span class="more">{more}</span></summary>'
        f'<div class="inside">{"".join(parts)}</div></details></aside>'
    )
