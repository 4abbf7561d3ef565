"""What all sites of one body share when they look at one target: computed once a grid, not once a site.

Seen from a body's own turning axes its sites stand still. So the target's place in those axes is all that depends on
time, and what one site sees is a handful of inner products with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.bodies import Body, body
from sim.geometry import SPEED_OF_LIGHT_KM_S, dot, length
from sim.sites import Site
from sim.time import DAY_S
from sim.trajectory import CLOSED_FORM_S, Trajectory

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Inner = Callable[[Array, str], Array]
"""Inner products of a vector at every time with the sites' constant vectors of a name."""


BRIEF_S = 2.0
"""While light takes no longer, a planet's velocity is taken as constant: the Earth's way then bends by 12 mm."""

_STRIDE = 4


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
        pieces = getattr(self.target, "pieces", None)
        start, end = (pieces.start, pieces.end) if pieces is not None else (0.0, 60 * DAY_S)  # of bodies: around 2000
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


def retarded(target: Trajectory, center: Body, t: Array) -> tuple[Array, Array, Array, Array]:
    """Light that arrives at a body's center, as `ray` has it, but free of the barycenter's large numbers.

    t       : (n,) TDB s
    returns : line from the center to where the target was (n, 3) km; the target's velocity then and the center's now,
              relative to the SSB (n, 3) km/s; light time (n,) s

    The center's own way while the light is on it is its mean velocity times that time: good to a millimeter for 20
    minutes of light.
    """
    own = center.state(t).velocity
    delay = _first_guess(target, center, t)
    for _ in range(10):
        sent = t - delay
        delay = t - sent  # what is left of it in the digits of a time: without this, positions jump by a millimeter
        before = own if np.max(delay, initial=0.0) < BRIEF_S else center.state(sent).velocity
        there = target.state_from(center, sent)
        line = there.position - 0.5 * delay[:, None] * (own + before)
        velocity = there.velocity + before
        distance = length(line)
        step = (distance / SPEED_OF_LIGHT_KM_S - delay) / (1.0 + dot(line, velocity) / (distance * SPEED_OF_LIGHT_KM_S))
        delay = delay + step
        if np.max(np.abs(step), initial=0.0) < CLOSED_FORM_S:
            break
    return line - step[:, None] * velocity, velocity, own, delay


def _first_guess(target: Trajectory, center: Body, t: Array) -> Array:
    """Light times (n,) s without the motion meanwhile; of many times in order, every fourth, and lines between them."""
    if len(t) > 64 and np.all(t[_STRIDE::_STRIDE] > t[:-_STRIDE:_STRIDE][: len(t[_STRIDE::_STRIDE])]):
        some = np.append(t[::_STRIDE], t[-1])
        return np.interp(t, some, length(target.position_from(center, some)) / SPEED_OF_LIGHT_KM_S)
    return length(target.position_from(center, t)) / SPEED_OF_LIGHT_KM_S


def outlook(target: Trajectory, carrier: str, ephemeris: str, light: bool) -> Outlook:
    """The one outlook of a target from a body: margins that share it are searched together."""
    return _outlook(target, carrier, ephemeris, light)  # type: ignore[arg-type]  # trajectories are frozen


@lru_cache(maxsize=256)
def _outlook(target: Trajectory, carrier: str, ephemeris: str, light: bool) -> Outlook:
    return Outlook(target, body(carrier, ephemeris), light)


@dataclass(frozen=True)
class Heights:
    """A family of margins of elevation: members are sites, each with the sine of its mask. With e the elevation:

    plane   : sin e · distance (km): above the horizontal plane, whatever the mask
    cone    : (sin e − sin mask) · distance (km): above the mask; has a corner where the target comes near
    outside : (sin² e − sin² mask) · distance² (km²): outside the band ±mask; has no corners
    """

    view: Outlook
    form: Literal["plane", "cone", "outside"]

    def together(self, members: Sequence[tuple[Site, float]]) -> _Skies:
        """The margins of several sites."""
        return _Skies(self.view, [site for site, _ in members], np.array([mask for _, mask in members]), self.form)

    def of(self, rise: Array, squared: Array, mask: Any) -> Array:
        """The margin, of sin e · distance (km) and distance² (km²)."""
        if self.form == "plane":
            return rise
        if self.form == "cone":
            cone: Array = rise - mask * np.sqrt(squared)
            return cone
        outside: Array = rise * rise - mask**2 * squared
        return outside


@dataclass(frozen=True)
class Passings:
    """A family of margins of a sphere that may hide the target from sites (members), each positive where it cannot:

    beyond : the sphere's center lies beyond the target (km²)
    behind : it lies behind the site (km²)
    aside  : the line of sight, drawn on both ways, passes it: distance² − radius² (km²)
    """

    view: Outlook
    sphere: Body
    form: Literal["beyond", "behind", "aside"]

    def together(self, members: Sequence[Site]) -> _Passes:
        """The margins of several sites."""
        return _Passes(self, members)

    def alone(self, site: Site) -> Callable[[Array], Array]:
        """The margin of one site as a function of time: (n,) TDB s → (n,)."""
        one = self.together([site])
        first = slice(0, 1)
        return lambda t: one.every(one.shared(t), first)[0]

    def of(self, line: Array, center: Array) -> Array:
        """The margin, of the lines (…, 3) from the site to the target and to the sphere's center."""
        across = dot(line, center)
        if self.form == "behind":
            return -across
        square = dot(line, line)
        if self.form == "beyond":
            return across - square
        return dot(center, center) - across * across / square - self.sphere.equatorial_radius_km**2


class _Passes:
    """One target and one sphere from several sites."""

    def __init__(self, family: Passings, sites: Sequence[Site]) -> None:
        self.family = family
        self.place = np.array([site.fixed_position for site in sites])
        self.other = outlook(family.sphere, family.view.carrier.name, family.view.carrier.ephemeris, family.view.light)
        self.tolerance = np.concatenate((family.view.tolerance, self.other.tolerance))

    def shared(self, t: Array, keep: bool = False) -> Array:
        return np.concatenate([view.columns(t, keep) for view in (self.family.view, self.other)], axis=-1)

    def margins(self, shared: Array, which: Index) -> Array:
        place = self.place[which][:, None]
        target, sphere = np.split(shared, 2, axis=-1)
        return self.family.of(_from_site(target, place), _from_site(sphere, place))

    def every(self, shared: Array, members: slice) -> Array:
        target, sphere = np.split(shared, 2, axis=-1)
        return np.stack([self.family.of(_from_site(target, s), _from_site(sphere, s)) for s in self.place[members]])

    def gain(self, shared: Array, which: Index) -> Array:
        target, sphere = np.split(shared, 2, axis=-1)
        target, sphere = (length(part[..., :3] - self.place[which, None]) for part in (target, sphere))
        if self.family.form == "aside":  # at its edge the line passes at the sphere's radius
            nearer: Array = 4.0 * self.family.sphere.equatorial_radius_km * (1.0 + np.max(sphere / target, axis=-1))
            return nearer
        gain: Array = 4.0 * np.max(target + sphere, axis=-1)
        return gain


def _from_site(columns: Array, place: Array) -> Array:
    """Lines from a body's center as lines from sites: less the site's place, and with the rest of the light time."""
    line: Array = columns[..., :3] - place
    if columns.shape[-1] == 3:
        return line
    velocity, delay = columns[..., 3:6], columns[..., 9]
    distance = length(line)
    late = (distance / SPEED_OF_LIGHT_KM_S - delay) / (1.0 + dot(line, velocity) / (distance * SPEED_OF_LIGHT_KM_S))
    return line - late[..., None] * velocity


class _Skies:
    """One target over several sites, from the sites' constants and what depends on time.

    The light time to a site differs from that to the center by 21 ms at most, in which the target's motion is straight
    to 0.3 mm; the aberration is that of the site's own velocity.
    """

    def __init__(self, view: Outlook, sites: Sequence[Site], masks: Array, form: Any) -> None:
        self.view, self.masks, self.heights = view, masks, Heights(view, form)
        self.up = np.array([site.fixed_axes[2] for site in sites])
        self.place = np.array([site.fixed_position for site in sites])
        self.spin = np.cross(_spin(view.carrier), self.place)
        self.height = np.einsum("ij,ij->i", self.up, self.place)
        self.square = np.einsum("ij,ij->i", self.place, self.place)
        self.drift = np.einsum("ij,ij->i", self.up, self.spin)

        self.tolerance = view.tolerance

    def shared(self, t: Array, keep: bool = False) -> Array:
        return self.view.columns(t, keep)

    def margins(self, shared: Array, which: Index) -> Array:
        def inner(columns: Array, name: str) -> Array:
            products: Array = np.einsum("npi,ni->np", columns, getattr(self, name)[which])
            return products

        constants = (self.height[which, None], self.square[which, None], self.drift[which, None])
        rise, squared = _rises(shared, inner, constants)
        return self.heights.of(rise, squared, self.masks[which, None])

    def every(self, shared: Array, members: slice) -> Array:
        def inner(columns: Array, name: str) -> Array:
            products: Array = getattr(self, name)[members] @ columns.reshape(-1, 3).T
            return products.reshape(-1, *columns.shape[:-1])

        constants = tuple(column[members, None, None] for column in (self.height, self.square, self.drift))
        rise, squared = _rises(shared, inner, constants)
        return self.heights.of(rise, squared, self.masks[members, None, None])

    def gain(self, shared: Array, which: Index) -> Array:
        mask = np.abs(self.masks[which])
        if self.heights.form != "outside":
            return 2.0 + 2.0 * mask
        farthest = np.max(length(shared[..., :3] - self.place[which, None]), axis=-1)  # at the mask, d is rise / mask
        gain: Array = 4.0 * mask * (1.0 + mask) * farthest
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
