"""Plans are the best there are: against exhaustive search, and against rules that are checked one by one."""

from functools import cache

import numpy as np
import pytest

from sim.core.time import Span
from sim.planning.tracks import Handover, Option, best_tracks

SPAN = Span(0.0, 86400.0)


def _best_by_trying_all(options, overlap, pause):
    """The greatest (tracked, preferred, -tracks) over every sequence of tracks at whole times.

    Depth first with memory of all antennas: nothing of it is shared with the search.
    """
    last = max(o.end for o in options)
    stations = sorted({o.station for o in options})

    @cache
    def onward(t, held, free):
        """The best from time t on. held : None, or (option, begun); free : when each antenna is free again."""
        if t > last:
            return None if held is not None else (0, 0, 0)
        found = []
        if held is None:
            found.append(onward(t + 1, None, free))
            found += _begun(t, free)
        else:
            i, begun = held
            o = options[i]
            if t < o.end:
                further = onward(t + 1, held, free)
                found.append(None if further is None else (further[0] + 1, further[1] + o.preference, further[2]))
            in_gap = any(a < t <= b for a, b in o.gaps)
            if t - begun >= max(o.least, 1) and not in_gap:
                used = _used(free, o, t)
                found.append(_after(t, used))
                late_gap = any(a < t + overlap <= b for a, b in o.gaps)
                if overlap and t + overlap <= o.end and not late_gap:
                    found += _begun(t, _used(free, o, t + overlap))
        found = [each for each in found if each is not None]
        return max(found, default=None)

    def _after(t, free):
        wait = max(pause, 1000) if overlap else pause
        if wait == 0:
            return max(each for each in [onward(t + 1, None, free), *_begun(t, free)] if each is not None)
        return onward(min(t + wait, last + 1), None, free)

    def _used(free, o, end):
        return tuple(end + o.turnaround if s == o.station else f for s, f in zip(stations, free, strict=True))

    def _begun(t, free):
        found = []
        for i, o in enumerate(options):
            fits = o.start <= t and t + max(o.least, 1) <= o.end and not any(a <= t < b for a, b in o.gaps)
            if fits and free[stations.index(o.station)] <= t:
                further = onward(t + 1, (i, t), free)
                if further is not None:
                    found.append((further[0] + 1, further[1] + o.preference, further[2] - 1))
        return found

    return onward(0, None, (0,) * len(stations))


@pytest.mark.parametrize("seed", range(200))
def test_a_plan_is_as_good_as_the_best_of_all(seed):
    draw = np.random.default_rng(seed)
    overlap, pause = (int(draw.integers(1, 3)), 0) if seed % 4 == 0 else (0, int(draw.integers(0, 3)))
    turn = {s: int(draw.integers(0, 6)) for s in range(3)}
    options = []
    for _ in range(draw.integers(1, 6)):
        start, length = int(draw.integers(0, 16)), int(draw.integers(2, 12))
        station, least = int(draw.integers(0, 3)), max(int(draw.integers(0, 5)), overlap)
        gaps = ((start + 3, start + 5),) if length > 8 and draw.integers(2) else ()
        options.append(Option(station, start, start + length, least, turn[station], int(draw.integers(0, 4)), gaps))
    handover = Handover(overlap, pause)
    found = best_tracks(options, handover, range(max(o.end for o in options) + 1))
    assert found.optimal
    assert found.score[:3] == _best_by_trying_all(tuple(options), overlap, pause)
    assert found.bound >= found.score[0]
