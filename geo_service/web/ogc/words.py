"""The words of the pages under ``/ogc``."""

from __future__ import annotations

from ...core.i18n import T, Text

TEXTS: dict[str, Text] = {
    "ogc": T("Services pour SIG", "Services for GIS"),
    "connect": T("Se connecter", "Connect"),
    "connect_note": T(
        "Dans QGIS : Couche › Gestionnaire des sources de données › WFS / OGC API – Features › "
        "Nouvelle connexion, puis cette adresse.",
        "In QGIS: Layer › Data Source Manager › WFS / OGC API – Features › New, then this address.",
    ),
    "gdal_note": T("Avec GDAL :", "With GDAL:"),
    "collections": T("Collections", "Collections"),
    "collection": T("Collection", "Collection"),
    "features": T("Objets", "Features"),
    "feature": T("Objet", "Feature"),
    "items_of": T("Objets de", "Features of"),
    "property": T("Propriété", "Property"),
    "meaning": T("Sens", "Meaning"),
    "type": T("Type", "Type"),
    "value": T("Valeur", "Value"),
    "geometry": T("Géométrie", "Geometry"),
    "coordinates": T("coordonnées", "coordinates"),
    "none": T("aucune", "none"),
    "extent": T("Emprise (ouest, sud, est, nord)", "Extent (west, south, east, north)"),
    "period": T("Période", "Period"),
    "open_end": T("sans fin connue", "no known end"),
    "open_begin": T("sans début connu", "no known beginning"),
    "crs": T("Systèmes de coordonnées", "Coordinate reference systems"),
    "queryables": T("Propriétés interrogeables", "Queryables"),
    "schema": T("Schéma", "Schema"),
    "conformance": T("Conformité", "Conformance"),
    "conformance_note": T(
        "Les classes d'exigences des normes OGC que ce service tient.",
        "The requirements classes of OGC standards that this service keeps.",
    ),
    "api": T("Description de l'API", "Description of the API"),
    "address": T("Adresse", "Address"),
    "parameters": T("Paramètres", "Parameters"),
    "links": T("Liens", "Links"),
    "matched": T("objets trouvés", "features found"),
    "shown_from": T("à partir de", "from"),
    "nothing": T("Aucun objet.", "No feature."),
    "pages": T("Pages", "Pages"),
    "json": T("En JSON", "As JSON"),
}
