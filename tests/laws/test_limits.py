"""Every kind of limit, against brute force: formulas of its own at dense times, from positions alone."""

import erfa
import numpy as np
import pytest

import sim
from sim.core.time import Span, instant
from sim.trajectories.bodies.body import EARTH, MOON, SUN
from sim.trajectories.limits.limit import LIMITS
from sim.visibility.hops import hop
from sim.visibility.limit_sight import condition_of
from sim.visibility.sight import Sight

START = instant("2026-03-01T00:00:00Z")
SPAN = Span(START, START + 86400.0)
C_KM_S = 299792.458
STEP_S = 5.0


def craft(name="low", semi_major_axis_km=7128.137, inclination_deg=98.0, eccentricity=0.01, span=SPAN):
    orbit = {"kind": "kepler", "center": "earth", "epoch": START, "semi_major_axis_km": semi_major_axis_km,
             "eccentricity": eccentricity, "inclination_deg": inclination_deg}  # fmt: skip
    return sim.Spacecraft(name=name, orbit=orbit).over(span)


SITE = sim.Site(name="delft", latitude_deg=52.0, longitude_deg=4.4)


def unit(a):
    return a / np.linalg.norm(a, axis=-1, keepdims=True)


def angle(a, b):
    return np.degrees(np.arccos(np.clip(np.sum(unit(a) * unit(b), axis=-1), -1.0, 1.0)))


def sent(transmitter, receiver, t):
    """When light left that arrives at t, by plain iteration."""
    when = t
    for _ in range(6):
        when = t - np.linalg.norm(transmitter.position(when) - receiver.position(t), axis=-1) / C_KM_S
    return when


def path_km(transmitter, receiver, t):
    return np.linalg.norm(transmitter.position(sent(transmitter, receiver, t)) - receiver.position(t), axis=-1)


def moving(place, t, step=0.5):
    return (place(t + step) - place(t - step)) / (2.0 * step)


def apparent(far, own, t):
    """Direction from an end to another as it looks, by the classical sum of velocities: good to 1e-8."""
    line = unit(far.position(sent(far, own, t)) - own.position(t))
    return unit(line + moving(own.position, t) / C_KM_S)


def enu(far, own, t):
    """Direction in the sky of a site, by axes that come from ERFA's vertical and the Earth's rotation."""
    turn = EARTH.rotation(t)
    lat, lon = np.radians([own.latitude_deg, own.longitude_deg])
    up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    east = np.array([-np.sin(lon), np.cos(lon), 0.0])
    north = np.cross(up, east)
    fixed = np.einsum("nij,nj->ni", turn, apparent(far, own, t))
    return fixed @ np.array([east, north, up]).T


def sky(far, own, t):
    e, n, u = enu(far, own, t).T
    return np.degrees(np.arctan2(e, n)) % 360.0, np.degrees(np.arcsin(u))


def turning(one, t, wrap=360.0, step=0.01):
    change = (one(t + step) - one(t - step) + 0.5 * wrap) % wrap - 0.5 * wrap
    return np.abs(change / (2.0 * step))


def about_north(far, own, t):
    e, _, u = enu(far, own, t).T
    return np.degrees(np.arctan2(e, u))


def to_north(far, own, t):
    return np.degrees(np.arcsin(enu(far, own, t)[:, 1]))


def velocity(own, t):
    return moving(lambda x: own.position_from(EARTH, x), t)


def below(own, t):
    fixed = np.einsum("nij,nj->ni", EARTH.rotation(t), own.position_from(EARTH, t))
    lon, lat, _ = erfa.gc2gd(1, 1000.0 * fixed)
    return np.degrees(lon), np.degrees(lat)


def solar_time(own, t):
    fixed = np.einsum("nij,nj->ni", EARTH.rotation(t), apparent(SUN, own, t))
    return (12.0 + (own.longitude_deg - np.degrees(np.arctan2(fixed[:, 1], fixed[:, 0]))) / 15.0) % 24.0


def margin_of_sun(own, t, all_of_it):
    """How far the Earth's and the Moon's discs are from covering a part of the Sun's, or all of it (deg)."""
    sun = SUN.position(sent(SUN, own, t)) - own.position(t)
    small = np.degrees(np.arcsin(695700.0 / np.linalg.norm(sun, axis=-1)))
    earth = EARTH.position_from(EARTH, t) - own.position_from(EARTH, t)
    # The Earth as a sphere in a space in which it is stretched along its axis.
    axis = EARTH.rotation(t)[:, 2]
    factor = 6378.137 / 6356.7523142
    stretched = [x + (factor - 1.0) * np.sum(x * axis, axis=-1, keepdims=True) * axis for x in (earth, sun)]
    large = np.degrees(np.arcsin(6378.137 / np.linalg.norm(stretched[0], axis=-1)))
    return angle(*stretched) - large + (small if all_of_it else -small)


def grazing(one, other, t):
    a, b = one.position_from(EARTH, t), other.position_from(EARTH, t)
    axis, factor = EARTH.rotation(t)[:, 2], 6378.137 / 6356.7523142
    a, b = (x + (factor - 1.0) * np.sum(x * axis, axis=-1, keepdims=True) * axis for x in (a, b))
    shares = np.linspace(0.0, 1.0, 801)[:, None, None]
    return np.min(np.linalg.norm(a + shares * (b - a), axis=-1), axis=0) - 6378.137


def normal(own, t):
    return np.cross(own.position_from(EARTH, t), velocity(own, t))


def within(value, least, most):
    return np.minimum(value - least, most - value)


AREA = [[-35.0, -75.0], [10.0, -80.0], [-5.0, -50.0], [12.0, -15.0], [-30.0, 5.0], [-50.0, -40.0]]  # not convex


def in_area(own, t):
    """How deep the point below lies in AREA: by edges of many points, and by how often its corners go round it."""
    lon, lat = np.radians(below(own, t))
    at = np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)), axis=-1)
    lat, lon = np.radians(AREA).T
    corners = np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)), axis=-1)
    after, shares = np.roll(corners, -1, axis=0), np.linspace(0.0, 1.0, 400)[:, None, None]
    edges = unit(corners + shares * (after - corners)).reshape(-1, 3)
    away = np.degrees(np.arccos(np.clip(np.max(at @ edges.T, axis=1), -1.0, 1.0)))
    seen = [one - np.sum(at * one, axis=1, keepdims=True) * at for one in corners]
    turned = sum(np.arctan2(np.sum(at * np.cross(a, b), axis=1), np.sum(a * b, axis=1))
                 for a, b in zip(seen, [*seen[1:], seen[0]], strict=True))  # fmt: skip
    front = at @ unit(corners.sum(axis=0)) > 0.0
    return np.where((np.abs(turned) > np.pi) & front, away, -away)


def off_belt(far, own, t):
    """Angle from the geostationary belt, by many of its points."""
    lon, lat = np.radians([own.longitude_deg, own.latitude_deg])
    x, y, z = erfa.gd2gc(1, lon, lat, 0.0) / 1000.0
    spread = np.radians(np.arange(0.0, 360.0, 0.05))
    belt = unit(np.stack((42164.2 * np.cos(spread) - x, 42164.2 * np.sin(spread) - y, np.full_like(spread, -z)), -1))
    up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    east = np.array([-np.sin(lon), np.cos(lon), 0.0])
    seen = enu(far, own, t) @ np.array([east, np.cross(up, east), up])
    return np.concatenate([np.degrees(np.arccos(np.max(part @ belt.T, axis=1))) for part in np.array_split(seen, 20)])


def towards(azimuth_deg, elevation_deg):
    a, e = np.radians([azimuth_deg, elevation_deg])
    return np.array([np.sin(a) * np.cos(e), np.cos(a) * np.cos(e), np.sin(e)])


def right_ahead_up(own, t):
    """For one that flies north over the equator: east, north and up."""
    up, ahead = unit(own.position_from(EARTH, t)), velocity(own, t)
    ahead = unit(ahead - np.sum(ahead * up, axis=-1, keepdims=True) * up)
    return np.stack((np.cross(ahead, up), ahead, up), axis=1)


LOW, HIGH = craft(), craft("high", 26_600.0, 55.0, 0.0)
# kind: its fields, the end that has it, the margin at that end's times, by how much two may differ in its unit
CASES = {
    "body_separation": ({"body": "moon", "min_deg": 40.0}, SITE, lambda t: angle(
        apparent(LOW, SITE, t), apparent(MOON, SITE, t)) - 40.0, 1e-3),
    "light_time": ({"max_s": 0.03}, SITE, lambda t: 0.03 - (t - sent(LOW, SITE, t)), 1e-7),
    "range_rate": ({"max_km_s": 3.0}, SITE, lambda t: 3.0 - np.abs(moving(
        lambda x: path_km(LOW, SITE, x), t)), 1e-4),
    "elevation": ({"min_deg": -20.0, "max_deg": 30.0}, SITE, lambda t: within(sky(LOW, SITE, t)[1], -20, 30), 1e-3),
    "azimuth_sector": ({"from_deg": 300.0, "to_deg": 100.0}, SITE, lambda t: 80.0 - np.abs(
        (sky(LOW, SITE, t)[0] - 20.0 + 180.0) % 360.0 - 180.0), 1e-2),
    "local_solar_time": ({"from_h": 20.0, "to_h": 4.5}, SITE, lambda t: 4.25 - np.abs(
        (solar_time(SITE, t) - 0.25 + 12.0) % 24.0 - 12.0), 1e-5),
    "slew": ({"max_azimuth_deg_s": 0.1, "max_elevation_deg_s": 0.04}, SITE, lambda t: np.minimum(
        0.1 - turning(lambda x: sky(LOW, SITE, x)[0], t), 0.04 - turning(lambda x: sky(LOW, SITE, x)[1], t)), 1e-4),
    "slew_x_y": ({"max_x_deg_s": 0.08, "max_y_deg_s": 0.05}, SITE, lambda t: np.minimum(
        0.08 - turning(lambda x: about_north(LOW, SITE, x), t), 0.05 - turning(lambda x: to_north(LOW, SITE, x), t)),
        1e-4),
    "sun_earth_probe": ({"min_deg": 30.0, "max_deg": 100.0}, LOW, lambda t: within(angle(
        SUN.position_from(EARTH, t), LOW.position_from(EARTH, t)), 30.0, 100.0), 1e-3),
    "sun_probe_earth": ({"min_deg": 60.0}, LOW, lambda t: angle(
        apparent(SUN, LOW, t), apparent(EARTH, LOW, t)) - 60.0, 1e-3),
    "beta_angle": ({"min_deg": 18.5, "max_deg": 18.9}, LOW, lambda t: within(
        90.0 - angle(apparent(SUN, LOW, t), normal(LOW, t)), 18.5, 18.9), 1e-4),
    "altitude": ({"min_km": 700.0, "max_km": 780.0}, LOW, lambda t: within(
        np.linalg.norm(LOW.position_from(EARTH, t), axis=-1) - 6378.137, 700.0, 780.0), 1e-5),
    "sub_point": ({"min_latitude_deg": -40.0, "max_latitude_deg": 60.0, "west_deg": 150.0, "east_deg": -100.0}, LOW,
        lambda t: np.minimum(within(below(LOW, t)[1], -40.0, 60.0), 55.0 - np.abs(
            (below(LOW, t)[0] - 205.0 + 180.0) % 360.0 - 180.0)), 1e-4),
    "sub_point, polygon": ({"polygon": AREA}, LOW, lambda t: in_area(LOW, t), 1e-2),
    "sub_point, outside": ({"polygon": AREA[::-1], "side": "outside"}, LOW, lambda t: -in_area(LOW, t), 1e-2),
    "belt_separation": ({"min_deg": 15.0}, SITE, lambda t: off_belt(LOW, SITE, t) - 15.0, 1e-2),
    "illumination": ({"state": "sunlight"}, LOW, lambda t: margin_of_sun(LOW, t, False), 5e-3),
    "illumination, some": ({"state": "sunlight_or_penumbra"}, LOW, lambda t: margin_of_sun(LOW, t, True), 5e-3),
    "illumination, none": ({"state": "umbra"}, LOW, lambda t: -margin_of_sun(LOW, t, True), 5e-3),
    "cone, bolted to the ground": ({"azimuth_deg": 120.0, "elevation_deg": 30.0, "max_deg": 60.0}, SITE,
        lambda t: 60.0 - angle(enu(LOW, SITE, t), towards(120.0, 30.0)), 1e-2),
    "cone, bolted to a spacecraft": ({"axis": "fixed", "azimuth_deg": -100.0, "elevation_deg": -20.0, "min_deg": 70.0},
        LOW, lambda t: angle(np.einsum("nij,nj->ni", right_ahead_up(LOW, t), apparent_from_sender(LOW, SITE, t)),
        towards(-100.0, -20.0)) - 70.0, 1e-2),
    "cone": ({"axis": "velocity", "min_deg": 40.0, "max_deg": 110.0}, LOW, lambda t: within(angle(
        apparent_from_sender(LOW, SITE, t), velocity(LOW, t)), 40.0, 110.0), 1e-2),
}  # fmt: skip


def apparent_from_sender(own, far, t):
    """Where a transmitter must point: to where the light arrives, aberrated the other way."""
    arrives = t
    for _ in range(6):
        arrives = t + np.linalg.norm(far.position(arrives) - own.position(t), axis=-1) / C_KM_S
    return unit(unit(far.position(arrives) - own.position(t)) + moving(own.position, t) / C_KM_S)


@pytest.mark.parametrize("case", CASES)
def test_a_limit_holds_when_brute_force_says_and_never_else(case):
    fields, own, margin, unsure = CASES[case]
    limit = LIMITS.classes[case.partition(",")[0]](**fields)
    sight = Sight(LOW, SITE)
    (condition,) = condition_of(limit, sight, own)
    windows = condition.windows(SPAN)
    t = np.arange(SPAN.start + STEP_S / 2, SPAN.end, STEP_S)
    at = t if own is SITE else sent(LOW, SITE, t)
    found = margin(at)
    clear = np.abs(found) > unsure
    assert clear.mean() > 0.99 and 0.01 < (found > 0).mean() < 0.99
    assert np.array_equal(windows.holds(t)[clear], (found > 0)[clear])
    assert np.array_equal(condition.holds(t)[clear], (found > 0)[clear])
    assert len(windows.bounds) <= np.count_nonzero(np.diff(found > 0)) + 2  # nothing between the samples either


def test_a_line_of_sight_past_the_earth_keeps_its_altitude():
    limit = LIMITS.classes["grazing_altitude"](body="earth", min_km=100.0)
    (condition,) = condition_of(limit, Sight(LOW, HIGH), LOW)
    t = np.arange(SPAN.start, SPAN.end, 20.0)
    found = grazing(LOW, HIGH, t) - 100.0
    clear = np.abs(found) > 1.0
    assert np.array_equal(condition.windows(SPAN).holds(t)[clear], (found > 0)[clear])
    assert condition_of(limit, Sight(LOW, SITE), LOW) == ()


def test_a_hop_has_the_limits_that_apply_and_says_them():
    limits = [{"kind": "grazing_altitude", "body": "earth", "min_km": 100.0}, {"kind": "beta_angle", "max_deg": 80.0}]
    own = sim.Spacecraft(name="low", limits=limits, orbit={"kind": "kepler", "center": "earth", "epoch": START,
        "semi_major_axis_km": 7128.0, "eccentricity": 0.0, "inclination_deg": 98.0}).over(SPAN)  # fmt: skip
    names = [leaf.name for leaf in hop(own, SITE).leaves()]
    assert "beta angle of low < 80 deg" in names and not any("clearance" in name for name in names)
    assert any("clearance" in leaf.name and "100 km" in leaf.name for leaf in hop(own, HIGH).leaves())


def outrun(days, most, step_s):
    """Passes of a low satellite whose azimuth turns faster than a mount, against samples."""
    span = Span(START, START + 86400.0 * days)
    low = craft(span=span)
    (level,) = condition_of(LIMITS.classes["elevation"](min_deg=5.0), Sight(low, SITE), SITE)
    (quick,) = condition_of(LIMITS.classes["slew"](max_azimuth_deg_s=most), Sight(low, SITE), SITE)
    up = level.windows(span)
    out = up - quick.windows_in(up)
    t = np.concatenate([np.arange(start, end, step_s) for start, end in up.bounds])
    rate = turning(lambda x: sky(low, SITE, x)[0], t)
    clear = np.abs(rate - most) > 1e-3 * most
    assert np.array_equal(out.holds(t)[clear], (rate > most)[clear])
    return out


@pytest.mark.parametrize("most", [0.8, 2.0])
def test_an_antenna_is_out_whenever_its_azimuth_would_be_outrun_and_never_else(most):
    assert len(outrun(6, most, 0.5).bounds) > 1


@pytest.mark.long
def test_an_antenna_is_out_whenever_its_azimuth_would_be_outrun_over_a_year():
    assert len(outrun(365, 2.0, 0.5).bounds) > 100


@pytest.mark.parametrize(("kind", "fields", "words"), [
    ("slew", {}, "give max_azimuth_deg_s, max_elevation_deg_s or both"),
    ("slew", {"max_azimuth_deg_s": 0.0}, "greater than 0"),
    ("altitude", {"min_km": 500.0, "max_km": 400.0}, "min_km must be below max_km"),
    ("azimuth_sector", {"from_deg": 0.0, "to_deg": 360.0}, "must differ"),
    ("sub_point", {"west_deg": 3.0}, "both west_deg and east_deg"),
    ("sub_point", {}, "give min_latitude_deg, max_latitude_deg or both"),
    ("sub_point", {"polygon": [[0, 0], [1, 1]]}, "at least three corners of a polygon, got 2"),
    ("sub_point", {"polygon": [[0, 0], [10, 10], [0, 10], [10, 0]]}, "crosses itself: its edges from .0, 0. and from"),
    ("sub_point", {"polygon": [[0, 0], [0, 0], [10, 10], [10, 0]]}, "corner 1 and the next are at one place"),
    ("sub_point", {"polygon": [[0, 0], [0, 120], [0, 240]]}, "Use a smaller polygon"),
    ("sub_point", {"polygon": [[0, 0], [91, 10], [10, 0]]}, "expected corners .latitude"),
    ("sub_point", {"side": "outside", "max_latitude_deg": 3.0}, "Add polygon"),
    ("cone", {"axis": "inertial", "max_deg": 3.0}, "needs both"),
    ("cone", {"azimuth_deg": 3.0, "max_deg": 3.0}, "both azimuth_deg and elevation_deg"),
    ("cone", {"axis": "zenith", "azimuth_deg": 3.0, "elevation_deg": 3.0, "max_deg": 3.0}, 'for axis = "fixed"'),
    ("cone", {}, "give min_deg, max_deg or both"),
    ("elevation", {"min_deg": 95.0}, "less than 90"),
    ("body_separation", {"body": "moon", "min_deg": 180.0}, "less than 180"),
    ("sun_separation", {"min_deg": 180.0}, "less than 180"),
    ("sun_earth_probe", {"min_deg": 180.0}, "less than 180"),
    ("sun_probe_earth", {"max_deg": 0.0}, "greater than 0"),
    ("beta_angle", {"min_deg": 90.0}, "less than 90"),
    ("sun_elevation", {"max_deg": -90.0}, "greater than -90"),
    ("belt_separation", {"min_deg": 0.0}, "greater than 0"),
    ("local_solar_time", {"from_h": 4.0, "to_h": 4.0}, "must differ"),
])  # fmt: skip
def test_what_can_be_no_limit_is_reported_with_its_cure(kind, fields, words):
    with pytest.raises(ValueError, match=words):
        LIMITS.classes[kind](**fields)


def test_limits_of_sites_are_refused_for_spacecraft_and_the_other_way_round():
    orbit = {"kind": "kepler", "center": "earth", "epoch": START, "semi_major_axis_km": 7128.0, "eccentricity": 0.0,
             "inclination_deg": 98.0}  # fmt: skip
    with pytest.raises(ValueError, match="limit kind 'slew' is for sites only"):
        sim.Spacecraft(name="low", orbit=orbit, limits=[{"kind": "slew", "max_azimuth_deg_s": 1.0}])
    with pytest.raises(ValueError, match="limit kind 'altitude' is for spacecraft only"):
        sim.Site(name="a", latitude_deg=0.0, longitude_deg=0.0, limits=[{"kind": "altitude", "min_km": 1.0}])
