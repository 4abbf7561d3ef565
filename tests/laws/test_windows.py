"""What must be true of any sets of windows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.time import EDGE_S, Span, utc
from sim.search.windows import Certificate, Windows, overlap

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


@st.composite
def partly_known(draw):
    """Windows of which nothing is known for some of the time."""
    bounds, known = (np.array(draw(edges), dtype=float).reshape(-1, 2) for _ in range(2))
    return Windows.of(bounds, SPAN, known=known)


MOMENTS = np.arange(0.5, 1000.0)


def states(a):
    """1 where open, 0 where closed, 0.5 where nobody knows: what & and | take the least and the greatest of."""
    return np.where(a.unknown.holds(MOMENTS), 0.5, a.holds(MOMENTS).astype(float))


@given(partly_known(), partly_known())
def test_the_algebra_is_that_of_three_values(a, b):
    assert np.array_equal(states(a & b), np.minimum(states(a), states(b)))
    assert np.array_equal(states(a | b), np.maximum(states(a), states(b)))
    assert np.array_equal(states(~a), 1.0 - states(a))
    assert np.array_equal(states(a - b), np.minimum(states(a), 1.0 - states(b)))


@given(partly_known(), partly_known(), partly_known())
def test_its_laws_hold_where_not_all_is_known(a, b, c):
    assert ~~a == a
    assert ~(a & b) == ~a | ~b
    assert ~(a | b) == ~a & ~b
    assert a & b == b & a and a | b == b | a
    assert (a & b) & c == a & (b & c) and (a | b) | c == a | (b | c)
    assert a & (a | b) == a and a | (a & b) == a
    assert a & (b | c) == (a & b) | (a & c)
    assert a & Windows.whole(SPAN) == a and a | Windows.none(SPAN) == a
    assert a & Windows.none(SPAN) == Windows.none(SPAN) and a | Windows.whole(SPAN) == Windows.whole(SPAN)


@given(st.lists(partly_known(), min_size=1, max_size=5), st.integers(1, 6))
def test_so_many_at_once_is_known_where_no_guess_could_change_it(sets, at_least):
    found, each = states(overlap(sets, at_least)), np.array([states(s) for s in sets])
    least, most = (each == 1.0).sum(axis=0) >= at_least, (each > 0.0).sum(axis=0) >= at_least
    assert np.array_equal(found, np.where(least, 1.0, np.where(most, 0.5, 0.0)))


@given(partly_known())
def test_what_is_unknown_is_in_no_share_total_or_gap(a):
    unknown = a.unknown.total_s
    assert a.known_s + unknown == pytest.approx(SPAN.duration_s)
    assert a.total_s + (~a).total_s == pytest.approx(a.known_s)
    assert not len(a.gaps & a.unknown)
    if a.known_s:
        assert a.fraction == pytest.approx(a.total_s / a.known_s)
        assert (~a).fraction == pytest.approx(1.0 - a.fraction)
    else:
        assert np.isnan(a.fraction)


@given(partly_known(), st.integers(1, 400))
def test_a_short_window_that_unknown_time_cuts_may_be_a_long_one(a, seconds):
    kept, long = states(a.at_least(seconds)), a.durations_s >= seconds
    assert a.at_least(seconds).bounds.tolist() == a.bounds[long].tolist()
    borders = a.unknown.bounds.ravel()
    for start, end in a.bounds[~long]:
        cut = start in borders or end in borders
        assert set(kept[(start < MOMENTS) & (end > MOMENTS)]) == {0.5 if cut else 0.0}


def test_what_is_known_is_cut_and_moved_with_the_windows():
    a = Windows.of([[100.0, 300.0], [600.0, 700.0]], SPAN, known=[[0.0, 200.0], [500.0, 800.0]])
    assert a.bounds.tolist() == [[100.0, 200.0], [600.0, 700.0]]
    moved = a.shifted(lambda t: t + 2.0)
    assert moved.known.tolist() == [[0.0, 202.0], [502.0, 802.0]]
    part = a.within(Span(150.0, 650.0))
    assert part.known.tolist() == [[150.0, 200.0], [500.0, 650.0]]
    assert part.unknown.bounds.tolist() == [[200.0, 500.0]]
    assert a.within(Span(550.0, 750.0)).known is None
    wider = Windows.whole(Span(100.0, 200.0)).within(Span(0.0, 300.0))
    assert wider.known.tolist() == [[100.0, 200.0]]
    assert Windows.none(SPAN) != Windows.of([], SPAN, known=[[0.0, 999.0]])
    assert Windows.of([[1.0, 2.0]], SPAN, known=[[0.0, 1000.0]]) == Windows.of([[1.0, 2.0]], SPAN)
    nothing = Windows.of([[1.0, 2.0]], SPAN, known=[])
    assert nothing.shifted(lambda t: t + 1.0) == nothing == ~nothing
    assert not nothing.known_s


def test_known_time_is_checked_and_read_only():
    known = np.array([[0.0, 200.0], [500.0, 800.0]])
    with pytest.raises(ValueError, match="windows must lie where the answer is known"):
        Windows(np.array([[100.0, 300.0]]), SPAN, known=known)
    with pytest.raises(ValueError, match="ordered and disjoint"):
        Windows(np.array([[100.0, 150.0]]), SPAN, known=known[::-1])
    with pytest.raises(ValueError, match="read-only"):
        Windows(np.array([[100.0, 150.0]]), SPAN, known=known).known[0, 0] = 1.0


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


some = Windows(np.array([[0.0, 100.0], [200.0, 500.0], [900.0, 1000.0]]), SPAN)


def test_windows_are_a_list_of_intervals_and_false_where_there_are_none():
    assert list(some) == [(0.0, 100.0), (200.0, 500.0), (900.0, 1000.0)]
    assert len(some) == 3
    assert some
    assert Windows.whole(SPAN)
    assert not Windows.none(SPAN)
    assert some != [(0.0, 100.0)]
    assert some != Windows.none(SPAN)


def test_any_intervals_are_sorted_joined_and_cut():
    found = Windows.of([[800.0, 2000.0], [50.0, 60.0], [60.0, 70.0], [-5.0, 10.0], [300.0, 300.0], [55.0, 58.0]], SPAN)
    assert found.bounds.tolist() == [[0.0, 10.0], [50.0, 70.0], [800.0, 1000.0]]
    assert found.certificate == Certificate()
    said = Certificate((("height", 1e-3, "deg"),), 3, 4)
    assert Windows.of([[1.0, 2.0]], SPAN, said).certificate == said
    assert Windows.of([], SPAN) == Windows.none(SPAN)


def test_bounds_are_floats_whatever_they_are_given_as():
    given = np.array([[10, 20]]), [[np.int32(10), 20]], [[10, np.float32(20)]]
    for made in (*(Windows(each, SPAN) for each in given), *(Windows.of(each, SPAN) for each in given)):
        assert made.bounds.dtype == float
        assert made.bounds.tolist() == [[10.0, 20.0]]


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ([[10.0, np.inf]], "^each window must end after it starts$"),
        ([[np.nan, 20.0]], "^each window must end after it starts$"),
        ([[10.0, 10.0]], "^each window must end after it starts$"),
        ([[10.0, 20.0], [20.0, 30.0]], "^windows must be ordered and disjoint; Windows.of sorts and joins them$"),
        ([[0.0, 5.0], [10.0, 30.0], [20.0, 40.0]], "^windows must be ordered and disjoint"),
        ([[40.0, 50.0], [10.0, 20.0]], "^windows must be ordered and disjoint; Windows.of sorts and joins them$"),
        ([[-1.0, 20.0]], "^windows must lie within their span; Windows.of cuts them to it$"),
        ([[10.0, 1001.0]], "^windows must lie within their span; Windows.of cuts them to it$"),
        ([[10.0, 20.0], [30.0, 1001.0]], "^windows must lie within their span; Windows.of cuts them to it$"),
    ],
)
def test_what_are_no_windows_is_refused(bounds, said):
    with pytest.raises(ValueError, match=said):
        Windows(np.array(bounds), SPAN)


def test_sets_of_different_spans_speak_of_the_time_common_to_both():
    early, late = Windows.whole(Span(0.0, 600.0)), Windows.whole(Span(400.0, 1000.0))
    for both in (early & late, early | late, late & early):
        assert both.span == Span(400.0, 600.0)
        assert both.bounds.tolist() == [[400.0, 600.0]]
    with pytest.raises(ValueError, match=r"^these windows have no time in common: their spans do not meet$"):
        Windows.whole(Span(0.0, 400.0)) & late
    with pytest.raises(ValueError, match=r"^overlap needs at least one set of windows$"):
        overlap([], 1)


def test_windows_match_to_a_tolerance_each_edge_alone():
    moved = Windows(some.bounds + np.array([[0.0, 0.5], [0.0, 0.0], [-0.5, 0.0]]), SPAN)
    assert some.matches(moved, 0.5)
    assert not some.matches(moved, 0.49)
    assert not some.matches(Windows(some.bounds[:2], SPAN), 1e9)
    assert not Windows(some.bounds[:1], SPAN).matches(some, 1e9)


def test_short_windows_can_be_left_out():
    assert some.at_least(100.0) == some
    assert some.at_least(100.1).bounds.tolist() == [[200.0, 500.0]]
    assert not some.at_least(1e4)


def test_a_set_cut_to_a_shorter_span_keeps_what_was_promised_of_it():
    promised = Windows(some.bounds, SPAN, Certificate((("height", 1e-3, "deg"),), 3, 4))
    part = promised.within(Span(50.0, 300.0))
    assert part.bounds.tolist() == [[50.0, 100.0], [200.0, 300.0]]
    assert part.span == Span(50.0, 300.0)
    for made in (part, ~promised, promised.at_least(50.0), promised.shifted(lambda t: t + 1.0)):
        assert made.certificate == promised.certificate


def test_certificates_add_up_and_name_each_margin_once():
    a = Certificate((("height", 1e-3, "deg"),), 3, 40, ((5.0, 6.0),))
    b = Certificate((("range", 1e-6, "km"), ("height", 1e-3, "deg")), 5, 60, ((1.0, 2.5), (5.0, 6.0)))
    both = a + b
    assert both.margins == (("height", 1e-3, "deg"), ("range", 1e-6, "km"))
    assert (both.pieces, both.evaluations) == (8, 100)
    assert both.unresolved == ((1.0, 2.5), (5.0, 6.0))
    assert both.unresolved_s == 2.5
    assert (Certificate().pieces, Certificate().evaluations) == (0, 0)
    first, second = Windows(some.bounds, SPAN, a), Windows(some.bounds, SPAN, b)
    assert (first & second).certificate == both
    assert (first - second).certificate == both
    assert overlap([first, second, first], 2).certificate.pieces == 11


def test_light_moves_the_edges_but_not_those_of_the_span():
    moved = some.shifted(lambda t: t + 1.5)
    assert moved.bounds.tolist() == [[0.0, 101.5], [201.5, 501.5], [901.5, 1000.0]]
    inner = Windows(some.bounds[1:2], SPAN)
    assert inner.shifted(lambda t: t - 250.0).bounds.tolist() == [[0.0, 250.0]]
    assert inner.shifted(lambda t: t + 1.5).bounds.tolist() == [[201.5, 501.5]]
    assert some.shifted(lambda t: t - 1.5).bounds.tolist() == [[0.0, 98.5], [198.5, 498.5], [898.5, 1000.0]]
    none = Windows.none(SPAN)
    assert none.shifted(lambda t: t + 1.5) is none


def test_a_window_is_open_at_the_spans_edge_to_the_accuracy_of_edges():
    near = Windows(np.array([[0.9 * EDGE_S, 100.0], [200.0, 1000.0 - 0.9 * EDGE_S]]), SPAN)
    far = Windows(np.array([[2 * EDGE_S, 100.0], [200.0, 1000.0 - 2 * EDGE_S]]), SPAN)
    assert near.open_start
    assert near.open_end
    assert not far.open_start
    assert not far.open_end
    assert not Windows.none(SPAN).open_start
    assert not Windows.none(SPAN).open_end


def test_sums_and_gaps():
    assert some.durations_s.tolist() == [100.0, 300.0, 100.0]
    assert some.total_s == 500.0
    assert some.fraction == 0.5
    assert some.gaps.bounds.tolist() == [[100.0, 200.0], [500.0, 900.0]]
    assert some.longest_gap_s == 400.0
    assert Windows.whole(SPAN).longest_gap_s == 0.0


DAYS = Span(0.0, 10 * 86400.0)


@pytest.mark.parametrize(
    ("bounds", "reads"),
    [
        ([[0.0, 86400.0]], "<1 window, 1.0 of 10 days (10.0 %), longest gap 9.0 d>"),
        ([[0.0, 432000.0], [432090.0, 864000.0]], "<2 windows, 10.0 of 10 days (100.0 %), longest gap 90 s>"),
        ([[0.0, 432000.0], [432120.0, 864000.0]], "<2 windows, 10.0 of 10 days (100.0 %), longest gap 2.0 min>"),
        ([[0.0, 432000.0], [442080.0, 864000.0]], "<2 windows, 9.9 of 10 days (98.8 %), longest gap 2.8 h>"),
        ([[0.0, 432000.0], [439200.0, 864000.0]], "<2 windows, 9.9 of 10 days (99.2 %), longest gap 2.0 h>"),
        ([[0.0, 432000.0], [432000.5, 864000.0]], "<2 windows, 10.0 of 10 days (100.0 %), longest gap 0.5 s>"),
        ([[0.0, 864000.0]], "<1 window, 10.0 of 10 days (100.0 %)>"),
        ([], "<0 windows, 0.0 of 10 days (0.0 %), longest gap 10.0 d>"),
    ],
)
def test_windows_say_themselves_in_a_line(bounds, reads):
    assert repr(Windows(np.array(bounds), DAYS)) == reads


@pytest.mark.parametrize(
    ("bounds", "known", "reads"),
    [
        ([[86400.0, 172800.0]], [[0.0, 432000.0]], "<1 window, 1.0 of 5 known days (20.0 %; 5.0 days unknown), "
                                                   "longest gap at least 3.0 d>"),
        ([[86400.0, 172800.0]], [[0.0, 180000.0]], "<1 window, 1.0 of 2.083 known days (48.0 %; 7.9 days unknown), "
                                                   "longest gap 24.0 h>"),
        ([[1.5, 864000.0]], [[1.5, 864000.0]], "<1 window, 10.0 of 10 known days (100.0 %; 1.5 s unknown)>"),
        ([], [], "<0 windows, nothing known in 10 days>"),
    ],
)  # fmt: skip
def test_windows_say_how_much_is_unknown(bounds, known, reads):
    assert repr(Windows.of(bounds, DAYS, known=known)) == reads


def test_a_notebook_shows_the_line_and_the_first_twenty_windows():
    edges = np.arange(23)[:, None] * 10000.0 + np.array([[0.0, 90.0]])
    html = Windows(edges, DAYS)._repr_html_()
    assert html.startswith("<p>23 windows, 0.0 of 10 days (0.2 %), longest gap ")
    assert html.count("<tr><td>") == 20
    start, end = utc(10000.0, 0), utc(10090.0, 0)
    assert f"<tr><td>{start}</td><td>{end}</td><td style='text-align:right'>90 s</td></tr>" in html
    assert html.endswith("<tr><td colspan='3'>… 3 more</td></tr></table>")
    assert "<table><tr><th>start</th><th>end</th><th>duration</th></tr><tr><td>" in html
    assert f"</td></tr><tr><td>{start}" in html
    assert "… 1 more</td>" in Windows(edges[:21], DAYS)._repr_html_()
    twenty = Windows(edges[:20], DAYS)._repr_html_()
    assert twenty.count("<tr><td>") == 20
    assert "more" not in twenty
    assert twenty.endswith("</td></tr></table>")


def test_windows_leave_as_tables_of_utc():
    frame = some.to_pandas()
    assert list(frame.columns) == ["start", "end", "duration_s"]
    for name, column in (("start", 0), ("end", 1)):
        assert [f"{t:%Y-%m-%dT%H:%M:%S}Z" for t in frame[name].dt.round("s")] == utc(some.bounds[:, column], 0)
        assert str(frame[name].dt.tz) == "UTC"
    assert frame.duration_s.tolist() == [100.0, 300.0, 100.0]
    table = some.to_table()
    assert table.colnames == ["start", "end", "duration"]
    for name, column in (("start", 0), ("end", 1)):
        assert table[name].scale == "utc"
        assert [t + "Z" for t in table[name].isot] == utc(some.bounds[:, column], 3)
    assert table["duration"].to_value("min").tolist() == pytest.approx([100 / 60, 5.0, 100 / 60])
