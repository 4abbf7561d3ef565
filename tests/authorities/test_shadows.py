"""Shadows against SPICE, a published canon of eclipses, and rays to the Sun's limb past WGS 84."""

from dataclasses import replace

import numpy as np
import pytest

import sim
from sim import shadows
from sim.bodies import body
from sim.ephemeris import load
from sim.time import tdb

DAY = sim.Span("2025-04-30T00:00:00Z", days=1)
C_KM_S = 299792.458
SUN_KM, WGS_84_KM = 695700.0, (6378.137, 6356.7523142)


def covered(craft, t):
    """How many of 3,600 rays to the Sun's limb the WGS 84 ellipsoid stops at each time: (n,) → (n,)."""
    kernel, here = load("de421"), craft.position(t)
    light = np.full(t.shape, 499.0)
    for _ in range(4):
        light = np.linalg.norm(kernel.position(10, t - light) - here, axis=-1) / C_KM_S
    sun = kernel.position(10, t - light) - here
    late = np.zeros_like(t)
    for _ in range(4):  # the instant at which light passes nearest to the Earth's center
        earth = kernel.position(399, t - late) - here
        late = np.clip(np.einsum("ni,ni->n", earth, sun) / np.linalg.norm(sun, axis=1) / C_KM_S, 0.0, None)
    place, pole = -earth, sim.EARTH.rotation(t)[:, 2]
    far = np.linalg.norm(sun, axis=1, keepdims=True)
    middle, sine = sun / far, SUN_KM / far
    one = np.cross(middle, [0.3, -0.5, 0.8])
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    two, angle = np.cross(middle, one), np.linspace(0.0, 2.0 * np.pi, 3600, endpoint=False)
    around = one[:, None] * np.cos(angle)[:, None] + two[:, None] * np.sin(angle)[:, None]
    rays = np.sqrt(1.0 - sine**2)[:, None] * middle[:, None] + sine[:, None] * around
    a, b = WGS_84_KM

    def inner(u, v):
        """Of the quadratic form whose unit ball is the ellipsoid."""
        along = np.einsum("n...i,ni->n...", u, pole) * np.einsum("n...i,ni->n...", v, pole)
        return np.einsum("...i,...i->...", u, v) / a**2 + along * (1.0 / b**2 - 1.0 / a**2)

    place = np.broadcast_to(place[:, None], rays.shape)
    square, half, rest = inner(rays, rays), inner(rays, place), inner(place, place) - 1.0
    return np.sum((half**2 > square * rest) & (half < 0.0), axis=1)


def assert_edges(windows, craft, inside, within_s=0.1):
    """Just inside every window the rays say so, and just outside they do not."""
    edges = windows.bounds.ravel()
    free = (edges > windows.span.start) & (edges < windows.span.end)
    sign = np.tile([1.0, -1.0], len(windows))
    assert inside(covered(craft, (edges + within_s * sign)[free])).all()
    assert not inside(covered(craft, (edges - within_s * sign)[free])).any()


def any_ray(stopped):
    return stopped > 0


def every_ray(stopped):
    return stopped == 3600


def orbit(span=DAY, **given):
    made = {"center": "earth", "epoch": span.start, "eccentricity": 0.0, "inclination_deg": 0.0, **given}
    return sim.Spacecraft(name="craft", orbit=sim.Kepler(**made)).over(span)


LOW = {"semi_major_axis_km": 6798.0, "inclination_deg": 51.6, "raan_deg": 40.0}
HIGH = {"semi_major_axis_km": 26_560.0, "eccentricity": 0.74, "inclination_deg": 63.4, "raan_deg": 80.0}


@pytest.mark.parametrize("given", [LOW, HIGH], ids=["low", "high"])
def test_edges_of_the_earths_shadow_are_those_of_rays_past_wgs_84(given):
    craft = orbit(**given)
    half, full = ((shadow(craft, sim.EARTH) > 0).windows(DAY) for shadow in (sim.penumbra_deg, sim.umbra_deg))
    assert len(half) >= 1 and len(full) >= 1
    assert_edges(half, craft, any_ray)
    assert_edges(full, craft, every_ray)
