"""Orbits that are designed, against the catalogues they come from and the figures that their missions publish."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sim
import sim.trajectories.bodies.frames
import sim.trajectories.orbits.elements
from sim.core.time import DAY_S
from sim.trajectories.dynamics import cr3bp
from sim.trajectories.orbits.nrho import Nrho

HERE = Path(__file__).parent
SPREEN_MU = 1.215058560962404e-02
# of the Earth–Moon distance, and of the Moon's pace. The table has ten decimals and does not tell its mass ratio
SPREEN_TOLERANCE = 1e-7
# JPL SSD Three-Body Periodic Orbits, Earth–Moon distant retrograde orbits are nearly circles when small: the period of
# a circle about the Moon alone, seen from axes that turn, is met to this
SMALL_ORBIT_TOLERANCE = 0.02
# km from the Moon's center: 9:2 is published with mean perilunes of about 3,370 km
PERILUNES_KM = (3000.0, 3700.0)


def spreen() -> list[tuple[float, ...]]:
    """x0, z0, vy0, period."""
    rows = np.loadtxt(HERE / "halos_spreen_2021.csv", delimiter=",", comments="#")
    return [tuple(float(x) for x in row) for row in rows]


@pytest.mark.parametrize(("x0", "z0", "vy0", "period"), spreen())
def test_halos_are_those_of_spreens_table(x0, z0, vy0, period, figure):
    flat = x0 > 1.16  # near the plane a period says little about the orbit
    seed = cr3bp.halo(SPREEN_MU, -z0) if flat else cr3bp.halo_with_period(SPREEN_MU, period)
    miss = np.max(np.abs(np.array([seed.x0 - x0, abs(seed.z0) - abs(z0), seed.vy0 - vy0, seed.period - period])))
    figure("L2 halos: places, speeds, periods (units of the problem)", "Spreen (2021), table A.1", miss,
           SPREEN_TOLERANCE, "")  # fmt: skip


JPL_L1 = [
    (8.2339081983651485e-1, 9.8941366235910004e-4, 1.2634272983881797e-1, 2.7430007981241529),
    (8.7592140310093525e-1, 1.9175810982939320e-1, 2.3080031482213192e-1, 2.1783120807931518),
    (8.9328742560088747e-1, 1.9803451083236487e-1, 1.9828989893836621e-1, None),
]
"""x0, z0, vy0, period where known. Source: JPL SSD Three-Body Periodic Orbits, Earth–Moon, halo, L1 northern, as public
programs quote it."""
JPL_TOLERANCE = 1e-9
"""The corrector stops at 1e-10."""


@pytest.mark.parametrize(("x0", "z0", "vy0", "period"), JPL_L1)
def test_halos_about_l1_are_those_of_the_catalogue(x0, z0, vy0, period, figure):
    north, south = (cr3bp.halo(SPREEN_MU, z0, "L1", family) for family in ("northern", "southern"))
    assert (south.x0, south.z0, south.vy0, south.period) == (north.x0, -north.z0, north.vy0, north.period)
    pairs = [(north.x0, x0), (north.z0, z0), (north.vy0, vy0), (north.period, period or north.period)]
    figure("L1 halos: places, speeds, periods (units of the problem)", "JPL's catalogue of periodic orbits",
           max(abs(a - b) for a, b in pairs), JPL_TOLERANCE, "")  # fmt: skip


@pytest.mark.parametrize("family", ["northern", "southern"])
def test_a_halo_about_l1_stays_between_the_earth_and_the_moon_for_a_year(family, figure):
    epoch = "2026-01-01T00:00:00Z"
    span = sim.Span(epoch, days=365)
    craft = sim.Spacecraft(
        name="relay", orbit=sim.Halo(point="L1", family=family, amplitude_km=30_000.0, epoch=epoch)
    ).over(span)
    t = span.grid(7200.0)
    moon = sim.MOON.state_from(sim.EARTH, t)
    place = craft.relative(t).position
    earthward = -moon.position / np.linalg.norm(moon.position, axis=1)[:, None]
    north = np.cross(moon.position, moon.velocity)
    above = np.sum(place * north, axis=1) / np.linalg.norm(north, axis=1)
    assert np.all(np.sum(place * earthward, axis=1) > 30_000)
    assert np.linalg.norm(place, axis=1).max() < 80_000
    far = above.max() if family == "northern" else -above.min()
    assert 27_000 < far < 36_000  # it swells with the distance of the Earth and the Moon
    assert far > 1.15 * (-above.min() if family == "northern" else above.max())
    edges = craft.pieces.edges[1:-1]
    left, right = (craft.pieces(np.nextafter(edges, edges + sign)) for sign in (-DAY_S, DAY_S))
    step = np.linalg.norm(right - left - craft.relative(edges).velocity * 2.4e-7, axis=1).max()
    figure("gaps between a year's arcs of a halo about L1", "continuity", 1e6 * step, 1.0, "mm")


def perilunes(orbit: Nrho, days: float) -> np.ndarray:
    """Distances (km) of all closest approaches in so many days from the epoch."""
    span = sim.Span(orbit.epoch, days=days)
    craft = sim.Spacecraft(name="gateway", orbit=orbit).over(span)
    t = span.grid(300.0)
    r = np.linalg.norm(craft.relative(t).position, axis=1)
    lowest = np.flatnonzero((r[1:-1] < r[:-2]) & (r[1:-1] <= r[2:])) + 1
    return r[lowest]


@pytest.mark.parametrize(("epoch", "phase"), [("2026-03-01T00:00:00Z", 0.0), ("2031-07-19T05:00:00Z", 0.45)])
def test_the_gateways_orbit_keeps_its_perilunes_for_a_year(epoch, phase, figure):
    found = perilunes(Nrho(epoch=epoch, phase=phase), 365.0)
    assert len(found) in (55, 56)
    assert PERILUNES_KM[0] < found.min() < found.max() < PERILUNES_KM[1]
    figure("mean perilune of a year in the 9:2 near-rectilinear halo", "3,370 km (published)",
           abs(found.mean() - 3370.0), 50.0, "km")  # fmt: skip


def test_a_distant_retrograde_orbit_keeps_its_distance_for_a_year(figure):
    epoch = "2024-04-19T00:00:00Z"
    span = sim.Span(epoch, days=365)
    craft = sim.Spacecraft(name="depot", orbit=sim.Dro(amplitude_km=70_000.0, epoch=epoch, phase=0.2)).over(span)
    near = craft.relative(span.grid(3600.0)).position
    r = np.linalg.norm(near, axis=1)
    assert 55_000 < r.min() < r.max() < 110_000
    months = len(r) // 6
    figure("mean distance of a 70,000 km retrograde orbit, last two months of a year", "its first two months",
           abs(r[-months:].mean() - r[:months].mean()), 3000.0, "km")  # fmt: skip
    velocity = craft.relative(span.grid(3600.0)).velocity
    moon = sim.MOON.state_from(sim.EARTH, span.grid(3600.0))
    spin, orbit = np.cross(near, velocity), np.cross(moon.position, moon.velocity)
    assert np.median(np.sum(spin * orbit, axis=1)) < 0  # against the Moon's own motion


def test_retrograde_orbits_grow_out_of_circles_and_close():
    small = cr3bp.retrograde(SPREEN_MU, 0.02)
    pace = np.sqrt(SPREEN_MU / 0.02**3)
    assert small.period == pytest.approx(2 * np.pi / (pace + 1.0), rel=SMALL_ORBIT_TOLERANCE)
    for amplitude in (0.05, 0.18, 0.3):
        seed = cr3bp.retrograde(SPREEN_MU, amplitude)
        path = cr3bp.path(SPREEN_MU, seed)
        around = path(np.array([0.0, 0.5 * seed.period, seed.period * (1 - 1e-12)]))
        assert around[0] == pytest.approx([amplitude, 0, 0], abs=1e-9)
        assert around[2] == pytest.approx(around[0], abs=1e-8)
        assert around[1][0] < 0
        assert abs(around[1][1]) < 1e-8


def test_shot_arcs_meet_within_a_millimeter(figure):
    """As a position that does not step from one arc to the next."""
    epoch = "2026-03-01T00:00:00Z"
    span = sim.Span(epoch, days=60)
    craft = sim.Spacecraft(name="gateway", orbit=Nrho(epoch=epoch)).over(span)
    edges = craft.pieces.edges[1:-1]
    left, right = (craft.pieces(np.nextafter(edges, edges + sign)) for sign in (-DAY_S, DAY_S))
    step = np.linalg.norm(right - left - craft.relative(edges).velocity * 2.4e-7, axis=1).max()
    figure("gaps between the arcs of a near-rectilinear halo", "continuity", 1e6 * step, 1.0, "mm")


def test_elements_become_the_state_that_spice_makes_of_them(spice, figure):
    epoch = "2024-04-02T00:00:00Z"
    elements = sim.trajectories.orbits.elements.Elements(
        semi_major_axis_km=9737.4, eccentricity=0.790765, inclination_deg=59.0, node_deg=240.0,
        argument_of_periapsis_deg=90.0, mean_anomaly_deg=50.0,
    )  # fmt: skip
    gm, t = sim.MOON.gm_km3_s2, float(sim.tdb(epoch))
    perilune = 9737.4 * (1 - 0.790765)
    angles = np.deg2rad([59.0, 240.0, 90.0, 50.0])
    truth = spice.conics([perilune, 0.790765, *angles, t, gm], t)
    place, velocity = elements.state(gm, t)
    figure("state of elements", "SPICE conics", 1e6 * np.linalg.norm(place - truth[:3]), 1e-3, "mm")
    figure("velocity of elements", "SPICE conics", 1e6 * np.linalg.norm(velocity - truth[3:]), 1e-6, "mm/s")
    for name, spices, allowed in (("ecliptic", "ECLIPJ2000", 0.1), ("moon_me", "MOON_ME", 0.001)):
        turn = sim.trajectories.bodies.frames.held(name, t) @ np.array(spice.pxform("J2000", spices, t)).T
        angle = np.rad2deg(np.sqrt(0.5 * np.sum((turn - np.eye(3)) ** 2))) * 3600  # SPICE's obliquity is IAU 1976's
        figure(f"axes {name}", f"SPICE {spices}", angle, allowed, "″")


CAPSTONE_AREA_M2, CAPSTONE_MASS_KG = 0.4, 25.0
# km: the spacecraft's own small thrusts are in Horizons' orbit and not in ours
CAPSTONE_TOLERANCE_KM = 5.0


def test_capstone_is_where_horizons_says_for_two_days(figure):
    rows = np.loadtxt(HERE / "capstone_2022.csv", delimiter=",", comments="#")
    t = np.round((rows[:, 0] - 2451545.0) * DAY_S, 2)

    def off_km(reflectivity):
        orbit = sim.Numerical(
            epoch=float(t[0]), position_km=tuple(rows[0, 1:4]), velocity_km_s=tuple(rows[0, 4:]), gravity_degree=20,
            mass_kg=CAPSTONE_MASS_KG, area_m2=CAPSTONE_AREA_M2, reflectivity=reflectivity,
        )  # fmt: skip
        craft = sim.Spacecraft(name="capstone", orbit=orbit).over(sim.Span(float(t[0]), float(t[-1])))
        return craft.relative(t).position - rows[:, 1:4]

    # How strongly sunlight pushes is fitted to the first 24 hours alone: positions depend on it linearly.
    early = t <= t[0] + DAY_S
    none, much = off_km(0.0), off_km(2.0)
    change = (much - none)[early].ravel() / 2.0
    fitted = -float(change @ none[early].ravel() / (change @ change))
    misses = np.linalg.norm(off_km(fitted), axis=1)
    for hours in (24, 48):
        figure(f"CAPSTONE {hours} h after its first state, pressure fitted to 24 h", "JPL Horizons",
               misses[hours // 4], CAPSTONE_TOLERANCE_KM, "km")  # fmt: skip


# m a minute of flight: what the missions' own orbits leave open (LRO's of 2009 and 2010 are the loosest)
ARC_TOLERANCE_M_MIN = 2.0


@pytest.mark.parametrize("arc", range(5))
def test_short_real_arcs_are_followed(arc, figure):
    lines = [line.split(",") for line in (HERE / "lunar_arcs.csv").read_text().splitlines() if line[0] != "#"]
    (name, *first), (_, *last) = lines[2 * arc : 2 * arc + 2]
    begin, end = (np.array(row, dtype=float) for row in (first, last))
    orbit = sim.Numerical(epoch=begin[0], position_km=tuple(begin[1:4]), velocity_km_s=tuple(begin[4:]))
    craft = sim.Spacecraft(name=name, orbit=orbit).over(sim.Span(begin[0], end[0]))
    miss = 1000.0 * np.linalg.norm(craft.relative(end[0]).position - end[1:4])
    minutes = (end[0] - begin[0]) / 60.0
    figure(f"{name}, {minutes:.0f} min of {sim.utc(begin[0])[:10]}, a minute of flight", "the mission's own orbit",
           miss / minutes, ARC_TOLERANCE_M_MIN, "m")  # fmt: skip
