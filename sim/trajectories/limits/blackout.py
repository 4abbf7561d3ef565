"""Intervals in which one pair of ends is not used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from sim.core.model import Listed, Name
from sim.trajectories.limits.closed_times import ListedTimes
from sim.trajectories.limits.limit import SightLine

if TYPE_CHECKING:
    from sim.trajectories.trajectory import Trajectory


class Blackout(ListedTimes):
    """Intervals in which one pair of ends is not used, as when the signal would disturb others.

    Examples
    --------
    >>> hour = {"start": "2026-03-02T00:00:00Z", "end": "2026-03-02T01:00:00Z"}
    >>> limit = Blackout(intervals=(hour,), other=("lro",))
    >>> limit.other
    ('lro',)
    """

    needs_end = False
    kind: Literal["blackout"] = "blackout"
    other: Annotated[tuple[Name, ...], Listed] = ()
    """names of the other ends it is for; all without it, or on a link those of the link"""
    noun = "blackout"

    def applies(self, sight: SightLine, own: Trajectory) -> bool:
        return not self.other or sight.other_end(own).name in self.other
