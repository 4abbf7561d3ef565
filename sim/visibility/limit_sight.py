"""The line of sight as limits see it: scalars of both ends together, and of one end at its own time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from sim.core import geometry
from sim.core.geometry import SPEED_OF_LIGHT_KM_S
from sim.core.time import Span
from sim.search.conditions import AnyOf, Condition, Positive, Scalar, Through
from sim.search.jointly import Jointly, jointly
from sim.search.wrapping import Wrapping
from sim.trajectories.bodies.body import body
from sim.trajectories.light_time import Ray
from sim.trajectories.limits.limit import Figure, Limit, OnSurface
from sim.trajectories.open_times import OpenTimes
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.clock_limits import during
from sim.visibility.columns import Columns
from sim.visibility.levels import minus_cosine_level, sine_level, zero_level
from sim.visibility.shadows import ANGLE_RESOLUTION_DEG, sun_center_deg, umbra_deg
from sim.visibility.sight import LENGTH_RESOLUTION_KM, SINE_NOISE, Sight, shading

Array = NDArray[np.float64]
Vectors = Callable[[Array], Array]

COSINE_NOISE = 1e-12
"""Rounding noise of the cosine of an angle between two directions."""

RATE_NOISE_RAD_S = 1e-12
"""Least excursion of a rate's margin that a search minds: a rate of 6e-11 deg/s a radian from the mount's pole."""

_STEP_S = 0.1
"""Half the time over which the turn of an apparent direction is taken: the direction is linear in it to 1e-12."""


def limit_conditions(sight: Sight) -> tuple[Condition, ...]:
    """The conditions of all limits of both ends; the receiver's first."""
    ends = (sight.receiver, sight.transmitter)
    if not any(own.limits for own in ends):
        return ()
    seen = LimitSight(sight.transmitter, sight.receiver, sight.light, sight.known)
    found = tuple(found for own in ends for limit in own.limits for found in condition_of(limit, seen, own))
    return jointly(found, seen)


def condition_of(limit: Limit, sight: Sight, own: Trajectory) -> tuple[Condition, ...]:
    """The condition of a limit that an end has; none if the limit does not apply to the line of sight."""
    seen = sight
    if not isinstance(seen, LimitSight):
        seen = LimitSight(sight.transmitter, sight.receiver, sight.light, sight.known)
    return (limit.condition(seen, own),) if limit.applies(seen, own) else ()


@dataclass(frozen=True)
class LimitSight(Sight):
    """A line of sight with the scalars that limits compare."""

    def other_end(self, own: Trajectory) -> Trajectory:
        """The other end of the line of sight."""
        return self._other(own)

    def during(self, own: Trajectory, times: OpenTimes) -> Condition:
        """An end in its open times when light leaves or reaches it."""
        return during(self, own, times)

    def follow(self, starts: Array, ends: Array) -> None:
        """Keep what scalars share as polynomials over intervals (n,), in order and disjoint, until `forget`."""
        self._recent.follow(starts, ends)

    def forget(self) -> None:
        """Keep no polynomials any longer."""
        self._recent.forget()

    def stands_on(self, name: str) -> bool:
        """Whether an end stands on a body."""
        return any(isinstance(end, OnSurface) and end.center == name for end in (self.transmitter, self.receiver))

    def direction_of(self, own: Trajectory, name: str) -> Vectors:
        """Apparent direction of a body's center from an end, at the end's own time: (…) TDB s → (…, 3) km, ICRF."""
        seen = self.to_body(own, name)
        return lambda t: seen.at(t).seen(own)

    def body_separation_deg(self, own: Trajectory, name: str) -> Scalar:
        """Angle between the other end and a body's center in the sky of one end."""
        def function(t: Array) -> Array:
            at = self.at(t)
            return np.rad2deg(geometry.separation(at.seen(own), self.towards(own, name, at)))

        return self.apart(function, own, f"{body(name, own.ephemeris).called} seen from {own.name}")

    def sky_angle_deg(self, own: Site, cosine: Vectors, name: str) -> Scalar:
        """Angle between the other end and the nearest of something in a site's sky.

        cosine : of that angle, by the direction of the other end along east, north and up (…, 3)
        """

        def near(t: Array) -> Array:
            at = self.at(t)
            return cosine(np.einsum("...ij,...j->...i", at.axes(own), geometry.unit(at.seen(own))))

        text = f"angle of {self._other(own).name} from {name}"
        plain = self._angle(lambda t: np.rad2deg(np.arccos(np.clip(near(t), -1.0, 1.0))), text)
        return replace(plain, through=Through(lambda t: -near(t), minus_cosine_level, COSINE_NOISE))

    def clearance_from_km(self, name: str) -> Scalar:
        """Least distance of the light's path from a body's figure."""
        return self.clearance_km(body(name, self.receiver.ephemeris))

    def umbras(self, own: Trajectory, shadow: Figure = "spheroid") -> tuple[Condition, ...]:
        """No other body covers all of the Sun at one end, when the light is there: a condition for each body."""
        return tuple(self._when_there(own, umbra_deg(own, each)) < 0.0 for each in shading(own, shadow))

    def sun_centers(self, own: Trajectory, shadow: Figure = "spheroid") -> tuple[Condition, ...]:
        """No other body covers the Sun's center at one end, when the light is there: a condition for each body."""
        return tuple(self._when_there(own, sun_center_deg(own, each)) < 0.0 for each in shading(own, shadow))

    def angle_at_end_deg(self, own: Trajectory, sides: Callable[[Array], tuple[Array, Array]], name: str) -> Scalar:
        """Angle between two directions that belong to one end, at its own time."""
        at = self._at(own)
        plain = self._angle(lambda t: np.rad2deg(geometry.separation(*sides(at(t)))), name)
        smooth = Through(lambda t: -np.cos(np.deg2rad(plain.function(t))), minus_cosine_level, COSINE_NOISE)
        return replace(plain, through=smooth)

    def inclination_at_end_deg(self, own: Trajectory, sine: Vectors, name: str) -> Scalar:
        """Angle from a plane by its sine, at the end's own time: a latitude, the Sun's angle from an orbit's plane."""
        at = self._at(own)
        plain = self._angle(lambda t: np.rad2deg(np.arcsin(np.clip(sine(at(t)), -1.0, 1.0))), name)
        return replace(plain, through=Through(lambda t: sine(at(t)), sine_level, SINE_NOISE))

    def value_at_end(self, own: Trajectory, function: Vectors, name: str, unit: str) -> Scalar:
        """A number in degrees or kilometers that belongs to one end, at its own time."""
        at, least = self._at(own), {"deg": ANGLE_RESOLUTION_DEG, "km": LENGTH_RESOLUTION_KM}[unit]
        return Scalar(lambda t: function(at(t)), name, unit, least, self.pace_s, self.breaks)

    def turn_at_end(
        self, own: Trajectory, arm: Vectors, name: str, unit: str, period: float, lowest: float
    ) -> Wrapping:
        """An angle about an axis, at the end's own time, in a unit of which a whole turn is a period.

        arm : own times (…) → (…, 2), where the angle is 0 and a quarter turn further on; of any length
        """
        turn = 2.0 * np.pi / period

        def sides(t: Array) -> Array:
            at = self.at(t)
            return np.moveaxis(at.smooth(name, own, lambda at: arm(at.when(own))), -1, 0)

        def function(t: Array) -> Array:
            x, y = sides(t)
            turned: Array = lowest + (np.arctan2(y, x) / turn - lowest) % period
            return turned

        def after(start: float) -> Callable[[Array], Array]:
            cosine, sine = np.cos(turn * start), np.sin(turn * start)

            def beyond(t: Array) -> Array:
                x, y = sides(t)
                across: Array = cosine * y - sine * x
                return across

            return beyond

        resolution = ANGLE_RESOLUTION_DEG * period / 360.0
        return Wrapping(
            function, name, unit, resolution, self.pace_s, self.breaks, period=period, lowest=lowest, after=after
        )

    def mount_slower(
        self, own: Site, pole: int, names: tuple[str, str], most_deg_s: tuple[float | None, float | None]
    ) -> Condition:
        """Both rates of a mount below their bounds; searched together, because they follow from the same turn."""
        rates = zip(self.mount_rates_deg_s(own, pole, names), most_deg_s, strict=True)
        return Jointly(tuple(rate < most for rate, most in rates if most is not None), source=self)

    def mount_rates_deg_s(self, own: Site, pole: int, names: tuple[str, str]) -> tuple[Scalar, Scalar]:
        """Rates of an antenna's mount that follows the other end, without sign: about its fixed axis, and towards it.

        pole  : where the fixed axis points: 0 east, 1 north, 2 up
        names : of the two angles
        """

        def turns(t: Array) -> tuple[Array, Array, Array]:
            """Squared sine of the angle from the pole, times the first rate; the same sine; and the second rate."""
            place, speed = self.followed(own, t)
            a, b = (np.moveaxis(place, -1, 0)[k] for k in range(3) if k != pole)
            da, db = (np.moveaxis(speed, -1, 0)[k] for k in range(3) if k != pole)
            return a * db - b * da, a * a + b * b, speed[..., pole]

        def about(t: Array) -> Array:
            return np.rad2deg(np.abs(turns(t)[0]) / np.maximum(turns(t)[1], 1e-300))

        def towards(t: Array) -> Array:
            _, squared, rate = turns(t)
            return np.rad2deg(np.abs(rate) / np.sqrt(np.maximum(squared, 1e-300)))

        def quicker_about(limit: float) -> Condition:
            most = np.deg2rad(limit)

            def beyond(sign: float) -> Vectors:
                def margin(t: Array) -> Array:
                    rate, squared, _ = turns(t)
                    over: Array = sign * rate - most * squared
                    return over

                return margin

            return AnyOf(tuple(self._quicker(first, beyond(sign), limit) for sign in (1.0, -1.0)))

        def quicker_towards(limit: float) -> Condition:
            most = np.deg2rad(limit)

            def margin(t: Array) -> Array:
                _, squared, rate = turns(t)
                over: Array = rate * rate - most * most * squared
                return over

            return AnyOf((self._quicker(second, margin, limit),))

        far = self._other(own).name
        first, second = (
            Scalar(function, f"{name} rate of {own.name} to {far}", "deg/s", 1e-7, self._quickest_s(own), self.breaks)
            for function, name in zip((about, towards), names, strict=True)
        )
        return replace(first, split=quicker_about), replace(second, split=quicker_towards)

    def combined(
        self, parts: Sequence[Scalar], function: Callable[..., Array], name: str, unit: str, resolution: float
    ) -> Scalar:
        """A scalar that is a function of the values of others."""

        def breaks(span: Span) -> Array:
            return reduce(np.union1d, (part.breaks(span) for part in parts))

        pace_s = min(part.pace_s for part in parts)
        return Scalar(lambda t: function(*(part.function(t) for part in parts)), name, unit, resolution, pace_s, breaks)

    def _quicker(self, rate: Scalar, margin: Vectors, limit: float) -> Positive:
        """A rate above a limit by a margin that is smooth also at the pole, where the rate is not."""
        smooth = Through(margin, zero_level, RATE_NOISE_RAD_S)
        return Positive(replace(rate, through=smooth), limit, 1.0, f"{rate.name} > {limit:g} deg/s")

    def _quickest_s(self, own: Site) -> float:
        """Pace of rates: a pass is as quick as the orbit."""
        return min(self.pace_s, self._other(own).pace_s) / 4.0

    def followed(self, own: Site, t: Array) -> tuple[Array, Array]:
        """Apparent direction of the other end along east, north and up, and its rate by the end's own time (1/s)."""
        at = self.at(t)
        return at.once("followed", own, lambda at: self._followed(own, at))

    def _followed(self, own: Site, at: Columns) -> tuple[Array, Array]:
        path = at.ray
        late = self._delay_rate(path)
        if self.receives(own):
            line, speed = path.line, path.leaving * (1.0 - late)[..., None] - path.arriving
        else:
            line, speed = -path.line, path.arriving / (1.0 - late)[..., None] - path.leaving
        ahead, behind = (self._apparent(own, path, line + step * speed) for step in (_STEP_S, -_STEP_S))
        seen = geometry.unit(at.seen(own))
        turn = (ahead - behind) / (2.0 * _STEP_S)
        turn = (turn - geometry.dot(turn, seen)[..., None] * seen) / geometry.length(line)[..., None]
        turn = turn - np.cross(own.turning(at.when(own)), seen)
        axes = at.axes(own)
        return np.einsum("...ij,...j->...i", axes, seen), np.einsum("...ij,...j->...i", axes, turn)

    def _apparent(self, own: Trajectory, path: Ray, line: Array) -> Array:
        """A line from one end as that end sees it, moving as it does when the light is there."""
        if not self.light:
            return line
        return geometry.aberrated(line, path.arriving if self.receives(own) else -path.leaving)

    def _delay_rate(self, path: Ray) -> Array:
        """Rate of the light time by the time of arrival."""
        line = geometry.unit(path.line)
        closing = geometry.dot(line, path.leaving - path.arriving)
        if not self.light:
            return np.zeros_like(closing)
        late = geometry.dot(line, path.leaving) / SPEED_OF_LIGHT_KM_S
        return closing / (1.0 + late) / SPEED_OF_LIGHT_KM_S

    def _at(self, own: Trajectory) -> Vectors:
        """The time at one end when light arrives at the receiver."""
        return (lambda t: t) if self.receives(own) else (lambda t: self.ray(t).sent)
