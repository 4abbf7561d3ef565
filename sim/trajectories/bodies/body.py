"""The Sun, the planets and the Moon: shape, GM, position and orientation.

DE421 has Mars itself, but of Jupiter and the planets beyond only their systems' barycenters: Jupiter stays within
230 km of its own, Saturn within 300 km, Uranus within 50 km, Neptune within 80 km. That is nothing seen from the Earth;
an orbit close to one of them would also feel its moons, which are left out. Where a kernel has the planet itself, that
is taken. Moons of other planets are there only where a kernel knows where they are: for what they hide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import typed
from sim.core.time import DAY_S, Span, instants
from sim.core.values import TimeLike
from sim.trajectories.bodies import ephemeris as kernels
from sim.trajectories.bodies import frames, planet_rotation
from sim.trajectories.bodies.constants import GM_KM3_S2
from sim.trajectories.trajectory import Basis, OnePart, State

Array = NDArray[np.float64]
Turn = Callable[[Array], Array]


@dataclass(frozen=True)
class Body(OnePart):
    """A body of the solar system; a trajectory like any other.

    gm_km3_s2            : as in the ephemeris DE421
    equatorial_radius_km, polar_radius_km : of the figure that blocks the view
    rotation, spin       : TDB s (…) → (…, 3, 3) ICRF → body-fixed, and (…, 3) rad/s in ICRF axes; None for bodies
                           that are taken as spheres
    j2, j2_radius_km     : unnormalised, and the radius it refers to; 0 where it is not used
    j2_source            : who says so
    """

    name: str
    naif_id: int
    gm_km3_s2: float
    equatorial_radius_km: float
    polar_radius_km: float
    source: str
    rotation: Turn | None = None
    spin: Turn | None = None
    j2: float = 0.0
    j2_radius_km: float = 0.0
    j2_source: str = ""
    ephemeris: str = "de421"
    pace_s: float = DAY_S

    basis: Basis = "definitive"
    limits: tuple[()] = ()

    @property
    def stride_s(self) -> float:
        return self.pace_s

    @property
    def joins(self) -> Array:
        """None: its motion has no steps."""
        return np.empty(0)

    def state_from(self, center: Body, t: TimeLike) -> State:
        """Position and velocity relative to another body, at the same time; ICRF axes."""
        return State(*self._kernel_with(center).state_from(center.naif_id, self.naif_id, instants(t)))

    @property
    def center(self) -> str:
        return self.name

    @property
    def called(self) -> str:
        """How it reads in a sentence: the earth, but mars."""
        return f"the {self.name}" if self.name in ("sun", "earth", "moon") else self.name

    def position(self, t: TimeLike) -> Array:
        t = instants(t)
        return kernels.load(self.ephemeris).position(self.naif_id, t)

    def state(self, t: TimeLike) -> State:
        t = instants(t)
        return State(*kernels.load(self.ephemeris).state(self.naif_id, t))

    def velocity(self, t: TimeLike) -> Array:
        """(…, 3) km/s relative to the SSB, for less than its whole state costs."""
        t = instants(t)
        return kernels.load(self.ephemeris).velocity(self.naif_id, t)

    def turning(self, t: TimeLike) -> tuple[Array, Array]:
        """Rotation (…, 3, 3) and spin (…, 3) rad/s of a body that has them."""
        t = instants(t)
        assert self.rotation is not None and self.spin is not None
        return self.rotation(t), self.spin(t)

    def breaks(self, span: Span) -> Array:
        return np.empty(0)

    @typed
    def over(self, span: Span) -> Body:
        return self

    def position_from(self, center: Body, t: TimeLike) -> Array:
        """(…, 3) km from another body, at the same time; ICRF axes."""
        return self._kernel_with(center).position_from(center.naif_id, self.naif_id, instants(t))

    def _kernel_with(self, center: Body) -> kernels.Ephemeris:
        """Its own ephemeris, or that of the center where files add that to it."""
        own = kernels.load(self.ephemeris)
        return own if own.knows(center.naif_id) else kernels.load(center.ephemeris)


_DE421 = "GM: DE421 (Folkner, Williams & Boggs 2009)"
_IAU = "radii: IAU WGCCRE 2015 (Archinal et al. 2018)"
_SYSTEM = f", of the system and at its barycenter; {_IAU}"

SUN = Body("sun", 10, GM_KM3_S2["sun"], 695700.0, 695700.0, f"{_DE421}; radius: IAU 2015 resolution B3")
EARTH = Body(
    "earth",
    399,
    GM_KM3_S2["earth"],
    6378.137,
    6356.7523142,
    f"{_DE421}; radii: WGS 84",
    frames.itrs,
    frames.earth_spin,
    1.0826359e-3,
    6378.1366,
    "IERS Conventions (2010), table 1.1",
)
MOON = Body(
    "moon",
    301,
    GM_KM3_S2["moon"],
    1737.4,
    1737.4,
    f"{_DE421}; {_IAU}",
    frames.moon_me,
    frames.moon_spin,
)
PLANETS = (
    Body("mercury", 199, GM_KM3_S2["mercury"], 2440.53, 2438.26, f"{_DE421}; {_IAU}"),
    Body("venus", 299, GM_KM3_S2["venus"], 6051.8, 6051.8, f"{_DE421}; {_IAU}"),
    Body(
        "mars",
        499,
        GM_KM3_S2["mars"],
        3396.19,
        3376.20,
        f"{_DE421}, of the system; {_IAU}",
        planet_rotation.MARS.rotation,
        planet_rotation.MARS.rate,
        1.9555e-3,
        3396.0,
        "MRO120D (Konopliv et al. 2016)",
    ),
    Body(
        "jupiter",
        5,
        GM_KM3_S2["jupiter"],
        71492.0,
        66854.0,
        f"{_DE421}{_SYSTEM}",
        planet_rotation.JUPITER.rotation,
        planet_rotation.JUPITER.rate,
        1.469657e-2,
        71492.0,
        "Juno (Durante et al. 2020)",
    ),
    Body(
        "saturn",
        6,
        GM_KM3_S2["saturn"],
        60268.0,
        54364.0,
        f"{_DE421}{_SYSTEM}",
        planet_rotation.SATURN.rotation,
        planet_rotation.SATURN.rate,
        1.629057e-2,
        60330.0,
        "Cassini (Iess et al. 2019)",
    ),
)
"""Those that pull everywhere."""
OUTER = (
    Body(
        "uranus",
        7,
        GM_KM3_S2["uranus"],
        25559.0,
        24973.0,
        f"{_DE421}{_SYSTEM}",
        planet_rotation.URANUS.rotation,
        planet_rotation.URANUS.rate,
        3.51068e-3,
        25559.0,
        "Jacobson (2014), Astron. J. 148, 76",
    ),
    Body(
        "neptune",
        8,
        GM_KM3_S2["neptune"],
        24764.0,
        24341.0,
        f"{_DE421}{_SYSTEM}",
        planet_rotation.NEPTUNE.rotation,
        planet_rotation.NEPTUNE.rate,
        3.40843e-3,
        25225.0,
        "Jacobson (2009), Astron. J. 137, 4322",
    ),
)

BODIES: dict[str, Body] = {body.name: body for body in (SUN, EARTH, MOON, *PLANETS, *OUTER)}

FROM_THE_SUN_KM = {
    "sun": (0.0, 0.0), "mercury": (46.00e6, 69.82e6), "venus": (107.48e6, 108.95e6), "earth": (147.09e6, 152.11e6),
    "moon": (146.69e6, 152.51e6), "mars": (206.65e6, 249.27e6), "jupiter": (740.59e6, 816.37e6),
    "saturn": (1357.55e6, 1506.53e6), "uranus": (2732.69e6, 3001.39e6), "neptune": (4471.05e6, 4558.86e6),
}  # fmt: skip
"""How near to the Sun and how far from it bodies get. Source: NASA planetary fact sheet."""
FARTHEST_MOON_KM, NEAREST_MOON_KM = 407e3, 350e3
"""From the Earth: 406,720 and 356,371 km from 1500 to 2500, the latter with some to spare. Source: Meeus (1998),
Astronomical Algorithms, ch. 50."""

_MOONS_KM = {
    "phobos": (401, 11.08), "deimos": (402, 6.2),
    "io": (501, 1821.49), "europa": (502, 1560.8), "ganymede": (503, 2631.2), "callisto": (504, 2410.3),
    "mimas": (601, 198.2), "enceladus": (602, 252.1), "tethys": (603, 531.1), "dione": (604, 561.4),
    "rhea": (605, 763.5), "titan": (606, 2574.76), "iapetus": (608, 734.3),
    "ariel": (701, 578.9), "umbriel": (702, 584.7), "titania": (703, 788.9), "oberon": (704, 761.4),
    "miranda": (705, 235.8), "triton": (801, 1352.6), "charon": (901, 606.0), "pluto": (999, 1188.3),
}  # fmt: skip
"""NAIF id and mean radius (km). Source: IAU WGCCRE 2015 (Archinal et al. 2018), as JPL's table of satellites has it."""

MOONS: dict[str, Body] = {
    name: Body(name, number, float("nan"), radius, radius, f"mean {_IAU}")
    for name, (number, radius) in _MOONS_KM.items()
}
"""Moons of planets, and Pluto, as spheres: only with a kernel that has them, and only as what stands in the way."""

Center = Literal["sun", "mercury", "venus", "earth", "moon", "mars", "jupiter", "saturn", "uranus", "neptune"]
"""What a spacecraft may move about."""


def body(name: str, ephemeris: str = "de421") -> Body:
    """The body of that name, moving in that ephemeris."""
    found = BODIES[name] if name in BODIES else MOONS[name]
    if ephemeris == found.ephemeris:
        return found
    if name in MOONS:
        return replace(found, ephemeris=ephemeris)
    kernel, number = kernels.load(ephemeris), found.naif_id
    if number < 10 and kernel.knows(100 * number + 99):  # few have the giant planets themselves
        number = 100 * number + 99
    return replace(found, ephemeris=ephemeris, naif_id=kernel.standing_for(number))
