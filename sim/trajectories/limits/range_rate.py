"""Greatest rate of the distance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sim.core.model import KilometersPerSecond
from sim.trajectories.limits.limit import Limit, SightLine, bounded

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory


class RangeRate(Limit):
    """Maximum rate of the distance of the other end, approaching or receding: a receiver follows so much Doppler shift.

    Examples
    --------
    >>> RangeRate(max_km_s=7.0).max_km_s
    7.0
    """

    needs_end = False
    kind: Literal["range_rate"] = "range_rate"
    max_km_s: Annotated[KilometersPerSecond, Field(gt=0)]
    """maximum rate of the distance, without its sign"""

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the range rate."""
        return bounded(sight.range_rate_km_s(), -self.max_km_s, self.max_km_s)
