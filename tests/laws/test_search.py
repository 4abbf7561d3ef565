"""What must be true of any search: the homomorphism, splitting, masks, and that nothing is passed over."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sim.core.errors import SimError
from sim.core.time import Span, utc
from sim.search.conditions import Scalar
from sim.search.windows import Windows

SPAN = Span(5e8, 5e8 + 5 * 86400.0)
SAME_EDGE_S = 1e-5
"""Edges are polished on the margin to a few µs, whatever pieces they were found on."""

wave = st.tuples(st.floats(3000.0, 60000.0), st.floats(0.0, 6.3), st.floats(0.2, 3.0))


def scalar(waves, offset=0.0):
    def function(t):
        return offset + sum(a * np.sin(2 * np.pi * (t - SPAN.start) / period + phase) for period, phase, a in waves)

    return Scalar(function, "sum of waves", "", resolution=1e-7, pace_s=min(w[0] for w in waves) / 4)


scalars = st.builds(scalar, st.lists(wave, min_size=1, max_size=3), st.floats(-1.0, 1.0))
limits = st.floats(-2.0, 2.0)


def steep(f, limit):
    """Whether all edges are steep enough to be compared: a tangent edge has no sharp time, or comes by rounding alone.

    Asked of the scalar itself, not of the windows that were found: one search may find a tangent that another does not.
    """
    t = SPAN.grid(20.0)
    v = f(t) - limit
    before, here, after = v[:-2], v[1:-1], v[2:]
    turns = np.flatnonzero((here - before) * (after - here) <= 0)
    slope, bend = (after - before)[turns] / 2, (after - 2 * here + before)[turns]
    extremes = here[turns] - np.divide(slope**2, 2 * bend, out=np.zeros_like(slope), where=bend != 0)
    ends = np.abs(v[[0, -1]])
    crossings = np.flatnonzero(v[1:] * v[:-1] < 0)
    steep_enough = np.abs(np.diff(v)[crossings]) > 2e-4
    return bool(np.all(np.abs(extremes) > 1e-4) and np.all(ends > 1e-4) and np.all(steep_enough))


@settings(max_examples=60, deadline=None)
@given(scalars, limits, scalars, limits)
@example(scalar([(6356.7578125, 0.0, 1.125)], -1.0), 0.0, scalar([(6356.7578125, 0.0, 1.125)], -1.0), 0.0)
def test_windows_is_a_homomorphism(f, low, g, high):
    a, b = f > low, g < high
    wa, wb = a.windows(SPAN), b.windows(SPAN)
    assume(steep(f, low) and steep(g, high))
    assert significant((a & b).windows(SPAN)).matches(significant(wa & wb), SAME_EDGE_S)
    assert significant((a | b).windows(SPAN)).matches(significant(wa | wb), SAME_EDGE_S)
    assert significant((~a).windows(SPAN)).matches(significant(~wa), SAME_EDGE_S)


@settings(max_examples=40, deadline=None)
@given(scalars, limits, scalars, limits)
def test_de_morgan_for_conditions(f, low, g, high):
    a, b = f > low, g < high
    assume(steep(f, low) and steep(g, high))
    assert significant((~(a & b)).windows(SPAN)).matches(significant((~a | ~b).windows(SPAN)), SAME_EDGE_S)


@settings(max_examples=40, deadline=None)
@given(scalars, limits, st.floats(0.05, 0.95))
def test_splitting_a_span_changes_nothing(f, low, share):
    a = f > low
    cut = SPAN.start + share * SPAN.duration_s
    whole = a.windows(SPAN)
    assume(steep(f, low))
    parts = [a.windows(Span(SPAN.start, cut)), a.windows(Span(cut, SPAN.end))]
    joined = Windows.of(np.concatenate([part.bounds for part in parts]), SPAN)
    assert significant(joined).matches(significant(whole), SAME_EDGE_S)


@settings(max_examples=40, deadline=None)
@given(scalars, limits, st.floats(0.001, 1.0))
def test_raising_a_mask_gives_a_subset(f, low, more):
    loose, tight = (f > low).windows(SPAN), (f > low + more).windows(SPAN)
    assert (tight - loose).total_s < SAME_EDGE_S * max(1, len(tight))


@settings(max_examples=60, deadline=None)
@given(scalars, limits)
def test_every_window_of_a_fine_grid_is_found(f, low):
    found = (f > low).windows(SPAN)
    t = SPAN.grid(10.0)[:-1]  # a window that reaches the end does not hold there: half-open
    clear = np.abs(f(t) - low) > 1e-5
    assert np.array_equal(found.holds(t)[clear], (f(t) > low)[clear])


@settings(max_examples=40, deadline=None)
@given(st.floats(5000.0, 20000.0), st.floats(0.0, 6.3), st.floats(1e-6, 1e-3))
def test_a_pass_that_barely_rises_above_the_limit_is_found(period, phase, height):
    f = scalar([(period, phase, 1.0)])
    found = (f > 1.0 - height).windows(SPAN)
    peaks = SPAN.start + period * ((0.25 - phase / (2 * np.pi)) % 1.0 + np.arange(200))
    inside = peaks[(peaks > SPAN.start + 500) & (peaks < SPAN.end - 500)]
    assert all(peak in found for peak in inside)
    assert not found.certificate.unresolved


def test_a_bump_below_the_resolution_may_be_missed_but_is_reported_when_it_touches():
    f = Scalar(lambda t: -((t - SPAN.start - 1e5) ** 2) * 1e-12, "tangent", "", resolution=1e-9)
    found = (f > 0).windows(SPAN)
    assert found.total_s < 1.0
    assert found.certificate.unresolved


def test_a_jump_is_followed_to_a_tenth_of_a_millisecond():
    f = Scalar(lambda t: np.where((t - SPAN.start) % 86400.0 > 40000.0, 1.0, -1.0), "switch", "", resolution=1e-9)
    found = (f > 0).windows(SPAN)
    assert len(found) == 5
    assert np.allclose((found.bounds[:, 0] - SPAN.start) % 86400.0, 40000.0, atol=1e-4)
    assert found.certificate.unresolved_s < 5 * 2 * 1e-3


def test_all_culminations_are_found_not_one_a_pass():
    f = scalar([(40000.0, 0.0, 1.0), (4000.0, 0.0, 0.3)], 0.0)
    found = f.extremes(SPAN)
    t = SPAN.grid(1.0)
    values = f(t)
    peaks = np.flatnonzero((values[1:-1] > values[:-2]) & (values[1:-1] >= values[2:])) + 1
    assert found.maximum.sum() == len(peaks)
    assert np.abs(found.times[found.maximum] - t[peaks]).max() < 1.0


def test_conditions_refuse_and_or_not():
    a = scalar([(5000.0, 0.0, 1.0)]) > 0
    with pytest.raises(TypeError, match=r"& \| ~"):
        bool(a and a)
    with pytest.raises(TypeError, match="compare"):
        bool(scalar([(5000.0, 0.0, 1.0)]))


def significant(windows):
    """Without what is shorter than the search resolves."""
    joined = ~((~windows).at_least(SAME_EDGE_S))
    return joined.at_least(SAME_EDGE_S)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_is_reported_with_its_time(bad):
    """A NaN used to end as a division by zero inside the search."""
    later = SPAN.start + 0.7 * SPAN.duration_s
    everywhere = Scalar(lambda t: np.full(np.shape(t), bad), "my scalar", "km", 1e-4)
    sometimes = Scalar(lambda t: np.where(t > later, bad, np.sin(t / 1e4)), "my scalar", "km", 1e-4)
    for search in ((everywhere > 0).windows, everywhere.extremes, (sometimes < 0).windows):
        with pytest.raises(SimError, match=rf"my scalar: expected finite numbers, got {bad} at \d{{4}}-"):
            search(SPAN)
    with pytest.raises(SimError, match=utc(SPAN.start, 0)[:10]):
        (everywhere > 0).windows(SPAN)
    before = Span(SPAN.start, later - 1.0)
    assert len((sometimes > 0).windows(before))
