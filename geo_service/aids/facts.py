"""The facts of a project that rules of aids ask for: each may be unknown, and then is None.

One definition a fact, in :class:`ProjectFacts`: from it come the checks of a file FACTS.toml, the
parameters of the API, the fields of the page and the questions about what is missing.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import SchemaError
from ..core.i18n import T, Text
from .fact import Fact, FactKind


def _fact(section: str, fr: str, en: str, kind: FactKind, **more: Any) -> Any:
    return field(default=None, metadata={"fact": (section, Text(fr, en), kind, more)})


def _choice(section: str, fr: str, en: str, **choices: tuple[str, str]) -> Any:
    named = {name.replace("_", "-"): Text(*said) for name, said in choices.items()}
    return _fact(section, fr, en, "choice", choices=named)


def _yes(section: str, fr: str, en: str) -> Any:
    return _fact(section, fr, en, "yes-no")


def _number(section: str, fr: str, en: str, unit: str, high: float = 1e9) -> Any:
    return _fact(section, fr, en, "number", unit=unit, high=high)


def _day(section: str, fr: str, en: str) -> Any:
    return _fact(section, fr, en, "date")


def _names(section: str, fr: str, en: str) -> Any:
    return _fact(section, fr, en, "names")


def _count(section: str, fr: str, en: str, unit: str = "person") -> Any:
    return _fact(section, fr, en, "count", unit=unit, high=1e6)


SECTIONS: dict[str, Text] = {
    "structure": T("La structure", "The structure"),
    "manager": T("Le gestionnaire et le projet", "The manager and the project"),
    "team": T("L'équipe", "The team"),
    "commitments": T("Engagements et contrats", "Commitments and contracts"),
    "post": T("Le poste de médecin généraliste", "The general practitioner's post"),
    "money": T("Budget", "Budget"),
    "housing": T("Logement (TVA à 5,5 %)", "Housing (5.5 % VAT)"),
}


@dataclass(frozen=True, kw_only=True)
class ProjectFacts:
    """What is known of a project; None is unknown, never "no".

    Raises
    ------
    SchemaError
        A value is of another type, or not one that the fact may have; ``field`` names it.
    """

    structure: str | None = _choice(
        "structure",
        "Structure",
        "Structure",
        medical=("centre de santé médical", "medical health centre"),
        polyvalent=("centre de santé polyvalent", "multi-professional health centre"),
        dental=("centre de santé dentaire", "dental health centre"),
        nursing=("centre de santé infirmier", "nursing health centre"),
        msp=("maison de santé pluriprofessionnelle", "multi-professional health house (MSP)"),
        practice=("cabinet libéral", "self-employed practice"),
        housing=("logement", "dwelling"),
    )
    antenna: bool | None = _yes("structure", "Antenne d'un centre", "Branch of a centre")
    state: str | None = _choice(
        "structure",
        "Situation du centre",
        "State of the centre",
        new=(
            "nouvellement créé (projet de santé nouvellement validé) ou à créer",
            "newly created (health project newly validated) or to be created",
        ),
        existing=("déjà en fonctionnement", "already running"),
    )
    opened: dt.date | None = _day("structure", "Ouverture du centre", "Centre opened")  # noqa: RUF009 - _day gives a dataclass field
    becomes_polyvalent: bool | None = _yes(
        "structure", "Le centre souhaite devenir polyvalent", "Wants to become multi-professional"
    )
    polyvalence_requested: dt.date | None = _day(  # noqa: RUF009 - _day gives a dataclass field
        "structure",
        "Demande de modification de la spécialité en centre polyvalent",
        "Request to become a multi-professional centre",
    )
    deb_quarter: bool | None = _yes(
        "structure",
        "Dans l'un des 215 quartiers de la Dynamique « Espoir-Banlieues » (DEB)",
        "In one of the 215 quarters of the Dynamique “Espoir-Banlieues” (DEB)",
    )
    manager: str | None = _choice(
        "manager",
        "Gestionnaire",
        "Manager",
        non_profit=("organisme à but non lucratif", "non-profit body"),
        commune=("commune", "commune"),
        epci=("EPCI", "group of communes (EPCI)"),
        local_authority=("autre collectivité territoriale", "other local authority"),
        public_hospital=("établissement de santé public", "public hospital"),
        private_hospital=("établissement de santé privé", "private hospital"),
        scic=("société coopérative d'intérêt collectif", "cooperative of collective interest"),
        other=("autre", "other"),
    )
    non_profit: bool | None = _yes("manager", "Projet à but non lucratif", "Non-profit project")
    prior_incentives: bool | None = _yes(
        "manager",
        "Autres mesures incitatives déployées auparavant pour l'installation de généralistes",
        "Other incentives for general practitioners tried before",
    )
    consulted_liberals: bool | None = _yes(
        "manager",
        "Projet développé en concertation avec les libéraux du territoire",
        "Developed in consultation with local self-employed professionals",
    )
    sufficient_catchment: bool | None = _yes(
        "manager",
        "Bassin de population garantissant une patientèle suffisante",
        "Catchment that ensures enough patients",
    )
    shortage_statement: bool | None = _yes(
        "manager",
        "Constat de carence partagé avec les partenaires",
        "Shortage statement shared with the partners",
    )
    compatible_system: bool | None = _yes(
        "manager",
        "Système d'information compatible avec celui des libéraux du territoire",
        "Information system compatible with that of local self-employed professionals",
    )
    labelled_system: bool | None = _yes(
        "manager", "Système d'information labellisé", "Labelled information system"
    )
    professionals: int | None = _count("team", "Professionnels de santé", "Health professionals")
    special_circumstances: bool | None = _yes(
        "team",
        "Circonstances particulières (moins de deux professionnels)",
        "Special circumstances (fewer than two professionals)",
    )
    doctors: int | None = _count("team", "Médecins accueillis", "Doctors hosted")
    doctor_fte: float | None = _number(
        "team", "ETP de médecins salariés", "FTE of salaried doctors", "FTE", 1000
    )
    recruits_gp: bool | None = _yes(
        "team",
        "Recrute au moins un médecin généraliste",
        "Recruits at least one general practitioner",
    )
    gp_fte: float | None = _number(
        "team",
        "ETP de médecins généralistes salariés",
        "FTE of salaried general practitioners",
        "FTE",
        1000,
    )
    cpts_member: bool | None = _yes("commitments", "Membre d'une CPTS", "Member of a CPTS")
    recognised_esp_member: bool | None = _yes(
        "commitments",
        "Membre d'une équipe de soins primaires reconnue par l'ARS",
        "Member of a primary care team (ESP) recognised by the ARS",
    )
    pdsa: bool | None = _yes(
        "commitments",
        "Participation à la permanence des soins ambulatoires (PDSA)",
        "Takes part in out-of-hours care (PDSA)",
    )
    pdsa_waiver: bool | None = _yes(
        "commitments", "Dérogation du CDOM pour la PDSA", "Waiver of the CDOM for the PDSA"
    )
    seconded_days: float | None = _number(
        "commitments",
        "Jours par an d'un médecin salarié dans un autre centre de santé",
        "Days a year of a salaried doctor in another health centre",
        "day/year",
        366,
    )
    seconded_to_zip: bool | None = _yes(
        "commitments",
        "Cet autre centre de santé est en ZIP",
        "That other health centre lies in a ZIP",
    )
    seconded_fees: float | None = _number(
        "commitments",
        "Honoraires du médecin mis à disposition sur la zone",
        "Fees of the seconded doctor in the zone",
        "EUR/year",
    )
    agreement: str | None = _choice(
        "commitments",
        "Adhésion, ou engagement d'adhérer",
        "Agreement joined or to be joined",
        accord_national=("accord national du 8 juillet 2015", "national agreement of 8 July 2015"),
        aci=("ACI (avenant n° 1 du 23 mai 2017)", "ACI (amendment 1 of 23 May 2017)"),
        both=("les deux", "both"),
        none=("aucune", "none"),
    )
    commits_coordination: bool | None = _yes(
        "commitments",
        "Engagement sur le volet 2 (coordination)",
        "Commitment to part 2 (coordination)",
    )
    contracts: tuple[str, ...] | None = _names(
        "commitments",
        "Aides ou contrats déjà obtenus en ce lieu",
        "Aids or contracts already held at this location",
    )
    working_time: float | None = _number(
        "post", "Temps de travail (1 : temps plein)", "Working time (1: full time)", "FTE", 1
    )
    monthly_cost: float | None = _number(
        "post", "Coût salarial total", "Total salary cost", "EUR/month"
    )
    monthly_income: float | None = _number(
        "post", "Montant généré par les actes", "Income from acts", "EUR/month"
    )
    full_pay_leave: bool | None = _yes(
        "post",
        "Maintien intégral du salaire pendant le congé maternité ou paternité",
        "Full pay kept during maternity or paternity leave",
    )
    leave_salary: float | None = _number(
        "post",
        "Salaire toutes charges comprises pendant le congé",
        "Loaded salary during the leave",
        "EUR",
    )
    leave_allowances: float | None = _number(
        "post",
        "Indemnités journalières perçues pendant le congé",
        "Daily allowances received during the leave",
        "EUR",
    )
    gp_diploma: bool | None = _yes(
        "post",
        "DES de médecine générale validé",
        "Specialised diploma (DES) in general practice",
    )
    gp_thesis: bool | None = _yes("post", "Thèse soutenue", "Thesis defended")
    town_share: float | None = _number(
        "post", "Part de l'activité en ville", "Share of activity in town", "share", 1
    )
    hospital_share: float | None = _number(
        "post", "Part de l'activité à l'hôpital", "Share of activity in hospital", "share", 1
    )
    sustainable_budget: bool | None = _yes(
        "money",
        "Budget prévisionnel de fonctionnement pluriannuel soutenable",
        "Sustainable multi-year operating budget",
    )
    balanced_plan: bool | None = _yes(
        "money",
        "Plan de financement pluriannuel présenté à l'équilibre",
        "Multi-year financing plan at balance",
    )
    forecast_deficit: float | None = _number(
        "money", "Déficit prévisionnel du centre", "Forecast deficit of the centre", "EUR"
    )
    home_ownership: bool | None = _yes(
        "housing", "Opération d'accession à la propriété", "Home-ownership scheme"
    )
    city_contract: bool | None = _yes(
        "housing", "QPV faisant l'objet d'un contrat de ville", "QPV with a city contract"
    )
    npnru: bool | None = _yes(
        "housing", "Quartier du NPNRU", "District of the urban renewal programme (NPNRU)"
    )
    farthest_m: float | None = _number(
        "housing",
        "Mètres du point de l'ensemble immobilier le plus éloigné de la limite du QPV",
        "Metres from the QPV limit to the farthest point of the housing complex",
        "m",
    )
    nearest_m: float | None = _number(
        "housing",
        "Mètres du point de l'ensemble immobilier le plus proche de la limite du QPV",
        "Metres from the QPV limit to the nearest point of the housing complex",
        "m",
    )
    permit_filed: dt.date | None = _day(  # noqa: RUF009 - _day gives a dataclass field
        "housing", "Demande de permis de construire", "Building permit requested"
    )

    def __post_init__(self) -> None:
        for name, fact in FACTS.items():
            object.__setattr__(self, name, fact.check(getattr(self, name)))
        if self.town_share is None and self.hospital_share is not None:
            # The two make the whole time: the one that is given says the other.
            object.__setattr__(self, "town_share", round(1 - self.hospital_share, 9))
        town, hospital = self.town_share, self.hospital_share
        both = town is not None and hospital is not None
        if both and not math.isclose((town or 0) + (hospital or 0), 1, abs_tol=1e-6):
            raise SchemaError(
                T(
                    "Les parts en ville et à l'hôpital ne font pas 100 %.",
                    "The shares in town and in hospital do not make 100 %.",
                ),
                field="hospital_share",
                do=T("Donnez-en une seule.", "Give one of them alone."),
            )

    @property
    def known(self) -> dict[str, Any]:
        """The facts that are given, by name."""
        named = {name: getattr(self, name) for name in FACTS}
        return {name: value for name, value in named.items() if value is not None}


FACTS: dict[str, Fact] = {}
"""Every fact by name, in the order of the form."""
for _field in dataclasses.fields(ProjectFacts):
    _section, _label, _kind, _more = _field.metadata["fact"]
    FACTS[_field.name] = Fact(_field.name, _section, _label, _kind, **_more)
