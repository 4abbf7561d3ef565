"""Many sites of one body as one end: a row each, all asked at once, each at times of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.core.geometry import crossed
from sim.core.time import instants
from sim.core.values import TimeLike
from sim.trajectories.bodies.body import Body
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import State, Trajectory

Array = NDArray[np.float64]
Index = NDArray[np.intp]

NAME, HORIZON = "\ue000", "\ue001"
"""How a table calls its sites and their horizons: a text with these becomes that of one site by `SiteTable.text`."""


class SiteTable(Site):
    """Sites of one body, each with one elevation as its horizon, in vacuum and without limits; from `table(sites)`.

    It is asked at times (n, …), a row for each of its n sites, and answers in the same order with the formulas of
    `Site`: so whatever is computed of a site by arrays of times is computed of all of them at once. Its numbers
    (latitude_deg, longitude_deg, height_m, horizon_deg) are arrays (n,).
    """

    def __len__(self) -> int:
        return len(self.fixed_position)

    def at(self, rows: Index) -> SiteTable:
        """The sites of some rows, in their order; a row may come several times."""
        kept = {name: getattr(self, name)[rows] for name in ("fixed_position", "fixed_axes")}
        return _made(self, {name: getattr(self, name)[rows] for name in _NUMBERS}, _of(self.sizes, rows), kept)

    @property
    def sizes(self) -> dict[str, Array]:
        """The independent errors of all sites at one standard deviation each, (n,): 0 where a site has none."""
        found: dict[str, Array] = self.__dict__["sizes_"]
        return found

    @property
    def errors(self) -> dict[str, Array]:  # type: ignore[override]  # a column each
        return {name: size for name, size in self.sizes.items() if np.any(size)}

    @property
    def horizon_text(self) -> str:
        return HORIZON

    def level(self, t: Array) -> Array:
        """The horizons' elevations, deg, for times (n, …)."""
        return _beside(np.asarray(self.horizon_deg), t)

    def horizon(self, azimuth: Array) -> Array:
        return np.broadcast_to(np.deg2rad(self.level(azimuth)), np.shape(azimuth))

    def off(self, amounts: Mapping[str, float], turned_deg: float = 0.0) -> SiteTable:
        size = {name: self.sizes[name] * amount for name, amount in amounts.items() if name in self.sizes}
        radius_m = 1000.0 * self.carrier.equatorial_radius_km
        slope = np.maximum(np.cos(np.deg2rad(self.latitude_deg)), 1e-6)
        latitude = self.latitude_deg + np.rad2deg(size.get("north", 0.0) / radius_m)
        longitude = self.longitude_deg + np.rad2deg(size.get("east", 0.0) / radius_m / slope) + turned_deg
        over = np.abs(latitude) > 90.0
        latitude = np.where(over, np.copysign(180.0, latitude) - latitude, latitude)
        numbers = (
            latitude,
            np.where(over, longitude + 180.0, longitude),
            np.asarray(self.height_m) + size.get("up", 0.0),
            np.asarray(self.horizon_deg) + size.get("horizon", 0.0),
        )
        return _made(self, dict(zip(_NUMBERS, numbers, strict=True)), self.sizes)

    def horizontal(self, t: TimeLike) -> Array:
        t = instants(t)
        axes: Array = np.matmul(_beside(self.fixed_axes, t), self._carried(t)[0])
        return axes

    def _swung(self, t: Array) -> State:
        arm = self._turned(t, self.fixed_position)
        return State(arm, crossed(self._carried(t)[1], arm))

    def _turned(self, t: Array, fixed: Array) -> Array:
        turned: Array = np.einsum("...ji,...j->...i", self._carried(t)[0], _beside(fixed, t))
        return turned

    def _carried(self, t: Array) -> tuple[Array, Array]:
        """How the body is turned and how it spins, at times (…)."""
        rotation, spin = (x.reshape(*t.shape, *x.shape[1:]) for x in _carried(self.carrier, t.tobytes()))
        return rotation, spin


def table(sites: Sequence[Site]) -> SiteTable:
    """Some sites, all `like` each other, as one end."""
    numbers = {name: np.array([float(getattr(site, name)) for site in sites]) for name in _NUMBERS}
    errors = [site.errors for site in sites]
    names = list(dict.fromkeys(name for each in errors for name in each))
    sizes = {name: np.array([each.get(name, 0.0) for each in errors]) for name in names}
    return _made(sites[0], numbers, sizes)


class Placed(Protocol):
    """A place on a body with a local vertical: a site, or a point of a grid."""

    @property
    def fixed_position(self) -> Array: ...

    @property
    def fixed_axes(self) -> Array: ...


def places(sites: Sequence[Placed]) -> tuple[Array, Array]:
    """Where places on one body are, (n, 3) km, and their east, north and up, (n, 3, 3), body-fixed."""
    stations = [site for site in sites if isinstance(site, Site)]
    if len(stations) < len(sites):
        return np.array([site.fixed_position for site in sites]), np.array([site.fixed_axes for site in sites])
    numbers = {name: np.array([getattr(site, name) for site in stations]) for name in _NUMBERS[:3]}
    made = _made(stations[0], numbers, {})
    return made.fixed_position, made.fixed_axes


def alike(site: Trajectory) -> tuple[str, str] | None:
    """What sites must have in common to stand in one table; None of what can stand in none."""
    if not isinstance(site, Site) or site.moves or site.limits or not isinstance(site.horizon_deg, float | int):
        return None
    if site.refraction != "none":  # each has its own air
        return None
    return site.body, site.ephemeris


def _made(
    of: Site, numbers: Mapping[str, Array], sizes: Mapping[str, Array], kept: Mapping[str, Array] | None = None
) -> SiteTable:
    made = SiteTable.model_construct(
        body=of.body, ephemeris=of.ephemeris, basis=of.basis, name=NAME, latitude_deg=0.0, longitude_deg=0.0
    )
    made.__dict__.update(**numbers, sizes_=dict(sizes), **(kept or {}))
    return made


def _of(sizes: Mapping[str, Array], rows: Index) -> dict[str, Array]:
    return {name: size[rows] for name, size in sizes.items()}


def _beside(rows: Array, t: Array) -> Array:
    """What every row has (n, k…), for times (n, …): (n, 1…, k…)."""
    return rows.reshape(len(rows), *(1,) * (t.ndim - 1), *rows.shape[1:])


_NUMBERS = ("latitude_deg", "longitude_deg", "height_m", "horizon_deg")


@lru_cache(maxsize=8)
def _carried(carrier: Body, times: bytes) -> tuple[Array, Array]:
    """Of a body at flat times: rotation and spin. The same times are asked many times over."""
    return carrier.turning(np.frombuffer(times))
