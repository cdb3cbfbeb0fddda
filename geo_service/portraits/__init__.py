"""Portraits of a territory, a QPV, a structure: what a fiche says, without the page around it.

Everything is read from the stored result by filters, never whole; what each request needs of the
layers is kept in a :class:`Directory`, made once for a result. Words come in the current language.
"""

from .directory import Directory, Place
from .quarter import quarter_portrait
from .saying import read_date
from .site import site_portrait
from .territory import territory_portrait

__all__ = [
    "Directory",
    "Place",
    "quarter_portrait",
    "read_date",
    "site_portrait",
    "territory_portrait",
]
