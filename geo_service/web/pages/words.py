"""What the pages of help say."""

from __future__ import annotations

from typing import Any

from ...core.i18n import T, Text

Part = tuple[str, Text, tuple[Text, ...], tuple[str, Text, dict[str, Any]] | None]
"""Anchor, title, paragraphs, and a link (endpoint, words, values) that leads on."""

TEXTS: dict[str, Text] = {
    "help": T("Aide", "Help"),
    "about": T("À propos", "About"),
    "accessibility": T("Accessibilité", "Accessibility"),
    "glossary": T("Glossaire", "Glossary"),
    "contents": T("Sommaire", "Contents"),
}

HELP: tuple[Part, ...] = (
    (
        "chiffre",
        T("Lire un chiffre", "Reading a figure"),
        (
            T(
                "Un chiffre se rapporte à une date : il compte les structures ouvertes à cette "
                "date et les zones en vigueur à cette date. Une autre date que celles du résultat "
                "n'est jamais remplacée par la plus proche.",
                "A figure belongs to a date: it counts the structures open and the zones in force "
                "on that date. A date that the result does not hold is never replaced by the "
                "nearest one.",
            ),
            T(
                "La valeur compte les positions telles qu'elles sont données. « Entre 7 et 13 » "
                "dit ce que leur précision permet : 7 sont sûres, 13 sont possibles. Quand la "
                "précision n'est pas connue, il n'y a pas de bornes, et le nombre de positions "
                "concernées est donné.",
                "The value counts positions as they are given. “Between 7 and 13” says what their "
                "precision allows: 7 are sure, 13 are possible. Where precision is unknown there "
                "are no bounds, and the number of positions concerned is given.",
            ),
            T(
                "« n. c. » (non connu) n'est ni zéro ni « non » : les données ne permettent pas "
                "de le dire.",
                "“n/a” is neither zero nor “no”: the data do not allow to say.",
            ),
        ),
        None,
    ),
    (
        "reponses",
        T("Dedans, dehors, indéterminé", "Inside, outside, undetermined"),
        (
            T(
                "Un point placé au centre d'une commune, ou plus près d'une limite que sa "
                "précision et celle de la limite réunies, est indéterminé : on ne peut dire s'il "
                "est dans la zone. Un géocodage qui échoue ne se lit jamais « non ».",
                "A point placed on the centre of a commune, or nearer to a limit than its "
                "precision and that of the limit together, is undetermined: nobody can say "
                "whether it is in the zone. A failed geocoding never reads “no”.",
            ),
        ),
        ("localiser.localiser", T("Localiser un lieu", "Locate a place"), {}),
    ),
    (
        "quartier-vecu",
        T("QPV et quartier vécu", "QPV and quartier vécu"),
        (
            T(
                "Une structure est en QPV si elle est dans le périmètre, limite comprise. Elle est "
                "en quartier vécu si elle n'est dans aucun QPV mais proche de l'un d'eux ; les "
                "deux s'additionnent donc.",
                "A structure is in a QPV where the perimeter holds it, limit included. It is in "
                "the quartier vécu where it is in no QPV but near one; so the two add up.",
            ),
            T(
                "« Proche » a plusieurs définitions, jamais mélangées : déclaré par l'ARS, ou à "
                "moins de 300 m ou de 500 m de la limite. La distance est mesurée sur la vraie "
                "limite, dans la projection légale du territoire.",
                "“Near” has several definitions, never mixed: declared by the ARS, or less than "
                "300 m or 500 m from the limit. Distance is measured to the true limit, in the "
                "legal projection of the territory.",
            ),
        ),
        ("aide.glossaire", T("Le glossaire", "The glossary"), {}),
    ),
    (
        "carte",
        T("La carte", "The map"),
        (
            T(
                "Choisissez les couches dans la légende, un indicateur à représenter, une date. "
                "L'adresse de la page garde ce que vous voyez : copiez-la pour y revenir, ou "
                "prenez le code d'intégration pour votre site. Le tableau à côté de la carte "
                "contient les mêmes données.",
                "Choose the layers in the legend, an indicator to draw, a date. The address of "
                "the page keeps what you see: copy it to come back, or take the embed code for "
                "your site. The table beside the map holds the same data.",
            ),
            T(
                "Au clavier : la touche Tab mène de réglage en réglage ; sur la carte, les "
                "flèches déplacent, + et − changent l'échelle.",
                "By keyboard: Tab leads from control to control; on the map, arrows move it, + "
                "and − change the scale.",
            ),
        ),
        ("carte.carte", T("Ouvrir la carte", "Open the map"), {}),
    ),
    (
        "fichiers",
        T("Fichiers, QGIS, programmes", "Files, QGIS, programs"),
        (
            T(
                "Les téléchargements donnent chaque couche en GeoJSON, GeoPackage, GeoParquet, "
                "FlatGeobuf, CSV et XLSX. Citez la ligne de source que porte chaque fichier.",
                "Downloads give each layer as GeoJSON, GeoPackage, GeoParquet, FlatGeobuf, CSV "
                "and XLSX. Cite the source line that each file carries.",
            ),
            T(
                "Dans QGIS : Couche, Ajouter une couche, WFS / OGC API – Features, nouvelle "
                "connexion, et l'adresse du service suivie de /ogc.",
                "In QGIS: Layer, Add Layer, WFS / OGC API – Features, new connection, and the "
                "address of the service followed by /ogc.",
            ),
        ),
        ("telechargements.telechargements", T("Téléchargements", "Downloads"), {}),
    ),
    (
        "analyses",
        T("Analyses et aides", "Analyses and aids"),
        (
            T(
                "Chaque analyse répond à une question : la zone d'un lieu à une date, les aides "
                "auxquelles un projet peut prétendre, la mesure 9, la progression décomposée, le "
                "classement des QPV, les cibles nationales, la couverture par les CPTS. Chacune "
                "dit sa méthode et ce qu'elle ne peut pas dire.",
                "Each analysis answers one question: the zone of a place at a date, the aids that "
                "a project may claim, mesure 9, progression taken apart, the ranking of QPV, "
                "national targets, coverage by CPTS. Each says its method and what it cannot "
                "tell.",
            ),
            T(
                "Les chiffres officiels sont montrés à côté de ceux qui sont calculés, jamais "
                "mélangés : leurs périmètres diffèrent. Une réponse sur une aide lit des règles "
                "publiées ; seule l'administration décide.",
                "Official figures are shown beside computed ones and never mixed: their "
                "perimeters differ. An answer about an aid reads published rules; only the "
                "administration decides.",
            ),
        ),
        ("analyses.analyses", T("Toutes les analyses", "All analyses"), {}),
    ),
)

ABOUT: tuple[Part, ...] = (
    (
        "quoi",
        T("Ce que c'est", "What it is"),
        (
            T(
                "geo_service lit les fichiers officiels ouverts (établissements FINESS, "
                "périmètres des QPV, zonage médecin, communes, population) et dit combien de "
                "maisons et de centres de santé sont dans et près des quartiers prioritaires, "
                "depuis quand, et où il n'y en a pas.",
                "geo_service reads the open official files (FINESS establishments, perimeters of "
                "the QPV, zonage médecin, communes, population) and says how many maisons and "
                "centres de santé lie in and near priority neighbourhoods, since when, and where "
                "there is none.",
            ),
            T(
                "Logiciel libre, licence Apache 2.0. Chaque chiffre se suit jusqu'au fichier, à "
                "son empreinte et à la version du code.",
                "Free software, Apache 2.0 licence. Each figure can be traced to the file, its "
                "hash and the version of the code.",
            ),
        ),
        ("donnees.donnees", T("Données et qualité", "Data and quality"), {}),
    ),
    (
        "limites",
        T("Ce que ces chiffres ne disent pas", "What these figures do not say"),
        (
            T(
                "FINESS (catégorie 124) ne distingue pas les centres de santé mono- et "
                "pluriprofessionnels ; le nom n'est jamais utilisé pour deviner.",
                "FINESS (category 124) does not tell mono- from pluriprofessional health centres; "
                "names are never used to guess.",
            ),
            T(
                "Un seul millésime ne montre pas les fermetures : les dates passées comptent les "
                "structures encore ouvertes au millésime.",
                "A single vintage shows no closures: past dates count structures that are still "
                "open at the vintage.",
            ),
            T(
                "Le quartier vécu par distance est une approximation : il ne reproduit pas les "
                "déclarations des ARS.",
                "The quartier vécu by distance is a proxy: it does not reproduce what the ARS "
                "declare.",
            ),
            T(
                "Les distances sont à vol d'oiseau.",
                "Distances are as the crow flies.",
            ),
        ),
        None,
    ),
    (
        "visiteurs",
        T("Vos données", "Your data"),
        (
            T(
                "Le service ne pose aucun cookie et ne garde rien de ce que vous envoyez : ni "
                "adresse, ni coordonnées, ni fichier. Le journal technique ne contient ni adresse "
                "IP, ni mots cherchés.",
                "The service sets no cookie and keeps nothing of what you send: no address, no "
                "coordinates, no file. The technical log holds neither IP addresses nor words "
                "searched.",
            ),
            T(
                "Aucune page ne demande quoi que ce soit à un autre site, sauf si l'exploitant a "
                "mis le fond de carte de l'IGN.",
                "No page asks anything of another site, unless the operator has put the IGN's "
                "base map.",
            ),
        ),
        None,
    ),
)

ACCESSIBILITY: tuple[Part, ...] = (
    (
        "etat",
        T("État", "State"),
        (
            T(
                "Ces pages visent les WCAG 2.2, niveau AA, et le RGAA. Chacune est contrôlée dans "
                "un vrai navigateur avec axe-core à chaque version : aucune violation. Un tel "
                "contrôle ne voit pas tout, et aucun audit par des personnes n'a encore eu lieu : "
                "nous ne déclarons donc pas de taux de conformité.",
                "These pages aim at WCAG 2.2, level AA, and the RGAA. Each is checked in a real "
                "browser with axe-core at every version: no violation. Such a check does not see "
                "everything, and no audit by people has taken place yet: so we declare no rate "
                "of conformance.",
            ),
        ),
        None,
    ),
    (
        "fait",
        T("Ce qui est fait", "What is done"),
        (
            T(
                "Tout se fait au clavier. La couleur n'est jamais seule : formes, motifs et mots "
                "disent la même chose. Chaque carte et chaque graphique a son tableau. Les pages "
                "se lisent de 360 pixels à la 4K, agrandies, et imprimées.",
                "Everything can be done by keyboard. Colour is never alone: shapes, patterns and "
                "words say the same. Each map and each chart has its table. Pages can be read "
                "from 360 pixels to 4K, enlarged, and printed.",
            ),
        ),
        None,
    ),
    (
        "limites",
        T("Ce qui reste difficile", "What remains difficult"),
        (
            T(
                "Une carte ne se parcourt pas entièrement au lecteur d'écran : utilisez le "
                "tableau qui l'accompagne, la recherche, ou les fiches. Les noms des "
                "établissements sont ceux du registre, souvent en capitales et abrégés.",
                "A map cannot be explored whole with a screen reader: use the table beside it, "
                "the search, or the pages of territories. Names of establishments are those of "
                "the register, often in capitals and shortened.",
            ),
        ),
        None,
    ),
)
