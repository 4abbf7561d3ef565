"""When the orbits of ends are known, and searches phase by phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from sim.core.time import EDGE_S, Span
from sim.search.margins import SAME_S
from sim.search.windows import Windows
from sim.trajectories.light_time import arrival, ray
from sim.trajectories.multi_phase import Array, phases_in
from sim.trajectories.trajectory import Part, Trajectory, extrapolated

AtOnce = tuple[tuple[Trajectory, ...], Trajectory, Span]


def stretches(
    transmitter: Trajectory, receiver: Trajectory, light: bool
) -> Iterator[tuple[Trajectory, Trajectory, Span]]:
    """The pairs of phases of two ends: transmitter, receiver, and the interval at the receiver.

    Where the transmitter's position steps from one phase to the next, the first counts until its last light arrives;
    `lit` gives what arrives meanwhile.
    """
    for own in _parts(receiver):
        until = np.inf
        for sent in _arriving(transmitter, own, light):
            opens = max(until if sent.goes_on else sent.opens, own.start)
            until = sent.closes
            closes = min(sent.closes, own.end)
            if opens < closes:
                yield sent.trajectory, own.trajectory, Span(opens, closes)


def lit(
    transmitter: Trajectory, receiver: Trajectory, light: bool
) -> Iterator[tuple[tuple[Trajectory, ...], Trajectory, Span, bool]]:
    """The phases of the transmitter whose light arrives at the receiver, and when; without gaps.

    returns : phases of the transmitter; phase of the receiver; interval at the receiver; whether one phase is enough

    If the position steps from one phase to the next to a shorter path, light of both arrives for a while: one in sight
    is enough. If the path becomes longer, light of neither arrives for a while: both must be in sight.
    """
    for own in _parts(receiver):
        sent = list(_arriving(transmitter, own, light))
        opens, closes = (np.array([getattr(each, side) for each in sent]) for side in ("opens", "closes"))
        cuts = np.unique(np.clip(np.concatenate((opens, closes)), own.start, own.end))
        for first, last in pairwise(cuts.tolist()):
            middle = 0.5 * (first + last)
            now = np.flatnonzero((opens <= middle) & (middle < closes))
            after = int(np.searchsorted(opens, middle))
            if len(now):
                yield tuple(sent[k].trajectory for k in now), own.trajectory, Span(first, last), True
            elif 0 < after < len(sent) and sent[after].goes_on:
                both = sent[after - 1].trajectory, sent[after].trajectory
                yield both, own.trajectory, Span(first, last), False


def twice_lit(transmitter: Trajectory, receiver: Trajectory, light: bool) -> list[Span]:
    """When, at the receiver, the light of more than one phase of the transmitter arrives."""
    return [when for _, _, when in lit_at_once(transmitter, receiver, light)]


def lit_at_once(transmitter: Trajectory, receiver: Trajectory, light: bool) -> tuple[AtOnce, ...]:
    """The phases of the transmitter whose light arrives at the same time, the phase of the receiver, and when."""
    if not light or not transmitter.in_parts:
        return ()
    return _kept_at_once(transmitter, receiver)  # type: ignore[arg-type]  # they are frozen


@lru_cache(maxsize=64)
def _kept_at_once(transmitter: Trajectory, receiver: Trajectory) -> tuple[AtOnce, ...]:
    found = lit(transmitter, receiver, True)
    return tuple((sent, own, when) for sent, own, when, one in found if one and len(sent) > 1)


class _Arriving(NamedTuple):
    """A phase of a transmitter; when its light begins and ceases to arrive; whether it goes on from the one before."""

    trajectory: Trajectory
    opens: float
    closes: float
    goes_on: bool


def _arriving(transmitter: Trajectory, own: Part, light: bool) -> Iterator[_Arriving]:
    """The phases of a transmitter whose light may arrive in one phase of a receiver."""
    before: tuple[Part, float] | None = None
    for other in _parts(transmitter):
        sent = np.clip([other.start, other.end], own.start - max(_REACH_S, own.reach_s), own.end)
        if sent[0] >= sent[1]:
            continue
        opens, closes = map(float, sent)
        if light and transmitter.in_parts:
            opens, closes = map(float, arrival(extrapolated(other.trajectory), extrapolated(own.trajectory), sent))
        goes_on = before is not None and before[0].end == other.start
        if before is not None and goes_on and abs(opens - before[1]) < SAME_S:
            opens = before[1]
        yield _Arriving(other.trajectory, opens, closes, goes_on)
        before = other, closes


def sent_times(transmitter: Trajectory, receiver: Trajectory, t: Array, light: bool) -> Array:
    """Times of transmission of light that arrives at times (…) TDB s; NaN if no orbit of an end is known."""
    if not transmitter.in_parts and not receiver.in_parts:
        return ray(transmitter, receiver, t, light).sent
    sent = np.full(np.shape(t), np.nan)
    kept = _kept_stretches(transmitter, receiver, light)  # type: ignore[arg-type]  # they are frozen
    for one, other, when in kept:
        inside = (t >= when.start) & (t <= when.end)
        if np.any(inside):
            sent[inside] = ray(one, other, t[inside], light).sent
    return sent


@lru_cache(maxsize=64)
def _kept_stretches(transmitter: Any, receiver: Any, light: bool) -> tuple[tuple[Trajectory, Trajectory, Span], ...]:
    return tuple(stretches(transmitter, receiver, light))


def phase_pairs(
    transmitter: Trajectory, receiver: Trajectory, light: bool, span: Span
) -> list[tuple[Trajectory, Trajectory, Span]]:
    """`stretches` within a span, for any two ends; for ends without phases the ends and the whole span."""
    if not transmitter.in_parts and not receiver.in_parts:
        return [(transmitter, receiver, span)]
    parts = stretches(transmitter, receiver, light)
    found = [(a, b, max(when.start, span.start), min(when.end, span.end)) for a, b, when in parts]
    return [(a, b, Span(first, last)) for a, b, first, last in found if first < last]


def known_times(*ends: Trajectory, span: Span, light: bool = False) -> Array:
    """Return when the orbits of all given ends are known, within a span.

    Parameters
    ----------
    ends : one, two or more ends; with `light` two of them, the transmitter first
    span : the span
    light : whether to include the light time from the first end to the second: times are then those of the second

    Returns
    -------
    (m, 2) TDB s, in order, without those that touch; all of the span for ends that are always known
    """
    if light and len(ends) == 2:
        return Windows.of([(when.start, when.end) for *_, when in phase_pairs(*ends, light, span)], span).bounds
    known = Windows.whole(span)
    for end in ends:
        known &= Windows.of([(part.start, part.end) for part in end.parts], span)
    return known.bounds


def arrivals(transmitter: Trajectory, receiver: Trajectory, last: bool = False) -> Callable[[Array], Array]:
    """Times of arrival of light that leaves at some times; between phases, light times are interpolated linearly.

    last : where one phase follows another, whether to use the last light of the first
    """
    if not transmitter.in_parts and not receiver.in_parts:
        return lambda sent: arrival(extrapolated(transmitter), extrapolated(receiver), sent)
    steps = transmitter.parts if last and transmitter.in_parts else ()
    joins = np.unique([t for part in steps for t in (part.start, part.end)])
    known = Windows.of(known_times(transmitter, receiver, span=_EVER), _EVER)
    edges = known.bounds.ravel()
    edges = edges[(edges > _EVER.start) & (edges < _EVER.end)]
    ends = extrapolated(transmitter), extrapolated(receiver)
    delays = arrival(*ends, edges) - edges if len(edges) else np.zeros(0)

    def moved(sent: Array) -> Array:
        sent = np.asarray(sent, dtype=float)
        found = sent + (np.interp(sent, edges, delays) if len(edges) else 0.0)
        if np.any(inside := known.holds(sent)):
            at_join = np.any(np.abs(sent[inside, None] - joins) < EDGE_S, axis=1)
            found[inside] = arrival(*ends, sent[inside] - EDGE_S * at_join) + EDGE_S * at_join
        return found

    return moved


_EVER = Span(-1.8e11, 1.8e11)
"""A time longer than any orbit."""


# s: how long before a phase of the receiver light may have left, at the least
_REACH_S = 1800.0


def by_phase(trajectory: Trajectory, span: Span, search: Callable[[Trajectory, Span], Windows | None]) -> Windows:
    """The windows of a search in each phase of an end, in its own time; unknown between phases.

    search : trajectory and span → windows; None if the question does not apply, which counts as unknown
    """
    return pieced([(when, search(way, when)) for way, when in phases_in(trajectory, span)], span)


def pieced(parts: Sequence[tuple[Span, Windows | None]], span: Span) -> Windows:
    """Windows of intervals of a span as one set; unknown outside of the intervals."""
    found = [(when, windows) for when, windows in parts if windows is not None]
    bounds = np.concatenate([np.empty((0, 2)), *(windows.bounds for _, windows in found)])
    return Windows.of(bounds, span, known=[(when.start, when.end) for when, _ in found])


def _parts(trajectory: Trajectory) -> tuple[Part, ...]:
    """The phases of an end; for one without phases the end itself, for all the time in which it is defined."""
    return trajectory.parts if trajectory.in_parts else (Part(*trajectory.known_between, trajectory),)
