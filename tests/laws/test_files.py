"""What must be true of motion that is put together from states and arcs, whatever they are."""

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.chebyshev import Pieces, fit
from sim.trajectories.orbits.formats.file_orbit import blocks
from sim.trajectories.orbits.formats.state_table import States
from sim.trajectories.orbits.formats.text_lines import SCALES, epochs, iso

STEPS = st.lists(st.floats(10.0, 100.0), min_size=4, max_size=30)
ROUNDING = 1e-9
"""Parts of a polynomial's size."""


def arc(start: float, end: float) -> States:
    t = np.array([start, end])
    return States(t, np.zeros((2, 3)), np.zeros((2, 3)), 301, start, end)


@given(STEPS, st.integers(2, 6), st.booleans(), st.integers(0, 1000))
def test_states_on_a_polynomial_give_that_polynomial(steps, points, hermite, seed):
    t = 7e8 + np.concatenate(([0.0], np.cumsum(steps)))
    points = min(points, len(t))
    degree = 2 * points - 1 if hermite else points - 1
    truth = Pieces(t[[0, -1]], np.random.default_rng(seed).normal(size=(1, degree + 1, 3)))
    position, velocity = truth.both(t)
    states = States(t, position, velocity, 301, t[0], t[-1], points, hermite)
    x = np.linspace(t[0], t[-1], 97)
    scale = 1e3 if degree > 7 else 1.0  # uneven states far apart say little about a high degree
    assert np.max(np.abs(states.pieces(t[0], t[-1])(x) - truth(x))) < ROUNDING * scale * 10


@given(st.floats(0.0, 0.45), st.floats(0.55, 1.0), st.integers(1, 9))
def test_what_is_cut_is_the_same_function(first, last, count):
    whole = fit(lambda t: np.column_stack((np.sin(t), np.cos(t), t)), np.linspace(0.0, 9.0, count + 1), 20)
    part = whole.cut(9.0 * first, 9.0 * last)
    assert (part.start, part.end) == (9.0 * first, 9.0 * last)
    t = np.linspace(part.start, part.end, 50)
    assert np.allclose(part(t), whole(t), atol=1e-12)
    assert np.allclose(part.rate(t), whole.rate(t), atol=1e-9)


@pytest.mark.parametrize("order", [1, 2, 8, 13])
@pytest.mark.parametrize(("pieces", "times"), [(3, 20), (300, 200), (3000, 2000), (3, 20_000), (300, 20_000)])
def test_values_and_rates_are_the_polynomials_however_many_times_lie_on_a_piece(order, pieces, times):
    random = np.random.default_rng(order + times)
    edges = np.cumsum(random.uniform(1.0, 3.0, pieces + 1))
    path = Pieces(edges, random.normal(size=(pieces, order, 3)))
    for t in (np.sort(random.uniform(edges[0], edges[-1], times)), random.uniform(edges[0], edges[-1], times)):
        row = np.minimum(np.searchsorted(edges, t, "right") - 1, pieces - 1)
        half = 0.5 * np.diff(edges)[row]
        x, table = (t - edges[row]) / half - 1.0, path.coefficients[row]
        value = np.polynomial.chebyshev.chebval(x, table.transpose(1, 2, 0), tensor=False).T
        slopes = np.polynomial.chebyshev.chebder(table, axis=1).transpose(1, 2, 0)
        rate = np.polynomial.chebyshev.chebval(x, slopes, tensor=False).T / half[:, None]
        assert np.allclose(path(t), value, rtol=0.0, atol=1e-11)
        assert np.allclose(path.rate(t), rate, rtol=0.0, atol=1e-10)
        assert np.allclose(np.hstack(path.both(t)), np.hstack((value, rate)), rtol=0.0, atol=1e-10)
    middles = 0.5 * (edges[:-1] + edges[1:])
    assert np.allclose(np.hstack(path.middles()), np.hstack(path.both(middles)), rtol=0.0, atol=1e-9)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=8), st.floats(0.01, 70.0))
def test_the_last_arc_that_covers_a_time_is_used(spans, t):
    arcs = [arc(float(start), float(start + length)) for start, length in spans]
    speaking = [own for block in blocks(arcs) for start, end, own in block if start <= t < end]
    covering = [own for own in arcs if own.start <= t < own.end]
    assert speaking == covering[-1:]


@given(st.lists(st.integers(-10**15, 10**15), min_size=1, max_size=5), st.sampled_from(SCALES))
def test_times_are_read_as_they_are_written(microseconds, scale):
    texts = iso(np.array(microseconds) / 1e6, scale)
    t = epochs("file", texts, scale, ["here"] * len(texts))
    assert np.max(np.abs(t - np.array(microseconds) / 1e6)) < 1.1e-6
    assert iso(t, scale) == texts


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text() | st.integers(), each) | st.tuples(each, each),
    max_leaves=30,
)


@given(VALUES)
def test_json_is_what_the_standard_library_makes_of_it(value):
    from sim.core.files import json_text

    expected = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    assert json_text(value) == re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", expected)


@pytest.mark.parametrize("value", [float("nan"), [1.0, float("inf")], {"a": {"b": [-float("inf"), []]}}])
def test_json_refuses_what_is_no_number(value):
    from sim.core.files import json_text

    with pytest.raises(ValueError):
        json_text(value)
