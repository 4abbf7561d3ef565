"""Gravitational parameters (GM) of bodies, without importing numpy.

Source: DE421 (Folkner, Williams & Boggs 2009); of Jupiter and the planets beyond, and of Mars, with their moons.
"""

from math import pi

GM_KM3_S2 = {
    "sun": 132712440040.944,
    "mercury": 22032.090000,
    "venus": 324858.592000,
    "earth": 398600.436233,
    "moon": 4902.80007600,
    "mars": 42828.375214,
    "jupiter": 126712764.800000,
    "saturn": 37940585.200000,
    "uranus": 5794548.600000,
    "neptune": 6836535.000000,
}

MEAN_DISTANCE_KM = 384_400.0
"""Of the Moon from the Earth: its semi-major axis (NASA, Moon Fact Sheet)."""

MEAN_MOTION = 2.0 * pi / (27.321662 * 86400.0)
"""Of the Moon among the stars, rad/s: the sidereal month (Explanatory Supplement to the Astronomical Almanac)."""
