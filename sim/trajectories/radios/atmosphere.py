"""The Earth's atmosphere: attenuation at the zenith, along a slant path, and the noise that comes with it.

Gases only: clouds and rain are in what a table of attenuation against weather says, as that of the Deep Space Network.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.trajectories.radios.antennas import LEAST_ELEVATION_DEG
from sim.trajectories.radios.decibels import factor

Array = NDArray[np.float64]

COSMIC_K = 2.725
"""Temperature of the cosmic background. Source: DSN 810-005, module 104."""

GASES_DB = np.array(
    [  # MHz, oxygen, water vapor
        [500, 0.0311, 0.0001], [1000, 0.0311, 0.0001], [2000, 0.0349, 0.0003], [4000, 0.0366, 0.0014],
        [6000, 0.0378, 0.0032], [8000, 0.0393, 0.0060], [10000, 0.0411, 0.0101], [12000, 0.0435, 0.0161],
        [14000, 0.0464, 0.0257], [16000, 0.0500, 0.0433], [18000, 0.0543, 0.0826], [19000, 0.0568, 0.1227],
        [20000, 0.0596, 0.1918], [21000, 0.0626, 0.3055], [21500, 0.0642, 0.3755], [22000, 0.0658, 0.4363],
        [22235, 0.0667, 0.4528], [22500, 0.0676, 0.4546], [23000, 0.0695, 0.4261], [24000, 0.0735, 0.3286],
        [25000, 0.0778, 0.2478], [26000, 0.0827, 0.1954], [27000, 0.0880, 0.1630], [28000, 0.0940, 0.1429],
        [30000, 0.1079, 0.1228], [32000, 0.1253, 0.1162], [34000, 0.1473, 0.1162], [36000, 0.1756, 0.1199],
        [38000, 0.2128, 0.1260], [40000, 0.2630, 0.1338], [42000, 0.3331, 0.1429], [44000, 0.4351, 0.1531],
        [46000, 0.5922, 0.1642], [48000, 0.8557, 0.1762], [50000, 1.3679, 0.1889],
    ]
)  # fmt: skip
"""Attenuation at the zenith from sea level.

Source: lines of ITU-R P.676-13 through the mean annual global reference atmosphere of ITU-R P.835-6 (1013.25 hPa,
288.15 K, 7.5 g/m³ of water vapor).
"""

OXYGEN_HEIGHT_KM, WATER_HEIGHT_KM = 5.0, 1.8
"""Equivalent heights of the two gases: by them what is left above a site falls off."""


def gas_zenith_db(frequency_mhz: float, height_m: float = 0.0) -> float:
    """Return the attenuation by gases at the zenith, in the mean atmosphere, from 0.5 to 50 GHz.

    Examples
    --------
    >>> round(gas_zenith_db(8400.0), 3)
    0.046
    """
    at = GASES_DB[:, 0]
    if not at[0] <= frequency_mhz <= at[-1]:
        raise ValueError(f"expected a frequency from {at[0]:g} to {at[-1]:g} MHz, got {frequency_mhz:g}")
    oxygen, water = (float(np.exp(np.interp(frequency_mhz, at, np.log(GASES_DB[:, k])))) for k in (1, 2))
    km = height_m / 1000.0
    return oxygen * float(np.exp(-km / OXYGEN_HEIGHT_KM)) + water * float(np.exp(-km / WATER_HEIGHT_KM))


def weather_zenith_db(table: Sequence[tuple[float, float]], weather: float) -> float:
    """Return the attenuation at the zenith that is not exceeded for a share of the time.

    Parameters
    ----------
    table : sequence
        Pairs of the cumulative distribution of weather (0 to 1) and dB, in order.
    weather : float
        Share of the time; it must lie in the table. Between its rows, dB are linear in the share.
    """
    shares, levels = np.asarray(table).T
    if not shares[0] <= weather <= shares[-1]:
        raise ValueError(f"expected weather from {shares[0]:g} to {shares[-1]:g}, got {weather:g}")
    return float(np.interp(weather, shares, levels))


def air_mass(elevation_deg: Array) -> Array:
    """Return the length of a slant path through the atmosphere, in units of that at the zenith.

    1 / sin θ, as DSN 810-005 has it, from 6° up; below, a parabola that continues it without a corner: at 0° it is
    28.6, where the true atmosphere has about 38. An elevation below 0° has no meaning here, but a finite value.
    """
    least = np.deg2rad(LEAST_ELEVATION_DEG)
    angle = np.deg2rad(elevation_deg)
    below = np.maximum(least - angle, 0.0)
    sine, cosine = np.sin(least), np.cos(least)
    rise = below * (cosine / sine**2 + below * (1.0 + cosine**2) / (2.0 * sine**3))
    return np.asarray(1.0 / np.sin(np.maximum(angle, least)) + rise)


def sky_temperature_k(loss_db: Array, weather: float) -> Array:
    """Return the noise of the atmosphere at the antenna, without the cosmic background behind it.

    Source: DSN 810-005, module 104: (255 + 25 CD) · (1 - 1 / L).
    """
    return np.asarray((255.0 + 25.0 * weather) * (1.0 - 1.0 / factor(loss_db)))


def cosmic_temperature_k(loss_db: Array) -> Array:
    """Return the noise of the cosmic background behind the atmosphere."""
    return np.asarray(COSMIC_K / factor(loss_db))
