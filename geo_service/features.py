"""A layer as GeoJSON features made once, ready to be sent one by one or together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from .core.errors import UnknownNameError
from .core.i18n import T
from .exchange.table_schema import typed
from .outputs.geojson import feature_texts, to_seven_decimals

Positions = npt.NDArray[np.intp]
_KEYS = {"structures": "finess", "zonage": "code", "anomalies": "row"}


class Features:
    """The rows of one layer in EPSG:4326, in their order.

    Parameters
    ----------
    name
        Name of the layer.
    table
        GeoDataFrame in EPSG:4326.
    """

    def __init__(self, name: str, table: Any) -> None:
        self.name = name
        self.table = table.reset_index(drop=True)
        column = _KEYS.get(name, "code")
        self.key = column
        """Column whose value names a feature in addresses: a FINESS number, a code."""
        keys = self.table[column].astype("object")
        if name == "structures":  # one without a FINESS number has an id of its own
            keys = keys.where(keys.notna(), self.table["structure_id"].astype("object"))
        ids = keys.tolist()
        self.ids: list[str] = ["" if value is None or value != value else value for value in ids]
        self._place: dict[str, int] = {}
        for place, identity in enumerate(self.ids):
            # Two rows of one number (a file may list it twice): the first keeps the plain address.
            if identity in self._place:
                identity = f"{identity}~{place}"
                self.ids[place] = identity
            self._place[identity] = place

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def texts(self) -> list[bytes]:
        """Each row as a GeoJSON Feature (RFC 7946), UTF-8."""
        shapes = to_seven_decimals(self.table.geometry.array)
        return [text.encode() for text in feature_texts(typed(self.table), shapes, self.ids)]

    @cached_property
    def shapes(self) -> npt.NDArray[np.object_]:
        """The shapes, degrees, WGS84."""
        return np.asarray(self.table.geometry.array, dtype=object)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of the shapes."""
        return shapely.STRtree(self.shapes)

    def place(self, identity: str) -> int:
        """Position of the feature of that id.

        Raises
        ------
        UnknownNameError
            There is none.
        """
        try:
            return self._place[identity]
        except KeyError:
            raise UnknownNameError(
                T(
                    "« {layer} » n'a pas d'objet « {it} ».",
                    "“{layer}” holds no feature “{it}”.",
                    layer=self.name,
                    it=identity,
                )
            ) from None

    def within(self, bbox: tuple[float, float, float, float]) -> Positions:
        """Positions of the shapes that meet a box (west, south, east, north), in order."""
        return np.sort(self.tree.query(shapely.box(*bbox), predicate="intersects"))

    def collection(
        self, positions: Iterable[int] | None = None, members: Mapping[str, Any] | None = None
    ) -> bytes:
        """A FeatureCollection of these positions (all by default), with more members first."""
        chosen = self.texts if positions is None else [self.texts[place] for place in positions]
        head = json.dumps({"type": "FeatureCollection", **(members or {})}, ensure_ascii=False)
        return b"".join((head[:-1].encode(), b', "features": [\n', b",\n".join(chosen), b"\n]}\n"))
