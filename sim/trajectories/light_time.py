"""Light time between two trajectories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.core.geometry import SPEED_OF_LIGHT_KM_S, dot, length
from sim.core.time import instants
from sim.core.values import TimeLike
from sim.trajectories.trajectory import Array, Located, State, Trajectory

if TYPE_CHECKING:
    from sim.trajectories.bodies.body import Body

CLOSED_FORM_S = 1e-3
"""Motion is taken as straight over this time (s): a low lunar orbit deviates by 1 nm and 1 µm/s."""


BRIEF_S = 2.0
"""A planet's velocity is taken as constant over a light time up to this (s): the Earth deviates by 12 mm."""


_STRIDE = 4


@dataclass(frozen=True, eq=False)
class Ray:
    """Light from a transmitter to a receiver.

    Attributes
    ----------
    received, sent : ndarray
        Times (…) of reception and transmission, TDB seconds past J2000; equal without light time.
    light_time : ndarray
        Light time (…) in seconds.
    line : ndarray
        From the receiver to the transmitter, each at its own time: (…, 3) km, ICRF axes.
    leaving, arriving : ndarray
        Velocity of the transmitter at `sent`, and of the receiver at `received`: (…, 3) km/s relative to the SSB.
    """

    received: Array
    sent: Array
    light_time: Array
    line: Array
    leaving: Array
    arriving: Array
    _place: Callable[[], Array]  # of the receiver, km from the SSB: few ask for it

    @cached_property
    def receiver(self) -> State:
        """State of the receiver at `received`."""
        return State(self._place(), self.arriving)

    @cached_property
    def transmitter(self) -> State:
        """State of the transmitter at `sent`."""
        return State(self.receiver.position + self.line, self.leaving)

    @cached_property
    def distance(self) -> Array:
        """Distance (…) between the ends, each at its own time (km)."""
        return length(self.line)


def ray(transmitter: Trajectory, receiver: Trajectory, t: TimeLike, light: bool = True) -> Ray:
    """Return the light that arrives at a receiver at given times.

    Parameters
    ----------
    transmitter, receiver : Trajectory
        The ends of the link.
    t : TimeLike
        Times (…) of reception.
    light : bool
        Whether light time is applied; without it, both ends are taken at `t`.

    Returns
    -------
    Ray

    Notes
    -----
    Light time is solved with Newton steps, the last of them in closed form, to a nanosecond. The relativistic delay (at
    most 0.02 km in the Earth–Moon system) is left out.

    References
    ----------
    IERS Conventions (2010), §11.
    """
    t = instants(t)
    center = _common_center(transmitter, receiver)
    if center is not None:
        return _ray_about(center, transmitter, receiver, t, light)
    here = receiver.state(t)
    if not light:
        there = transmitter.state(t)
        line = there.position - here.position
        return Ray(t, t, np.zeros_like(t), line, there.velocity, here.velocity, lambda: here.position)
    delay = length(transmitter.position(t) - here.position) / SPEED_OF_LIGHT_KM_S
    for _ in range(10):
        sent = t - delay
        delay = t - sent  # rounded as the time is
        there = transmitter.state(sent)
        line = there.position - here.position
        step = delay_step(line, there.velocity, delay)
        delay = delay + step
        if np.max(np.abs(step), initial=0.0) < CLOSED_FORM_S:
            break
    line = line - there.velocity * step[..., None]
    return Ray(t, t - delay, delay, line, there.velocity, here.velocity, lambda: here.position)


def _ray_about(center: Body, transmitter: Trajectory, receiver: Trajectory, t: Array, light: bool) -> Ray:
    """Light between two ends about one center: from there, not from the SSB, where the same numbers would be rounded.

    What the center moves meanwhile is its mean velocity times the light time.
    """
    own, here = center.velocity(t), receiver.state_from(center, t)

    def place() -> Array:
        return center.position(t) + here.position

    if not light:
        there = transmitter.state_from(center, t)
        line, leaving = there.position - here.position, there.velocity + own
        return Ray(t, t, np.zeros_like(t), line, leaving, here.velocity + own, place)
    delay = length(transmitter.position_from(center, t) - here.position) / SPEED_OF_LIGHT_KM_S
    for _ in range(10):
        sent = t - delay
        delay = t - sent  # rounded as the time is
        there = transmitter.state_from(center, sent)
        before = center.velocity(sent)
        line = there.position - here.position - (0.5 * delay)[..., None] * (own + before)
        velocity = there.velocity + before
        step = delay_step(line, velocity, delay)
        delay = delay + step
        if np.max(np.abs(step), initial=0.0) < CLOSED_FORM_S:
            break
    return Ray(t, t - delay, delay, line - velocity * step[..., None], velocity, here.velocity + own, place)


class Nearby:
    """Light between ends that are slightly off those of a ray, from that ray: only the end that is off is asked.

    ends : transmitter and receiver of the ray, without phases; light : whether light takes time
    """

    def __init__(self, path: Ray, ends: tuple[Trajectory, Trajectory], light: bool) -> None:
        self.path, self.ends, self.light = path, ends, light
        self.times = path.sent, path.received
        self.plain: list[State | None] = [None, None]

    def between(self, *moved: Trajectory) -> Ray | None:
        """The light that arrives at the same times; None where it takes longer, or less long, by `CLOSED_FORM_S`."""
        path, velocities, off = self.path, [self.path.leaving, self.path.arriving], [np.zeros(3), np.zeros(3)]
        for side, (end, own) in enumerate(zip(self.ends, moved, strict=True)):
            if own is not end:
                here = self._plain(side)
                there = own.state_beside(_center(end), self.times[side], here)  # type: ignore[attr-defined]
                off[side] = there.position - here.position
                velocities[side] = velocities[side] + (there.velocity - here.velocity)
        line, (leaving, arriving) = path.line + off[0] - off[1], velocities

        def place() -> Array:
            return path.receiver.position + off[1]

        if not self.light:
            return Ray(path.received, path.sent, path.light_time, line, leaving, arriving, place)
        step = delay_step(line, leaving, path.light_time)
        if np.max(np.abs(step), initial=0.0) >= CLOSED_FORM_S:
            return None
        delay, line = path.light_time + step, line - leaving * step[..., None]
        return Ray(path.received, path.received - delay, delay, line, leaving, arriving, place)

    def _plain(self, side: int) -> State:
        """An end as it is, from its center."""
        known = self.plain[side]
        if known is None:
            known = self.plain[side] = self.ends[side].state_from(_center(self.ends[side]), self.times[side])
        return known


def _center(end: Trajectory) -> Body:
    center: Body = end.carrier  # type: ignore[attr-defined]  # of sites and orbits, which alone can be off
    return center


def delay_step(line: Array, velocity: Array, delay: Array) -> Array:
    """What a light time (…) lacks, s: a Newton step, by the line (…, 3) to the transmitter then, and its velocity."""
    distance = length(line)
    receding = dot(line, velocity) / (distance * SPEED_OF_LIGHT_KM_S)
    left: Array = (distance / SPEED_OF_LIGHT_KM_S - delay) / (1.0 + receding)
    return left


def _common_center(transmitter: Trajectory, receiver: Trajectory) -> Body | None:
    """The body that two ends without phases both stand on or orbit, in one ephemeris; None of others."""
    one, other = (getattr(end, "carrier", None) for end in (transmitter, receiver))
    same = one is not None and (one is other or one == other)
    return one if same else None


def arrival(transmitter: Located, receiver: Located, sent: TimeLike) -> Array:
    """Return the times (…) at which light that leaves a transmitter at `sent` arrives at a receiver (TDB s)."""
    left = instants(sent)
    from_here = transmitter.position(left)
    delay = length(receiver.position(left) - from_here) / SPEED_OF_LIGHT_KM_S
    for _ in range(10):
        new = length(receiver.position(left + delay) - from_here) / SPEED_OF_LIGHT_KM_S
        settled = np.max(np.abs(new - delay), initial=0.0) < 1e-9
        delay = new
        if settled:
            break
    return left + delay


def retarded(target: Trajectory, center: Body, t: Array) -> tuple[Array, Array, Array, Array]:
    """Return light that arrives at a body's center, as `ray` does, without the rounding of barycentric positions.

    t       : (n,) TDB s
    returns : line from the center to where the target was (n, 3) km; the target's velocity then and the center's now,
              relative to the SSB (n, 3) km/s; light time (n,) s

    The displacement of the center during the light time is its mean velocity times that time: accurate to 1 mm for a
    light time of 20 min.
    """
    own = center.velocity(t)
    delay = _first_guess(target, center, t)
    for _ in range(10):
        sent = t - delay
        delay = t - sent  # rounded as the time is: else positions jump by 1 mm
        before = own if np.max(delay, initial=0.0) < BRIEF_S else center.velocity(sent)
        there = target.state_from(center, sent)
        line = there.position - 0.5 * delay[:, None] * (own + before)
        velocity = there.velocity + before
        step = delay_step(line, velocity, delay)
        delay = delay + step
        if np.max(np.abs(step), initial=0.0) < CLOSED_FORM_S:
            break
    return line - step[:, None] * velocity, velocity, own, delay


def _first_guess(target: Trajectory, center: Body, t: Array) -> Array:
    """Light times (n,) s without motion during them; for many ordered times, every fourth is computed."""
    if len(t) > 64 and np.all(t[_STRIDE::_STRIDE] > t[:-_STRIDE:_STRIDE][: len(t[_STRIDE::_STRIDE])]):
        some = np.append(t[::_STRIDE], t[-1])
        return np.interp(t, some, length(target.position_from(center, some)) / SPEED_OF_LIGHT_KM_S)
    return length(target.position_from(center, t)) / SPEED_OF_LIGHT_KM_S
