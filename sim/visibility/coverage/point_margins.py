"""Margins of one target over many points of a grid, computed together.

Geometry is instantaneous, without light time. The members of each family are numbers of points of the grid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import lobatto_transform
from sim.core.geometry import dot, length, unit
from sim.search.margins import Together
from sim.visibility.body_view import Outlook
from sim.visibility.coverage.grid import Grid

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Axis = Callable[[Array], Array]
"""A direction at TDB seconds, in the turning axes of the grid's body: (n,) → (n, 3), unit vectors."""


WANTED_KM = 1e-3
"""How truly a target's place is wanted: a meter, which a satellite passes in a millisecond."""

_FEW = 6
"""Coefficients of a margin that are looked at one by one, to see where it stays negative."""


@dataclass(frozen=True)
class Point:
    """A point of a grid in the form of a site, as families of margins expect."""

    fixed_axes: Array
    fixed_position: Array


def site_like(grid: Grid) -> list[Point]:
    """The points of a grid as sites without a name."""
    axes = np.zeros((len(grid), 3, 3))
    axes[:, 2] = grid.up
    return [Point(a, p) for a, p in zip(axes, grid.place, strict=True)]


class _Family(Together):
    """A family whose functions are inner products with constants of the points."""

    tolerance: Array

    def __init__(self, view: Outlook, grid: Grid, constants: Array) -> None:
        self.view, self.grid, self.constants = view, grid, constants

    def together(self, members: Sequence[int]) -> Any:
        """All points of the grid, in their order."""
        if len(members) != len(self.grid):
            raise ValueError("a footprint looks at all points of its grid")
        return self

    def shared(self, t: Array, keep: bool = False) -> Array:
        """Columns that all points share."""
        return _kept(self, t.tobytes()) if keep else self.columns(t)

    def columns(self, t: Array) -> Array:
        raise NotImplementedError

    def margins(self, shared: Array, which: Index) -> Array:
        """Each row for its own point."""
        products = np.matmul(shared[..., : self.constants.shape[1]], self.constants[which][..., None])[..., 0]
        return self.finished(products, shared, which[:, None])

    def every(self, shared: Array, members: slice) -> Array:
        """Some points for all columns."""
        columns = shared[..., : self.constants.shape[1]]
        products = (self.constants[members] @ columns.reshape(-1, columns.shape[-1]).T).reshape(-1, *shared.shape[:-1])
        return self.finished(products, shared, np.arange(len(self.grid))[members, None, None])

    def finished(self, products: Array, shared: Array, which: Index) -> Array:
        return products

    def gain(self, shared: Array, which: Index) -> Array:
        """Inner products with at most four unit vectors."""
        return np.full(len(shared), 4.0)


@lru_cache(maxsize=64)
def _kept(family: _Family, times: bytes) -> Array:
    return family.columns(np.frombuffer(times))


class Caps(_Family):
    """How far inside the cap that sees it a target stands over each point, for a sphere or for a horizon of 0° (km).

    Over a sphere of radius R a target at distance r stands higher than m where it is nearer to the zenith's line, seen
    from the center, than ψ = arccos(R cos m / r) − m. So the margin is zenith · place − r cos ψ, and linear in what
    depends on time. For m = 0 it is the height above the horizontal plane, on any figure. Source: Wertz & Larson (1999)
    Space Mission Analysis and Design, 3rd ed., §5.2.
    """

    def __init__(self, view: Outlook, grid: Grid, horizon_deg: float) -> None:
        if not grid.round and horizon_deg:
            raise ValueError("caps of a spheroid are for a horizon of 0 deg")
        self.horizon = np.deg2rad(horizon_deg)
        level = np.zeros(len(grid)) if grid.round else -dot(grid.up, grid.place)
        super().__init__(view, grid, np.column_stack((grid.up, -np.ones(len(grid)), level)))
        self.tolerance = np.array([WANTED_KM] * 4 + [1.0])

    def columns(self, t: Array) -> Array:
        place = self.view.columns(t)
        distance = length(place)
        if not self.grid.round:
            return np.column_stack((place, np.zeros(len(t)), np.ones(len(t))))
        inside = np.minimum(self.grid.radius_km * np.cos(self.horizon) / distance, 1.0)
        edge = distance * np.cos(np.arccos(inside) - self.horizon)
        return np.column_stack((place, edge, np.ones(len(t))))


    few_left: ClassVar[int] = 6

    @property
    def finds_negative(self) -> bool:
        return True

    def certainly_negative(self, shared: Array, members: slice) -> NDArray[np.bool_]:
        """Intervals in which targets stay below the horizon: (m, p, k) → (members, m).

        A margin is a sum of the columns' polynomials: their constant terms, and bounds on the rest of each. These are
        as accurate as the columns' polynomials, whose last coefficients count ten times.
        """
        weights = lobatto_transform(shared.shape[1] - 1) @ shared
        first, rest = self.constants[members] @ weights[:, 0].T, weights[:, 1:_FEW]
        swing = np.abs(np.tensordot(self.constants[members], rest, (1, 2))).sum(axis=2)
        swing += np.abs(weights[:, _FEW:]).sum(axis=(1, 2)) + 10.0 * np.abs(weights[:, -3:]).sum(axis=(1, 2))
        none: NDArray[np.bool_] = first + swing < 0.0
        return none


class Reach(_Family):
    """The squared distance between a target and each point (km²)."""

    def __init__(self, view: Outlook, grid: Grid) -> None:
        square = dot(grid.place, grid.place)
        super().__init__(view, grid, np.column_stack((-2.0 * grid.place, np.ones(len(grid)), square)))
        self.tolerance = np.array([WANTED_KM] * 3 + [1.0, 1.0])

    def columns(self, t: Array) -> Array:
        place = self.view.columns(t)
        return np.column_stack((place, dot(place, place), np.ones(len(t))))

    def gain(self, shared: Array, which: Index) -> Array:
        far: Array = 2.0 * np.max(length(shared[..., :3]), axis=-1) + 2.0 * self.grid.radius_km
        return far


class Beam(_Family):
    """How far inside a cone about an axis of the target each point lies: (cos off-axis − cos limit) · distance (km)."""

    def __init__(self, view: Outlook, grid: Grid, axis: Axis, limit: float) -> None:
        super().__init__(view, grid, np.column_stack((grid.place, -np.ones(len(grid)))))
        self.axis, self.cosine = axis, np.cos(limit)
        self.square = dot(grid.place, grid.place)
        self.tolerance = np.array([WANTED_KM / grid.radius_km] * 3 + [WANTED_KM] * 4)

    def columns(self, t: Array) -> Array:
        axis, place = self.axis(t), self.view.columns(t)
        return np.column_stack((axis, dot(axis, place), place))

    def finished(self, products: Array, shared: Array, which: Index) -> Array:
        place = shared[..., 4:]
        constants = self.grid.place[which[..., 0] if which.ndim == 2 else which[:, 0, 0]]
        if which.ndim == 2:
            along = np.einsum("npk,nk->np", place, constants)
        else:
            along = (constants @ place.reshape(-1, 3).T).reshape(-1, *place.shape[:-1])
        squared = self.square[which] - 2.0 * along + dot(place, place)
        inside: Array = products - self.cosine * np.sqrt(np.maximum(squared, 0.0))
        return inside

    def gain(self, shared: Array, which: Index) -> Array:
        return np.full(len(shared), 4.0 * self.grid.radius_km)


def turned(view: Outlook, direction: Callable[[Array], Array]) -> Axis:
    """A direction given in ICRF axes, (n,) TDB s → (n, 3) of any length, in the body-fixed axes of the grid."""
    rotation = view.carrier.rotation
    assert rotation is not None

    def axis(t: Array) -> Array:
        return unit(np.einsum("nij,nj->ni", rotation(t), direction(t)))

    return axis


def nobody(t: Array) -> Array:
    """Function of a single point: not defined, points are searched together."""
    raise NotImplementedError("points of a grid are searched together")


