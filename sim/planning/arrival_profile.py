"""Arrival as a function of creation time, exactly: for all times of a span at once, worked out backwards from the end.

The profile of an end says when data arrive that are there at a given time. It is piecewise linear, rises, and steps up
where a contact is missed: a bundle that is there just in time still goes, so that a step belongs to the time after it.
Waiting is a level piece, sending a rising one. Every contact turns the profile of its receiver into one of its
transmitter, and the profile of an end is the least of these; in round k it is right for ways of up to k contacts.

References
----------
Orda, A. and Rom, R. (1990), Shortest-path and minimum-delay algorithms in networks with time-dependent edge-length,
Journal of the ACM 37, 607-625.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import SimError
from sim.core.time import Span, instant
from sim.core.values import TimeLike
from sim.planning.arrival import checked_request
from sim.planning.contacts import Contact, ContactTable

Array = NDArray[np.float64]
Index = NDArray[np.intp]

BEFORE_S = 1.0
"""Profiles begin so long before the span: a piece includes its end, and not its beginning."""
SAME_S = 1e-7
"""Arrivals that differ by less are the same; times of a long span are good to a tenth of this."""
MISSED_S = 1e-4
"""Nothing is missing if what is made in less than this does not arrive."""
HALVINGS = 100
"""Halvings of an interval of delays, to the last digit, before a quantile is read."""


@dataclass(frozen=True, eq=False)
class _Pieces:
    """A rising, piecewise linear function; infinite after its last time.

    x : (n + 1,) times in order; piece k is for x[k] < t <= x[k + 1]
    after, at : (n,) values just after x[k], and at x[k + 1]
    """

    x: Array
    after: Array
    at: Array

    def places(self, t: Array, just_after: bool) -> tuple[Index, NDArray[np.bool_]]:
        """The piece of each time, and whether there is one."""
        place = np.searchsorted(self.x, t, "right" if just_after else "left") - 1
        inside = (place >= 0) & (place < len(self.at))
        return np.clip(place, 0, max(len(self.at) - 1, 0)), inside

    def values(self, t: Array, just_after: bool = False) -> Array:
        """Values at some times, or just after them."""
        found = np.full(np.shape(t), np.inf)
        if len(self.at):
            place, inside = self.places(t, just_after)
            x0, x1, y0, y1 = self.x[place], self.x[place + 1], self.after[place], self.at[place]
            share = (t - x0) / (x1 - x0)
            value = np.where(t == x1, y1, y0 + share * (y1 - y0))
            found[inside] = value[inside]
        return found


@dataclass(frozen=True)
class DelayFigures:
    """Delays of data that are made at any time of a span with equal probability.

    Attributes
    ----------
    delivered_share : float
        Share of the span in which what is made arrives within the span of the table.
    worst_s, median_s, percentile_95_s : float or None
        None where the figure is of data that never arrive within the span: nobody knows it.
    worst_delivered_s : float or None
        The worst delay among data that arrive; None if nothing does.
    """

    delivered_share: float
    worst_s: float | None
    median_s: float | None
    percentile_95_s: float | None
    worst_delivered_s: float | None


@dataclass(frozen=True, eq=False)
class ArrivalProfile:
    """When data arrive that are made at any time of a span.

    Attributes
    ----------
    span : Span
        The times of creation.
    starts, ends : ndarray
        Pieces (n,) of the span (TDB s), in order: starts < creation <= ends. What is made in no piece never arrives
        within the span of the table.
    first, last : ndarray
        Arrival (n,) of what is made just after the start and at the end of a piece; linear in between.
    """

    span: Span
    starts: Array
    ends: Array
    first: Array
    last: Array

    @classmethod
    def nothing(cls, span: Span) -> ArrivalProfile:
        """The profile of data that never arrive."""
        none = np.empty(0)
        return cls(span, none, none, none, none)

    def arrival(self, creation: TimeLike) -> float | None:
        """When data arrive that are made at a time of the span; None if never within the span of the table."""
        t = instant(creation)
        if not self.span.start <= t <= self.span.end:
            raise ValueError("expected a time of creation in the span of the profile")
        place = int(np.searchsorted(self.ends, t, "left"))
        if place == len(self.ends) or t < self.starts[place]:
            return None
        share = (t - self.starts[place]) / (self.ends[place] - self.starts[place])
        return float(self.first[place] + share * (self.last[place] - self.first[place]))

    def figures(self, made: Sequence[tuple[float, float]] | None = None) -> DelayFigures:
        """The worst, median and 95th percentile of the delay, weighted by time of creation.

        Parameters
        ----------
        made : sequence of (float, float), optional
            Times of the span (TDB s) in which data are made, in order; all of it if left out.
        """
        starts, ends, first, last = self.within(made)
        total = self.span.duration_s if made is None else sum(b - a for a, b in made)
        length = ends - starts
        low = np.minimum(first - starts, last - ends)
        high = np.maximum(first - starts, last - ends)
        share = min(1.0, float(length.sum()) / total) if total > 0.0 else 0.0
        all_of_it = bool(len(ends)) and total - float(length.sum()) < MISSED_S
        worst = float(high.max()) if len(high) else None

        def quantile(part: float) -> float | None:
            """The least delay that so much of the time does not exceed."""
            wanted = part * total
            if worst is None or float(length.sum()) < wanted * (1.0 - 1e-12):
                return None
            a, b = -1.0, worst
            for _ in range(HALVINGS):
                middle = 0.5 * (a + b)
                below = np.clip((middle - low) / np.maximum(high - low, 1e-300), 0.0, 1.0) * length
                a, b = (middle, b) if float(below.sum()) < wanted else (a, middle)
            return b

        return DelayFigures(
            1.0 if all_of_it else share, worst if all_of_it else None, quantile(0.5), quantile(0.95), worst
        )

    def within(self, made: Sequence[tuple[float, float]] | None) -> tuple[Array, Array, Array, Array]:
        """The pieces, or their parts in some times."""
        if made is None:
            return self.starts, self.ends, self.first, self.last
        found = []
        for a, b in made:
            low, high = np.maximum(self.starts, a), np.minimum(self.ends, b)
            some = low < high
            t0, t1 = self.starts[some], self.ends[some]
            slope = (self.last[some] - self.first[some]) / (t1 - t0)
            cuts = low[some], high[some]
            found.append(np.stack((*cuts, *(self.first[some] + slope * (t - t0) for t in cuts))))
        starts, ends, first, last = np.concatenate(found, axis=1) if found else np.empty((4, 0))
        return starts, ends, first, last


def arrival_profile(
    table: ContactTable,
    source: str,
    destinations: str | Collection[str],
    size_bits: float = 0.0,
    *,
    through: Collection[str] | None = None,
    span: Span | None = None,
) -> ArrivalProfile:
    """Find the earliest arrival of data for every time at which they may be made.

    Parameters
    ----------
    table, source, destinations, size_bits, through
        As for `earliest_arrival`. Every time of creation is a bundle of its own: there is no other in its way.
    span : Span, optional
        The times of creation; the span of the table if left out.

    Returns
    -------
    ArrivalProfile
        Equal to `earliest_arrival` at every time, to a microsecond.

    Raises
    ------
    SimError
        As `earliest_arrival`, and for a span that begins before the table's.

    Examples
    --------
    >>> table = ContactTable.of([
    ...     Contact("lander", "relay", 0.0, 100.0, 1000.0),
    ...     Contact("relay", "dss", 90.0, 300.0, 1e6),
    ... ])
    >>> profile = arrival_profile(table, "lander", "dss")
    >>> profile.arrival(20.0), profile.arrival(95.0), profile.arrival(101.0)
    (90.0, 95.0, None)
    >>> figures = profile.figures()
    >>> figures.worst_s, figures.worst_delivered_s, round(figures.delivered_share, 4)
    (None, 90.0, 0.3333)
    """
    goals, relays = checked_request(table, source, destinations, size_bits, through)
    when = span or table.span
    if when.start < table.span.start or when.end > table.span.end:
        raise SimError("expected times of creation inside the span of the table: cut them, or widen the table")
    origin = table.span.start
    found = _profiles(table, source, goals, relays, size_bits, origin).get(source)
    if found is None:
        return ArrivalProfile.nothing(when)
    edges = np.concatenate(([when.start - origin], found.x, [when.end - origin]))
    cut = np.unique(np.clip(edges, when.start - origin, min(when.end - origin, float(found.x[-1]))))
    first, last = found.values(cut[:-1], just_after=True), found.values(cut[1:])
    return ArrivalProfile(when, cut[:-1] + origin, cut[1:] + origin, first + origin, last + origin)


def _profiles(
    table: ContactTable, source: str, goals: frozenset[str], relays: frozenset[str] | None, size: float, origin: float
) -> dict[str, _Pieces]:
    """The profiles of all ends that may send; times from the origin on."""
    begin = table.span.start - origin - BEFORE_S
    latest = max((each.arrives(each.end) for each in table.contacts), default=table.span.end)
    reach = max(latest, table.span.end) - origin + BEFORE_S
    whole = np.array([begin, reach])
    found = dict.fromkeys(goals, _Pieces(whole, whole[:1], whole[1:]))
    changed = set(goals)
    for _ in range(len(table.ends)):
        better: dict[str, list[_Pieces]] = {}
        for name in changed:
            for number in table.receiving.get(name, []):
                sender = table.contacts[number].transmitter
                if sender not in goals and (sender == source or relays is None or sender in relays):
                    by = _before(table.contacts[number], found[name], size, origin, begin)
                    if by is not None:
                        better.setdefault(sender, []).append(by)
        changed = set()
        for name, ways in better.items():
            old, new = found.get(name), _least_of(ways)
            if old is not None:
                new = _least(old, new)
            if old is None or _is_better(new, old):
                found[name] = new
                changed.add(name)
        if not changed:
            break
    return found


def _before(contact: Contact, after: _Pieces, size: float, origin: float, begin: float) -> _Pieces | None:
    """The profile of a contact's transmitter by that contact, from its receiver's; None if nothing arrives."""
    latest = contact.latest(size)
    if latest is None:
        return None
    duration = size / contact.rate_bit_s
    inner = [t - duration for t, _ in contact.knots if contact.start < t - duration < latest]
    starts = np.array([contact.start, *inner, latest] if latest > contact.start else [contact.start])
    received = np.array([contact.arrives(t + duration) for t in starts.tolist()]) - origin
    starts = starts - origin
    cuts = after.x[(after.x > received[0]) & (after.x < received[-1])]
    y = np.unique(np.concatenate((received, cuts)))
    t = np.interp(y, received, starts)
    arrival = after.values(y)
    if not np.isfinite(arrival[0]):
        return None
    keep = np.isfinite(arrival)  # a rising function: what is infinite stays so
    t, y, arrival = t[keep], y[keep], arrival[keep]
    rising = np.append(True, t[1:] > t[:-1])
    t, y, arrival = t[rising], y[rising], arrival[rising]
    return _tidy(np.append(begin, t), np.append(arrival[0], after.values(y[:-1], just_after=True)), arrival)


def _least_of(ways: list[_Pieces]) -> _Pieces:
    """The least of some functions, by pairs."""
    while len(ways) > 1:
        pairs = [_least(a, b) for a, b in zip(ways[::2], ways[1::2], strict=False)]
        ways = pairs + (ways[-1:] if len(ways) % 2 else [])
    return ways[0]


def _least(one: _Pieces, other: _Pieces) -> _Pieces:
    """The lesser of two functions that begin at the same time."""
    x = np.union1d(one.x, other.x)
    a, b = x[:-1], x[1:]
    (f0, f1), (g0, g1) = ((each.values(a, just_after=True), each.values(b)) for each in (one, other))
    both = np.isfinite(f1) & np.isfinite(g1)
    with np.errstate(invalid="ignore"):
        d0, d1 = f0 - g0, f1 - g1
    crossing = np.flatnonzero(both & (np.where(both, d0 * d1, 0.0) < 0.0))
    share = d0[crossing] / (d0[crossing] - d1[crossing])
    middle = a[crossing] + share * (b - a)[crossing]
    inside = (middle > a[crossing]) & (middle < b[crossing])
    crossing, middle, share = crossing[inside], middle[inside], share[inside]
    level = f0[crossing] + share * (f1[crossing] - f0[crossing])
    after, at = np.minimum(f0, g0), np.minimum(f1, g1)
    return _tidy(
        np.insert(x, crossing + 1, middle), np.insert(after, crossing + 1, level), np.insert(at, crossing, level)
    )


def _tidy(x: Array, after: Array, at: Array) -> _Pieces:
    """Pieces joined where one goes on as the one before."""
    if len(at) < 2:
        return _Pieces(x, after, at)
    slope = (at - after) / np.diff(x)
    joins = (np.abs(after[1:] - at[:-1]) == 0.0) & (slope[1:] == slope[:-1])
    keep = np.flatnonzero(np.append(True, ~joins))
    last = np.append(keep[1:], len(at)) - 1
    return _Pieces(np.append(x[keep], x[-1]), after[keep], at[last])


def _is_better(new: _Pieces, old: _Pieces) -> bool:
    """Whether a function is anywhere less than the one before it."""
    if new.x[-1] > old.x[-1]:
        return True
    gain: Iterable[Array] = (old.values(new.x[1:]) - new.at, old.values(new.x[:-1], just_after=True) - new.after)
    return any(bool(np.any(each > SAME_S)) for each in gain)
