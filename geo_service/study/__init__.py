"""Floor 3: a study says what to compute; ``build`` turns official files into one result."""

from .building import build
from .description import SourceSpec, Study

__all__ = ["SourceSpec", "Study", "build"]
