"""Orbits that mission designers choose, as scenarios."""

import re
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import PropagationError, ScenarioError

DATA = Path(__file__).with_name("data")


def test_a_lander_at_the_south_pole_is_heard_through_the_gateway_most_of_the_time():
    result = sim.run(sim.load(DATA / "designed.toml"))
    assert result.routes["pole"].fraction > 0.9
    assert result.basis("pole") == "designed"
    assert result.routes["between"].fraction == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("table", ["gateway", "depot"])
def test_an_orbit_that_begins_after_the_span_is_refused(tmp_path, table):
    text = (DATA / "designed.toml").read_text()
    before, after = text.split(f"[spacecraft.{table}.orbit]")
    text = before + f"[spacecraft.{table}.orbit]" + after.replace("2026-02-20", "2026-03-02", 1)
    (tmp_path / "late.toml").write_text(text)
    with pytest.raises(ScenarioError, match=rf"spacecraft.{table}.orbit.epoch .*starts at its epoch"):
        sim.load(tmp_path / "late.toml")


def test_a_retrograde_orbit_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match="amplitude_km"):
        sim.Dro(amplitude_km=5000.0, epoch="2026-01-01T00:00:00Z")


def queqiao2(**changed):
    """The seed's orbit with some elements changed, in a small gravity field: it is the Earth that decides."""
    orbit = sim.seeds("spacecraft/queqiao-2")["queqiao2"].orbit
    elements = orbit.elements.model_copy(update=changed)
    return sim.Spacecraft(name="queqiao2", orbit=orbit.model_copy(update={"elements": elements, "gravity_degree": 8}))


def test_queqiao_2_stays_up_for_a_year():
    span = sim.Span("2024-04-02T00:00:00Z", days=365)
    craft = queqiao2().over(span)
    heights = sim.altitude_km(craft)(span.grid(600.0))
    assert 200 < heights.min() < heights.max() < 16_000


def test_a_badly_inclined_one_hits_the_moon_and_says_when_and_where():
    with pytest.raises(PropagationError) as caught:
        queqiao2(inclination_deg=85.0, argument_of_periapsis_deg=20.0).over(sim.Span("2024-04-02T00:00:00Z", days=365))
    told = r"queqiao2: the orbit hits the moon [\d.]+ days after its epoch, at 2024-.*Z, latitude \S+ deg, longitude "
    assert re.search(told, str(caught.value)), caught.value


@pytest.mark.parametrize("frame", ["icrf", "ecliptic", "earth_equator", "moon_equator", "moon_me", "moon_pa"])
def test_elements_give_the_same_orbit_to_both_kinds(frame):
    elements = {"frame": frame, "semi_major_axis_km": 5000.0, "eccentricity": 0.5, "inclination_deg": 40.0,
                "node_deg": 30.0, "argument_of_periapsis_deg": 70.0, "mean_anomaly_deg": 200.0}  # fmt: skip
    epoch = "2024-04-02T00:00:00Z"
    span = sim.Span(epoch, days=0.02)
    kepler = sim.Kepler(center="moon", epoch=epoch, **elements)
    numerical = sim.Numerical(epoch=epoch, elements=elements, gravity_degree=2)
    crafts = [sim.Spacecraft(name="x", orbit=orbit).over(span) for orbit in (kepler, numerical)]
    ways = [craft.relative(np.array(span.start)) for craft in crafts]
    assert ways[0].position == pytest.approx(ways[1].position, abs=1e-6)
    assert ways[0].velocity == pytest.approx(ways[1].velocity, abs=1e-9)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"eccentricity": 1.0}, "eccentricity"),
        ({"eccentricity": 0.9}, "is inside the moon"),
        ({"inclination_deg": 181.0}, "inclination_deg"),
        ({"frame": "mars"}, "frame"),
    ],
)
def test_elements_that_cannot_be_are_refused(wrong, told):
    good = {"semi_major_axis_km": 5000.0, "eccentricity": 0.5, "inclination_deg": 40.0}
    with pytest.raises(ValueError, match=told):
        sim.Numerical(epoch="2024-04-02T00:00:00Z", elements={**good, **wrong})
