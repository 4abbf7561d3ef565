"""Time at the border: leap seconds, zones, dates that do not exist."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core import time_scales
from sim.core.time import Span, tdb, utc, utc_datetime64


@given(st.datetimes(dt.datetime(1973, 1, 1), dt.datetime(2049, 12, 31)))
def test_utc_to_tdb_and_back_is_the_same(when):
    text = when.isoformat(timespec="milliseconds") + "Z"
    assert utc(tdb(text)) == text


@given(st.datetimes(dt.datetime(1973, 1, 1), dt.datetime(2049, 12, 31)), st.integers(-14 * 60, 14 * 60))
def test_an_offset_names_the_same_instant(when, minutes):
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    there = when.replace(tzinfo=dt.UTC).astimezone(zone)
    assert tdb(there.isoformat()) == pytest.approx(tdb(when.isoformat() + "Z"), abs=1e-6)
    assert tdb(there) == pytest.approx(tdb(when.isoformat() + "Z"), abs=1e-6)


def test_offsets_and_leap_seconds_do_not_mix():
    assert tdb("2017-01-01T01:00:00+02:00") == tdb("2016-12-31T23:00:00Z")
    assert tdb("2016-12-31T18:59:60-05:00") == tdb("2016-12-31T23:59:60Z")


def test_a_leap_second_lasts_a_second():
    before, leap, after = (tdb(t) for t in ("2016-12-31T23:59:59Z", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"))
    assert leap - before == pytest.approx(1.0, abs=1e-6)
    assert after - leap == pytest.approx(1.0, abs=1e-6)
    assert utc(leap, 0) == "2016-12-31T23:59:60Z"


def test_tdb_is_69_seconds_ahead_of_utc_in_2019():
    assert tdb("2019-01-01T12:00:00Z") - 19 * 365.25 * 86400 - 0.25 * 86400 == pytest.approx(69.184, abs=0.002)


def test_day_of_year_and_midnight_by_24_hours():
    assert tdb("2019-003T02:26:00Z") == tdb("2019-01-03T02:26:00Z")
    assert tdb("2019-01-02T24:00:00Z") == tdb("2019-01-03T00:00:00Z")
    assert tdb("2019-01-02T24:00:00+01:00") == tdb("2019-01-02T23:00:00Z")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2019-01-03T02:26:00", "no time zone. Write 2019-01-03T02:26:00Z for UTC"),
        ("2019-02-30T00:00:00Z", "no such day"),
        ("2019-13-01T00:00:00Z", "no such month"),
        ("2019-02-30T00:00:00+01:00", "not a time"),
        ("2018-12-31T23:59:60Z", "no leap second"),
        ("2019-366T00:00:00Z", "no day 366"),
        ("3 January 2019", "expected a time like"),
        ("0001-01-01T00:00:00+05:00", "not a time"),
    ],
)
def test_what_is_not_an_instant_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        tdb(text)


def test_naive_datetimes_are_refused():
    with pytest.raises(ValueError, match="no time zone"):
        tdb(dt.datetime(2019, 1, 3))


def test_arrays_of_times_go_through_at_once():
    when = np.array(["2016-12-31T23:59:59", "2017-01-01T00:00:00"], dtype="datetime64[s]")
    assert np.allclose(np.diff(tdb(when)), 2.0)
    assert (utc_datetime64(tdb(when)) == when).all()
    assert utc(tdb(["2019-01-03T02:26:00Z", "2019-01-04T02:26:00Z"])) == [
        "2019-01-03T02:26:00.000Z",
        "2019-01-04T02:26:00.000Z",
    ]


def test_a_span_must_end_after_it_starts():
    with pytest.raises(ValueError, match="end after it starts"):
        Span("2019-01-03T00:00:00Z", "2019-01-03T00:00:00Z")
    with pytest.raises(TypeError, match="an end or a number of days"):
        Span("2019-01-03T00:00:00Z")


@pytest.mark.parametrize("first, last", [(7.5e8, 7.6e8), (-1.0e9, 1.0e9), (5.8e8, 5.8e8 + 300.0)])
def test_many_times_read_as_each_alone(first, last):
    """TDB − TT of many is interpolated: to a hundredth of a picosecond, far below the digits of a time."""
    many = np.linspace(first, last, 400)
    assert utc(many, 9) == [utc(t, 9) for t in many.tolist()]
    exact = time_scales.tdb_minus_tt(many)
    assert np.abs(time_scales._interpolated(many) - exact).max() < 1e-13
    dates = utc_datetime64(many)
    assert np.abs(tdb(dates) - [tdb(each) for each in dates]).max() <= np.spacing(1e9)
