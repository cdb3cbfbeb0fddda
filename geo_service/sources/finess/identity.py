"""Which establishment a row is and of what kind: numbers, duplicates, categories, dates."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from geo_service.core.i18n import T, say_date
from geo_service.rules import kind_by_category

from .extract import COLUMNS, Extract, read_days

NUMBER = r"[0-9][0-9A-Z][0-9]{7}"
"""A FINESS number: nine characters; the second is a letter in Corsica (2A, 2B)."""
OTHER = "other"
"""Kind of an establishment of a category that no kind of structure claims."""


def check_numbers(extract: Extract) -> None:
    """Set aside rows whose FINESS number is none; restore a zero or a capital that was lost."""
    census = extract.census
    bad = ~census["finess"].str.fullmatch(NUMBER)
    if not bad.any():
        return
    published = census["finess"].copy()
    mended = published[bad].str.replace(r"\.0+$", "", regex=True).str.upper()
    # A number that lost its zero has eight digits, and the zero is that of its département.
    mended = mended.where(~mended.str.fullmatch(r"[1-9]\d{7}"), "0" + mended)
    restored = mended[mended.str.fullmatch(NUMBER)]
    census.loc[restored.index, "finess"] = restored
    kept = restored.index.intersection(extract.frame.index)
    extract.frame.loc[kept, "finess"] = restored[kept]
    found = census.index.isin(restored.index)
    extract.note(
        found,
        "bad-finess-number",
        T("Numéro FINESS rétabli : {finess}.", "FINESS number restored: {finess}."),
        "repaired",
        field="nofinesset",
        value="published",
        says=("finess",),
        frame=census,
        extra={"published": published},
    )
    extract.note(
        bad & ~found,
        "bad-finess-number",
        T(
            "Ce n'est pas un numéro FINESS (9 caractères) : la ligne ne peut être identifiée.",
            "This is no FINESS number (9 characters): the row cannot be identified.",
        ),
        "set aside",
        field="nofinesset",
        value="finess",
        frame=census,
    )
    extract.drop(census.index[bad & ~found])


def check_duplicates(extract: Extract) -> None:
    """Keep the first row of each number; list the others, identical or not, and the first."""
    census = extract.census
    several = census["finess"].duplicated(keep=False)
    if not several.any():
        return
    concerned = census[several]
    again = concerned["finess"].duplicated()
    content = [name for name in COLUMNS if name != "finess"]
    groups = extract.whole(concerned.index).assign(finess=concerned["finess"])
    conflicting = groups.groupby("finess", sort=False)[content].nunique(dropna=False).gt(1)
    fields = {
        number: ", ".join(name for name, differs in zip(content, flags, strict=True) if differs)
        for number, flags in zip(conflicting.index, conflicting.to_numpy(), strict=True)
    }
    differing = concerned["finess"].map(fields).fillna("")
    rows = concerned.groupby("finess", sort=False)["row"].first()
    first = concerned["finess"].map(rows).astype("int64")
    extra = {"fields": differing, "first": first}
    extract.note(
        again & (differing == ""),
        "duplicate-finess",
        T("Ligne identique à la ligne {first}.", "Row identical to row {first}."),
        "set aside",
        field="nofinesset",
        value="finess",
        says=("first",),
        frame=concerned,
        extra=extra,
    )
    extract.note(
        again & (differing != ""),
        "duplicate-finess",
        T(
            "Même numéro que la ligne {first}, qui est gardée ; champs différents : {fields}.",
            "Same number as row {first}, which is kept; different fields: {fields}.",
        ),
        "set aside",
        field="nofinesset",
        value="finess",
        says=("first", "fields"),
        frame=concerned,
        extra=extra,
    )
    extract.note(
        ~again & (differing != ""),
        "duplicate-finess",
        T(
            "Numéro repris par d'autres lignes dont des champs diffèrent : {fields}.",
            "Number used again by other rows with different fields: {fields}.",
        ),
        "kept",
        field="nofinesset",
        value="finess",
        says=("fields",),
        frame=concerned,
        extra=extra,
    )
    extract.drop(concerned.index[again])


def choose_kinds(extract: Extract) -> None:
    """Add ``kind``; leave out the categories that are not wanted (they were counted)."""
    frame = extract.frame.reset_index(drop=True)
    # From here on each row stands for itself.
    extract.census = pd.DataFrame(index=pd.RangeIndex(0))
    without = frame["category"] == ""
    everything = extract.wanted is None
    extract.note(
        without,
        "missing-category",
        T(
            "Établissement sans catégorie : sa nature est inconnue.",
            "Establishment without a category: its kind is unknown.",
        ),
        "kept" if everything else "set aside",
        field="categetab",
        frame=frame,
    )
    known = kind_by_category()
    kinds = pd.Series(
        [known.get(code, OTHER) for code in frame["category"].tolist()],
        index=frame.index,
        dtype="str",
    )
    if extract.wanted is None:
        extract.frame = frame.assign(kind=kinds)
        return
    extract.rows_set_aside += int(without.sum())
    wanted = frame["category"].isin(extract.wanted)
    extract.frame = frame[wanted].assign(kind=kinds[wanted]).reset_index(drop=True)


def read_dates(extract: Extract, vintage: dt.date | None) -> None:
    """Add ``opened_on`` and ``closed_on``; what is missing, wrong or in the future is noted."""
    frame = extract.frame
    for name, field in (("opened", "dateouv"), ("closed", "dateferm")):
        dates, wrong = read_days(frame[name])
        frame[f"{name}_on"] = dates
        extract.note(
            wrong,
            "bad-date",
            T("Date illisible, prise pour inconnue.", "Unreadable date, taken as unknown."),
            "kept",
            field=field,
            value=name,
        )
        if name == "opened":
            extract.note(
                dates.isna() & ~wrong,
                "missing-date",
                T(
                    "Date d'ouverture absente (vide ou 1900-01-01).",
                    "Opening date missing (blank or 1900-01-01).",
                ),
                "kept",
                field=field,
                value=name,
            )
    opened, closed = frame["opened_on"], frame["closed_on"]
    extract.note(
        closed < opened,
        "closed-before-opened",
        T("Fermé avant d'être ouvert.", "Closed before it opened."),
        "kept",
        field="dateferm",
        value="closed",
    )
    if vintage is not None:
        extract.note(
            opened > pd.Timestamp(vintage),
            "future-date",
            T(
                "Ouverture postérieure au millésime du fichier ({vintage}).",
                "Opening after the vintage of the file ({vintage}).",
                vintage=vintage.isoformat(),
            ),
            "kept",
            field="dateouv",
            value="opened",
        )
        _check_updates(extract, vintage)
    _check_states(extract)


def _check_updates(extract: Extract, vintage: dt.date) -> None:
    updated, _ = read_days(extract.frame["updated"])
    later = updated > pd.Timestamp(vintage)
    if later.any():
        latest = updated.max().date()
        extract.note_file(
            "vintage-contradicted",
            T(
                "Lignes mises à jour après le millésime annoncé : {n}, la dernière le {fr_date}.",
                "Rows updated after the vintage stated: {n}, the last one on {en_date}.",
                n=int(later.sum()),
                fr_date=say_date(latest, "fr"),
                en_date=say_date(latest, "en"),
            ),
            value=vintage.isoformat(),
        )


def _check_states(extract: Extract) -> None:
    """Sites that the feed calls inactive: closed, at a date that has to be known."""
    frame = extract.frame
    inactive = frame["state"].isin(["I", "INACTIF"])
    if not inactive.any():
        return
    undated = inactive & frame["closed_on"].isna()
    extract.note(
        undated,
        "inactive-without-date",
        T(
            "Site inactif sans date de fermeture : on ne peut dire quand il était ouvert.",
            "Inactive site without a closing date: when it was open cannot be told.",
        ),
        "set aside",
        field="etatObjet",
        value="state",
    )
    extract.drop(frame.index[undated])
    extract.frame = extract.frame.reset_index(drop=True)
