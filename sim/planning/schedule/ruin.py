"""Ways to remove tracks, and orders in which requests are inserted again: compiled."""

from __future__ import annotations

from sim.planning.schedule.bookings import book, inner, is_pinned, unbook
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
    Integers,
)
from sim.planning.schedule.placing import IN, OUT, clear, count_in, draw, pick
from sim.planning.schedule.table import (
    ASKED,
    BOOKED,
    BY_REQUEST,
    END_REQUESTS,
    FIRST_REQUEST,
    FROM,
    GOT,
    HEAD,
    MADE,
    MOST_POOL,
    MOST_TOUCHED,
    POOL,
    SAVED,
    SAVED_ALTERNATIVE,
    STAMP,
    TO,
    TOUCHED,
    TRACKED,
)

RUINS, ORDERS = 6, 6
"""How many ways there are to remove tracks, and to order requests."""


@inner
def any_request(t: Integers) -> int:
    """A request, at random."""
    return t[HEAD, FIRST_REQUEST] + pick(t, t[HEAD, END_REQUESTS] - t[HEAD, FIRST_REQUEST])


@inner
def following(t: Integers, request: int) -> int:
    """The request after one, and the first after the last."""
    return request + 1 if request + 1 < t[HEAD, END_REQUESTS] else t[HEAD, FIRST_REQUEST]


@inner
def save(t: Integers, request: int, stamp: int) -> None:
    """Saves the tracks of a request, once an iteration."""
    if t[request, STAMP] == stamp:
        return
    t[request, STAMP] = stamp
    t[request, SAVED] = t[request, MADE]
    for track in range(t[request, ROW], t[request, ROW] + t[request, MADE]):
        for column in range(3):
            t[track, SAVED_ALTERNATIVE + column] = t[track, column]
    t[TOUCHED, 0] += 1
    t[TOUCHED + t[TOUCHED, 0], 0] = request


@inner
def remove(t: Integers, request: int, stamp: int) -> None:
    """Removes the tracks of a request and puts it into the pool."""
    if t[request, STAMP] == stamp or t[POOL, 0] >= MOST_POOL or t[TOUCHED, 0] >= MOST_TOUCHED:
        return
    save(t, request, stamp)
    count_in(t, request, OUT)
    clear(t, request)
    count_in(t, request, IN)
    t[POOL, 0] += 1
    t[POOL + t[POOL, 0], 0] = request


@inner
def ruin(t: Integers, stamp: int, way: int) -> None:
    """Removes tracks in one of the ways, and adds some requests to the pool that have none."""
    most = 1 + pick(t, 12)
    count = t[HEAD, END_REQUESTS] - t[HEAD, FIRST_REQUEST]
    request = any_request(t)
    if way == 0:  # any requests
        for _ in range(most):
            remove(t, any_request(t), stamp)
    elif way <= 3:  # what stands in the way of a request that lacks time: all, part of a view period, or some of it
        request = _lacking(t, request)
        remove(t, request, stamp)
        _make_room(t, request, stamp, way, most)
    elif way == 4:  # what is booked beside a track, on any antenna
        _remove_beside(t, request, stamp, most)
    else:  # the tracks of one mission
        mission = t[request, MISSION]
        for _ in range(count):
            request = following(t, request)
            if t[request, MISSION] == mission and t[POOL, 0] < most:
                remove(t, request, stamp)
    request, more = any_request(t), 1 + pick(t, 10)
    for _ in range(count):
        request = following(t, request)
        if t[request, MADE] == 0 and more > 0:
            more -= 1
            remove(t, request, stamp)


@inner
def _lacking(t: Integers, begin: int) -> int:
    """A request that has less than its greatest time, or any; more often one without tracks."""
    none, request = draw(t) < 0.7, begin
    for _ in range(t[HEAD, END_REQUESTS] - t[HEAD, FIRST_REQUEST]):
        request = following(t, request)
        if t[request, MADE] == 0 if none else t[request, GOT] < t[request, MOST]:
            return request
    return begin


@inner
def _make_room(t: Integers, request: int, stamp: int, way: int, most: int) -> None:
    """Removes, or shortens, what is booked where a request could be tracked."""
    if t[request, LAST] == t[request, FIRST]:
        return
    of = t[request, FIRST] + pick(t, t[request, LAST] - t[request, FIRST])
    start, end = t[of, ON], t[of, OFF]
    if way >= 2:
        least = max(t[request, LEAST], t[request, LEAST_TRACK])
        length = min(end - start, t[request, MOST] if draw(t) < 0.5 else least)
        start += int(draw(t) * (end - start - length))
        end = start + length
    for use in range(t[of, FIRST_USE], t[of, LAST_USE]):
        resource = t[use, RESOURCE]
        begin, finish = start - t[use, BEFORE], end + t[use, AFTER]
        i = t[resource, BOOKED] - 1
        while i >= 0:
            booking = t[resource, FIRST_BOOKING] + i
            other = t[booking, BY_REQUEST]
            overlaps = t[booking, FROM] < finish and t[booking, TO] > begin
            if overlaps and other >= 0 and t[POOL, 0] < most + 1 and t[other, STAMP] != stamp:
                if way == 3 and t[other, MADE] == 1:
                    _shorten(t, other, stamp)
                else:
                    remove(t, other, stamp)
                i = t[resource, BOOKED]
            i -= 1


@inner
def _shorten(t: Integers, request: int, stamp: int) -> None:
    """Cuts the only track of a request to its least time, at one end."""
    track = t[request, ROW]
    alternative, start, end = t[track, ALTERNATIVE], t[track, START], t[track, END]
    save(t, request, stamp)
    least = max(t[request, LEAST], t[request, LEAST_TRACK])
    if t[request, MOST_GAP] < NEVER or is_pinned(t, request, track) or least >= end - start:
        return
    count_in(t, request, OUT)
    unbook(t, request, track)
    if draw(t) < 0.5:
        book(t, request, alternative, start, start + least)
    else:
        book(t, request, alternative, end - least, end)
    count_in(t, request, IN)


@inner
def _remove_beside(t: Integers, request: int, stamp: int, most: int) -> None:
    """Removes the requests whose tracks come near those of one request in time."""
    if t[request, MADE] == 0:
        return
    track = t[request, ROW] + pick(t, t[request, MADE])
    start, end = t[track, START], t[track, END]
    remove(t, request, stamp)
    other = any_request(t)
    for _ in range(t[HEAD, END_REQUESTS] - t[HEAD, FIRST_REQUEST]):
        other = following(t, other)
        near = False
        for row in range(t[other, ROW], t[other, ROW] + t[other, MADE]):
            near = near or (t[row, START] < end and t[row, END] > start)
        if near and t[POOL, 0] < most:
            remove(t, other, stamp)


@inner
def order_pool(t: Integers, order: int) -> None:
    """Orders the pool: as it is, at random, or by time, choice, priority or what the mission lacks."""
    if order == 0:
        return
    for i in range(1, t[POOL, 0]):
        request = t[POOL + 1 + i, 0]
        key = _rank(t, request, order)
        place = i
        while place > 0 and _rank(t, t[POOL + place, 0], order) < key:
            t[POOL + 1 + place, 0] = t[POOL + place, 0]
            place -= 1
        t[POOL + 1 + place, 0] = request


@inner
def _rank(t: Integers, request: int, order: int) -> float:
    if order == 1:
        return draw(t)
    if order == 2:
        return float(t[request, LEAST])
    if order == 3:
        return -float(t[request, LAST] - t[request, FIRST]) - draw(t)
    if order == 4:
        return float(t[request, PRIORITY]) + draw(t)
    asked = t[t[request, MISSION], ASKED]
    return float(asked - t[t[request, MISSION], TRACKED]) / asked + 0.2 * draw(t)
