"""Intervals in which an end is out of service."""

from __future__ import annotations

from typing import Literal

from sim.trajectories.limits.closed_times import ListedTimes


class Downtime(ListedTimes):
    """Intervals in which a station or spacecraft is out of service, such as maintenance.

    Examples
    --------
    >>> night = {"start": "2026-03-02T00:00:00Z", "end": "2026-03-02T04:00:00Z", "reason": "maintenance"}
    >>> Downtime(intervals=(night,)).closures("kourou")[0].reason
    'maintenance'
    """

    kind: Literal["downtime"] = "downtime"
    noun = "downtime"
