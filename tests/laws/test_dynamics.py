"""What must hold of any motion: derivatives, conserved quantities, going back the way one came."""

from __future__ import annotations

from dataclasses import replace
from math import lgamma

import numpy as np
import pytest

from sim.core.chebyshev import Array
from sim.core.errors import OrbitEnded, PropagationError
from sim.trajectories.dynamics import cr3bp, equations_of_motion, gravity, integrate, shooting
from sim.trajectories.dynamics.forces import Forces, Occulter, PointMass, RadiationPressure

DAY = 86400.0
MOON_GM = 4902.80012245
MOON_RADIUS = 1737.4
MONTH = 27.321662 * DAY
EARTH_GM = 398600.435

# km/s², of a field of 1e-6: next to the pole it is the textbook's Legendre functions that lose digits (elsewhere 2e-17)
GRADIENT_TOLERANCE = 1e-14
# km: rtol 1e-12 a step, along track, grows with the square of time: 0.1 m in 24 revolutions
KEPLER_TOLERANCE_KM = 3e-4
# relative: the energy changes by a step's error, a hundred times
ENERGY_TOLERANCE = 1e-10
# km: a metre; two centimetres are reached
RETURN_TOLERANCE_KM = 1e-3
# km: an edge is a time that a float64 of seconds past J2000 can hold (1e-7 s at 1.6 km/s)
LIMB_TOLERANCE_KM = 1e-6


def circling_earth(t: Array) -> Array:
    """An Earth on a circle round the Moon, at the Moon's mean pace and the distance that belongs to it."""
    angle = shooting.MEAN_MOTION * t
    distance = ((EARTH_GM + MOON_GM) / shooting.MEAN_MOTION**2) ** (1.0 / 3.0)
    return -distance * np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=-1)


def resting_sun(t: Array) -> Array:
    """A Sun that stands still, in the plane of the orbits below."""
    return np.tile([1.4e8, 4e7, 0.0], (len(t), 1))


def turning(t: Array) -> Array:
    """Euler angles of a Moon that turns evenly on a tilted axis."""
    return np.stack([np.full_like(t, 0.1), np.full_like(t, 0.4), 2 * np.pi * t / MONTH], axis=-1)


EARTH = PointMass("earth", EARTH_GM, circling_earth)
SUN = PointMass("sun", 132712440040.944, resting_sun)
SUNLIGHT = RadiationPressure(10.5, 1044.0, 0.96, SUN, (Occulter(MOON_RADIUS), Occulter(6378.1, circling_earth)))
ALONE = Forces("moon", MOON_GM, MOON_RADIUS)
LOW_ORBIT = np.array([1850.0, 0.0, 0.0, 0.0, 1.2, 1.1])


def everything() -> Forces:
    return replace(ALONE, harmonics=gravity.load(20, turning), point_masses=(EARTH, SUN), radiation=SUNLIGHT)


def brute_potential(field: gravity.Harmonics, place: Array) -> float:
    """The same field by associated Legendre functions, as in the textbooks."""
    from scipy.special import assoc_legendre_p_all

    r = np.linalg.norm(place)
    longitude = np.arctan2(place[1], place[0])
    legendre = assoc_legendre_p_all(field.degree, field.degree, place[2] / r)[0]
    total = 0.0
    for n in range(1, field.degree + 1):
        for m in range(n + 1):
            norm = np.sqrt((2 - (m == 0)) * (2 * n + 1) * np.exp(lgamma(n - m + 1) - lgamma(n + m + 1))) * (-1) ** m
            wave = field.cosine[n, m] * np.cos(m * longitude) + field.sine[n, m] * np.sin(m * longitude)
            total += (field.radius_km / r) ** n * norm * legendre[n, m] * wave
    return float(total * field.gm_km3_s2 / r)


@pytest.mark.parametrize("degree", [2, 20, 70])
def test_the_pull_is_the_gradient_of_the_potential(degree: int) -> None:
    field = gravity.load(degree, turning)
    for place in (np.array([1200.0, -900.0, 1000.0]), np.array([3.0, -2.0, 1800.0])):
        pull = gravity.acceleration(gravity.prepare(field), *place, gravity.workspace())
        step = 0.02 * np.eye(3)
        near = [brute_potential(field, place + d) - brute_potential(field, place - d) for d in step]
        far = [brute_potential(field, place + 2 * d) - brute_potential(field, place - 2 * d) for d in step]
        gradient = (8 * np.array(near) - np.array(far)) / (12 * 0.02)
        np.testing.assert_allclose(pull, gradient, rtol=0, atol=GRADIENT_TOLERANCE)


def test_a_field_beyond_its_table_is_refused_with_the_rule() -> None:
    with pytest.raises(ValueError, match="2 to 150, got 151"):
        gravity.load(151, turning)


def test_two_bodies_move_by_kepler() -> None:
    a, e, days = 5000.0, 0.6, 10.0
    start = np.array([a * (1 - e), 0, 0, 0, np.sqrt(MOON_GM / a * (1 + e) / (1 - e)), 0])
    path = integrate.propagate(ALONE, 0.0, start, days * DAY)
    t = np.linspace(0.0, days * DAY, 500)
    mean = np.sqrt(MOON_GM / a**3) * t
    eccentric = mean + e * np.sin(mean)
    for _ in range(20):
        eccentric -= (eccentric - e * np.sin(eccentric) - mean) / (1 - e * np.cos(eccentric))
    truth = np.stack([a * (np.cos(eccentric) - e), a * np.sqrt(1 - e * e) * np.sin(eccentric), 0 * t], axis=-1)
    assert np.max(np.linalg.norm(path(t) - truth, axis=1)) < KEPLER_TOLERANCE_KM
    # at the ends of steps; between them the derivative of the dense output is off by up to 2e-9 km/s
    place, velocity = path.both(path.edges)
    energy = 0.5 * np.sum(velocity**2, axis=1) - MOON_GM / np.linalg.norm(place, axis=1)
    np.testing.assert_allclose(energy, -MOON_GM / (2 * a), rtol=ENERGY_TOLERANCE)


@pytest.mark.parametrize("epoch", [0.0, 7e8])
def test_the_way_back_is_the_way_out(epoch: float) -> None:
    forces, end = everything(), epoch + 3 * DAY
    out = integrate.propagate(forces, epoch, LOW_ORBIT, end)
    back = integrate.propagate(forces, end, np.concatenate(out.both(np.array(end))), epoch)
    assert (back.start, back.end) == (out.start, out.end) == (epoch, end)
    t = np.linspace(epoch, end, 2000)
    assert np.max(np.linalg.norm(out(t) - back(t), axis=1)) < RETURN_TOLERANCE_KM


@pytest.mark.parametrize("days", [3.0, -3.0])
def test_steps_on_the_way_are_forgotten_and_those_that_are_asked_for_are_the_same_bits(days: float) -> None:
    forces, epoch = everything(), 7e8
    end, since = epoch + days * DAY, epoch + 0.7 * days * DAY
    whole = integrate.propagate(forces, epoch, LOW_ORBIT, end)
    late = integrate.propagate(forces, epoch, LOW_ORBIT, end, since=since)
    kept = whole.between(min(since, end), max(since, end))
    assert len(late.coefficients) < 0.35 * len(whole.coefficients)
    assert np.array_equal(late.edges, kept.edges) and np.array_equal(late.coefficients, kept.coefficients)


def test_a_step_ends_wherever_a_shadow_begins_or_ends() -> None:
    path = integrate.propagate(everything(), 7e8, LOW_ORBIT, 7e8 + DAY)

    def height_of_sunbeam(t: Array) -> Array:
        place = path(t)
        beam = resting_sun(t) - place
        beam /= np.linalg.norm(beam, axis=1, keepdims=True)
        ahead = np.maximum(-np.sum(place * beam, axis=1), 0.0)
        return np.sqrt(np.sum(place**2, axis=1) - ahead**2) - MOON_RADIUS

    dense = height_of_sunbeam(np.linspace(7e8, 7e8 + DAY, 20001))
    crossings = int(np.sum(np.diff(np.sign(dense)) != 0))
    at_edges = np.abs(height_of_sunbeam(path.edges))
    assert crossings >= 20
    assert np.sum(at_edges < LIMB_TOLERANCE_KM) == crossings


def test_an_orbit_that_meets_the_ground_says_when() -> None:
    falling = np.array([2000.0, 0.0, 0.0, 0.0, 0.8, 0.0])
    with pytest.raises(OrbitEnded, match=r"hits the moon 0\.\d+ days after its epoch") as caught:
        integrate.propagate(ALONE, 5e8, falling, 5e8 + DAY)
    touch = integrate.propagate(replace(ALONE, radius_km=100.0), 5e8, falling, caught.value.time_tdb)
    assert np.linalg.norm(touch(np.array(touch.end))) == pytest.approx(MOON_RADIUS, abs=1e-6)
    assert isinstance(caught.value, PropagationError)


def test_an_orbit_that_flies_away_says_when() -> None:
    with pytest.raises(PropagationError, match=r"leaves the moon \(farther than 1,500,000 km\) .* before its epoch"):
        integrate.propagate(ALONE, 0.0, np.array([2000.0, 0.0, 0.0, 0.0, 3.0, 0.0]), -30 * DAY)


def test_transition_matrices_are_derivatives() -> None:
    tables = replace(ALONE, point_masses=(EARTH,)).tables(0.0, 3 * DAY)
    start = np.array([50000.0, 20000.0, 10000.0, 0.05, 0.2, 0.1])
    times = np.zeros(1), np.array([3 * DAY])
    matrix = integrate.flow(tables, times[0], start[None], times[1])[1][0]
    for j, step in enumerate([1.0, 1.0, 1.0, 1e-5, 1e-5, 1e-5]):
        nudge = step * np.eye(6)[j]
        ahead, behind = (integrate.flow(tables, times[0], (start + s * nudge)[None], times[1])[0][0] for s in (1, -1))
        # second differences leave 1e-8 of a column
        np.testing.assert_allclose(matrix[:, j], (ahead - behind) / (2 * step), rtol=1e-6, atol=1e-9)


def test_an_arc_with_its_transition_matrix_has_the_bits_of_one_without() -> None:
    forces, end = replace(everything(), radiation=None), 0.2 * DAY
    tables = forces.tables(0.0, end)
    states, _, legs = integrate.flow(tables, np.zeros(1), LOW_ORBIT[None], np.array([end]))
    alone, arc = integrate.propagate(forces, 0.0, LOW_ORBIT, end), integrate.pieces(0.0, end, *legs[0])
    assert len(arc.edges) > 10
    assert np.array_equal(arc.edges, alone.edges) and np.array_equal(arc.coefficients, alone.coefficients)
    np.testing.assert_allclose(arc(np.array(end)), states[0, :3], rtol=1e-14)


def test_northern_and_southern_halos_mirror_each_other() -> None:
    south, north = (cr3bp.halo(0.01215, 0.08, family=family) for family in ("southern", "northern"))
    assert north == replace(south, z0=-south.z0)
    t = np.linspace(0.0, 2 * south.period, 50)
    mirrored = cr3bp.path(0.01215, south)(t) * [1, 1, -1]
    np.testing.assert_allclose(cr3bp.path(0.01215, north)(t), mirrored, atol=1e-12)


def test_a_halo_too_large_to_be_is_refused() -> None:
    with pytest.raises(PropagationError, match=r"below 0\.2024"):
        cr3bp.halo(0.01215, 0.3)


def test_with_an_earth_on_a_circle_shooting_finds_the_restricted_problems_own_orbit() -> None:
    forces = replace(ALONE, point_masses=(EARTH,))
    mu = MOON_GM / (MOON_GM + EARTH_GM)
    shot = shooting.halo_in_ephemeris(forces, 0.0, 60 * DAY, 13000.0, horizon_days=60)
    seed = cr3bp.halo(mu, 13000.0 / shooting.MEAN_DISTANCE_KM)
    ideal = shooting.laid_on(EARTH, cr3bp.path(mu, seed), 0.0, 0.0)
    t = np.linspace(0.0, 60 * DAY, 500)
    # km: velocities by differences over a minute are 1e-9 km/s off, before any correction
    assert np.max(np.linalg.norm(shot.pieces(t) - ideal(t), axis=1)) < 0.01
    assert shot.iterations <= 2


def test_the_rate_of_a_state_is_what_newton_and_sunlight_make_it() -> None:
    """Montenbruck and Gill (2000), Satellite Orbits, eq. 3.37 and 3.75, written out again."""
    forces = replace(ALONE, point_masses=(EARTH, SUN), radiation=replace(SUNLIGHT, occulters=()))
    tables, time, here = forces.tables(0.0, DAY), 40_000.0, LOW_ORBIT[:3]
    slope, values = np.empty(6), np.empty(tables.coefficients.shape[2])
    equations_of_motion.derivative(tables, time, LOW_ORBIT, True, slope, values, gravity.workspace())
    pull = -MOON_GM * here / np.linalg.norm(here) ** 3
    for gm, place in ((EARTH_GM, circling_earth), (SUN.gm_km3_s2, resting_sun)):
        there = place(np.array([time]))[0]
        away = there - here
        pull += gm * (away / np.linalg.norm(away) ** 3 - there / np.linalg.norm(there) ** 3)
    sun = here - resting_sun(np.array([time]))[0]
    pressure = 4.56e-6 * 149597870.7**2 * 0.96 * 10.5 / 1044.0 * 1e-3 / np.linalg.norm(sun) ** 3
    np.testing.assert_array_equal(slope[:3], LOW_ORBIT[3:])
    np.testing.assert_allclose(slope[3:], pull + pressure * sun, rtol=0, atol=2e-13)
    dark = np.empty(6)
    equations_of_motion.derivative(tables, time, LOW_ORBIT, False, dark, values, gravity.workspace())
    np.testing.assert_allclose(dark[3:], pull, rtol=0, atol=1e-15)
