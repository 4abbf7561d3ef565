"""Burns: the position goes on, the velocity jumps."""

from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import ScenarioError

DATA = Path(__file__).with_name("data")
FILE = DATA / "maneuvers.toml"
BURNS = sim.tdb(["2026-03-01T06:00:00Z", "2026-03-01T15:30:00Z"])


def test_the_position_goes_on_and_the_velocity_jumps_by_what_is_said():
    craft = sim.load(FILE)["orbiter"]
    for burn, size in zip(BURNS, (0.120, np.hypot(0.040, 0.005)), strict=True):
        before, after = (craft.relative(np.array(burn + s)) for s in (-1e-3, 0.0))
        assert np.linalg.norm(after.position - before.position - before.velocity * 1e-3) < 1e-6
        assert np.linalg.norm(after.velocity - before.velocity) == pytest.approx(size, abs=1e-5)


def test_an_along_burn_at_a_circle_raises_the_orbit_as_the_vis_viva_equation_says():
    craft = sim.load(FILE)["orbiter"]
    gm = sim.MOON.gm_km3_s2
    before, after = (craft.relative(np.array(BURNS[0] + s)) for s in (-1e-3, 0.0))
    energies = [0.5 * np.sum(s.velocity**2) - gm / np.linalg.norm(s.position) for s in (before, after)]
    v = np.linalg.norm(before.velocity)
    assert energies[1] - energies[0] == pytest.approx(v * 0.120 + 0.5 * 0.120**2, rel=2e-3)


def test_a_burn_is_a_piece_boundary_and_windows_are_those_of_a_scan():
    scenario = sim.load(FILE)
    craft = scenario["orbiter"]
    assert np.array_equal(craft.breaks(scenario.span), BURNS)
    result = sim.run(scenario)
    for hop, windows in result.hops.items():
        t, leaves = scenario.span.grid(20.0)[:-1], result.conditions[hop].leaves()
        sure = np.min([np.abs(leaf.margin(t)) / leaf.margin.resolution for leaf in leaves], axis=0) > 100
        assert np.array_equal(windows.holds(t)[sure], result.conditions[hop].holds(t)[sure])


def test_two_small_burns_are_one():
    orbit = sim.load(FILE).spacecraft["orbiter"].orbit
    span = sim.Span("2026-03-01T00:00:00Z", days=0.3)
    start = sim.Spacecraft(name="x", orbit=orbit.model_copy(update={"maneuvers": ()})).over(span)
    now = start.relative(np.array(BURNS[0]))
    direct = sim.Numerical(
        epoch=float(BURNS[0]), position_km=now.position, velocity_km_s=now.velocity, gravity_degree=10,
        maneuvers=[{"at": float(BURNS[0]), "along_m_s": 120.0}],
    )  # fmt: skip
    crafts = [sim.Spacecraft(name="x", orbit=way).over(span) for way in (direct, orbit)]
    there = [craft.relative(np.array(span.end)).position for craft in crafts]
    assert there[0] == pytest.approx(there[1], abs=1e-5)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("2026-03-01T15:30:00Z", "2026-03-01T05:30:00Z", "maneuvers must be in order of time"),
        ("2026-03-01T06:00:00Z", "2026-02-28T06:00:00Z", "is before the epoch"),
        ("2026-03-01T15:30:00Z", "2026-03-05T15:30:00Z", r"maneuvers\[1\].at .*within the span"),
        ("along_m_s = 120", "along_m_s = 0", "a maneuver needs either delta_v_km_s"),
        ("along_m_s = 120", "along_km_s = 0.12", "along_km_s"),
    ],
)
def test_burns_that_cannot_be_are_refused(tmp_path, old, new, told):
    file = tmp_path / "wrong.toml"
    file.write_text(FILE.read_text().replace(old, new))
    with pytest.raises(ScenarioError, match=told):
        sim.load(file)
