"""Bookings of resources in order of time, and where a track would still be free: compiled.

A resource is an antenna, a crew, a mission (which has one spacecraft), or the spacing of a request's tracks. All
functions work on the table of `table`; the things that they take are its rows.
"""

from __future__ import annotations

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
    LAST,
    LAST_USE,
    LEAST_TRACK,
    MISSION,
    PINNED,
    RESOURCE,
    ROW,
    SHARED,
    START,
    Integers,
)
from sim.planning.schedule.table import (
    BOOKED,
    BY_BEAM,
    BY_MISSION,
    BY_REQUEST,
    FREE,
    FROM,
    HOW_MUCH,
    MADE,
    MOST_FREE,
    SPARE,
    TAKEN,
    TO,
)
from sim.trajectories.dynamics.jit import compiled

inner = compiled(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Decorates a function that only compiled functions call."""
entry = compiled(error_model="numpy")
"""Decorates a function that Python calls."""


@inner
def _room(t: Integers, first: int, after: int, column: int, value: int, columns: int) -> int:
    """Makes room in rows that are in order of a column: the row where a value belongs, later ones moved by one."""
    row = after
    while row > first and t[row - 1, column] > value:
        for each in range(columns):
            t[row, each] = t[row - 1, each]
        row -= 1
    return row


@entry
def book(t: Integers, request: int, alternative: int, start: int, end: int) -> None:
    """Adds a track to those of a request, in order of time, and books what it uses."""
    first = t[request, ROW]
    place = _room(t, first, first + t[request, MADE], START, start, 3)
    t[place, ALTERNATIVE], t[place, START], t[place, END] = alternative, start, end
    t[request, MADE] += 1
    for use in range(t[alternative, FIRST_USE], t[alternative, LAST_USE]):
        resource, begin = t[use, RESOURCE], start - t[use, BEFORE]
        first = t[resource, FIRST_BOOKING]
        row = _room(t, first, first + t[resource, BOOKED], FROM, begin, 6)
        t[row, FROM], t[row, TO], t[row, HOW_MUCH] = begin, end + t[use, AFTER], t[use, AMOUNT]
        t[row, BY_BEAM], t[row, BY_MISSION], t[row, BY_REQUEST] = t[request, BEAM], t[request, MISSION], request
        t[resource, BOOKED] += 1


@inner
def unbook(t: Integers, request: int, track: int) -> None:
    """Removes a track of a request, and frees what it used."""
    alternative, start = t[track, ALTERNATIVE], t[track, START]
    t[request, MADE] -= 1
    for row in range(track, t[request, ROW] + t[request, MADE]):
        for column in range(3):
            t[row, column] = t[row + 1, column]
    for use in range(t[alternative, FIRST_USE], t[alternative, LAST_USE]):
        resource, begin = t[use, RESOURCE], start - t[use, BEFORE]
        row = t[resource, FIRST_BOOKING]
        last = row + t[resource, BOOKED] - 1
        while t[row, BY_REQUEST] != request or t[row, FROM] != begin:
            row += 1
        for each in range(row, last):
            for column in range(6):
                t[each, column] = t[each + 1, column]
        t[resource, BOOKED] -= 1


@inner
def is_pinned(t: Integers, request: int, track: int) -> bool:
    """Whether a track is pinned: its alternative stands behind those to choose from."""
    return t[request, PINNED] > 0 and t[track, ALTERNATIVE] >= t[request, LAST]


@inner
def find_free(t: Integers, request: int, alternative: int, start: int, end: int) -> int:
    """Finds where a track of an alternative can lie between two times.

    Returns how many intervals there are; they stand at FREE, none shorter than the least track.
    """
    least = t[request, LEAST_TRACK]
    t[FREE, FROM], t[FREE, TO] = start, end
    count = 1 if end - start >= least else 0
    for use in range(t[alternative, FIRST_USE], t[alternative, LAST_USE]):
        resource = t[use, RESOURCE]
        first, many = t[resource, FIRST_BOOKING], t[resource, BOOKED]
        if t[resource, SHARED] and count:
            first, many = TAKEN, _overloaded(t, request, use, start, end)
        if many and count:
            count = _cut(t, count, first, first + many, t[use, BEFORE], t[use, AFTER], least)
    return count


@inner
def _cut(t: Integers, count: int, first: int, last: int, before: int, after: int, least: int) -> int:
    """Takes rows of what is taken, in order of time, out of the free intervals; keeps those that are long enough."""
    kept, low, high = 0, first, last
    while low < high:  # the first that ends late enough to matter
        middle = (low + high) // 2
        if t[middle, TO] + before <= t[FREE, FROM]:
            low = middle + 1
        else:
            high = middle
    for i in range(FREE, FREE + count):
        start, end = t[i, FROM], t[i, TO]
        row = low
        while row < last and t[row, FROM] - after < end:
            if t[row, TO] + before > start:
                if t[row, FROM] - after - start >= least and kept < MOST_FREE:
                    t[SPARE + kept, FROM], t[SPARE + kept, TO] = start, t[row, FROM] - after
                    kept += 1
                start = t[row, TO] + before
            row += 1
        if end - start >= least and kept < MOST_FREE:
            t[SPARE + kept, FROM], t[SPARE + kept, TO] = start, end
            kept += 1
    for i in range(kept):
        t[FREE + i, FROM], t[FREE + i, TO] = t[SPARE + i, FROM], t[SPARE + i, TO]
    return kept


@inner
def _overloaded(t: Integers, request: int, use: int, start: int, end: int) -> int:
    """Finds when a shared resource has too little left for a track: intervals at TAKEN, in order."""
    resource, amount = t[use, RESOURCE], t[use, AMOUNT]
    begin, finish = start - t[use, BEFORE], end + t[use, AFTER]
    first, capacity, last = t[resource, FIRST_BOOKING], t[resource, CAPACITY], SPARE
    for row in range(first, first + t[resource, BOOKED]):
        if t[row, TO] > begin and t[row, FROM] < finish and last < SPARE + MOST_FREE - 2:
            much = t[row, HOW_MUCH]
            if t[resource, SHARED] == 2:  # all of a beam that it does not share
                same = t[request, BEAM] > 0 and t[row, BY_BEAM] == t[request, BEAM]
                much = 1 if same and t[row, BY_MISSION] != t[request, MISSION] else capacity
            for side in range(2):  # at one time, what ends comes first
                time, change, place = t[row, FROM + side], (1 - 2 * side) * much, last + side
                while place > SPARE and (
                    t[place - 1, FROM] > time or (t[place - 1, FROM] == time and t[place - 1, HOW_MUCH] > change)
                ):
                    t[place, FROM], t[place, HOW_MUCH] = t[place - 1, FROM], t[place - 1, HOW_MUCH]
                    place -= 1
                t[place, FROM], t[place, HOW_MUCH] = time, change
            last += 2
    if amount > capacity or last >= SPARE + MOST_FREE - 2:  # more than there is room for: nothing counts as free
        t[TAKEN, FROM], t[TAKEN, TO] = begin, finish
        return 1
    found, load = TAKEN, 0
    for i in range(SPARE, last - 1):
        load += t[i, HOW_MUCH]
        if load + amount > capacity and t[i + 1, FROM] > t[i, FROM]:
            t[found, FROM], t[found, TO] = t[i, FROM], t[i + 1, FROM]
            found += 1
    return found - TAKEN
