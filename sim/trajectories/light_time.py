"""Light time between two trajectories."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Ray:
    """Light from a transmitter to a receiver.

    Attributes
    ----------
    received, sent : ndarray
        Times (…) of reception and transmission, TDB seconds past J2000; equal without light time.
    transmitter, receiver : State
        State of the transmitter at `sent`, and of the receiver at `received`.
    light_time : ndarray
        Light time (…) in seconds.
    """

    received: Array
    sent: Array
    transmitter: State
    receiver: State
    light_time: Array

    @property
    def distance(self) -> Array:
        """Distance (…) between the ends, each at its own time (km)."""
        return length(self.transmitter.position - self.receiver.position)


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
    here = receiver.state(t)
    if not light:
        return Ray(t, t, transmitter.state(t), here, np.zeros_like(t))
    delay = length(transmitter.position(t) - here.position) / SPEED_OF_LIGHT_KM_S
    for _ in range(10):
        sent = t - delay
        delay = t - sent  # rounded as the time is
        there = transmitter.state(sent)
        line = there.position - here.position
        distance = length(line)
        receding = dot(line, there.velocity) / (distance * SPEED_OF_LIGHT_KM_S)
        step = (distance / SPEED_OF_LIGHT_KM_S - delay) / (1.0 + receding)
        delay = delay + step
        if np.max(np.abs(step), initial=0.0) < CLOSED_FORM_S:
            break
    there = State(there.position - there.velocity * step[..., None], there.velocity)
    return Ray(t, t - delay, there, here, delay)


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
        distance = length(line)
        step = (distance / SPEED_OF_LIGHT_KM_S - delay) / (1.0 + dot(line, velocity) / (distance * SPEED_OF_LIGHT_KM_S))
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
