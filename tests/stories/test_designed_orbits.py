"""Orbits that mission designers choose, as scenarios."""

from pathlib import Path

import pytest

import sim
from sim.errors import ScenarioError

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
    with pytest.raises(ScenarioError, match=rf"spacecraft.{table}.orbit.epoch .*holds from its epoch on"):
        sim.load(tmp_path / "late.toml")


def test_a_retrograde_orbit_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match="amplitude_km"):
        sim.Dro(amplitude_km=5000.0, epoch="2026-01-01T00:00:00Z")
