"""Base class of all kinds of orbits: a kind defines `pieces`; other methods have defaults.

A kind is a class in a file of its own here, or in another package that names it in an entry point
`farside_sim.orbits` (docs/extending.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.kinds import Kinds
from sim.core.model import Model
from sim.core.time import Span
from sim.trajectories.trajectory import Basis

if TYPE_CHECKING:
    from sim.core.chebyshev import Pieces
    from sim.trajectories.orbits.data_span import DataSpan
    from sim.trajectories.orbits.formats.file_orbit import Arc
    from sim.trajectories.orbits.formats.sgp4_set import ElementSet
    from sim.trajectories.orbits.model_errors import LeftOut
    from sim.trajectories.orbits.orbit_errors import Sigma
    from sim.trajectories.orbits.phases import Phase
    from sim.trajectories.sites import Site

Array = NDArray[np.float64]

Topic = Literal["age", "drag", "center"]


@dataclass(frozen=True)
class Caveat:
    """A reason why an orbit may be inaccurate, as a sentence. Reasons with one topic are reported together."""

    topic: Topic
    text: str


class Orbit(Model):
    """The motion of a spacecraft.

    A kind has the fields `kind`, `center`, `basis` and `source`, and a method `pieces`.
    """

    if TYPE_CHECKING:  # fields of every kind, in an order and with defaults of its own

        @property
        def kind(self) -> str:
            """The word that selects the class."""

        @property
        def center(self) -> str:
            """Name of the central body, which altitude refers to."""

        @property
        def basis(self) -> Basis:
            """Basis of the orbit, from definitive to designed."""

        @property
        def source(self) -> str:
            """Source of the numbers."""

    alone: ClassVar[bool] = True
    """whether a spacecraft may have this orbit without phases"""
    in_phases: ClassVar[bool] = True
    """whether a phase may have this orbit"""
    holds_from_epoch: ClassVar[bool] = False
    """whether it is defined from its epoch on only"""
    starts_in_the_ephemeris: ClassVar[bool] = False
    """whether its epoch must be within the years of the ephemeris"""
    of_element_sets: ClassVar[bool] = False
    """whether it comes from element sets, whose errors grow from each epoch and whose drag is uncertain"""
    has_family: ClassVar[bool] = False
    """whether `members` can draw other orbits that fit the same data"""
    is_integrated: ClassVar[bool] = False
    """whether it is integrated from its fields and files alone, so that the result is kept from run to run"""
    recurs: ClassVar[bool] = False
    """whether it repeats, so that the phase of a designed spacecraft is free"""

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """Compute the motion for a span.

        Parameters
        ----------
        span : Span
            The span; the result extends `LIGHT_TIME_PAD_S` beyond it at both ends.
        ephemeris : str
            Name of the planetary ephemeris.

        Returns
        -------
        Pieces
            Position (n, 3) km relative to the center, ICRF axes, as polynomials of TDB seconds past J2000.
        ndarray
            Times (k,) of steps in position or velocity (TDB s); empty for one smooth arc.

        Raises
        ------
        SimError
            If the orbit cannot be computed, or no data cover the span.
        """
        raise NotImplementedError(f"the class of orbit kind {self.kind!r} must define a method pieces")

    def sequence(self) -> tuple[Phase, ...]:
        """Return its phases; empty for an orbit without phases."""
        return ()

    def flown(self) -> tuple[Orbit, ...]:
        """Return the orbits of its phases; itself without phases."""
        return tuple(phase.orbit for phase in self.sequence()) or (self,)

    def site(self, **about: object) -> Site | None:
        """Return the site of a landed spacecraft; None for an orbit. `about` holds other fields of the site."""
        return None

    def data_span(self, span: Span, light: bool = True, early_s: float = 0.0) -> DataSpan | None:
        """Return the times that its data cover; None if they cover the whole span.

        Parameters
        ----------
        span : Span
            The span.
        light : bool
            Whether light time is applied: light received at the start of the span left before it.
        early_s : float
            Maximum light time to any other end (s).
        """
        return None

    def light_s(self, span: Span) -> float:
        """Return the maximum light time from it, also through a relay (s); 0 for orbits near the Earth."""
        return 0.0

    def ends(self, ephemeris: str = "de421") -> tuple[float, float]:
        """Return the first and last time of the orbit in any span (TDB s)."""
        return -np.inf, np.inf

    def misfits(self, span: Span) -> Iterator[tuple[str, str]]:
        """Yield a key and a problem for each field that does not fit a span, without computing the orbit."""
        yield from ()

    @classmethod
    def needs_moon_rotation(cls, center: str) -> bool:
        """Return whether its force model needs the orientation of the Moon, for the lunar gravity field."""
        return False

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of the files that it is read from."""
        return ()

    @property
    def kernels(self) -> tuple[str, ...]:
        """Paths of the SPK files among them, which may contain bodies."""
        return ()

    def notes(self, span: Span, ephemeris: str) -> tuple[str, ...]:
        """Return notes on how it was computed, for run.json."""
        return ()

    def remarks(self, span: Span) -> Iterator[str]:
        """Yield sentences on how it was computed or read, to show beside results."""
        yield from ()

    def caveats(self, span: Span) -> Iterator[Caveat]:
        """Yield reasons why it may be inaccurate."""
        yield from ()

    def reference_epochs(self) -> Array:
        """Return the epochs (k,) at which it is known best (TDB s); empty for an orbit without an epoch."""
        return np.empty(0)

    def element_sets(self) -> tuple[ElementSet, ...]:
        """Return its element sets. Raises `DataError` for a file that cannot be read."""
        return ()

    def usual_errors(self) -> Sigma | str | None:
        """Return the usual 1σ errors of this kind, or why they are unknown; None for those of the basis and center."""
        return None

    def left_out(self, span: Span, ephemeris: str) -> Iterator[LeftOut]:
        """Yield the effects that its force model leaves out, with their size at the end of a span."""
        yield from ()

    def field_degree(self) -> int | None:
        """Return the degree of the lunar gravity field; None if it has none of its own."""
        return None

    @property
    def place_is_free(self) -> bool:
        """Whether the phase of the spacecraft is free: the orbit is designed and repeats."""
        return self.basis == "designed" and self.recurs

    def farther(self, share: float) -> Orbit | None:
        """Return the orbit with the spacecraft a fraction of a revolution ahead; None if it does not repeat."""
        return None

    def at_phase(self, phase: float) -> Orbit | None:
        """Return the orbit with another initial phase in revolutions; None if it has no phase."""
        return None

    def arcs(self) -> Sequence[Arc]:
        """Return the arcs of its files; empty for an orbit that is not read from files."""
        return ()

    @property
    def naif_id(self) -> int | None:
        """NAIF ID of the spacecraft; None if it has none."""
        return None

    def members(self, samples: int, seed: int = 0, ephemeris: str = "de421") -> tuple[Orbit, ...]:
        """Return other orbits that fit the same data, drawn at random; only for kinds with `has_family`."""
        raise NotImplementedError(f"orbit kind {self.kind!r} does not define members")


ORBITS: Kinds[Orbit] = Kinds(
    "orbit", Orbit, "farside_sim.orbits", "sim.trajectories.orbits", "sim.trajectories.orbits.formats"
)
"""All kinds of orbits."""

AnyOrbit = Annotated[Orbit, ORBITS.field(lambda kind: kind.alone)]
"""Any orbit of a spacecraft; `kind` selects the class."""

AnyPart = Annotated[Orbit, ORBITS.field(lambda kind: kind.in_phases)]
"""Any orbit of a phase; `kind` selects the class."""
