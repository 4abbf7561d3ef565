"""Refraction by the Earth's air: elevations as they are seen, and as they would be in vacuum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import erfa
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

Kind = Literal["none", "optical", "radio"]

LOWEST_DEG = -1.0
"""Below this refracted elevation the bending is taken as what it is here: the formula ends, and nothing is measured."""

USUAL_HUMIDITY = 0.5
"""Relative humidity where none is given. Light hardly minds; radio waves are bent 12 % more than by dry air."""

OPTICAL_UM, RADIO_UM = 0.574, 1e4
"""Wavelengths (µm): of ERFA's own comparisons; and any above 100, which ERFA takes as radio."""

_ROUNDS = 6
"""Of Newton's method: the fourth changes nothing any more."""


def standard_pressure_hpa(height_m: float) -> float:
    """Return the pressure of the standard atmosphere at a height.

    References
    ----------
    ISO 2533:1975, Standard Atmosphere: the layers below and above 11 km, the upper one taken on beyond 20 km.

    Examples
    --------
    >>> round(standard_pressure_hpa(0.0), 2), round(standard_pressure_hpa(5000.0), 1)
    (1013.25, 540.2)
    """
    if height_m <= 11_000.0:
        return float(1013.25 * (1.0 - 2.25577e-5 * height_m) ** 5.25588)
    return float(226.32 * np.exp((11_000.0 - height_m) / 6341.62))


def standard_temperature_c(height_m: float) -> float:
    """Return the temperature of the standard atmosphere at a height: see `standard_pressure_hpa`.

    Examples
    --------
    >>> standard_temperature_c(2000.0)
    2.0
    """
    return 15.0 - 0.0065 * min(height_m, 11_000.0)


@dataclass(frozen=True)
class Air:
    """The air over a site, by what it bends light and radio waves.

    The elevation that is seen is higher than that in vacuum by Bennett's improved formula, at the refracted elevation
    h: R = R₀ − 0.06′ sin(14.7 R₀ + 13°) with R₀ = cot(h + 7.31° / (h + 4.4°)), in minutes of arc, times pressure and
    temperature. Skyfield has R₀, which is up to 3.6″ more. Radio waves are bent as light is, times the ratio of both
    near the zenith, which is that of the refractivities at the ground: for radio water vapor counts.

    Parameters
    ----------
    kind : {"optical", "radio"}
        Whether light is bent, or radio waves.
    pressure_hpa, temperature_c, relative_humidity : float
        At the site; the humidity from 0 to 1.

    References
    ----------
    Bennett, G. G. (1982), The calculation of astronomical refraction in marine navigation, Journal of Navigation 35,
    255. Meeus, J. (1998), Astronomical Algorithms, chapter 16: the formula and its improvement. ERFA, `refco`: the
    refractivities.

    Examples
    --------
    >>> air = Air("optical", 1010.0, 10.0, 0.0)
    >>> round(float(air.bending_deg(0.0)) * 60.0, 1)
    34.4
    """

    kind: Kind
    pressure_hpa: float
    temperature_c: float
    relative_humidity: float

    @cached_property
    def share(self) -> float:
        """By what Bennett's formula is multiplied: 1 at 1010 hPa and 9.8 °C, for light."""
        given = self.pressure_hpa, self.temperature_c
        light = 0.28 * self.pressure_hpa / (self.temperature_c + 273.0)
        if self.kind == "optical":
            return float(light)
        radio, optical = erfa.refco(*given, self.relative_humidity, RADIO_UM)[0], erfa.refco(*given, 0.0, OPTICAL_UM)[0]
        return float(light * radio / optical)

    def bending_deg(self, refracted_deg: float | Array) -> Array:
        """Return how much higher light is seen (deg) than in vacuum, at elevations (…) as seen (deg)."""
        high = np.maximum(np.asarray(refracted_deg, dtype=float), LOWEST_DEG)
        minutes = 1.0 / np.tan(np.deg2rad(high + 7.31 / (high + 4.4)))
        minutes -= 0.06 * np.sin(np.deg2rad(14.7 * minutes + 13.0))
        bending: Array = self.share / 60.0 * np.maximum(minutes, 0.0)  # above 89° it is below 1″: there is none
        return bending

    def vacuum_deg(self, refracted_deg: float | Array) -> Array:
        """Return elevations (…) in vacuum of those as seen (deg): it grows with them throughout."""
        return np.asarray(refracted_deg) - self.bending_deg(refracted_deg)

    def refracted_deg(self, vacuum_deg: float | Array) -> Array:
        """Return elevations (…) as seen of those in vacuum (deg), to a few units in the last place.

        Examples
        --------
        >>> air = Air("radio", 1013.25, 15.0, 0.5)
        >>> round(float(air.vacuum_deg(air.refracted_deg(5.0))), 9)
        5.0
        """
        vacuum = np.asarray(vacuum_deg, dtype=float)
        low = LOWEST_DEG - self.bending_deg(LOWEST_DEG)
        seen, step = vacuum + self.bending_deg(np.maximum(vacuum, LOWEST_DEG)), 1e-4
        for _ in range(_ROUNDS):
            slope = 1.0 - (self.bending_deg(seen + step) - self.bending_deg(seen - step)) / (2.0 * step)
            seen = np.minimum(seen + (vacuum - self.vacuum_deg(seen)) / slope, 90.0)
        below: Array = vacuum + self.bending_deg(LOWEST_DEG)
        return np.where(vacuum <= low, below, seen)


def air_over(
    height_m: float,
    kind: Kind,
    pressure_hpa: float | None = None,
    temperature_c: float | None = None,
    relative_humidity: float | None = None,
) -> Air | None:
    """Return the air over a site, by the standard atmosphere at its height where nothing is given; None for none.

    Examples
    --------
    >>> air_over(2000.0, "optical").temperature_c
    2.0
    """
    if kind == "none":
        return None
    return Air(
        kind,
        standard_pressure_hpa(height_m) if pressure_hpa is None else pressure_hpa,
        standard_temperature_c(height_m) if temperature_c is None else temperature_c,
        USUAL_HUMIDITY if relative_humidity is None else relative_humidity,
    )
