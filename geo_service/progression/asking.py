"""What may be asked of a comparison, and the words for what it cannot tell."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.errors import UnknownNameError
from ..core.i18n import T
from ..core.snapshot import SCOPES
from .classed import classes_of
from .membership import CLASS, DECLARED, EVERYWHERE, metres_of
from .register import Register

SEATS = ("CPTS",)
"""Kinds of which the register holds the seat only: its place says nothing of who is served."""


def check_asked(
    register: Register,
    kind: str,
    within: str,
    scope: str | None,
    territory: str,
    classes: Sequence[str] = (),
) -> None:
    """Refuse what the result does not hold, or what would mean nothing.

    Parameters
    ----------
    classes
        Those that the zonings at hand name.

    Raises
    ------
    UnknownNameError
        No such kind, scope or way of counting; a seat against QPV; a declaration in one QPV.
    """
    kinds = tuple(register.facts["kinds"])
    if kind not in kinds:
        raise UnknownNameError(
            T(
                "Le résultat n'a pas la nature « {it} » ; il y a : {known}.",
                "The result has no kind “{it}”; there are: {known}.",
                it=kind,
                known=", ".join(kinds),
            ),
            known=kinds,
        )
    if scope is not None and scope not in SCOPES:
        raise UnknownNameError(
            T("« {it} » n'est pas un champ.", "“{it}” is no scope.", it=scope), known=SCOPES
        )
    if within.startswith(CLASS):
        classes_of(within, classes)
    else:
        metres_of(within)
    if kind in SEATS and within != EVERYWHERE:
        raise UnknownNameError(
            T(
                "Le registre n'a que le siège d'une {kind} : son lieu ne se compare ni aux QPV ni "
                "au zonage.",
                "The register has only the seat of a {kind}: its place is not compared with QPV or "
                "with the zoning.",
                kind=kind,
            ),
            known=(EVERYWHERE,),
        )
    if within == DECLARED and territory.startswith("qpv:"):
        raise UnknownNameError(
            T(
                "Une déclaration ne dit pas de combien un QPV est servi : comptez par commune.",
                "A declaration does not place a structure in one QPV: count by commune.",
            ),
            known=("qpv", "proxy-300m", "proxy-500m"),
        )


NO_CLOSURES = T(
    "Un seul millésime : le registre ne liste que les survivantes. Les fermetures sont inconnues "
    "(nulles, et non 0) et le premier compte est un minimum.",
    "A single vintage: the register lists survivors only. Closures are unknown (null, not 0) and "
    "the first count is a minimum.",
)
SOME_CLOSURES = T(
    "Un seul millésime : les fermetures sont celles dont le fichier donne la date.",
    "A single vintage: closures are those of which the file gives the date.",
)
NO_POLYGONS = T(
    "l'étude a lu des périmètres déclarés que ce résultat ne garde pas : la liste seule ne suffit "
    "pas à décomposer le compte",
    "the study read declared perimeters that this result does not keep: the list alone is not "
    "enough to take the count apart",
)
ONLY_OWN_QPV = T(
    "Seuls comptent les QPV de l'étude : un QPV voisin, hors du territoire, n'est pas vu.",
    "Only the QPV of the study count: a neighbouring QPV outside the territory is not seen.",
)
OTHER_STUDY = T(
    "Les deux résultats n'ont pas le même territoire principal : une structure absente de l'un "
    "peut être hors de son champ.",
    "The two results do not have the same main territory: a structure absent from one may be out "
    "of its reach.",
)
NO_LIST = T(
    "une partie du territoire n'a pas de liste de QPV en vigueur à l'une des dates",
    "a part of the territory has no list of QPV in force at one of the dates",
)
NO_SPECIALITY = T(
    "le champ « pluri » demande la spécialité de chaque centre, que le registre ne donne pas",
    "the scope “pluri” needs the speciality of each centre, which the register does not give",
)
NOT_THEN = T(
    "le QPV {code} n'est pas en vigueur au {date} : voyez la correspondance 2015 ↔ 2024",
    "the QPV {code} is not in force on {date}: see the correspondence 2015 ↔ 2024",
)
