"""What the glossary says."""

from __future__ import annotations

from ...core.i18n import T, Text

GLOSSARY: tuple[tuple[Text, Text], ...] = (
    (
        T("Structure", "Structure"),
        T(
            "Un lieu de soins coordonnés : maison de santé (MSP), centre de santé (CDS), ou siège "
            "d'une CPTS.",
            "A place of coordinated care: maison de santé (MSP), centre de santé (CDS), or the "
            "seat of a CPTS.",
        ),
    ),
    (
        T("MSP", "MSP"),
        T(
            "Maison de santé pluriprofessionnelle : catégorie 603 de FINESS.",
            "Maison de santé pluriprofessionnelle, where several professions work: FINESS "
            "category 603.",
        ),
    ),
    (
        T("CDS", "CDS"),
        T(
            "Centre de santé : catégorie 124 de FINESS, qui ne distingue pas les centres mono- et "
            "pluriprofessionnels.",
            "Centre de santé (health centre): FINESS category 124, which does not tell mono- from "
            "pluriprofessional ones.",
        ),
    ),
    (
        T("CPTS", "CPTS"),
        T(
            "Communauté professionnelle territoriale de santé. Le registre en donne le siège, non "
            "le territoire.",
            "Communauté professionnelle territoriale de santé, a community of professionals for a "
            "territory. The register gives its seat, not its territory.",
        ),
    ),
    (
        T("FINESS", "FINESS"),
        T(
            "Fichier national des établissements sanitaires et sociaux.",
            "The national register of health and social establishments.",
        ),
    ),
    (
        T("QPV", "QPV"),
        T(
            "Quartier prioritaire de la politique de la ville ; générations 2015 et 2024, en "
            "vigueur selon la date et le territoire.",
            "Quartier prioritaire de la politique de la ville, a priority neighbourhood; "
            "generations 2015 and 2024, in force by date and territory.",
        ),
    ),
    (
        T("Quartier vécu", "Quartier vécu"),
        T(
            "Les lieux où vont les habitants d'un QPV. Trois définitions, jamais mélangées : "
            "déclaré par l'ARS, par distance à la limite du QPV, par temps de marche.",
            "Where residents of a QPV actually go. Three definitions, never mixed: declared by "
            "the ARS, by distance to the limit of the QPV, by walking time.",
        ),
    ),
    (
        T("Zonage médecin", "Zonage médecin"),
        T(
            "Le classement des territoires selon l'offre de médecins, qui ouvre des aides : ZIP, "
            "ZAC, ZAR, ZV, HV, HZ.",
            "The classification of territories by supply of doctors, which opens aids: ZIP, ZAC, "
            "ZAR, ZV, HV, HZ.",
        ),
    ),
    (
        T("TVS", "TVS"),
        T(
            "Territoire de vie-santé, l'unité du zonage.",
            "Territoire de vie-santé, the unit of the zoning.",
        ),
    ),
    (
        T("EPCI", "EPCI"),
        T(
            "Établissement public de coopération intercommunale : communauté de communes, "
            "communauté d'agglomération, métropole…",
            "An intercommunal body: communauté de communes, communauté d'agglomération, métropole…",
        ),
    ),
    (
        T("Millésime", "Vintage (millésime)"),
        T("La date que décrit un fichier.", "The date that a file describes."),
    ),
    (
        T("Valeur et bornes", "Value and bounds"),
        T(
            "La valeur compte les positions telles que données ; la borne basse ce qui est sûr, "
            "la borne haute ce qui est possible selon leur précision.",
            "The value counts positions as given; the low bound what is sure, the high bound what "
            "is possible given their precision.",
        ),
    ),
    (
        T("Indéterminé", "Undetermined"),
        T(
            "Ni dedans ni dehors ne peut être dit.",
            "Neither inside nor outside can be said.",
        ),
    ),
    (
        T("Anomalie", "Anomaly"),
        T(
            "Quelque chose de faux dans un fichier : fichier, ligne, champ, raison, et ce que la "
            "ligne est devenue.",
            "Something wrong in a file: file, row, field, reason, and what became of the row.",
        ),
    ),
    (
        T("Couverture", "Coverage"),
        T(
            "Combien de structures sont dans et près des QPV.",
            "How many structures lie in and near QPV.",
        ),
    ),
    (
        T("ZIP, ZAC, ZAR, ZV", "ZIP, ZAC, ZAR, ZV"),
        T(
            "Zone d'intervention prioritaire, zone d'action complémentaire, zone "
            "d'accompagnement régional, zone de vigilance : les classes du zonage médecin, une "
            "liste ouverte selon la région et l'arrêté.",
            "Priority intervention zone, complementary action zone, regional support zone, watch "
            "zone: the classes of the doctor zoning, an open list by region and order.",
        ),
    ),
    (
        T("APL", "APL"),
        T(
            "Accessibilité potentielle localisée : consultations accessibles par an et par "
            "habitant standardisé, par commune (DREES).",
            "Accessibilité potentielle localisée: consultations within reach a year and "
            "standardised inhabitant, by commune (DREES).",
        ),
    ),
    (
        T("ACI", "ACI"),
        T(
            "Accord conventionnel interprofessionnel : contrat avec l'assurance maladie, d'un "
            "centre, d'une maison de santé ou d'une CPTS.",
            "Accord conventionnel interprofessionnel: a contract with the health insurance, of a "
            "centre, a maison de santé or a CPTS.",
        ),
    ),
    (
        T("CAI, COSCO, CST", "CAI, COSCO, CST"),
        T(
            "Contrats des centres de santé : aide à l'installation, stabilisation et "
            "coordination, solidarité territoriale.",
            "Contracts of health centres: aid for setting up, stabilisation and coordination, "
            "territorial solidarity.",
        ),
    ),
    (
        T("ETP", "FTE"),
        T(
            "Équivalent temps plein : un mi-temps compte 0,5.",
            "Full-time equivalent: half time counts 0.5.",
        ),
    ),
    (
        T("Mesure 9", "Mesure 9"),
        T(
            "Mesure de la feuille de route Politique de la ville : doubler les maisons et centres "
            "de santé en QPV et à proximité d'ici 2022.",
            "A measure of the roadmap for priority neighbourhoods: double maisons and centres de "
            "santé in and near QPV by 2022.",
        ),
    ),
)
