"""Sunlight or shadow at a spacecraft."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Literal

from sim.trajectories.limits.limit import Figure, Limit, SightLine

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory


class Illumination(Limit):
    """Sunlight or shadow at a spacecraft, such as a transmitter that needs the power of its solar arrays.

    Examples
    --------
    >>> Illumination(state="sunlight").state
    'sunlight'
    """

    kind: Literal["illumination"] = "illumination"
    state: Literal["sunlight", "sunlight_or_penumbra", "penumbra_or_umbra", "umbra"]
    """illumination in which the link may be used: the whole Sun, any part of it, not the whole, or no part of it"""
    shadow: Figure = "spheroid"
    """figure of the bodies in the way: their spheroid, or a sphere of the equatorial radius"""

    on_sites = False
    of_end_alone = True

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the illumination."""
        whole = self.state in ("sunlight", "penumbra_or_umbra")
        lit = reduce(and_, sight.sunlight(own, self.shadow) if whole else sight.umbras(own, self.shadow))
        return lit if self.state in ("sunlight", "sunlight_or_penumbra") else ~lit
