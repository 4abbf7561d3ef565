"""Bookings of resources in order of time, and where a track would still be free: compiled.

A resource is an antenna, a crew, a mission (which has one spacecraft), or the spacing of a request's tracks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.planning.schedule.instance import (
    AFTER,
    ALTERNATIVE,
    AMOUNT,
    BEAM,
    BEFORE,
    CAPACITY,
    END,
    FIRST_BOOKING,
    FIRST_USE,
    LAST_USE,
    LEAST_TRACK,
    MISSION,
    PINNED,
    RESOURCE,
    ROW,
    SHARED,
    START,
    Arrays,
    Instance,
    Integers,
)
from sim.trajectories.dynamics.jit import compiled

FROM, TO, HOW_MUCH, BY_BEAM, BY_MISSION, BY_REQUEST = range(6)
"""Columns of bookings, ms; requests are -1 for maintenance."""
MOST_FREE = 4000
"""Most free intervals of one alternative that are looked at."""


class Booked(NamedTuple):
    """What is booked. It changes while a search goes on."""

    bookings: Integers
    """Of every resource, its bookings in order of time; from the row FIRST_BOOKING of the resource."""
    counts: Integers
    """How many bookings each resource has."""
    tracks: Integers
    """Of every request, its tracks in order of time: alternative, start, end; from the row ROW of the request."""
    made: Integers
    """How many tracks each request has."""
    got: Integers
    """Tracked time of each request."""
    missions: Integers
    """Tracked time of each mission."""
    totals: Integers
    """Time, priorities of satisfied requests, further tracks, time on preferred antennas, time changed."""
    free: Integers
    """Free intervals that were found last: start, end; and two tables of the same size for the search."""


def nothing_booked(instance: Instance) -> Booked:
    """A state in which only maintenance and pinned tracks are booked."""
    arrays, (rows, bookings) = instance.arrays, instance.rows.rooms
    many = np.zeros
    count = len(arrays.requests)
    booked = Booked(
        many((bookings, 6), np.int64), many(len(arrays.resources), np.int64), many((rows, 3), np.int64),
        many(count, np.int64), many(count, np.int64), many(len(arrays.asked), np.int64), many(5, np.int64),
        many((3, MOST_FREE, 3), np.int64),
    )  # fmt: skip
    close(arrays, booked)
    for number, alternative in enumerate(arrays.alternatives):
        if number in instance.rows.pinned:
            book(arrays, booked, alternative[0], number, alternative[1], alternative[2])
    return booked


@compiled()
def close(arrays: Arrays, booked: Booked) -> None:
    """Books maintenance."""
    for resource, start, end in arrays.closed:
        amount = arrays.resources[resource, CAPACITY]
        _enter(arrays, booked, resource, start, end, amount, 0, -1, -1)


@compiled()
def book(arrays: Arrays, booked: Booked, request: int, alternative: int, start: int, end: int) -> None:
    """Adds a track to those of a request, and books what it uses."""
    first, count = arrays.requests[request, ROW], booked.made[request]
    place = first + count
    while place > first and booked.tracks[place - 1, START] > start:
        booked.tracks[place] = booked.tracks[place - 1]
        place -= 1
    booked.tracks[place, ALTERNATIVE] = alternative
    booked.tracks[place, START] = start
    booked.tracks[place, END] = end
    booked.made[request] = count + 1
    beam, mission = arrays.requests[request, BEAM], arrays.requests[request, MISSION]
    for use in arrays.uses[arrays.alternatives[alternative, FIRST_USE] : arrays.alternatives[alternative, LAST_USE]]:
        begin, finish = start - use[BEFORE], end + use[AFTER]
        _enter(arrays, booked, use[RESOURCE], begin, finish, use[AMOUNT], beam, mission, request)


@compiled()
def unbook(arrays: Arrays, booked: Booked, request: int, number: int) -> None:
    """Removes a track, by its number among those of a request, and frees what it used."""
    first = arrays.requests[request, ROW]
    alternative, start = booked.tracks[first + number, ALTERNATIVE], booked.tracks[first + number, START]
    for row in range(first + number, first + booked.made[request] - 1):
        booked.tracks[row] = booked.tracks[row + 1]
    booked.made[request] -= 1
    for use in arrays.uses[arrays.alternatives[alternative, FIRST_USE] : arrays.alternatives[alternative, LAST_USE]]:
        at, count = arrays.resources[use[RESOURCE], FIRST_BOOKING], booked.counts[use[RESOURCE]]
        row = at
        while booked.bookings[row, BY_REQUEST] != request or booked.bookings[row, FROM] != start - use[BEFORE]:
            row += 1
        for each in range(row, at + count - 1):
            booked.bookings[each] = booked.bookings[each + 1]
        booked.counts[use[RESOURCE]] = count - 1


@compiled()
def is_pinned(arrays: Arrays, request: int, alternative: int) -> bool:
    """Whether a track is pinned: its alternative stands behind those to choose from."""
    return arrays.requests[request, PINNED] > 0 and alternative >= arrays.requests[request, 1]


@compiled()
def find_free(arrays: Arrays, booked: Booked, request: int, alternative: int, start: int, end: int) -> int:
    """Finds where a track of an alternative can lie between two times.

    Returns how many intervals there are; they stand in `booked.free[0]`, none shorter than the least track.
    """
    least = arrays.requests[request, LEAST_TRACK]
    booked.free[0, 0, 0], booked.free[0, 0, 1] = start, end
    count = 1 if end - start >= least else 0
    for use in arrays.uses[arrays.alternatives[alternative, FIRST_USE] : arrays.alternatives[alternative, LAST_USE]]:
        if count == 0:
            return 0
        at, many = arrays.resources[use[RESOURCE], FIRST_BOOKING], booked.counts[use[RESOURCE]]
        if arrays.resources[use[RESOURCE], SHARED] == 0:
            if many:
                count = _cut(booked.free, count, booked.bookings[at : at + many], use[BEFORE], use[AFTER], least)
        else:
            many = _overloaded(arrays, booked, request, use, start, end)
            if many:
                count = _cut(booked.free, count, booked.free[2, :many], use[BEFORE], use[AFTER], least)
    return count


@compiled()
def _enter(
    arrays: Arrays, booked: Booked, resource: int, start: int, end: int, amount: int, beam: int, mission: int,
    request: int,
) -> None:  # fmt: skip
    first = arrays.resources[resource, FIRST_BOOKING]
    row = first + booked.counts[resource]
    while row > first and booked.bookings[row - 1, FROM] > start:
        booked.bookings[row] = booked.bookings[row - 1]
        row -= 1
    booked.bookings[row, FROM] = start
    booked.bookings[row, TO] = end
    booked.bookings[row, HOW_MUCH] = amount
    booked.bookings[row, BY_BEAM] = beam
    booked.bookings[row, BY_MISSION] = mission
    booked.bookings[row, BY_REQUEST] = request
    booked.counts[resource] += 1


@compiled()
def _cut(free: Integers, count: int, taken: Integers, before: int, after: int, least: int) -> int:
    """Takes what is taken, in order of time, out of the free intervals; keeps those that are long enough."""
    kept = 0
    low, high = 0, len(taken)
    while low < high:  # the first that ends late enough to matter
        middle = (low + high) // 2
        if taken[middle, TO] + before <= free[0, 0, 0]:
            low = middle + 1
        else:
            high = middle
    for i in range(count):
        start, end = free[0, i, 0], free[0, i, 1]
        for row in range(low, len(taken)):
            if taken[row, FROM] - after >= end:
                break
            if taken[row, TO] + before <= start:
                continue
            if taken[row, FROM] - after - start >= least and kept < MOST_FREE:
                free[1, kept, 0], free[1, kept, 1] = start, taken[row, FROM] - after
                kept += 1
            start = max(start, taken[row, TO] + before)
        if end - start >= least and kept < MOST_FREE:
            free[1, kept, 0], free[1, kept, 1] = start, end
            kept += 1
    for i in range(kept):
        free[0, i, 0], free[0, i, 1] = free[1, i, 0], free[1, i, 1]
    return kept


@compiled()
def _overloaded(arrays: Arrays, booked: Booked, request: int, use: Integers, start: int, end: int) -> int:
    """Finds when a shared resource has too little left for a track: intervals in `booked.free[2]`, in order."""
    resource = use[RESOURCE]
    at, many = arrays.resources[resource, FIRST_BOOKING], booked.counts[resource]
    capacity = arrays.resources[resource, CAPACITY]
    by_beam = arrays.resources[resource, SHARED] == 2
    beam, mission = arrays.requests[request, BEAM], arrays.requests[request, MISSION]
    events = booked.free[1]
    count = 0
    for row in range(at, at + many):
        if booked.bookings[row, TO] <= start - use[BEFORE] or booked.bookings[row, FROM] >= end + use[AFTER]:
            continue
        amount = booked.bookings[row, HOW_MUCH]
        shares = beam > 0 and booked.bookings[row, BY_BEAM] == beam and booked.bookings[row, BY_MISSION] != mission
        if by_beam and not shares:
            amount = capacity
        for side in range(2):
            time, change = booked.bookings[row, FROM + side], amount if side == 0 else -amount
            place = count
            while place > 0 and (events[place - 1, 0], events[place - 1, 1]) > (time, change):
                events[place, 0], events[place, 1] = events[place - 1, 0], events[place - 1, 1]
                place -= 1
            events[place, 0], events[place, 1] = time, change
            count += 1
        if count > MOST_FREE - 2:  # more than there is room for: nothing is free, which breaks no rule
            break
    found, load = 0, 0
    for i in range(count):
        load += events[i, 1]
        if load + use[AMOUNT] > capacity and i + 1 < count and events[i + 1, 0] > events[i, 0]:
            if found and booked.free[2, found - 1, 1] == events[i, 0]:
                booked.free[2, found - 1, 1] = events[i + 1, 0]
            else:
                booked.free[2, found, 0], booked.free[2, found, 1] = events[i, 0], events[i + 1, 0]
                found += 1
    if use[AMOUNT] > capacity or count > MOST_FREE - 2:
        booked.free[2, 0, 0], booked.free[2, 0, 1], found = -(2**61), 2**61, 1
    return found
