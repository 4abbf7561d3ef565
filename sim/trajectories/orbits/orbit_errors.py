"""Standard deviations of an orbit's errors: those declared, or defaults for its basis."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.chebyshev import Pieces
from sim.core.geometry import unit
from sim.core.model import Epoch, Kilometers, Listed, Model, Text
from sim.core.time import DAY_S, Span
from sim.trajectories.bodies.body import body
from sim.trajectories.orbits.model_errors import farthest_s
from sim.trajectories.orbits.orbit import Orbit
from sim.trajectories.orbits.perturbed import Carried, Deviation
from sim.trajectories.trajectory import Basis

Array = NDArray[np.float64]

Size = Annotated[Kilometers, Field(ge=0, lt=1e6)]
Speed = Annotated[float, Field(ge=0, lt=10)]
Row = Annotated[tuple[float, float, float, float, float, float], Listed]

DRAG_PART = 0.5
"""Standard deviation of the drag that an element set predicts, as a fraction of it.

Measured: element sets of the ISS, CFOSAT, CBERS-4 and CBERS-4A against later sets of the same object, 2 to 14 days on
(tests/authorities/test_element_sets.py): with a third of it no more than 0.81 of all differences lie within two
standard deviations. It includes the error of the predicted air density (10 to 30 % some days ahead: Vallado &
Finkleman 2014, Acta Astronautica 95, 141; Emmert 2015, Adv. Space Res. 56, 773) and what B* absorbs in the fit.
"""

DEGREE, MOST_DEGREE = 20, 50
"""Degree of the Moon's field that propagates a state's errors: default and maximum."""

MOST_KM2 = 1e12
"""Largest element of a covariance: that of an error of a million kilometers."""

_GROWING, _DRAG = "growth since its epoch", "drag"
NOT_COUNTED = "not counted"
"""Name of orbit errors of unknown size."""

_NOWHERE = Pieces(np.zeros(2), np.zeros((1, 1, 3)))  # placeholder if the orbit is not evaluated


_BY_AXES = (
    "radial_km", "along_km", "across_km", "late_s", "along_km_per_day", "drag", "radial_km_s", "along_km_s",
    "across_km_s",
)  # fmt: skip
"""The fields of `Sigma` that a covariance replaces."""


class Sigma(Model):
    """Standard deviations of an orbit's independent errors, in the orbit's own axes or as a covariance.

    Radial points away from the center, along is in the orbital plane, forward, and across is normal to it. Without
    velocities the errors are constant, except for growth along the track. With velocities, or with a covariance, they
    are errors of the state at the epoch, and are propagated to any other time (variational equations along the orbit).
    """

    epoch: Epoch | None = None
    """epoch of the errors of a state, or of their growth; by default the orbit's own epoch (of element sets the epoch
    of each)"""
    radial_km: Size = 0.0
    along_km: Size = 0.0
    across_km: Size = 0.0
    late_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    """time by which it may be early or late"""
    along_km_per_day: Size = 0.0
    """growth along the track, before and after the epoch"""
    drag: Annotated[float, Field(ge=0, le=2)] = 0.0
    """for element sets: error of their drag, as a fraction of it"""
    radial_km_s: Speed = 0.0
    along_km_s: Speed = 0.0
    across_km_s: Speed = 0.0
    covariance: Annotated[tuple[Row, ...], Listed, Field(min_length=6, max_length=6)] | None = None
    """of position and velocity at the epoch about the center, ICRF axes: six rows, km², km²/s and km²/s²"""
    source: Text = ""
    """who says so"""

    @model_validator(mode="after")
    def _one_way(self) -> Sigma:
        if self.covariance is not None:
            if any(getattr(self, name) for name in _BY_AXES):
                raise ValueError("give either covariance or radial, along and across")
            _root(np.array(self.covariance))
        elif self.of_state and (self.late_s or self.along_km_per_day or self.drag):
            raise ValueError("errors of velocity grow by themselves: leave out late_s, along_km_per_day and drag")
        return self

    @property
    def of_state(self) -> bool:
        """Whether it describes a state, whose errors are propagated."""
        return self.covariance is not None or any((self.radial_km_s, self.along_km_s, self.across_km_s))

    @property
    def needs_epoch(self) -> bool:
        """Whether it needs an epoch."""
        return self.of_state or bool(self.along_km_per_day)

    def root(self, position: Array, velocity: Array) -> Array:
        """Six errors of a state at one standard deviation each, as columns (6, 6): km, km/s, ICRF axes.

        position, velocity : (3,) about the center at the epoch
        """
        if self.covariance is not None:
            return _root(np.array(self.covariance))
        radial, across = unit(position), unit(np.cross(position, velocity))
        axes = np.stack((radial, np.cross(across, radial), across), axis=-1)
        root = np.zeros((6, 6))
        root[:3, :3] = axes * (self.radial_km, self.along_km, self.across_km)
        root[3:, 3:] = axes * (self.radial_km_s, self.along_km_s, self.across_km_s)
        return root

    def along_at(self, orbit: Orbit, span: Span) -> float:
        """Largest along-track standard deviation (km) within a span, constant and growing errors together.

        For a propagated state: three times the velocity error times the time (Clohessy & Wiltshire).
        """
        epochs = np.array([self.epoch]) if self.epoch is not None else orbit.reference_epochs()
        seconds = farthest_s(epochs, span)
        speed = 0.0
        if self.of_state:
            root = self.root(np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
            speed = float(np.linalg.norm(root[3:]))
        return self.along_km + self.along_km_per_day * seconds / DAY_S + 3.0 * speed * seconds

    def names(self, orbit: Orbit) -> tuple[str, ...]:
        """The names of an orbit's errors; the orbit is not computed."""
        return tuple(each.name for each in self.deviations(orbit, _NOWHERE, ""))

    def deviations(self, orbit: Orbit, pieces: Pieces, ephemeris: str) -> tuple[Deviation, ...]:
        """The errors of an orbit, one by one. pieces : the orbit, up to or from the epoch of a state."""
        epochs = np.array([self.epoch]) if self.epoch is not None else orbit.reference_epochs()
        if self.of_state:
            degree = min(orbit.field_degree() or DEGREE, MOST_DEGREE)
            carried = Carried(orbit.center, ephemeris, pieces, float(epochs[0]), self.root, degree)
            return tuple(Deviation(f"state {i + 1}", carried=carried, column=i) for i in range(6))
        sizes = (("radial", self.radial_km), ("along", self.along_km), ("across", self.across_km))
        own = [Deviation(name, own=np.eye(3)[i] * size) for i, (name, size) in enumerate(sizes) if size]
        if self.late_s:
            own.append(Deviation("early or late", late_s=self.late_s))
        if self.along_km_per_day and len(epochs):
            name = "age of its element set" if orbit.of_element_sets else _GROWING
            own.append(Deviation(name, growth_km_s=self.along_km_per_day / DAY_S, epochs=epochs))
        if self.drag and orbit.of_element_sets:
            from sim.trajectories.orbits.drag import Drag  # loads SGP4, which few scenarios need

            own.append(Deviation(_DRAG, drag=Drag(orbit.element_sets(), self.drag)))
        return tuple(own)


DEFINITIVE = Sigma(
    radial_km=0.02, along_km=0.1, across_km=0.1, source="operational LRO orbits: 0.1 to 0.25 km",
)  # fmt: skip
"""Of measured orbits. Source: Slojkowski et al. (2015), LRO's operational orbits against its precise ones."""

PREDICTED = Sigma(
    radial_km=0.1, along_km=0.5, across_km=0.1, along_km_per_day=3.0,
    source="what 10 m of height or 1 cm/s grow to in a low orbit: 2.5 km a day",
)  # fmt: skip
"""Of states that are propagated from an epoch. Source: our own integrations; along the track an error of 1 cm/s
grows to three times itself times the time, 2.6 km a day, about any body (Clohessy & Wiltshire 1960)."""

ELEMENT_SET = Sigma(
    radial_km=0.5, along_km=1.0, across_km=0.3, along_km_per_day=1.0, drag=DRAG_PART,
    source="Vallado & Crawford (2008), AIAA 2008-6770: about 1 km at the epoch, 1 to 3 km more each day; drag, radial "
    "and across: element sets against later ones of the same object",
)  # fmt: skip
"""Of element sets in low orbits, without the effects of maneuvers."""

TRANSFER = Sigma(
    radial_km=50.0, across_km=50.0, late_s=100.0,
    source="reconstructed flights against published acquisitions: 5 to 95 % within 3 minutes",
)  # fmt: skip
"""Of flights reconstructed from a timeline; `edge_spread` over their family is more accurate."""

ABOUT = ("earth", "moon")
"""The central bodies to which the defaults apply; they do not apply to a cruise about the Sun."""

PROBE_KM = 10.0
"""Displacement (km) of an orbit with unknown errors, to see which edges depend on it."""


def taken(orbit: Orbit, basis: Basis) -> Sigma | str:
    """Return the default errors of an orbit without declared ones; if they are unknown, a sentence that says why.

    basis : basis of the orbit, with its source taken into account
    """
    if basis == "designed":
        return "its orbit is designed: where in it the spacecraft flies is a choice, not an error of some size"
    if (usual := orbit.usual_errors()) is not None:
        return usual
    if orbit.center in ABOUT and basis == "definitive":
        return DEFINITIVE
    if orbit.center in ABOUT and basis == "predicted" and len(orbit.reference_epochs()):
        return PREDICTED
    named = f"{'an' if basis == 'unsourced' else 'a'} {basis} orbit about {body(orbit.center).called}"
    return f"the errors of {named} ({orbit.kind}) are unknown: its source does not state them"


UNCOUNTED = Deviation(NOT_COUNTED, own=np.full(3, PROBE_KM), counted=False)
"""Placeholder for orbit errors of unknown size."""


def _root(covariance: Array) -> Array:
    """A square root of a covariance, as columns. Raises `ValueError` if it is not a covariance."""
    if (most := float(np.max(np.abs(covariance)))) > MOST_KM2:
        raise ValueError(f"expected a covariance in km² and (km/s)², below {MOST_KM2:g}, got {most:g}")
    size = np.sqrt(np.abs(np.diag(covariance)))
    scale = np.where(size > 0.0, size, 1.0)
    correlation = covariance / np.outer(scale, scale)
    if not np.allclose(correlation, correlation.T, atol=1e-6):
        raise ValueError("a covariance must be symmetric")
    values, vectors = np.linalg.eigh(0.5 * (correlation + correlation.T))
    if values[0] < -1e-6 * max(values[-1], 1.0) or np.any(np.diag(covariance) < 0.0):
        raise ValueError("a covariance must not have negative eigenvalues")
    root: Array = scale[:, None] * vectors * np.sqrt(np.maximum(values, 0.0))
    return root
