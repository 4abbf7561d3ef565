"""What flies: a name, an orbit, and what it asks of a line of sight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from pydantic import model_validator

from sim.core.arguments import typed
from sim.core.chebyshev import Pieces
from sim.core.errors import OrbitEnded, PropagationError, SimError
from sim.core.model import Listed, Model, Name, Text
from sim.core.time import Span, utc
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.limits import AnyLimit
from sim.trajectories.multi_phase import IN_A_PHASE, Part, Phased
from sim.trajectories.orbits.anchored import Anchored
from sim.trajectories.orbits.data_span import Known, with_light
from sim.trajectories.orbits.formats.file_orbit import FromFile
from sim.trajectories.orbits.formats.spk import Spk
from sim.trajectories.orbits.formats.tle import Tle
from sim.trajectories.orbits.kepler import Kepler
from sim.trajectories.orbits.kinds import AnyOrbit
from sim.trajectories.orbits.model_errors import left_out
from sim.trajectories.orbits.numerical import Numerical
from sim.trajectories.orbits.orbit_errors import UNCOUNTED, Sigma, epochs_of, taken
from sim.trajectories.orbits.phases import AROUND_S, Landed, Phases
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.orbits.transfer import Transfer
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import LIGHT_TIME_PAD_S, Basis, Trajectory, sourced


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
        if self.sigma is not None and self.sigma.drag:
            orbits = [phase.orbit for phase in getattr(self.orbit, "phases", ())] or [self.orbit]
            if not any(isinstance(orbit, Tle) for orbit in orbits):
                raise ValueError("sigma: drag is of element sets (kind = \"tle\"), and the orbit is none. Leave it out")
        return self

    @model_validator(mode="after")
    def _since_when(self) -> Spacecraft:
        if self.sigma is not None and self.sigma.needs_epoch and self.sigma.epoch is None:
            orbits = [phase.orbit for phase in getattr(self.orbit, "phases", ())] or [self.orbit]
            if not all(isinstance(orbit, Landed) or len(epochs_of(orbit)) for orbit in orbits):
                raise ValueError("sigma: what grows, or holds for a state, needs an epoch, and the orbit has none")
            if self.sigma.of_state and any(len(epochs_of(orbit)) > 1 for orbit in orbits):
                raise ValueError("sigma: a state's errors need one epoch, and the orbit has several. Give it")
        return self

    @property
    def errors(self) -> tuple[str, ...]:
        """The names of its independent errors as far as they are counted; it is not moved for that."""
        orbits = [phase.orbit for phase in getattr(self.orbit, "phases", ())] or [self.orbit]
        return tuple(dict.fromkeys(name for orbit in orbits for name in self._names(orbit)))

    def _names(self, orbit: Any) -> Iterable[str]:
        if isinstance(orbit, Landed):
            return self._site(orbit).errors
        sigma = self.sigma or taken(orbit, self._basis(orbit))
        return () if isinstance(sigma, str) else sigma.names(orbit)

    def _basis(self, orbit: Any) -> Basis:
        """What an orbit, or that of a phase, rests on."""
        return sourced(orbit.basis, orbit.source or self.source or self.orbit.source)

    def sized(self, orbit: Any, span: Span) -> Sigma | str:
        """How far its orbit, or that of a phase, may be off in a span; where that is not known, why, in words."""
        sigma = self.sigma or taken(orbit, self._basis(orbit))
        if self.sigma is not None or isinstance(sigma, str):
            return sigma
        counted = sigma.along_at(orbit, span)
        over = [each for each in left_out(orbit, span, self.ephemeris) if each.km > counted]
        return str(over[0]) if over else sigma

    @typed
    def over(self, span: Span, light: bool = False) -> Sampled | Phased:
        """The spacecraft over a span and an hour around it, moved once and from then on only looked up.

        light : whether it must be known when light left it that arrives as the span begins

        Where its data do not cover all of the span it is in phases: what is not known is a gap. Raises `CoverageError`
        where they cover nothing of it, `PropagationError` and `DataError`, with the spacecraft's name.
        """
        if isinstance(self.orbit, Phases):
            return self._phased(span, self.orbit)
        known = self.known(self.orbit, span, light)
        if known is None or not known.within(span):
            return self._sampled(span, self.orbit)
        parts = tuple(self._cut(self.orbit, known))
        return self._in_parts(self.orbit, parts, parts[0].start, parts[-1].end, known.limit, (known.told,))

    def known(self, orbit: Any, span: Span, light: bool = False) -> Known | None:
        """When the data of its orbit, or that of a phase, say where it is; None where that is all of a span.

        Raises `DataError`, with the spacecraft's name.
        """
        try:
            return orbit.known(span, light) if hasattr(orbit, "known") else None
        except SimError as error:
            raise type(error)(f"spacecraft {self.name}: {error}") from error

    def _light_s(self, orbit: Any, span: Span) -> float:
        """How long light may be under way from an orbit, in a span; of those that stay near the Earth it is nothing."""
        try:
            return float(orbit.light_s(span)) if isinstance(orbit, FromFile | Kepler | Numerical) else 0.0
        except SimError as error:
            raise type(error)(f"spacecraft {self.name}: {error}") from error

    def _phased(self, span: Span, orbit: Phases) -> Phased:
        """The phases that the span touches, each over its share of it."""
        parts: list[Part] = []
        for phase in orbit.phases:
            around_s = max(AROUND_S, self._light_s(phase.orbit, Span(phase.start, phase.end)))
            start, end = max(phase.start, span.start - around_s), min(phase.end, span.end + around_s)
            if start < end:
                share = Span(start, end)
                known = self.known(phase.orbit, share)
                if known is not None and known.within(share):
                    parts += self._cut(phase.orbit, known, share)
                else:
                    moved, reach_s = self._part(phase.orbit, share), max(around_s, LIGHT_TIME_PAD_S)
                    parts.append(Part(start, end, moved, reach_s=reach_s))
        first, last = orbit.phases[0].start, orbit.phases[-1].end
        notes: tuple[str, ...] = ()
        if not parts:
            told = " to ".join(utc([first, last], 0))
            notes = (f"its phases, from {told}, leave out all of the span: no orbit is known in it",)
        return self._in_parts(orbit, tuple(parts), first, last, IN_A_PHASE, notes)

    def _cut(self, orbit: Any, known: Known, share: Span | None = None) -> Iterator[Part]:
        """A phase for each stretch in which an orbit is known."""
        for start, end in known.stretches:
            if share is not None:
                start, end = max(start, share.start), min(end, share.end)
            if start < end:
                moved = self._sampled(Span(start, end), orbit)
                pieces = with_light(moved.pieces, moved.center)
                reach_s = max(LIGHT_TIME_PAD_S, moved.pieces.start - pieces.start)
                yield Part(start, end, replace(moved, pieces=pieces), True, reach_s)

    def _in_parts(
        self, orbit: Any, parts: tuple[Part, ...], first: float, last: float, limit: str, notes: tuple[str, ...]
    ) -> Phased:
        return Phased(
            name=self.name,
            parts=parts,
            whole=(first, last),
            home=orbit.center,
            sure=self._basis(orbit),
            limits=self.limits,
            ephemeris=self.ephemeris,
            source=self.source or orbit.source,
            notes=tuple(dict.fromkeys([*notes, *_told(parts)])),
            limit=limit,
        )

    def _part(self, orbit: Any, span: Span) -> Trajectory:
        return self._site(orbit) if isinstance(orbit, Landed) else self._sampled(span, orbit)

    def _site(self, orbit: Landed) -> Site:
        fields = {**orbit.model_dump(exclude={"kind"}), "basis": self._basis(orbit)}
        fields["source"] = orbit.source or self.source or self.orbit.source
        return Site(name=self.name, limits=self.limits, ephemeris=self.ephemeris, **fields)

    def _sampled(self, span: Span, orbit: Any) -> Sampled:
        try:
            pieces, joins = orbit.pieces(span, self.ephemeris)
            sigma = self.sized(orbit, span)
            known = pieces if isinstance(sigma, str) else self._since(span, orbit, sigma, pieces)
            notes = self._notes(orbit, span)
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
            epochs=orbit.epochs if isinstance(orbit, Tle) else np.empty(0),
            deviations=(UNCOUNTED,) if isinstance(sigma, str) else sigma.deviations(orbit, known, self.ephemeris),
            uncounted=sigma if isinstance(sigma, str) else "",
            kernels=orbit.files if isinstance(orbit, Spk) else (),
        )

    def _notes(self, orbit: Any, span: Span) -> tuple[str, ...]:
        if isinstance(orbit, FromFile):
            return orbit.notes_over(span)
        return orbit.notes(self.ephemeris) if isinstance(orbit, Anchored | Transfer) else ()

    def _since(self, span: Span, orbit: Any, sigma: Sigma, pieces: Pieces) -> Pieces:
        """The orbit over the span, and from or to the epoch at which its state's errors are told."""
        if not sigma.of_state:
            return pieces
        epoch = sigma.epoch if sigma.epoch is not None else float(epochs_of(orbit)[0])
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
