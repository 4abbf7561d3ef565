"""Two bodies and nothing else: for a first look, and for tests."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim import frames
from sim.bodies import Center, body
from sim.chebyshev import Pieces, fit
from sim.model import Degrees, Epoch, Kilometers, Model, Text
from sim.orbits.surroundings import light_pad_s
from sim.time import Span
from sim.trajectory import Basis

Array = NDArray[np.float64]


class Kepler(Model):
    """A Kepler orbit from osculating elements. Nothing disturbs it: a low lunar orbit is 9 km off after four hours.

    About the Sun in the ecliptic of J2000 it takes an asteroid's or comet's elements as catalogues print them.
    """

    kind: Literal["kepler"] = "kepler"
    center: Center
    frame: Literal["icrf", "moon_me", "ecliptic"] = "icrf"
    """axes that the elements refer to; moon_me is held fixed as it stood at the epoch, ecliptic is that of J2000"""
    epoch: Epoch
    semi_major_axis_km: Annotated[Kilometers, Field(gt=0, lt=2e10)]
    eccentricity: Annotated[float, Field(ge=0, lt=1)]
    inclination_deg: Annotated[Degrees, Field(ge=0, le=180)]
    node_deg: Annotated[Degrees, Field(ge=-360, le=360)] = 0.0
    """longitude of the ascending node"""
    argument_of_periapsis_deg: Annotated[Degrees, Field(ge=-360, le=360)] = 0.0
    mean_anomaly_deg: Annotated[Degrees, Field(ge=-360, le=360)] = 0.0
    basis: Basis = "designed"
    source: Text = ""

    @model_validator(mode="after")
    def _above_the_surface(self) -> Kepler:
        lowest = self.semi_major_axis_km * (1.0 - self.eccentricity)
        radius, called = body(self.center).equatorial_radius_km, body(self.center).called
        if lowest <= radius:
            raise ValueError(f"the orbit's lowest point, {lowest:.0f} km, lies in {called} ({radius:.0f} km)")
        if self.frame == "moon_me" and self.center != "moon":
            raise ValueError("frame moon_me is for orbits about the moon")
        return self

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """Position about the center over the span, and no joins."""
        wide = span.padded(light_pad_s(self.center))
        rate = np.sqrt(body(self.center).gm_km3_s2 / self.semi_major_axis_km**3)
        # As long as perilune's own turn of 1/8: degree 16 then leaves under 0.01 mm.
        length_s = np.pi / 4 / rate * (1.0 - self.eccentricity) ** 1.5
        count = max(1, int(np.ceil(wide.duration_s / length_s)))
        return fit(self._position, np.linspace(wide.start, wide.end, count + 1), 16), np.empty(0)

    def _position(self, t: Array) -> Array:
        """(n, 3) km about the center, ICRF axes. Source: Vallado (2013), §2.2 and §2.6."""
        a, e = self.semi_major_axis_km, self.eccentricity
        rate = np.sqrt(body(self.center).gm_km3_s2 / a**3)
        mean = np.deg2rad(self.mean_anomaly_deg) + rate * (t - self.epoch)
        anomaly = eccentric_anomaly(mean, e)
        x, y = a * (np.cos(anomaly) - e), a * np.sqrt(1.0 - e * e) * np.sin(anomaly)
        return np.column_stack((x, y, np.zeros_like(x))) @ self._to_icrf().T

    def _to_icrf(self) -> Array:
        """Rotation from the plane of the orbit, x to periapsis, to ICRF axes."""
        node, tilt, argument = np.deg2rad([self.node_deg, self.inclination_deg, self.argument_of_periapsis_deg])
        plane = (frames.rotation(3, argument) @ frames.rotation(1, tilt) @ frames.rotation(3, node)).T
        if self.frame == "ecliptic":
            return frames.rotation(1, -frames.OBLIQUITY) @ plane
        return frames.moon_me(np.asarray(self.epoch)).T @ plane if self.frame == "moon_me" else plane


def eccentric_anomaly(mean: Array, eccentricity: float) -> Array:
    """E with E − e sin E = M, by Newton's steps from a start that always converges (Vallado 2013, §2.2.5)."""
    wrapped = (mean + np.pi) % (2.0 * np.pi) - np.pi
    anomaly = wrapped + np.copysign(eccentricity, wrapped)
    for _ in range(50):
        step = (anomaly - eccentricity * np.sin(anomaly) - wrapped) / (1.0 - eccentricity * np.cos(anomaly))
        anomaly = anomaly - step
        if np.max(np.abs(step), initial=0.0) < 1e-14:
            break
    return anomaly + (mean - wrapped)
