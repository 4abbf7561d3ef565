"""Element sets moved by SGP4, against sgp4 itself, Skyfield and Astropy."""

from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import CoverageError, PropagationError
from sim.core.time import DAY_S, utc
from sim.core.time_scales import tdb_minus_tt
from sim.trajectories.orbits.formats.tle import ElementSet

SOURCE = "Bill-Gray/tles, old_tles: snapshots of the public catalogue"
REAL = {
    "ISS": (
        "1 25544U 98067A   25244.20115740  .00011389  00000-0  20478-3 0  9993",
        "2 25544  51.6340 290.3139 0003359 300.8027  59.2631 15.50340466526955",
    ),
    "Tiangong": (
        "1 48274U 21035A   25244.21695689  .00029468  00000-0  37322-3 0  9998",
        "2 48274  41.4648 279.8683 0006408 269.9123  90.0981 15.58810247248010",
    ),
    "CFOSAT": (
        "1 43662U 18083A   25244.26846801  .00006336  00000-0  32890-3 0  9996",
        "2 43662  97.3651 252.2848 0001417  98.9516 261.1878 15.16456919378655",
    ),
    "CBERS-4": (
        "1 40336U 14079A   25244.33359971  .00000248  00000-0  10098-3 0  9999",
        "2 40336  98.3463 305.7651 0002108  94.3943 265.7484 14.35511458562513",
    ),
    "CBERS-4A": (
        "1 44883U 19093E   25244.24244025  .00002102  00000-0  27390-3 0  9998",
        "2 44883  97.7871 315.2021 0003072  56.6655 303.4852 14.81613911308299",
    ),
}
"""Real sets of one day. Source: SOURCE, 2025-09-01."""
ISS_2019 = (
    (
        "1 25544U 98067A   19337.25350896  .00000681  00000-0  19908-4 0  9997",
        "2 25544  51.6431 243.1072 0006794 355.9948 146.8694 15.50084818201483",
    ),
    (
        "1 25544U 98067A   19346.72604919  .00000157  00000-0  10764-4 0  9996",
        "2 25544  51.6424 196.1778 0007431  27.5678  90.4200 15.50119767202958",
    ),
    (
        "1 25544U 98067A   19351.35833381 -.00000111  00000-0  60925-5 0  9994",
        "2 25544  51.6427 173.2198 0007453  45.2681  19.9425 15.50120933203670",
    ),
)
"""Three real sets of the ISS, December 2019. Source: SOURCE."""
ISS_2016 = (
    "1 25544U 98067A   16360.43321456  .00002486  00000-0  45101-4 0  9999",
    "2 25544  51.6427 184.4721 0006618  13.4621  64.6099 15.53938006 34733",
)
"""Six days before a leap second. Source: SOURCE."""

SMOOTH_KM = 1e-6
"""A millimeter: pieces are halved until their last coefficients are below 0.2 mm; times are kept to 0.1 µs, 0.5 mm."""
STEPS_KM = 4e-6
"""SGP4 itself steps by up to 3 mm every 12 h where it integrates a resonance, and near a perigee time counts more."""
DEEP_MINUTES = 225.0
"""From this period on SGP4 adds the Moon, the Sun and resonances."""
SKYFIELD_KM = 5e-6
"""0.5 cm: the same SGP4 and the same nutation; Skyfield's GMST takes UT1, its precession goes another way."""
ASTROPY_KM = 5e-6
"""As Skyfield: Astropy goes by the Earth-fixed frame and back."""
ALTITUDE_DEG = 1e-3
"""Skyfield has its own UT1 (0.1 s: 0.0004 deg) and lets the pole rest (10 m at 1000 km: 0.0006 deg)."""


def lines(line1, line2):
    """Two lines with their checksums put right."""
    sums = [sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10 for line in (line1, line2)]
    return line1[:68] + str(sums[0]), line2[:68] + str(sums[1])


GTO = lines(
    "1 99999U 25001A   25244.00000000  .00000000  00000-0  00000-0 0  9990",
    "2 99999   6.0000 100.0000 7300000 178.0000   2.0000  2.27000000    10",
)
"""A transfer orbit made up for this test: 180 by 35 900 km."""
VERIFICATION = [
    lines(*pair)
    for text in [(Path(find_spec("sgp4").origin).with_name("SGP4-VER.TLE")).read_text().splitlines()]
    for pair in pairwise(text)
    if pair[0].startswith("1 ") and pair[1].startswith("2 ")
]
"""The sets that Vallado et al. (2006) verify SGP4 with, as they come with the package sgp4."""

ENDING = {
    "22312": "decays at 2006-04-04T18:4",
    "23333": "is not an orbit before 1994-11-01T11:5",
    "28350": "decays at 2006-06-16T22:4",
    "28872": "is inside the earth",
    "29141": "decays at 2006-06-19T12:4",
    "33333": "is inside the earth",
    "33334": "SGP4 refuses",
}
"""Those of them that do not live for a day on both sides of their epoch, as most were chosen to show."""


def number(pair):
    return pair[0][2:7]


def about(pair, days_before=2.0, days_after=3.0):
    """A span around an element set's epoch."""
    epoch = ElementSet.read(*pair).epoch
    return sim.Span(epoch - days_before * DAY_S, epoch + days_after * DAY_S)


def orbit(pair, span, **fields):
    return sim.Spacecraft(name="x", orbit=sim.Tle(line1=pair[0], line2=pair[1], source=SOURCE, **fields)).over(span)


def truth(pair, t):
    """Skyfield's position about the Earth (n, 3) km, ICRF axes, at TDB seconds (n,)."""
    from skyfield.api import EarthSatellite, load

    ts = load.timescale(builtin=True)
    return EarthSatellite(*pair, ts=ts).at(ts.tt_jd(2451545.0, (t - tdb_minus_tt(t)) / DAY_S))


@pytest.mark.parametrize("name", [*REAL, "GTO"])
def test_positions_agree_with_skyfield(name, figure):
    pair = REAL.get(name, GTO)
    span = about(pair)
    t = np.linspace(span.start, span.end, 1500)
    ours, theirs = orbit(pair, span).relative(t), truth(pair, t)
    worst = np.linalg.norm(ours.position - theirs.position.km.T, axis=1).max()
    figure(f"positions from an element set, {'GTO' if name == 'GTO' else 'low orbits'}", "Skyfield", worst * 1e6,
           SKYFIELD_KM * 1e6, "mm")  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_positions_agree_with_astropy(name, figure):
    from astropy import units
    from astropy.coordinates import GCRS, TEME, CartesianRepresentation
    from astropy.time import Time
    from astropy.utils import iers
    from sgp4.api import Satrec

    iers.conf.auto_download = False
    iers.conf.auto_max_age = None
    span = about(REAL[name])
    t = np.linspace(span.start, span.end, 300)
    time = Time(2451545.0, t / DAY_S, format="jd", scale="tdb").utc
    record = Satrec.twoline2rv(*REAL[name])
    teme = record.sgp4_array(time.jd1, time.jd2)[1].T * units.km
    theirs = TEME(CartesianRepresentation(teme), obstime=time).transform_to(GCRS(obstime=time))
    worst = np.linalg.norm(orbit(REAL[name], span).relative(t).position - theirs.cartesian.xyz.to_value("km").T, axis=1)
    figure("positions from an element set, low orbits", "Astropy", worst.max() * 1e6, ASTROPY_KM * 1e6, "mm")


@pytest.mark.parametrize("pair", [pair for pair in VERIFICATION if pair[0][2:7] not in ENDING], ids=number)
def test_pieces_follow_sgp4_between_their_nodes(pair, figure):
    record = ElementSet.read(*pair)
    pieces, steps = record.pieces(record.epoch - DAY_S, record.epoch + DAY_S)
    assert not len(steps)
    t = np.random.default_rng(1).uniform(pieces.start, pieces.end, 5000)
    worst = np.linalg.norm(pieces(t) - record._positions(t - record.epoch), axis=1).max()
    deep = 2.0 * np.pi / record.satrec.no_kozai > DEEP_MINUTES
    limit, what = (STEPS_KM, "longer") if deep else (SMOOTH_KM, "shorter")
    figure(f"pieces of orbits {what} than 225 min, two days", "SGP4, its verification sets", worst * 1e6, limit * 1e6,
           "mm")  # fmt: skip


@pytest.mark.parametrize("pair", [pair for pair in VERIFICATION if pair[0][2:7] in ENDING], ids=number)
def test_orbits_that_end_are_refused(pair):
    with pytest.raises((ValueError, PropagationError), match=ENDING[pair[0][2:7]]):
        record = ElementSet.read(*pair)
        record.pieces(record.epoch - DAY_S, record.epoch + DAY_S)


def test_a_leap_second_moves_nothing():
    """Skyfield and Astropy take differences of UTC for time that has passed, and jump by 8 km."""
    leap = sim.tdb("2017-01-01T00:00:00Z")
    span = sim.Span("2016-12-30T00:00:00Z", days=4)
    iss = orbit(ISS_2016, span)
    t = leap + np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    step = np.linalg.norm(np.diff(iss.relative(t).position, axis=0), axis=1)
    assert np.ptp(step) < 1e-3
    apart = np.linalg.norm(iss.relative(t).position - truth(ISS_2016, t).position.km.T, axis=1)
    assert apart[0] < SKYFIELD_KM
    assert apart[-1] == pytest.approx(7.66, abs=0.05)


def test_passes_of_the_iss_are_those_of_a_scan_each_second_and_start_where_skyfield_sees_it_rise(figure):
    from skyfield.api import EarthSatellite, load, wgs84

    span = about(REAL["ISS"], 0.5, 1.5)
    iss = orbit(REAL["ISS"], span)
    redu = sim.seeds("stations/estrack")["redu"]
    elevation = sim.elevation_deg(redu, iss, light=False)
    windows = (elevation > 5.0).windows(span)
    t = span.start + np.arange(int(span.duration_s))
    scanned = elevation(t) > 5.0
    assert len(windows) == np.count_nonzero(np.diff(scanned.astype(int)) == 1) > 8
    assert np.array_equal(windows.holds(t), scanned)
    ts = load.timescale(builtin=True)
    edges = windows.bounds.ravel()
    times = ts.tt_jd(2451545.0, (edges - tdb_minus_tt(edges)) / DAY_S)
    place = wgs84.latlon(redu.latitude_deg, redu.longitude_deg, redu.height_m)
    seen = (EarthSatellite(*REAL["ISS"], ts=ts) - place).at(times).altaz()[0].degrees
    worst = np.abs(seen - 5.0).max()
    figure("elevation of the ISS at the edges of its passes over 5° at Redu", "Skyfield", worst, ALTITUDE_DEG, "deg")


def test_of_several_sets_the_nearest_counts_and_the_orbit_steps_half_way():
    span = sim.Span("2019-12-04T00:00:00Z", "2019-12-18T00:00:00Z")
    many = sim.Spacecraft(name="iss", orbit=sim.Tle(sets=ISS_2019)).over(span)
    epochs = np.array([ElementSet.read(*pair).epoch for pair in ISS_2019])
    assert many.breaks(span) == pytest.approx(0.5 * (epochs[:-1] + epochs[1:]), abs=1e-6)
    t = span.grid(1000.0)
    nearest = np.argmin(np.abs(t[:, None] - epochs), axis=1)
    for index, pair in enumerate(ISS_2019):
        here = nearest == index
        alone = orbit(pair, span, max_age_days=20.0).relative(t[here]).position
        assert np.linalg.norm(many.relative(t[here]).position - alone, axis=1).max() < SMOOTH_KM
    join = many.breaks(span)[0]
    step = np.linalg.norm(np.diff(many.relative(np.array([join - 1e-3, join])).position, axis=0))
    assert 0.05 < step < 20.0  # what two sets five days from their epochs differ by


def test_where_sgp4_changes_its_formulas_the_orbit_has_a_join():
    """An inclination that passes 0.2 rad (11.46 deg) under the Moon's pull; made up for this test."""
    passing = lines(GTO[0], GTO[1].replace("  6.0000", " 11.4000"))
    span = about(passing, 14.0, 14.0)
    spacecraft = orbit(passing, span)
    joins = spacecraft.breaks(span)
    assert len(joins) == 1
    sides = spacecraft.relative(joins[0] + np.array([-0.02, -0.01, 0.02, 0.03])).position
    before, across, after = np.linalg.norm(np.diff(sides, axis=0), axis=1)
    assert before == pytest.approx(after, rel=0.01)
    assert 0.001 < abs(across - 3 * before) < 10.0


def test_a_set_that_is_too_old_is_refused_with_its_age_and_the_cure():
    span = sim.Span("2025-09-10T00:00:00Z", days=10)
    old = r"element set is of 2025-09-01T04:49:40Z, 18.8 days from 2025-09-20.* 1 to 3 km per day.*max_age_days \(14\)"
    with pytest.raises(CoverageError, match=old):
        orbit(REAL["ISS"], span)
    orbit(REAL["ISS"], span, max_age_days=19.0)
    with pytest.raises(CoverageError, match=r"is of 2019-12-03T.*, 4.7 days from 2019-12-07T"):  # between two sets
        sim.Tle(sets=ISS_2019, max_age_days=4.0).pieces(sim.Span("2019-12-04T00:00:00Z", "2019-12-12T00:00:00Z"), "")


def test_a_set_that_decays_is_followed_until_then_and_not_after():
    """A set made up for this test, with the drag of a balloon; when it decays is SGP4's own word, second by second."""
    falling = lines(
        "1 99998U 25001A   25244.00000000  .05000000  00000-0  90000-1 0  9990",
        "2 99998  51.6000 100.0000 0010000 178.0000   2.0000 16.20000000    10",
    )
    span = about(falling, 0.0, 13.0)
    record = sim.Tle(line1=falling[0], line2=falling[1]).records[0]
    seconds = np.arange(0.0, span.duration_s)
    codes, places, _ = record.satrec.sgp4_array(
        np.full(len(seconds), record.satrec.jdsatepoch), record.satrec.jdsatepochF + seconds / 86_400.0
    )
    fallen = record.epoch + seconds[(codes != 0) | (np.linalg.norm(places, axis=1) < 6458.0)][0]
    cut = orbit(falling, span)
    assert cut.limit == "not decayed" and -2.5 < cut.parts[-1].end - fallen <= 0.0
    assert f"decays at {utc(fallen, 0)[:16]}" in cut.notes[0]
    whole = orbit(falling, sim.Span(span.start, fallen - 60.0))
    assert whole.pieces.end < fallen  # the hour after the span is not asked for
    with pytest.raises(PropagationError, match=r"spacecraft x: element set 99998 .* decays at .*Z: SGP4"):
        orbit(falling, sim.Span(fallen + 10.0, fallen + 3600.0))


@pytest.mark.parametrize("name", ["iss", "tiangong", "cfosat", "cbers-4", "cbers-4a"])
def test_the_seeds_are_these_element_sets(name):
    (craft,) = sim.seeds(f"spacecraft/{name}").values()
    assert (craft.orbit.line1, craft.orbit.line2) in REAL.values()
    assert sim.Spacecraft(name="c", orbit=craft.orbit).over(sim.Span("2025-09-01T00:00:00Z", days=1)).source == ""
    assert craft.source
