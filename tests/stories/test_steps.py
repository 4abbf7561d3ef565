"""Where one phase takes over from another and the position steps: each edge is when its own light arrives."""

import csv

import numpy as np
import pytest

import sim
from sim.trajectories.light_time import arrival
from sim.visibility.known_times import twice_lit

STEP = "2026-03-01T12:00:00Z"
AT = float(sim.tdb(STEP))
BEFORE, AFTER = "2026-02-28T00:00:00Z", "2026-03-03T00:00:00Z"
SPAN = sim.Span("2026-03-01T10:00:00Z", "2026-03-01T14:00:00Z")
STATION = sim.seeds("stations/estrack")["new_norcia"]
"""It has the Moon 25 degrees high at the step."""
EDGE_S = 1e-5


def on_the_moon(longitude_deg):
    return {"kind": "landed", "latitude_deg": 0.0, "longitude_deg": longitude_deg}


BELOW = sim.Kepler(center="earth", epoch=STEP, semi_major_axis_km=8000.0, eccentricity=0.0, inclination_deg=40.0)
"""41 degrees below the station's horizon at the step."""
NEAR, FAR = on_the_moon(0.0), on_the_moon(180.0)


def stepping(first, second, name="craft"):
    phases = [{"start": BEFORE, "end": STEP, "orbit": first}, {"start": STEP, "end": AFTER, "orbit": second}]
    return sim.Spacecraft(name=name, orbit=sim.Phases(phases=phases))


def alone(orbit):
    """What one phase is, by itself."""
    if isinstance(orbit, dict):
        return sim.Site(name="alone", body="moon", **{key: orbit[key] for key in ("latitude_deg", "longitude_deg")})
    return sim.Spacecraft(name="alone", orbit=orbit).over(SPAN)


def arrives(orbit, end=STATION):
    """When light arrives that leaves one phase as it ends or begins."""
    return float(arrival(alone(orbit), end, np.array(AT)))


def test_a_hidden_phase_gives_way_to_one_in_sight_when_the_first_light_of_that_arrives():
    """The far side's last light comes 11.5 ms after the near side's first."""
    hop = sim.hop(stepping(FAR, NEAR).over(SPAN), STATION)
    assert arrives(FAR) - arrives(NEAR) == pytest.approx(0.0115, abs=1e-4)
    windows = hop.windows(SPAN)
    assert windows.bounds[:, 0] == pytest.approx([arrives(NEAR)], abs=EDGE_S)
    assert (~hop).windows(SPAN).bounds[:, 1] == pytest.approx([arrives(NEAR)], abs=EDGE_S)
    assert np.array_equal(hop.holds(arrives(NEAR) + np.array([-1e-3, 1e-3, 5e-3, 0.02])), [False, True, True, True])


def test_and_where_that_is_farther_not_before():
    """From below the horizon to the Moon: a light second passes in which no phase's light arrives."""
    assert arrives(NEAR) - arrives(BELOW) > 1.2
    windows = sim.hop(stepping(BELOW, NEAR).over(SPAN), STATION).windows(SPAN)
    assert windows.bounds[:, 0] == pytest.approx([arrives(NEAR)], abs=EDGE_S)


@pytest.mark.parametrize("hidden", [FAR, BELOW], ids=["far side", "below the horizon"])
def test_a_phase_in_sight_is_seen_until_its_last_light(hidden):
    windows = sim.hop(stepping(NEAR, hidden).over(SPAN), STATION).windows(SPAN)
    assert windows.bounds[-1, 1] == pytest.approx(arrives(NEAR), abs=EDGE_S)


@pytest.mark.parametrize("second", [on_the_moon(60.0), on_the_moon(-40.0)])
def test_a_step_between_two_places_in_sight_parts_no_window(second):
    assert len(sim.hop(stepping(NEAR, second).over(SPAN), STATION).windows(SPAN)) == 1


def test_a_relay_that_steps_passes_on_nothing_from_one_phase_in_another():
    """A lander sees the relay before its step alone, a station after it alone: no route, not for milliseconds."""
    lander = sim.Site(name="lander", body="moon", latitude_deg=0.0, longitude_deg=180.0)

    def high(longitude_deg, radius_km=9000.0):
        """Over a longitude of the Moon at the step, nearly at rest for a minute."""
        turned = sim.MOON.rotation(np.array(AT)).T @ [np.cos(np.deg2rad(longitude_deg)),
                                                      np.sin(np.deg2rad(longitude_deg)), 0.0]  # fmt: skip
        node = float(np.rad2deg(np.arctan2(turned[1], turned[0])))
        tilt = float(np.rad2deg(np.arcsin(turned[2])))
        return sim.Kepler(center="moon", epoch=STEP, semi_major_axis_km=radius_km, eccentricity=0.0,
                          inclination_deg=90.0, node_deg=node, mean_anomaly_deg=tilt)  # fmt: skip

    span = sim.Span(AT - 60.0, AT + 60.0)
    over_far, over_near = high(180.0), high(0.0)
    for first, second in ((over_far, over_near), (over_near, over_far)):
        ends = {"lander": lander, "relay": stepping(first, second, "relay").over(span), "station": STATION}
        hops = {pair: sim.hop(ends[pair[0]], ends[pair[1]]).windows(span)
                for pair in (("lander", "relay"), ("relay", "station"))}  # fmt: skip
        assert all(len(each) == 1 for each in hops.values())
        found = sim.along(("lander", "relay", "station"), ends, hops)
        assert not len(found)
    assert [when.duration_s for when in twice_lit(ends["relay"], STATION, True)] == []
    assert len(twice_lit(stepping(over_far, over_near).over(span), STATION, True)) == 1


def test_a_route_over_a_relay_that_steps_ends_with_the_last_light_of_its_phase():
    """Where the relay then lies hidden from the lander, what it had heard is still under way."""
    lander = sim.Site(name="lander", body="moon", latitude_deg=0.0, longitude_deg=0.0)
    high = sim.Kepler(center="earth", epoch=STEP, semi_major_axis_km=150_000.0, eccentricity=0.0, inclination_deg=20.0)
    for angle in range(0, 360, 30):
        first = high.model_copy(update={"mean_anomaly_deg": float(angle)})
        seen = sim.hop(alone(first), STATION).holds(np.array(AT + 1.0)) & sim.hop(lander, alone(first)).holds(
            np.array(AT)
        )
        if seen:
            break
    span = sim.Span(AT - 600.0, AT + 600.0)
    relay = stepping(first, FAR, "relay").over(span)
    ends = {"lander": lander, "relay": relay, "station": STATION}
    path = ("lander", "relay", "station")
    found = sim.along(path, ends, {pair: sim.hop(ends[pair[0]], ends[pair[1]]).windows(span)
                                   for pair in (path[:2], path[1:])})  # fmt: skip
    assert found.bounds[-1, 1] == pytest.approx(arrives(first), abs=EDGE_S)


def test_a_route_that_opens_with_the_first_light_of_a_phase_says_why_and_is_made_of_that_phase_alone():
    """For milliseconds the light of the phase before arrives too, which the lander does not see."""
    lander = sim.Site(name="lander", body="moon", latitude_deg=0.0, longitude_deg=0.0)
    high = sim.Kepler(center="moon", epoch=STEP, semi_major_axis_km=60_000.0, eccentricity=0.0, inclination_deg=20.0)
    for angle in range(0, 360, 30):
        second = high.model_copy(update={"mean_anomaly_deg": float(angle)})
        at, early = np.array(AT + 1.0), arrives(FAR) - arrives(second)
        if early > 0.0 and sim.hop(alone(second), STATION).holds(at) and sim.hop(lander, alone(second)).holds(at):
            break
    scenario = sim.Scenario(start=SPAN.start, end=SPAN.end, sites={"lander": lander, "new_norcia": STATION},
                            spacecraft={"relay": stepping(FAR, second, "relay")},
                            routes={"up": ("lander", "relay", "new_norcia")}, products=[])  # fmt: skip
    result = sim.run(scenario)
    opens = float(result.routes["up"].bounds[0, 0])
    assert opens == pytest.approx(arrives(second), abs=EDGE_S)
    assert early > 0.005
    for of in ("up", ("relay", "new_norcia")):
        assert result.edges(of)[0][0].startswith("elevation of new_norcia from relay")
        used = result.window_ends.phases[result.rows(of).start]
        assert not any(isinstance(each, sim.Site) and each.name == "relay" for each, *_ in used)
    assert all(each.holds for each in sim.why(scenario, ["up"], opens + 0.5 * early))
    assert not all(each.holds for each in sim.why(scenario, ["up"], opens - 1e-3))


def test_passes_say_where_the_phase_stands_that_is_seen(tmp_path):
    """Not where the other one does, whose light arrives at the same time."""
    scenario = sim.Scenario(start=SPAN.start, end=SPAN.end, sites={"new_norcia": STATION},
                            spacecraft={"craft": stepping(FAR, NEAR)},
                            routes={"down": ("craft", "new_norcia")}, products=[{"kind": "passes"}])  # fmt: skip
    (file, _) = sim.write(scenario, sim.run(scenario), tmp_path / "out")
    (row,) = csv.DictReader(file.open(encoding="utf-8"))
    distance = float(row["aos_range_km"])
    assert distance == pytest.approx(299792.458 * (arrives(NEAR) - AT), abs=0.1)
    assert float(row["tca_range_km"]) <= distance
