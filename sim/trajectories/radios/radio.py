"""A radio of a site or spacecraft: an antenna with a transmitter, a receiver or both, on one band."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sim.core.model import Degrees, Listed, Meters, Model, Name, Text
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.radios.antennas import (
    Polarization,
    beamwidth_deg,
    dish_gain_dbi,
    pointing_loss_db,
    sagging_gain_dbi,
)
from sim.trajectories.radios.decibels import Loss, db, factor

Array = NDArray[np.float64]


def _no_factor(most_db: float, what: str) -> AfterValidator:
    """Refuse a number of dB that can only be a ratio."""

    def check(value: float) -> float:
        if value > most_db:
            level = float(db(value))
            raise ValueError(
                f"expected {what} of at most {most_db:g} dB, got {value:g}. If it is a ratio, write {level:.2f}"
            )
        return value

    return AfterValidator(check)


def _share(value: float) -> float:
    if 1.0 < value <= 100.0:
        raise ValueError(
            f"expected an efficiency from 0 to 1, got {value:g}. If it is a percentage, write {value / 100}"
        )
    if not 0.0 < value <= 1.0:
        raise ValueError(f"expected an efficiency from 0 to 1, got {value:g}")
    return value


def _watts(value: float) -> float:
    if value <= 0.0:
        told = f". If it is in dBW, write {float(factor(value)):.3g}" if value > -60.0 else ""
        raise ValueError(f"expected a power above 0 W, got {value:g}{told}")
    if value > 1e7:
        raise ValueError(f"expected a power of at most 10,000,000 W, got {value:g}")
    return value


def _kelvin(value: float) -> float:
    if value <= 0.0:
        raise ValueError(f"expected a temperature above 0 K, got {value:g}")
    if value > 1e6:
        raise ValueError(f"expected a temperature of at most 1,000,000 K, got {value:g}")
    return value


def _band(value: float | tuple[float, float]) -> float | tuple[float, float]:
    first, last = (value, value) if isinstance(value, float) else value
    if first > last:
        raise ValueError(f"expected a band in order, got [{first:g}, {last:g}]")
    for each in (first, last):
        if not 1.0 <= each <= 1e6:
            cure = f". If it is in GHz, write {each * 1000:g}" if 0.0 < each < 1.0 else ""
            cure = f". If it is in Hz, write {each / 1e6:g}" if 1e6 < each <= 1e12 else cure
            raise ValueError(f"expected a frequency from 1 to 1,000,000 MHz, got {each:g}{cure}")
    return value


def _weather(table: float | tuple[tuple[float, float], ...]) -> float | tuple[tuple[float, float], ...]:
    rows = ((0.0, table),) if isinstance(table, float) else table
    shares, levels = zip(*rows, strict=True)
    if any(not 0.0 <= share <= 1.0 for share in shares) or list(shares) != sorted(set(shares)):
        raise ValueError("expected shares of the time from 0 to 1 in order, as in [[0.5, 0.04], [0.9, 0.05]]")
    if any(not 0.0 <= level <= 100.0 for level in levels) or list(levels) != sorted(levels):
        raise ValueError("expected attenuations from 0 to 100 dB that do not fall with the share of the time")
    return table


Kelvin = Annotated[float, AfterValidator(_kelvin)]
WeatherPoint = Annotated[tuple[float, float], Listed]
Whole = BeforeValidator(lambda value: float(value) if type(value) is int else value)
"""A whole number of a field that may also be a list."""


class Radio(Model):
    """An antenna with a transmitter, a receiver or both, on one band.

    An antenna has `gain_dbi`, or `diameter_m` and `efficiency`. A transmitter has `power_w`, or `eirp_dbw` for both
    together. A receiver has `g_over_t_db_k`, or a noise temperature: `system_temperature_k` is all of it, while the
    atmosphere and the cosmic background are added to `receiver_temperature_k`. If the two bands of one dish have
    different figures, they are two radios.

    Examples
    --------
    >>> radio = Radio(frequency_mhz=25_650.0, diameter_m=0.75, efficiency=0.6, power_w=40.0)
    >>> round(radio.peak_gain_dbi(25_650.0), 2)
    43.87
    """

    frequency_mhz: Annotated[float | Annotated[tuple[float, float], Listed], Whole, AfterValidator(_band)]
    """carrier frequency, or the band [from, to] in which the figures hold"""
    gain_dbi: Annotated[float, Field(ge=-60), _no_factor(100.0, "a gain")] | None = None
    """gain of the antenna; at its best elevation, without the atmosphere"""
    diameter_m: Annotated[Meters, Field(gt=0, le=1000)] | None = None
    """diameter of a dish; with gain_dbi, it gives the beam width only"""
    efficiency: Annotated[float, AfterValidator(_share)] | None = None
    """aperture efficiency of a dish, 0 to 1"""
    gain_drop_db_deg2: Annotated[float, Field(ge=0, le=1)] = 0.0
    """loss of gain by the squared angle from the best elevation; G1 of DSN 810-005"""
    gain_peak_deg: Annotated[Degrees, Field(ge=0, le=90)] = 45.0
    """elevation of the greatest gain; the reference angle of DSN 810-005"""
    pointing_error_deg: Annotated[Degrees, Field(ge=0, le=90)] | None = None
    """angle by which the antenna points beside the other end, from which its pointing loss follows"""
    pointing_loss_db: Loss | None = None
    """pointing loss, instead of pointing_error_deg"""
    polarization: Polarization | None = None
    """rhcp, lhcp or linear"""
    axial_ratio_db: Annotated[float, Field(ge=0, le=60)] = 0.0
    """axial ratio of a circular polarization"""
    power_w: Annotated[float, AfterValidator(_watts)] | None = None
    """power of the transmitter"""
    line_loss_db: Loss = 0.0
    """loss between the transmitter and the antenna"""
    eirp_dbw: Annotated[float, Field(ge=-100), _no_factor(200.0, "an EIRP")] | None = None
    """effective isotropic radiated power, instead of power_w"""
    g_over_t_db_k: Annotated[float, Field(ge=-100), _no_factor(100.0, "a G/T")] | None = None
    """gain over system noise temperature, without bodies in the beam"""
    system_temperature_k: Kelvin | None = None
    """system noise temperature with the atmosphere, without bodies in the beam"""
    receiver_temperature_k: Kelvin | None = None
    """noise temperature of antenna and receiver without the atmosphere and the cosmic background; T1 of DSN 810-005"""
    spillover_temperature_k: Annotated[float, Field(ge=-300, le=300)] = 0.0
    """what is added to receiver_temperature_k at elevation 0; T2 of DSN 810-005"""
    spillover_decay_per_deg: Annotated[float, Field(ge=0, le=10)] = 0.0
    """how quickly that falls off with elevation, exponentially; a of DSN 810-005"""
    zenith_attenuation_db: (
        Annotated[
            float | Annotated[tuple[WeatherPoint, ...], Listed, Field(min_length=1)], Whole, AfterValidator(_weather)
        ]
        | None
    ) = None
    """attenuation by the atmosphere at the zenith: a number, or pairs of a share of the time and the dB that are not
    exceeded in it; by default that of gases in the mean atmosphere"""
    body_temperatures_k: dict[Name, Kelvin] = {}
    """brightness temperatures of bodies in the beam, instead of those of the Moon, the quiet Sun, Venus, Mars and
    Jupiter that receivers on the Earth have by default"""
    sigma_db: Annotated[float, Field(ge=0, le=20)] | None = None
    """1σ of its EIRP or of its G/T, for the spread of margins; unknown if not given"""
    source: Text = ""
    """source of the figures"""
    assumed: Annotated[tuple[Name, ...], Listed] = ()
    """names of the fields whose figures are assumed"""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self._antenna()
        given = [name for name in ("power_w", "eirp_dbw") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError("give either power_w or eirp_dbw")
        noises = ("g_over_t_db_k", "system_temperature_k", "receiver_temperature_k")
        given += (noise := [name for name in noises if getattr(self, name) is not None])
        if len(noise) > 1:
            raise ValueError(f"give one of {', '.join(noises)}, got {' and '.join(noise)}")
        if not given:
            raise ValueError(f"neither transmits nor receives. Give power_w or eirp_dbw, or one of {', '.join(noises)}")
        if not self.has_gain and (need := [name for name in given if name not in ("eirp_dbw", "g_over_t_db_k")]):
            raise ValueError(f"{need[0]} needs the antenna: give gain_dbi, or diameter_m and efficiency")
        if self.spillover_temperature_k and self.receiver_temperature_k is None:
            raise ValueError("spillover_temperature_k is added to receiver_temperature_k. Give that too")
        if self.spillover_temperature_k < 0.0 and (least := self._quiet_k(np.array([6.0, 90.0])).min()) <= 0.0:
            raise ValueError(f"receiver and spillover temperature together fall to {least:g} K. Check both")
        if unknown := [name for name in self.assumed if name not in type(self).model_fields]:
            raise ValueError(f"assumed: expected names of fields of the radio, got {unknown[0]!r}")
        if unknown := [name for name in self.body_temperatures_k if name not in BODIES]:
            raise ValueError(f"body_temperatures_k: expected names of bodies, got {unknown[0]!r}")
        return self

    def _antenna(self) -> None:
        """Raise `ValueError` if the antenna's figures are incomplete, or said twice."""
        if self.gain_dbi is not None and self.efficiency is not None:
            raise ValueError("give either gain_dbi, or diameter_m and efficiency")
        if self.efficiency is not None and self.diameter_m is None:
            raise ValueError("efficiency needs a dish: give diameter_m too")
        if self.diameter_m is not None and self.efficiency is None and self.gain_dbi is None:
            raise ValueError("diameter_m needs an efficiency for the gain: give efficiency (0.5 to 0.7 is usual)")
        if self.gain_dbi is not None and self.diameter_m is not None:
            most = dish_gain_dbi(self.diameter_m, 1.0, self.band_mhz[1])
            if self.gain_dbi > most + 0.05:
                told = f"a dish of {self.diameter_m:g} m has at most {most:.2f} dBi at {self.band_mhz[1]:g} MHz"
                raise ValueError(f"gain_dbi: {told}, got {self.gain_dbi:g}. Check diameter_m and frequency_mhz")
        if self.pointing_loss_db is not None and self.pointing_error_deg is not None:
            raise ValueError("give either pointing_loss_db or pointing_error_deg")
        if self.pointing_error_deg is not None:
            if not self.has_gain:
                raise ValueError("pointing_error_deg needs the antenna: give gain_dbi, or diameter_m and efficiency")
            if (loss := self.pointing_db(self.band_mhz[1])) > 12.0:
                width = self.width_deg(self.band_mhz[1])
                raise ValueError(
                    f"pointing_error_deg: expected less than the width of the beam, {width:.3g} deg, "
                    f"got {self.pointing_error_deg:g} (loss {loss:.3g} dB)"
                )

    @property
    def has_gain(self) -> bool:
        """Whether its antenna is known."""
        return self.gain_dbi is not None or self.efficiency is not None

    @property
    def transmits(self) -> bool:
        """Whether it has a transmitter."""
        return self.power_w is not None or self.eirp_dbw is not None

    @property
    def receives(self) -> bool:
        """Whether it has a receiver."""
        return any(x is not None for x in (self.g_over_t_db_k, self.system_temperature_k, self.receiver_temperature_k))

    @cached_property
    def band_mhz(self) -> tuple[float, float]:
        """First and last frequency of its band."""
        band = self.frequency_mhz
        return band if isinstance(band, tuple) else (band, band)

    def covers(self, frequency_mhz: float) -> bool:
        """Return whether a frequency lies in its band; one carrier frequency stands for 2 % on each side."""
        first, last = self.band_mhz
        wide = 0.02 * first if first == last else 0.0
        return first - wide <= frequency_mhz <= last + wide

    def peak_gain_dbi(self, frequency_mhz: float) -> float:
        """Return the gain of its antenna at the best elevation."""
        if self.gain_dbi is not None:
            return self.gain_dbi
        assert self.diameter_m is not None and self.efficiency is not None
        return dish_gain_dbi(self.diameter_m, self.efficiency, frequency_mhz)

    def antenna_gain_dbi(self, frequency_mhz: float, elevation_deg: Array | None) -> Array:
        """Return the gain of its antenna at an elevation; None for an end without one."""
        peak = self.peak_gain_dbi(frequency_mhz)
        if elevation_deg is None:
            return np.asarray(peak)
        return sagging_gain_dbi(peak, self.gain_drop_db_deg2, self.gain_peak_deg, elevation_deg)

    def width_deg(self, frequency_mhz: float) -> float:
        """Return the width of its beam at half power."""
        return beamwidth_deg(self.peak_gain_dbi(frequency_mhz), self.diameter_m, frequency_mhz)

    def pointing_db(self, frequency_mhz: float) -> float:
        """Return its pointing loss."""
        if self.pointing_error_deg is not None:
            return pointing_loss_db(self.pointing_error_deg, self.width_deg(frequency_mhz))
        return self.pointing_loss_db or 0.0

    def own_noise_k(self, frequency_mhz: float, elevation_deg: Array | None) -> Array:
        """Return the noise of its antenna and receiver; if that includes the atmosphere, with it."""
        if self.receiver_temperature_k is not None:
            return self._quiet_k(np.asarray(90.0) if elevation_deg is None else elevation_deg)
        if self.system_temperature_k is not None:
            return np.asarray(self.system_temperature_k)
        assert self.g_over_t_db_k is not None
        return factor(self.peak_gain_dbi(frequency_mhz) - self.g_over_t_db_k)

    def _quiet_k(self, elevation_deg: Array) -> Array:
        """T1 + T2 exp(-a θ) of DSN 810-005."""
        assert self.receiver_temperature_k is not None
        above = np.maximum(elevation_deg, 6.0)
        return np.asarray(
            self.receiver_temperature_k + self.spillover_temperature_k * np.exp(-self.spillover_decay_per_deg * above)
        )
