"""Sites that move over a body along waypoints: ships, aircraft and rovers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from functools import cached_property
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Discriminator, Field, PrivateAttr, Tag, ValidationError, ValidationInfo, field_validator

from sim.core.arguments import typed
from sim.core.errors import DataError
from sim.core.geometry import dot, unit
from sim.core.model import Degrees, Listed
from sim.core.time import Span, instants, utc
from sim.core.values import OneTime, TimeLike
from sim.trajectories.bodies.body import BODIES, Body
from sim.trajectories.bodies.frames import earth_days
from sim.trajectories.legs import Legs, Where, axes, on_spheroid, turn_rate
from sim.trajectories.multi_phase import ON_ITS_TRACK, Phased
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Part, State, Trajectory
from sim.trajectories.waypoints import MOST_WAYPOINTS, Waypoint, faults, must_be_level, of_file

Array = NDArray[np.float64]


class MovingSite(Site):
    """A ship, an aircraft or a rover: a site that moves along waypoints.

    Between two waypoints it moves on a great circle at constant speed, and its height changes evenly: the direction of
    its vertical turns at a constant rate. Before the first waypoint, after the last and in gaps its place is unknown,
    and so is whether its lines of sight are open. East, north and up are those of where it is at the time.

    Examples
    --------
    >>> ship = MovingSite(
    ...     name="ship",
    ...     waypoints=[
    ...         {"time": "2019-01-03T00:00:00Z", "latitude_deg": -20.0, "longitude_deg": 170.0},
    ...         {"time": "2019-01-04T00:00:00Z", "latitude_deg": -22.0, "longitude_deg": 176.0},
    ...     ],
    ...     horizon_deg=5.0,
    ... )
    >>> [round(float(x), 2) for x in ship.place("2019-01-03T12:00:00Z")]
    [-21.03, 172.98, 0.0]
    """

    latitude_deg: ClassVar[float]  # type: ignore[misc]  # it has waypoints instead
    longitude_deg: ClassVar[float]  # type: ignore[misc]
    height_m: ClassVar[float]  # type: ignore[misc]

    waypoints: Annotated[tuple[Waypoint, ...], Listed, Field(min_length=2, max_length=MOST_WAYPOINTS)]
    """times and places, in order; give waypoints or track_file"""
    track_file: Annotated[str, Field(max_length=4096)] = ""
    """CSV or GPX file with the waypoints"""
    horizon_deg: Annotated[Degrees, Field(ge=-90, le=90)] = 0.0
    """minimum useful elevation, one number: a profile over azimuth would turn with the heading"""
    horizon_file: Literal[""] = ""
    """none: a horizon file holds for one place"""

    moves: ClassVar[bool] = True

    _shift: tuple[float, float, float, float] = PrivateAttr(default=(0.0, 0.0, 0.0, 0.0))
    """By how much it is off its waypoints: east, north and up (km), and its body's turn (rad)."""

    @classmethod
    def _from_file(cls, data: Mapping[str, object]) -> dict[str, object]:
        """Read the waypoints from the track file."""
        given = super()._from_file(data)
        if placed := [key for key in ("latitude_deg", "longitude_deg", "height_m") if key in given]:
            raise ValueError(f"{placed[0]} is that of a site that does not move. Remove it, or remove the track")
        file, points = given.get("track_file"), given.get("waypoints")
        if not file or not isinstance(file, str):
            return given
        if points is not None:
            if isinstance(points, tuple) and all(isinstance(each, Waypoint) for each in points):  # read before
                return given
            raise ValueError("give either waypoints or track_file")
        try:
            given["waypoints"] = of_file(file, _radius_km(given.get("body")))
        except (DataError, OSError) as error:
            raise _error("track_file", str(error)) from error
        return given

    def _stale(self, changed: Set[str]) -> Set[str]:
        stale = super()._stale(changed)
        if "track_file" in changed:
            return stale | {"waypoints"}
        return stale | {"track_file"} if "waypoints" in changed else stale

    @field_validator("waypoints")
    @classmethod
    def _in_order(cls, points: tuple[Waypoint, ...], info: ValidationInfo) -> tuple[Waypoint, ...]:
        for index, message in faults(points, _radius_km(info.data.get("body"))):
            raise _error(index, message)
        if info.data.get("refraction", "none") != "none" and info.data.get("pressure_hpa") is None:
            must_be_level(points)
        return points

    @property
    def _air_height_m(self) -> float:
        return float(np.mean([point.height_m for point in self.waypoints]))

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, MovingSite)
            and type(self) is type(other)
            and self._shift == other._shift
            and super().__eq__(other)
        )

    def __hash__(self) -> int:
        return hash((self.name, self.body, self.waypoints[0].time, self.waypoints[-1].time, self._shift))

    @property
    def in_parts(self) -> bool:
        return True

    @cached_property
    def phased(self) -> Phased:
        """Itself as phases, one for each stretch between gaps."""
        cuts = [0, *(i for i, point in enumerate(self.waypoints) if point.gap and i), len(self.waypoints)]
        parts = [self._underway(self.waypoints[first:last]) for first, last in pairwise(cuts)]
        times = [(way.waypoints[0].time, way.waypoints[-1].time) for way in parts]
        return Phased(
            name=self.name,
            parts=tuple(Part(*when, way, cut=True) for when, way in zip(times, parts, strict=True)),
            whole=(times[0][0], times[-1][1]),
            home=self.body,
            own_basis=self.basis,
            limits=self.limits,
            ephemeris=self.ephemeris,
            source=self.source,
            limit=ON_ITS_TRACK,
        )

    def _underway(self, points: tuple[Waypoint, ...]) -> Underway:
        given = {name: getattr(self, name) for name in type(self).model_fields}
        made = Underway.model_construct(**{**given, "waypoints": points})
        made._shift = self._shift
        return made

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.phased.parts

    limit: ClassVar[str] = ON_ITS_TRACK
    """name of the limit that closes a window where its track ends, after its name"""

    @property
    def whole(self) -> tuple[float, float]:
        """Times of the first and the last waypoint (TDB s)."""
        return self.phased.whole

    def covers(self, t: TimeLike) -> NDArray[np.bool_]:
        """Whether its place is known at times (…)."""
        return self.phased.covers(t)

    def parts_between(self, start: OneTime, end: OneTime) -> tuple[Trajectory, ...]:
        """The stretches between gaps that share time with an interval."""
        return self.phased.parts_between(start, end)

    def each(self, change: Callable[[Trajectory], Trajectory]) -> Trajectory:
        """Itself with every stretch changed."""
        return self.phased.each(change)

    def place(self, t: TimeLike) -> tuple[Array, Array, Array]:
        """Return where it is at times (…): latitude and longitude (deg) as of a `Site`, and height (m).

        NaN where its track is not known.
        """
        t = instants(t)
        found = np.full((3, *t.shape), np.nan)
        for part in self.parts:
            inside = (t >= part.start) & (t <= part.end)
            assert isinstance(part.trajectory, Underway)
            found[:, inside] = part.trajectory.place_at(t[inside])
        return found[0], found[1], found[2]

    def off(self, amounts: Mapping[str, float], turned_deg: float = 0.0) -> MovingSite:
        size = [self.errors.get(name, 0.0) * amounts.get(name, 0.0) for name in ("east", "north", "up", "horizon")]
        shift = (*(each / 1000.0 for each in size[:3]), np.deg2rad(turned_deg))
        made = self.unchecked(horizon_deg=self.horizon_deg + size[3])
        made._shift = tuple(a + float(b) for a, b in zip(self._shift, shift, strict=True))  # type: ignore[assignment]
        return made

    @property
    def pace_s(self) -> float:
        return min(part.trajectory.pace_s for part in self.parts)

    @property
    def stride_s(self) -> float:
        return min(part.trajectory.stride_s for part in self.parts)

    def breaks(self, span: Span) -> Array:
        return np.union1d(self.phased.breaks(span), super().breaks(span))

    def position(self, t: TimeLike) -> Array:
        return self.phased.position(t)

    def state(self, t: TimeLike) -> State:
        return self.phased.state(t)

    def position_from(self, center: Body, t: TimeLike) -> Array:
        return self.phased.position_from(center, t)

    def state_from(self, center: Body, t: TimeLike) -> State:
        return self.phased.state_from(center, t)

    def place_at(self, t: TimeLike) -> tuple[Array, Array, Array]:
        return self.place(t)

    def axes_at(self, t: TimeLike) -> Array:
        return self._asked(t, lambda way, s: way.axes_at(s))

    def position_at(self, t: TimeLike) -> Array:
        return self._asked(t, lambda way, s: way.position_at(s))

    def lift_km(self, t: TimeLike) -> Array | float:
        return dot(self.axes_at(t)[..., 2, :], self.position_at(t))

    def turning(self, t: TimeLike) -> Array:
        return self._asked(t, lambda way, s: way.turning(s))

    def horizontal(self, t: TimeLike) -> Array:
        return self._asked(t, lambda way, s: way.horizontal(s))

    def _asked(self, t: TimeLike, ask: Callable[[Underway, Array], Array]) -> Array:
        """What each time (…) is worth on the stretch of way that it is on, or that began last."""
        flat, ways = (t := instants(t)).ravel(), [part.trajectory for part in self.parts]
        which = np.clip(np.searchsorted([part.start for part in self.parts], flat, "right") - 1, 0, None)
        found: Array | None = None
        for number in np.unique(which):
            way = ways[number]
            assert isinstance(way, Underway)
            values = ask(way, flat[which == number])
            found = np.empty((len(flat), *values.shape[1:])) if found is None else found
            found[which == number] = values
        assert found is not None
        return found.reshape(*np.shape(t), *found.shape[1:])

    @property
    def files(self) -> tuple[str, ...]:
        return (self.track_file,) if self.track_file else ()

    def gap_note(self, span: Span) -> str:
        if any(part.start <= span.start and span.end <= part.end for part in self.parts):
            return ""
        if not self.parts_between(span.start, span.end):
            first, last = utc(list(self.whole), 0)
            return f"its track, from {first} to {last}, covers nothing of the span: its place is unknown throughout"
        told = [" to ".join(utc([part.start, part.end], 0)) for part in self.parts]
        more = f" and {len(told) - 3} more stretches" if len(told) > 3 else ""
        return (
            f"its track is known from {' and from '.join(told[:3])}{more}: outside it its place is unknown, "
            "and windows that end there are marked data_limited"
        )


class Underway(MovingSite):
    """A stretch of a moving site's way without gaps. Before and after it stands still, for light in transit only."""

    @property
    def in_parts(self) -> bool:
        return False

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Part(-np.inf, np.inf, self),)

    def covers(self, t: TimeLike) -> NDArray[np.bool_]:
        return np.ones(instants(t).shape, dtype=bool)

    def parts_between(self, start: OneTime, end: OneTime) -> tuple[Trajectory, ...]:
        return (self,)

    def each(self, change: Callable[[Trajectory], Trajectory]) -> Trajectory:
        return change(self)

    @typed
    def over(self, span: Span) -> Site:
        return self

    @cached_property
    def _legs(self) -> Legs:
        return Legs.of(self.waypoints, self)

    @cached_property
    def pace_s(self) -> float:
        """Half a turn of its body and its own way together, when it moves most quickly."""
        own = super(MovingSite, self).pace_s
        return float(min(own, np.pi / (np.pi / own + self._legs.quickest)))

    @property
    def stride_s(self) -> float:
        return self.pace_s

    def breaks(self, span: Span) -> Array:
        times = np.union1d(self._legs.times, self._legs.nearest_poles)
        turning = earth_days(span.start, span.end) if self.body == "earth" else np.empty(0)
        return np.union1d(times[(times > span.start) & (times < span.end)], turning)

    def place_at(self, t: TimeLike) -> tuple[Array, Array, Array]:
        """Latitude and longitude (deg) and height (m) at times (…)."""
        here, squared = self._place(t), self._legs.radii_km[1] ** 2 / self._legs.radii_km[0] ** 2
        flat = squared if self.body == "mars" else 1.0  # planetocentric there, of the vertical elsewhere
        latitude = np.arctan2(flat * here.up[..., 2], np.hypot(here.up[..., 0], here.up[..., 1]))
        return np.rad2deg(latitude), np.rad2deg(np.arctan2(here.up[..., 1], here.up[..., 0])), 1000.0 * here.height

    def axes_at(self, t: TimeLike) -> Array:
        """(…, 3, 3): east, north and up as rows, body-fixed."""
        return axes(self._place(t).up)

    def position_at(self, t: TimeLike) -> Array:
        """(…, 3) km, body-fixed."""
        return on_spheroid(self._place(t), self._legs.radii_km)[0]

    def horizontal(self, t: TimeLike) -> Array:
        t = instants(t)
        assert self.carrier.rotation is not None
        axes: Array = np.matmul(self.axes_at(t), self.carrier.rotation(t))
        return axes

    def turning(self, t: TimeLike) -> Array:
        """(…, 3) rad/s, ICRF axes: how east, north and up turn, with the body and along the way."""
        assert self.carrier.spin is not None
        t = instants(t)
        return self.carrier.spin(t) + self._turned_each(t, turn_rate(self._place(t)))

    def position(self, t: TimeLike) -> Array:
        t = instants(t)
        return self.carrier.position(t) + self._turned_each(t, self.position_at(t))

    def state(self, t: TimeLike) -> State:
        t = instants(t)
        under, own = self.carrier.state(t), self._moving(t)
        return State(under.position + own.position, under.velocity + own.velocity)

    def position_from(self, center: Body, t: TimeLike) -> Array:
        t = instants(t)
        away = self._turned_each(t, self.position_at(t))
        return away if center.name == self.body else away + self.carrier.position_from(center, t)

    def state_from(self, center: Body, t: TimeLike) -> State:
        t = instants(t)
        own = self._moving(t)
        if center.name == self.body:
            return own
        under = self.carrier.state_from(center, t)
        return State(own.position + under.position, own.velocity + under.velocity)

    def _moving(self, t: Array) -> State:
        """Position and velocity from the body's center, ICRF axes."""
        assert self.carrier.spin is not None
        place, rate = on_spheroid(self._place(t), self._legs.radii_km)
        arm = self._turned_each(t, place)
        return State(arm, np.cross(self.carrier.spin(t), arm) + self._turned_each(t, rate))

    def _turned_each(self, t: Array, fixed: Array) -> Array:
        assert self.carrier.rotation is not None
        turned: Array = np.einsum("...ji,...j->...i", self.carrier.rotation(t), fixed)
        return turned

    def _place(self, t: TimeLike) -> Where:
        """Vertical and height at times (…), off by its errors: those tilt the vertical as another place would."""
        here, (east_km, north_km, up_km, turned) = self._legs.at(instants(t)), self._shift
        if not any(self._shift):
            return here
        shift = np.array([east_km, north_km]) / self._legs.radii_km[0]
        enu = axes(here.up)
        up = unit(here.up + shift[0] * enu[..., 0, :] + shift[1] * enu[..., 1, :])
        cosine, sine = np.cos(turned), np.sin(turned)
        turn = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])  # rows times it
        return Where(up @ turn, here.height + up_km, here.up_rate @ turn, here.height_rate)


def _error(key: str | int, message: str) -> ValidationError:
    """An error about one key, or one item of a list, which messages then name with its line."""
    about = {"type": "value_error", "loc": (key,), "input": None, "ctx": {"error": ValueError(message)}}
    return ValidationError.from_exception_data("moving site", [about])  # type: ignore[list-item]


def _radius_km(name: object) -> float:
    """Equatorial radius of the body of that name; the Earth's for any other value, which is reported elsewhere."""
    return BODIES[name if isinstance(name, str) and name in BODIES else "earth"].equatorial_radius_km


def _moves(value: object) -> str:
    """Whether a table is that of a site that moves."""
    if isinstance(value, Mapping):
        return "moving" if "waypoints" in value or "track_file" in value else "fixed"
    return "moving" if isinstance(value, MovingSite) else "fixed"


AnySite = Annotated[Annotated[Site, Tag("fixed")] | Annotated[MovingSite, Tag("moving")], Discriminator(_moves)]
"""A site at one place, or one that moves: a table with `waypoints` or `track_file`."""
