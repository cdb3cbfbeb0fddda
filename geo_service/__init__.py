"""geo_service: who, in France, lives and works near coordinated care."""

__version__ = "0.1.0"
