"""The outer join of the two extractions of one date, cs1100507 and cs1100502."""

from __future__ import annotations

import pandas as pd

from geo_service.core.i18n import T

from .extract import Extract


def join_502(extract: Extract, other: Extract) -> None:
    """Add to a 507 extraction the establishments that only the 502 of the same date holds.

    The two are published apart and do not hold exactly the same establishments: rows found in one
    only are kept, and noted. Where they disagree the 507 is followed.
    """
    ours, theirs = extract.frame, other.frame
    only_502 = ~theirs["finess"].isin(ours["finess"])
    extract.note(
        ~ours["finess"].isin(theirs["finess"]),
        "only-in-507",
        T(
            "Établissement présent dans cs1100507 et absent de cs1100502.",
            "Establishment found in cs1100507 and not in cs1100502.",
        ),
        "kept",
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
    both = ours.merge(theirs.drop_duplicates("finess"), on="finess", suffixes=("", "_502"))
    for name in ("category", "opened", "departement", "commune_part"):
        extract.note(
            both[name] != both[f"{name}_502"],
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
            extra={"theirs": both[f"{name}_502"]},
        )
    missing = theirs[only_502]
    extract.frame = pd.concat([ours, missing], ignore_index=True)
    extract.anomalies.extend(other.anomalies)
    extract.rows_read += len(missing)
    extract.rows_set_aside += other.rows_set_aside
