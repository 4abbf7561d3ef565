"""Windows on an axis of time: none vanishes, no gap vanishes, nothing lies on anything."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.products.plot import Row, timeline
from sim.products.plot.bars import bars, heights
from sim.search.windows import Windows

SPAN = sim.Span("2019-01-03T00:00:00Z", days=30)


def windows(count, share=0.4, span=SPAN):
    each = span.duration_s / max(count, 1)
    starts = span.start + each * (np.arange(count) + 0.2)
    return Windows.of(np.stack((starts, starts + share * each), 1), span)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("count", [0, 1, 20, 1000])
def test_any_number_of_windows_fits(good, long_name, count, theme):
    rows = [
        Row(f"{i} {long_name}", windows(count), f"{long_name} → " * 4, basis, windows(30), windows(count, 0.1),
            windows(count, 0.3), heading="routes" if i == 0 else "")
        for i, basis in enumerate(("definitive", "reconstructed", "predicted", "designed"))
    ]  # fmt: skip
    marks = [(SPAN.start + 86400.0 * day, f"{day} {long_name}") for day in (0, 1, 2, 15, 29, 29.5)]
    text = good(timeline(rows, SPAN, long_name, marks, theme=theme))
    assert "time (UTC, 2019)" in text and "night at the site" in text
    assert ("never" in text) == (count == 0)
    assert ("lower bars" in text) == (count == 1000)


@pytest.mark.parametrize("count", [1, pytest.param(1000, marks=pytest.mark.long)])
def test_any_number_of_rows_fits(good, count):
    text = good(timeline({f"row {i}": windows(3) for i in range(count)}, SPAN, "Rows"), apart=count == 1)
    assert ("880 more rows not shown" in text) == (count == 1000)


@given(st.lists(st.floats(0.001, 50.0), min_size=2, max_size=80), st.floats(0.01, 20.0))
def test_no_window_and_no_gap_vanishes(lengths, dot):
    edges = np.cumsum(lengths)[: len(lengths) // 2 * 2]
    given_ = edges.reshape(-1, 2)
    drawn = bars(given_, dot)
    assert (drawn[1:, 0] >= drawn[:-1, 1] - 1e-9).all()
    for start, end in given_:  # something is drawn where something is open
        middle = 0.5 * (start + end)
        assert ((drawn[:, 0] <= middle + 1e-9) & (middle - 1e-9 <= drawn[:, 1])).any()
    for start, end in zip(given_[:-1, 1], given_[1:, 0], strict=True):  # and a full bar nowhere in a gap
        middle = 0.5 * (start + end)
        assert not ((drawn[:, 0] < middle) & (middle < drawn[:, 1]) & (drawn[:, 2] >= 1.0)).any()
    assert (heights(drawn[drawn[:, 2] < 1.0, 2]) < 1.0).all()


@pytest.mark.parametrize("share", [0.05, 0.4, 0.961])
@pytest.mark.parametrize("dots", [0.3, 1.5, 4.0, 12.0])
def test_the_ink_of_many_short_windows_is_the_share_that_is_open(share, dots):
    """Windows and gaps of which either is shorter than a dot: 0.961 of ten years came out as 0.90."""
    each, dot = 1.0, 1.0 / dots
    starts = each * np.arange(4000)
    drawn = bars(np.stack((starts, starts + share * each), axis=1), dot)
    ink = ((drawn[:, 1] - drawn[:, 0]) * heights(drawn[:, 2])).sum() / (starts[-1] + share * each)
    if share * dots >= 1.0 or (1.0 - share) * dots < 1.0 or dots < 1.0:  # a lone short window is widened to a dot
        assert ink == pytest.approx(share, abs=0.06 if dots > 10 else 0.005)


def test_ticks_keep_off_each_other_where_a_month_begins():
    leap = sim.Span("2020-02-18T00:00:00Z", days=27)
    ax = timeline({"row": windows(5, span=leap)}, leap)
    ax.figure.figure.draw_without_rendering()
    low, high = ax.get_xlim()
    ticks = [at for at in ax.get_xticks() if low <= at <= high]
    assert len(ticks) > 4 and min(np.diff(ticks)) > 0.7 * np.median(np.diff(ticks))
    words = [label.get_text() for label in ax.get_xticklabels()]
    assert "01 Mar" in words and "29 Feb" not in words


def test_short_windows_are_told_in_seconds(good):
    few = Windows(np.array([[SPAN.start + 100.0, SPAN.start + 178.0]]), SPAN)
    text = good(timeline({"row": few}, SPAN))
    assert "1 window, 78 s" in text and "0.0 h" not in text


@given(st.lists(st.floats(1.0, 50.0), min_size=2, max_size=40))
def test_what_is_long_enough_stands_as_it_is(lengths):
    edges = np.cumsum(lengths)[: len(lengths) // 2 * 2]
    drawn = bars(edges.reshape(-1, 2), 0.9)
    assert np.allclose(drawn[:, :2], edges.reshape(-1, 2)) and (drawn[:, 2] == 1.0).all()


@given(st.lists(st.floats(0.001, 0.5), min_size=20, max_size=60))
def test_many_short_windows_are_one_bar_with_their_open_fraction(lengths):
    edges = np.cumsum(lengths)[: len(lengths) // 2 * 2].reshape(-1, 2)
    (start, end, share), = bars(edges, 0.6)  # fmt: skip
    assert share * (edges[-1, 1] - edges[0, 0]) == pytest.approx((edges[:, 1] - edges[:, 0]).sum())
    assert start <= edges[0, 0] and end >= edges[-1, 1]
