"""What all sites of one body share when they look at one target: computed once a grid, not once a site.

Seen from a body's own turning axes its sites stand still. So the target's place in those axes is all that depends on
time, and what one site sees is a handful of inner products with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import lobatto_transform
from sim.core.geometry import SPEED_OF_LIGHT_KM_S, dot, length, passing
from sim.core.time import DAY_S
from sim.search.margins import Together
from sim.search.roots import beyond_samples
from sim.trajectories.bodies.body import Body, body
from sim.trajectories.light_time import retarded
from sim.trajectories.site_table import places
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Inner = Callable[[Array, str], Array]
"""Inner products of a vector at every time with the sites' constant vectors of a name."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """A target in the sky of a body's sites. Light arrives at the sites.

    light : whether it takes time, with stellar aberration
    """

    target: Trajectory
    carrier: Body
    light: bool

    @cached_property
    def nearest_km(self) -> float:
        """Half the height to which the target comes down, roughly: says how many kilometers an angle is."""
        start, end = self.target.known_between
        if start == -np.inf:  # a body: around 2000
            start, end = 0.0, 60 * DAY_S
        distances = length(self.target.position_from(self.carrier, np.linspace(start, end, 257)))
        return max(10.0, 0.5 * (float(distances.min()) - self.carrier.equatorial_radius_km))

    def slant_km(self, sine: float) -> float:
        """Least distance at which a site sees the target at an elevation, as roughly: at its zenith it is nearest."""
        radius, height = self.carrier.equatorial_radius_km, self.nearest_km
        down = radius * min(abs(sine), 1.0)
        return float(np.sqrt(down * down + height * (2.0 * radius + height)) - down)

    @cached_property
    def tolerance(self) -> Array:
        """How truly polynomials must give the columns: (k,) km, km/s or s; what 1e-9 rad are at the horizon."""
        km = min(1e-6, 1e-9 * self.slant_km(0.0))
        return np.array([km] * 3 + ([1e-6] * 6 + [1e-9] if self.light else []))

    def columns(self, t: Array, keep: bool = False) -> Array:
        """From the body's center to the target, in the body's turning axes.

        t       : (n,) TDB s; `keep`: others will ask for the same times
        returns : (n, 3) km; and with light (n, 10): the target's and the center's velocities (3 each, km/s) relative to
                  the SSB, and the light time to the center (s)
        """
        return _kept(self, t.tobytes()) if keep else self._columns(t)

    def _columns(self, t: Array) -> Array:
        turn = _turn(self.carrier, t.tobytes())
        if not self.light:
            return _turned(turn, self.target.position_from(self.carrier, t))
        *lines, delay = retarded(self.target, self.carrier, t)
        return np.concatenate([*(_turned(turn, line) for line in lines), delay[:, None]], axis=1)


@lru_cache(maxsize=64)
def _kept(view: Outlook, times: bytes) -> Array:
    return view._columns(np.frombuffer(times))


@lru_cache(maxsize=4)
def _turn(carrier: Body, times: bytes) -> Array:
    """A body's rotation: several targets are looked at at the same times."""
    assert carrier.rotation is not None
    return carrier.rotation(np.frombuffer(times))


def outlook(target: Trajectory, carrier: str, ephemeris: str, light: bool) -> Outlook:
    """The one outlook of a target from a body: margins that share it are searched together."""
    return _outlook(target, carrier, ephemeris, light)  # type: ignore[arg-type]  # trajectories are frozen


@lru_cache(maxsize=256)
def _outlook(target: Trajectory, carrier: str, ephemeris: str, light: bool) -> Outlook:
    return Outlook(target, body(carrier, ephemeris), light)


@dataclass(frozen=True)
class Heights:
    """A family of margins of elevation: members are sites, each with the sine m of its mask.

    An elevation has a sharp corner where a low pass comes overhead, and so has sin e − m. This margin has none. With
    the height z = d sin e above the site's horizontal plane, the distance d and the site's own height h above the
    parallel plane through the body's center, d² + 2 h z = A is smooth: for a target that keeps its distance from the
    center it is constant but for the body's flattening. At the mask z = m d, which gives z there; the margin is what z
    has beyond:

        z − m (√(m² h² + A) − m h)        km

    While A > 0 it has the sign of e − mask, for any mask: z − m √(A − 2 h z) is zero at that place only.
    Where A is not, with the target below the sphere through the site, z − m d stands in.
    """

    view: Outlook

    def together(self, members: Sequence[tuple[Site, float]]) -> Skies:
        """The margins of several sites."""
        return Skies(self.view, *places([site for site, _ in members]), np.array([mask for _, mask in members]))

    def of(self, rise: Array, squared: Array, height: Any, mask: Any) -> Array:
        """The margin, of z (km), d² (km²), h (km) and m."""
        outer = squared + (2.0 * height) * rise
        beyond: Array = rise - mask * (np.sqrt(np.maximum(outer, 0.0) + (mask * height) ** 2) - mask * height)
        if np.min(outer, initial=np.inf) > 0.0:
            return beyond
        below: Array = np.where(outer > 0.0, beyond, rise - mask * np.sqrt(squared))
        return below

    def resolution_km(self, mask: float, angle: float) -> float:
        """What an angle (rad) is worth near a mask, at the least."""
        distance, radius = self.view.slant_km(mask), self.view.carrier.equatorial_radius_km
        slope = max(np.sqrt(max(1.0 - mask**2, 0.0)), angle)
        return float(angle * slope * distance**2 / (distance + radius * max(mask, 0.0)))


@dataclass(frozen=True)
class Passings:
    """A family of margins of a sphere that may hide the target from sites (members): positive where it does not (km).

    radius_km : of the sphere about the body's center
    """

    view: Outlook
    sphere: Body
    radius_km: float

    def together(self, members: Sequence[Site]) -> _Passes:
        """The margins of several sites."""
        return _Passes(self, members)


class _Passes(Together):
    """One target and one sphere from several sites."""

    def __init__(self, family: Passings, sites: Sequence[Site]) -> None:
        self.radius = family.radius_km
        self.place, _ = places(sites)
        carrier = family.view.carrier
        self.views = family.view, outlook(family.sphere, carrier.name, carrier.ephemeris, family.view.light)
        self.tolerance = np.concatenate([view.tolerance for view in self.views])

    def shared(self, t: Array, keep: bool = False) -> Array:
        return np.concatenate([view.columns(t, keep) for view in self.views], axis=-1)

    def margins(self, shared: Array, which: Index) -> Array:
        return self._past(shared, self.place[which, None])

    def every(self, shared: Array, members: slice) -> Array:
        return np.stack([self._past(shared, place) for place in self.place[members]])

    def gain(self, shared: Array, which: Index) -> Array:
        return np.full(len(shared), _PASSING_GAIN)

    def _past(self, shared: Array, place: Array) -> Array:
        columns = np.split(shared, 2, axis=-1)
        target, sphere = (_from_site(part, place) for part in columns)
        if self.views[1].light:  # where it was when the light passed it: after light from its own center left
            late = (length(sphere) - dot(sphere, target) / length(target)) / SPEED_OF_LIGHT_KM_S
            sphere = sphere + late[..., None] * columns[1][..., 3:6]
        return passing(-sphere, target - sphere, target, self.radius)


_NEAR = 10.0
"""Radii of the body: half the height of what is farther lets no interval be left out."""

_SPARE = 1.1
"""On first orders of light time and aberration, whose second are a ten thousandth of them."""

_PASSING_GAIN = 4.0
"""At its edge a line passes a sphere as much farther as the sphere moves, or less than the target does; by twice."""


def _from_site(columns: Array, place: Array) -> Array:
    """Lines from a body's center as lines from sites: less the site's place, and with the rest of the light time."""
    line: Array = columns[..., :3] - place
    if columns.shape[-1] == 3:
        return line
    velocity, delay = columns[..., 3:6], columns[..., 9]
    distance = length(line)
    late = (distance / SPEED_OF_LIGHT_KM_S - delay) / (1.0 + dot(line, velocity) / (distance * SPEED_OF_LIGHT_KM_S))
    return line - late[..., None] * velocity


class Skies(Together):
    """One target over several sites, from the sites' constants and what depends on time.

    place, axes : of the sites, (n, 3) km and (n, 3, 3) east, north and up, body-fixed; masks (n,) sines

    The light time to a site differs from that to the center by 21 ms at most, in which the target's motion is straight
    to 0.3 mm; the aberration is that of the site's own velocity.
    """

    def __init__(self, view: Outlook, place: Array, axes: Array, masks: Array) -> None:
        self.view, self.masks, self.heights, self.place = view, masks, Heights(view), place
        self.up = np.ascontiguousarray(axes[:, 2])
        self.spin = np.cross(_spin(view.carrier), self.place)
        self.height = np.einsum("ij,ij->i", self.up, self.place)
        self.square = np.einsum("ij,ij->i", self.place, self.place)
        self.drift = np.einsum("ij,ij->i", self.up, self.spin)

        self.tolerance = view.tolerance

    def shared(self, t: Array, keep: bool = False) -> Array:
        return self.view.columns(t, keep)

    def margins(self, shared: Array, which: Index) -> Array:
        return self.heights.of(*self.rises(shared, which), self.height[which, None], self.masks[which, None])

    def rises(self, shared: Array, which: Index) -> tuple[Array, Array]:
        """sin(elevation) · distance (km) and distance² (km²) of one site a row: (n, p, k), (n,) → (n, p)."""
        def inner(columns: Array, name: str) -> Array:
            products: Array = np.einsum("npi,ni->np", columns, getattr(self, name)[which])
            return products

        return _rises(shared, inner, (self.height[which, None], self.square[which, None], self.drift[which, None]))

    def every(self, shared: Array, members: slice) -> Array:
        def inner(columns: Array, name: str) -> Array:
            products: Array = getattr(self, name)[members] @ columns.reshape(-1, 3).T
            return products.reshape(-1, *columns.shape[:-1])

        constants = tuple(column[members, None, None] for column in (self.height, self.square, self.drift))
        return self.heights.of(*_rises(shared, inner, constants), constants[0], self.masks[members, None, None])

    @property
    def finds_negative(self) -> bool:
        """Of a target that is near, which most sites do not see at all while it passes others."""
        return self.view.nearest_km < _NEAR * self.view.carrier.equatorial_radius_km

    def certainly_negative(self, shared: Array, members: slice) -> NDArray[np.bool_]:
        """Where targets stay below the mask for a whole interval: (m, p, k) → (members, m).

        The height above a site's horizontal plane rises at most so far between samples, and light time and aberration
        change it by little. At the mask it would be a number that grows with the target's distance from the center.
        """
        x, up, mask, height = shared[..., :3], self.up[members], self.masks[members, None], self.height[members, None]
        square, back = dot(x, x), lobatto_transform(x.shape[1] - 1)
        sizes = length(back @ x)
        bend = beyond_samples(sizes) + 10.0 * sizes[:, -3:].sum(axis=1)
        most = np.max((up @ x.reshape(-1, 3).T).reshape(len(up), *x.shape[:2]), axis=2) - height + bend
        uneven = beyond_samples(square @ back.T) + 20.0 * np.max(length(x)) * sizes[:, -3:].sum(axis=1)
        highest, lowest = square.max(axis=1) + uneven, square.min(axis=1) - uneven
        farthest, own_km = np.sqrt(highest), float(np.max(length(self.place)))
        spare = np.full(len(x), 1e-3)
        if shared.shape[-1] > 3:
            speeds = [np.max(length(shared[..., some]), axis=1) for some in (slice(3, 6), slice(6, 9))]
            spare += _SPARE * (speeds[0] * own_km + (speeds[1] + 1.0) * (farthest + own_km)) / SPEED_OF_LIGHT_KM_S
        aside = length(height * up - self.place[members])[:, None] * farthest + spare * (farthest + 2.0 * own_km)
        level = self.square[members, None] - 2.0 * height**2
        outer = np.where(mask > 0.0, lowest + level - 2.0 * aside, highest + level + 2.0 * aside)
        least = mask * (np.sqrt(np.maximum(outer, 0.0) + (mask * height) ** 2) - mask * height)
        below: NDArray[np.bool_] = (most + spare < least) & (lowest + level - 2.0 * aside > 0.0)
        return below

    def gain(self, shared: Array, which: Index) -> Array:
        mask, farthest = self.masks[which], np.max(dot(shared[..., :3], shared[..., :3]), axis=-1)
        lever = mask * self.height[which]
        root = np.sqrt(np.maximum(farthest - self.square[which], 1.0) + lever**2)  # at the mask: distance + lever
        gain: Array = 2.0 * np.sqrt(np.maximum(1.0 - mask**2, 0.0)) * (root - lever) / root
        return gain


def _rises(columns: Array, inner: Inner, constants: tuple[Array, ...]) -> tuple[Array, Array]:
    """sin(elevation) · distance (km) and distance² (km²), from inner products of constants with what depends on time.

    With r = x − s the line of sight, u the zenith and v the target's velocity: first the rest of the light time in
    closed form, then the aberration formula of `geometry.aberrated`, both written in inner products.
    """
    height, square, drift = constants
    x = columns[..., :3]
    rise = inner(x, "up") - height
    squared = dot(x, x) - 2.0 * inner(x, "place") + square
    if columns.shape[-1] == 3:
        return rise, squared
    velocity, own, delay = columns[..., 3:6], columns[..., 6:9], columns[..., 9]
    c = SPEED_OF_LIGHT_KM_S
    receding = dot(x, velocity) - inner(velocity, "place")  # r·v
    distance = np.sqrt(squared)
    late = (distance / c - delay) / (1.0 + receding / (distance * c))
    rise = rise - late * inner(velocity, "up")
    squared = squared - late * (2.0 * receding - late * dot(velocity, velocity))
    distance = np.sqrt(squared)
    along = dot(x, own) - inner(own, "place") + inner(x, "spin")
    along = (along - late * (dot(velocity, own) + inner(velocity, "spin"))) / (distance * c)
    lift = distance * (inner(own, "up") + drift) / c
    speed = dot(own, own) + 2.0 * inner(own, "spin")
    root = np.sqrt(1.0 - speed / c**2)
    return (root * rise + (1.0 + along / (1.0 + root)) * lift) / (1.0 + along), squared


def _turned(turn: Array, vectors: Array) -> Array:
    turned: Array = np.einsum("nij,nj->ni", turn, vectors)
    return turned


@lru_cache(maxsize=8)
def _spin(carrier: Body) -> Array:
    """The body's spin in its own axes (rad/s): constant to 1e-5 of itself, which is 5 mm/s of a site's speed."""
    assert carrier.spin is not None and carrier.rotation is not None
    spin: Array = carrier.rotation(np.asarray(0.0)) @ carrier.spin(np.asarray(0.0))
    return spin
