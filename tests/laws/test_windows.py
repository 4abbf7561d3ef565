"""What must be true of any sets of windows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.time import Span
from sim.windows import Windows, overlap

SPAN = Span(0.0, 1000.0)

edges = st.lists(st.integers(0, 1000), min_size=0, max_size=16).map(lambda xs: sorted(xs)[: len(xs) // 2 * 2])


@st.composite
def windows(draw):
    return Windows.of(np.array(draw(edges), dtype=float).reshape(-1, 2), SPAN)


@given(windows(), windows())
def test_de_morgan(a, b):
    assert ~(a & b) == ~a | ~b
    assert ~(a | b) == ~a & ~b


@given(windows(), windows(), windows())
def test_and_distributes_over_or(a, b, c):
    assert a & (b | c) == (a & b) | (a & c)


@given(windows(), windows())
def test_and_or_commute_and_absorb(a, b):
    assert a & b == b & a
    assert a | b == b | a
    assert a & (a | b) == a
    assert a | (a & b) == a


@given(windows())
def test_a_set_and_its_complement_fill_the_span(a):
    assert ~~a == a
    assert a | ~a == Windows.whole(SPAN)
    assert not a & ~a
    assert a.total_s + (~a).total_s == pytest.approx(SPAN.duration_s)


@given(windows(), windows())
def test_minus_is_and_not(a, b):
    assert a - b == a & ~b
    assert not (a - b) & b


@given(st.lists(windows(), min_size=1, max_size=6), st.integers(1, 6))
def test_overlap_counts_sets(sets, at_least):
    found = overlap(sets, at_least)
    t = np.arange(0.5, 1000.0)
    assert np.array_equal(found.holds(t), sum(s.holds(t).astype(int) for s in sets) >= at_least)


@given(windows(), st.integers(1, 999))
def test_a_split_span_gives_the_same_windows_joined(a, cut):
    left, right = a.within(Span(0.0, float(cut))), a.within(Span(float(cut), 1000.0))
    assert Windows.of(np.concatenate((left.bounds, right.bounds)), SPAN) == a


def test_starts_hold_and_ends_do_not():
    a = Windows(np.array([[10.0, 20.0]]), SPAN)
    assert 10.0 in a
    assert 20.0 not in a


def test_windows_are_read_only_and_checked():
    a = Windows(np.array([[10.0, 20.0]]), SPAN)
    with pytest.raises(ValueError, match="read-only"):
        a.bounds[0, 0] = 0.0
    with pytest.raises(ValueError, match="ordered and disjoint"):
        Windows(np.array([[10.0, 20.0], [15.0, 30.0]]), SPAN)
    with pytest.raises(ValueError, match="end after it starts"):
        Windows(np.array([[20.0, 10.0]]), SPAN)
    with pytest.raises(ValueError, match="no time in common"):
        a & Windows.none(Span(2000.0, 3000.0))
