"""Least and greatest angle of the Sun from the plane of an orbit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.geometry import dot, unit
from sim.core.model import Degrees
from sim.trajectories.bodies.body import body
from sim.trajectories.limits.limit import Limit, SightLine, bounded, check_bounds

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]


class BetaAngle(Limit):
    """Angle of the Sun from the plane of the spacecraft's orbit, positive on the side of its angular momentum.

    Examples
    --------
    >>> BetaAngle(min_deg=-60.0, max_deg=60.0).max_deg
    60.0
    """

    kind: Literal["beta_angle"] = "beta_angle"
    min_deg: Annotated[Degrees, Field(ge=-90, lt=90)] | None = None
    """minimum angle"""
    max_deg: Annotated[Degrees, Field(gt=-90, le=90)] | None = None
    """maximum angle"""

    @model_validator(mode="after")
    def _some(self) -> BetaAngle:
        check_bounds(self.min_deg, self.max_deg, ("min_deg", "max_deg"))
        return self

    on_sites = False
    of_end_alone = True

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the Sun's angle from the orbital plane."""
        sun, center = sight.direction_of(own, "sun"), body(own.center, own.ephemeris)

        def sine(t: Array) -> Array:
            state = own.state_from(center, t)
            return dot(unit(sun(t)), unit(np.cross(state.position, state.velocity)))

        angle = sight.inclination_at_end_deg(own, sine, f"beta angle of {own.name}")
        return bounded(angle, self.min_deg, self.max_deg)
