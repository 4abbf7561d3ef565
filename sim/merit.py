"""Figures of merit of windows over a span: how well places are served, one number a place.

Each says what becomes of a contact or a gap that the span cuts. A contact is a window, a gap the time between two.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.many import ManyWindows
from sim.time import EDGE_S

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
    """The mean wait from an instant to the next contact (s), 0 in contact; the mean time since the last is the same.

    Over all instants of the span. A gap that the span's end cuts counts as though a contact began there, and for the
    time since the last contact one that its start cuts as though one ended there: a lower bound. Not a number where
    there is no contact. Source: Wertz & Larson (1999) Space Mission Analysis and Design, 3rd ed., §7.2.3.
    """
    gaps = windows.gaps
    squares = np.bincount(gaps.owners, gaps.durations_s**2, minlength=windows.count)
    return np.where(windows.counts > 0, 0.5 * squares / windows.span.duration_s, np.nan)


def age_95_s(windows: ManyWindows) -> Array:
    """The age of data that is not exceeded for 95 % of the span (s): the time since the last contact, 0 in contact.

    A gap that the span's start cuts counts as though a contact ended there: a lower bound. Not a number where there is
    no contact.
    """
    gaps = windows.gaps
    order = np.lexsort((-gaps.durations_s, gaps.owners))
    lengths, owners = gaps.durations_s[order], gaps.owners[order]
    first = np.cumsum(gaps.counts) - gaps.counts
    sums = np.cumsum(lengths)
    before = np.where(first > 0, sums[first - 1], 0.0) if len(sums) else np.zeros(windows.count)
    number = np.arange(len(lengths)) - first[owners] + 1
    # Data are older than A for Σ max(gap − A, 0), no less than Σ (gap − A) over any of the gaps: A is the largest of
    # the ages that these sums give.
    candidates = (sums - before[owners] - 0.05 * windows.span.duration_s) / number
    age = np.zeros(windows.count)
    np.maximum.at(age, owners, candidates)
    return np.where(windows.counts > 0, age, np.nan)


FIGURES: dict[str, Callable[[ManyWindows], Array]] = {
    figure.__name__: figure
    for figure in (percent, contacts_per_day, longest_gap_s, mean_gap_s, revisit_s, response_s, age_95_s)
}
"""By name."""
