"""Which layers of a file are read, when a ZIP or a GeoPackage holds the same QPV several times.

The 2024 ZIP holds one projected layer a territory and one WGS 84 layer of all; the metropolitan ZIP
of 2015 holds a right projected layer and a WGS 84 one that a bad datum moved by about 50 m. So the
layers are compared with one another, and the projected ones come first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from geo_service.core.crs import LEGAL, legal_crs_of_departement, transform, transformer
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Anomaly
from geo_service.intake.archives import OfficialFile
from geo_service.intake.values import match_columns
from geo_service.intake.vectors import SUFFIXES, LayerInfo, begin_layer, list_layers, read_layer

from .columns import COLUMNS, DECLARED_MARKS, departement_of_qpv, read_qpv_code
from .recognition import fields_of_shapefile

if TYPE_CHECKING:
    import geopandas as gpd

SHIFTED_M = 5.0
"""Two layers of one ZIP that lie further apart are not the same drawing: rounding moves them by
less than a metre, a wrong datum by tens of metres."""
_COMPARED = 3
_LEGAL = frozenset(legal.epsg for legal in LEGAL)


@dataclass
class Layer:
    """A layer read, and what of it is taken: ``taken`` marks the rows that no better layer has."""

    info: LayerInfo
    frame: gpd.GeoDataFrame
    codes: list[str | None]
    anomalies: Anomalies
    epsg: int
    taken: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    shift_m: float = 0.0
    """Median distance to a layer believed more, metres; 0 where nothing says it is shifted."""

    @property
    def title(self) -> str:
        """Name of the layer with its CRS, for messages."""
        return f"{self.info.member or self.info.name} (EPSG:{self.epsg})"


def begin_layers(file: OfficialFile) -> bool:
    """Have the layers of QPV read ahead, beside other work; whether that was begun."""
    begun = [begin_layer(file, info.member) for info in _candidates(file) if not info.driver]
    return any(begun)


def read_layers(file: OfficialFile) -> tuple[list[Layer], Anomalies]:
    """The layers of QPV in a file, the most trusted first, each with the rows to take from it.

    Raises
    ------
    SourceError
        No layer has a column of QPV codes, or none can be read.
    """
    anomalies = Anomalies()
    layers: list[Layer] = []
    failed: SourceError | None = None
    for info in _candidates(file):
        noted = Anomalies()
        try:
            frame = read_layer(
                file,
                info.name if info.driver else None,
                member=info.member,
                source="qpv",
                anomalies=noted,
                aliases={**COLUMNS, **{mark: [] for mark in DECLARED_MARKS}},
                required=("code_qp",),
            )
        except SourceError as error:
            failed = failed or error
            anomalies.add(_note(file, info, "layer-unreadable", error.message, "set aside"))
            continue
        if set(DECLARED_MARKS) & set(frame.columns):
            raise _declared(f"{file.name}/{info.member}" if info.member else file.name)
        if not info.driver:
            info = replace(info, name=frame.attrs["layer"], member=frame.attrs["member"])
        for column in COLUMNS.keys() & set(frame.columns):
            if frame[column].dtype == "str":
                frame[column] = frame[column].fillna("").str.strip()
            else:
                frame[column] = [_text(value) for value in frame[column].to_numpy(dtype=object)]
        codes = [read_qpv_code(text) for text in frame["code_qp"].tolist()]
        layers.append(Layer(info, frame, codes, noted, _epsg(frame, file, info)))
    if not layers:
        assert failed is not None
        raise failed
    layers.sort(key=_rank)
    _take(layers, file, anomalies)
    return layers, anomalies


_ONE_LAYER = (".geojson", ".json", ".shp", ".fgb", ".parquet", ".geoparquet")


def _candidates(file: OfficialFile) -> list[LayerInfo]:
    """Layers that hold QPV codes. One that is alone is not described first: it is read anyway."""
    members = [name for name in file.members if name.lower().endswith(SUFFIXES)]
    if file.member is None and len(members) == 1:
        file = file.choose(members[0])
    if file.suffix in _ONE_LAYER and (file.member or file.compression != "zip"):
        return [LayerInfo("", file.member, "", "", -1, None, ())]
    infos = _shapefiles(file) or list_layers(file)
    found = []
    refused: SourceError | None = None
    for info in infos:
        label = f"{file.name}/{info.member}" if info.member else file.name
        try:
            match_columns(info.fields, COLUMNS, required=("code_qp",), file=label)
        except SourceError as error:
            refused = refused or error
            continue
        if match_columns(info.fields, {mark: [] for mark in DECLARED_MARKS}, required=()):
            refused = refused or _declared(label)
            continue
        found.append(info)
    if not found:
        assert refused is not None
        raise refused
    return found


def _shapefiles(file: OfficialFile) -> list[LayerInfo]:
    """The layers of a ZIP of shapefiles, told by the heads of their tables; none if in doubt."""
    if file.compression != "zip" or file.member is not None:
        return []
    found = []
    for name in file.members:
        suffix = PurePosixPath(name).suffix.lower()
        if suffix in SUFFIXES:
            fields = fields_of_shapefile(replace(file, member=name)) if suffix == ".shp" else []
            if not fields:
                return []
            stem = PurePosixPath(name).stem
            found.append(LayerInfo(stem, name, "", "", -1, None, tuple(fields)))
    return found


def _declared(label: str) -> SourceError:
    return SourceError(
        T(
            "La couche décrit des quartiers vécus déclarés, non des QPV.",
            "The layer describes declared quartiers vécus, not QPV.",
        ),
        file=label,
        do=T("Lisez-la comme quartier_vecu.", "Read it as quartier_vecu."),
    )


def _text(value: Any) -> str:
    """A cell as text: codes that a format keeps as numbers come without their ``.0``."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _epsg(frame: gpd.GeoDataFrame, file: OfficialFile, info: LayerInfo) -> int:
    code = CRS.from_user_input(frame.crs).to_epsg(min_confidence=25)
    if code is None:
        raise SourceError(
            T(
                "Le système de coordonnées de la couche n'a pas de code EPSG : {crs}.",
                "The CRS of the layer has no EPSG code: {crs}.",
                crs=CRS.from_user_input(frame.crs).name,
            ),
            file=f"{file.name}/{info.member}" if info.member else file.name,
            do=T(
                "Prenez une autre couche de l'éditeur.", "Take another of the publisher's layers."
            ),
        )
    return int(code)


def _rank(layer: Layer) -> tuple[int, int, str]:
    """Legal projected CRS first, then other projected ones, then geographic; the fullest first."""
    geographic = CRS.from_epsg(layer.epsg).is_geographic
    kind = 2 if geographic else int(layer.epsg not in _LEGAL)
    return kind, -len(layer.frame), layer.title


def _take(layers: list[Layer], file: OfficialFile, anomalies: Anomalies) -> None:
    """Mark the rows of each layer that are taken; compare what several layers hold."""
    believed: dict[str, tuple[float, float, float]] = {}
    if len(layers) == 1:
        layers[0].taken = np.ones(len(layers[0].frame), dtype=bool)
        return
    for layer in layers:
        places = _centres(layer)
        common = [code for code in places if code in believed and code is not None]
        shift = _shift([places[code] for code in common], [believed[code] for code in common])
        new = np.array([code is None or code not in believed for code in layer.codes], dtype=bool)
        if shift is not None:
            east, north, metres = shift
            layer.shift_m = metres
            reason = _SHIFTED.with_values(
                layer=layer.title,
                east=f"{east:+.0f}",
                north=f"{north:+.0f}",
                n=len(common),
                new=int(new.sum()),
            )
            anomalies.add(_note(file, layer.info, "shifted-layer", reason, "set aside"))
        # Every row of the first layer is looked at, bad codes included; a row without a code in
        # another layer says nothing that could be compared.
        layer.taken = new if not believed else new & np.array([c is not None for c in layer.codes])
        for code, place in places.items():
            believed.setdefault(code, place)


_SHIFTED = T(
    "La couche {layer} est décalée de {east} m vers l'est et {north} m vers le nord (médianes sur "
    "{n} QPV) par rapport à la couche projetée, qui est retenue ; {new} QPV n'existent qu'ici.",
    "The layer {layer} is shifted by {east} m to the east and {north} m to the north (medians over "
    "{n} QPV) against the projected layer, which is taken; {new} QPV exist here only.",
)


def _centres(layer: Layer) -> dict[str, tuple[float, float, float]]:
    """Code → centre of the shape's box in metres of its territory's legal CRS, and that CRS.

    By way of WGS 84: PROJ has no direct way from NTF to RGF93 without its grids, and a wrong one.
    """
    bounds = layer.frame.geometry.bounds.to_numpy()
    x, y = bounds[:, [0, 2]].mean(axis=1), bounds[:, [1, 3]].mean(axis=1)
    lon, lat = transform(x, y, layer.epsg, 4326)
    found: dict[str, tuple[float, float, float]] = {}
    targets = np.array(
        [legal_crs_of_departement(departement_of_qpv(code)) if code else 0 for code in layer.codes]
    )
    for target in np.unique(targets[targets > 0]):
        at = np.flatnonzero((targets == target) & np.isfinite(lon) & np.isfinite(lat))
        easting, northing = transform(lon[at], lat[at], 4326, int(target))
        for i, e, n in zip(at, easting, northing, strict=True):
            code = layer.codes[i]
            if code is not None:
                found.setdefault(code, (float(e), float(n), float(target)))
    return found


def _shift(
    here: list[tuple[float, float, float]], there: list[tuple[float, float, float]]
) -> tuple[float, float, float] | None:
    """Median offset (east, north, distance in metres) when the layers as a whole lie apart."""
    if len(here) < _COMPARED:
        return None
    offset = np.array(here)[:, :2] - np.array(there)[:, :2]
    apart = np.hypot(offset[:, 0], offset[:, 1])
    if np.median(apart) < SHIFTED_M or np.mean(apart >= SHIFTED_M) < 0.9:
        return None
    east, north = np.median(offset, axis=0)
    return float(east), float(north), float(np.median(apart))


def precision_of(layer: Layer) -> tuple[float, Text | None]:
    """Metres by which the way to the legal CRS may move a limit, and how PROJ names that way.

    A legal CRS and WGS 84 itself add nothing: the way back is the same one. Others have what PROJ
    announces for the transformation to WGS 84 it uses.
    """
    crs = CRS.from_epsg(layer.epsg)
    wgs84 = layer.epsg == 4326 or (crs.geodetic_crs and crs.geodetic_crs.to_epsg() == 4326)
    if layer.epsg in _LEGAL or wgs84:
        return layer.shift_m, None
    used = transformer(layer.epsg, 4326)
    accuracy = float(used.accuracy)
    if accuracy < 0 or "ballpark" in used.description.lower():
        return float("nan"), T(
            "{layer} : PROJ ne connaît pas la précision du passage en WGS 84 ({way}).",
            "{layer}: PROJ does not know the accuracy of the way to WGS 84 ({way}).",
            layer=layer.title,
            way=used.description,
        )
    return max(accuracy, layer.shift_m), T(
        "{layer} : passage en WGS 84 « {way} », à {metres} m près selon PROJ.",
        "{layer}: way to WGS 84 “{way}”, within {metres} m according to PROJ.",
        layer=layer.title,
        way=used.description,
        metres=f"{accuracy:g}",
    )


def _note(file: OfficialFile, info: LayerInfo, code: str, reason: Text, outcome: Any) -> Anomaly:
    label = f"{file.name}/{info.member}" if info.member else file.name
    return Anomaly("qpv", label, None, None, info.name, code, reason, outcome)
