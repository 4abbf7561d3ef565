"""Hours of days and days of months."""

import numpy as np
import pytest

import sim
from sim.products.availability import shares
from sim.products.plot import Events, availability, calendar
from sim.search.windows import Windows

FIRST = np.datetime64("2019-01-03")


@pytest.mark.parametrize(
    "days, theme",
    [(1, "light"), (20, "dark"), pytest.param(1000, "light", marks=pytest.mark.long)],
)
def test_any_number_of_days_fits(good, long_name, days, theme):
    share = np.abs(np.sin(np.arange(days * 24).reshape(days, 24)))
    share[0, :5] = np.nan
    text = good(availability(share, FIRST, long_name, theme))
    assert "hour of the day (UTC)" in text and "open (%)" in text and "2019" in text


def test_what_is_open_half_an_hour_is_half_of_its_hour():
    span = sim.Span("2019-01-03T06:00:00Z", "2019-01-05T06:00:00Z")
    windows = Windows.of(sim.tdb(np.array([["2019-01-03T08:30", "2019-01-03T10:15"]], dtype="datetime64[us]")), span)
    share, first = shares(windows, 60)
    assert first == FIRST and share.shape == (3, 24)
    assert np.isnan(share[0, :6]).all() and np.isnan(share[2, 6:]).all()
    assert np.allclose(share[0, 8:12], [0.5, 1.0, 0.25, 0.0], atol=1e-9)
    assert np.nansum(share) * 3600 == pytest.approx(windows.total_s)
    assert np.nansum(shares(Windows.none(span), 30)[0]) == 0.0
    assert np.nanmin(shares(Windows.whole(span), 30)[0]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "count, theme",
    [(0, "light"), (1, "dark"), (20, "light"), pytest.param(1000, "dark", marks=pytest.mark.long)],
)
def test_any_number_of_events_fits(good, long_name, count, theme):
    span = sim.Span("2019-01-03T00:00:00Z", days=400)
    starts = np.linspace(span.start, span.end - 20_000, count)
    kinds = [Events(f"{i} {long_name}", Windows.of(np.stack((starts, starts + 9000), 1), span)) for i in range(3)]
    text = good(calendar(kinds if count else [], span, long_name, theme))
    assert "day of the month (UTC)" in text and "2020-02" in text


def test_an_event_stands_on_its_day():
    span = sim.Span("2019-01-03T00:00:00Z", days=40)
    start = sim.tdb("2019-02-05T12:00:00Z")
    ax = calendar([Events("eclipse", Windows.of([[start, start + 6 * 3600]], span))], span)
    bar = next(c for c in ax.collections if c.get_zorder() == 2)
    (box,) = bar.get_paths()
    assert np.allclose(sorted(set(box.vertices[:, 0])), [5.5, 5.75], atol=1e-6)
    assert 1.0 < box.vertices[:, 1].mean() < 2.0


def test_events_that_follow_each_other_closely_are_no_solid_bar():
    span = sim.Span("2019-01-03T00:00:00Z", days=20)
    starts = span.start + 7080.0 * np.arange(240)  # a low lunar orbit's nights
    ax = calendar([Events("night", Windows.of(np.stack((starts, starts + 2700.0), 1), span))], span)
    (bar,) = next(c for c in ax.collections if c.get_zorder() == 2).get_paths()
    lane = 0.8 * 0.86
    assert np.ptp(bar.vertices[:, 1]) == pytest.approx(lane * 2700.0 / 7080.0, rel=0.01)
    words = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert words[-1] == "lower bars: events too brief to draw separately; height shows their share of the time"
