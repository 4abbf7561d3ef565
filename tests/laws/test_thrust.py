"""What must hold of low thrust: the textbook's rates, the rocket equation, and the way back."""

import numpy as np
import pytest

import sim
from sim.trajectories.orbits.thrust import STANDARD_GRAVITY_M_S2

EPOCH = float(sim.tdb("2026-03-01T00:00:00Z"))
R_KM, GM = 10_000.0, sim.MOON.gm_km3_s2
SPEED = float(np.sqrt(GM / R_KM))
DIRECTIONS = ("prograde", "retrograde", "outward", "inward", "normal", "antinormal")
RETURN_KM = 1e-5
"""1 cm after a day: the tolerance of the integrator, 1e-12 a step."""


def craft(thrusts, days=1.0, before=0.0, mass_kg=500.0, isp_s=1500.0):
    """A circle about the Moon that is pushed: (direction, first hour, last hour, newtons)."""
    burns = [
        {"start": EPOCH + 3600 * a, "end": EPOCH + 3600 * b, "force_n": force, "isp_s": isp_s, "direction": way}
        for way, a, b, force in thrusts
    ]
    orbit = sim.Numerical(
        epoch=EPOCH, position_km=(R_KM, 0.0, 0.0), velocity_km_s=(0.0, SPEED, 0.0), thrusts=burns, mass_kg=mass_kg,
        gravity_degree=2, area_m2=None if burns else 1e-9,
    )  # fmt: skip
    return sim.Spacecraft(name="x", orbit=orbit).over(sim.Span(EPOCH - 86400 * before, EPOCH + 86400 * days))


def energy(state):
    return 0.5 * np.sum(state.velocity**2, axis=-1) - GM / np.linalg.norm(state.position, axis=-1)


@pytest.mark.parametrize("way", DIRECTIONS)
def test_what_it_adds_is_what_scipy_integrates(way):
    """The pushed path less the coasting one, against the same of an independent integrator with the center alone."""
    from scipy.integrate import solve_ivp

    force, mass, flow = 0.1, 500.0, 0.1 / (1500.0 * STANDARD_GRAVITY_M_S2)

    def slope(t, y, pushed):
        place, speed = y[:3], y[3:]
        u = place / np.linalg.norm(place)
        h = np.cross(place, speed)
        axes = {"prograde": speed / np.linalg.norm(speed), "outward": u, "normal": h / np.linalg.norm(h)}
        axis = next((v for k, v in axes.items() if k == way), None)
        if axis is None:
            axis = -axes[{"retrograde": "prograde", "inward": "outward", "antinormal": "normal"}[way]]
        push = axis * force / 1e3 / (mass - flow * t) if pushed else 0.0
        return np.concatenate((speed, -GM * place / np.linalg.norm(place) ** 3 + push))

    start, hours = np.array([R_KM, 0, 0, 0, SPEED, 0.0]), 6.0
    ends = [
        solve_ivp(slope, (0, 3600 * hours), start, method="DOP853", rtol=1e-12, atol=1e-12, args=(pushed,)).y[:3, -1]
        for pushed in (True, False)
    ]
    t = np.array(EPOCH + 3600 * hours)
    ours = craft([(way, 0.0, hours, force)]).relative(t).position - craft([]).relative(t).position
    theirs = ends[0] - ends[1]
    assert np.linalg.norm(theirs) > 10.0
    # the Earth's tide and the flattening act a little differently on a path that is some km aside
    assert np.linalg.norm(ours - theirs) < 2e-3 * np.linalg.norm(theirs)


def test_a_circle_spirals_out_by_the_speed_it_is_given():
    """Edelbaum: pushed along its velocity, a circle loses as much speed as it is given (ARS Journal 31, 1961)."""
    force, mass, hours, isp = 0.2, 500.0, 48.0, 1600.0
    pushed = craft([("prograde", 0.0, hours, force)], days=3.0, isp_s=isp).relative(np.array(EPOCH + 3600 * hours))
    flow = force / (isp * STANDARD_GRAVITY_M_S2)
    given = isp * STANDARD_GRAVITY_M_S2 / 1e3 * np.log(mass / (mass - flow * 3600 * hours))  # Tsiolkovsky
    circle = np.sqrt(-2.0 * energy(pushed))
    assert SPEED - circle == pytest.approx(given, rel=0.02)


def test_what_is_pushed_and_pushed_back_is_where_it_coasts_to():
    """Inside a burn nothing differs for an epoch in its middle: followed back to its start, and forward again."""
    whole = craft([("retrograde", -12.0, 12.0, 0.1)], days=1.0, before=1.0)
    begin = whole.relative(np.array(EPOCH - 12 * 3600.0))
    flow = 0.1 / (1500.0 * STANDARD_GRAVITY_M_S2)
    orbit = sim.Numerical(
        epoch=EPOCH - 12 * 3600.0, position_km=tuple(begin.position), velocity_km_s=tuple(begin.velocity),
        thrusts=[{"start": EPOCH - 43200.0, "end": EPOCH + 43200.0, "force_n": 0.1, "isp_s": 1500.0,
                  "direction": "retrograde"}], mass_kg=500.0 + flow * 43200.0, gravity_degree=2,
    )  # fmt: skip
    again = sim.Spacecraft(name="y", orbit=orbit).over(sim.Span(EPOCH, days=1))
    t = np.array(EPOCH + 20 * 3600.0)
    assert np.linalg.norm(again.relative(t).position - whole.relative(t).position) < RETURN_KM


def test_before_and_behind_a_burn_it_coasts_and_in_it_the_velocity_goes_on():
    pushed, free = craft([("normal", 6.0, 7.0, 0.1)]), craft([])
    t = EPOCH + 3600 * np.linspace(0.0, 6.0, 50)
    assert np.max(np.abs(pushed.relative(t).position - free.relative(t).position)) < 1e-6
    for edge in (6.0, 7.0):
        near = pushed.relative(EPOCH + 3600 * edge + np.array([-1e-3, 1e-3]))
        assert np.linalg.norm(np.diff(near.velocity, axis=0)) < 1e-6


BURN = {"start": EPOCH, "end": EPOCH + 3600.0, "force_n": 0.1, "isp_s": 1500.0}
STATE = {"epoch": EPOCH, "position_km": (R_KM, 0.0, 0.0), "velocity_km_s": (0.0, SPEED, 0.0)}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({**STATE, "thrusts": [BURN]}, "thrusts need mass_kg"),
        ({"anchors": [STATE], "mass_kg": 5.0, "thrusts": [BURN]}, "not anchors"),
        ({**STATE, "mass_kg": 500.0, "thrusts": [BURN, BURN]}, "not overlap"),
        ({**STATE, "mass_kg": 500.0, "thrusts": [{**BURN, "end": EPOCH}]}, "before it starts"),
        ({**STATE, "mass_kg": 0.01, "thrusts": [BURN]}, "burn 0.0245 kg of 0.01 kg"),
        ({**STATE, "mass_kg": 500.0, "thrusts": [{**BURN, "force_n": -1.0}]}, "force_n"),
        ({**STATE, "mass_kg": 500.0, "thrusts": [{**BURN, "direction": "up"}]}, "direction"),
    ],
)
def test_thrusts_that_cannot_be_are_refused(fields, told):
    with pytest.raises(ValueError, match=told):
        sim.Numerical(**fields)
