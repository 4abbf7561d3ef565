"""Light that is under way for more than an hour: files and orbits far out, against SPICE and against a scan."""

import numpy as np
import pytest

import sim
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.orbits.phases import Phase
from sim.visibility.sight import Sight

AU_KM = 149_597_870.7
SPAN = sim.Span("2024-03-01T00:00:00Z", days=2)
STATION = sim.Site(name="station", latitude_deg=-31.0, longitude_deg=116.2, horizon_deg=5.0)
LIGHT_US = 1.0


def straight(away_au: float, t: np.ndarray) -> np.ndarray:
    """States (n, 6) about the Sun of something that leaves it at 15 km/s, so far out as the span begins."""
    towards = np.array([0.6, -0.64, -0.48])
    place = (away_au * AU_KM + 15.0 * (t - SPAN.start))[:, None] * towards
    return np.concatenate((place, np.tile(15.0 * towards, (len(t), 1))), axis=1)


def kernel(spice, path, away_au: float, first_s: float, last_s: float) -> sim.Spk:
    """Such a file, from so long before the span to so long after it."""
    t = np.linspace(SPAN.start - first_s, SPAN.end + last_s, 200)
    handle = spice.spkopn(str(path), "far", 0)
    spice.spkw13(handle, -77, 10, "J2000", t[0], t[-1], "far", 7, len(t), straight(away_au, t), t)
    spice.spkcls(handle)
    return sim.Spk(file=str(path), target=-77, center="sun")


@pytest.mark.parametrize("away_au", [8.5, 30.0, 170.0])
def test_a_file_far_out_is_read_as_far_back_as_light_left(spice, tmp_path, away_au, figure):
    path = tmp_path / "far.bsp"
    orbit = kernel(spice, path, away_au, 20 * 86400.0, 86400.0)
    scenario = sim.Scenario(
        start=SPAN.start, days=2, sites={"station": STATION},
        spacecraft={"far": sim.Spacecraft(name="far", orbit=orbit)},
        routes={"down": ["far", "station"], "up": ["station", "far"], "over": ["far", "moon", "station"]},
    )  # fmt: skip
    result = sim.run(scenario)
    assert all(result.routes[name].fraction > 0.2 for name in ("down", "up", "over"))
    condition, t = sim.hop(scenario["far"], STATION), SPAN.grid(60.0)[:-1]
    sure = np.min([np.abs(leaf.margin(t)) / leaf.margin.resolution for leaf in condition.leaves()], axis=0) > 100
    assert np.array_equal(result.hops["far", "station"].holds(t)[sure], condition.holds(t)[sure])
    spice.furnsh(str(path))
    try:
        theirs = np.array([spice.spkpos("-77", x, "J2000", "CN", "399")[1] for x in t[::600]])
    finally:
        spice.unload(str(path))
    ours = sim.light_time_s(sim.EARTH, scenario["far"])(t[::600])
    assert ours[0] > 3600.0
    figure("light time from 8.5 to 170 au", "SPICE", 1e6 * np.abs(ours - theirs).max(), LIGHT_US, "µs")


def test_a_file_that_begins_after_light_left_is_unknown_until_it_arrives(spice, tmp_path):
    orbit = kernel(spice, tmp_path / "late.bsp", 8.5, 1800.0, 86400.0)
    always = STATION.model_copy(update={"horizon_deg": -90.0})
    craft = sim.Spacecraft(name="late", orbit=orbit).over(SPAN, light=True)
    windows = sim.hop(craft, always).windows(SPAN)
    arrives = SPAN.start - 1800.0 + float(Sight(craft, always).ray(np.array([SPAN.start + 3600.0])).light_time[0])
    assert windows.bounds[0, 0] == pytest.approx(arrives, abs=1.0)  # the distance grows by 0.2 s of light meanwhile
    assert windows.bounds[-1, 1] == SPAN.end


def test_phases_far_out_are_heard_as_long_as_their_light_is_under_way(spice, tmp_path):
    orbit = kernel(spice, tmp_path / "far.bsp", 8.5, 20 * 86400.0, 86400.0)
    noon, evening = SPAN.start + 43_200.0, SPAN.start + 64_800.0
    phases = (
        Phase(start=SPAN.start - 10 * 86400.0, end=SPAN.start - 1000.0, orbit=orbit),
        Phase(start=noon, end=evening, orbit=orbit),
    )
    always = STATION.model_copy(update={"horizon_deg": -90.0})
    scenario = sim.Scenario(
        start=SPAN.start, days=2, sites={"station": always},
        spacecraft={"far": sim.Spacecraft(name="far", orbit=sim.Phases(phases=phases))},
        routes={"down": ["far", "station"]},
    )  # fmt: skip
    windows = sim.run(scenario).hops["far", "station"]
    light = float(sim.light_time_s(always, sim.Spacecraft(name="far", orbit=orbit).over(SPAN))(noon))
    assert light > 3600.0
    expected = [SPAN.start, SPAN.start - 1000.0 + light, noon + light, evening + light]
    assert windows.bounds.ravel() == pytest.approx(expected, abs=3.0)  # the light time changes by 2 s in that time


def test_an_orbit_about_the_sun_may_go_beyond_all_planets(figure):
    """100 au from the Sun and on its way out: there gravity is 0.6 µm/s², so that it goes on nearly straight."""
    t = np.array([SPAN.start])
    state = straight(100.0, t)[0]
    orbit = sim.Numerical(center="sun", epoch=SPAN.start, position_km=tuple(state[:3]), velocity_km_s=tuple(state[3:]))
    craft = sim.Spacecraft(name="far", orbit=orbit).over(SPAN)
    light = sim.light_time_s(STATION, craft)(np.array([SPAN.start, SPAN.end]))
    assert np.all(np.abs(light / 3600.0 - 13.8) < 0.4)
    begin, half = craft.state(np.asarray(SPAN.start)), 0.5 * SPAN.duration_s
    pull = np.zeros(3)
    for each in BODIES.values():
        line = each.position(SPAN.start + half) - begin.position
        pull += each.gm_km3_s2 * line / np.linalg.norm(line) ** 3
    straight_on = begin.position + SPAN.duration_s * begin.velocity
    fall = craft.position(np.asarray(SPAN.end)) - straight_on
    assert np.linalg.norm(fall) > 8.0
    apart = np.linalg.norm(fall - 2.0 * half**2 * pull)
    figure("an orbit 100 au from the Sun, after two days", "its fall, in closed form", 1e3 * apart, 20.0, "m")
    assert 0.2 < sim.hop(craft, STATION).windows(SPAN).fraction < 0.9
    shape = {"semi_major_axis_km": 90 * AU_KM, "eccentricity": 0.5, "inclination_deg": 10.0}
    far = sim.Kepler(center="sun", epoch=SPAN.start, **shape)
    assert sim.light_time_s(STATION, sim.Spacecraft(name="k", orbit=far).over(SPAN))(SPAN.start) > 6 * 3600.0


def test_what_is_farther_than_any_spacecraft_is_a_mistake():
    with pytest.raises(ValueError, match="expected km from its center"):
        sim.Numerical(center="sun", epoch=SPAN.start, position_km=(4e10, 0.0, 0.0), velocity_km_s=(0.0, 1.0, 0.0))
