"""A spacecraft with several phases, with or without gaps between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import typed
from sim.core.text import some
from sim.core.time import DAY_S, EDGE_S, Span, instant, instants, utc
from sim.core.values import OneTime, TimeLike
from sim.trajectories.bodies.ephemeris import not_covered
from sim.trajectories.limbs import SPHERE
from sim.trajectories.trajectory import LIGHT_TIME_PAD_S, Basis, Part, State, Trajectory, worst_basis

if TYPE_CHECKING:
    from sim.trajectories.bodies.body import Body
    from sim.trajectories.limits.limit import Limit

Array = NDArray[np.float64]

IN_A_PHASE, IN_ITS_DATA, NOT_DECAYED, IN_ORBIT = "in a phase", "within its data", "not decayed", "in orbit"
ON_ITS_TRACK = "on its track"
"""Names of the limits that close windows where a spacecraft has no orbit; they follow its name."""


@dataclass(frozen=True, eq=False, repr=False)
class Phased:
    """A spacecraft whose phases are separate trajectories. Its orbit is unknown in gaps between them.

    In a gap the nearest phase is evaluated if it is at most an hour away, or within the light time of its end. Farther
    away, `CoverageError` is raised.

    Attributes
    ----------
    parts : tuple of Part
        Phases in the span, in order of time; empty if no orbit is known there.
    whole : tuple of float
        Start of the first and end of the last phase, in or outside the span (TDB s).
    home : str
        Center of the first phase.
    sure : Basis
        Worst basis of all phases.
    notes : tuple of str
        Notes for run.json.
    limit : str
        Name of the limit that closes a window where a phase or the data end, after the spacecraft's name.
    """

    name: str
    parts: tuple[Part, ...]
    whole: tuple[float, float] = (-np.inf, np.inf)
    home: str = "earth"
    own_basis: Basis = "designed"
    limits: tuple[Limit, ...] = ()
    air: ClassVar[None] = None
    """a landed phase sees through no air"""
    ephemeris: str = "de421"
    source: str = ""
    notes: tuple[str, ...] = ()
    limit: str = IN_A_PHASE

    @property
    def in_parts(self) -> bool:
        return True

    def each(self, change: Callable[[Trajectory], Trajectory]) -> Phased:
        return replace(self, parts=tuple(replace(part, trajectory=change(part.trajectory)) for part in self.parts))

    @property
    def basis(self) -> Basis:
        return worst_basis(part.trajectory for part in self.parts) if self.parts else self.own_basis

    @property
    def center(self) -> str:
        return self.parts[0].trajectory.center if self.parts else self.home

    @property
    def pace_s(self) -> float:
        return min((part.trajectory.pace_s for part in self.parts), default=DAY_S)

    @property
    def stride_s(self) -> float:
        return min((part.trajectory.stride_s for part in self.parts), default=DAY_S)

    @property
    def joins(self) -> Array:
        """Times at which a phase begins or ends (TDB s)."""
        return np.unique([t for part in self.parts for t in (part.start, part.end)])

    @property
    def kernels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(file for part in self.parts for file in part.trajectory.kernels))

    @property
    def moon_limb(self) -> str:
        return self.parts[0].trajectory.moon_limb if self.parts else SPHERE

    @property
    def known_between(self) -> tuple[float, float]:
        return -np.inf, np.inf

    @property
    def without_errors(self) -> Phased:
        return self

    def covers(self, t: TimeLike) -> NDArray[np.bool_]:
        """Return whether each time (…) is in a phase."""
        inside: NDArray[np.bool_] = self._distance(t).min(axis=0) <= 0.0
        return inside

    def parts_between(self, start: OneTime, end: OneTime) -> tuple[Trajectory, ...]:
        """Return the phases between two times: one, several, or none in a gap."""
        start, end = instant(start), instant(end)
        return tuple(part.trajectory for part in self.parts if part.start < end and part.end > start)

    def position(self, t: TimeLike) -> Array:
        return self._asked(t, lambda way, s: way.position(s))

    def state(self, t: TimeLike) -> State:
        both = self._asked(t, lambda way, s: _both(way.state(s)), 6)
        return State(both[..., :3], both[..., 3:])

    def position_from(self, center: Body, t: TimeLike) -> Array:
        return self._asked(t, lambda way, s: way.position_from(center, s))

    def state_from(self, center: Body, t: TimeLike) -> State:
        both = self._asked(t, lambda way, s: _both(way.state_from(center, s)), 6)
        return State(both[..., :3], both[..., 3:])

    def breaks(self, span: Span) -> Array:
        own = self.joins[(self.joins > span.start) & (self.joins < span.end)]
        return np.unique(np.concatenate([own, *(part.trajectory.breaks(span) for part in self.parts)]))

    @typed
    def over(self, span: Span) -> Phased:
        return self

    def __repr__(self) -> str:
        each = [f"{utc(part.start, 0)} to {utc(part.end, 0)}" for part in self.parts] or ["no orbit in the span"]
        return f"<{self.name}, {self.basis}, in {len(self.parts)} phases: {some(each, '; ')}>"

    def _distance(self, t: TimeLike) -> Array:
        """Time from each phase to each time: (parts, …) s, negative inside."""
        t = instants(t)
        if not self.parts:
            return np.full((1, *t.shape), np.inf)
        return np.stack([np.maximum(part.start - t, t - part.end) for part in self.parts])

    def _asked(self, t: TimeLike, ask: Callable[[Trajectory, Array], Array], columns: int = 3) -> Array:
        """Evaluate the phase of each time."""
        t = instants(t)
        flat = t.ravel()
        away = self._distance(flat)
        which = len(self.parts) - 1 - np.argmin(away[::-1], axis=0)  # at a join, the later one
        reach_s = np.array([part.reach_s for part in self.parts] or [LIGHT_TIME_PAD_S])
        lost = away.min(axis=0) > reach_s[which]
        if lost.any():
            ends = (self.parts[0].start, self.parts[-1].end) if self.parts else self.whole
            raise not_covered(f"the phases of {self.name}, with gaps,", *ends, flat[lost])
        if not self.parts:  # asked at no times
            return np.empty((*t.shape, columns))
        asked = np.unique(which) if t.size else [0]
        found = [(which == i, ask(self.parts[i].trajectory, flat[which == i])) for i in asked]
        result = np.empty((len(flat), found[0][1].shape[-1]))
        for chosen, values in found:
            result[chosen] = values
        return result.reshape(*t.shape, result.shape[-1])


def unknown_text(trajectory: Trajectory, t: float) -> str:
    """Why an end's orbit is not known at a time (TDB s), and from when to when; empty where it is.

    `no orbit of lander known from 2026-03-01T12:00:00Z to 2026-03-01T13:00:00Z`
    """
    if not trajectory.in_parts or bool(trajectory.covers(np.array(t))):
        return ""
    limit, whole = getattr(trajectory, "limit", IN_A_PHASE), getattr(trajectory, "whole", (-np.inf, np.inf))
    before = [part.end for part in trajectory.parts if part.end <= t]
    after = [part.start for part in trajectory.parts if part.start >= t]
    first = f" from {utc(max(before), 0)}" if before else ""
    last = f" to {utc(min(after), 0)}" if after else ""
    if not before:  # a span's share of the phases, or all there is
        last = f" before {utc(min(after), 0)}" if after else " in the span"
    elif not after and limit == IN_A_PHASE and max(before) < whole[1] - EDGE_S:
        last = " to beyond the span"
    elif not after:
        first, last = f" after {utc(max(before), 0)}", _ENDS.get(limit, "")
    return f"{_NO_TRACK if limit == ON_ITS_TRACK else _NOTHING} {trajectory.name} known{first}{last}"


_NOTHING, _NO_TRACK = "no orbit of", "no track of"
_ENDS = {IN_ITS_DATA: " (its data end)", NOT_DECAYED: " (decayed)", ON_ITS_TRACK: " (its track ends)"}


def limited_by_data(limit: str) -> bool:
    """Whether a limit that ended a window, as it reads, is none of the geometry's: no orbit of an end is known."""
    return _NOTHING in limit or _NO_TRACK in limit or limit.startswith(KNOWN)


KNOWN = "orbit known of"
"""How the limit reads that holds while the orbits of some ends are known, before their names."""


def phases_in(trajectory: Trajectory, span: Span) -> list[tuple[Trajectory, Span]]:
    """How a trajectory moves in a span, and when: each of its phases, without the gaps between; or itself, in all."""
    if not trajectory.in_parts:
        return [(trajectory, span)]
    shares = [(part.trajectory, max(part.start, span.start), min(part.end, span.end)) for part in trajectory.parts]
    return [(way, Span(first, last)) for way, first, last in shares if first < last]


def _both(state: State) -> Array:
    return np.concatenate((state.position, state.velocity), axis=-1)
