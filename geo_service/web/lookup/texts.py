"""The words of the look-up page, in both languages."""

from __future__ import annotations

from ...core.i18n import T, Text

TEXTS: dict[str, Text] = {
    "title": T("Localiser", "Locate"),
    "kicker": T("Une adresse, un point, un fichier", "An address, a point, a file"),
    "sub": T(
        "Dans quelles zones est ce lieu, à quelle distance des limites et des structures, et avec "
        "quelle certitude ?",
        "Which zones hold this place, how far are limits and structures, and how sure is it?",
    ),
    "kept": T(
        "Rien de ce que vous envoyez n'est gardé après la réponse.",
        "Nothing that you send is kept after the answer.",
    ),
    "by_address": T("Par une adresse", "By an address"),
    "address": T("Adresse", "Address"),
    "address_hint": T(
        "Numéro, voie et commune. L'adresse est envoyée au géocodeur {host}, et à personne "
        "d'autre.",
        "Number, street and commune. The address is sent to the geocoder {host} and to nobody "
        "else.",
    ),
    "citycode": T("Code INSEE de la commune (facultatif)", "INSEE code of the commune (optional)"),
    "no_address": T(
        "La recherche d'adresses n'est pas ouverte ici : elle enverrait l'adresse à un service "
        "extérieur, et l'exploitant de ce serveur n'en a désigné aucun. Donnez des coordonnées : "
        "elles sont traitées sur place.",
        "Addresses cannot be looked up here: the address would go to an outside service, and the "
        "operator of this server has named none. Give coordinates: they are treated on the spot.",
    ),
    "by_point": T("Par des coordonnées", "By coordinates"),
    "lon": T("Longitude", "Longitude"),
    "lat": T("Latitude", "Latitude"),
    "degrees_hint": T("Degrés décimaux, WGS 84.", "Decimal degrees, WGS 84."),
    "point": T("Ou les deux ensemble", "Or both together"),
    "point_hint": T(
        "Collez-les dans l'ordre que vous voulez : 43,6045 1,4440.",
        "Paste them in either order: 43.6045 1.4440.",
    ),
    "legal": T("Ou dans un système légal (mètres)", "Or in a legal CRS (metres)"),
    "crs": T("Système de coordonnées", "Coordinate reference system"),
    "precision": T("Précision du point, en mètres", "Precision of the point, in metres"),
    "precision_hint": T(
        "Rayon dans lequel se trouve le vrai lieu ; 0 : exact ; vide : inconnue.",
        "Radius within which the true place lies; 0: exact; empty: unknown.",
    ),
    "go": T("Localiser", "Locate"),
    "here": T("Utiliser ma position", "Use my position"),
    "here_failed": T(
        "Votre navigateur ne donne pas de position.", "Your browser gives no position."
    ),
    "by_file": T("Par un fichier", "By a file"),
    "file": T("Fichier", "File"),
    "column_x": T("Colonne des longitudes (ou X)", "Column of longitudes (or X)"),
    "column_y": T("Colonne des latitudes (ou Y)", "Column of latitudes (or Y)"),
    "column_address": T("Colonne des adresses", "Column of addresses"),
    "column_hint": T("Vide : devinée d'après son nom.", "Empty: guessed from its name."),
    "addresses_bound": T("{n} adresses au plus par envoi.", "At most {n} addresses at a time."),
    "file_precision": T("Précision des points, en mètres", "Precision of the points, in metres"),
    "file_precision_hint": T(
        "Vide : inconnue, ou prise dans une colonne « precision_m ».",
        "Empty: unknown, or taken from a column “precision_m”.",
    ),
    "see": T("Voir le résultat", "See the result"),
    "get_csv": T("Télécharger en CSV", "Download as CSV"),
    "get_xlsx": T("Télécharger en XLSX", "Download as XLSX"),
    "too_large": T("Ce fichier dépasse {mb} Mo.", "This file is larger than {mb} MB."),
    "refused": T("Rien n'a été localisé", "Nothing was located"),
    "noticed": T("À savoir", "Please note"),
    "answer": T("Ce lieu", "This place"),
    "coordinates": T("Coordonnées", "Coordinates"),
    "precision_known": T("Précision", "Precision"),
    "found_address": T("Adresse trouvée", "Address found"),
    "score": T("score", "score"),
    "position": T("Nature de la position", "Kind of position"),
    "others": T("Autres réponses du géocodeur", "Other answers of the geocoder"),
    "territories": T("Territoires", "Territories"),
    "probably": T("sous réserve de la précision", "subject to the precision"),
    "no_commune": T(
        "Le point tombe entre les contours simplifiés des communes.",
        "The point falls between the simplified contours of the communes.",
    ),
    "beyond": T(
        "Le point est à {way} hors du territoire de ce résultat.",
        "The point is {way} outside the territory of this result.",
    ),
    "zones": T("Zones", "Zones"),
    "question_asked": T("Zonage ou définition", "Zoning or definition"),
    "zone": T("Zone", "Zone"),
    "said": T("Réponse", "Answer"),
    "why": T("Pourquoi", "Why"),
    "zones_note": T(
        "« Dedans » et « dehors » ne sont dits que si la précision le permet.",
        "“Inside” and “outside” are said only where the precision allows it.",
    ),
    "nearest": T("Structures les plus proches", "Nearest structures"),
    "nearest_note": T(
        "À vol d'oiseau, structures ouvertes au {date} d'après les sources.",
        "As the crow flies, structures open on {date} by the sources.",
    ),
    "structure": T("Structure", "Structure"),
    "way": T("Distance", "Distance"),
    "perhaps_open": T("ouverture incertaine à cette date", "opening uncertain at that date"),
    "none_near": T("Aucune dans ce territoire.", "None in this territory."),
    "edge": T(
        "La limite du territoire étudié est à {edge} : une structure plus proche peut se trouver "
        "au-delà.",
        "The limit of the territory studied is {edge} away: a nearer structure may lie beyond.",
    ),
    "map": T("Carte autour du lieu", "Map around the place"),
    "map_open": T("Ouvrir la carte", "Open the map"),
    "permalink": T("Lien vers cette réponse", "Link to this answer"),
    "as_json": T("La même en JSON", "The same as JSON"),
    "again": T("Chercher un autre lieu", "Look up another place"),
    "file_answer": T("Résultat du fichier", "Result of the file"),
    "rows": T("Lignes du fichier", "Rows of the file"),
    "located": T("Localisées", "Located"),
    "set_aside": T("Non localisées", "Not located"),
    "read_as": T("Colonnes lues : {columns}.", "Columns read: {columns}."),
    "counts": T("Combien, par zone", "How many, by zone"),
    "inside": T("Dedans", "Inside"),
    "outside": T("Dehors", "Outside"),
    "undetermined": T("Indéterminé", "Undetermined"),
    "first_rows": T("Les {n} premières lignes", "The first {n} rows"),
    "row": T("Ligne", "Row"),
    "column": T("Colonne", "Column"),
    "reason": T("Raison", "Reason"),
    "bad_rows": T("Lignes à revoir", "Rows to look at"),
    "bad_more": T(
        "et {n} autres, dans la colonne « problem » du fichier complet",
        "and {n} more, in the column “problem” of the complete file",
    ),
    "whole": T("Le résultat complet", "The complete result"),
    "whole_here": T("Télécharger les {n} lignes (CSV)", "Download the {n} rows (CSV)"),
    "whole_again": T(
        "Le serveur n'a rien gardé : pour le résultat complet, renvoyez le fichier et choisissez "
        "CSV ou XLSX.",
        "The server kept nothing: for the complete result, send the file again and choose CSV or "
        "XLSX.",
    ),
}
