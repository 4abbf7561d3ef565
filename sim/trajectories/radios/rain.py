"""Attenuation by rain along a slant path, by how often it rains harder: ITU-R P.618 and P.838."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EARTH_KM = 8500.0
"""Effective radius of the Earth. Source: ITU-R P.618-13, section 2.2.1.1."""

LEAST_PERCENT, MOST_PERCENT = 0.001, 5.0
"""Shares of an average year for which the model is valid. Source: the same."""

MHZ = (1000.0, 55_000.0)
"""Frequencies for which it is valid. Source: ITU-R P.618-13 (up to 55 GHz) and P.838-3 (from 1 GHz)."""

_K = (  # horizontal, vertical: (a, b, c) of each bell curve, slope, offset; of log10 k
    (((-5.33980, -0.10008, 1.13098), (-0.35351, 1.26970, 0.45400), (-0.23789, 0.86036, 0.15354),
      (-0.94158, 0.64552, 0.16817)), -0.18961, 0.71147),
    (((-3.80595, 0.56934, 0.81061), (-3.44965, -0.22911, 0.51059), (-0.39902, 0.73042, 0.11899),
      (0.50167, 1.07319, 0.27195)), -0.16398, 0.63297),
)  # fmt: skip
_ALPHA = (  # the same, of the exponent
    (((-0.14318, 1.82442, -0.55187), (0.29591, 0.77564, 0.19822), (0.32177, 0.63773, 0.13164),
      (-5.37610, -0.96230, 1.47828), (16.1721, -3.29980, 3.43990)), 0.67849, -1.95537),
    (((-0.07771, 2.33840, -0.76284), (0.56727, 0.95545, 0.54039), (-0.20238, 1.14520, 0.26809),
      (-48.2991, 0.791669, 0.116226), (48.5833, 0.791459, 0.116479)), -0.053739, 0.83433),
)  # fmt: skip

Curve = tuple[tuple[tuple[float, float, float], ...], float, float]


def specific_attenuation(rate_mm_h: float, frequency_mhz: float, tilt: Array | float = 0.0) -> Array:
    """Return the attenuation by rain, dB/km.

    Parameters
    ----------
    rate_mm_h : float
        Rain rate.
    frequency_mhz : float
        Carrier frequency, 1 to 1000 GHz.
    tilt : ndarray or float
        cos²(elevation) · cos(2 · tilt of a linear polarization from the horizontal); 0 for circular ones.

    References
    ----------
    ITU-R P.838-3.

    Examples
    --------
    >>> float(specific_attenuation(25.0, 26_000.0).round(2))
    3.8
    """
    log = np.log10(frequency_mhz / 1000.0)
    across, upright = (10.0 ** _curve(each, log) for each in _K)
    across_alpha, upright_alpha = (_curve(each, log) for each in _ALPHA)
    k = 0.5 * (across + upright + (across - upright) * tilt)
    products = across * across_alpha, upright * upright_alpha
    alpha = (products[0] + products[1] + (products[0] - products[1]) * tilt) / (2.0 * k)
    return np.asarray(k * rate_mm_h**alpha)


def usual_rain_height_km(latitude_deg: float) -> float:
    """Return a height of rain by latitude alone, km above sea level: within 2 km of the maps of P.839-4.

    Source: ITU-R P.618-6, section 2.2.1.1, before there were maps.
    """
    if latitude_deg > 23.0:
        return 5.0 - 0.075 * (latitude_deg - 23.0)
    return max(0.0, 5.0 + 0.1 * min(latitude_deg + 21.0, 0.0))


def rain_db(
    elevation_deg: Array,
    frequency_mhz: float,
    percent: float,
    rate_mm_h: float,
    above_km: float,
    latitude_deg: float,
    tilt_deg: float = 45.0,
) -> Array:
    """Return the attenuation by rain along a slant path that is exceeded for a share of an average year.

    Parameters
    ----------
    elevation_deg : ndarray
        Elevation; one below 0.1° counts as 0.1°.
    frequency_mhz : float
        Carrier frequency.
    percent : float
        Share of the year, 0.001 to 5 %.
    rate_mm_h : float
        Rain rate that is exceeded in 0.01 % of the year (ITU-R P.837).
    above_km : float
        Height of the rain above the site.
    latitude_deg : float
        Of the site.
    tilt_deg : float
        Of a linear polarization from the horizontal; 45 for circular ones.

    References
    ----------
    ITU-R P.618-13, section 2.2.1.1, steps 2 to 10. Two steps are made continuous: of the slant path at 5°, below which
    the path of a curved Earth is scaled to meet the other, and of the coefficient β at 25°.

    Examples
    --------
    >>> float(rain_db(np.array(20.0), 26_000.0, 0.1, 25.0, 2.0, 40.0).round(1))
    7.1
    """
    angle = np.deg2rad(np.maximum(np.asarray(elevation_deg, dtype=float), 0.1))
    if above_km <= 0.0 or rate_mm_h <= 0.0:
        return np.zeros_like(angle)
    sine, cosine, ghz = np.sin(angle), np.maximum(np.cos(angle), 1e-3), frequency_mhz / 1000.0
    gamma = specific_attenuation(rate_mm_h, frequency_mhz, cosine**2 * np.cos(2.0 * np.deg2rad(tilt_deg)))
    low = _bent(sine, above_km) / _bent(np.asarray(_LOW), above_km) / _LOW
    slant = above_km * np.where(sine >= _LOW, 1.0 / sine, low)
    level = slant * cosine
    shrunk = 1.0 / (1.0 + 0.78 * np.sqrt(level * gamma / ghz) - 0.38 * (1.0 - np.exp(-2.0 * level)))
    steep = above_km > level * shrunk * sine / cosine
    wet = np.where(steep, level * shrunk / cosine, above_km / sine)
    chi = max(36.0 - abs(latitude_deg), 0.0)
    damped = 31.0 * (1.0 - np.exp(-np.rad2deg(angle) / (1.0 + chi))) * np.sqrt(wet * gamma) / ghz**2
    rare = np.maximum(gamma * wet / (1.0 + np.sqrt(sine) * (damped - 0.45)), 1e-9)
    if percent >= 1.0 or chi == 0.0:
        beta: Array | float = 0.0
    else:
        beta = 0.005 * chi + np.maximum(1.8 - 4.25 * sine, 0.0)
    power = 0.655 + 0.033 * np.log(percent) - 0.045 * np.log(rare) - beta * (1.0 - percent) * sine
    return np.asarray(rare * (percent / 0.01) ** -power)


_LOW = float(np.sin(np.deg2rad(5.0)))


def _bent(sine: Array, above_km: float) -> Array:
    """Length of a slant path over a curved Earth (km), by the sine of the elevation."""
    return np.asarray(2.0 * above_km / (np.sqrt(sine**2 + 2.0 * above_km / EARTH_KM) + sine))


def _curve(curve: Curve, log: float) -> float:
    bells, slope, offset = curve
    return float(sum(a * np.exp(-(((log - b) / c) ** 2)) for a, b, c in bells) + slope * log + offset)
