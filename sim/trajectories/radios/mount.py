"""A radio where it stands: what the atmosphere above it takes from a signal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.trajectories.radios.antennas import USUAL_EFFICIENCY
from sim.trajectories.radios.atmosphere import air_mass, gas_zenith_db, weather_zenith_db
from sim.trajectories.radios.decibels import factor, wavelength_m
from sim.trajectories.radios.itu import LEAST_DEG, Sky, slant_db
from sim.trajectories.radios.radio import Radio
from sim.trajectories.radios.rain import LEAST_PERCENT, MOST_PERCENT, rain_db, usual_rain_height_km
from sim.trajectories.radios.signal import Signal

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Mount:
    """A radio and where it stands.

    radio                       : its name in the scenario, and the radio
    height_m                    : height of a site on the Earth, whose atmosphere it looks through; None elsewhere
    latitude_deg, longitude_deg : of that site
    rain_rate_mm_h              : rain rate there that is exceeded in 0.01 % of the year; None if it is not known
    rain_height_km              : height of the rain above sea level; None if it is not known
    """

    name: str
    radio: Radio
    height_m: float | None = None
    latitude_deg: float = 0.0
    longitude_deg: float = 0.0
    rain_rate_mm_h: float | None = None
    rain_height_km: float | None = None

    def zenith_db(self, frequency_mhz: float, weather: float) -> float:
        """Return the attenuation of the atmosphere at the zenith, without rain that is not in a table."""
        given = self.radio.zenith_attenuation_db
        if self.height_m is None:
            return 0.0
        if given is None:
            return gas_zenith_db(frequency_mhz, self.height_m)
        return given if isinstance(given, float) else weather_zenith_db(given, weather)

    def by_itu(self, signal: Signal) -> bool:
        """Return whether its atmosphere is that of the package `itur`: asked for, and no figures of its own."""
        return signal.atmosphere == "itu-r" and self.height_m is not None and self.radio.zenith_attenuation_db is None

    def has_rain(self, signal: Signal) -> bool:
        """Return whether rain is computed by its rate: not if a table, or `itur`, contains it."""
        known = self.rain_rate_mm_h is not None and self.height_m is not None
        return known and self.radio.zenith_attenuation_db is None and signal.atmosphere != "itu-r"

    def air_db(self, frequency_mhz: float, signal: Signal, elevation_deg: Array | None) -> Array:
        """Return the attenuation of the atmosphere along a path, without rain by its rate."""
        if elevation_deg is None or self.height_m is None:
            return np.asarray(0.0)
        if self.by_itu(signal):
            low = np.maximum(air_mass(elevation_deg) / air_mass(np.asarray(LEAST_DEG)), 1.0)
            return slant_db(self._sky(frequency_mhz, signal.weather), elevation_deg) * low
        return self.zenith_db(frequency_mhz, signal.weather) * air_mass(elevation_deg)

    def rain_db(self, frequency_mhz: float, signal: Signal, elevation_deg: Array | None) -> Array:
        """Return the attenuation by rain along a path, by its rate; 0 if another model contains it."""
        if elevation_deg is None or not self.has_rain(signal):
            return np.asarray(0.0)
        assert self.rain_rate_mm_h is not None and self.height_m is not None
        percent = float(np.clip(100.0 * (1.0 - signal.weather), LEAST_PERCENT, MOST_PERCENT))
        above = self.rain_top_km - self.height_m / 1000.0
        return rain_db(elevation_deg, frequency_mhz, percent, self.rain_rate_mm_h, above, self.latitude_deg)

    @property
    def rain_top_km(self) -> float:
        """Height of the rain above sea level, km."""
        return usual_rain_height_km(self.latitude_deg) if self.rain_height_km is None else self.rain_height_km

    def told(self, frequency_mhz: float, signal: Signal) -> Iterator[str]:
        """Yield where the attenuation comes from, a few words each."""
        if self.height_m is None:
            return
        if self.by_itu(signal):
            rain = "" if self.rain_rate_mm_h is None else f", {self.rain_rate_mm_h:g} mm/h of rain"
            yield f"gases, clouds, rain{rain} and scintillation by itur, weather {signal.weather:g}"
            return
        given = self.radio.zenith_attenuation_db
        origin = "gases by ITU-R P.676, mean atmosphere"
        if given is not None:
            assumed = " (assumed)" if "zenith_attenuation_db" in self.radio.assumed else ""
            origin = f"radios.{self.name}.zenith_attenuation_db{assumed}"
        share = f", weather {signal.weather:g}" if isinstance(given, tuple) else ""
        yield f"{self.zenith_db(frequency_mhz, signal.weather):.3f} dB at the zenith{share}, {origin}"

    def _sky(self, frequency_mhz: float, weather: float) -> Sky:
        radio = self.radio
        efficiency = USUAL_EFFICIENCY if radio.efficiency is None else radio.efficiency
        diameter = radio.diameter_m
        if diameter is None:
            gain = radio.peak_gain_dbi(frequency_mhz) if radio.has_gain else 0.0
            diameter = float(wavelength_m(frequency_mhz) / np.pi * np.sqrt(factor(gain) / efficiency))
        height = (self.height_m or 0.0) / 1000.0
        return Sky(
            self.latitude_deg, self.longitude_deg, height, frequency_mhz, weather, diameter, efficiency,
            self.rain_rate_mm_h,
        )  # fmt: skip
