"""Times that most files do not have: far years, days of the year, offsets that no place has, and no times at all."""

import json
import math
import re
from pathlib import Path

import erfa
import numpy as np
import pytest

import sim
from sim.core.errors import CoverageError, DataError
from sim.core.time import LAST_S, utc_datetime64
from sim.trajectories.orbits.formats import omm, text_lines

DATA = Path(__file__).parents[1] / "stories" / "data"
YEARS = [1, 1000, 1583, 1677, 1678, 1900, 2022, 2261, 2262, 2263, 2603, 9999]
"""Nanoseconds of 64 bits since 1970 end in 1677 and 2262: what lies beyond came round again, 2603 as 2018."""


def expected(year: int, month: int, day: int, seconds: float) -> float:
    """TDB seconds past J2000 of a TDB date, from its Julian date alone. Source: SOFA `cal2jd`."""
    start, days = erfa.cal2jd(year, month, day)
    return (start - 2451545.0 + days) * 86400.0 + seconds


@pytest.mark.parametrize("scale", text_lines.SCALES)
@pytest.mark.parametrize("year", YEARS)
def test_a_time_of_any_year_is_read_as_that_time(year, scale):
    day = int(erfa.cal2jd(year, 3, 4)[1] - erfa.cal2jd(year, 1, 1)[1]) + 1
    clock = "05:06:07.125"
    written = [f"{year:04d}-03-04T{clock}", f"{year:04d}-03-04T{clock}000000Z", f"{year:04d}-{day:03d}T{clock}"]
    t = text_lines.epochs("a file", written, scale, ["line 1"] * 3)
    digit = math.ulp(t[0])
    assert np.ptp(t) <= digit
    at = expected(year, 3, 4, 5 * 3600 + 6 * 60 + 7.125)
    offset = {"TDB": 0.0, "TT": 0.0, "TAI": 32.184, "GPS": 51.184}.get(scale)
    if offset is not None:
        assert abs(t[0] - at - offset) < (0.0 if scale == "TDB" else 2e-3) + digit  # TDB − TT is below 2 ms
    else:
        assert sim.utc(t[0], 3) == f"{year:04d}-03-04T05:06:07.125Z"
    assert text_lines.iso(t[:1], scale)[0][:23] in (f"{year:04d}-03-04T05:06:07.125", f"{year:04d}-03-04T05:06:07.124")


def moved(text: str, year: int) -> str:
    """The text of a file with all years replaced."""
    return re.sub(r"\b2022(?=-)", f"{year:04d}", text).replace("31 Dec 2021", f"31 Dec {year - 1:04d}")


@pytest.mark.parametrize("year", [1650, 2603])
@pytest.mark.parametrize("kind, name", [(sim.Oem, "lro.oem"), (sim.Csv, "capstone.csv"), (sim.Stk, "lro.e")])
def test_states_of_another_century_stay_there(tmp_path, kind, name, year):
    """Windows of 2603 came out in 2019."""
    file = tmp_path / name
    file.write_text(moved((DATA / name).read_text(), year))
    then, now = (kind(file=str(each), center="moon").arcs()[0] for each in (file, DATA / name))
    later = (year - 2022) * 365.2425 * 86400.0
    assert abs(then.t[0] - now.t[0] - later) < 3 * 86400.0
    assert np.allclose(np.diff(then.t), np.diff(now.t), atol=1e-5)
    craft = sim.Spacecraft(name="lro", orbit=kind(file=str(file), center="moon"))
    with pytest.raises(CoverageError):
        craft.over(sim.Span(now.t[0], now.t[-1]))


@pytest.mark.parametrize("year", [1650, 2603])
def test_an_element_set_of_another_century_stays_there(tmp_path, year):
    said = {
        "EPOCH": f"{year}-03-04T05:06:07.125", "MEAN_MOTION": 15.5, "ECCENTRICITY": 0.0003, "INCLINATION": 51.6,
        "RA_OF_ASC_NODE": 290.0, "ARG_OF_PERICENTER": 300.0, "MEAN_ANOMALY": 59.0, "NORAD_CAT_ID": 25544, "BSTAR": 0.0,
    }  # fmt: skip
    file = tmp_path / "sets.json"
    file.write_text(json.dumps([said]))
    (record,) = omm.read(str(file))
    assert abs(record.epoch - expected(year, 3, 4, 5 * 3600 + 6 * 60 + 7.125)) < 70.0
    assert record.pieces(record.epoch, record.epoch + 600.0)[0].end > record.epoch  # and it can be moved there
    with pytest.raises(CoverageError, match=f"the nearest element set is of {year}"):
        sim.Spacecraft(name="iss", orbit=sim.Tle(file=str(file))).over(sim.Span("2019-01-03T00:00:00Z", days=1))


@pytest.mark.parametrize(
    "text",
    ["10000-01-01T00:00:00", "-001-01-01T00:00:00", "2022-366T00:00:00", "2022-000T00:00:00", "2022-02-30T00:00:00",
     "20222-01-01T00:00:00", "\uff12\uff10\uff12\uff12-01-01T00:00:00", "", "NaN"],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_its_place(text):
    with pytest.raises(DataError, match="a file: line 7: "):
        text_lines.epochs("a file", ["2022-01-01T00:00:00", text], "TDB", ["line 6", "line 7"])


@pytest.mark.parametrize("zone", ["+25:00", "-24:00", "+99:99", "+9999", "+08:60"])
def test_no_place_is_a_day_ahead_of_utc(zone, desk):
    """They were taken: +25:00 was a day and an hour."""
    with pytest.raises(ValueError, match=r"an offset from UTC of at most 23:59"):
        sim.tdb(f"2019-01-03T00:00:00{zone}")
    desk.changed("start = 2019-01-03T00:00:00Z", f'start = "2019-01-03T00:00:00{zone}"').refuses("line 2", "offset")


@pytest.mark.parametrize(
    "zone, minutes", [("+14:00", 840), ("-12:00", -720), ("+0545", 345), ("-00:00", 0), ("+23:59", 1439)]
)
def test_offsets_that_may_be_are_taken(zone, minutes):
    at, utc = sim.tdb(f"2019-01-03T12:00:00{zone}"), sim.tdb("2019-01-03T12:00:00Z")
    assert at == pytest.approx(utc - 60 * minutes, abs=1e-4)


@pytest.mark.parametrize("function", [sim.tdb, sim.utc, utc_datetime64])
@pytest.mark.parametrize(
    "what",
    [{}, set(), None, object(), 1 + 2j, "", "soon", [{}], 10**400, -(10**400), 1e300, -2e11, LAST_S * 1.01, math.nan,
     np.datetime64("NaT"), np.datetime64("20000-01-01"), np.datetime64("-9000-01-01"), np.ma.masked,
     np.ma.array([1.0, 2.0], mask=[False, True]), np.array([1.0, math.nan]), np.array([{}]), np.array([1j])],
    ids=lambda what: type(what).__name__ if type(what) is object else repr(what),
)  # fmt: skip
def test_what_is_no_time_is_a_clear_error(function, what):
    """Masks were ignored, {} was taken, and the year -5998 read -4713-11-24T-2147483648."""
    with pytest.raises((TypeError, ValueError)) as caught:
        function(what)
    assert "expected" in str(caught.value) or "numbers are TDB seconds" in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("function", [sim.utc, utc_datetime64])
@pytest.mark.parametrize("what", [math.inf, -math.inf, [0.0, math.inf]])
def test_infinity_has_no_date(function, what):
    with pytest.raises(ValueError, match="expected a finite time, got infinity"):
        function(what)


def test_years_before_the_first_are_written_as_iso_does():
    """Four digits after the sign. Source: ISO 8601-1, expanded years."""
    assert sim.utc(expected(-500, 3, 4, 0.0), 0)[:8] == "-0500-03"
    assert sim.utc(expected(0, 3, 4, 0.0), 0)[:7] == "0000-03"


@pytest.mark.parametrize("start, days", [("9999-12-31T23:59:59Z", 0.5), ("9990-01-01T00:00:00Z", 3660)])
def test_a_span_that_ends_after_all_calendars_is_told(desk, start, days):
    desk.changed("start = 2019-01-03T00:00:00Z", f"start = {start}", "days = 1", f"days = {days}").refuses(
        "days", "expected a span that ends before 9999-12-29"
    )
