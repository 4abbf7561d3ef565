"""The best that each request can get by itself when the time of antennas has a price: compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.planning.schedule.bookings import entry, inner
from sim.planning.schedule.instance import (
    AFTER,
    AMOUNT,
    BEFORE,
    FIRST,
    FIRST_USE,
    LAST,
    LAST_USE,
    LEAST,
    LEAST_TRACK,
    LEAST_TRACKS,
    MOST,
    MOST_TRACKS,
    OFF,
    ON,
    PINNED,
    RESOURCE,
    Integers,
)
from sim.planning.schedule.table import END_REQUESTS, FIRST_REQUEST, HEAD

Reals = NDArray[np.float64]

START_AT, END_AT, WORTH = range(3)
"""Columns of the best track of an alternative."""


@entry
def best_alone(
    t: Integers, first_resource: int, value: Reals, bonus: Reals, prices: Reals, sums: Reals, clock: Reals, used: Reals,
    got: Reals, room: Reals,
) -> float:  # fmt: skip
    """Gives every request what is best for it alone at these prices, and returns what all that is worth.

    Parameters
    ----------
    t, first_resource
        The table, and its first row of resources.
    value, bonus
        Of each request, the worth of a millisecond, and of being given tracks.
    prices, sums
        Of each resource the price of a millisecond in each slot, and the price of all time before a slot.
    clock
        Start of the first slot, and length of a slot, ms.
    used, got
        Time that is used of each resource in each slot, and that each request gets: written.
    room
        Room for candidates, (2, many).
    """
    total, best = 0.0, np.zeros(3)
    used[:, :] = 0.0
    for request in range(t[HEAD, FIRST_REQUEST], t[HEAD, END_REQUESTS]):
        number = request - t[HEAD, FIRST_REQUEST]
        got[number] = 0.0
        if t[request, PINNED]:  # what is pinned needs no rule: all it could get, at no price
            got[number] = t[request, MOST]
            total += value[number] * t[request, MOST] + bonus[number]
            continue
        top, count, chosen, start, end = 0.0, 0, 0, 0.0, 0.0
        for many in range(max(t[request, LEAST_TRACKS], 1), t[request, MOST_TRACKS] + 1):
            least = max(t[request, LEAST], t[request, LEAST_TRACK]) if many == 1 else t[request, LEAST_TRACK]
            most = t[request, MOST] - (many - 1) * _added(t, request)
            for alternative in range(t[request, FIRST], t[request, LAST]):
                if most < least or t[alternative, OFF] - t[alternative, ON] < least:
                    continue
                _best_track(t, first_resource, alternative, least, most, value[number], prices, sums, clock, room, best)
                worth = bonus[number] + many * best[WORTH]
                if worth > top:
                    top, count, chosen, start, end = worth, many, alternative, best[START_AT], best[END_AT]
        total += top
        if count:
            got[number] = min(count * (end - start), t[request, MOST])
            _use(t, first_resource, chosen, start, end, count, clock, used)
    return total


@inner
def _added(t: Integers, request: int) -> int:
    """How much each further track adds to the time of a request at least: less, if tracks overlap at hand-overs."""
    least = t[request, LEAST_TRACK]
    for use in range(t[t[request, FIRST], FIRST_USE], t[t[request, FIRST], LAST_USE]):
        least = min(least, t[request, LEAST_TRACK] + t[use, AFTER])
    return least


@inner
def _cost(
    t: Integers, first_resource: int, alternative: int, time: float, side: int, prices: Reals, sums: Reals, clock: Reals
) -> float:
    """The price of all time before a track's end (side 1), or before its start (0), of all that it uses."""
    cost = 0.0
    for use in range(t[alternative, FIRST_USE], t[alternative, LAST_USE]):
        at = (time + t[use, AFTER] if side else time - t[use, BEFORE]) - clock[0]
        resource = t[use, RESOURCE] - first_resource
        slot = min(max(int(at // clock[1]), 0), prices.shape[1] - 1)
        cost += t[use, AMOUNT] * (sums[resource, slot] + prices[resource, slot] * (at - slot * clock[1]))
    return cost


@inner
def _candidates(t: Integers, alternative: int, side: int, low: float, high: float, clock: Reals, room: Reals) -> int:
    """Times from low to high at which the price of a start (side 0) or an end (1) changes, and both bounds."""
    room[side, 0], room[side, 1], count = low, high, 2
    for use in range(t[alternative, FIRST_USE], t[alternative, LAST_USE]):
        shift = -t[use, AFTER] if side else t[use, BEFORE]
        known = False
        for other in range(t[alternative, FIRST_USE], use):
            known = known or (-t[other, AFTER] if side else t[other, BEFORE]) == shift
        if not known:
            slot = np.floor((low - shift - clock[0]) / clock[1]) + 1.0
            time = clock[0] + slot * clock[1] + shift
            while time < high and count < room.shape[1]:
                room[side, count] = time
                count += 1
                time += clock[1]
    return count


@inner
def _best_track(
    t: Integers, first_resource: int, alternative: int, least: int, most: int, value: float, prices: Reals,
    sums: Reals, clock: Reals, room: Reals, best: Reals,
) -> None:  # fmt: skip
    """Finds the best track of an alternative: what it is worth less its price.

    Prices are constant in slots, so the worth is linear between the times at which one of them changes: a greatest one
    begins and ends at such times, or is of least or greatest length and begins or ends at one.
    """
    on, off = float(t[alternative, ON]), float(t[alternative, OFF])
    starts = _candidates(t, alternative, 0, on, off - least, clock, room)
    ends = _candidates(t, alternative, 1, on + least, off, clock, room)
    best[WORTH] = -1e300
    for side in range(2):
        for i in range(ends if side else starts):
            for length in (least, most):
                start = room[1, i] - length if side else room[0, i]
                _offer(t, first_resource, alternative, start, start + length, value, prices, sums, clock, best)
    if least == most:
        return
    for i in range(starts):
        before = _cost(t, first_resource, alternative, room[0, i], 0, prices, sums, clock)
        room[2, i] = before
    for j in range(ends):
        after = _cost(t, first_resource, alternative, room[1, j], 1, prices, sums, clock)
        for i in range(starts):
            length = room[1, j] - room[0, i]
            if least <= length <= most and value * length - after + room[2, i] > best[WORTH]:
                best[START_AT], best[END_AT] = room[0, i], room[1, j]
                best[WORTH] = value * length - after + room[2, i]


@inner
def _offer(
    t: Integers, first_resource: int, alternative: int, start: float, end: float, value: float, prices: Reals,
    sums: Reals, clock: Reals, best: Reals,
) -> None:  # fmt: skip
    if start < t[alternative, ON] or end > t[alternative, OFF]:
        return
    cost = _cost(t, first_resource, alternative, end, 1, prices, sums, clock)
    worth = value * (end - start) - cost + _cost(t, first_resource, alternative, start, 0, prices, sums, clock)
    if worth > best[WORTH]:
        best[START_AT], best[END_AT], best[WORTH] = start, end, worth


@inner
def _use(
    t: Integers, first_resource: int, alternative: int, start: float, end: float, count: int, clock: Reals, used: Reals
) -> None:
    """Adds the time that a track uses, so many times."""
    for use in range(t[alternative, FIRST_USE], t[alternative, LAST_USE]):
        resource, begin, finish = t[use, RESOURCE] - first_resource, start - t[use, BEFORE], end + t[use, AFTER]
        first, last = int((begin - clock[0]) // clock[1]), int((finish - clock[0]) // clock[1])
        for slot in range(max(first, 0), min(last, used.shape[1] - 1) + 1):
            inside = min(finish, clock[0] + (slot + 1) * clock[1]) - max(begin, clock[0] + slot * clock[1])
            used[resource, slot] += count * t[use, AMOUNT] * max(inside, 0.0)
