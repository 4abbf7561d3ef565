"""What flies: a name, an orbit, and what it asks of a line of sight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import model_validator

from sim.core.arguments import typed
from sim.core.chebyshev import Pieces
from sim.core.errors import OrbitEnded, PropagationError, SimError
from sim.core.model import Listed, Model, Name, Text
from sim.core.time import DAY_S, Span, utc
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.limits import AnyLimit
from sim.trajectories.multi_phase import IN_A_PHASE, Phased
from sim.trajectories.orbits.data_span import DataSpan, with_light
from sim.trajectories.orbits.model_errors import left_out
from sim.trajectories.orbits.orbit import AnyOrbit, Orbit
from sim.trajectories.orbits.orbit_errors import UNCOUNTED, Sigma, taken
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import AROUND_S, LIGHT_TIME_PAD_S, Basis, Part, Trajectory, sourced

_NEAR_LIGHT_S = 12.0
"""How long light is under way at the most from orbits about the Earth and the Moon that are given without an axis, two
million km away, to the Earth and as far again."""


class Spacecraft(Model):
    """A spacecraft and how it moves; `over(span)` makes it a trajectory."""

    name: Name
    orbit: AnyOrbit
    limits: Annotated[tuple[AnyLimit, ...], Listed] = ()
    """what it asks of every line of sight"""
    source: Text = ""
    """who says so"""
    sigma: Sigma | None = None
    """how far its orbit may be off; if not given, what has been counted of the orbit's kind and basis, else unknown"""
    ephemeris: str = "de421"
    """which ephemeris the bodies that pull it move in"""

    @model_validator(mode="after")
    def _of_element_sets(self) -> Spacecraft:
        drag = self.sigma is not None and self.sigma.drag
        if drag and not any(orbit.of_element_sets for orbit in self.orbit.flown()):
            raise ValueError("sigma: drag is for element sets only (kind = \"tle\"). Leave it out")
        return self

    @model_validator(mode="after")
    def _since_when(self) -> Spacecraft:
        if self.sigma is not None and self.sigma.needs_epoch and self.sigma.epoch is None:
            orbits = [orbit for orbit in self.orbit.flown() if self._stands(orbit) is None]
            if not all(len(orbit.reference_epochs()) for orbit in orbits):
                raise ValueError("sigma: these errors need an epoch, and the orbit has none. Give sigma.epoch")
            if self.sigma.of_state and any(len(orbit.reference_epochs()) > 1 for orbit in orbits):
                raise ValueError("sigma: errors of a state need one epoch, and the orbit has several. Give sigma.epoch")
        return self

    @property
    def errors(self) -> tuple[str, ...]:
        """The names of its independent errors as far as they are counted; it is not moved for that."""
        return tuple(dict.fromkeys(name for orbit in self.orbit.flown() for name in self._names(orbit)))

    @property
    def sites(self) -> tuple[Site, ...]:
        """Where it stands in phases in which it does not move."""
        return tuple(site for orbit in self.orbit.flown() if (site := self._stands(orbit)) is not None)

    def _names(self, orbit: Orbit) -> Iterable[str]:
        if (site := self._stands(orbit)) is not None:
            return site.errors
        sigma = self.sigma or taken(orbit, self._basis(orbit))
        return () if isinstance(sigma, str) else sigma.names(orbit)

    def _basis(self, orbit: Orbit) -> Basis:
        """What an orbit, or that of a phase, rests on."""
        return sourced(orbit.basis, orbit.source or self.source or self.orbit.source)

    def sized(self, orbit: Orbit, span: Span) -> Sigma | str:
        """How far its orbit, or that of a phase, may be off in a span; where that is not known, why, in words."""
        sigma = self.sigma or taken(orbit, self._basis(orbit))
        if self.sigma is not None or isinstance(sigma, str):
            return sigma
        counted = sigma.along_at(orbit, span)
        over = [each for each in left_out(orbit, span, self.ephemeris) if each.km > counted]
        return str(over[0]) if over else sigma

    @typed
    def over(self, span: Span, light: bool = False, early_s: float = 0.0) -> Sampled | Phased:
        """The spacecraft over a span and an hour around it, moved once and from then on only looked up.

        light   : whether it must be known when light left it that arrives as the span begins
        early_s : how long before the span it may be asked for that, wherever the other ends are

        Where its data do not cover all of the span it is in phases: what is not known is a gap. Raises `CoverageError`
        where they cover nothing of it, `PropagationError` and `DataError`, with the spacecraft's name.
        """
        if self.orbit.sequence():
            return self._phased(span, self.orbit)
        known = self.data_span(self.orbit, span, light, early_s)
        if known is None or not known.overlaps(span):
            return self._sampled(span, self.orbit)
        parts = tuple(self._cut(self.orbit, known))
        told = (known.note,) if known.note else ()
        return self._in_parts(self.orbit, parts, parts[0].start, parts[-1].end, known.limit, told)

    def data_span(self, orbit: Orbit, span: Span, light: bool = False, early_s: float = 0.0) -> DataSpan | None:
        """When the data of its orbit, or that of a phase, say where it is; None where that is all of a span.

        light, early_s : as of `over`

        Raises `DataError`, with the spacecraft's name.
        """
        try:
            return orbit.data_span(span, light, early_s)
        except SimError as error:
            raise type(error)(f"spacecraft {self.name}: {error}") from error

    def light_s(self, span: Span) -> float:
        """An upper bound on how long light is under way in a span from it to the Earth and as far again (s)."""
        orbits = [phase.orbit for phase in self.orbit.sequence()] or [self.orbit]
        return max(_NEAR_LIGHT_S, *(self._light_s(orbit, span) for orbit in orbits))

    def _light_s(self, orbit: Orbit, span: Span) -> float:
        """How long light may be under way from an orbit, in a span; of those that stay near the Earth it is nothing."""
        try:
            return float(orbit.light_s(span))
        except SimError as error:
            raise type(error)(f"spacecraft {self.name}: {error}") from error

    def _phased(self, span: Span, orbit: Orbit) -> Phased:
        """The phases that the span touches, each over its share of it."""
        parts: list[Part] = []
        for phase in orbit.sequence():
            around_s = max(AROUND_S, self._light_s(phase.orbit, Span(phase.start, phase.end)))
            start, end = max(phase.start, span.start - around_s), min(phase.end, span.end + around_s)
            if start < end:
                share = Span(start, end)
                known = self.data_span(phase.orbit, share)
                if known is not None and known.overlaps(share):
                    parts += self._cut(phase.orbit, known, share)
                else:
                    moved, reach_s = self._part(phase.orbit, share), max(around_s, LIGHT_TIME_PAD_S)
                    if isinstance(moved, Sampled):  # its data may end with the phase
                        moved = replace(moved, beyond_s=reach_s + DAY_S)
                    parts.append(Part(start, end, moved, reach_s=reach_s))
        first, last = orbit.sequence()[0].start, orbit.sequence()[-1].end
        notes: tuple[str, ...] = ()
        if not parts:
            told = " to ".join(utc([first, last], 0))
            notes = (f"its phases, from {told}, do not cover the span: no orbit is known in it",)
        return self._in_parts(orbit, tuple(parts), first, last, IN_A_PHASE, notes)

    def _cut(self, orbit: Orbit, known: DataSpan, share: Span | None = None) -> Iterator[Part]:
        """A phase for each stretch in which an orbit is known."""
        for start, end in known.stretches:
            if share is not None:
                start, end = max(start, share.start), min(end, share.end)
            if start < end:
                moved = self._sampled(Span(start, end), orbit)
                pieces = with_light(moved.pieces, moved.center)
                reach_s = max(LIGHT_TIME_PAD_S, moved.pieces.start - pieces.start)
                yield Part(start, end, replace(moved, pieces=pieces, beyond_s=reach_s + DAY_S), True, reach_s)

    def _in_parts(
        self, orbit: Orbit, parts: tuple[Part, ...], first: float, last: float, limit: str, notes: tuple[str, ...]
    ) -> Phased:
        return Phased(
            name=self.name,
            parts=parts,
            whole=(first, last),
            home=orbit.center,
            own_basis=self._basis(orbit),
            limits=self.limits,
            ephemeris=self.ephemeris,
            source=self.source or orbit.source,
            notes=tuple(dict.fromkeys([*notes, *_told(parts)])),
            limit=limit,
        )

    def _part(self, orbit: Orbit, span: Span) -> Trajectory:
        return self._stands(orbit) or self._sampled(span, orbit)

    def _stands(self, orbit: Orbit) -> Site | None:
        """The site that it is in a phase in which it does not move; None in one in which it does."""
        about = {"name": self.name, "limits": self.limits, "ephemeris": self.ephemeris}
        source = orbit.source or self.source or self.orbit.source
        return orbit.site(**about, basis=self._basis(orbit), source=source)

    def _sampled(self, span: Span, orbit: Orbit) -> Sampled:
        try:
            pieces, joins = orbit.pieces(span, self.ephemeris)
            sigma = self.sized(orbit, span)
            known = pieces if isinstance(sigma, str) else self._since(span, orbit, sigma, pieces)
            notes = orbit.notes(span, self.ephemeris)
        except OrbitEnded as error:
            where = f"{utc(error.time_tdb, 0)}{_ground(error, orbit.center)}"
            raise PropagationError(f"spacecraft {self.name}: {error}, at {where}") from error
        except SimError as error:
            raise type(error)(f"spacecraft {self.name}: {error}") from error
        return Sampled(
            name=self.name,
            basis=self._basis(orbit),
            center=orbit.center,
            pieces=pieces,
            limits=self.limits,
            ephemeris=self.ephemeris,
            joins=joins,
            source=self.source or orbit.source,
            notes=notes,
            epochs=orbit.reference_epochs() if orbit.of_element_sets else np.empty(0),
            deviations=(UNCOUNTED,) if isinstance(sigma, str) else sigma.deviations(orbit, known, self.ephemeris),
            uncounted=sigma if isinstance(sigma, str) else "",
            kernels=orbit.kernels,
        )

    def _since(self, span: Span, orbit: Orbit, sigma: Sigma, pieces: Pieces) -> Pieces:
        """The orbit over the span, and from or to the epoch at which its state's errors are told."""
        if not sigma.of_state:
            return pieces
        epoch = sigma.epoch if sigma.epoch is not None else float(orbit.reference_epochs()[0])
        if pieces.start <= epoch <= pieces.end:
            return pieces
        wide: Pieces
        wide, _ = orbit.pieces(Span(min(span.start, epoch), max(span.end, epoch)), self.ephemeris)
        return wide


def _told(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        yield from getattr(part.trajectory, "notes", ())


def _ground(error: OrbitEnded, center: str) -> str:
    """Where an orbit hits the ground, in words: planetocentric latitude and longitude."""
    turn = BODIES[center].rotation
    if error.impact is None or turn is None:
        return ""
    x, y, z = turn(np.asarray(error.time_tdb)) @ error.impact
    latitude, longitude = np.rad2deg([np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x)])
    return f", latitude {latitude:.2f} deg, longitude {longitude:.2f} deg"
