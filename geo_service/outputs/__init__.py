"""One writer a file format, each found by the constant ``FORMAT`` of its module.

``write(table, path, *, credit, language=None, name="")`` writes one layer or table, whole or not at
all, with its source line, licence and Table Schema; ``docs/formats.md`` says where each stands.
"""
