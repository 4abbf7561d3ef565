"""Impulsive maneuvers: changes of velocity at an instant."""

from __future__ import annotations

from math import hypot
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, model_validator

from sim.core.model import Epoch, Model, Text, VelocityKmS
from sim.core.quantities import converted

Array = NDArray[np.float64]

_Change = Annotated[
    float,
    BeforeValidator(lambda value: converted(value, "m/s")),
    Field(ge=-10_000, le=10_000),
]


class Maneuver(Model):
    """An impulsive burn: the velocity jumps, the position does not.

    Its components are radial (along the position), across (along the orbit's angular momentum) and along (perpendicular
    to both, forward), in the axes just before the burn; or along ICRF axes.
    """

    at: Epoch
    """time of the burn: the middle of a real one"""
    radial_m_s: _Change = 0.0
    """away from the center"""
    along_m_s: _Change = 0.0
    """forward, in the orbital plane and perpendicular to radial"""
    across_m_s: _Change = 0.0
    """along the orbit's angular momentum"""
    delta_v_km_s: VelocityKmS | None = None
    """along ICRF axes, instead of the three components"""
    source: Text = ""

    @model_validator(mode="after")
    def _one_way(self) -> Maneuver:
        parts = (self.radial_m_s, self.along_m_s, self.across_m_s)
        if (self.delta_v_km_s is None) == (not any(parts)):
            raise ValueError("a maneuver needs either delta_v_km_s or radial_m_s, along_m_s and across_m_s")
        if self.delta_v_km_s is not None and hypot(*self.delta_v_km_s) > 10.0:
            raise ValueError("delta_v_km_s: expected at most 10 km/s")
        return self

    def after(self, state: Array) -> Array:
        """The state (6,) km, km/s about the center, ICRF axes, after the burn, from that before it."""
        place, speed = state[:3], state[3:]
        if self.delta_v_km_s is not None:
            return np.concatenate((place, speed + self.delta_v_km_s))
        radial, across = place / np.linalg.norm(place), np.cross(place, speed)
        across = across / np.linalg.norm(across)
        parts = np.array([self.radial_m_s, self.along_m_s, self.across_m_s]) / 1000.0
        return np.concatenate((place, speed + parts @ np.stack((radial, np.cross(across, radial), across))))
