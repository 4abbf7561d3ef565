"""Rotation of the planets by the IAU formulas: good to a few hundred meters on Mars, a degree or more on Uranus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.time import DAY_S, instants
from sim.core.values import TimeLike
from sim.trajectories.bodies.frames import euler

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Spin:
    """How a planet turns, as the IAU's working group gives it: polynomials of time with periodic terms.

    right_ascension, declination : of the north pole, deg: value and rate a Julian century
    prime_meridian               : W, deg: value at J2000 and rate a day
    waves                        : which of these angles (0, 1, 2), size deg, phase deg, rate deg a century; the first
                                   and third angle take sines, the declination cosines
    """

    right_ascension: tuple[float, float]
    declination: tuple[float, float]
    prime_meridian: tuple[float, float]
    waves: tuple[tuple[int, float, float, float], ...] = ()

    def rotation(self, t: TimeLike) -> Array:
        """Rotation from ICRF axes to the body's: (…) TDB s → (…, 3, 3)."""
        return euler(*np.moveaxis(self.angles(t), -1, 0))

    def angles(self, t: TimeLike) -> Array:
        """φ, θ, ψ of R3(ψ) R1(θ) R3(φ): (…) TDB s → (…, 3) rad; ψ does not wrap."""
        t = instants(t)
        days = t / DAY_S
        centuries = days / 36525.0
        found = [
            self.right_ascension[0] + self.right_ascension[1] * centuries,
            self.declination[0] + self.declination[1] * centuries,
            self.prime_meridian[0] + self.prime_meridian[1] * days,
        ]
        for which, size, phase, rate in self.waves:
            wave = np.cos if which == 1 else np.sin
            found[which] = found[which] + size * wave(np.deg2rad(phase + rate * centuries))
        angles: Array = np.deg2rad(np.stack((90.0 + found[0], 90.0 - found[1], found[2]), axis=-1))
        return angles

    def rate(self, t: TimeLike) -> Array:
        """Angular velocity in ICRF axes, (…, 3) rad/s; what the pole and the periodic terms add is left out (1e-12)."""
        spin: Array = np.deg2rad(self.prime_meridian[1]) / DAY_S * self.rotation(t)[..., 2, :]
        return spin


MARS = Spin(
    (317.269202, -0.10927547),
    (54.432516, -0.05827105),
    (176.049863, 350.891982443297),
    (
        (0, 0.000068, 198.991226, 19139.4819985),
        (0, 0.000238, 226.292679, 38280.8511281),
        (0, 0.000052, 249.663391, 57420.7251593),
        (0, 0.000009, 266.183510, 76560.6367950),
        (0, 0.419057, 79.398797, 0.5042615),
        (1, 0.000051, 122.433576, 19139.9407476),
        (1, 0.000141, 43.058401, 38280.8753272),
        (1, 0.000031, 57.663379, 57420.7517205),
        (1, 0.000005, 79.476401, 76560.6495004),
        (1, 1.591274, 166.325722, 0.5042615),
        (2, 0.000145, 129.071773, 19140.0328244),
        (2, 0.000157, 36.352167, 38281.0473591),
        (2, 0.000040, 56.668646, 57420.9295360),
        (2, 0.000001, 67.364003, 76560.2552215),
        (2, 0.000001, 104.792680, 95700.4387578),
        (2, 0.584542, 95.391654, 0.5042615),
    ),
)
"""How Mars turns. Source: IAU WGCCRE 2015 (Archinal et al. 2018), table 1, after Kuchynka et al. (2014)."""
JUPITER = Spin((268.056595, -0.006499), (64.495303, 0.002413), (284.95, 870.5360000))
"""System III; the periodic terms of the pole (0.001°) are left out. Source: IAU WGCCRE 2015, table 1."""
SATURN = Spin((40.589, -0.036), (83.537, -0.004), (38.90, 810.7939024))
"""Source: IAU WGCCRE 2015 (Archinal et al. 2018), table 1."""
URANUS = Spin((257.311, 0.0), (-15.175, 0.0), (203.81, -501.1600928))
"""Source: IAU WGCCRE 2015 (Archinal et al. 2018), table 1."""
NEPTUNE = Spin(
    (299.36, 0.0),
    (43.46, 0.0),
    (249.978, 541.1397757),
    ((0, 0.70, 357.85, 52.316), (1, -0.51, 357.85, 52.316), (2, -0.48, 357.85, 52.316)),
)
"""Source: IAU WGCCRE 2015 (Archinal et al. 2018), table 1."""

SPINS = {"mars": MARS, "jupiter": JUPITER, "saturn": SATURN, "uranus": URANUS, "neptune": NEPTUNE}
"""By name of the planet; the others count as spheres."""
