"""What must be true of the search itself: exact edges, honest counts, relatives that share, nothing from rounding."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.core.time import EDGE_S, Span
from sim.search import find as finding
from sim.search import intervals
from sim.search.find import extremes, find, find_all, find_parts
from sim.search.margins import SAME_S, Margin, Together
from sim.search.roots import DEGREE
from sim.search.windows import Windows

SPAN = Span(7e8, 7e8 + 2 * 86400.0)
TURN_S = 20000.0
EXACT_S = 5e-6
"""Edges are wanted to 2 µs; a time in 2022 is stored to 0.12 µs."""


def sine(t, phase=0.0, size=1.0):
    return size * np.sin(2 * np.pi * (t - SPAN.start) / TURN_S + phase)


def margin(function=sine, resolution=1e-9, pace_s=TURN_S / 4, breaks=(), **more):
    return Margin(function, resolution, pace_s, np.array(breaks, dtype=float), "height", "deg", **more)


def crossings_of(level, phase):
    """When the sine crosses a level, in the span and around it, in closed form."""
    rise, turns = np.arcsin(level), 2 * np.pi * np.arange(-1, 12)
    return np.sort(np.concatenate((rise + turns, np.pi - rise + turns)) - phase) * TURN_S / (2 * np.pi) + SPAN.start


def edges_of(level, phase):
    """Those in the span."""
    times = crossings_of(level, phase)
    return times[(times > SPAN.start) & (times < SPAN.end)]


def inner(windows):
    """All edges but those of the span."""
    edges = windows.bounds.ravel()
    return edges[(edges > windows.span.start) & (edges < windows.span.end)]


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-0.95, 0.95), st.floats(0.0, 6.28), st.sampled_from([1e-12, 1e-6, 1e-3]), st.sampled_from([0.1, 0.3, 2.0])
)
def test_edges_are_those_of_the_margin_however_coarsely_it_is_looked_at(level, phase, resolution, pace):
    assume(np.min(np.abs(crossings_of(level, phase)[:, None] - [SPAN.start, SPAN.end])) > 1.0)
    expected = edges_of(level, phase)
    one = margin(lambda t: sine(t, phase), resolution, pace * TURN_S, level=level)
    for sign in (1.0, -1.0):
        found = find(replace(one, sign=sign), Windows.whole(SPAN))
        assert inner(found) == pytest.approx(expected, abs=EXACT_S)
        assert found.holds(SPAN.start) == (sign * (sine(SPAN.start, phase) - level) > 0)
        assert not found.certificate.unresolved


@pytest.mark.parametrize("level", [-0.9, -0.3, 0.1, 0.8])
def test_roots_of_polynomials_that_are_barely_true_are_polished_in_a_few_steps(level):
    """Over three turns the last coefficients are below a resolution of 1e-3, and roots are off by some hundredths."""
    for phase in (0.4, 2.0, 5.0):
        wave = margin(lambda t, phase=phase: sine(t, phase), 1e-3, 3.0 * TURN_S, level=level)
        found = find(wave, Windows.whole(SPAN))
        expected = edges_of(level, phase)
        assert inner(found) == pytest.approx(expected, abs=EXACT_S)
        steps = found.certificate.evaluations - found.certificate.pieces * (DEGREE + 1)
        assert len(expected) <= steps <= 3 * len(expected)


@pytest.mark.parametrize("resolution", [1e-9, 1e-3])
@pytest.mark.parametrize("period", [60.0, 900.0, 20000.0])
def test_a_certificate_counts_every_time_at_which_the_margin_was_asked(period, resolution):
    asked = []

    def function(t):
        asked.append(np.size(t))
        return np.sin(2 * np.pi * (t - SPAN.start) / period) + 0.3

    certificate = find(margin(function, resolution, 5000.0), Windows.whole(SPAN)).certificate
    assert certificate.evaluations == sum(asked)
    assert certificate.margins == (("height", resolution, "deg"),)
    assert certificate.pieces >= 2 * 86400.0 / 5000.0


def test_a_certificate_shows_the_resolution_as_the_user_reads_it():
    certificate = find(margin(shown_resolution=0.25), Windows.whole(SPAN)).certificate
    assert certificate.margins == (("height", 0.25, "deg"),)


def test_a_smooth_margin_costs_one_look_a_piece_and_a_few_steps_an_edge():
    found = find(margin(pace_s=TURN_S / 4), Windows.whole(SPAN))
    pieces = int(np.ceil(SPAN.duration_s / (TURN_S / 4)))
    assert found.certificate.pieces == pieces
    assert found.certificate.evaluations <= pieces * (DEGREE + 1) + 3 * len(inner(found))
    clear = find(margin(level=-3.0), Windows.whole(SPAN))
    assert clear == Windows.whole(SPAN)
    assert clear.certificate.evaluations == pieces * (DEGREE + 1)


def test_a_margin_is_asked_only_inside_the_windows_it_is_wanted_in():
    asked = []

    def function(t):
        asked.append(t)
        return sine(t)

    wanted = Windows(SPAN.start + np.array([[1000.0, 9000.0], [52000.0, 61000.0]]), SPAN)
    found = find(margin(function), wanted)
    times = np.concatenate(asked)
    inside = (times[:, None] >= wanted.bounds[:, 0]) & (times[:, None] <= wanted.bounds[:, 1])
    assert np.all(np.any(inside, axis=1))
    assert found.matches(find(margin(), Windows.whole(SPAN)) & wanted, EXACT_S)
    assert len(find(margin(), Windows.none(SPAN))) == 0


def test_a_jump_at_a_break_needs_no_search_and_elsewhere_is_reported_as_unresolved():
    at = SPAN.start + 54321.0
    jump = margin(lambda t: np.where(t > at, 1.0, -1.0))
    searched, known = find(jump, Windows.whole(SPAN)), find(replace(jump, breaks=np.array([at])), Windows.whole(SPAN))
    assert inner(searched) == pytest.approx([at], abs=2 * EDGE_S)
    assert len(searched.certificate.unresolved) == 1
    start, end = searched.certificate.unresolved[0]
    assert start - EDGE_S <= at <= end + EDGE_S
    assert 0 < end - start <= 2 * EDGE_S
    assert inner(known) == pytest.approx([at], abs=2 * EDGE_S)
    assert known.certificate.pieces <= searched.certificate.pieces


def test_every_extreme_is_found_once_in_order_and_ends_are_none():
    quarter = TURN_S / 4
    found = extremes(margin(level=0.25), Windows.whole(SPAN))
    expected = SPAN.start + quarter * np.arange(1, 35, 2)
    assert found.times == pytest.approx(expected[expected < SPAN.end], abs=1e-2)
    assert found.values == pytest.approx(np.where(found.maximum, 0.75, -1.25))
    assert found.maximum.tolist() == [i % 2 == 0 for i in range(len(found.times))]
    part = Windows(SPAN.start + np.array([[0.5 * quarter, 4.0 * quarter], [6.5 * quarter, 7.5 * quarter]]), SPAN)
    inside = extremes(margin(), part)
    assert inside.times == pytest.approx(SPAN.start + quarter * np.array([1.0, 3.0, 7.0]), abs=1e-2)
    none = extremes(margin(lambda t: (t - SPAN.start) * 1e-5), Windows.whole(SPAN))
    assert (len(none.times), len(none.values), len(none.maximum)) == (0, 0, 0)


def test_a_kink_is_an_extreme_to_a_tenth_of_a_millisecond():
    at = SPAN.start + 33333.3
    found = extremes(margin(lambda t: -np.abs(t - at) * 1e-4), Windows.whole(SPAN))
    assert found.times == pytest.approx([at], abs=EDGE_S)
    assert found.maximum.tolist() == [True]


@dataclass(frozen=True)
class Waves:
    """A family: members (size, phase) of sines that share a sine and a cosine.

    tolerance : rounded times make a sine uncertain by 4e-11; finer than that no polynomial stands in for it
    """

    tolerance: float = 1e-9

    def together(self, members):
        return WavesTogether(members, self.tolerance)


class WavesTogether(Together):
    asked = 0

    def __init__(self, members, tolerance):
        self.table = np.array([[size * np.cos(phase), size * np.sin(phase)] for size, phase in members])
        self.tolerance = np.full(2, tolerance)

    def shared(self, t, keep=False):
        WavesTogether.asked += len(t)
        angle = 2 * np.pi * (t - SPAN.start) / TURN_S
        return np.column_stack((np.sin(angle), np.cos(angle)))

    def margins(self, shared, which):
        assert len(which) < 10_000, "halved without end"
        return np.einsum("npi,ni->np", shared, self.table[which])

    def every(self, shared, members):
        return np.einsum("npi,mi->mnp", shared, self.table[members])

    def gain(self, shared, which):
        assert shared.shape == (len(which), DEGREE + 1, 2)
        return 2.0 * np.max(np.abs(self.table[which]), axis=1)


MEMBERS = [(1.0, 0.3), (0.8, 1.0), (1.2, 2.5), (0.1, 4.0), (1.0, 5.5)]


def relatives(stride_s=None, family=Waves(), **more):  # it is frozen
    def never(t):
        pytest.fail("relatives are asked together")

    return [margin(never, family=family, member=member, stride_s=stride_s, **more) for member in MEMBERS]


def loners(**more):
    return [margin(lambda t, m=m: sine(t, m[1], m[0]), **more) for m in MEMBERS]


@pytest.mark.parametrize("level", [-0.5, 0.2, 0.9])
@pytest.mark.parametrize("stride_s", [None, TURN_S])
@pytest.mark.parametrize("tolerance", [1e-9, 1e-12])
def test_margins_of_one_family_find_together_what_each_finds_alone(level, stride_s, tolerance):
    wanted = [
        Windows.whole(SPAN),
        Windows(SPAN.start + np.array([[1000.0, 5000.0], [50000.0, 90000.0]]), SPAN),
        Windows.none(SPAN),
        Windows(SPAN.start + np.array([[0.0, 100000.0]]), SPAN),
        Windows(SPAN.start + np.array([[100000.0, 172800.0]]), SPAN),
    ]
    signs = [1.0, -1.0, 1.0, -1.0, 1.0]
    mine = [replace(m, sign=s) for m, s in zip(relatives(stride_s, Waves(tolerance), level=level), signs, strict=True)]
    theirs = [replace(m, sign=s) for m, s in zip(loners(level=level), signs, strict=True)]
    found = find_all(mine, wanted)
    for together, alone, inside in zip(found, theirs, wanted, strict=True):
        assert together.matches(find(alone, inside), EXACT_S)
        assert together.span == SPAN
        assert (together.certificate.pieces > 0) == (len(inside) > 0)
        assert not (together - inside).total_s
    whole = [Windows.whole(SPAN)] * len(mine)
    for together, alone in zip(find_all(mine, whole), theirs, strict=True):
        assert together.matches(find(alone, whole[0]), EXACT_S)
        assert together.certificate.pieces > 0
        assert together.certificate.evaluations > 0


def test_what_a_family_shares_is_evaluated_again_where_a_margin_needs_it_finer():
    """Columns that are as true as the family wants them may be too coarse for a margin: then no halving settles it."""
    mine = relatives(5 * TURN_S, Waves(0.1), level=0.2, pace_s=5 * TURN_S)
    inside = Windows(SPAN.start + np.array([[1000.0, 95000.0], [100000.0, 172000.0]]), SPAN)
    for together, alone in zip(find_all(mine, [inside] * 5), loners(level=0.2), strict=True):
        assert together.matches(find(alone, inside), EXACT_S)
        assert not together.certificate.unresolved
        assert together.certificate.pieces < 50


def test_margins_of_different_families_are_not_searched_as_one():
    mixed = [relatives()[0], loners()[1], relatives(pace_s=TURN_S / 7)[2], relatives(breaks=[SPAN.start + 777.0])[3]]
    spans = [SPAN, SPAN, SPAN, Span(SPAN.start, SPAN.start + 86400.0)]
    found = find_all(mixed, [Windows.whole(span) for span in spans])
    for windows, alone, span in zip(found, loners(), spans, strict=False):
        assert windows.span == span
        assert windows.matches(find(alone, Windows.whole(span)), EXACT_S)


def test_margins_of_one_family_evaluate_what_they_share_once():
    one, all_of_them = relatives(), relatives()
    WavesTogether.asked = 0
    find_all(one[:1], [Windows.whole(SPAN)])
    alone = WavesTogether.asked
    WavesTogether.asked = 0
    find_all(all_of_them, [Windows.whole(SPAN)] * 5)
    assert WavesTogether.asked < 2.5 * alone


def test_a_search_in_many_batches_looks_at_as_many_pieces(monkeypatch):
    inside = [Windows.whole(SPAN)] * 5
    usual = find_all(relatives(level=0.2), inside)
    monkeypatch.setattr(intervals, "ROWS_AT_ONCE", 7)
    monkeypatch.setattr(finding, "_NEAR_AT_ONCE", 3)
    for one, other in zip(usual, find_all(relatives(level=0.2), inside), strict=True):
        assert one.matches(other, EXACT_S)
        assert one.certificate.pieces == other.certificate.pieces
        assert one.certificate.evaluations == other.certificate.evaluations


def test_parts_joined_are_the_windows():
    inside = [Windows.whole(SPAN)] * 5
    positive, unresolved = find_parts(relatives(), inside)
    for index, windows in enumerate(find_all(relatives(), inside)):
        mine = np.concatenate([bounds[owners == index] for bounds, owners in positive])
        assert Windows.of(mine, SPAN).matches(windows, EXACT_S) or len(mine) >= len(windows)
        assert Windows.of(mine, SPAN).total_s == pytest.approx(windows.total_s, abs=1e-3)
    assert sum(len(bounds) for bounds, _ in unresolved) == 0


def test_what_an_earlier_search_promised_is_promised_still():
    before = find(margin(level=0.1), Windows.whole(SPAN))
    after = find(replace(margin(lambda t: sine(t, 1.0)), name="range", unit="km"), before)
    assert [name for name, _, _ in after.certificate.margins] == ["height", "range"]
    assert after.certificate.pieces > before.certificate.pieces
    assert after.certificate.evaluations > before.certificate.evaluations


def test_rounding_makes_no_windows_and_no_gaps_within_one_row():
    bounds = 1e3 + np.array([[0.0, 1.0], [1.0 + 0.5 * SAME_S, 2.0], [3.0, 3.0 + 0.5 * SAME_S], [5.0, 6.0], [7.0, 8.0]])
    joined, owners = finding.without_slivers(bounds, np.array([4, 4, 4, 4, 4]))
    assert joined.tolist() == [[1000.0, 1002.0], [1005.0, 1006.0], [1007.0, 1008.0]]
    assert owners.tolist() == [4, 4, 4]
    joined, owners = finding.without_slivers(bounds, np.array([0, 1, 1, 1, 2]))
    assert joined.tolist() == bounds[[0, 1, 3, 4]].tolist()
    assert owners.tolist() == [0, 1, 1, 2]
    close = 1e3 + np.array([[0.0, 1.0], [1.0 + 2 * SAME_S, 2.0], [2.5, 2.5 + 2 * SAME_S]])
    assert np.array_equal(finding.without_slivers(close, np.zeros(3))[0], close)
    assert finding.without_slivers(np.empty((0, 2)), np.empty(0))[0].shape == (0, 2)


def test_intervals_are_sorted_out_by_their_owners_joined_and_cut_to_the_span():
    table = [
        (np.array([[3.0, 4.0], [1.0, 2.0]]), np.array([2, 0])),
        (np.array([[1.0, 3.0], [7.0, 80.0], [9.0, 10.0], [-5.0, 0.5]]), np.array([2, 3, 0, 0])),
    ]
    found = finding._sorted_out(table, Span(0.0, 20.0), 5)
    assert [part.tolist() for part in found] == [[[0.0, 0.5], [1, 2], [9, 10]], [], [[1, 4]], [[7, 20]], []]
    assert [part.tolist() for part in finding._sorted_out([], SPAN, 2)] == [[], []]


def test_a_margin_that_is_rounding_throughout_is_undecided_at_once():
    for size in (0.0, 1e-12):
        asked = []

        def function(t, size=size, asked=asked):
            asked.append(t.size)
            return size * np.sin(t)

        found = find(Margin(function, 1e-9, 5000.0, np.empty(0)), Windows.whole(Span(0.0, 86400.0)))
        assert found.certificate.unresolved_s == pytest.approx(86400.0)
        assert sum(asked) < 10_000
