"""Run by the system's Python, which has QGIS: opens every collection and counts, as JSON.

QT_QPA_PLATFORM=offscreen /usr/bin/python3 ogc_qgis.py URL '{"layer": [box, column, value]}'
"""

import json
import os
import sys

from qgis.core import (
    QgsApplication,
    QgsDataSourceUri,
    QgsFeatureRequest,
    QgsRectangle,
    QgsVectorLayer,
    QgsWkbTypes,
)


def count(layer, request=None):
    return sum(1 for _ in layer.getFeatures(request or QgsFeatureRequest()))


def opened(url, name):
    uri = QgsDataSourceUri()
    uri.setParam("url", url)
    uri.setParam("typename", name)
    uri.setParam("pagingEnabled", "true")
    return QgsVectorLayer(uri.uri(False), name, "OAPIF")


def main():
    url, asked = sys.argv[1], json.loads(sys.argv[2])
    application = QgsApplication([], False)
    application.initQgis()
    said = {}
    for name, (box, column, value) in asked.items():
        layer = opened(url, name)
        value = value.replace("'", "''")
        expression = QgsFeatureRequest().setFilterExpression(f"\"{column}\" = '{value}'")
        said[name] = {
            "valid": layer.isValid(),
            "error": layer.error().message(),
            "type": QgsWkbTypes.displayString(layer.wkbType()),
            "crs": layer.crs().authid(),
            "fields": [field.name() for field in layer.fields()],
            "all": count(layer),
            "box": count(layer, QgsFeatureRequest().setFilterRect(QgsRectangle(*box))),
            "equal": count(layer, expression),
        }
    print(json.dumps(said), flush=True)
    os._exit(0)  # QGIS 3.22 may crash when Python takes the layers apart


if __name__ == "__main__":
    main()
