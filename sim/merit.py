"""Figures of merit of windows over a span: how well places are served, one number a place.

Each says what becomes of a contact or a gap that the span cuts. A contact is a window, a gap the time between two.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.many import ManyWindows
from sim.time import DAY_S, EDGE_S

Array = NDArray[np.float64]


def percent(windows: ManyWindows) -> Array:
    """Share of the span in contact (%). Contacts count as far as they lie in the span: exact for the span."""
    return 100.0 * windows.totals_s / windows.span.duration_s


def contacts_per_day(windows: ManyWindows) -> Array:
    """Contacts divided by the span's days. A contact that the span cuts counts as one."""
    return windows.counts / windows.span.days


def longest_gap_s(windows: ManyWindows) -> Array:
    """The longest time without contact (s).

    A gap that the span cuts counts as far as it lies in the span, so that this is a lower bound; the whole span where
    there is no contact.
    """
    longest = np.zeros(windows.count)
    gaps = windows.gaps
    np.maximum.at(longest, gaps.owners, gaps.durations_s)
    return longest


def mean_gap_s(windows: ManyWindows) -> Array:
    """The mean length of a gap (s), each counted once however long; 0 where there is none.

    Gaps that the span cuts count as far as they lie in the span; the whole span where there is no contact.
    """
    gaps = windows.gaps
    return gaps.totals_s / np.maximum(gaps.counts, 1)


def revisit_s(windows: ManyWindows) -> Array:
    """The mean time from the beginning of one contact to that of the next (s).

    Only from a beginning in the span to the last one there: a contact already open as the span begins is left out. Not
    a number where fewer than two contacts begin.
    """
    began = windows.bounds[:, 0] > windows.span.start + EDGE_S
    starts, owners = windows.bounds[began, 0], windows.owners[began]
    number = np.bincount(owners, minlength=windows.count)
    first, last = np.full(windows.count, np.inf), np.full(windows.count, -np.inf)
    np.minimum.at(first, owners, starts)
    np.maximum.at(last, owners, starts)
    return np.where(number > 1, (last - first) / np.maximum(number - 1, 1), np.nan)


def response_s(windows: ManyWindows) -> Array:
    """The mean wait from an instant to the next contact (s), 0 in contact; over all instants for which the span tells.

    These are the instants before the end of the last contact; later ones are left out. Not a number where there is no
    contact.
    """
    gaps = windows.gaps
    inside = gaps.bounds[:, 1] < windows.span.end
    return _mean_wait(gaps, inside, _last(windows) - windows.span.start)


def age_s(windows: ManyWindows) -> Array:
    """The mean age of data (s): the time from the end of the last contact to an instant, 0 in contact.

    Over all instants for which the span tells: those after the first contact has begun. Not a number where there is no
    contact.
    """
    gaps = windows.gaps
    inside = gaps.bounds[:, 0] > windows.span.start
    return _mean_wait(gaps, inside, windows.span.end - _first(windows))


FIGURES: dict[str, Callable[[ManyWindows], Array]] = {
    figure.__name__: figure
    for figure in (percent, contacts_per_day, longest_gap_s, mean_gap_s, revisit_s, response_s, age_s)
}
"""By name."""


def _mean_wait(gaps: ManyWindows, counted: NDArray[np.bool_], over_s: Array) -> Array:
    """Half the squared lengths of some gaps, spread over a time (count,) that may not be a number."""
    squares = np.bincount(gaps.owners[counted], gaps.durations_s[counted] ** 2, minlength=gaps.count)
    mean: Array = 0.5 * squares / over_s
    return mean


def _first(windows: ManyWindows) -> Array:
    """The beginning of each place's first contact; not a number where there is none."""
    first = np.full(windows.count, np.nan)
    first[windows.owners[::-1]] = windows.bounds[::-1, 0]
    return first


def _last(windows: ManyWindows) -> Array:
    """The end of each place's last contact; not a number where there is none."""
    last = np.full(windows.count, np.nan)
    last[windows.owners] = windows.bounds[:, 1]
    return last
