"""What both layouts read alike: columns, dates of a declaration, codes of the QPV served."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from geo_service import rules
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Anomaly, Outcome
from geo_service.intake.opening import rows_lost
from geo_service.intake.values import parse_date, split_codes

STRUCTURE_COLUMNS: dict[str, list[str]] = {
    "finess": ["finess", "nofinesset", "finess_et", "numero_finess", "num_finess", "n_finess"],
    "code_qp": ["code_qp", "code_qpv", "codeqp", "qpv", "code_quartier", "quartier_prioritaire"],
    "since": ["date_declaration", "declared_from", "date", "declare_le", "date_debut"],
    "until": ["date_fin", "declared_to", "fin", "jusqu_au"],
    "declarant": ["declarant", "declare_par", "ars", "source_declaration"],
}
POLYGON_COLUMNS: dict[str, list[str]] = {
    "ident": ["id_qv", "code_qv", "quartier_vecu", "id_quartier_vecu"],
    "code_qp": STRUCTURE_COLUMNS["code_qp"],
    "label": ["nom_qv", "lib_qv", "nom", "libelle", "lib_qp", "nom_qp"],
    "insee_com": ["insee_com", "code_insee", "communes", "codgeo"],
    "since": STRUCTURE_COLUMNS["since"],
    "until": STRUCTURE_COLUMNS["until"],
    "declarant": STRUCTURE_COLUMNS["declarant"],
}
_AGAIN = T("Téléchargez-le à nouveau.", "Download it again.")
_BAD_QPV = T("Ce n'est pas un code de QPV.", "This is no QPV code.")
_BAD_DATE = T("La date ne se lit pas : elle reste inconnue.", "Unreadable date: it stays unknown.")
_NO_DATE = T(
    "La date de déclaration manque : la déclaration n'est en vigueur à aucune date connue.",
    "The declaration's date is missing: the declaration is in force at no known date.",
)
_ORDER = T("La fin précède le début.", "The end comes before the beginning.")


@dataclass
class Finds:
    """Anomalies of one file."""

    file: str
    anomalies: Anomalies = field(default_factory=Anomalies)

    def note(
        self,
        code: str,
        reason: Text,
        outcome: Outcome,
        row: int,
        column: str | None = None,
        value: str | None = None,
        record: str | None = None,
    ) -> None:
        self.anomalies.add(
            Anomaly(
                "quartier_vecu",
                self.file,
                row,
                column,
                value,
                code,
                reason,
                outcome,
                record=record,
            )
        )

    def date(self, text: str, row: int, column: str, record: str) -> dt.date | None:
        try:
            return parse_date(text)
        except ValueError:
            self.note("bad-date", _BAD_DATE, "kept", row, column, text[:40], record)
            return None

    def span(
        self, cells: dict[str, str], row: int, record: str
    ) -> tuple[dt.date | None, dt.date | None]:
        """First and last day declared, both included."""
        since = self.date(cells.get("since", ""), row, "date_declaration", record)
        until = self.date(cells.get("until", ""), row, "date_fin", record)
        if since is None:
            self.note("no-date", _NO_DATE, "kept", row, "date_declaration", None, record)
        elif until is not None and until < since:
            self.note("dates-reversed", _ORDER, "kept", row, "date_fin", str(until), record)
        return since, until

    def qpv(self, text: str, row: int, record: str | None) -> list[str]:
        """The QPV codes of a cell; what is none is noted."""
        codes = []
        for part in split_codes(text.upper()):
            try:
                rules.qpv_generation_of(part)
                codes.append(part)
            except LookupError:
                self.note("bad-qpv", _BAD_QPV, "kept", row, "code_qp", part[:40], record)
        return codes

    @property
    def lost(self) -> int:
        """Rows set aside so far."""
        return rows_lost(self.anomalies)

    def refuse_empty(self) -> SourceError:
        """The error of a file without one usable row, with the first reason."""
        return SourceError(
            T("Aucune ligne du fichier n'est utilisable.", "No row of the file can be used."),
            file=self.file,
            do=next((anomaly.reason for anomaly in self.anomalies), _AGAIN),
        )
