"""What must be true of any error: its size, how gravity carries it, and what a window makes of it."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.trajectories.bodies.frames import earth_orientation, ut1_sigma_s
from sim.trajectories.orbits.orbit_errors import DEFINITIVE, ELEMENT_SET, PREDICTED, TRANSFER, Sigma
from sim.trajectories.orbits.perturbed import off
from sim.visibility import edge_columns, hops, uncertainty

SPAN = sim.Span("2020-02-01T00:00:00Z", days=0.3)
CARRIED = 2e-3
"""Of an error: what cubics between nodes and the field's own differences leave after three revolutions."""
STATE = {"position_km": (1838.0, 0.0, 0.0), "velocity_km_s": (0.0, 0.25, 1.61)}
FIRST = {"epoch": "2020-02-01T00:00:00Z", "gravity_degree": 8}


def low(sigma=None, **state):
    orbit = sim.Numerical(**FIRST, **{**STATE, **state})
    return sim.Spacecraft(name="low", orbit=orbit, sigma=sigma).over(SPAN)


def test_gravity_carries_a_state_s_errors_as_it_carries_flights_that_begin_with_them():
    sigma = Sigma(radial_km=0.1, along_km=0.1, across_km=0.1, radial_km_s=1e-4, along_km_s=1e-4, across_km_s=1e-4)
    craft, t = low(sigma), SPAN.start + np.linspace(60.0, SPAN.duration_s, 40)
    first = np.array([*STATE["position_km"], *STATE["velocity_km_s"]])
    root = sigma.root(first[:3], first[3:])
    for column in range(6):
        flights = []
        for sign in (0.1, -0.1):
            x, y, z, *speed = map(float, first + sign * root[:, column])
            flights.append(low(position_km=(x, y, z), velocity_km_s=tuple(speed)).relative(t).position)
        flown = (flights[0] - flights[1]) / 0.2
        carried = off(craft, {f"state {column + 1}": 1.0}).relative(t).position - craft.relative(t).position
        assert np.abs(carried - flown).max() < CARRIED * np.linalg.norm(flown, axis=-1).max()


@settings(max_examples=10, deadline=None)
@given(radial=st.floats(-5, 5), along=st.floats(-50, 50), across=st.floats(-5, 5))
def test_errors_in_the_orbit_s_own_axes_have_the_size_that_was_declared(radial, along, across):
    craft = low(Sigma(radial_km=1.0, along_km=1.0, across_km=1.0))
    t = np.asarray(SPAN.start + 5000.0)
    there, moved = craft.relative(t), off(craft, {"radial": radial, "along": along, "across": across}).relative(t)
    r, way = np.linalg.norm(there.position), moved.position - there.position
    up = there.position / r
    normal = np.cross(there.position, there.velocity)
    normal /= np.linalg.norm(normal)
    bent = (along**2 + across**2) / r + (abs(along) + abs(across)) * abs(radial) / r + 1e-6
    assert way @ up == pytest.approx(radial, abs=bent)
    assert way @ normal == pytest.approx(across, abs=bent)
    assert way @ np.cross(normal, up) == pytest.approx(along, abs=bent)


def test_an_element_set_is_off_along_its_track_by_its_age():
    craft = sim.seeds("spacecraft/iss")["iss"]
    epoch = craft.orbit.records[0].epoch
    moved = craft.over(sim.Span(epoch + 2.0 * 86400.0, days=1))
    t = np.asarray(epoch + 2.5 * 86400.0)
    way = off(moved, {"age of its element set": 1.0}).relative(t).position - moved.relative(t).position
    assert np.linalg.norm(way) == pytest.approx(2.5 * ELEMENT_SET.along_km_per_day, rel=1e-3)


@pytest.mark.parametrize(("error", "axis"), [("east", 0), ("north", 1), ("up", 2)])
@pytest.mark.parametrize("body", ["earth", "moon", "mars"])
def test_a_site_is_off_by_its_position_sigma(body, error, axis):
    site = sim.Site(name="site", body=body, latitude_deg=-40.0, longitude_deg=100.0, position_sigma_m=100.0)
    way = site.off({error: 1.0}).fixed_position - site.fixed_position
    assert site.fixed_axes[axis] @ way == pytest.approx(0.1, rel=0.01)
    assert np.linalg.norm(way) == pytest.approx(0.1, rel=0.01)


def test_a_site_at_a_pole_may_be_off_beyond_it():
    pole = sim.Site(name="pole", body="moon", latitude_deg=-90.0, longitude_deg=0.0, position_sigma_m=1000.0)
    assert pole.off({"north": -1.0}).latitude_deg == pytest.approx(-89.967, abs=1e-3)


def test_the_error_of_predicted_ut1_is_that_of_iers_bulletin_a():
    # Source: IERS Bulletin A, estimated accuracies of UT1-UTC after 10, 20, 30 and 40 days.
    days = np.array([10.0, 20.0, 30.0, 40.0])
    found = ut1_sigma_s(earth_orientation().measured_until + 86400.0 * days)
    assert found == pytest.approx([0.0014, 0.0024, 0.0032, 0.0040], abs=5e-5)
    assert ut1_sigma_s(np.asarray(0.0)) == 0.0


def passes(**given):
    site = sim.Site(name="site", latitude_deg=40.0, longitude_deg=10.0, horizon_deg=5.0, **given)
    craft = sim.seeds("spacecraft/iss")["iss"]
    start = craft.orbit.records[0].epoch + 2.0 * 86400.0
    return sim.run(sim.Scenario(start=start, days=0.5, sites={"site": site}, spacecraft={"iss": craft},
                                routes={"pass": ("iss", "site")}))  # fmt: skip


def test_a_route_of_one_hop_is_as_sure_as_the_hop_and_a_cut_edge_has_no_sigma():
    result = passes()
    hop, route = result.uncertainty(("iss", "site")), result.uncertainty("pass")
    assert [each.columns for each in hop] == [each.columns for each in route]
    table = result.to_pandas()
    assert list(table.columns[-5:-2]) == list(edge_columns.COLUMNS)
    middle = table["start"].iloc[0] + 0.5 * (table["end"].iloc[0] - table["start"].iloc[0])
    seconds = float(sim.tdb(middle.to_pydatetime()))
    iss = sim.seeds("spacecraft/iss")["iss"]
    cut = sim.Scenario(start=seconds, days=0.1, sites={"site": result.ends["site"]}, spacecraft={"iss": iss},
                       routes={"pass": ("iss", "site")})  # fmt: skip
    first = sim.run(cut).uncertainty("pass")[0]
    assert first.start_sigma_s is None
    assert first.end_sigma_s > 0.0
    json.dumps([each.columns for each in hop], allow_nan=False)


def test_twice_the_error_of_a_horizon_is_worth_twice_the_seconds():
    once, twice = (passes(horizon_sigma_deg=size).uncertainty("pass")[0].start_effects_s for size in (0.1, 0.2))
    assert twice["site: horizon"] == pytest.approx(2.0 * once["site: horizon"], rel=0.02)
    assert twice["iss: along"] == pytest.approx(once["iss: along"], rel=1e-6)


def test_the_age_of_an_element_set_is_told_in_seconds():
    (told,) = passes().error_notes
    assert told.startswith("iss: age of its element set, up to 2.5 days: window edges shift by up to 0.")
    assert told.endswith(" s (1σ)")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"covariance": [[0.0] * 6] * 6, "along_km": 1.0}, "give either"),
        ({"covariance": [[1.0, 2.0, 0, 0, 0, 0]] + [[0.0] * 6] * 5}, "must be symmetric"),
        ({"radial_km_s": 1e-4, "late_s": 1.0}, "grow by themselves"),
        ({"radial_km": -1.0}, "greater than or equal to 0"),
    ],
)
def test_what_is_no_set_of_errors_is_refused(given, told):
    with pytest.raises(ValueError, match=told):
        Sigma(**given)


def test_what_is_taken_has_a_source():
    assert all(each.source for each in (DEFINITIVE, PREDICTED, ELEMENT_SET, TRANSFER))


@pytest.mark.parametrize("light", [True, False])
@pytest.mark.parametrize("down", [True, False])
def test_errors_move_margins_as_much_from_one_ray_as_from_a_ray_each(down, light):
    """Of every source, of the horizon and of what else ends a link, at times in the sky and below it."""
    craft = low(Sigma(radial_km=0.5, along_km=20.0, across_km=0.5))
    lander = sim.Site(name="site", body="moon", latitude_deg=3.0, longitude_deg=40.0, horizon_deg=4.0,
                      limits=[{"kind": "range", "max_km": 900.0}])  # fmt: skip
    dish = sim.Site(name="site", latitude_deg=40.0, longitude_deg=-4.0, horizon_deg=5.0)
    for site in (lander, dish):
        ends = {"low": craft, "site": site}
        names = ("low", "site") if down else ("site", "low")

        def alone(moved, lit, names=names):
            return hops.hop(moved[names[0]], moved[names[1]], lit)

        count = len(alone(ends, light).leaves())
        t = np.tile(SPAN.start + np.linspace(600.0, SPAN.duration_s - 600.0, 40), count)
        leaf = np.arange(count).repeat(40)
        told, mine, rate = uncertainty.effects(hops.Between(*names), ends, light, leaf, t)
        expected_names, expected, expected_rate = uncertainty.effects(alone, ends, light, leaf, t)
        assert told == expected_names and len(told) >= 7
        scale = np.abs(expected).max(axis=0)
        assert np.abs(mine - expected).max() <= 1e-3 * scale.max()
        assert mine == pytest.approx(expected, rel=1e-4, abs=1e-6 * float(scale.max()))
        assert rate == pytest.approx(expected_rate, rel=1e-6, abs=1e-9)
