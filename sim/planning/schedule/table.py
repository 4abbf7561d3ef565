"""Everything that a search computes with, in one table of whole numbers: a request, a track, a booking is its row.

One array keeps compiled functions simple: they take the table and rows of it, and compile in seconds.
"""

from __future__ import annotations

import numpy as np

from sim.planning.schedule.instance import (
    CAPACITY,
    FIRST,
    FIRST_BOOKING,
    FIRST_USE,
    LAST,
    LAST_USE,
    MISSION,
    OF,
    OFF,
    ON,
    RESOURCE,
    ROW,
    Instance,
    Integers,
)

COLUMNS = 20
MADE, GOT, STAMP, SAVED, BEST = range(15, 20)
"""Further columns of requests: tracks, tracked time, the iteration that saved them last, tracks then and at best."""
ASKED, TRACKED = range(2)
"""Columns of missions: time asked for and tracked."""
BOOKED = 3
"""Further column of resources: how many bookings there are."""
SAVED_ALTERNATIVE, SAVED_START, SAVED_END, BEST_ALTERNATIVE, BEST_START, BEST_END = range(3, 9)
"""Further columns of tracks: those before an iteration, and the best."""
FROM, TO, HOW_MUCH, BY_BEAM, BY_MISSION, BY_REQUEST = range(6)
"""Columns of bookings, in order of time; maintenance is by no request, -1."""

HEAD, TOTALS, POOL, TOUCHED = 0, 1, 2, 102
"""Rows. POOL, TOUCHED : the requests that an iteration inserts, and those that it has saved, behind their count."""
FREE, SPARE, TAKEN = 20_000, 22_000, 24_000
"""Rows of free intervals that were found last, and room for the search for them."""
MOST_FREE, MOST_POOL, MOST_TOUCHED = 2000, 64, 19_000
FIRST_REQUEST, END_REQUESTS, FIRST_MISSION, END_MISSIONS, FIRST_TRACK, END_TRACKS = range(6)
FIRST_EARLIER, END_EARLIER, RANDOM, COMPARED = range(6, 10)
"""Columns of the head: where the parts begin and end, the state of the random numbers, and whether there is an earlier
schedule."""
TIME, SATISFIED, FURTHER, ON_PREFERRED, CHANGED = range(5)
"""Columns of totals."""


def make_table(instance: Instance, random: int) -> Integers:
    """The table of an instance in which maintenance is booked, and no track.

    Parameters
    ----------
    instance
        The network.
    random
        First state of the random numbers, not 0.
    """
    arrays, (tracks, bookings) = instance.arrays, instance.rows.rooms
    parts = [
        arrays.requests, arrays.alternatives, arrays.uses, arrays.resources, arrays.asked[:, None], arrays.earlier,
        np.zeros((tracks, 1), np.int64), np.zeros((bookings, 1), np.int64),
    ]  # fmt: skip
    rows = TAKEN + MOST_FREE + np.cumsum([0, *map(len, parts)])
    table = np.zeros((rows[-1], COLUMNS), np.int64)
    for first, part in zip(rows, parts, strict=False):
        table[first : first + len(part), : part.shape[1]] = part
    requests, alternatives, uses, resources, missions, earlier, first_track, first_booking = map(int, rows[:-1])
    table[requests:alternatives, [FIRST, LAST]] += alternatives
    table[requests:alternatives, MISSION] += missions
    table[requests:alternatives, ROW] += first_track
    table[alternatives:uses, OF] += requests
    table[alternatives:uses, [FIRST_USE, LAST_USE]] += uses
    table[uses:resources, RESOURCE] += resources
    table[resources:missions, FIRST_BOOKING] += first_booking
    table[earlier:first_track, 0] += alternatives
    table[HEAD, :10] = (
        requests, alternatives, missions, earlier, first_track, first_booking, earlier, first_track, random,
        bool(instance.earlier),
    )  # fmt: skip
    for resource, start, close in arrays.closed.tolist():
        row = resources + resource
        booking = table[row, FIRST_BOOKING] + table[row, BOOKED]
        table[booking, : BY_REQUEST + 1] = start, close, table[row, CAPACITY], 0, -1, -1
        table[row, BOOKED] += 1
    return table


def pinned_rows(instance: Instance, table: Integers) -> list[tuple[int, int, int, int]]:
    """Request, alternative, start and end of every pinned track."""
    first = int(table[HEAD, END_REQUESTS])
    rows = [table[first + number] for number in instance.rows.pinned]
    numbers = [first + number for number in instance.rows.pinned]
    return [(int(row[OF]), number, int(row[ON]), int(row[OFF])) for row, number in zip(rows, numbers, strict=True)]
