"""Data only: dated, referenced rules as TOML and official series as CSV. Read by ``rules.py``."""
