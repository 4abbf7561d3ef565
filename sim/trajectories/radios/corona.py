"""The solar corona: how much the signal of a link that passes the Sun scintillates, and the fades that come with it.

The index of scintillation m is the standard deviation of the received power over its mean: 0 far from the Sun, 1 where
the scintillation is saturated. Power with an index m has the distribution of Rice.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.polynomial.chebyshev import Chebyshev
from numpy.typing import NDArray

from sim.trajectories.radios.decibels import db

Array = NDArray[np.float64]

AU_KM = 149_597_870.7
"""Astronomical unit. Source: IAU 2012 resolution B2."""

X_MHZ, KA_MHZ = 8400.0, 32_000.0
"""Frequencies of the measured indices. Source: Morabito (2003), IPN Progress Report 42-153."""

WEAK_POWER = -17.0 / 12.0
"""Of the frequency, by which a weak index falls: that of Kolmogorov's turbulence. Source: the same, section III."""

FAR_POWER = -1.5
"""Of the distance from the Sun, by which the index falls beyond the measured range: density falls with its square."""

BEYOND = 0.2
"""Share of the Sun's distance by which a signal must come from behind it, for the whole corona to count."""


def _x_index(angle_deg: Array) -> Array:
    """Index at 8.4 GHz, measured from 1.1° to 5° (the same, Eq. 7 and the coefficients after it); saturated below."""
    near = np.clip(angle_deg, 1.1, 5.0) - 1.1
    return np.asarray(np.exp(-1.14 * near) + 0.02 * near)


def _ka_index(angle_deg: Array) -> Array:
    """Index at 32 GHz, measured from 0.7° to 4°; saturated below 0.6°, and linear between the two."""
    near = np.clip(angle_deg, 0.7, 4.0) - 0.6
    fit = np.exp(-1.50 * near) - 0.231 + near * (0.176 - 0.030 * near)
    rise = np.clip((0.7 - angle_deg) / 0.1, 0.0, 1.0)
    return np.asarray(fit + (1.0 - fit) * rise)


def scintillation_index(angle_deg: Array, frequency_mhz: float) -> Array:
    """Return the index of scintillation of a signal from behind the Sun, 0 to 1.

    Parameters
    ----------
    angle_deg : ndarray
        Angle between the transmitter and the Sun's center, seen from a distance of 1 au.
    frequency_mhz : float
        Measured are 8.4 and 32 GHz. Between them, logarithms are interpolated; beyond, an index follows the law of
        weak scintillation, up to 1.

    Returns
    -------
    ndarray
        The mean of several conjunctions; the Sun's activity changes it by tens of percent.

    References
    ----------
    Morabito (2003), IPN Progress Report 42-153, Eq. 7, as in DSN 810-005, module 106.

    Examples
    --------
    >>> [round(float(scintillation_index(np.array(2.0), mhz)), 2) for mhz in (2295.0, 8400.0, 32_000.0)]
    [1.0, 0.38, 0.08]
    """
    angle = np.asarray(angle_deg, dtype=float)
    x = _x_index(angle) * np.maximum(angle / 5.0, 1.0) ** FAR_POWER
    ka = _ka_index(angle) * np.maximum(angle / 4.0, 1.0) ** FAR_POWER
    share = np.log(frequency_mhz / X_MHZ) / np.log(KA_MHZ / X_MHZ)
    inside = float(np.clip(share, 0.0, 1.0))
    base = np.exp((1.0 - inside) * np.log(x) + inside * np.log(ka))
    nearest = float(np.clip(frequency_mhz, X_MHZ, KA_MHZ))
    return np.asarray(np.minimum(base * (frequency_mhz / nearest) ** WEAK_POWER, 1.0))


def fade_db(index: Array, share: float) -> Array:
    """Return the fade that is not exceeded for a share of the time, below the mean power.

    Parameters
    ----------
    index : ndarray
        Index of scintillation, 0 to 1.
    share : float
        Of the time, 0.5 to 0.9999; smaller ones count as 0.5 and larger ones as 0.9999.

    Examples
    --------
    >>> float(fade_db(np.array(1.0), 0.9).round(1))  # saturated: an exponential distribution
    9.8
    """
    turn = np.arcsin(np.clip(index, 0.0, 1.0))
    return np.asarray(np.maximum(_fades(float(np.clip(share, 0.5, 0.9999)))(turn), 0.0))


def corona_db(range_km: Array, separation_deg: Array, sun_km: Array, frequency_mhz: float, share: float) -> Array:
    """Return the loss in the corona that is not exceeded for a share of the time.

    Parameters
    ----------
    range_km : ndarray
        Length of the path.
    separation_deg, sun_km : ndarray
        Angle between the transmitter and the Sun's center seen by the receiver, and the Sun's distance.
    frequency_mhz, share : float
        Carrier frequency, and the share of the time.

    Returns
    -------
    ndarray
        0 for a transmitter on this side of the Sun. An index depends on the path's least distance from the Sun.
    """
    apart = np.deg2rad(separation_deg)
    along, across = sun_km * np.cos(apart), sun_km * np.sin(apart)
    behind = np.clip((range_km - along) / (BEYOND * sun_km), 0.0, 1.0)
    counted = np.where(along > 0.0, behind * behind * (3.0 - 2.0 * behind), 0.0)
    angle = np.rad2deg(np.arcsin(np.minimum(across / AU_KM, 1.0)))
    return fade_db(counted * scintillation_index(np.maximum(angle, 1e-3), frequency_mhz), share)


@lru_cache(maxsize=64)
def _fades(share: float) -> Callable[[Array], Array]:
    """Fades (dB) as a polynomial of arcsin m, in which they are smooth at both ends, from the distribution of Rice."""

    def fade(turns: Array) -> Array:
        return np.array([_fade(float(np.cos(turn)), share) for turn in turns])

    return Chebyshev.interpolate(fade, 32, domain=[0.0, 0.5 * np.pi])


def _fade(steady: float, share: float) -> float:
    """The fade at one steady part s = √(1 − m²), of which K = s / (1 − s); amplitudes by the trapezoidal rule."""
    k = min(steady / max(1.0 - steady, 1e-12), 1e7)
    spread = 1.0 / np.sqrt(2.0 * (1.0 + k))
    mean = np.sqrt(k / (1.0 + k))
    amplitude = np.linspace(max(mean - 9.0 * spread, 0.0), mean + 9.0 * spread, 4001)
    turn = 2.0 * amplitude * np.sqrt(k * (1.0 + k))
    small = np.minimum(turn, 500.0)
    bessel = np.where(turn < 500.0, np.i0(small) * np.exp(-small), (1.0 + 0.125 / np.maximum(turn, 1.0))
                      / np.sqrt(2.0 * np.pi * np.maximum(turn, 1.0)))  # fmt: skip
    density = 2.0 * (1.0 + k) * amplitude * np.exp(-((amplitude * np.sqrt(1.0 + k) - np.sqrt(k)) ** 2)) * bessel
    total = np.concatenate(([0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(amplitude))))
    return float(-2.0 * db(np.interp(1.0 - share, total / total[-1], amplitude)))
