"""Round orbits in the plane of the ICRF equator."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from sim.core.chebyshev import fit
from sim.core.model import Epoch, Kilometers, Text
from sim.trajectories.bodies.body import body
from sim.trajectories.orbits.orbit import Orbit
from sim.trajectories.trajectory import LIGHT_TIME_PAD_S, Basis


class Circle(Orbit):
    """A round orbit in the plane of the ICRF equator, undisturbed."""

    kind: Literal["circle"] = "circle"
    center: Literal["earth", "moon"] = "earth"
    radius_km: Annotated[Kilometers, Field(gt=0, lt=400_000)]
    """from the body's center"""
    epoch: Epoch
    """when it crosses the direction of the vernal equinox"""
    basis: Basis = "designed"
    source: Text = ""

    def pieces(self, span, ephemeris):
        """Position about the center over the span, and no joins."""
        rate = np.sqrt(body(self.center).gm_km3_s2 / self.radius_km**3)  # rad/s
        wide = span.padded(LIGHT_TIME_PAD_S)

        def position(t):
            angle = rate * (t - self.epoch)
            return self.radius_km * np.column_stack((np.cos(angle), np.sin(angle), np.zeros_like(angle)))

        count = int(np.ceil(wide.duration_s * rate / (np.pi / 4)))  # an eighth of a turn each: degree 16 is exact
        return fit(position, np.linspace(wide.start, wide.end, count + 1), 16), np.empty(0)
