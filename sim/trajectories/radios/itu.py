"""The atmosphere of the ITU's recommendations, by the package `itur`: gases, clouds, rain and scintillation."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec

import numpy as np
from numpy.polynomial.chebyshev import Chebyshev
from numpy.typing import NDArray

Array = NDArray[np.float64]

INSTALL = 'pip install "farside-sim[itu]"'

LEAST_DEG = 5.0
"""Elevation from which the recommendations hold. Source: ITU-R P.618-13."""

MOST_DEG = 89.0
"""Elevation above which it counts as here: the model of rain has a cusp at the zenith."""

MHZ = (1000.0, 55_000.0)
WEATHER = (0.5, 0.99999)
"""Frequencies and shares of the time for which they hold. Source: the documentation of `itur`."""

_DEGREE = 24


@dataclass(frozen=True)
class Sky:
    """What the attenuation over a site depends on, besides the elevation.

    latitude_deg, longitude_deg, height_km : of the site
    frequency_mhz                          : of the carrier
    weather                                : share of the time in which the attenuation is not exceeded
    diameter_m, efficiency                 : of the antenna, which averages over scintillation
    rain_rate_mm_h                         : exceeded in 0.01 % of the year; None for that of the maps
    """

    latitude_deg: float
    longitude_deg: float
    height_km: float
    frequency_mhz: float
    weather: float
    diameter_m: float
    efficiency: float
    rain_rate_mm_h: float | None = None


def is_installed() -> bool:
    """Return whether `itur` can be imported, without importing it."""
    return find_spec("itur") is not None


def slant_db(sky: Sky, elevation_deg: Array) -> Array:
    """Return the whole attenuation at elevations from 5° up; an elevation below counts as 5°."""
    return np.exp(_fit(sky)(np.log(np.sin(np.deg2rad(np.maximum(elevation_deg, LEAST_DEG))))))


@lru_cache(maxsize=256)
def _fit(sky: Sky) -> Callable[[Array], Array]:
    """Logarithms of attenuations as a polynomial of the logarithm of the sine of the elevation."""

    def logarithms(sines: Array) -> Array:
        return np.log(_computed(sky, np.rad2deg(np.arcsin(np.minimum(np.exp(sines), 1.0)))))

    return Chebyshev.interpolate(logarithms, _DEGREE, domain=[np.log(np.sin(np.deg2rad(LEAST_DEG))), 0.0])


def _computed(sky: Sky, elevation_deg: Array) -> Array:
    import itur

    with warnings.catch_warnings():  # roots of negative numbers for antennas that average all scintillation out
        warnings.simplefilter("ignore")
        found = itur.atmospheric_attenuation_slant_path(
            sky.latitude_deg, sky.longitude_deg, sky.frequency_mhz / 1000.0, np.minimum(elevation_deg, MOST_DEG),
            100.0 * (1.0 - sky.weather), sky.diameter_m, hs=sky.height_km, R001=sky.rain_rate_mm_h, eta=sky.efficiency,
        )  # fmt: skip
    return np.asarray(np.maximum(np.asarray(found.value, dtype=float), 1e-6))
