"""Position error of an element set due to uncertain drag, from SGP4 with a changed B*."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sgp4.api import WGS72, Satrec

from sim.core.geometry import dot, length
from sim.core.time import DAY_S
from sim.trajectories.orbits.formats.sgp4_set import ElementSet

Array = NDArray[np.float64]

FELT_KM = 1000.0
"""Above this perigee height (km) drag is negligible for weeks, and B* may have any value."""
MOST = 1.0
"""Largest plausible B* (per Earth radius): that of a balloon with 13 m²/kg.

Source: Hoots & Roehrich (1980), Spacetrack Report 3: B* 12.741621 is half the ballistic coefficient in m²/kg.
"""
TOGETHER = 3.0
"""Largest factor between the stated rate of a set's mean motion and that of its B*: of the sets of CFOSAT, CBERS-4A
and Tiangong from 2018 to 2023, 90 % lie within 0.25 to 1.03 of it."""

_STEP = 0.02  # of a standard deviation
_APART_MIN = 144.0  # interval of the rate of the mean motion, on each side of the epoch
_EARTH_KM = 6378.135  # WGS 72, as in element sets


@dataclass(frozen=True, eq=False)
class Drag:
    """Displacement of objects from their element sets, if drag is stronger by a fraction of itself.

    records : in order of time; each holds near its own epoch
    part    : one standard deviation
    """

    records: tuple[ElementSet, ...]
    part: float

    def axes_km(self, t: Array) -> Array:
        """Radial, along-track (as an arc) and cross-track (…, 3) km at TDB seconds (…). NaN where SGP4 fails."""
        times = np.asarray(t, dtype=float)
        flat = times.ravel()
        epochs = np.array([record.epoch for record in self.records])
        which = np.searchsorted(0.5 * (epochs[:-1] + epochs[1:]), flat)
        moved = np.zeros((len(flat), 3))
        for i in np.unique(which):
            moved[which == i, :2] = self._moved(int(i), flat[which == i] - self.records[i].epoch)
        return moved.reshape(*times.shape, 3)

    def _moved(self, index: int, since: Array) -> Array:
        """Radial and along (n, 2) km of one set, at seconds since its epoch (n,)."""
        (more, _), (less, velocity) = (_states(record, since) for record in self._pairs[index])
        up = less / length(less)[:, None]
        normal = np.cross(less, velocity)
        ahead = np.cross(normal / length(normal)[:, None], up)
        along = np.arctan2(dot(more, ahead), dot(more, up)) * length(less)
        return np.stack((length(more) - length(less), along), axis=-1) / (2.0 * _STEP)

    @cached_property
    def _pairs(self) -> list[tuple[Satrec, Satrec]]:
        """SGP4 records of each set with slightly more and slightly less drag."""
        records = (record.satrec for record in self.records)
        return [(_with(r, 1.0 + _STEP * self.part), _with(r, 1.0 - _STEP * self.part)) for r in records]


def misgivings(record: ElementSet) -> str:
    """Return why the drag of an element set is implausible; empty if it is plausible or negligible."""
    satrec = record.satrec
    if not _felt(satrec):
        return ""
    if satrec.bstar <= 0.0:
        how = "none" if satrec.bstar == 0.0 else "negative, as if the air pushed it on"
        return f"its B* is {how} ({satrec.bstar:g}), at a height of {satrec.altp * _EARTH_KM:.0f} km"
    if satrec.bstar > MOST:
        return f"its B* is {satrec.bstar:g}: the value is implausible for a satellite"
    return ""


def disagreement(record: ElementSet, days: float) -> tuple[float, float, float] | None:
    """Return the stated rate of the mean motion, if SGP4 gives another one with the stated B*.

    days    : time from the epoch
    returns : stated and computed rate, revolutions per day², and the along-track effect of their difference, km; None
              if they agree within `TOGETHER`, or no rate is stated
    """
    satrec = record.satrec
    if not _felt(satrec) or not satrec.ndot:
        return None
    stated = 2.0 * float(satrec.ndot) * 1440.0**2 / (2.0 * np.pi)  # the field is half of it
    motions = []
    for minutes in (-_APART_MIN, _APART_MIN):
        if satrec.sgp4_tsince(minutes)[0]:
            return None
        motions.append(satrec.nm)
    made = (motions[1] - motions[0]) / (2.0 * _APART_MIN) * 1440.0**2 / (2.0 * np.pi)
    if made > 0.0 and 1.0 / TOGETHER < stated / made < TOGETHER:
        return None
    return stated, made, float(np.pi * abs(stated - made) * days**2 * satrec.a * _EARTH_KM)


def _felt(satrec: Satrec) -> bool:
    return bool(satrec.altp * _EARTH_KM < FELT_KM)


def _with(satrec: Satrec, factor: float) -> Satrec:
    """SGP4 record of the same elements, with B* multiplied by a factor."""
    made = Satrec()
    epoch = satrec.jdsatepoch - 2433281.5 + satrec.jdsatepochF
    made.sgp4init(
        WGS72, "i", 0, epoch, satrec.bstar * factor, satrec.ndot, satrec.nddot, satrec.ecco, satrec.argpo,
        satrec.inclo, satrec.mo, satrec.no_kozai, satrec.nodeo,
    )  # fmt: skip
    return made


def _states(satrec: Satrec, since: Array) -> tuple[Array, Array]:
    """Position and velocity (n, 3), km and km/s, TEME axes, at seconds since the epoch (n,)."""
    days = np.full(len(since), satrec.jdsatepoch)
    codes, place, velocity = satrec.sgp4_array(days, satrec.jdsatepochF + since / DAY_S)
    place[codes != 0] = np.nan
    return place, velocity
