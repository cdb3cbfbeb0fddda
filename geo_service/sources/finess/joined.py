"""The outer join of the two extractions of one date, cs1100507 and cs1100502."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo_service.core.i18n import T

from .extract import Extract


def join_502(extract: Extract, other: Extract) -> None:
    """Add to a 507 extraction the establishments that only the 502 of the same date holds.

    The two are published apart and do not hold exactly the same establishments: rows found in one
    only are kept, and noted. Where they disagree the 507 is followed.
    """
    ours, theirs = extract.census, other.census
    unique = theirs.drop_duplicates("finess")
    at = pd.Index(unique["finess"]).get_indexer(pd.Index(ours["finess"]))
    held = pd.Index(ours["finess"].drop_duplicates())
    only_502 = held.get_indexer(pd.Index(theirs["finess"])) < 0
    extract.note(
        at < 0,
        "only-in-507",
        T(
            "Établissement présent dans cs1100507 et absent de cs1100502.",
            "Establishment found in cs1100507 and not in cs1100502.",
        ),
        "kept",
        frame=ours,
    )
    extract.note(
        only_502,
        "only-in-502",
        T(
            "Établissement présent dans cs1100502 et absent de cs1100507 : sans coordonnées.",
            "Establishment found in cs1100502 and not in cs1100507: no coordinates.",
        ),
        "kept",
        frame=theirs,
    )
    both, first = ours[at >= 0], unique.take(at[at >= 0])
    for name in ("category", "opened", "departement", "commune_part"):
        says = first[name].set_axis(both.index)
        extract.note(
            both[name] != says,
            "extractions-disagree",
            T(
                "cs1100502 donne une autre valeur ({theirs}) : celle de cs1100507 est suivie.",
                "cs1100502 gives another value ({theirs}): that of cs1100507 is followed.",
            ),
            "kept",
            field=name,
            value=name,
            says=("theirs",),
            frame=both,
            extra={"theirs": says},
        )
    _append(extract, other, theirs.index[only_502])
    extract.anomalies.extend(other.anomalies)
    extract.rows_read += int(only_502.sum())
    extract.rows_set_aside += other.rows_set_aside


def _append(extract: Extract, other: Extract, missing: pd.Index) -> None:
    """The establishments that only the 502 holds, behind those of the 507."""
    count = len(extract.census)
    places = pd.Series(range(count, count + len(missing)), index=missing)
    back = pd.Series(missing, index=places.to_numpy())
    ours_again, theirs_again = extract.read_again, other.read_again

    def read_again(index: pd.Index) -> pd.DataFrame:
        parts = []
        if ours_again is not None and (index < count).any():
            parts.append(ours_again(index[index < count]))
        if theirs_again is not None and (index >= count).any():
            rows = theirs_again(pd.Index(back[index[index >= count]]))
            parts.append(rows.set_axis(places[rows.index].to_numpy()))
        return pd.concat(parts)

    extract.read_again = read_again
    files = pd.api.types.union_categoricals([extract.census["file"], other.census["file"]])
    census = pd.concat([extract.census, other.census.loc[missing]], ignore_index=True)
    kept = files.codes[:count], other.census.index.isin(missing)
    codes = np.concatenate([kept[0], files.codes[count:][kept[1]]])
    extract.census = census.assign(
        file=pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(files.categories))
    )
    rows = other.frame[other.frame.index.isin(missing)]
    extract.frame = pd.concat([extract.frame, rows.set_axis(places[rows.index].to_numpy())])
