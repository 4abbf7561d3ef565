"""From one radio to another: every term of a link budget, from range, elevations and bodies in the beam."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.trajectories.radios.antennas import polarization_loss_db
from sim.trajectories.radios.atmosphere import cosmic_temperature_k, sky_temperature_k
from sim.trajectories.radios.corona import corona_db
from sim.trajectories.radios.decibels import BOLTZMANN_DBW_K_HZ, db, free_space_loss_db
from sim.trajectories.radios.mount import Mount
from sim.trajectories.radios.noise import BODY_COUPLING, brightness_k, share_of_beam, share_of_side_lobes
from sim.trajectories.radios.signal import Mode, Signal

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Geometry:
    """What a channel needs to know of its ends, as arrays of one shape.

    range_km                                              : length of the path
    transmitter_elevation_deg, receiver_elevation_deg     : of the other end; None for an end without a horizon
    bodies : by name, the angle between the transmitter and the body's center seen by the receiver, and the body's
             angular radius (deg)
    sun_km : distance of the Sun from the receiver, if the channel may pass behind it
    """

    range_km: Array
    transmitter_elevation_deg: Array | None = None
    receiver_elevation_deg: Array | None = None
    bodies: Mapping[str, tuple[Array, Array]] = field(default_factory=dict)
    sun_km: Array | None = None


@dataclass(frozen=True)
class Terms:
    """The terms of a budget: arrays, or None where they are not known.

    bodies_k : noise of each body in the beam, by name
    """

    power_dbw: float | None
    transmitter_gain_dbi: Array | None
    eirp_dbw: Array
    transmitter_pointing_db: float
    free_space_db: Array
    atmosphere_db: Array
    rain_db: Array
    corona_db: Array
    polarization_db: float
    other_db: float
    receiver_pointing_db: float
    receiver_gain_dbi: Array | None
    own_noise_k: Array | None
    sky_k: Array | None
    cosmic_k: Array | None
    bodies_k: Mapping[str, Array]
    system_k: Array | None
    g_over_t_db_k: Array

    @property
    def cn0_db_hz(self) -> Array:
        """Ratio of the carrier to the noise density."""
        lost = self.transmitter_pointing_db + self.receiver_pointing_db + self.polarization_db + self.other_db
        path = self.free_space_db + self.atmosphere_db + self.rain_db + self.corona_db
        return self.eirp_dbw - lost - path + self.g_over_t_db_k - BOLTZMANN_DBW_K_HZ


@dataclass(frozen=True)
class Channel:
    """A signal from one radio to another.

    transmitter, receiver : the radios, and where they stand
    signal                : what is sent
    passes_sun            : whether one end may be behind the Sun, so that the solar corona counts

    Examples
    --------
    >>> from sim.trajectories.radios.radio import Radio
    >>> sends = Radio(frequency_mhz=29_000.0, diameter_m=0.98, efficiency=0.45, power_w=10.0, line_loss_db=1.0)
    >>> hears = Radio(frequency_mhz=29_000.0, gain_dbi=40.0, system_temperature_k=200.0)
    >>> channel = Channel(Mount("a", sends), Mount("b", hears), Signal(data_rate_bps=1e6, required_eb_n0_db=5.0))
    >>> round(float(channel.terms(Geometry(np.array(1000.0))).cn0_db_hz), 1)
    118.9
    """

    transmitter: Mount
    receiver: Mount
    signal: Signal
    passes_sun: bool = False

    @cached_property
    def frequency_mhz(self) -> float:
        """Carrier frequency: of the signal, or of the transmitter, or else of the receiver."""
        found = self.signal.frequency_mhz
        for radio in (self.transmitter.radio, self.receiver.radio):
            if found is None and isinstance(radio.frequency_mhz, float):
                found = radio.frequency_mhz
        if found is None:
            raise ValueError("both radios have a band. Give frequency_mhz of the signal")
        return found

    @cached_property
    def mode(self) -> Mode:
        """The mode that needs least C/N0: the link closes if it does."""
        loss = self.signal.implementation_loss_db
        return min(self.signal.modes, key=lambda mode: mode.required_db_hz(loss))

    @cached_property
    def brightness_k(self) -> dict[str, float]:
        """Brightness temperatures of the bodies that may be in the receiver's beam; none if its beam is not known."""
        radio = self.receiver.radio
        if not radio.has_gain:
            return {}
        if self.receiver.height_m is None:
            return dict(radio.body_temperatures_k)
        width = radio.width_deg(self.frequency_mhz)
        quiet = float(radio.own_noise_k(self.frequency_mhz, np.asarray(90.0)))
        return {**brightness_k(self.frequency_mhz, width, quiet), **radio.body_temperatures_k}

    def required_db_hz(self, mode: Mode | None = None, margin_db: float = 0.0) -> float:
        """Return the C/N0 at which a mode, by default the least one, has a margin."""
        return (mode or self.mode).required_db_hz(self.signal.implementation_loss_db) + margin_db

    def terms(self, at: Geometry) -> Terms:
        """Return every term of the budget."""
        mhz, signal = self.frequency_mhz, self.signal
        sends, hears = self.transmitter.radio, self.receiver.radio
        sent, power, eirp = None, None, sends.eirp_dbw
        if sends.has_gain and eirp is None:
            sent, power = sends.antenna_gain_dbi(mhz, at.transmitter_elevation_deg), float(db(sends.power_w or 0.0))
            radiated = power - sends.line_loss_db + sent
        else:
            radiated = np.asarray(eirp)
        air, rain = self._air_db(at)
        last = air[1] + rain[1]
        gain = hears.antenna_gain_dbi(mhz, at.receiver_elevation_deg) if hears.has_gain else None
        own = sky = cosmic = system = None
        heat: dict[str, Array] = {}
        if gain is not None:
            own = hears.own_noise_k(mhz, at.receiver_elevation_deg)
            system = own
            if hears.receiver_temperature_k is not None:
                sky, cosmic = sky_temperature_k(last, signal.weather), cosmic_temperature_k(last)
                system = system + sky + cosmic
            for name, kelvin in self.brightness_k.items():
                away, wide = at.bodies[name]
                width = hears.width_deg(mhz)
                share = share_of_beam(away, wide, width) + share_of_side_lobes(away, wide, width)
                heat[name] = kelvin * BODY_COUPLING * share
                system = system + heat[name]
            ratio = gain - db(system)
        else:
            ratio = np.asarray(hears.g_over_t_db_k)
        return Terms(
            power_dbw=power,
            transmitter_gain_dbi=sent,
            eirp_dbw=radiated,
            transmitter_pointing_db=sends.pointing_db(mhz),
            free_space_db=free_space_loss_db(at.range_km, mhz),
            atmosphere_db=air[0] + air[1],
            rain_db=rain[0] + rain[1],
            corona_db=self._corona_db(at),
            polarization_db=self.polarization_db,
            other_db=signal.other_loss_db,
            receiver_pointing_db=hears.pointing_db(mhz),
            receiver_gain_dbi=gain,
            own_noise_k=own,
            sky_k=sky,
            cosmic_k=cosmic,
            bodies_k=heat,
            system_k=system,
            g_over_t_db_k=ratio,
        )

    @cached_property
    def polarization_db(self) -> float:
        """Loss of polarization; 0 if that of an end is not given."""
        one, other = self.transmitter.radio, self.receiver.radio
        if one.polarization is None or other.polarization is None:
            return 0.0
        return polarization_loss_db((one.polarization, one.axial_ratio_db), (other.polarization, other.axial_ratio_db))

    def _air_db(self, at: Geometry) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        """Attenuation by the atmosphere above each end, and by rain."""
        mhz, signal = self.frequency_mhz, self.signal
        ends = (self.transmitter, at.transmitter_elevation_deg), (self.receiver, at.receiver_elevation_deg)
        first, last = (mount.air_db(mhz, signal, level) for mount, level in ends)
        wet, wetter = (mount.rain_db(mhz, signal, level) for mount, level in ends)
        return (first, last), (wet, wetter)

    def _corona_db(self, at: Geometry) -> Array:
        if at.sun_km is None:
            return np.asarray(0.0)
        return corona_db(at.range_km, at.bodies["sun"][0], at.sun_km, self.frequency_mhz, self.signal.weather)
