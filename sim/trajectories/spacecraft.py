"""Spacecraft: a name, an orbit, and limits on lines of sight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from sim.core.arguments import typed
from sim.core.chebyshev import Pieces
from sim.core.errors import OrbitEnded, PropagationError, SimError
from sim.core.model import Listed, Model, Name, Text
from sim.core.time import DAY_S, Span, utc
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.limbs import LIMBS, SPHERE
from sim.trajectories.limits.limit import AnyLimit
from sim.trajectories.multi_phase import IN_A_PHASE, Phased
from sim.trajectories.orbits import flown
from sim.trajectories.orbits.data_span import DataSpan, with_light
from sim.trajectories.orbits.model_errors import left_out
from sim.trajectories.orbits.orbit import AnyOrbit, Orbit
from sim.trajectories.orbits.orbit_errors import UNCOUNTED, Sigma, taken
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.radios.declared import RadioNames
from sim.trajectories.recorder import Recorder
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import AROUND_S, LIGHT_TIME_PAD_S, Basis, Part, Trajectory, sourced

_NEAR_LIGHT_S = 12.0
"""Maximum light time of orbits about the Earth and the Moon without a semi-major axis: two million km to the Earth, and
as far again (s)."""


class Spacecraft(Model):
    """A spacecraft with its orbit; `over(span)` computes its trajectory."""

    name: Name
    orbit: AnyOrbit
    limits: Annotated[tuple[AnyLimit, ...], Listed] = ()
    """limits on its lines of sight"""
    radio: RadioNames = ()
    """names of its radios, which are tables [radios.NAME]: a name or a list"""
    recorder: Recorder | None = None
    """memory for data that wait to be sent; without one it stores nothing"""
    source: Text = ""
    """source of the orbit"""
    sigma: Sigma | None = None
    """1σ errors of its orbit; by default those of its kind and basis, or unknown"""
    ephemeris: str = "de421"
    """planetary ephemeris of its force model"""
    moon_limb: Annotated[str, Field(max_length=4096)] = SPHERE
    """the Moon's limb, where it stands in the way of its links: sphere (of 1737.4 km), relief (mountains and valleys of
    12.8 km and more, part of the package), or the path of an elevation model of the whole Moon"""
    magnitude: Annotated[float, Field(ge=-30, le=60)] | None = None
    """standard magnitude: how bright it is at a range of 1000 km and a phase angle of 90 deg (half of it sunlit)"""

    @model_validator(mode="after")
    def _of_element_sets(self) -> Spacecraft:
        drag = self.sigma is not None and self.sigma.drag
        if drag and not any(orbit.of_element_sets for orbit in self.orbit.flown()):
            raise ValueError("sigma: drag is for element sets only (kind = \"tle\"). Leave it out")
        return self

    @model_validator(mode="after")
    def _of_spacecraft(self) -> Spacecraft:
        other = next((limit.kind for limit in self.limits if not limit.on_spacecraft), "")
        if other and not self.sites:
            raise ValueError(f"limits: limit kind {other!r} is for sites only. Give it to a site")
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
        """Return the names of its known independent errors, without computing the orbit."""
        return tuple(dict.fromkeys(name for orbit in self.orbit.flown() for name in self._names(orbit)))

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of the files that it is read from, other than those of its orbit."""
        return () if self.moon_limb in LIMBS else (self.moon_limb,)

    @property
    def sites(self) -> tuple[Site, ...]:
        """Its sites in phases on the ground."""
        return tuple(site for orbit in self.orbit.flown() if (site := self._stands(orbit)) is not None)

    def _names(self, orbit: Orbit) -> Iterable[str]:
        if (site := self._stands(orbit)) is not None:
            return site.errors
        sigma = self.sigma or taken(orbit, self._basis(orbit))
        return () if isinstance(sigma, str) else sigma.names(orbit)

    def _basis(self, orbit: Orbit) -> Basis:
        """Return the basis of its orbit, or of the orbit of a phase."""
        return sourced(orbit.basis, orbit.source or self.source or self.orbit.source)

    def sized(self, orbit: Orbit, span: Span) -> Sigma | str:
        """Return the 1σ errors of its orbit, or of a phase, in a span; or a text why they are unknown."""
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
        """Return the times that the data of its orbit, or of a phase, cover; None for the whole span.

        light, early_s : as of `over`

        Raises `DataError`, with the spacecraft's name.
        """
        try:
            return orbit.data_span(span, light, early_s)
        except SimError as error:
            raise type(error)(f"spacecraft {self.name}: {error}") from error

    def light_s(self, span: Span) -> float:
        """Return an upper bound of the light time from it to the Earth in a span, and as far again (s)."""
        orbits = [phase.orbit for phase in self.orbit.sequence()] or [self.orbit]
        return max(_NEAR_LIGHT_S, *(self._light_s(orbit, span) for orbit in orbits))

    def _light_s(self, orbit: Orbit, span: Span) -> float:
        """Maximum light time from an orbit in a span (s); 0 for orbits near the Earth."""
        try:
            return float(orbit.light_s(span))
        except SimError as error:
            raise type(error)(f"spacecraft {self.name}: {error}") from error

    def _phased(self, span: Span, orbit: Orbit) -> Phased:
        """Return the spacecraft with its phases in a span, each computed for its part of the span."""
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
        """Yield a phase for each interval that an orbit's data cover."""
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
        """The site of a phase on the ground; None for an orbit."""
        about = {"name": self.name, "limits": self.limits, "ephemeris": self.ephemeris}
        source = orbit.source or self.source or self.orbit.source
        return orbit.site(**about, basis=self._basis(orbit), source=source)

    def _sampled(self, span: Span, orbit: Orbit) -> Sampled:
        try:
            pieces, joins = flown.pieces(orbit, span, self.ephemeris)
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
            moon_limb=self.moon_limb,
        )

    def _since(self, span: Span, orbit: Orbit, sigma: Sigma, pieces: Pieces) -> Pieces:
        """Compute the orbit for the span, extended to the epoch of its state errors."""
        if not sigma.of_state:
            return pieces
        epoch = sigma.epoch if sigma.epoch is not None else float(orbit.reference_epochs()[0])
        if pieces.start <= epoch <= pieces.end:
            return pieces
        wide: Pieces
        around = Span(min(span.start, epoch), max(span.end, epoch))
        wide, _ = flown.pieces(orbit, around, self.ephemeris)
        return wide


def _told(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        yield from part.trajectory.notes


def _ground(error: OrbitEnded, center: str) -> str:
    """Format the point of impact: planetocentric latitude and longitude."""
    turn = BODIES[center].rotation
    if error.impact is None or turn is None:
        return ""
    x, y, z = turn(np.asarray(error.time_tdb)) @ error.impact
    latitude, longitude = np.rad2deg([np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x)])
    return f", latitude {latitude:.2f} deg, longitude {longitude:.2f} deg"
