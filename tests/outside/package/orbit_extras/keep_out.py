"""A direction in the sky that an antenna keeps away from."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from sim.core.model import Degrees
from sim.trajectories.limits.limit import Limit


class KeepOut(Limit):
    """Keeps an antenna away from a fixed direction in the sky, such as a bright radio source."""

    kind: Literal["keep_out"] = "keep_out"
    right_ascension_deg: Annotated[Degrees, Field(ge=-180, le=360)]
    """of the direction, ICRF"""
    declination_deg: Annotated[Degrees, Field(ge=-90, le=90)]
    """of the direction, ICRF"""
    min_deg: Annotated[Degrees, Field(gt=0, le=180)]
    """least angle between the other end and the direction"""

    def condition(self, sight, own):
        """Holds while the other end is far enough from the direction."""
        a, d = np.deg2rad(self.right_ascension_deg), np.deg2rad(self.declination_deg)
        direction = np.array([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])

        def axis(t):
            return np.broadcast_to(direction, (*np.shape(t), 3))

        return sight.off_axis_deg(own, axis, "the direction to keep out of") > self.min_deg
