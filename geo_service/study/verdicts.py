"""Which structures the zones in force hold: inside, outside or undetermined, at each date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..core.i18n import T, Text
from ..core.snapshot import Verdict
from ..core.validity import in_force
from ..engine import Answers, TerritorialIndex
from .description import Study

Bools = npt.NDArray[np.bool_]


def proxy_name(metres: int) -> str:
    """Name of the proxy definition of the quartier vécu at a distance: ``proxy-300m``."""
    return f"proxy-{metres}m"


def _overseas(departement: pd.Series) -> Bools:
    return departement.astype("object").fillna("").str[:2].isin(("97", "98")).to_numpy()


@dataclass
class ZoneAnswers:
    """Answers of all structures for each set of zones in force; each set is answered once."""

    study: Study
    structures: Any
    qpv: Any | None
    communes: list[list[str]]
    declared: Any | None
    declared_zones: Any | None
    _answered: dict[bytes, dict[str, Verdict]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        table = self.structures
        self._where = [
            table["lon"].to_numpy(dtype=float),
            table["lat"].to_numpy(dtype=float),
            table["precision_m"].to_numpy(dtype=float),
        ]
        self._crs = table["legal_crs"].fillna(0).to_numpy(dtype=np.int64)
        self._overseas = _overseas(table["departement"])

    def at(self, as_of: dt.date) -> tuple[Bools | None, dict[str, Verdict], dict[str, Text]]:
        """QPV in force, the verdict for each definition, and why a definition is missing.

        The mask is None when no perimeter among the sources is in force at the date.
        """
        missing: dict[str, Text] = {}
        if self.qpv is None or not (mask := in_force(self.qpv, as_of)).any():
            return None, {}, {"qpv": NO_PERIMETER.with_values(date=as_of.isoformat())}
        key = mask.tobytes()
        if key not in self._answered:
            self._answered[key] = self._answer(mask)
        verdicts = dict(self._answered[key])
        declared = self._declared(as_of, verdicts["qpv"])
        if declared is None:
            missing["declared"] = NO_DECLARATION
        else:
            verdicts["declared"] = declared
        return mask, verdicts, missing

    def _answer(self, mask: Bools) -> dict[str, Verdict]:
        assert self.qpv is not None
        zones = self.qpv[mask].reset_index(drop=True)
        index = TerritorialIndex(zones)
        told = self._told(zones)
        precision = zones["precision_m"].fillna(0.0).to_numpy(dtype=float)
        communes = [codes for codes, kept in zip(self.communes, mask, strict=True) if kept]
        verdicts = {}
        for name, metres in [
            ("qpv", 0),
            *((proxy_name(metres), metres) for metres in self.study.quartier_vecu),
        ]:
            answers = index.classify(
                *self._where,
                zone_precision=precision,
                metres=float(metres),
                strict=metres > 0,
                legal_crs=self._crs,
            )
            verdicts[name] = self._verdict(answers, told, communes)
        return verdicts

    def _told(self, zones: Any) -> Bools:
        """Where the zones in force say something: the mainland list, or that of an overseas part.

        The mainland has one list and each overseas département its own date, so a mainland
        département without any QPV is known to have none, and a missing overseas list is not.
        """
        zones_overseas = _overseas(zones["departement"])
        mainland = bool((~zones_overseas).any())
        listed = set(zones["departement"][zones_overseas])
        named = self.structures["departement"].isin(listed).to_numpy()
        return np.where(self._overseas, named, mainland)

    def _verdict(self, answers: Answers, told: Bools, communes: list[list[str]]) -> Verdict:
        sure = np.where(told, answers.sure, -1).astype(np.int8)
        # A position that decides nothing may be in any QPV of its commune.
        lon, _, precision = self._where
        vague = np.isinf(precision) | np.isnan(lon)
        held: dict[str, list[int]] = {}
        for zone, codes in enumerate(communes):
            for code in codes:
                held.setdefault(code, []).append(zone)
        have = set(zip(answers.pair_point.tolist(), answers.pair_zone.tolist(), strict=True))
        more = [
            (row, zone)
            for row in np.flatnonzero(vague)
            for zone in held.get(self.structures["settled"].iloc[row] or "", ())
            if (row, zone) not in have
        ]
        extra = np.asarray(more, dtype=np.int64).reshape(-1, 2)
        unsure = np.zeros(len(extra), dtype=bool)
        return Verdict(
            given=answers.given,
            sure=sure,
            told=told,
            pair_structure=np.concatenate([answers.pair_point, extra[:, 0]]),
            pair_zone=np.concatenate([answers.pair_zone, extra[:, 1]]),
            pair_given=np.concatenate([answers.pair_given, unsure]),
            pair_sure=np.concatenate([answers.pair_sure, unsure]),
        )

    def _declared(self, as_of: dt.date, qpv: Verdict) -> Verdict | None:
        """In a QPV, or declared in quartier vécu at the date, by structure or by polygon."""
        given = np.zeros(len(self.structures), dtype=bool)
        sure = np.zeros(len(self.structures), dtype=np.int8)
        found = False
        if self.declared is not None:
            day = np.datetime64(as_of, "s")
            rows = self.declared
            rows = rows[rows["declared_from"].isna() | (rows["declared_from"] <= day)]
            rows = rows[rows["declared_to"].isna() | (rows["declared_to"] >= day)]
            # Before the first declaration nothing was asked: unknown, not none.
            found = len(rows) > 0
            given |= self.structures["finess"].isin(set(rows["finess"])).to_numpy()
            sure[given] = 1
        if self.declared_zones is not None:
            zones = self.declared_zones
            zones = zones[in_force(zones, as_of)].reset_index(drop=True)
            if len(zones):
                found = True
                answers = TerritorialIndex(zones).classify(
                    *self._where,
                    zone_precision=zones["precision_m"].fillna(0.0),
                    legal_crs=self._crs,
                )
                sure = np.where(sure == 1, 1, answers.sure).astype(np.int8)
                given |= answers.given
        if not found:
            return None
        either = np.where(
            (sure == 1) | (qpv.sure == 1), 1, np.where((sure == 0) & (qpv.sure == 0), 0, -1)
        ).astype(np.int8)
        return Verdict(given | qpv.given, either, qpv.told)


NO_PERIMETER = T(
    "Aucun périmètre de QPV en vigueur au {date} parmi les sources.",
    "No QPV perimeter in force on {date} among the sources.",
)
NO_DECLARATION = T(
    "Aucune déclaration d'ARS parmi les sources à cette date : inconnu, et non zéro.",
    "No ARS declaration among the sources at that date: unknown, not zero.",
)
