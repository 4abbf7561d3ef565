"""How light goes from one trajectory to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from sim.core.geometry import SPEED_OF_LIGHT_KM_S, dot, length
from sim.core.time import instants
from sim.trajectories.trajectory import Array, State, Trajectory

CLOSED_FORM_S = 1e-3
"""Over so short a time motion is straight: a low lunar orbit leaves its tangent by 1 nm, and by 1 µm/s."""


BRIEF_S = 2.0
"""While light takes no longer, a planet's velocity is taken as constant: the Earth's way then bends by 12 mm."""


_STRIDE = 4


@dataclass(frozen=True)
class Ray:
    """Light that arrives at a receiver at given times: both ends, each at its own time.

    received, sent        : (…) TDB s; with geometric geometry both are the same
    receiver, transmitter : State of the receiver then, and of the transmitter when it sent
    light_time            : (…) s
    """

    received: Array
    sent: Array
    transmitter: State
    receiver: State
    light_time: Array

    @property
    def distance(self) -> Array:
        return length(self.transmitter.position - self.receiver.position)


def ray(transmitter: Trajectory, receiver: Trajectory, t: Any, light: bool = True) -> Ray:
    """The light from a transmitter that arrives at a receiver at TDB seconds t (…).

    light : whether light takes time; without, both ends are taken at t

    Light time is solved by Newton's steps, the last of them in closed form: good to a nanosecond. The relativistic
    delay (0.02 km at most in the Earth–Moon system) is left out. Source: IERS Conventions (2010), §11.
    """
    t = instants(t)
    here = receiver.state(t)
    if not light:
        return Ray(t, t, transmitter.state(t), here, np.zeros_like(t))
    delay = length(transmitter.position(t) - here.position) / SPEED_OF_LIGHT_KM_S
    for _ in range(10):
        sent = t - delay
        delay = t - sent  # what is left of it in the digits of a time
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


def arrival(transmitter: Trajectory, receiver: Trajectory, sent: Any) -> Array:
    """When light that leaves a transmitter at TDB seconds (…) arrives at a receiver."""
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


class Carrier(Trajectory, Protocol):
    """A body that carries sites."""

    def velocity(self, t: Any) -> Array: ...


def retarded(target: Trajectory, center: Carrier, t: Array) -> tuple[Array, Array, Array, Array]:
    """Light that arrives at a body's center, as `ray` has it, but free of the barycenter's large numbers.

    t       : (n,) TDB s
    returns : line from the center to where the target was (n, 3) km; the target's velocity then and the center's now,
              relative to the SSB (n, 3) km/s; light time (n,) s

    The center's own way while the light is on it is its mean velocity times that time: good to a millimeter for 20
    minutes of light.
    """
    own = center.velocity(t)
    delay = _first_guess(target, center, t)
    for _ in range(10):
        sent = t - delay
        delay = t - sent  # what is left of it in the digits of a time: without this, positions jump by a millimeter
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


def _first_guess(target: Trajectory, center: Trajectory, t: Array) -> Array:
    """Light times (n,) s without the motion meanwhile; of many times in order, every fourth, and lines between them."""
    if len(t) > 64 and np.all(t[_STRIDE::_STRIDE] > t[:-_STRIDE:_STRIDE][: len(t[_STRIDE::_STRIDE])]):
        some = np.append(t[::_STRIDE], t[-1])
        return np.interp(t, some, length(target.position_from(center, some)) / SPEED_OF_LIGHT_KM_S)
    return length(target.position_from(center, t)) / SPEED_OF_LIGHT_KM_S
