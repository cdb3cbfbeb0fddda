"""Records computed on request as CSV: safe for spreadsheets, an unknown is an empty cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .cells import to_cells


def records_csv(
    fields: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    numbers: Collection[str] = (),
    source: str | None = None,
) -> bytes:
    """Rows as CSV (RFC 4180, UTF-8, comma).

    Parameters
    ----------
    fields
        Columns, in order.
    numbers
        Those that hold numbers; the others are text, and what a spreadsheet would run as a formula
        is escaped there.
    source
        Credit line, repeated in a last column ``source``: a CSV has no other place for it.
    """
    columns = [
        to_cells([row[name] for row in rows], "number" if name in numbers else "text")
        for name in fields
    ]
    names = list(fields)
    if source is not None:
        names.append("source")
        columns.append(to_cells([source] * len(rows), "text"))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue().encode()
