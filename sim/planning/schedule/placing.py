"""Tracks for one request: chosen among what is free, stretched, removed, and counted: compiled."""

from __future__ import annotations

import numpy as np

from sim.planning.schedule.bookings import book, find_free, inner, is_pinned, unbook
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
    Integers,
)
from sim.planning.schedule.table import (
    CHANGED,
    COMPARED,
    END_EARLIER,
    FIRST_EARLIER,
    FREE,
    FROM,
    FURTHER,
    GOT,
    HEAD,
    MADE,
    ON_PREFERRED,
    RANDOM,
    SATISFIED,
    TIME,
    TO,
    TOTALS,
    TRACKED,
)

LONGEST, EARLIEST, LATEST, ANY, LEAST_SCARCE, MOST_KEPT = range(6)
"""What decides where a track goes."""
IN, OUT = np.int64(1), np.int64(-1)
"""Whether what a request has is added to the totals, or taken out again before it changes."""


@inner
def draw(t: Integers) -> float:
    """Draws a number from 0 to 1: xorshift64*, the same bits everywhere."""
    x = np.uint64(t[HEAD, RANDOM])
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    t[HEAD, RANDOM] = np.int64(x)
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0


@inner
def pick(t: Integers, count: int) -> int:
    """Draws a whole number below a count."""
    return min(int(draw(t) * count), count - 1)


@inner
def count_in(t: Integers, request: int, sign: int) -> None:
    """Adds what a request has to the totals, or takes it out: IN or OUT."""
    first, many = t[request, ROW], t[request, MADE]
    time, last, preferred, changed = 0, -NEVER, 0, 0
    for i in range(first, first + many):
        alternative, start, end = t[i, ALTERNATIVE], t[i, START], t[i, END]
        time += max(end - max(start, last), 0)
        last = max(last, end)
        if t[alternative, PREFERRED]:
            preferred += end - start
        if t[HEAD, COMPARED]:
            changed += end - start - 2 * _kept(t, alternative, start, end)
    t[request, GOT] = time
    counted = min(time, t[request, MOST])
    t[t[request, MISSION], TRACKED] += sign * counted
    t[TOTALS, TIME] += sign * counted
    if many and time >= t[request, LEAST]:
        t[TOTALS, SATISFIED] += sign * t[request, PRIORITY]
    t[TOTALS, FURTHER] += sign * max(many - 1, 0)
    t[TOTALS, ON_PREFERRED] += sign * preferred
    t[TOTALS, CHANGED] += sign * changed


@inner
def _kept(t: Integers, alternative: int, start: int, end: int) -> int:
    """How much of a track is in the earlier schedule."""
    low, high = t[HEAD, FIRST_EARLIER], t[HEAD, END_EARLIER]
    while low < high:
        middle = (low + high) // 2
        if t[middle, ALTERNATIVE] < alternative:
            low = middle + 1
        else:
            high = middle
    kept = 0
    while low < t[HEAD, END_EARLIER] and t[low, ALTERNATIVE] == alternative:
        kept += max(min(t[low, END], end) - max(t[low, START], start), 0)
        low += 1
    return kept


@inner
def clear(t: Integers, request: int) -> None:
    """Removes the tracks of a request, except for pinned ones. Totals are not touched."""
    for track in range(t[request, ROW] + t[request, MADE] - 1, t[request, ROW] - 1, -1):
        if not is_pinned(t, request, track):
            unbook(t, request, track)


@inner
def keeps_rules(t: Integers, request: int) -> bool:
    """Whether the tracks of a request keep its own rules: time, number and gaps."""
    many = t[request, MADE]
    time, last = 0, -NEVER
    gap_before = t[request, OPENS]
    for i in range(t[request, ROW], t[request, ROW] + many):
        start, end = t[i, START], t[i, END]
        time += max(end - max(start, last), 0)
        last = max(last, end)
        if t[request, MOST_GAP] < NEVER:
            allowed = t[request, MOST_GAP] if i > t[request, ROW] else max(t[request, MOST_GAP], 0)
            if start - gap_before > allowed:
                return False
            gap_before = end
    if t[request, MOST_GAP] < NEVER and t[request, CLOSES] - gap_before > max(t[request, MOST_GAP], 0):
        return False
    return t[request, LEAST] <= time <= t[request, MOST] and t[request, LEAST_TRACKS] <= many <= t[request, MOST_TRACKS]


@inner
def tracked(t: Integers, request: int) -> int:
    """Time that the tracks of a request make, ms."""
    first = t[request, ROW]
    time, last = 0, -NEVER
    for i in range(first, first + t[request, MADE]):
        time += max(t[i, END] - max(t[i, START], last), 0)
        last = max(last, t[i, END])
    return time


@inner
def insert(t: Integers, request: int, rule: int, full: bool) -> bool:
    """Adds tracks to a request: as many as it takes for its least time, or (full) for its greatest.

    If its rules cannot be kept, it is left with its pinned tracks only, and the answer is no.
    """
    if t[request, MOST_GAP] < NEVER:
        _chain(t, request)
    wanted = t[request, MOST] if full else max(t[request, LEAST], t[request, LEAST_TRACK] * t[request, LEAST_TRACKS])
    for _ in range(t[request, MOST_TRACKS] - t[request, MADE]):
        left = wanted - tracked(t, request)
        kept_back = max(t[request, LEAST_TRACKS] - t[request, MADE] - 1, 0) * t[request, LEAST_TRACK]
        if left < t[request, LEAST_TRACK] and kept_back == 0 and t[request, MADE] >= t[request, LEAST_TRACKS]:
            break
        if not _add_one(t, request, left, kept_back, rule):
            break
    if t[request, MADE] and keeps_rules(t, request):
        return True
    clear(t, request)
    return False


@inner
def _add_one(t: Integers, request: int, left: int, kept_back: int, rule: int) -> bool:
    """Adds the best track by a rule, no longer than what is left; false if there is none."""
    least, got = t[request, LEAST_TRACK], tracked(t, request)
    may_follow = t[request, MADE] + 1 < t[request, MOST_TRACKS]
    best, best_alternative, best_start, best_length = -1.0, np.int64(-1), np.int64(0), np.int64(0)
    for alternative in range(t[request, FIRST], t[request, LAST]):
        count = find_free(t, request, alternative, t[alternative, ON], t[alternative, OFF])
        for i in range(count):
            start, room = t[FREE + i, FROM], t[FREE + i, TO] - t[FREE + i, FROM]
            length = min(room, left - kept_back)
            if may_follow and got + length < t[request, LEAST]:  # leave so much that another track can have the rest
                length = min(length, max(t[request, LEAST] - got - least, least))
            if length < least:
                continue
            side = pick(t, 2)
            begin = start if side == 0 else start + room - length
            if t[HEAD, COMPARED] and draw(t) < 0.7:
                begin = _as_before(t, alternative, start, start + room - length)
            worth = _worth(t, alternative, begin, length, room, rule)
            if worth > best:
                best, best_start, best_length = worth, begin, length
                best_alternative = alternative  # type: ignore[assignment]
    if best_alternative < 0:
        return False
    book(t, request, best_alternative, best_start, best_start + best_length)
    return True


@inner
def _as_before(t: Integers, alternative: int, earliest: int, latest: int) -> int:
    """The start nearest to one of the earlier schedule; the earliest if there is none."""
    nearest, best = earliest, NEVER
    for i in range(t[HEAD, FIRST_EARLIER], t[HEAD, END_EARLIER]):
        if t[i, ALTERNATIVE] == alternative:
            begin = min(max(t[i, START], earliest), latest)
            if abs(begin - t[i, START]) < best:
                nearest, best = begin, abs(begin - t[i, START])
    return nearest


@inner
def _worth(t: Integers, alternative: int, start: int, length: int, room: int, rule: int) -> float:
    """How good a place is by a rule: above 0, greater is better. Now and then a place is passed over."""
    chance = draw(t)
    if chance < 0.03:
        return 0.0
    worth = 1e13 * chance
    if rule == EARLIEST:
        worth = 1e15 - start
    elif rule == LATEST:
        worth = 1e15 + start
    elif rule == LEAST_SCARCE:
        worth = 1e9 - t[alternative, SCARCITY] * (0.7 + 0.6 * chance)
    elif rule == MOST_KEPT:
        worth = 1e13 + 1e3 * _kept(t, alternative, start, start + length) - room
    elif rule == LONGEST:
        worth = 1e13 - (room - length)
    return worth + 1e4 * min(length, 1e10) if rule != ANY else worth


@inner
def _chain(t: Integers, request: int) -> None:
    """Adds tracks from the start of the window on, so that no gap is too long; stops where that cannot be."""
    time = t[request, OPENS]
    for _ in range(2 * t[request, MOST_TRACKS]):
        if t[request, CLOSES] - time <= max(t[request, MOST_GAP], 0):
            return
        latest = time + (t[request, MOST_GAP] if time > t[request, OPENS] else max(t[request, MOST_GAP], 0))
        passed = time
        for i in range(t[request, ROW], t[request, ROW] + t[request, MADE]):  # a pinned track that comes in time
            if t[i, START] <= latest and t[i, END] > time:
                passed = max(passed, t[i, END])
        if passed == time:
            if t[request, MADE] == t[request, MOST_TRACKS]:
                return
            passed = _reach(t, request, time, latest)
        if passed == time:
            return
        time = passed


@inner
def _reach(t: Integers, request: int, time: int, latest: int) -> int:
    """Adds the track that begins in time and lasts longest; returns its end, or the time if there is none."""
    least, left = t[request, LEAST_TRACK], t[request, MOST] - tracked(t, request)
    sparse = t[request, MOST_GAP] >= least
    best, best_alternative, best_start = time, np.int64(-1), np.int64(0)
    for alternative in range(t[request, FIRST], t[request, LAST]):
        if t[alternative, ON] > latest or t[alternative, OFF] <= time or draw(t) < 0.03:
            continue
        count = find_free(t, request, alternative, t[alternative, ON], t[alternative, OFF])
        for i in range(count):
            begin = min(latest, t[FREE + i, TO] - least)
            if begin < t[FREE + i, FROM]:
                continue
            if sparse and draw(t) < 0.3:
                begin -= int(draw(t) * (begin - max(t[FREE + i, FROM], min(time, begin))))
            finish = begin + least if sparse else min(t[FREE + i, TO], t[request, CLOSES])
            finish = min(finish, max(begin, time) + left)  # what overlaps at a hand-over counts once
            if finish - begin >= least and finish > best:
                best, best_start = finish, begin
                best_alternative = alternative  # type: ignore[assignment]
    if best_alternative >= 0:
        book(t, request, best_alternative, best_start, best)
    return best


@inner
def stretch(t: Integers, request: int) -> None:
    """Lengthens the tracks of a request where there is room, until it has its greatest time."""
    for track in range(t[request, ROW], t[request, ROW] + t[request, MADE]):
        missing = t[request, MOST] - tracked(t, request)
        if missing <= 0:
            return
        if is_pinned(t, request, track):
            continue
        alternative, start, end = t[track, ALTERNATIVE], t[track, START], t[track, END]
        unbook(t, request, track)
        earliest, latest = max(t[alternative, ON], start - missing), min(t[alternative, OFF], end + missing)
        count = find_free(t, request, alternative, earliest, latest)
        for i in range(count):
            low, high = t[FREE + i, FROM], t[FREE + i, TO]
            if low <= start and end <= high:
                if draw(t) < 0.5:
                    later = min(missing, high - end)
                    start, end = start - min(missing - later, start - low), end + later
                else:
                    sooner = min(missing, start - low)
                    start, end = start - sooner, end + min(missing - sooner, high - end)
                break
        book(t, request, alternative, start, end)
