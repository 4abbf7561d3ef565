"""Forces on a spacecraft about a central body.

Everything is in kilometers and seconds, along ICRF axes, relative to the center. Times are TDB seconds past J2000.
A `Forces` is declared with callables and compiled by `tables` into plain arrays for the integrator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core import chebyshev
from sim.core.chebyshev import Array
from sim.core.errors import DataError
from sim.trajectories.dynamics import gravity
from sim.trajectories.dynamics.gravity import Field, Harmonics

__all__ = ["Forces", "Harmonics", "Occulter", "PointMass", "Push", "RadiationPressure", "Tables"]

Position = Callable[[Array], Array]

SOLAR_PRESSURE_N_M2 = 1367.0 / 299_792_458.0
"""At one astronomical unit: 1367 W/m² (Montenbruck and Gill 2000, §3.4) over the speed of light, 4.56e-6 N/m²."""

ASTRONOMICAL_UNIT_KM = 149_597_870.7
"""IAU 2012 resolution B2."""

ESCAPE_KM = 1.5e6
"""An orbit beyond this distance has left its center: about the radius of the Earth's sphere of influence."""


@dataclass(frozen=True, eq=False)
class PointMass:
    """The gravity of a distant body as a point mass, on the spacecraft and on the center.

    position : times (n,) → (n, 3) km relative to the center
    """

    name: str
    gm_km3_s2: float
    position: Position


@dataclass(frozen=True, eq=False)
class Occulter:
    """A sphere that casts a shadow. Its position is that of `PointMass`; None is the center itself."""

    radius_km: float
    position: Position | None = None


@dataclass(frozen=True, eq=False)
class RadiationPressure:
    """Sunlight on a sphere ("cannonball"), away from the Sun.

    reflectivity : 1 absorbs, 2 reflects all
    occulters    : while the Sun's center is behind one of them there is no pressure. The penumbra is replaced by a
                   jump in its middle, at which the integrator ends a step.

    Source: Montenbruck and Gill (2000), Satellite Orbits, §3.4.
    """

    area_m2: float
    mass_kg: float
    reflectivity: float
    sun: PointMass
    occulters: tuple[Occulter, ...] = ()

    @property
    def strength_km3_s2(self) -> float:
        """Acceleration times squared distance from the Sun."""
        at_unit_m_s2 = SOLAR_PRESSURE_N_M2 * self.reflectivity * self.area_m2 / self.mass_kg
        return at_unit_m_s2 * 1e-3 * ASTRONOMICAL_UNIT_KM**2


@dataclass(frozen=True)
class Push:
    """An engine of constant thrust and mass flow.

    start          : TDB s past J2000 at which the mass is `mass_kg`
    along_velocity : whether the first component is along the velocity relative to the center; otherwise they are
                     radial, along-track (perpendicular to it in the orbital plane) and cross-track
    """

    start: float
    mass_kg: float
    force_n: float
    flow_kg_s: float
    along_velocity: bool
    parts: tuple[float, float, float]


class Tables(NamedTuple):
    """Forces over an interval as plain arrays, for the compiled integrator.

    coefficients : (granules, order, 3 places + 3) Chebyshev, granules of `step` seconds from `start`:
                   x, y, z of each place, then the Euler angles
    gms          : (places,) km³/s²; 0 for a body that only emits light or casts a shadow
    sun          : its index, -1 without radiation
    occulters    : (k,) indices, -1 for the center
    push         : empty, or (7,): force (kg km/s²), mass (kg) at the start, its rate (kg/s), 1 for along the velocity
                   and 0 for radial, along, across; and the components
    """

    start: float
    step: float
    coefficients: Array
    gms: Array
    gm: float
    radius: float
    limit: float
    field: Field
    pressure: float
    sun: int
    occulters: NDArray[np.int64]
    occulter_radii: Array
    push: Array


@dataclass(frozen=True, eq=False)
class Forces:
    """All forces about a center.

    center       : its name, for messages
    gm_km3_s2    : of the center; replaced by that of the gravity model if there are harmonics
    radius_km    : an orbit below this distance has hit the center
    limit_km     : an orbit beyond this distance has left it
    """

    center: str
    gm_km3_s2: float
    radius_km: float
    harmonics: Harmonics | None = None
    point_masses: tuple[PointMass, ...] = ()
    radiation: RadiationPressure | None = None
    push: Push | None = None
    limit_km: float = ESCAPE_KM

    def tables(self, start: float, end: float, granule: float = 86400.0) -> Tables:
        """Tabulate the forces from start to end, with the motions of the bodies as polynomials over granules.

        start, end : s TDB past J2000
        granule    : s, the longest piece. Pieces begin at its multiples, so that the end of a propagation does not
                     change the digits at its beginning

        Raises `DataError` if a motion is not smooth enough to be fitted.
        """
        radiation = self.radiation
        gms: dict[Position, float] = {}
        for body in self.point_masses:
            gms[body.position] = gms.get(body.position, 0.0) + body.gm_km3_s2
        occulters = radiation.occulters if radiation else ()
        lights = [radiation.sun.position] if radiation else []
        for place in [*lights, *(occulter.position for occulter in occulters)]:
            if place is not None:
                gms.setdefault(place, 0.0)
        places = list(gms)
        pieces = _fit(places, self.harmonics, start, end, granule)
        pushed = np.empty(0)
        if push := self.push:
            first = push.mass_kg - push.flow_kg_s * (float(pieces.edges[0]) - push.start)
            pushed = np.array([push.force_n / 1e3, first, push.flow_kg_s, push.along_velocity, *push.parts])
        return Tables(
            start=float(pieces.edges[0]),
            step=float(pieces.edges[-1] - pieces.edges[0]) / (len(pieces.edges) - 1),
            coefficients=np.ascontiguousarray(pieces.coefficients),
            gms=np.array([gms[place] for place in places], dtype=float),
            gm=float(self.harmonics.gm_km3_s2 if self.harmonics else self.gm_km3_s2),
            radius=float(self.radius_km),
            limit=float(self.limit_km),
            field=gravity.prepare(self.harmonics),
            pressure=float(radiation.strength_km3_s2) if radiation else 0.0,
            sun=places.index(radiation.sun.position) if radiation else -1,
            occulters=np.array(
                [-1 if item.position is None else places.index(item.position) for item in occulters], dtype=np.int64
            ),
            occulter_radii=np.array([item.radius_km for item in occulters], dtype=float),
            push=pushed,
        )


_DEGREE = 10
_HALVINGS = 5
# Relative to a body's distance: 0.8 mm for the Earth seen from the Moon, a negligible effect on orbits
_POSITION_TOLERANCE = 2e-12
# rad: 0.02 µm on the lunar surface
_ANGLE_TOLERANCE = 1e-11


def _fit(
    places: list[Position], harmonics: Harmonics | None, start: float, end: float, granule: float
) -> chebyshev.Pieces:
    """All positions and angles in one uniform table, halved until it meets the tolerances between its points."""

    def everything(t: Array) -> Array:
        columns = [np.asarray(place(t), dtype=float).reshape(-1, 3) for place in places]
        columns.append(harmonics.angles(t) if harmonics else np.zeros((len(t), 3)))
        return np.hstack(columns)

    start, end = granule * np.floor(start / granule), granule * np.ceil(end / granule)
    count = max(1, round((end - start) / granule))
    for _ in range(_HALVINGS):
        edges = np.linspace(start, end, count + 1)
        pieces = chebyshev.fit(everything, edges, _DEGREE)
        between = (edges[:-1, None] + np.diff(edges)[:, None] * np.array([0.03, 0.36, 0.77])).ravel()
        truth = everything(between)
        value, rate = pieces.both(between)
        # allows for rounding of times and values over a dozen terms
        digits = np.spacing(np.abs(between))[:, None] * np.abs(rate) + np.spacing(np.abs(truth))
        misses = np.abs(value - truth) - 16.0 * digits
        sizes = np.linalg.norm(truth[:, :-3].reshape(len(between), -1, 3), axis=2)
        near = np.all(misses[:, :-3].reshape(len(between), -1, 3) <= _POSITION_TOLERANCE * sizes[:, :, None])
        if near and np.all(misses[:, -3:] <= _ANGLE_TOLERANCE):
            return pieces
        count *= 2
    raise DataError(
        "the positions or angles of a body are too rough to integrate with: polynomials over "
        f"{(end - start) / count:.0f} s miss them; expected a smooth ephemeris"
    )
