"""Limits of time on a line of sight: an end's own intervals, at the time of reception."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span
from sim.search.scheduled import Scheduled, scheduled, time_to_edge
from sim.trajectories.open_times import OpenTimes
from sim.trajectories.trajectory import Trajectory
from sim.visibility.known_times import arrivals
from sim.visibility.sight import Sight

Array = NDArray[np.float64]


def during(sight: Sight, own: Trajectory, times: OpenTimes) -> Scheduled:
    """Return the condition that an end is open when light leaves or reaches it, at the time of reception.

    Edges of the receiver are those of its clock, exactly; those of the transmitter come a light time later.
    """
    if sight.receives(own) or not sight.light:
        return scheduled(times.intervals, times.name, times.cause, times.sentence)
    late = arrivals(sight.transmitter, sight.receiver)

    def sent(t: float) -> float:
        return float(sight.ray(np.array([t])).sent[0])

    def intervals(span: Span) -> Array:
        first, last = sent(span.start), sent(span.end)
        bounds = times.intervals(Span(first, last))
        moved = np.where(bounds <= first, span.start, span.end)
        inner = (bounds > first) & (bounds < last)
        moved[inner] = late(bounds[inner])
        return moved[moved[:, 0] < moved[:, 1]]

    def margin(t: Array) -> Array:
        return time_to_edge(times.intervals, sight.ray(np.asarray(t, dtype=float)).sent)

    return scheduled(
        intervals, times.name, lambda t: times.cause(sent(t)), lambda t: times.sentence(sent(t)), margin
    )
