"""When the orbits of ends are known, and what is found phase by phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from sim.core.time import Span
from sim.search.windows import Windows
from sim.trajectories.light_time import arrival
from sim.trajectories.multi_phase import Array, within
from sim.trajectories.trajectory import Part, Trajectory


def stretches(start: Trajectory, end: Trajectory, light: bool) -> Iterator[tuple[Trajectory, Trajectory, Span]]:
    """What two ends are while each pair of their phases holds: sender, receiver, and when, at the receiving end."""
    for own in end.parts:
        before: tuple[Part, float] | None = None
        for other in start.parts:
            sent = np.clip([other.start, other.end], own.start - max(_REACH_S, own.reach_s), own.end)
            if sent[0] >= sent[1]:
                continue
            opens, closes = map(float, sent)
            if light and start.in_parts:
                opens, closes = map(float, arrival(other.trajectory, own.trajectory, sent))
            if before is not None and before[0].end == other.start:  # a step between two phases opens no gap
                opens = before[1]
            before = other, closes
            opens, closes = max(opens, own.start), min(closes, own.end)
            if opens < closes:
                yield other.trajectory, own.trajectory, Span(opens, closes)


def phase_pairs(
    start: Trajectory, end: Trajectory, light: bool, span: Span
) -> list[tuple[Trajectory, Trajectory, Span]]:
    """`stretches` within a span, of any two ends: of ends without phases, themselves and all of it."""
    if not start.in_parts and not end.in_parts:
        return [(start, end, span)]
    parts = stretches(start, end, light)
    found = [(a, b, max(when.start, span.start), min(when.end, span.end)) for a, b, when in parts]
    return [(a, b, Span(first, last)) for a, b, first, last in found if first < last]


def known_times(*ends: Trajectory, span: Span, light: bool = False) -> Array:
    """When the orbits of all of some ends are known, within a span.

    Parameters
    ----------
    ends : one, two or more ends; with `light` two of them, the sending one first
    span : what is asked about
    light : whether light takes time from the first end to the second: times are then those of the second

    Returns
    -------
    (m, 2) TDB s, in order, without those that touch; all of the span for ends that are always known
    """
    if light and len(ends) == 2:
        start, end = ends
        return Windows.of([(when.start, when.end) for *_, when in phase_pairs(start, end, light, span)], span).bounds
    known = Windows.whole(span)
    for end in ends:
        known &= Windows.of([(part.start, part.end) for part in end.parts], span)
    return known.bounds


def arrivals(start: Trajectory, end: Trajectory) -> Callable[[Array], Array]:
    """When light arrives that leaves at some times; in gaps between phases light times go evenly from edge to edge."""
    if not start.in_parts and not end.in_parts:
        return lambda sent: arrival(start, end, sent)
    known = Windows.of(known_times(start, end, span=_EVER), _EVER)
    edges = known.bounds.ravel()
    edges = edges[(edges > _EVER.start) & (edges < _EVER.end)]
    delays = arrival(start, end, edges) - edges if len(edges) else np.zeros(0)

    def moved(sent: Array) -> Array:
        sent = np.asarray(sent, dtype=float)
        found = sent + (np.interp(sent, edges, delays) if len(edges) else 0.0)
        if np.any(inside := known.holds(sent)):
            found[inside] = arrival(start, end, sent[inside])
        return found

    return moved


_EVER = Span(-1.8e11, 1.8e11)
"""More than any orbit lasts."""


# s: how long before a phase of the receiving end light may have left, at the least
_REACH_S = 1800.0


def by_phase(end: Trajectory, span: Span, search: Callable[[Trajectory, Span], Windows | None]) -> Windows:
    """What a search finds in each phase of an end, in its own time; unknown between them.

    search : how the end moves and when → windows; None where the question makes no sense, which is unknown too
    """
    return pieced([(when, search(way, when)) for way, when in within(end, span)], span)


def pieced(parts: Sequence[tuple[Span, Windows | None]], span: Span) -> Windows:
    """Windows of stretches of a span as one set; unknown where there are none."""
    found = [(when, windows) for when, windows in parts if windows is not None]
    bounds = np.concatenate([np.empty((0, 2)), *(windows.bounds for _, windows in found)])
    return Windows.of(bounds, span, known=[(when.start, when.end) for when, _ in found])
