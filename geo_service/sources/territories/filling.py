"""Tables by code laid over one another: each value from the first table that has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from geo_service.core.schema import shape_table
from geo_service.core.tables import TERRITORIES

if TYPE_CHECKING:
    import pandas as pd


def filled(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """All codes of the parts; each value from the first part that has it."""
    import pandas as pd

    parts = [part for part in parts if len(part)] or parts[:1]
    if not parts:
        empty = pd.DataFrame(shape_table(pd.DataFrame(), TERRITORIES))
        return empty.set_axis(pd.Index([], dtype=object))
    if len(parts) == 1:
        return parts[0][columns]
    index, codes = parts[0].index, parts[0]["code"]
    places = [np.arange(len(index))]
    for part in parts[1:]:
        at = index_in(codes, part["code"])
        more = at < 0
        at[more] = np.arange(len(index), len(index) + more.sum())
        places.append(at)
        if more.any():
            index = index.append(part.index[more])
            codes = pd.concat([codes, part["code"][more]])
    rows: list[Any] = [_turned(at, len(index)) for at in places]
    if parts[0].index is index:
        rows[0] = None  # in its own order
    filled = {
        name: first_known([part[name].array for part in parts], rows, len(index))
        for name in columns
    }
    return pd.DataFrame(filled, index=index, copy=False)


def _turned(places: npt.NDArray[np.int64], length: int) -> npt.NDArray[np.int64]:
    """Which row stands at each place, -1 where none does; of several the first."""
    rows = np.full(length, -1, dtype=np.int64)
    rows[places[::-1]] = np.arange(len(places))[::-1]
    return rows


def first_known(offers: list[Any], rows: list[Any], length: int) -> Any:
    """Each value from the first offer that has one; only what is still missing is looked for.

    ``rows`` are the positions in each offer, -1 where it says nothing; None: its own order.
    """
    values, missing = None, np.arange(length)
    for offer, at in zip(offers, rows, strict=True):
        if values is None:
            values = offer if at is None else offer.take(at, allow_fill=True)
            missing = np.flatnonzero(values.isna())
            continue
        if not len(missing):
            break
        found = offer.take(missing if at is None else at[missing], allow_fill=True)
        known = ~np.asarray(found.isna())
        if known.any():
            values = values.copy()  # the first offer's own table stays as it is
            values[missing[known]] = found[known]
            missing = missing[~known]
    return values


def among(codes: Any, known: Any) -> npt.NDArray[np.bool_]:
    """Which codes of a column or an index are in another one, or in a set of them."""
    if isinstance(known, set | frozenset) and len(codes) <= len(known):
        # A column made of many takes longer than asking about few.
        return np.fromiter(map(known.__contains__, codes.tolist()), dtype=bool, count=len(codes))
    return index_in(known, codes) >= 0


def index_in(known: Any, codes: Any) -> npt.NDArray[np.int64]:
    """Position in ``known`` of each code, columns of text or the like; -1 where it is not there."""
    from pyarrow import compute

    found = compute.index_in(_texts(codes), value_set=_texts(known))
    return np.asarray(found.fill_null(-1), dtype=np.int64)


def _texts(codes: Any) -> Any:
    """A column as Arrow keeps it: looking 35,000 codes up there takes 2 ms, in pandas ten times."""
    import pandas as pd
    import pyarrow as pa

    held = list(codes) if isinstance(codes, pd.Index | set | frozenset) else codes
    texts = pa.array(held, pa.large_string(), from_pandas=True)
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
