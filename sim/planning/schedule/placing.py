"""Tracks for one request: chosen among what is free, stretched, removed, and counted: compiled."""

from __future__ import annotations

import numpy as np

from sim.planning.schedule.bookings import FROM, TO, Booked, book, find_free, is_pinned, unbook
from sim.planning.schedule.instance import (
    ALTERNATIVE,
    CLOSES,
    END,
    FIRST,
    LAST,
    LEAST,
    LEAST_TRACK,
    LEAST_TRACKS,
    MISSION,
    MOST,
    MOST_GAP,
    MOST_TRACKS,
    NEVER,
    OFF,
    ON,
    OPENS,
    PREFERRED,
    PRIORITY,
    ROW,
    SCARCITY,
    START,
    Arrays,
    Integers,
)
from sim.planning.schedule.compiled import entry, inner

LONGEST, EARLIEST, LATEST, ANY, LEAST_SCARCE, MOST_KEPT = range(6)
"""What decides where a track goes."""
IN, OUT = np.int64(1), np.int64(-1)
"""Whether what a request has is added to the totals, or taken out again before it changes."""
TIME, SATISFIED, FURTHER, ON_PREFERRED, CHANGED = range(5)
"""Columns of totals."""


@inner
def draw(state: Integers) -> float:
    """Draws a number from 0 to 1: xorshift64*, the same bits everywhere."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0


@inner
def pick(state: Integers, count: int) -> int:
    """Draws a whole number below a count."""
    return min(int(draw(state) * count), count - 1)


@entry
def count_all(arrays: Arrays, booked: Booked) -> None:
    """Adds what all requests have to the totals, which must be empty."""
    for request in range(len(arrays.requests)):
        count_in(arrays, booked, request, IN)


@inner
def count_in(arrays: Arrays, booked: Booked, request: int, sign: int) -> None:
    """Adds what a request has to the totals, or takes it out: IN or OUT."""
    first, many = arrays.requests[request, ROW], booked.made[request]
    time, last, preferred, changed = 0, -NEVER, 0, 0
    for i in range(first, first + many):
        alternative, start, end = booked.tracks[i, ALTERNATIVE], booked.tracks[i, START], booked.tracks[i, END]
        time += max(end - max(start, last), 0)
        last = max(last, end)
        if arrays.alternatives[alternative, PREFERRED]:
            preferred += end - start
        if len(arrays.earlier):
            changed += end - start - 2 * _kept(arrays, alternative, start, end)
    booked.got[request] = time
    counted = min(time, arrays.requests[request, MOST])
    booked.missions[arrays.requests[request, MISSION]] += sign * counted
    booked.totals[TIME] += sign * counted
    if many and time >= arrays.requests[request, LEAST]:
        booked.totals[SATISFIED] += sign * arrays.requests[request, PRIORITY]
    booked.totals[FURTHER] += sign * max(many - 1, 0)
    booked.totals[ON_PREFERRED] += sign * preferred
    booked.totals[CHANGED] += sign * changed


@inner
def _kept(arrays: Arrays, alternative: int, start: int, end: int) -> int:
    """How much of a track is in the earlier schedule."""
    low, high = 0, len(arrays.earlier)
    while low < high:
        middle = (low + high) // 2
        if arrays.earlier[middle, ALTERNATIVE] < alternative:
            low = middle + 1
        else:
            high = middle
    kept = 0
    while low < len(arrays.earlier) and arrays.earlier[low, ALTERNATIVE] == alternative:
        kept += max(min(arrays.earlier[low, END], end) - max(arrays.earlier[low, START], start), 0)
        low += 1
    return kept


@inner
def clear(arrays: Arrays, booked: Booked, request: int) -> None:
    """Removes the tracks of a request, except for pinned ones. Totals are not touched."""
    for number in range(booked.made[request] - 1, -1, -1):
        if not is_pinned(arrays, request, booked.tracks[arrays.requests[request, ROW] + number, ALTERNATIVE]):
            unbook(arrays, booked, request, number)


@inner
def keeps_rules(arrays: Arrays, booked: Booked, request: int) -> bool:
    """Whether the tracks of a request keep its own rules: time, number and gaps."""
    row, many = arrays.requests[request], booked.made[request]
    time, last = 0, -NEVER
    gap_before = row[OPENS]
    for i in range(row[ROW], row[ROW] + many):
        start, end = booked.tracks[i, START], booked.tracks[i, END]
        time += max(end - max(start, last), 0)
        last = max(last, end)
        if row[MOST_GAP] < NEVER:
            allowed = row[MOST_GAP] if i > row[ROW] else max(row[MOST_GAP], 0)
            if start - gap_before > allowed:
                return False
            gap_before = end
    if row[MOST_GAP] < NEVER and row[CLOSES] - gap_before > max(row[MOST_GAP], 0):
        return False
    return row[LEAST] <= time <= row[MOST] and row[LEAST_TRACKS] <= many <= row[MOST_TRACKS]


@inner
def tracked(arrays: Arrays, booked: Booked, request: int) -> int:
    """Time that the tracks of a request make, ms."""
    first = arrays.requests[request, ROW]
    time, last = 0, -NEVER
    for i in range(first, first + booked.made[request]):
        time += max(booked.tracks[i, END] - max(booked.tracks[i, START], last), 0)
        last = max(last, booked.tracks[i, END])
    return time


@inner
def insert(arrays: Arrays, booked: Booked, request: int, rule: int, full: bool, random: Integers) -> bool:
    """Adds tracks to a request: as many as it takes for its least time, or (full) for its greatest.

    If its rules cannot be kept, it is left with its pinned tracks only, and the answer is no.
    """
    row = arrays.requests[request]
    if row[MOST_GAP] < NEVER:
        _chain(arrays, booked, request, random)
    wanted = row[MOST] if full else max(row[LEAST], row[LEAST_TRACK] * row[LEAST_TRACKS])
    for _ in range(row[MOST_TRACKS] - booked.made[request]):
        left = wanted - tracked(arrays, booked, request)
        kept_back = max(row[LEAST_TRACKS] - booked.made[request] - 1, 0) * row[LEAST_TRACK]
        if left < row[LEAST_TRACK] and kept_back == 0 and booked.made[request] >= row[LEAST_TRACKS]:
            break
        if not _add_one(arrays, booked, request, left, kept_back, rule, random):
            break
    if booked.made[request] and keeps_rules(arrays, booked, request):
        return True
    clear(arrays, booked, request)
    return False


@inner
def _add_one(
    arrays: Arrays, booked: Booked, request: int, left: int, kept_back: int, rule: int, random: Integers
) -> bool:
    """Adds the best track by a rule, no longer than what is left; false if there is none."""
    row = arrays.requests[request]
    least, got = row[LEAST_TRACK], tracked(arrays, booked, request)
    may_follow = booked.made[request] + 1 < row[MOST_TRACKS]
    best, best_alternative, best_start, best_length = -1.0, np.int64(-1), np.int64(0), np.int64(0)
    for alternative in range(row[FIRST], row[LAST]):
        of = arrays.alternatives[alternative]
        count = find_free(arrays, booked, request, alternative, of[ON], of[OFF])
        for i in range(count):
            start, room = booked.free[i, FROM], booked.free[i, TO] - booked.free[i, FROM]
            length = min(room, left - kept_back)
            if may_follow and got + length < row[LEAST]:  # leave so much that another track can have the rest
                length = min(length, max(row[LEAST] - got - least, least))
            if length < least:
                continue
            side = pick(random, 2)
            begin = start if side == 0 else start + room - length
            worth = _worth(arrays, alternative, begin, length, room, rule, random)
            if worth > best:
                best, best_alternative, best_start, best_length = worth, alternative, begin, length
    if best_alternative < 0:
        return False
    book(arrays, booked, request, best_alternative, best_start, best_start + best_length)
    return True


@inner
def _worth(
    arrays: Arrays, alternative: int, start: int, length: int, room: int, rule: int, random: Integers
) -> float:
    """How good a place is by a rule: above 0, greater is better. Now and then a place is passed over."""
    chance = draw(random)
    if chance < 0.03:
        return 0.0
    worth = 1e13 * chance
    if rule == EARLIEST:
        worth = 1e15 - start
    elif rule == LATEST:
        worth = 1e15 + start
    elif rule == LEAST_SCARCE:
        worth = 1e9 - arrays.alternatives[alternative, SCARCITY] * (0.7 + 0.6 * chance)
    elif rule == MOST_KEPT:
        worth = 1e13 + 1e3 * _kept(arrays, alternative, start, start + length) - room
    elif rule == LONGEST:
        worth = 1e13 - (room - length)
    return worth + 1e4 * min(length, 1e10) if rule != ANY else worth


@inner
def _chain(arrays: Arrays, booked: Booked, request: int, random: Integers) -> None:
    """Adds tracks from the start of the window on, so that no gap is too long; stops where that cannot be."""
    row = arrays.requests[request]
    time = row[OPENS]
    for _ in range(2 * row[MOST_TRACKS]):
        if row[CLOSES] - time <= max(row[MOST_GAP], 0):
            return
        latest = time + (row[MOST_GAP] if time > row[OPENS] else max(row[MOST_GAP], 0))
        passed = time
        for i in range(row[ROW], row[ROW] + booked.made[request]):  # a pinned track that comes in time
            if booked.tracks[i, START] <= latest and booked.tracks[i, END] > time:
                passed = max(passed, booked.tracks[i, END])
        if passed == time:
            if booked.made[request] == row[MOST_TRACKS]:
                return
            passed = _reach(arrays, booked, request, time, latest, random)
        if passed == time:
            return
        time = passed


@inner
def _reach(arrays: Arrays, booked: Booked, request: int, time: int, latest: int, random: Integers) -> int:
    """Adds the track that begins in time and lasts longest; returns its end, or the time if there is none."""
    row = arrays.requests[request]
    least, left = row[LEAST_TRACK], row[MOST] - tracked(arrays, booked, request)
    sparse = row[MOST_GAP] >= least
    best, best_alternative, best_start = time, np.int64(-1), np.int64(0)
    for alternative in range(row[FIRST], row[LAST]):
        of = arrays.alternatives[alternative]
        if of[ON] > latest or of[OFF] <= time or draw(random) < 0.03:
            continue
        count = find_free(arrays, booked, request, alternative, of[ON], of[OFF])
        for i in range(count):
            begin = min(latest, booked.free[i, TO] - least)
            if begin < booked.free[i, FROM]:
                continue
            if sparse and draw(random) < 0.3:
                begin -= int(draw(random) * (begin - max(booked.free[i, FROM], min(time, begin))))
            finish = begin + least if sparse else min(booked.free[i, TO], row[CLOSES])
            finish = min(finish, begin + left)
            if finish - begin >= least and finish > best:
                best, best_alternative, best_start = finish, alternative, begin
    if best_alternative >= 0:
        book(arrays, booked, request, best_alternative, best_start, best)
    return best


@inner
def stretch(arrays: Arrays, booked: Booked, request: int, random: Integers) -> None:
    """Lengthens the tracks of a request where there is room, until it has its greatest time."""
    row = arrays.requests[request]
    for number in range(booked.made[request]):
        missing = row[MOST] - tracked(arrays, booked, request)
        if missing <= 0:
            return
        track = row[ROW] + number
        alternative, start, end = booked.tracks[track, 0], booked.tracks[track, START], booked.tracks[track, END]
        if is_pinned(arrays, request, alternative):
            continue
        of = arrays.alternatives[alternative]
        unbook(arrays, booked, request, number)
        count = find_free(arrays, booked, request, alternative, max(of[ON], start - missing), min(of[OFF], end + missing))
        for i in range(count):
            low, high = booked.free[i, FROM], booked.free[i, TO]
            if low <= start and end <= high:
                if draw(random) < 0.5:
                    later = min(missing, high - end)
                    start, end = start - min(missing - later, start - low), end + later
                else:
                    sooner = min(missing, start - low)
                    start, end = start - sooner, end + min(missing - sooner, high - end)
                break
        book(arrays, booked, request, alternative, start, end)
