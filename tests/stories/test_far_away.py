"""Mars, Uranus and an asteroid from a scenario file, and what is told of timelines that cannot be."""

from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import ScenarioError

DATA = Path(__file__).with_name("data")


@pytest.fixture(scope="module")
def far_away():
    scenario = sim.load(DATA / "far-away.toml")
    return scenario, sim.run(scenario)


def test_every_end_has_its_windows_and_its_light_time(far_away):
    scenario, result = far_away
    noon = np.asarray(scenario.span.start + 43_200.0)
    for end, low, high in (("zhurong", 1000.0, 1300.0), ("kamooalewa", 60.0, 400.0), ("voyager", 9000.0, 10_500.0)):
        assert low < float(sim.light_time_s(scenario[end], scenario["new_norcia"])(noon)) < high, end
    for route in ("relay", "direct", "asteroid", "uranus", "mars", "sun"):
        assert 0.03 < result.routes[route].fraction < 0.8, route


def test_a_rover_sees_the_earth_only_while_the_station_sees_mars(far_away):
    _, result = far_away
    outside = result.routes["direct"] - result.routes["mars"]
    assert outside.total_s < 2.0  # the rover stands 3400 km beside the center of Mars
    assert result.routes["direct"].total_s < result.routes["mars"].total_s


def test_windows_of_far_ends_agree_with_a_scan(far_away):
    scenario, result = far_away
    t = scenario.span.grid(60.0)[:-1]
    for of in result.hops:
        condition = result.conditions[of]
        near = np.min([np.abs(leaf.margin(t)) / leaf.margin.resolution for leaf in condition.leaves()], axis=0) < 100
        assert np.array_equal(result.hops[of].holds(t)[~near], condition.holds(t)[~near]), of


SCENARIO = """
start   = 2020-11-24T00:00:00Z
days    = 1
include = ["seeds:stations/estrack"]
[routes]
down = ["craft", "kourou"]
[spacecraft.craft.orbit]
{orbit}
"""
LAUNCH = """kind = "transfer"
latitude_deg = 19.6145
longitude_deg = 110.9511
lift_off = 2020-11-23T20:30:12Z
perilune = 2020-11-28T13:05:30Z
"""
HELD = """kind = "anchored"
epoch = 2020-11-24T00:00:00Z
position_km = [1900.0, 0.0, 0.0]
velocity_km_s = [0.0, 0.3, 1.58]
facts = [{ event = "perilune", at = 2020-11-24T03:00:00Z }]
"""


@pytest.mark.parametrize(("orbit", "told"), [
    (LAUNCH.replace("2020-11-28", "2020-11-20"), ("line 7", "spacecraft.craft.orbit", "must be before perilune")),
    (LAUNCH + "perigee_height_km = -50\n", ("line 13", "perigee_height_km", "above 0")),
    (LAUNCH + "perilune_height_km = 0\n", ("line 13", "perilune_height_km", "above 0")),
    (LAUNCH + "inclination_deg = 20\n", ("spacecraft.craft.orbit", "give either a site")),
    (HELD, ("spacecraft.craft.orbit", "1 fact cannot fix 2 numbers")),
    (HELD.replace("perilune", "abeam"), ("facts", "needs a place")),
])  # fmt: skip
def test_a_timeline_that_cannot_be_is_told_with_its_line(tmp_path, orbit, told):
    path = tmp_path / "s.toml"
    path.write_text(SCENARIO.format(orbit=orbit))
    with pytest.raises(ScenarioError) as caught:
        sim.load(path)
    for part in told:
        assert part in str(caught.value)
