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
    OF,
    OFF,
    ON,
    PINNED,
    RESOURCE,
    ROW,
    SHARED,
    START,
    Arrays,
    Instance,
    Integers,
)
from sim.planning.schedule.compiled import entry, inner

FROM, TO, HOW_MUCH, BY_BEAM, BY_MISSION, BY_REQUEST = range(6)
"""Columns of bookings, ms; requests are -1 for maintenance."""
NO_BEAM, NOBODY = np.int64(0), np.int64(-1)
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
    """Free intervals that were found last: start, end."""
    spare: Integers
    taken: Integers
    """Room for the search for them."""


def nothing_booked(instance: Instance) -> Booked:
    """A state in which only maintenance and pinned tracks are booked."""
    arrays, (rows, bookings) = instance.arrays, instance.rows.rooms
    many = np.zeros
    count = len(arrays.requests)
    booked = Booked(
        many((bookings, 6), np.int64), many(len(arrays.resources), np.int64), many((rows, 3), np.int64),
        many(count, np.int64), many(count, np.int64), many(len(arrays.asked), np.int64), many(5, np.int64),
        *(many((MOST_FREE, 3), np.int64) for _ in range(3)),
    )  # fmt: skip
    close(arrays, booked)
    enter_pinned(arrays, booked, np.array([*instance.rows.pinned], np.int64))
    return booked


@entry
def close(arrays: Arrays, booked: Booked) -> None:
    """Books maintenance."""
    for i in range(len(arrays.closed)):
        resource = arrays.closed[i, 0]
        amount = arrays.resources[resource, CAPACITY]
        _enter(arrays, booked, resource, arrays.closed[i, 1], arrays.closed[i, 2], amount, NO_BEAM, NOBODY, NOBODY)


@entry
def enter_pinned(arrays: Arrays, booked: Booked, pinned: Integers) -> None:
    """Books pinned tracks, and counts what every request has."""
    for i in range(len(pinned)):
        of = arrays.alternatives[pinned[i]]
        book(arrays, booked, of[OF], pinned[i], of[ON], of[OFF])


@inner
def book(arrays: Arrays, booked: Booked, request: int, alternative: int, start: int, end: int) -> None:
    """Adds a track to those of a request, and books what it uses."""
    first, count = arrays.requests[request, ROW], booked.made[request]
    place = first + count
    while place > first and booked.tracks[place - 1, START] > start:
        _copy(booked.tracks, place - 1, booked.tracks, place)
        place -= 1
    booked.tracks[place, ALTERNATIVE] = alternative
    booked.tracks[place, START] = start
    booked.tracks[place, END] = end
    booked.made[request] = count + 1
    beam, mission = arrays.requests[request, BEAM], arrays.requests[request, MISSION]
    uses = arrays.uses
    for use in range(arrays.alternatives[alternative, FIRST_USE], arrays.alternatives[alternative, LAST_USE]):
        begin, finish = start - uses[use, BEFORE], end + uses[use, AFTER]
        _enter(arrays, booked, uses[use, RESOURCE], begin, finish, uses[use, AMOUNT], beam, mission, request)


@inner
def unbook(arrays: Arrays, booked: Booked, request: int, number: int) -> None:
    """Removes a track, by its number among those of a request, and frees what it used."""
    first = arrays.requests[request, ROW]
    alternative, start = booked.tracks[first + number, ALTERNATIVE], booked.tracks[first + number, START]
    for row in range(first + number, first + booked.made[request] - 1):
        _copy(booked.tracks, row + 1, booked.tracks, row)
    booked.made[request] -= 1
    for use in range(arrays.alternatives[alternative, FIRST_USE], arrays.alternatives[alternative, LAST_USE]):
        resource, begin = arrays.uses[use, RESOURCE], start - arrays.uses[use, BEFORE]
        row = arrays.resources[resource, FIRST_BOOKING]
        last = row + booked.counts[resource] - 1
        while booked.bookings[row, BY_REQUEST] != request or booked.bookings[row, FROM] != begin:
            row += 1
        for each in range(row, last):
            _copy(booked.bookings, each + 1, booked.bookings, each)
        booked.counts[resource] -= 1


@inner
def is_pinned(arrays: Arrays, request: int, alternative: int) -> bool:
    """Whether a track is pinned: its alternative stands behind those to choose from."""
    return arrays.requests[request, PINNED] > 0 and alternative >= arrays.requests[request, 1]


@inner
def find_free(arrays: Arrays, booked: Booked, request: int, alternative: int, start: int, end: int) -> int:
    """Finds where a track of an alternative can lie between two times.

    Returns how many intervals there are; they stand in `booked.free`, none shorter than the least track.
    """
    least = arrays.requests[request, LEAST_TRACK]
    booked.free[0, FROM], booked.free[0, TO] = start, end
    count = 1 if end - start >= least else 0
    for use in range(arrays.alternatives[alternative, FIRST_USE], arrays.alternatives[alternative, LAST_USE]):
        if count == 0:
            return 0
        resource, before, after = arrays.uses[use, RESOURCE], arrays.uses[use, BEFORE], arrays.uses[use, AFTER]
        if arrays.resources[resource, SHARED] == 0:
            first, many, table = arrays.resources[resource, FIRST_BOOKING], booked.counts[resource], booked.bookings
        else:
            first, many, table = 0, _overloaded(arrays, booked, request, use, start, end), booked.taken
        if many:
            count = _cut(booked.free, booked.spare, count, table, first, first + many, before, after, least)
    return count


@inner
def _copy(source: Integers, of: int, target: Integers, to: int) -> None:
    """Copies a row."""
    for column in range(source.shape[1]):
        target[to, column] = source[of, column]


@inner
def _enter(
    arrays: Arrays, booked: Booked, resource: int, start: int, end: int, amount: int, beam: int, mission: int,
    request: int,
) -> None:  # fmt: skip
    first = arrays.resources[resource, FIRST_BOOKING]
    row = first + booked.counts[resource]
    while row > first and booked.bookings[row - 1, FROM] > start:
        _copy(booked.bookings, row - 1, booked.bookings, row)
        row -= 1
    booked.bookings[row, FROM] = start
    booked.bookings[row, TO] = end
    booked.bookings[row, HOW_MUCH] = amount
    booked.bookings[row, BY_BEAM] = beam
    booked.bookings[row, BY_MISSION] = mission
    booked.bookings[row, BY_REQUEST] = request
    booked.counts[resource] += 1


@inner
def _cut(
    free: Integers, spare: Integers, count: int, taken: Integers, first: int, last: int, before: int, after: int,
    least: int,
) -> int:  # fmt: skip
    """Takes rows of what is taken, in order of time, out of the free intervals; keeps those that are long enough."""
    kept, low, high = 0, first, last
    while low < high:  # the first that ends late enough to matter
        middle = (low + high) // 2
        if taken[middle, TO] + before <= free[0, FROM]:
            low = middle + 1
        else:
            high = middle
    for i in range(count):
        start, end = free[i, FROM], free[i, TO]
        for row in range(low, last):
            if taken[row, FROM] - after >= end:
                break
            if taken[row, TO] + before > start:
                if taken[row, FROM] - after - start >= least and kept < MOST_FREE:
                    spare[kept, FROM], spare[kept, TO] = start, taken[row, FROM] - after
                    kept += 1
                start = taken[row, TO] + before
        if end - start >= least and kept < MOST_FREE:
            spare[kept, FROM], spare[kept, TO] = start, end
            kept += 1
    for i in range(kept):
        free[i, FROM], free[i, TO] = spare[i, FROM], spare[i, TO]
    return kept


@inner
def _overloaded(arrays: Arrays, booked: Booked, request: int, use: int, start: int, end: int) -> int:
    """Finds when a shared resource has too little left for a track: intervals in `booked.taken`, in order."""
    resource, amount = arrays.uses[use, RESOURCE], arrays.uses[use, AMOUNT]
    begin, finish = start - arrays.uses[use, BEFORE], end + arrays.uses[use, AFTER]
    first, capacity = arrays.resources[resource, FIRST_BOOKING], arrays.resources[resource, CAPACITY]
    events, taken, count = booked.spare, booked.taken, np.int64(0)
    for row in range(first, first + booked.counts[resource]):
        if booked.bookings[row, TO] > begin and booked.bookings[row, FROM] < finish and count < MOST_FREE - 2:
            much = _effect(arrays, booked, request, resource, row)
            _sort_in(events, count, booked.bookings[row, FROM], much)
            _sort_in(events, count + 1, booked.bookings[row, TO], -much)
            count += 2
    if amount > capacity or count >= MOST_FREE - 2:  # more events than there is room for: nothing counts as free
        taken[0, FROM], taken[0, TO] = begin, finish
        return 1
    found, load = 0, 0
    for i in range(count - 1):
        load += events[i, HOW_MUCH]
        if load + amount > capacity and events[i + 1, FROM] > events[i, FROM]:
            if found and taken[found - 1, TO] == events[i, FROM]:
                taken[found - 1, TO] = events[i + 1, FROM]
            else:
                taken[found, FROM], taken[found, TO] = events[i, FROM], events[i + 1, FROM]
                found += 1
    return found


@inner
def _effect(arrays: Arrays, booked: Booked, request: int, resource: int, row: int) -> int:
    """How much of a shared resource a booking takes from a request: all of a beam that it does not share."""
    if arrays.resources[resource, SHARED] == 1:
        return booked.bookings[row, HOW_MUCH]
    beam, other = arrays.requests[request, BEAM], booked.bookings[row, BY_MISSION]
    if beam > 0 and booked.bookings[row, BY_BEAM] == beam and other != arrays.requests[request, MISSION]:
        return 1
    return arrays.resources[resource, CAPACITY]


@inner
def _sort_in(events: Integers, count: int, time: int, change: int) -> None:
    """Adds an event to those in order of time; at one time, what ends comes first."""
    place = count
    while place > 0 and (
        events[place - 1, FROM] > time or events[place - 1, FROM] == time and events[place - 1, HOW_MUCH] > change
    ):
        events[place, FROM], events[place, HOW_MUCH] = events[place - 1, FROM], events[place - 1, HOW_MUCH]
        place -= 1
    events[place, FROM], events[place, HOW_MUCH] = time, change
