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
    PREFERRED,
    RESOURCE,
    Integers,
)
from sim.planning.schedule.table import END_REQUESTS, FIRST_REQUEST, HEAD

Reals = NDArray[np.float64]

START_AT, END_AT, WORTH = range(3)
"""Columns of the best track of an alternative."""
ONE_TIME, ONE_GIVEN, MORE_TIME, MORE_GIVEN, MORE_TRACK = range(5)
"""Columns of worths."""
OF_REQUEST, PICKED, START, END, TIMES = range(5)
"""Columns of what is picked: a request, an alternative, and when and how often it is taken."""
NONE = -1e300
"""The worth of what cannot be."""


@entry
def best_alone(
    t: Integers, first_resource: int, worths: Reals, preferred: float, prices: Reals, sums: Reals, clock: Reals,
    picked: Reals, room: Reals,
) -> tuple[float, int]:  # fmt: skip
    """Gives every request what is best for it alone at these prices: what all that is worth, and of how many picks.

    Parameters
    ----------
    t, first_resource
        The table, and its first row of resources.
    worths
        Of each request (columns): the worth of a millisecond and of being given tracks, if it gets one track
        (`ONE_TIME`, `ONE_GIVEN`) and if it gets several (`MORE_TIME`, `MORE_GIVEN`, and `MORE_TRACK` for each further).
    preferred
        What a millisecond on preferred antennas is worth in addition.
    prices, sums
        Of each resource the price of a millisecond in each slot, and the price of all time before a slot.
    clock
        Start of the first slot, and length of a slot, ms.
    picked
        What requests take, (2, more than alternatives, 5): the first part is written, the second is room.
    room
        Room for candidates, (3, many).
    """
    total, count = 0.0, 0
    for request in range(t[HEAD, FIRST_REQUEST], t[HEAD, END_REQUESTS]):
        number, top, begun = request - t[HEAD, FIRST_REQUEST], 0.0, count
        if t[request, PINNED]:  # what is pinned needs no rule: all it could get, at no price
            total += (worths[number, ONE_TIME] + preferred) * t[request, MOST] + worths[number, ONE_GIVEN]
            continue
        for many in range(max(t[request, LEAST_TRACKS], 1), t[request, MOST_TRACKS] + 1):
            worth, rows = _of_tracks(
                t, first_resource, request, many, worths[number], preferred, prices, sums, clock, picked[1], room
            )  # fmt: skip
            if rows and worth > top:
                top, count = worth, begun + rows
                picked[0, begun:count] = picked[1, :rows]
        total += top
    return total, count


@inner
def _of_tracks(
    t: Integers, first_resource: int, request: int, many: int, worths: Reals, preferred: float, prices: Reals,
    sums: Reals, clock: Reals, found: Reals, room: Reals,
) -> tuple[float, int]:  # fmt: skip
    """The best that a request gets from so many tracks: those of the best alternatives, as often as they have room."""
    several, first = many > 1, t[request, FIRST]
    least = t[request, LEAST_TRACK] if several else max(t[request, LEAST], t[request, LEAST_TRACK])
    most = t[request, MOST] - (many - 1) * _added(t, request)
    value = worths[MORE_TIME] if several else worths[ONE_TIME]
    worth = worths[MORE_GIVEN] + (many - 1) * worths[MORE_TRACK] if several else worths[ONE_GIVEN]
    best, ends = np.zeros(3), np.zeros((t[request, LAST] - first, 3))
    for i in range(len(ends)):
        ends[i, WORTH] = NONE
        if least <= most and t[first + i, OFF] - t[first + i, ON] >= least:
            own = value + preferred * t[first + i, PREFERRED]
            _best_track(t, first_resource, first + i, least, most, own, prices, sums, clock, room, best)
            ends[i] = best
    left, rows = many, 0
    while left > 0 and rows < len(ends):
        i = int(np.argmax(ends[:, WORTH]))
        if ends[i, WORTH] <= NONE:
            break
        use = t[first + i, FIRST_USE]
        around = t[use, BEFORE] + t[use, AFTER]  # between two tracks on one antenna
        fit = (t[first + i, OFF] - t[first + i, ON] + around) // (t[request, LEAST_TRACK] + around)
        times = min(max(fit, 1), left)
        found[rows, OF_REQUEST] = request - t[HEAD, FIRST_REQUEST]
        found[rows, PICKED] = first + i - t[HEAD, END_REQUESTS]
        found[rows, START], found[rows, END], found[rows, TIMES] = ends[i, START_AT], ends[i, END_AT], times
        worth, left, rows = worth + times * ends[i, WORTH], left - times, rows + 1
        ends[i, WORTH] = NONE
    return worth, 0 if left else rows


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
    best[WORTH] = NONE
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


@entry
def usage_of(t: Integers, first_resource: int, picked: Reals, count: int, clock: Reals, slots: int) -> Reals:
    """What picks use: rows of a pick, a slot (slots of one resource after those of another), and time in it.

    Parameters
    ----------
    t, first_resource, clock
        As for `best_alone`.
    picked, count
        Picks, and how many.
    slots
        How many slots a resource has.
    """
    rows = 0
    for pick in range(count):
        alternative = t[HEAD, END_REQUESTS] + int(picked[pick, PICKED])
        length = (picked[pick, END] - picked[pick, START]) / clock[1]
        for use in range(t[alternative, FIRST_USE], t[alternative, LAST_USE]):
            rows += min(int(length + (t[use, BEFORE] + t[use, AFTER]) / clock[1]) + 3, slots)
    found, rows = np.empty((rows, 3)), 0
    for pick in range(count):
        alternative = t[HEAD, END_REQUESTS] + int(picked[pick, PICKED])
        for use in range(t[alternative, FIRST_USE], t[alternative, LAST_USE]):
            begin, end = picked[pick, START] - t[use, BEFORE], picked[pick, END] + t[use, AFTER]
            resource, amount = t[use, RESOURCE] - first_resource, picked[pick, TIMES] * t[use, AMOUNT]
            first, last = int((begin - clock[0]) // clock[1]), int((end - clock[0]) // clock[1])
            for slot in range(max(first, 0), min(last, slots - 1) + 1):
                inside = min(end, clock[0] + (slot + 1) * clock[1]) - max(begin, clock[0] + slot * clock[1])
                if inside > 0.0:
                    found[rows, 0], found[rows, 1], found[rows, 2] = pick, resource * slots + slot, amount * inside
                    rows += 1
    return found[:rows]
