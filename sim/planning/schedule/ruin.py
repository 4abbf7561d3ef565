"""Ruin and recreate: removes some requests' tracks, inserts requests again, and accepts by simulated annealing: compiled.

References
----------
Schrimpf, G. et al. (2000), Record breaking optimization results using the ruin and recreate principle, J. Comput. Phys.
159, 139-171. Ropke, S. and Pisinger, D. (2006), An adaptive large neighborhood search heuristic for the pickup and
delivery problem with time windows, Transportation Science 40, 455-472.
"""

from __future__ import annotations

from math import exp, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.planning.schedule.bookings import BY_REQUEST, FROM, TO, Booked, book, is_pinned, unbook
from sim.planning.schedule.instance import (
    AFTER,
    ALTERNATIVE,
    BEFORE,
    END,
    FIRST,
    FIRST_BOOKING,
    FIRST_USE,
    LAST,
    LAST_USE,
    LEAST,
    LEAST_TRACK,
    MISSION,
    MOST,
    MOST_GAP,
    NEVER,
    OFF,
    ON,
    PRIORITY,
    RESOURCE,
    ROW,
    START,
    Arrays,
    Integers,
)
from sim.planning.schedule.placing import (
    CHANGED,
    FURTHER,
    IN,
    ON_PREFERRED,
    OUT,
    SATISFIED,
    TIME,
    clear,
    count_in,
    draw,
    insert,
    keeps_rules,
    pick,
    stretch,
)
from sim.planning.schedule.compiled import entry, inner

Reals = NDArray[np.float64]

RUINS, ORDERS, RULES = 6, 6, 6
"""How many ways there are to remove tracks, to order requests, and to choose where tracks go."""
MOST_POOL = 64
"""Most requests that one iteration inserts."""
NONE = np.int64(0)
EPOCH = 200
"""Iterations after which the chances of the ways are set anew, from what they have won."""


class Walk(NamedTuple):
    """The walk of one worker, beside what is booked."""

    random: Integers
    chances: Reals
    """Of every way: its chance, what it has won, and how often it was used; (3, RUINS + ORDERS + RULES)."""
    stamps: Integers
    """Of every request, the iteration that has saved its tracks last."""
    saved: Integers
    """Of every request, how many tracks it had; at its ROW in `saved_tracks`, which."""
    saved_tracks: Integers
    touched: Integers
    """The requests that this iteration has saved, behind their count."""
    pool: Integers
    """The requests that this iteration inserts, behind their count."""
    best_tracks: Integers
    best_made: Integers
    values: Reals
    """The objective now, and the best so far."""


@entry
def objective(arrays: Arrays, booked: Booked, weights: Reals) -> float:
    """The objective of what is booked. Weights in the order of `measures.Weights`."""
    squares, worst, asked = 0.0, 0.0, 0
    for mission in range(len(arrays.asked)):
        lacking = 1.0 - booked.missions[mission] / arrays.asked[mission]
        squares += lacking * lacking
        worst = max(worst, lacking)
        asked += arrays.asked[mission]
    count, totals, priorities = len(arrays.requests), booked.totals, 0
    for request in range(count):
        priorities += arrays.requests[request, PRIORITY]
    priorities = max(priorities, 1)
    return float(
        weights[0] * totals[TIME] / asked + weights[1] * totals[SATISFIED] / priorities
        - weights[2] * sqrt(squares / len(arrays.asked)) - weights[3] * worst - weights[4] * totals[FURTHER] / count
        - weights[5] * (totals[CHANGED] + weights[7]) / asked + weights[6] * totals[ON_PREFERRED] / asked
    )  # fmt: skip


@entry
def anneal(
    arrays: Arrays, booked: Booked, walk: Walk, weights: Reals, heat: Reals, begin: int, end: int, horizon: int
) -> None:
    """Makes the iterations from `begin` to `end` of a search that cools down from heat[0] to heat[1] over a horizon."""
    for iteration in range(begin, end):
        temperature = heat[0] * (heat[1] / heat[0]) ** (iteration / horizon)
        ruin_way = _choose(walk, 0, RUINS)
        order = _choose(walk, RUINS, ORDERS)
        rule = _choose(walk, RUINS + ORDERS, RULES)
        walk.touched[0] = walk.pool[0] = 0
        _ruin(arrays, booked, walk, iteration + 1, ruin_way)
        _order(arrays, booked, walk, order)
        full = draw(walk.random) < 0.6
        for i in range(walk.pool[0]):
            _retry(arrays, booked, walk, walk.pool[1 + i], rule, full)
        _stretch_all(arrays, booked, walk, iteration + 1)
        value = objective(arrays, booked, weights)
        gain = value - walk.values[0]
        won = 0.0
        if gain >= 0.0 or draw(walk.random) < exp(gain / temperature):
            won = 1.0 if gain > 0.0 else 0.2
            walk.values[0] = value
            if value > walk.values[1] + 1e-12:
                won = 4.0
                keep_best(booked, walk, value)
        else:
            _restore(arrays, booked, walk)
        for way in (ruin_way, RUINS + order, RUINS + ORDERS + rule):
            walk.chances[1, way] += won
            walk.chances[2, way] += 1.0
        if (iteration + 1) % EPOCH == 0:
            _adapt(walk)


@entry
def keep_best(booked: Booked, walk: Walk, value: float) -> None:
    """Keeps the tracks of all requests as the best so far."""
    walk.values[1] = value
    for i in range(len(booked.tracks)):
        for column in range(3):
            walk.best_tracks[i, column] = booked.tracks[i, column]
    for i in range(len(booked.made)):
        walk.best_made[i] = booked.made[i]


@entry
def take_over(arrays: Arrays, booked: Booked, tracks: Integers, made: Integers) -> None:
    """Replaces all tracks by those of another schedule, pinned ones excepted, and counts anew."""
    for request in range(len(arrays.requests)):
        count_in(arrays, booked, request, OUT)
        clear(arrays, booked, request)
    for request in range(len(arrays.requests)):
        _enter_all(arrays, booked, request, tracks, made[request])
        count_in(arrays, booked, request, IN)


@inner
def _enter_all(arrays: Arrays, booked: Booked, request: int, tracks: Integers, many: int) -> None:
    first = arrays.requests[request, ROW]
    for i in range(first, first + many):
        if not is_pinned(arrays, request, tracks[i, ALTERNATIVE]):
            book(arrays, booked, request, tracks[i, ALTERNATIVE], tracks[i, START], tracks[i, END])


@inner
def _choose(walk: Walk, first: int, count: int) -> int:
    """Draws a way by its chance."""
    total = 0.0
    for i in range(first, first + count):
        total += walk.chances[0, i]
    at = draw(walk.random) * total
    for i in range(first, first + count - 1):
        at -= walk.chances[0, i]
        if at < 0.0:
            return i - first
    return count - 1


@inner
def _adapt(walk: Walk) -> None:
    """Moves the chances of the ways towards what they have won; none falls below a twentieth."""
    for way in range(walk.chances.shape[1]):
        if walk.chances[2, way] > 0.0:
            mean = walk.chances[1, way] / walk.chances[2, way]
            walk.chances[0, way] = max(0.8 * walk.chances[0, way] + 0.2 * mean, 0.05)
            walk.chances[1, way] = walk.chances[2, way] = 0.0


@inner
def _save(arrays: Arrays, booked: Booked, walk: Walk, request: int, stamp: int) -> None:
    """Saves the tracks of a request, once an iteration."""
    if walk.stamps[request] == stamp:
        return
    walk.stamps[request] = stamp
    first = arrays.requests[request, ROW]
    walk.saved[request] = booked.made[request]
    for i in range(first, first + booked.made[request]):
        for column in range(3):
            walk.saved_tracks[i, column] = booked.tracks[i, column]
    walk.touched[0] += 1
    walk.touched[walk.touched[0]] = request


@inner
def _restore(arrays: Arrays, booked: Booked, walk: Walk) -> None:
    for i in range(walk.touched[0]):
        request = walk.touched[1 + i]
        count_in(arrays, booked, request, OUT)
        clear(arrays, booked, request)
    for i in range(walk.touched[0]):
        request = walk.touched[1 + i]
        _enter_all(arrays, booked, request, walk.saved_tracks, walk.saved[request])
        count_in(arrays, booked, request, IN)


@inner
def _remove(arrays: Arrays, booked: Booked, walk: Walk, request: int, stamp: int) -> None:
    """Removes the tracks of a request and puts it into the pool."""
    if walk.stamps[request] == stamp or walk.pool[0] >= MOST_POOL:
        return
    _save(arrays, booked, walk, request, stamp)
    count_in(arrays, booked, request, OUT)
    clear(arrays, booked, request)
    count_in(arrays, booked, request, IN)
    walk.pool[0] += 1
    walk.pool[walk.pool[0]] = request


@inner
def _ruin(arrays: Arrays, booked: Booked, walk: Walk, stamp: int, way: int) -> None:
    """Removes tracks in one of the ways, and adds some requests to the pool that have none."""
    count, random = len(arrays.requests), walk.random
    most = 1 + pick(random, 12)
    if way == 0:  # any requests
        for _ in range(most):
            _remove(arrays, booked, walk, pick(random, count), stamp)
    elif way <= 3:  # what stands in the way of a request that lacks time: all, part of a view period, or some of it
        request = _lacking(arrays, booked, random)
        _remove(arrays, booked, walk, request, stamp)
        _make_room(arrays, booked, walk, request, stamp, way, most)
    elif way == 4:  # what is booked beside a track, on any antenna
        _remove_beside(arrays, booked, walk, pick(random, count), stamp, most)
    else:  # the tracks of one mission
        mission = arrays.requests[pick(random, count), MISSION]
        begin = pick(random, count)
        for i in range(count):
            request = (begin + i) % count
            if arrays.requests[request, MISSION] == mission and walk.pool[0] < most:
                _remove(arrays, booked, walk, request, stamp)
    begin, more = pick(random, count), 1 + pick(random, 10)
    for i in range(count):
        request = (begin + i) % count
        if booked.made[request] == 0 and more > 0:
            more -= 1
            _remove(arrays, booked, walk, request, stamp)


@inner
def _lacking(arrays: Arrays, booked: Booked, random: Integers) -> int:
    """A request that has less than its greatest time, or any; more often one without tracks."""
    count = len(arrays.requests)
    begin = pick(random, count)
    none = draw(random) < 0.7
    for i in range(count):
        request = (begin + i) % count
        if booked.made[request] == 0 if none else booked.got[request] < arrays.requests[request, MOST]:
            return request
    return begin


@inner
def _make_room(
    arrays: Arrays, booked: Booked, walk: Walk, request: int, stamp: int, way: int, most: int
) -> None:  # fmt: skip
    """Removes, or shortens, what is booked where a request could be tracked."""
    row, random = arrays.requests[request], walk.random
    if row[LAST] == row[FIRST]:
        return
    of = arrays.alternatives[row[FIRST] + pick(random, row[LAST] - row[FIRST])]
    start, end = of[ON], of[OFF]
    if way >= 2:
        length = min(end - start, row[MOST] if draw(random) < 0.5 else max(row[LEAST], row[LEAST_TRACK]))
        start += int(draw(random) * (end - start - length))
        end = start + length
    for use in range(of[FIRST_USE], of[LAST_USE]):
        resource = arrays.uses[use, RESOURCE]
        begin, finish = start - arrays.uses[use, BEFORE], end + arrays.uses[use, AFTER]
        i = booked.counts[resource] - 1
        while i >= 0:
            booking = arrays.resources[resource, FIRST_BOOKING] + i
            other = booked.bookings[booking, BY_REQUEST]
            overlaps = booked.bookings[booking, FROM] < finish and booked.bookings[booking, TO] > begin
            if overlaps and other >= 0 and walk.pool[0] < most + 1 and walk.stamps[other] != stamp:
                if way == 3 and booked.made[other] == 1:
                    _shorten(arrays, booked, walk, other, stamp)
                else:
                    _remove(arrays, booked, walk, other, stamp)
                i = booked.counts[resource]
            i -= 1


@inner
def _shorten(arrays: Arrays, booked: Booked, walk: Walk, request: int, stamp: int) -> None:
    """Cuts the only track of a request to its least time, at one end."""
    row = arrays.requests[request]
    first = row[ROW]
    alternative, start, end = booked.tracks[first, ALTERNATIVE], booked.tracks[first, START], booked.tracks[first, END]
    _save(arrays, booked, walk, request, stamp)
    least = max(row[LEAST], row[LEAST_TRACK])
    if row[MOST_GAP] < NEVER or is_pinned(arrays, request, alternative) or least >= end - start:
        return
    count_in(arrays, booked, request, OUT)
    unbook(arrays, booked, request, NONE)
    if draw(walk.random) < 0.5:
        book(arrays, booked, request, alternative, start, start + least)
    else:
        book(arrays, booked, request, alternative, end - least, end)
    count_in(arrays, booked, request, IN)


@inner
def _remove_beside(
    arrays: Arrays, booked: Booked, walk: Walk, request: int, stamp: int, most: int
) -> None:
    """Removes the requests whose tracks come near those of one request in time."""
    if booked.made[request] == 0:
        return
    track = booked.tracks[arrays.requests[request, ROW] + pick(walk.random, booked.made[request])]
    start, end = track[START], track[END]
    begin, count = pick(walk.random, len(arrays.requests)), len(arrays.requests)
    _remove(arrays, booked, walk, request, stamp)
    for i in range(count):
        other = (begin + i) % count
        first = arrays.requests[other, ROW]
        for row in range(first, first + booked.made[other]):
            if booked.tracks[row, START] < end and booked.tracks[row, END] > start and walk.pool[0] < most:
                _remove(arrays, booked, walk, other, stamp)
                break


@inner
def _order(arrays: Arrays, booked: Booked, walk: Walk, order: int) -> None:
    """Orders the pool: as it is, at random, or by time, choice, priority or what the mission lacks."""
    if order == 0:
        return
    for i in range(1, walk.pool[0]):
        request = walk.pool[1 + i]
        key = _rank(arrays, booked, request, order, walk.random)
        place = i
        while place > 0 and _rank(arrays, booked, walk.pool[place], order, walk.random) < key:
            walk.pool[1 + place] = walk.pool[place]
            place -= 1
        walk.pool[1 + place] = request


@inner
def _rank(arrays: Arrays, booked: Booked, request: int, order: int, random: Integers) -> float:
    row = arrays.requests[request]
    if order == 1:
        return draw(random)
    if order == 2:
        return float(row[LEAST])
    if order == 3:
        return -float(row[LAST] - row[FIRST]) - draw(random)
    if order == 4:
        return float(row[PRIORITY]) + draw(random)
    asked = arrays.asked[row[MISSION]]
    return float(asked - booked.missions[row[MISSION]]) / asked + 0.2 * draw(random)


@inner
def _retry(arrays: Arrays, booked: Booked, walk: Walk, request: int, rule: int, full: bool) -> None:
    count_in(arrays, booked, request, OUT)
    if not insert(arrays, booked, request, rule, full, walk.random) and full:
        insert(arrays, booked, request, rule, False, walk.random)
    count_in(arrays, booked, request, IN)


@inner
def _stretch_all(arrays: Arrays, booked: Booked, walk: Walk, stamp: int) -> None:
    """Stretches what was touched, and some others that lack time."""
    many = walk.touched[0]
    for i in range(many):
        _stretch_one(arrays, booked, walk, walk.touched[1 + i], stamp)
    begin, more, count = pick(walk.random, len(arrays.requests)), 6, len(arrays.requests)
    for i in range(count):
        request = (begin + i) % count
        if 0 < booked.got[request] < arrays.requests[request, MOST] and more > 0:
            more -= 1
            _stretch_one(arrays, booked, walk, request, stamp)


@inner
def _stretch_one(arrays: Arrays, booked: Booked, walk: Walk, request: int, stamp: int) -> None:
    if booked.made[request] and booked.got[request] < arrays.requests[request, MOST]:
        _save(arrays, booked, walk, request, stamp)
        count_in(arrays, booked, request, OUT)
        if keeps_rules(arrays, booked, request):
            stretch(arrays, booked, request, walk.random)
        count_in(arrays, booked, request, IN)
