"""What must be true of scalars, limits and what is made of them: names, numbers, leaves, reasons."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from sim.core.time import Span, utc
from sim.search.conditions import AllOf, AnyOf, Scalar, Through, every, search
from sim.search.piecewise import HasData, Piecewise
from sim.search.windows import Windows

SPAN = Span(0.0, 86400.0)
SAME_S = 1e-5
"""Edges are polished on the margin to a few µs."""


def wave(period=40000.0, phase=0.0, name="height", unit="deg", **more):
    def function(t):
        return 10.0 * np.sin(2 * np.pi * t / period + phase)

    return Scalar(function, name, unit, resolution=1e-7, pace_s=period / 4, **more)


height, away = wave(), wave(15000.0, 1.0, "range", "km")


@pytest.mark.parametrize(
    ("condition", "reads"),
    [
        (lambda: height > 5, "height > 5 deg"),
        (lambda: height >= 5, "height > 5 deg"),
        (lambda: height < 5.25, "height < 5.25 deg"),
        (lambda: height <= 5.25, "height < 5.25 deg"),
        (lambda: wave(unit="") > 2, "height > 2"),
        (lambda: height > wave(name="mask"), "height > mask"),
        (lambda: ~(height > 5), "height < 5 deg"),
        (lambda: ~(height < wave(name="mask")), "height > mask"),
        (lambda: ~~(height > 5), "height > 5 deg"),
        (lambda: ~replace(height > 0, name="sunlit"), "not sunlit"),
        (lambda: ~~replace(height > 0, name="sunlit"), "sunlit"),
        (lambda: ~replace(height > 0, name="a > b > c"), "not a > b > c"),
        (lambda: (height > 5) & (away < 3), "height > 5 deg and range < 3 km"),
        (lambda: (height > 5) & (away < 3) & (away > 1), "height > 5 deg and range < 3 km and range > 1 km"),
        (lambda: (height > 5) & ((away < 3) | (away > 4)), "height > 5 deg and (range < 3 km or range > 4 km)"),
        (lambda: (height > 5) | (height < 1) & (away > 1), "height > 5 deg or (height < 1 deg and range > 1 km)"),
        (lambda: ~((height > 5) & (away < 3)), "height < 5 deg or range > 3 km"),
        (lambda: ~((height > 5) | (away < 3)), "height < 5 deg and range > 3 km"),
        (lambda: AllOf((height > 5, away < 3), "lander hears relay"), "lander hears relay"),
    ],
)
def test_a_condition_reads_as_a_sentence(condition, reads):
    assert str(condition()) == reads
    assert repr(condition()) == f"<{reads}>"


def test_a_scalar_says_its_name_and_unit():
    assert repr(height) == "<height [deg]>"
    assert repr(wave(unit="")) == "<height>"


def test_only_what_has_the_same_unit_is_compared():
    with pytest.raises(TypeError, match=r"^cannot compare deg with km$"):
        height > away  # noqa: B015
    with pytest.raises(TypeError, match=r"^cannot compare a number with km$"):
        wave(unit="") > away  # noqa: B015
    with pytest.raises(TypeError, match=r"^cannot compare km with a number$"):
        away > wave(unit="")  # noqa: B015


@pytest.mark.parametrize("limit", [True, np.nan, np.inf, [1.0], "5", "high"])
def test_only_a_number_is_a_limit(limit):
    with pytest.raises(TypeError, match=r"^expected a number to compare with, got "):
        height > limit  # noqa: B015


def test_a_limit_may_be_a_quantity_of_another_unit():
    from astropy import units

    assert (height > 0.1 * units.rad).limit == pytest.approx(np.rad2deg(0.1))


def test_a_limit_is_a_plain_number_whatever_kind_it_came_as():
    assert isinstance((height > np.float32(2.5)).limit, float)
    assert (height > np.float32(2.5)).limit == 2.5


def test_the_margin_is_the_distance_to_the_limit_on_the_side_that_holds():
    t = np.linspace(0.0, 1000.0, 7)
    assert (height > 3).margin(t) == pytest.approx(height(t) - 3)
    assert (height < 3).margin(t) == pytest.approx(3 - height(t))
    assert np.array_equal((height > 3).holds(t), height(t) > 3)
    assert np.array_equal((height < 3).holds(t), height(t) < 3)
    assert not (height > 0).holds(0.0)  # on the edge it does not hold


def test_two_scalars_are_compared_where_either_may_have_a_kink_and_as_finely_as_the_quicker_one():
    other = wave(7000.0, name="mask", breaks=lambda span: np.array([span.start + 5.0]))
    mine = wave(breaks=lambda span: np.array([span.start + 7.0]))
    against = mine > other
    assert against.scalar.breaks(SPAN).tolist() == [5.0, 7.0]
    assert against.scalar.pace_s == other.pace_s == (other > mine).scalar.pace_s
    t = np.linspace(0.0, 1e5, 9)
    assert against.scalar(t) == pytest.approx(mine(t) - other(t))
    assert mine.function is not other.function
    later = replace(mine, function=lambda t: mine.function(t + 500.0))
    assert (later > other).windows(SPAN).matches(~(other > later).windows(SPAN), SAME_S)


def test_joined_conditions_are_flat_and_keep_their_order():
    a, b, c = height > 1, away > 2, height < 8
    assert ((a & b) & c).terms == (a & (b & c)).terms == (a, b, c)
    assert ((a | b) | c).terms == (a | (b | c)).terms == (a, b, c)
    assert ((a | b) & c).terms == (a | b, c)
    assert ((a & b) | c).leaves() == (a, b, c)
    assert every([a, b, c]).terms == (a, b, c)
    assert every([a]) is a


def test_what_blocks_is_told_limit_by_limit_and_nothing_where_all_is_well():
    low, high, near = height > -11, height > 11, away < 11
    assert (low & high & near).blockers(0.0) == (high,)
    assert (low & near).blockers(0.0) == ()
    assert (low | high).blockers(0.0) == ()
    assert (high | ~near).blockers(0.0) == (high, ~near)
    assert (low & (high | ~near)).blockers(0.0) == (high, ~near)
    assert (low & (high | near)).blockers(0.0) == ()
    assert high.blockers(0.0) == (high,)
    assert low.blockers(0.0) == ()


def test_terms_hold_together_or_one_at_least():
    t = np.linspace(0.0, 86400.0, 301)
    a, b, c = height > 1, away > 2, height < 8
    assert np.array_equal((a & b & c).holds(t), a.holds(t) & b.holds(t) & c.holds(t))
    assert np.array_equal((a | b | c).holds(t), a.holds(t) | b.holds(t) | c.holds(t))


def test_why_says_what_holds_how_far_it_is_and_when_that_changes():
    rising = height > 5  # from 3333 s to 16667 s, and again 40000 s later
    edges = rising.windows(SPAN).bounds.ravel()
    closed = (rising & (away < 11)).why(0.0, SPAN)
    assert not closed.holds
    assert closed.t == 0.0
    assert closed.changes == pytest.approx(edges[0], abs=SAME_S)
    assert [(str(leaf), margin) for leaf, margin in closed.terms] == [
        ("height > 5 deg", pytest.approx(-5.0)),
        ("range < 11 km", pytest.approx(11.0 - away(0.0))),
    ]
    assert str(closed).startswith("height > 5 deg and range < 11 km")
    opened = rising.why(10000.0, SPAN)
    assert opened.holds
    assert opened.changes == pytest.approx(edges[1], abs=SAME_S)
    assert rising.why(edges[1] + 1.0, SPAN).changes == pytest.approx(edges[2], abs=SAME_S)
    assert rising.why(utc(10000.0, 6), SPAN).t == pytest.approx(10000.0, abs=1e-6)


def test_why_speaks_of_the_span_alone():
    rising, always, never = height > 5, height > -11, height > 11
    first = rising.windows(SPAN).bounds[0]
    assert rising.why(-100.0, SPAN).changes == pytest.approx(first[0], abs=SAME_S)
    assert rising.why(SPAN.end, SPAN).changes is None
    assert rising.why(SPAN.end + 5.0, SPAN).changes is None
    assert always.why(50.0, SPAN).changes is None
    assert never.why(50.0, SPAN).changes is None


def test_extremes_are_those_inside_with_the_scalars_own_values():
    inside = Windows(np.array([[5000.0, 35000.0], [45000.0, 55000.0]]), SPAN)
    found = height.extremes(inside)
    assert found.times == pytest.approx([10000.0, 30000.0, 50000.0], abs=1e-3)
    assert found.values == pytest.approx([10.0, -10.0, 10.0])
    assert found.maximum.tolist() == [True, False, True]
    assert height.extremes(SPAN).times == pytest.approx([10000.0, 30000.0, 50000.0, 70000.0], abs=1e-3)
    assert wave(4e6).extremes(SPAN).times.tolist() == []


def bent(**more):
    """The height in degrees, searched as its sine: as an elevation is."""
    sine = Through(lambda t: np.sin(np.deg2rad(height(t))), lambda x: float(np.sin(np.deg2rad(x))), 1e-15, **more)
    return replace(height, through=sine)


def test_a_smoother_function_is_searched_in_its_place_and_the_answer_is_the_same():
    for limit in (-9.99, 0.0, 5.0, 9.99):
        assert (bent() > limit).windows(SPAN).matches((height > limit).windows(SPAN), 1e-3)
        assert (bent() < limit).windows(SPAN).matches((height < limit).windows(SPAN), 1e-3)
    found = bent().extremes(SPAN)
    assert found.times == pytest.approx(height.extremes(SPAN).times, abs=1e-2)
    assert found.values == pytest.approx(height.extremes(SPAN).values)


def test_what_is_searched_resolves_what_was_asked_and_its_certificate_says_so_in_the_scalars_unit():
    margin = (bent() > 5.0).searched(SPAN)
    # d sin x / dx = cos x, in degrees: the resolution as the sine sees it
    assert margin.resolution == pytest.approx(height.resolution * np.cos(np.deg2rad(5.0)) * np.pi / 180, rel=1e-3)
    assert margin.level == pytest.approx(np.sin(np.deg2rad(5.0)))
    assert margin.sign == 1.0
    assert (bent() < 5.0).searched(SPAN).sign == -1.0
    blunt = replace(height, through=replace(bent().through, resolution=0.5))
    assert (blunt > 5.0).searched(SPAN).resolution == 0.5
    for scalar in (height, bent()):
        certificate = (scalar > 5.0).windows(SPAN).certificate
        assert certificate.margins == (("height > 5 deg", height.resolution, "deg"),)


def test_breaks_and_pace_reach_the_search():
    kinked = wave(breaks=lambda span: np.array([span.start + 123.0]))
    margin = (kinked > 5.0).searched(SPAN)
    assert margin.breaks.tolist() == [123.0]
    assert margin.pace_s == kinked.pace_s
    assert (margin.name, margin.unit) == ("height > 5 deg", "deg")


def halves(limit):
    """height > limit, made of two smoother conditions as a horizon profile is."""
    left = wave(name="left", breaks=lambda span: np.empty(0))
    return (left > limit) & (left > limit - 100.0)


def test_a_limit_made_of_smoother_ones_is_searched_as_these_on_either_side():
    whole = replace(height, split=halves)
    for limit in (0.0, 5.0):
        assert isinstance((whole > limit).split(), AllOf)
        assert isinstance((whole < limit).split(), AnyOf)
        assert (height > limit).split() == (height > limit)
        assert (whole > limit).windows(SPAN).matches((height > limit).windows(SPAN), SAME_S)
        assert (whole < limit).windows(SPAN).matches((height < limit).windows(SPAN), SAME_S)
    assert (whole > 5.0).margin.split is None
    assert (whole > height).scalar.split is None
    assert (bent() > height).scalar.through is None


def test_many_conditions_searched_together_are_those_searched_alone():
    conditions = [height > 5, (height > 1) & (away > 2), (height > 8) | (away > 9) | (away < -9), ~(away > 3),
                  ((height > 1) | (away > 2)) & (height < 9)]  # fmt: skip
    inside = [Windows(np.array([[1000.0, 30000.0], [50000.0, 86400.0]]), SPAN), *[Windows.whole(SPAN)] * 4]
    t = SPAN.grid(7.0)[:-1]
    for condition, windows, found in zip(conditions, inside, search(conditions, inside), strict=True):
        alone = search([condition], [windows])[0]
        assert found.matches(alone, SAME_S)
        assert np.array_equal(found.holds(t), condition.holds(t) & windows.holds(t))
        assert found.span == SPAN
    assert search([height > 5], [Windows.none(SPAN)])[0] == Windows.none(SPAN)


def test_an_alternative_leaves_no_gap_where_one_term_takes_over_from_another():
    found = ((height > 5) | (height < 5)).windows(SPAN)
    assert found == Windows.whole(SPAN)


def test_each_term_is_searched_only_where_the_earlier_ones_leave_something_open():
    asked = []

    def watched(t):
        asked.append(np.asarray(t).ravel())
        return height.function(t)

    first = (away > 8.0).windows(SPAN)
    spied = replace(height, function=watched)
    ((away > 8.0) & (spied > 5.0)).windows(SPAN)
    assert all(first.bounds[0, 0] - 1.0 <= part.min() and part.max() <= first.bounds[-1, 1] + 1.0 for part in asked)
    asked.clear()
    ((height > -11.0) | (spied > 5.0)).windows(SPAN)
    assert not asked


def known_in(condition, *stretches):
    """A condition of which nothing is known outside some stretches of time."""

    def inside(t):
        return np.max([np.minimum(t - a, b - t) for a, b in stretches], axis=0)

    guard = HasData(Scalar(inside, "known", "s", 1e-6), 0.0, 1.0, "orbit known of it", lambda t: "no orbit of it known")
    return Piecewise(tuple((Span(a, b), condition) for a, b in stretches), guard, "it")


def test_nothing_is_asked_outside_of_what_a_condition_knows():
    asked = []

    def watched(t):
        asked.append(np.asarray(t).ravel())
        return height.function(t)

    spied = known_in(replace(height, function=watched) > -11.0, (20000.0, 60000.0))
    found = spied.windows(SPAN)
    assert found.bounds.tolist() == found.known.tolist() == [[20000.0, 60000.0]]
    assert found.span == SPAN
    assert min(part.min() for part in asked) >= 20000.0
    assert max(part.max() for part in asked) <= 60000.0
    asked.clear()
    for other in (Span(70000.0, 80000.0), Span(60000.0, 80000.0)):
        assert not spied.windows(other) and not spied.windows(other).known_s
    assert not asked
    assert (spied & (away > 2)).windows(SPAN).span == SPAN


KNOWN = (known_in(height > 2.0, (5000.0, 30000.0), (30000.0, 41000.0)), known_in(away > 5.0, (0.0, 20000.0)),
         known_in(height < 7.0), away > 8.0, height > 5.0)  # fmt: skip


@pytest.mark.parametrize(("a", "b"), list(product(KNOWN, repeat=2)))
def test_windows_of_what_is_not_always_known_are_made_of_those_of_its_terms(a, b):
    """Whatever the order of the terms: nothing is claimed open or closed of which no orbit is known."""

    def same(one, other):
        assert one.matches(other, 1e-5)
        assert len(one.known_bounds) == len(other.known_bounds)
        assert np.allclose(one.known_bounds, other.known_bounds, rtol=0, atol=1e-5)

    third, x, y = wave(23000.0, 0.3) > 1.0, a.windows(SPAN), b.windows(SPAN)
    same((a & b).windows(SPAN), x & y)
    same((a | b).windows(SPAN), x | y)
    same((~a).windows(SPAN), ~x)
    same((~(a & b)).windows(SPAN), ~x | ~y)
    same(((a | b) & ~third).windows(SPAN), (x | y) & ~third.windows(SPAN))
    t = np.linspace(1.0, 86399.0, 997)
    for condition, windows in ((a & b, x & y), (~a, ~x)):
        if windows.known_s:
            assert np.array_equal(condition.holds(t), windows.holds(t))


def test_why_says_that_nothing_is_known():
    told = str(known_in(height > 2.0, (5000.0, 30000.0)).why(40000.0, SPAN))
    assert told.splitlines()[0].endswith(" UTC; not known to open before the span ends, 2000-01-02T11:58:56Z")
    assert "it is not known at 2000-01-01 23:05:36 UTC" in told
    assert told.splitlines()[1:] == ["  ? no orbit of it known"]
    assert "not known from 20:18:56" in str(known_in(height > -99.0, (5000.0, 30000.0)).why(6000.0, SPAN))
