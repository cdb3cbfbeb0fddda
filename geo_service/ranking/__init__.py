"""QPV ranked by access to general practitioners, with intervals; the method is in ``law/``."""

from __future__ import annotations

from .method import Method, Term, adjusted, published_method, read_method
from .qpv import COLUMNS, Ranking, method_of, rank_qpv, rank_terms, say_reasons
from .reasons import REASONS
from .records import method_record, qpv_records, ranking_record
from .terms import gather_terms

__all__ = [
    "COLUMNS",
    "REASONS",
    "Method",
    "Ranking",
    "Term",
    "adjusted",
    "gather_terms",
    "method_of",
    "method_record",
    "published_method",
    "qpv_records",
    "rank_qpv",
    "rank_terms",
    "ranking_record",
    "read_method",
    "say_reasons",
]
