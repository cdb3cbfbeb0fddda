"""Save a result and read it again: one GeoPackage file, replaced whole or not at all."""

from .geopackage import save_result
from .stored import StoredResult, fingerprint

__all__ = ["StoredResult", "fingerprint", "save_result"]
