"""Two-body (Kepler) motion, for first estimates and tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from sim.core.chebyshev import Pieces, fit
from sim.core.model import Epoch, Text
from sim.core.time import Span
from sim.trajectories.bodies.body import Center, body
from sim.trajectories.orbits.data_span import light_s
from sim.trajectories.orbits.elements import Elements, turned_deg
from sim.trajectories.orbits.force_model import farthest_km, gravity_about, light_pad_s
from sim.trajectories.orbits.model_errors import LeftOut, beside
from sim.trajectories.orbits.orbit import Orbit
from sim.trajectories.trajectory import Basis

Array = NDArray[np.float64]


_DEGREE = 20
"""Degree of the Moon's field in the estimate of its neglect."""


class Kepler(Elements, Orbit):
    """A Kepler orbit from osculating elements. Without perturbations: a low lunar orbit is 9 km off after four hours.

    About the Sun in the ecliptic of J2000 it accepts the elements of asteroids and comets as in catalogs.
    """

    kind: Literal["kepler"] = "kepler"
    center: Center
    epoch: Epoch
    basis: Basis = "designed"
    source: Text = ""

    recurs: ClassVar[bool] = True
    starts_in_the_ephemeris: ClassVar[bool] = True

    @model_validator(mode="after")
    def _fits_its_center(self) -> Kepler:
        own = body(self.center)
        self.check_distances(own.called, own.equatorial_radius_km, farthest_km(self.center))
        if self.frame.startswith("moon") and self.center != "moon":
            raise ValueError(f"frame {self.frame} is for orbits about the moon")
        return self

    def reference_epochs(self) -> Array:
        return np.array([self.epoch])

    def farther(self, share: float) -> Kepler:
        return self.model_copy(update={"mean_anomaly_deg": turned_deg(self.mean_anomaly_deg, share)})

    def left_out(self, span: Span, ephemeris: str) -> Iterator[LeftOut]:
        """The neglected perturbations: the center's field and other bodies."""
        gm = body(self.center).gm_km3_s2
        state = np.concatenate(self.state(gm, self.epoch))
        forces = gravity_about(self.center, ephemeris, _DEGREE)
        what = "two bodies, round ones" if self.center != "sun" else "two bodies and no planets"
        yield beside(lambda t: self.position(t - self.epoch, gm, self.epoch), state, self.epoch, forces, span, what)

    def light_s(self, span: Span) -> float:
        """Maximum light time from it, also over a relay (s)."""
        return light_s(self.semi_major_axis_km * (1.0 + self.eccentricity), self.center)

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """Position about the center over the span; no joins."""
        wide = span.padded(light_pad_s(self.center, self.light_s(span)))
        gm = body(self.center).gm_km3_s2
        # An eighth of a revolution at periapsis: degree 16 then leaves under 0.01 mm.
        length_s = np.pi / 4 * np.sqrt(self.semi_major_axis_km**3 / gm) * (1.0 - self.eccentricity) ** 1.5
        edges = np.linspace(wide.start, wide.end, max(1, int(np.ceil(wide.duration_s / length_s))) + 1)
        return fit(lambda t: self.position(t - self.epoch, gm, self.epoch), edges, 16), np.empty(0)
