"""Figures of merit of windows over a span: one number for each place.

Each states how it counts a contact or a gap that the span cuts. A contact is a window, a gap the time between two. Time
in which contact is unknown (no orbit is known) is excluded from all of them: they are figures of the known time, whose
ends cut contacts and gaps as the span's do. Where nothing is known they are NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.time import DAY_S, EDGE_S
from sim.search.window_table import ManyWindows

Array = NDArray[np.float64]


def percent(windows: ManyWindows) -> Array:
    """Share of the known time in contact (%). Contacts count as far as they lie in the span: exact for the span."""
    return _over(100.0 * windows.totals_s, windows.known_s)


def contacts_per_day(windows: ManyWindows) -> Array:
    """Contacts divided by the known days. A contact that the span cuts counts as one."""
    return _over(windows.counts.astype(float), windows.known_s / DAY_S)


def longest_gap_s(windows: ManyWindows) -> Array:
    """The longest time without contact (s).

    A gap that the span cuts counts as far as it lies in the span, so that this is a lower bound; the whole span where
    there is no contact.
    """
    longest = np.zeros(windows.count)
    gaps = windows.gaps
    np.maximum.at(longest, gaps.owners, gaps.durations_s)
    return np.where(windows.known_s > 0.0, longest, np.nan)


def mean_gap_s(windows: ManyWindows) -> Array:
    """The mean length of a gap (s), each counted once however long; 0 where there is none.

    Gaps that the span cuts count as far as they lie in the span; the whole span where there is no contact.
    """
    gaps = windows.gaps
    return np.where(windows.known_s > 0.0, gaps.totals_s / np.maximum(gaps.counts, 1), np.nan)


def revisit_s(windows: ManyWindows) -> Array:
    """The mean time from the beginning of one contact to that of the next (s).

    From the first beginning in the span to the last one: a contact already open as the span begins does not count. Nor
    does a time from one to the next in which something is unknown. NaN where fewer than two contacts begin.
    """
    began, before = windows.bounds[:, 0] > windows.span.start + EDGE_S, np.zeros(len(windows), dtype=np.intp)
    if windows.unknown is not None:  # places one after another on one axis
        apart = 2.0 * windows.span.duration_s
        at = windows.bounds[:, 0] - windows.span.start + apart * windows.owners
        gaps = windows.unknown.bounds - windows.span.start + apart * windows.unknown.owners[:, None]
        began &= ~np.isin(at, gaps[:, 1])
        before = np.searchsorted(gaps[:, 0], at)
    starts, owners, before = windows.bounds[began, 0], windows.owners[began], before[began]
    pairs = (owners[1:] == owners[:-1]) & (before[1:] == before[:-1])
    number = np.bincount(owners[1:][pairs], minlength=windows.count)
    total = np.bincount(owners[1:][pairs], np.diff(starts)[pairs], minlength=windows.count)
    return _over(total, number.astype(float))


def response_s(windows: ManyWindows) -> Array:
    """The mean wait from an instant to the next contact (s), 0 in contact; the mean time since the last is the same.

    Over all instants of the known time. A gap that the span's end cuts counts as though a contact began there, and for
    the time since the last contact one that its start cuts as though one ended there: a lower bound. Not a number where
    there is no contact. Source: Wertz & Larson (1999) Space Mission Analysis and Design, 3rd ed., §7.2.3.
    """
    gaps = windows.gaps
    squares = np.bincount(gaps.owners, gaps.durations_s**2, minlength=windows.count)
    return np.where(windows.counts > 0, _over(0.5 * squares, windows.known_s), np.nan)


def age_95_s(windows: ManyWindows) -> Array:
    """The age of data that is not exceeded for 95 % of the known time (s): time since the last contact, 0 in contact.

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
    candidates = (sums - before[owners] - 0.05 * windows.known_s[owners]) / number
    age = np.zeros(windows.count)
    np.maximum.at(age, owners, candidates)
    return np.where(windows.counts > 0, age, np.nan)


def _over(amount: NDArray[Any], whole: Array) -> Array:
    """A quotient; NaN where the divisor is 0."""
    quotient: Array = np.divide(amount, whole, out=np.full(len(whole), np.nan), where=whole > 0.0)
    return quotient


FIGURES: dict[str, Callable[[ManyWindows], Array]] = {
    figure.__name__: figure
    for figure in (percent, contacts_per_day, longest_gap_s, mean_gap_s, revisit_s, response_s, age_95_s)
}
"""By name."""
