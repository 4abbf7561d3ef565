"""Ruin and recreate: removes tracks of some requests, inserts them again, accepts by simulated annealing: compiled.

References
----------
Schrimpf, G. et al. (2000), Record breaking optimization results using the ruin and recreate principle, J. Comput. Phys.
159, 139-171. Ropke, S. and Pisinger, D. (2006), An adaptive large neighborhood search heuristic for the pickup and
delivery problem with time windows, Transportation Science 40, 455-472.
"""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray

from sim.planning.schedule.bookings import book, entry, find_free, inner
from sim.planning.schedule.instance import (
    ALTERNATIVE,
    END,
    LAST,
    MOST,
    MOST_TRACKS,
    OF,
    OFF,
    ON,
    PINNED,
    PRIORITY,
    ROW,
    START,
    Integers,
)
from sim.planning.schedule.placing import IN, OUT, clear, count_in, draw, insert, keeps_rules, stretch
from sim.planning.schedule.ruin import ORDERS, RUINS, any_request, following, order_pool, ruin, save
from sim.planning.schedule.table import (
    ASKED,
    BEST,
    BEST_ALTERNATIVE,
    CHANGED,
    END_EARLIER,
    END_MISSIONS,
    END_REQUESTS,
    END_TRACKS,
    FIRST_EARLIER,
    FIRST_MISSION,
    FIRST_REQUEST,
    FIRST_TRACK,
    FREE,
    FROM,
    FURTHER,
    GOT,
    HEAD,
    MADE,
    ON_PREFERRED,
    POOL,
    SATISFIED,
    SAVED,
    SAVED_ALTERNATIVE,
    TIME,
    TO,
    TOTALS,
    TOUCHED,
    TRACKED,
)

Reals = NDArray[np.float64]

RULES = 6
"""How many rules there are for where tracks go."""
WAYS = RUINS + ORDERS + RULES
PARTS = np.cumsum([0, RUINS, ORDERS, RULES])
"""Where the ways to remove tracks, to order requests, and to place tracks begin and end."""
NOW, BEST_VALUE, HOT, COLD = range(4)
"""Values of a walk: the objective now and at best; temperatures at the start and the end."""
EPOCH = 200
"""Iterations after which the chances of the ways are set anew, from what they have won."""
HEAVIEST = 7
"""How many weights there are; behind them stands the time of the earlier schedule, ms."""


@entry
def begin_walk(t: Integers, values: Reals, weights: Reals) -> None:
    """Books what still fits of the earlier schedule, counts it, and takes it for the best."""
    for row in range(t[HEAD, FIRST_EARLIER], t[HEAD, END_EARLIER]):
        alternative, start, end = t[row, ALTERNATIVE], t[row, START], t[row, END]
        request = t[alternative, OF]
        may = t[alternative, ON] <= start and end <= t[alternative, OFF] and t[request, MADE] < t[request, MOST_TRACKS]
        may = may and find_free(t, request, alternative, start, end) > 0
        if may and t[FREE, FROM] == start and t[FREE, TO] == end:
            book(t, request, alternative, start, end)
    for request in range(t[HEAD, FIRST_REQUEST], t[HEAD, END_REQUESTS]):
        if not keeps_rules(t, request):
            clear(t, request)
    for request in range(t[HEAD, FIRST_REQUEST], t[HEAD, END_REQUESTS]):
        count_in(t, request, IN)
    values[NOW] = objective(t, weights)
    _keep_best(t, values)


@entry
def take_over(t: Integers, other: Integers, values: Reals, weights: Reals) -> None:
    """Replaces all tracks by the best of another walk, pinned ones excepted."""
    for request in range(t[HEAD, FIRST_REQUEST], t[HEAD, END_REQUESTS]):
        count_in(t, request, OUT)
        clear(t, request)
    for request in range(t[HEAD, FIRST_REQUEST], t[HEAD, END_REQUESTS]):
        _enter(t, request, other, BEST_ALTERNATIVE, other[request, BEST])
    values[NOW] = objective(t, weights)
    _keep_best(t, values)


@entry
def anneal(t: Integers, values: Reals, chances: Reals, weights: Reals, begin: int, end: int, horizon: int) -> None:
    """Makes the iterations from `begin` to `end` of a walk that cools down over a horizon.

    chances : of every way its chance, what it has won, and how often it was used since; (3, WAYS)
    """
    reluctance = 0.1 if weights[4] > 0.0 or weights[5] > 0.0 else 0.0  # where tracks have a price, none may be best
    for iteration in range(begin, end):
        temperature = values[HOT] * (values[COLD] / values[HOT]) ** (iteration / horizon)
        ruin_way = _choose(t, chances, PARTS[0], PARTS[1])
        order = _choose(t, chances, PARTS[1], PARTS[2])
        rule = _choose(t, chances, PARTS[2], PARTS[3])
        stamp = iteration + 1
        t[TOUCHED, 0] = t[POOL, 0] = 0
        ruin(t, stamp, ruin_way)
        order_pool(t, order - PARTS[1])
        _recreate(t, stamp, rule - PARTS[2], reluctance)
        value = objective(t, weights)
        won = 0.0
        if value >= values[NOW] or draw(t) < exp((value - values[NOW]) / temperature):
            won = 1.0 if value > values[NOW] else 0.2
            values[NOW] = value
            if value > values[BEST_VALUE] + 1e-12:
                won = 4.0
                _keep_best(t, values)
        else:
            _restore(t)
        for way in (ruin_way, order, rule):
            chances[1, way] += won
            chances[2, way] += 1.0
        if stamp % EPOCH == 0:
            _adapt(chances)


@inner
def objective(t: Integers, weights: Reals) -> float:
    """The objective of what is booked. Weights in the order of `measures.Weights`."""
    squares, worst, asked, priorities = 0.0, 0.0, 0, 0
    for mission in range(t[HEAD, FIRST_MISSION], t[HEAD, END_MISSIONS]):
        lacking = 1.0 - t[mission, TRACKED] / t[mission, ASKED]
        squares += lacking * lacking
        worst = max(worst, lacking)
        asked += t[mission, ASKED]
    for request in range(t[HEAD, FIRST_REQUEST], t[HEAD, END_REQUESTS]):
        priorities += t[request, PRIORITY]
    count, missions = t[HEAD, END_REQUESTS] - t[HEAD, FIRST_REQUEST], t[HEAD, END_MISSIONS] - t[HEAD, FIRST_MISSION]
    return float(
        weights[0] * t[TOTALS, TIME] / asked + weights[1] * t[TOTALS, SATISFIED] / max(priorities, 1)
        - weights[2] * sqrt(squares / missions) - weights[3] * worst - weights[4] * t[TOTALS, FURTHER] / count
        - weights[5] * (t[TOTALS, CHANGED] + weights[HEAVIEST]) / asked
        + weights[6] * t[TOTALS, ON_PREFERRED] / asked
    )  # fmt: skip


@inner
def _keep_best(t: Integers, values: Reals) -> None:
    values[BEST_VALUE] = values[NOW]
    for track in range(t[HEAD, FIRST_TRACK], t[HEAD, END_TRACKS]):
        for column in range(3):
            t[track, BEST_ALTERNATIVE + column] = t[track, column]
    for request in range(t[HEAD, FIRST_REQUEST], t[HEAD, END_REQUESTS]):
        t[request, BEST] = t[request, MADE]


@inner
def _enter(t: Integers, request: int, source: Integers, column: int, many: int) -> None:
    """Books tracks that stand in columns of a table, pinned ones excepted, and counts them."""
    for track in range(t[request, ROW], t[request, ROW] + many):
        alternative = source[track, column]
        if t[request, PINNED] == 0 or alternative < t[request, LAST]:
            book(t, request, alternative, source[track, column + 1], source[track, column + 2])
    count_in(t, request, IN)


@inner
def _restore(t: Integers) -> None:
    """Goes back to what was saved."""
    for i in range(TOUCHED + 1, TOUCHED + 1 + t[TOUCHED, 0]):
        count_in(t, t[i, 0], OUT)
        clear(t, t[i, 0])
    for i in range(TOUCHED + 1, TOUCHED + 1 + t[TOUCHED, 0]):
        _enter(t, t[i, 0], t, SAVED_ALTERNATIVE, t[t[i, 0], SAVED])


@inner
def _choose(t: Integers, chances: Reals, first: int, end: int) -> int:
    """Draws one of the ways by its chance."""
    total = 0.0
    for way in range(first, end):
        total += chances[0, way]
    at, way = draw(t) * total - chances[0, first], first
    while at >= 0.0 and way < end - 1:
        way += 1
        at -= chances[0, way]
    return way


@inner
def _adapt(chances: Reals) -> None:
    """Moves the chances of the ways towards what they have won; none falls below a twentieth."""
    for way in range(WAYS):
        if chances[2, way] > 0.0:
            mean = chances[1, way] / chances[2, way]
            chances[0, way] = max(0.8 * chances[0, way] + 0.2 * mean, 0.05)
            chances[1, way] = chances[2, way] = 0.0


@inner
def _recreate(t: Integers, stamp: int, rule: int, reluctance: float) -> None:
    """Inserts the pool (some now and then not), and stretches what was touched and some others that lack time."""
    full = draw(t) < 0.6
    for i in range(POOL + 1, POOL + 1 + t[POOL, 0]):
        if reluctance and draw(t) < reluctance:
            continue
        count_in(t, t[i, 0], OUT)
        tries, fits = 1 + full, False
        while tries > 0 and not fits:
            fits = insert(t, t[i, 0], rule, tries == 2)
            tries -= 1
        count_in(t, t[i, 0], IN)
    request, more = any_request(t), 6
    for _ in range(t[HEAD, END_REQUESTS] - t[HEAD, FIRST_REQUEST]):
        request = following(t, request)
        if more > 0 and 0 < t[request, GOT] < t[request, MOST]:
            more -= 1
            save(t, request, stamp)
    for i in range(TOUCHED + 1, TOUCHED + 1 + t[TOUCHED, 0]):
        request = t[i, 0]
        if t[request, MADE] and t[request, GOT] < t[request, MOST]:
            count_in(t, request, OUT)
            if keeps_rules(t, request):
                stretch(t, request)
            count_in(t, request, IN)
