"""The page of a quality report: one HTML file that opens from disk without a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from importlib import resources

from ..core.i18n import Language, T, Text, say_number, use_language
from ..core.result import Anomaly, Outcome, Provenance
from ..drawing.assets import vendored
from ..drawing.escape import escaped, isolated, script_json
from ..drawing.page import Drawing, Fullscreen, Map, Page, Raw
from .anomaly_map import MOST_DRAWN, Sign, map_data, map_html, placed, signs
from .checked import (
    OUTCOMES,
    Checked,
    CheckedFile,
    explanation,
    row_or_none,
    said_vintage,
    shown_value,
    summary,
)

MOST_LISTED = 500
"""Rows of one kind at most in the page; all of them stand in ``anomalies.csv``."""

_BADGES: dict[Outcome, str] = {
    "kept": "badge",
    "repaired": "badge mended",
    "restored": "badge mended",
    "set aside": "badge aside",
}
_BRAND = (
    '<p class="brand"><svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">'
    '<circle cx="16" cy="16" r="14" fill="none" stroke="currentColor" stroke-width="2.5"/>'
    '<path d="M16 9v14M9 16h14" stroke="currentColor" stroke-width="3.5" stroke-linecap="round"/>'
    "</svg><span>geo_service</span></p>"
)


def page_html(checked: Checked, *, language: Language) -> str:
    """The report as one page that asks the network for nothing; every value is escaped."""
    with use_language(language):
        title = T("Qualité des fichiers officiels", "Quality of official files").say()
        drawn = signs(checked)
        data = map_data(checked) if drawn else None
        parts = [
            f'<a class="skip" href="#anomalies">{_t("Aller aux anomalies", "Skip to anomalies")}'
            '</a><div class="report">',
            f"<header>{_BRAND}</header><main>",
            f'<p class="question">{_t("Que valent ces fichiers ?", "What are these files worth?")}'
            f"</p><h1>{escaped(title)}</h1>",
            f'<p class="date">{escaped(summary(checked))}</p>',
            _tiles(checked),
            _unreadable(checked),
            _files(checked),
            _map(checked, map_html(checked, data) if data else None),
            _kinds(checked, drawn),
            _unrecognised(checked),
            f"</main>{_footer(checked)}</div>",
        ]
        page = Page(title, language)
        css = resources.files("geo_service.quality").joinpath("report.css").read_text("utf-8")
        page.header.add_child(Raw(f"<style>{css}</style>"))
        if data is None:
            page.html.add_child(Raw("\n".join(parts)))
            return str(page.render())
        data["places"] = [bounds for _, bounds in data["places"]]
        parts.append(f'<script type="application/json" id="data">{script_json(data)}</script>')
        base = Map(tiles=False)
        page.add_child(base)
        base.add_child(Drawing("\n".join(parts)))
        base.add_child(Fullscreen(language))
        return str(page.render())


def _t(fr: str, en: str) -> str:
    return escaped(T(fr, en))


def _number(value: int) -> str:
    return escaped(say_number(value))


def _tiles(checked: Checked) -> str:
    read = checked.having("read")
    anomalies = [anomaly for _, anomaly in checked.anomalies()]
    mended = sum(one.outcome in ("repaired", "restored") for one in anomalies)
    old = sum(note.code == "vintage-old" for file in read for note in file.notices)
    unknown = sum(file.age_days is None for file in read)
    tiles = (
        (len(read), T("fichiers lus", "files read")),
        (sum(file.rows["read"] for file in read), T("lignes lues", "rows read")),
        (sum(file.rows["set_aside"] for file in read), T("lignes écartées", "rows set aside")),
        (len(anomalies), T("anomalies", "anomalies")),
        (mended, T("dont réparées", "of them repaired")),
        (old, T("millésimes anciens", "old vintages")),
        (unknown, T("millésimes inconnus", "unknown vintages")),
    )
    inside = "".join(
        f"<div><dt>{escaped(label)}</dt><dd>{_number(value)}</dd></div>" for value, label in tiles
    )
    return f'<dl class="tiles">{inside}</dl>'


def _unreadable(checked: Checked) -> str:
    broken = checked.having("unreadable")
    if not broken:
        return ""
    rows = "".join(
        f"<li>{isolated(file.error.say() if file.error else file.path)}</li>" for file in broken
    )
    title = _t("Fichiers illisibles", "Unreadable files")
    return f'<section class="alert" role="note"><h2>{title}</h2><ul>{rows}</ul></section>'


def _section(name: str, title: Text, inside: str, note: Text | None = None) -> str:
    said = f'<p class="lead-note">{escaped(note)}</p>' if note else ""
    return (
        f'<section aria-labelledby="{name}"><h2 id="{name}">{escaped(title)}</h2>'
        f"{said}{inside}</section>"
    )


def _files(checked: Checked) -> str:
    read = checked.having("read")
    if not read:
        return ""
    heads: tuple[tuple[Text, str], ...] = (
        (T("Fichier", "File"), ""),
        (T("Source et forme", "Source and layout"), ""),
        (T("Millésime", "Vintage"), ""),
        (T("Lignes lues", "Rows read"), "number"),
        (T("gardées", "kept"), "number"),
        (T("écartées", "set aside"), "number"),
        (T("hors champ", "out of scope"), "number"),
        (T("Anomalies", "Anomalies"), "number"),
    )
    head = "".join(f'<th scope="col" class="{kind}">{escaped(text)}</th>' for text, kind in heads)
    rows = "".join(_file_row(file) for file in read)
    inside = (
        '<div class="scroll files" role="region" aria-labelledby="files" tabindex="0"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    note = T(
        "« Hors champ » : lignes lues sans faute mais sans objet ici, comme les établissements "
        "d'autres catégories. Millésime ancien : plus de {limit} jours au jour du contrôle.",
        "“Out of scope”: rows read without fault but of no concern here, such as establishments of "
        "other categories. Old vintage: more than {limit} days on the day of the check.",
        limit=checked.age_limit_days,
    )
    return _section("files", T("Fichiers lus", "Files read"), inside, note)


def _file_row(file: CheckedFile) -> str:
    held = file.provenance
    assert held is not None
    assert file.source is not None
    assert file.layout is not None
    notices = {one.code: one.text for one in file.notices}
    vintage = escaped(said_vintage(file))
    for code in ("vintage-old", "vintage-future", "vintage-unknown"):
        if code in notices:
            vintage = f'<span class="badge warn" title="{escaped(notices[code])}">{vintage}</span>'
    basis = {
        "file": T("lu dans le fichier", "read in the file"),
        "file name": T("lu dans le nom du fichier", "read in the file's name"),
    }.get(held.vintage_basis)
    reader = f"{escaped(file.source.label)}<small>{escaped(file.layout.label)}</small>"
    reader += f"<small><code>{escaped(file.source.name)} {escaped(file.layout.name)}</code></small>"
    if "several-sources" in notices:
        reader += f"<small>{isolated(notices['several-sources'])}</small>"
    if "nothing-kept" in notices:
        reader += f'<span class="badge aside">{escaped(notices["nothing-kept"])}</span> '
    if "layout-untried" in notices:
        untried = _t("forme jamais essayée en vrai", "layout never tried for real")
        said = escaped(notices["layout-untried"])
        reader += f'<span class="badge warn" title="{said}">{untried}</span>'
    folder, _, name = file.path.rpartition("/")
    numbers = "".join(
        f'<td class="number">{_number(file.rows[key])}</td>'
        for key in ("read", "kept", "set_aside", "other")
    )
    return (
        f'<tr><th scope="row"><small>{isolated(folder)}</small>'
        f'<span class="name">{isolated(name)}</span>{_details(held)}</th><td>{reader}</td>'
        f"<td>{vintage}{f'<small>{escaped(basis)}</small>' if basis else ''}</td>{numbers}"
        f'<td class="number">{_number(len(file.anomalies))}</td></tr>'
    )


def _details(held: Provenance) -> str:
    # Of the layout, not of this copy: a check cannot know who made the file at hand.
    credit = T(
        "Éditeur habituel : {publisher} ({licence})",
        "Usual publisher: {publisher} ({licence})",
        publisher=held.publisher or "–",
        licence=held.licence or "–",
    )
    size = T("{n} octets", "{n} bytes", n=say_number(held.bytes))
    note = f"<br>{isolated(held.note)}" if held.note else ""
    return (
        f"<details><summary>{_t('empreinte et précisions', 'fingerprint and details')}</summary>"
        f"<small>{isolated(credit)}<br>{escaped(size)}<br>SHA-256 "
        f"<code>{escaped(held.sha256)}</code>{note}</small></details>"
    )


def _map(checked: Checked, drawn: str | None) -> str:
    found = [anomaly for _, anomaly in checked.anomalies()]
    if drawn is None or not found:
        return ""
    here = sum(placed(one) for one in found)
    note = T(
        "{here} anomalies sur {all} ont une position. Un anneau chiffré groupe celles qui se "
        "touchent à cette échelle ; chaque symbole s'ouvre.",
        "{here} anomalies of {all} have a position. A numbered ring groups those that touch at "
        "this scale; each symbol opens.",
        here=say_number(here),
        all=say_number(len(found)),
    )
    crowded = any(n > MOST_DRAWN for n in Counter(o.code for o in found if placed(o)).values())
    if crowded:
        note = T(
            "{note} Au plus {most} par nature sont dessinées ; anomalies.csv les a toutes.",
            "{note} At most {most} of a kind are drawn; anomalies.csv has them all.",
            note=note,
            most=say_number(MOST_DRAWN),
        )
    if checked.land is None:
        note = T(
            "{note} Aucun contour n'est parmi les fichiers contrôlés : le fond est vide.",
            "{note} No contours are among the files checked: the ground is empty.",
            note=note,
        )
    return _section("map", T("Où elles sont", "Where they are"), drawn, note)


def _kinds(checked: Checked, drawn: dict[str, Sign]) -> str:
    found = checked.by_code()
    title = T("Anomalies par nature", "Anomalies by kind")
    if not found:
        said = T("Aucune anomalie.", "No anomaly.")
        return _section("anomalies", title, f"<p>{escaped(said)}</p>")
    inside = "".join(_kind(code, these, drawn.get(code)) for code, these in found.items())
    note = T(
        "Ce que chaque lecteur a constaté, et ce que les lignes sont devenues : rien n'est écarté "
        "en silence. « … » tient la place des valeurs de chaque ligne.",
        "What each reader found, and what became of the rows: nothing is dropped silently. “…” "
        "stands for the values of each row.",
    )
    return _section("anomalies", title, inside, note)


def _kind(code: str, found: list[tuple[CheckedFile, Anomaly]], sign: Sign | None) -> str:
    said = explanation(found)
    became = Counter(anomaly.outcome for _, anomaly in found)
    badges = "".join(
        f'<span class="{_BADGES[outcome]}">{escaped(OUTCOMES[outcome])} : {_number(number)}</span>'
        for outcome, number in became.most_common()
    )
    others = "".join(f"<p>{isolated(text)} ({_number(number)})</p>" for text, number in said[1:6])
    files = Counter(file.path for file, _ in found)
    where = ", ".join(
        f"{isolated(path.rpartition('/')[2])} ({_number(number)})"
        for path, number in files.most_common(20)
    )
    more = ""
    if len(found) > MOST_LISTED:
        rest = T(
            "Les {most} premières lignes sur {all} ; anomalies.csv les a toutes.",
            "The first {most} rows of {all}; anomalies.csv has them all.",
            most=say_number(MOST_LISTED),
            all=say_number(len(found)),
        )
        more = f"<p>{escaped(rest)}</p>"
    return (
        f'<details class="nature"><summary>{sign.swatch() if sign else ""}'
        f'<span class="what">{isolated(said[0][0])}</span>{badges}'
        f'<span class="total">{_number(len(found))}</span></summary><div class="inside">'
        f"<p><code>{escaped(code)}</code> · {where}</p>{others}{more}"
        f"{_rows(code, found[:MOST_LISTED])}</div></details>"
    )


def _rows(code: str, found: Iterable[tuple[CheckedFile, Anomaly]]) -> str:
    heads = (
        T("Fichier", "File"),
        T("Ligne", "Row"),
        T("Champ", "Field"),
        T("Valeur", "Value"),
        T("Objet", "Record"),
        T("Constat", "Finding"),
        T("Devenir", "What became of it"),
    )
    head = "".join(f'<th scope="col">{escaped(text)}</th>' for text in heads)
    lines = []
    for file, one in found:
        row = row_or_none(one.row)
        cells = (one.field, shown_value(one.value), one.record)
        lines.append(
            f'<tr><th scope="row">{isolated(file.path.rpartition("/")[2])}</th>'
            f"<td>{'' if row is None else row}</td>"
            + "".join(f"<td>{isolated(cell)}</td>" for cell in cells)
            + f'<td class="long">{isolated(one.reason)}</td>'
            f"<td>{escaped(OUTCOMES[one.outcome])}</td></tr>"
        )
    label = escaped(T("Lignes : {code}", "Rows: {code}", code=code))
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{label}"><table><thead><tr>'
        f"{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _unrecognised(checked: Checked) -> str:
    unknown = checked.having("unrecognised")
    if not unknown:
        return ""
    rows = "".join(f"<li>{isolated(file.path)}</li>" for file in unknown)
    note = T(
        "Aucun lecteur ne reconnaît leur contenu : notices, fichiers annexes, ou formes inconnues.",
        "No reader recognises their content: notes, companion files, or unknown layouts.",
    )
    title = T("Fichiers non reconnus", "Files not recognised")
    return _section("unrecognised", title, f'<ul class="plain">{rows}</ul>', note)


def _footer(checked: Checked) -> str:
    software = ", ".join(f"{own.name} {own.version} ({own.licence})" for own in vendored())
    said = T(
        "Rapport de geo_service ; rien n'a été construit ni modifié. Page autonome, faite avec "
        "Folium et {s}.",
        "Report of geo_service; nothing was built or changed. A standalone page, made with Folium "
        "and {s}.",
        s=software,
    )
    if checked.built:
        said = T(
            "Constats faits par geo_service en construisant le résultat. Page faite avec Folium "
            "et {s}.",
            "Found by geo_service while it built the result. A page made with Folium and {s}.",
            s=software,
        )
    register = ""
    if checked.register is not None:
        text = T(
            "Noms de communes lus avec {f}.", "Names of communes read with {f}.", f=checked.register
        )
        register = f"<p>{isolated(text)}</p>"
    return f"<footer>{register}<p>{escaped(said)}</p></footer>"
