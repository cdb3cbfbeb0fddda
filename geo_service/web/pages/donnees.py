"""Data and quality: where figures come from, how old it is, what was wrong in the files."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from flask import Blueprint, Response, g

from ...atlas import Atlas
from ...core.i18n import T, say_date, say_number
from ...exporting import map_credit
from ...quality.checked import OUTCOMES
from ...quality.page import page_html
from ...quality.stored import checked_from_result
from ..answers import answer
from ..protection import policy
from ..served import served
from . import kept_page

PAGE = Blueprint("donnees", __name__)
_GROUND = ("departements", "regions", "communes")
TEXTS = {
    "title": T("Données et qualité", "Data and quality"),
    "lead": T(
        "Chaque chiffre se suit jusqu'au fichier officiel : empreinte, millésime, licence, et ce "
        "que la lecture y a trouvé.",
        "Each figure can be traced to its official file: hash, vintage, licence, and what reading "
        "it found.",
    ),
    "result": T("Le résultat", "The result"),
    "territory": T("Territoire", "Territory"),
    "dates": T("Dates", "Dates"),
    "scope": T("Périmètre", "Scope"),
    "near": T("Quartier vécu par distance", "Quartier vécu by distance"),
    "code": T("Version du code", "Version of the code"),
    "built": T("Construit le", "Built on"),
    "precision": T("Positions sans précision connue", "Positions of unknown precision"),
    "of": T("sur", "of"),
    "files": T("Fichiers lus", "Files read"),
    "age": T("Âge", "Age"),
    "rows_head": T("Lignes lues / retenues / écartées", "Rows read / kept / set aside"),
    "anomalies": T("Anomalies par nature", "Anomalies by kind"),
    "anomalies_note": T(
        "Rien n'est écarté en silence : voici ce que chaque lecteur a constaté et ce que les "
        "lignes sont devenues. Un exemple par nature ; le tableau complet se télécharge.",
        "Nothing is dropped silently: what each reader found and what became of the rows. One "
        "example a kind; the whole table can be downloaded.",
    ),
    "kind": T("Nature et exemple", "Kind and example"),
    "became": T("Devenir", "What became of it"),
    "number": T("Nombre", "Number"),
    "where": T("Fichiers", "Files"),
    "report": T("Où elles sont", "Where they are"),
    "report_note": T(
        "La carte des anomalies et les lignes concernées, fichier par fichier.",
        "The map of the anomalies and the rows concerned, file by file.",
    ),
    "report_open": T("Ouvrir le rapport en pleine page", "Open the report as a full page"),
    "all_rows": T("Toutes les anomalies", "All the anomalies"),
    "not_tried": T(
        "lecteur encore jamais essayé sur un fichier réel", "reader never tried on a real file yet"
    ),
    "days": T("{n} jours", "{n} days"),
    "none": T("Aucune anomalie.", "No anomaly."),
}
_SCOPES = {
    "all": T(
        "centres de santé mono- et pluriprofessionnels", "mono- and pluriprofessional centres"
    ),
    "pluri": T("structures pluriprofessionnelles", "pluriprofessional structures"),
}


@PAGE.get("/donnees")
def donnees() -> Response:
    """Provenance of the result and the anomalies of its files."""
    today = dt.date.today()
    return kept_page(
        "donnees.html", lambda: _values(served().atlas, today), TEXTS, depends=today.isoformat()
    )


@PAGE.get("/donnees/rapport")
def rapport() -> Response:
    """The full report with the map of the anomalies, framed by the page above."""
    today = dt.date.today()

    def made() -> str:
        atlas = served().atlas
        held = atlas.stored.layer_names()
        ground = next((name for name in _GROUND if name in held), None)
        checked = checked_from_result(
            atlas.stored.provenance,
            atlas.layer("anomalies"),
            today=today,
            land=None if ground is None else atlas.layer(ground),
        )
        return page_html(checked, language=g.language)

    key = ("rapport", today.isoformat(), g.language)
    text = served().keep_body(key, lambda: _Text(made())).text
    return answer(
        (*key, "page"),
        lambda: text,
        mimetype="text/html",
        headers={"Content-Security-Policy": policy(page=text.encode(), framed="self")},
    )


class _Text:
    """A page with its size, so that it can be kept."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.size = len(text)


def _values(atlas: Atlas, today: dt.date) -> dict[str, Any]:
    facts = atlas.facts
    table = atlas.layer("anomalies")
    built = facts.get("built_at")
    return {
        "credit": map_credit(atlas).say(),
        "dates_said": [say_date(date) for date in atlas.dates],
        "scope": _SCOPES[facts["scope"]].say() if facts["scope"] in _SCOPES else facts["scope"],
        "near": ", ".join(f"{metres} m" for metres in facts["quartier_vecu"]),
        "built_on": say_date(dt.datetime.fromisoformat(built).date()) if built else "",
        "positions": (
            say_number(facts["unknown_precision"], decimals=0),
            say_number(facts["structures"], decimals=0),
        ),
        "sources": [
            {
                "held": held,
                "vintage": say_date(held.vintage) if held.vintage else "",
                "age": ""
                if held.vintage is None
                else TEXTS["days"]
                .with_values(n=say_number((today - held.vintage).days, decimals=0))
                .say(),
                "rows": " / ".join(
                    say_number(number, decimals=0)
                    for number in (held.rows_read, held.rows_kept, held.rows_set_aside)
                ),
                "note": held.note.say() if held.note else "",
            }
            for held in atlas.stored.provenance
        ],
        "kinds": _kinds(table),
    }


def _kinds(table: Any) -> list[dict[str, Any]]:
    """The anomalies by code, the most frequent first, each with one example."""
    reason = f"reason_{g.language}"
    kinds = []
    for code, rows in table.groupby("code", sort=False):
        became = Counter(rows["outcome"])
        first = rows.iloc[0]
        files = Counter(str(file).rpartition("/")[2] for file in rows["file"])
        kinds.append(
            {
                "code": code,
                "example": first[reason],
                "number": len(rows),
                "said": say_number(len(rows), decimals=0),
                "became": [
                    (_outcome(outcome), say_number(number, decimals=0))
                    for outcome, number in became.most_common()
                ],
                "files": list(files)[:5],
            }
        )
    return sorted(kinds, key=lambda kind: -kind["number"])


def _outcome(name: str) -> str:
    """What became of a row, in words; a result of another version may know more outcomes."""
    said = {str(known): text for known, text in OUTCOMES.items()}.get(name)
    return name if said is None else said.say()
