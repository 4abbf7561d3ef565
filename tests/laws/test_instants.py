"""Whatever form a time comes in, the answer is the same: everything public that takes times is asked in every form."""

import datetime as dt
import inspect

import numpy as np
import pandas as pd
import pytest
from astropy import units
from astropy.time import Time, TimeDelta
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.core.errors import SimError
from sim.core.quantities import number
from sim.core.time import instant, instants, utc_datetime64
from sim.products.plot import Profile, SkyTrack, Track, availability
from sim.trajectories.light_time import arrival, ray
from sim.trajectories.multi_phase import Phased
from sim.trajectories.orbits.sampled import Sampled
from sim.visibility.coverage import grid

SPAN = sim.Span("2026-03-01T00:00:00Z", days=2)
SITE = sim.Site(name="canberra", body="earth", latitude_deg=-35.4, longitude_deg=149.0, height_m=690.0)
SHIP = sim.MovingSite(name="ship", waypoints=[
    {"time": "2026-02-27T00:00:00Z", "latitude_deg": -20.0, "longitude_deg": 170.0},
    {"time": "2026-03-05T00:00:00Z", "latitude_deg": -22.0, "longitude_deg": 176.0},
])  # fmt: skip
GAP = (dt.datetime(2026, 3, 1, 20), dt.datetime(2026, 3, 1, 21))
"""Between the phases of a spacecraft, UTC; nothing is asked near it."""


def circle(days=0):
    return sim.Kepler(center="moon", epoch="2026-03-01T00:00:00Z", semi_major_axis_km=5000.0, eccentricity=0.1,
                      inclination_deg=60.0, node_deg=days)  # fmt: skip


CRAFT = sim.Spacecraft(name="orbiter", orbit=circle()).over(SPAN)
_PHASES = [
    {"start": "2026-03-01T00:00:00Z", "end": GAP[0].isoformat() + "Z", "orbit": circle()},
    {"start": GAP[1].isoformat() + "Z", "end": "2026-03-03T00:00:00Z", "orbit": circle(40)},
]
PHASED = sim.Spacecraft(name="orbiter", orbit=sim.Phases(phases=_PHASES)).over(SPAN)
UP = (sim.elevation_deg(SITE, CRAFT) > 5.0) & (sim.clearance_km(SITE, CRAFT, sim.MOON) > 0.0)
OPEN = UP.windows(SPAN)
SCALARS = {
    "elevation_deg": sim.elevation_deg(SITE, CRAFT),
    "azimuth_deg": sim.azimuth_deg(SITE, PHASED),
    "range_km": sim.range_km(SITE, PHASED),
    "range_rate_km_s": sim.range_rate_km_s(SITE, CRAFT),
    "light_time_s": sim.light_time_s(SITE, CRAFT),
    "clearance_km": sim.clearance_km(SITE, PHASED, sim.MOON),
    "sun_separation_deg": sim.sun_separation_deg(SITE, CRAFT),
    "sun_elevation_deg": sim.sun_elevation_deg(SITE),
    "altitude_km": sim.altitude_km(PHASED),
    "penumbra_deg": sim.penumbra_deg(CRAFT, sim.MOON),
    "umbra_deg": sim.umbra_deg(PHASED, sim.MOON),
}
MOVING = {"Body": sim.MOON, "Site": SITE, "Sampled": CRAFT, "Phased": PHASED}


def joined(state):
    return np.concatenate((state.position, state.velocity), axis=-1)


ASKED = {
    "tdb": sim.tdb,
    "utc": lambda t: sim.tdb(sim.utc(t, 6)),
    "utc_datetime64": lambda t: sim.tdb(utc_datetime64(t)),
    "ray": lambda t: ray(CRAFT, SITE, t).sent,
    "arrival": lambda t: arrival(CRAFT, SITE, t),
    **{f"{name}()": scalar for name, scalar in SCALARS.items()},
    "Scalar.__call__": SCALARS["elevation_deg"],
    "Condition.holds": UP.holds,
    "sunlit().holds": sim.sunlit(CRAFT).holds,
    "hop().holds": sim.hop(PHASED, SITE).holds,
    "Windows.holds": OPEN.holds,
    **{f"{name}.covers": each.covers for name, each in MOVING.items()},
    "Body.velocity": sim.MOON.velocity,
    "Body.rotation": sim.EARTH.rotation,
    "Body.spin": sim.MOON.spin,
    "Body.turning": lambda t: sim.MOON.turning(t)[1],
    "Site.horizontal": SITE.horizontal,
    "Site.place_at": lambda t: np.stack(SHIP.place_at(t), axis=-1),
    "Site.axes_at": SHIP.axes_at,
    "Site.position_at": SHIP.position_at,
    "Site.lift_km": SHIP.lift_km,
    "Site.turning": SHIP.turning,
    "Sampled.relative": lambda t: joined(CRAFT.relative(t)),
    **{f"{name}.position": each.position for name, each in MOVING.items()},
    **{f"{name}.state": lambda t, each=each: joined(each.state(t)) for name, each in MOVING.items()},
    **{
        f"{name}.state_beside": lambda t, each=each: joined(
            each.state_beside(sim.EARTH, t, each.state_from(sim.EARTH, t))
        )
        for name, each in MOVING.items()
        if name != "Phased"  # phases are taken one by one
    },
    **{f"{name}.position_from": lambda t, each=each: each.position_from(sim.EARTH, t) for name, each in MOVING.items()},
    **{
        f"{name}.state_from": lambda t, each=each: joined(each.state_from(sim.EARTH, t))
        for name, each in MOVING.items()
    },
    "plot.Profile": lambda t: Profile("a", t, t, t).t,
    "plot.SkyTrack": lambda t: SkyTrack("a", t, t, t).t,
    "plot.Track": lambda t: Track("a", t, t, t).t,
}
"""Of one time or many, in an array of any shape."""


def ends(span):
    return [span.start, span.end]


ASKED_ONE = {
    "Span.__init__": lambda t: ends(sim.Span(t, SPAN.end)),
    "Span(end)": lambda t: ends(sim.Span(SPAN.start - 1.0, t)),
    "Span(days)": lambda t: ends(sim.Span(t, days=1)),
    "Windows.__contains__": lambda t: t in OPEN,
    "Windows.__init__": lambda t: sim.Windows([[SPAN.start - 1.0, t]], sim.Span(SPAN.start - 1.0, SPAN.end)).bounds,
    "Windows.of": lambda t: sim.Windows.of([[t, SPAN.end]], SPAN).bounds,
    "Condition.why": lambda t: UP.why(t, SPAN).t,
    "Condition.leaves_at": lambda t: [str(leaf) for leaf in sim.hop(PHASED, SITE).leaves_at(t)],
    "Condition.blockers": lambda t: [str(leaf) for leaf in UP.blockers(t)],
    **{
        f"{name}.parts_between": lambda t, each=each: [part.name for part in each.parts_between(t, SPAN.end)]
        for name, each in MOVING.items()
    },
    "Sampled.element_age_s": lambda t: CRAFT.element_age_s(t, SPAN.end),
    "Kepler(epoch)": lambda t: sim.Kepler(center="moon", epoch=t, semi_major_axis_km=5000.0, eccentricity=0.1,
                                          inclination_deg=60.0).epoch,
}  # fmt: skip
"""Of one instant."""

UTC = st.datetimes(dt.datetime(2026, 3, 1, 0, 1), dt.datetime(2026, 3, 2, 23, 59)).filter(
    lambda when: not GAP[0] - dt.timedelta(minutes=1) < when < GAP[1] + dt.timedelta(minutes=1)
)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))


def forms_of_one(when, zone):
    """One instant in every form but that of seconds."""
    aware = when.replace(tzinfo=dt.UTC)
    yield when.isoformat() + "Z"
    yield aware.astimezone(zone).isoformat()
    yield aware
    yield aware.astimezone(zone)
    yield np.datetime64(when, "us")
    yield np.array(when, dtype="datetime64[ns]")
    yield pd.Timestamp(aware)
    yield pd.Timestamp(aware).tz_convert("Asia/Kolkata")
    yield Time(when, scale="utc")
    yield Time(when, scale="utc").tai


def forms_of_many(times, zone):
    """Instants in every form of an array but that of seconds."""
    aware = [when.replace(tzinfo=dt.UTC).astimezone(zone) for when in times]
    fixed = np.array(times, dtype="datetime64[us]")
    index = pd.DatetimeIndex(fixed, tz="UTC")
    yield [when.isoformat() + "Z" for when in times]
    yield np.array([when.isoformat() + "Z" for when in times])
    yield aware
    yield np.array(aware, dtype=object)
    yield fixed
    yield fixed.astype("datetime64[ns]")
    yield index
    yield index.tz_convert("America/New_York")
    yield pd.DatetimeIndex(fixed)
    yield pd.Series(index.tz_convert("Asia/Tokyo"))
    yield pd.Series(pd.DatetimeIndex(fixed))
    yield pd.Series([when.isoformat() + "Z" for when in times])
    yield list(index)
    yield Time(times, scale="utc")
    yield Time(times, scale="utc").tdb
    yield [Time(when, scale="utc") for when in times]


def same(found, right):
    """Whether answers are the same to what a microsecond of rounding is worth."""
    found, right = np.asarray(found), np.asarray(right)
    assert found.shape == right.shape
    if right.dtype.kind in "fi":
        assert np.allclose(found, right, rtol=0.0, atol=1e-3, equal_nan=True)
    else:
        assert np.array_equal(found, right)


def settled(times):
    """Whether nothing opens or closes within a millisecond: there the form of a time may decide."""
    t = sim.tdb([when.isoformat() + "Z" for when in times])
    conditions = UP.holds, sim.sunlit(CRAFT).holds, sim.hop(PHASED, SITE).holds, OPEN.holds
    return all(np.array_equal(holds(t - 1e-3), holds(t + 1e-3)) for holds in conditions)


@pytest.mark.parametrize("name", ASKED)
@settings(max_examples=2)
@given(st.lists(UTC, min_size=1, max_size=3).filter(settled), ZONES)
def test_many_times_are_the_same_in_every_form(name, times, zone):
    ask, t = ASKED[name], np.array([sim.tdb(when.isoformat() + "Z") for when in times])
    right = np.asarray(ask(t))
    assert len(right) == len(times)
    for form in forms_of_many(times, zone):
        same(ask(form), right)
    same(ask([times[0].isoformat() + "Z"]), right[:1])
    same(ask(np.array([times], dtype="datetime64[us]")), right[None])
    for form in (float(t[0]), *forms_of_one(times[0], zone)):
        same(np.ravel(ask(form)), np.ravel(right[0]))


@pytest.mark.parametrize("name", ASKED_ONE)
@settings(max_examples=2)
@given(UTC.filter(lambda when: settled([when])), ZONES)
def test_one_instant_is_the_same_in_every_form(name, when, zone):
    ask = ASKED_ONE[name]
    right = ask(sim.tdb(when.isoformat() + "Z"))
    for form in forms_of_one(when, zone):
        same(ask(form), right)


KINDS = (sim.Body, sim.Site, sim.Spacecraft, Sampled, Phased, sim.Scalar, sim.Condition, sim.Windows, sim.Span,
         sim.Result)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_no_public_method_that_takes_times_is_left_out(kind):
    for name, method in inspect.getmembers(kind, inspect.isfunction):
        takes = {"t", "when", "at", "start", "end", "sent"} & set(inspect.signature(method).parameters)
        if takes and (not name.startswith("_") or name in ("__init__", "__call__", "__contains__")):
            assert {f"{kind.__name__}.{name}"} & {*ASKED, *ASKED_ONE}, f"{kind.__name__}.{name} is not asked here"


def test_no_module_hides_a_public_name():
    import sim.search.explanation
    import sim.simulation.run

    for name in set(sim.__all__) - {"plot"}:
        assert not inspect.ismodule(getattr(sim, name)), name


def test_the_moon_stands_high_at_noon_of_2019_whatever_says_so():
    site = sim.Site(name="x", body="earth", latitude_deg=-35.4, longitude_deg=149.0)
    elevation = sim.elevation_deg(site, sim.MOON)
    right = elevation(sim.tdb("2019-01-03T12:00:00Z"))
    for when in forms_of_one(dt.datetime(2019, 1, 3, 12), dt.UTC):
        assert elevation(when) == pytest.approx(right, abs=1e-6)


def test_why_of_a_scenario_takes_every_form():
    scenario = sim.Scenario(
        start=SPAN.start, end=SPAN.end, sites={"a": site()}, routes={"down": ["orbiter", "a"]},
        spacecraft={"orbiter": sim.Spacecraft(name="orbiter", orbit=circle())},
    )  # fmt: skip
    when = dt.datetime(2026, 3, 1, 12)
    right = [str(each) for each in sim.why(scenario, ["down"], when.isoformat() + "Z")]
    assert right == [str(each) for each in sim.why(scenario, ["down"], Time(when, scale="utc"))]
    with pytest.raises(SimError, match="expected a time"):
        sim.why(scenario, ["down"], 5 * units.s)


STAMP = pd.Timestamp("2026-03-01T12:00:00", tz="UTC")
MASKED = Time(["2026-03-01", "2026-03-02"])
MASKED[0] = np.ma.masked


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        (True, TypeError, "expected a time"),
        (np.True_, TypeError, "expected a time"),
        (np.array([True]), TypeError, "expected a time"),
        ([1.0, True], TypeError, "expected a time"),
        (None, TypeError, "expected a time"),
        (dt.date(2026, 3, 1), TypeError, "expected a time"),
        (dt.timedelta(1), TypeError, "expected a time"),
        (np.timedelta64(1, "s"), TypeError, "expected a time"),
        (np.array([1], dtype="timedelta64[s]"), TypeError, "expected a time"),
        (pd.Timedelta("1s"), TypeError, "expected a time"),
        (TimeDelta(1.0, format="jd", scale="tdb"), TypeError, "expected a time"),
        (5.0 * units.s, TypeError, "expected a time"),
        (np.arange(2.0) * units.km, TypeError, "expected a time"),
        ([5.0 * units.s], TypeError, "expected a time"),
        (pd.NaT, ValueError, "NaT"),
        (np.datetime64("NaT"), ValueError, "NaT"),
        (pd.DatetimeIndex([STAMP, pd.NaT]), ValueError, "NaT"),
        (np.nan, ValueError, "NaN"),
        ([0.0, np.nan], ValueError, "NaN"),
        (np.array([np.nan]), ValueError, "NaN"),
        (np.ma.array([1.0, 2.0], mask=[False, True]), ValueError, "masked"),
        (MASKED, ValueError, "masked"),
        (STAMP.value, ValueError, "For nanoseconds or milliseconds"),
        (STAMP.value // 10**6, ValueError, "For nanoseconds or milliseconds"),
        (pd.DatetimeIndex([STAMP]).asi8, ValueError, "For nanoseconds or milliseconds"),
        (STAMP.tz_localize(None), ValueError, "no time zone"),
        ([dt.datetime(2026, 3, 1)], ValueError, "no time zone"),
        ("noon", ValueError, "expected a time like"),
    ],
)
def test_what_is_no_time_is_refused_and_never_read_as_seconds(wrong, error, said):
    asked = (sim.tdb, instant, instants, SCALARS["elevation_deg"], UP.holds, OPEN.holds, sim.utc, CRAFT.position)
    for ask in asked if wrong is not None and not _is_floats(wrong) else asked[:-1]:
        if ask is instants and _is_floats(wrong):
            continue  # handed on unchecked: its callers look at what they get
        with pytest.raises(error, match=said):
            ask(wrong)
    with pytest.raises(error, match=said):
        sim.Span(wrong, days=1)
    with pytest.raises(error, match=said):
        sim.Windows.of([[0.0, 1.0], [2.0, wrong]], SPAN)


def _is_floats(value):
    return type(value) is np.ndarray and value.dtype == float


def test_one_instant_is_one():
    asked = instant, OPEN.__contains__, UP.blockers, lambda t: UP.why(t, SPAN), lambda t: sim.Span(t, days=1)
    for many in ([0.0, 1.0], np.array([0.0]), pd.DatetimeIndex([STAMP])):
        for ask in asked:
            with pytest.raises(TypeError, match="expected one time, got"):
                ask(many)


def test_the_shape_of_times_is_kept():
    assert isinstance(sim.tdb(np.array(5)), float)
    assert isinstance(sim.tdb(np.array(STAMP, dtype=object)), float)
    assert sim.tdb(np.empty((0, 3))).shape == (0, 3)
    assert sim.tdb([]).shape == (0,)
    assert sim.tdb([[STAMP], [STAMP]]).shape == (2, 1)
    assert sim.tdb(pd.DataFrame({"start": [STAMP], "end": [STAMP]})).shape == (1, 2)


def test_years_of_four_digits_are_read_also_far_from_nanoseconds():
    assert sim.tdb(np.datetime64("0100-01-01")) == sim.tdb("0100-01-01T00:00:00Z")
    with pytest.raises(ValueError, match="years -4000 to 9999"):
        sim.tdb(np.datetime64("20000-01-01"))


def test_nanoseconds_of_pandas_are_not_lost():
    with_them = sim.tdb(pd.Timestamp("2000-01-01T12:00:00.000000900Z"))
    assert with_them - sim.tdb("2000-01-01T12:00:00Z") == pytest.approx(900e-9, abs=1e-12)


def test_windows_are_those_of_a_frame_that_they_made():
    assert sim.Windows.of(OPEN.to_pandas()[["start", "end"]], SPAN).matches(OPEN, 2e-6)
    with pytest.raises(ValueError, match=r"expected starts and ends of windows, \(n, 2\)"):
        sim.Windows.of([[0.0, 1.0, 2.0]], SPAN)
    with pytest.raises(ValueError, match="NaN"):
        sim.Windows.of([[SPAN.start, np.nan]], SPAN)


@pytest.mark.parametrize(
    "wrong",
    [5.0 * units.km, np.array([1.0, 2.0]), [1.0] * units.deg, np.array([1.0]), True, np.True_, b"5", "5", 1j, np.nan,
     np.timedelta64(5, "s"), np.datetime64("2026-03-01"), STAMP, dt.timedelta(1), None, Time("2026-03-01"),
     np.nan * units.deg],
)  # fmt: skip
def test_an_angle_is_compared_with_an_angle_alone(wrong):
    elevation = SCALARS["elevation_deg"]
    for compare in (lambda: elevation > wrong, lambda: elevation < wrong, lambda: wrong < elevation):
        with pytest.raises(TypeError, match=r"expected a number to compare with|not supported between"):
            compare()


def test_quantities_are_converted_on_either_side():
    elevation = SCALARS["elevation_deg"]
    assert (elevation > 0.1 * units.rad).leaves()[-1].limit == pytest.approx(np.rad2deg(0.1))
    assert (0.1 * units.rad < elevation).leaves()[-1].limit == pytest.approx(np.rad2deg(0.1))
    assert (SCALARS["range_km"] < 4e8 * units.m).leaves()[-1].limit == pytest.approx(4e5)
    assert sim.Span(SPAN.start, days=36 * units.hour).days == 1.5
    assert SPAN.padded(1 * units.min).start == SPAN.start - 60.0
    assert len(SPAN.grid(1 * units.day)) == 3
    assert OPEN.at_least(1 * units.hour) == OPEN.at_least(3600.0)
    assert OPEN.matches(OPEN, 1 * units.us)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: sim.Span(SPAN.start, days=5 * units.km),
        lambda: sim.Span(SPAN.start, days="28"),
        lambda: SPAN.padded(5 * units.deg),
        lambda: SPAN.grid(np.array([1.0, 2.0])),
        lambda: OPEN.at_least(5 * units.km),
        lambda: OPEN.matches(OPEN, np.timedelta64(1, "s")),
        lambda: number(5 * units.km, "deg"),
    ],
)
def test_durations_of_another_unit_are_refused(wrong):
    with pytest.raises(TypeError, match="expected a"):
        wrong()


def site(**given):
    return sim.Site(**{"name": "a", "body": "earth", "latitude_deg": 10.0, "longitude_deg": 10.0, **given})


def test_declarations_convert_quantities_or_refuse_them():
    assert site(height_m=0.69 * units.km).height_m == pytest.approx(690.0)
    assert site(latitude_deg=0.1 * units.rad).latitude_deg == pytest.approx(np.rad2deg(0.1))
    for wrong in (5.0 * units.deg, [1.0, 2.0] * units.m, Time("2026-03-01"), np.timedelta64(1, "s")):
        with pytest.raises(ValueError, match="height_m"):
            site(height_m=wrong)
    with pytest.raises(ValueError, match="horizon_deg"):
        site(horizon_deg=5.0 * units.km)
    with pytest.raises(ValueError, match="horizon_deg"):
        site(horizon_deg=[(0.0 * units.km, 5.0 * units.km), (90.0 * units.km, 5.0 * units.km)])


def test_pictures_and_grids_convert_what_carries_a_unit_or_refuse_it():
    t = np.array([SPAN.start, SPAN.end])
    track = SkyTrack("a", t, np.array([0.0, 0.1]) * units.rad, np.array([1.0, 2.0]) * units.deg)
    assert track.azimuth_deg == pytest.approx(np.rad2deg([0.0, 0.1]))
    assert Profile("a", t, np.array([1.0, 2.0]) * units.m, t).range_km == pytest.approx([1e-3, 2e-3])
    assert grid.points("moon", [0.1] * units.rad, [0.0]).latitude_deg == pytest.approx(np.rad2deg([0.1]))
    for wrong in (
        lambda: SkyTrack("a", t, t * units.km, t),
        lambda: Track("a", t, t * units.km, t),
        lambda: grid.points("moon", [0.1] * units.km, [0.0]),
        lambda: grid.equal_area("moon", 0.1 * units.km),
    ):
        with pytest.raises((TypeError, ValueError), match="expected a"):
            wrong()


@pytest.mark.parametrize("first", [dt.date(2026, 3, 1), np.datetime64("2026-03-01"), "2026-03-01T05:00:00Z", STAMP,
                                   Time("2026-03-01T05:00:00")])  # fmt: skip
def test_the_first_day_of_a_picture_is_a_date_or_an_instant(first):
    ax = availability(np.zeros((2, 24)), first)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["2026-03-01", "2026-03-02"]
