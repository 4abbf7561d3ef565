"""What every kind of orbit answers: one method has to be written, the others have defaults.

A kind is a class in a file of its own here, or in another package that names it in the entry points
`farside_sim.orbits`: docs/extending.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

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
    """Why an orbit may not be where it is said to be, in a sentence; those of one topic are told together."""

    topic: Topic
    text: str


class Orbit(Model):
    """How a spacecraft moves. A kind has the fields `kind`, `center`, `basis` and `source`, and a method `pieces`."""

    if TYPE_CHECKING:  # fields of every kind, in an order and with defaults of its own

        @property
        def kind(self) -> str:
            """The word that chooses the class."""

        @property
        def center(self) -> str:
            """The body that it moves about: its altitude is above this one."""

        @property
        def basis(self) -> Basis:
            """Where it comes from."""

        @property
        def source(self) -> str:
            """Who says so."""

    alone: ClassVar[bool] = True
    """whether it may be all that a spacecraft does; if not, only a phase"""
    in_phases: ClassVar[bool] = True
    """whether it may be one phase of several"""
    holds_from_epoch: ClassVar[bool] = False
    """whether it holds from its epoch on, and not before"""
    starts_in_the_ephemeris: ClassVar[bool] = False
    """whether its states are only understood within the years of the ephemeris: it is told of epochs outside them"""
    of_element_sets: ClassVar[bool] = False
    """whether it comes from element sets, whose errors grow from each set's own epoch, and whose drag may be off"""
    has_family: ClassVar[bool] = False
    """whether the facts allow other orbits as well, which `members` draws"""
    recurs: ClassVar[bool] = False
    """whether it comes round, so that the place in it of a designed spacecraft is a choice"""

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """The motion itself.

        Parameters
        ----------
        span
            The time that is asked for (TDB s past J2000); the answer reaches `LIGHT_TIME_PAD_S` farther both ways.
        ephemeris
            Which ephemeris the bodies that pull it move in.

        Returns
        -------
        Pieces
            Position (n, 3) km relative to the center, ICRF axes, as polynomials of TDB seconds.
        Array
            Times (k,) in TDB seconds at which position or velocity steps; empty for one smooth arc.

        Raises
        ------
        SimError
            Where it cannot be followed, or no data cover the span.
        """
        raise NotImplementedError(f"an orbit of kind {self.kind!r} does not say how it moves: it has no method pieces")

    def sequence(self) -> tuple[Phase, ...]:
        """The phases of which it is made; none of an orbit that is one."""
        return ()

    def flown(self) -> tuple[Orbit, ...]:
        """The orbits of its phases; itself, if it has none."""
        return tuple(phase.orbit for phase in self.sequence()) or (self,)

    def site(self, **about: Any) -> Site | None:
        """Where it stands, if it does not move but stands on a body; about: name, limits and so on of the site."""
        return None

    def data_span(self, span: Span, light: bool = True, early_s: float = 0.0) -> DataSpan | None:
        """When its data say where it is; None where that is all of a span.

        light   : whether light takes time: what arrives as the span begins left before
        early_s : how long before the span it may be asked for that, wherever the other ends are
        """
        return None

    def light_s(self, span: Span) -> float:
        """How long light is under way from it at the most, and over a relay (s); nothing of what stays near."""
        return 0.0

    def ends(self, ephemeris: str = "de421") -> tuple[float, float]:
        """First and last TDB second of it, whatever the span."""
        return -np.inf, np.inf

    def misfits(self, span: Span) -> Iterator[tuple[str, str]]:
        """What of it does not fit a span, as far as that is seen before it is moved: a key and what is wrong there."""
        yield from ()

    @classmethod
    def needs_moon_rotation(cls, center: str) -> bool:
        """Whether it cannot be moved where the Moon's orientation is not known, as its gravity turns with it."""
        return False

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of the files that it is read from."""
        return ()

    @property
    def kernels(self) -> tuple[str, ...]:
        """Those of them that say where bodies are, too."""
        return ()

    def notes(self, span: Span, ephemeris: str) -> tuple[str, ...]:
        """What there is to say of how it was found, for run.json."""
        return ()

    def remarks(self, span: Span) -> Iterator[str]:
        """What a user should know of how it was found or read, beside results: a sentence each."""
        yield from ()

    def caveats(self, span: Span) -> Iterator[Caveat]:
        """Why it may not be where it is said to be."""
        yield from ()

    def reference_epochs(self) -> Array:
        """The times (k,) TDB s at which it is known best; none of an orbit without an epoch."""
        return np.empty(0)

    def element_sets(self) -> tuple[ElementSet, ...]:
        """The element sets that it comes from. Raises `DataError` for a file that cannot be read."""
        return ()

    def usual_errors(self) -> Sigma | str | None:
        """How far orbits of this kind are off, or why nobody knows; None leaves it to the basis and the center."""
        return None

    def left_out(self, span: Span, ephemeris: str) -> Iterator[LeftOut]:
        """What its model does without, by the end of a span."""
        yield from ()

    def field_degree(self) -> int | None:
        """Degree of the Moon's gravity field that it is moved in; None if it does not say."""
        return None

    @property
    def place_is_free(self) -> bool:
        """Whether where the spacecraft flies in it is a choice: it is designed, and comes round."""
        return self.basis == "designed" and self.recurs

    def farther(self, share: float) -> Orbit | None:
        """The same orbit with the spacecraft a share of a turn farther on; None of one that does not come round."""
        return None

    def at_phase(self, phase: float) -> Orbit | None:
        """The same orbit, begun at another phase in revolutions; None of one that has no phase."""
        return None

    def arcs(self) -> Sequence[Arc]:
        """The stretches of motion that its files have; none of an orbit that is not read from files."""
        return ()

    @property
    def naif_id(self) -> int | None:
        """The number of its spacecraft; None if it has none."""
        return None

    def members(self, samples: int, seed: int = 0, ephemeris: str = "de421") -> tuple[Orbit, ...]:
        """Orbits that the facts allow as well, drawn at random: of a kind that has a family."""
        raise NotImplementedError(f"an orbit of kind {self.kind!r} has no family")


ORBITS: Kinds[Orbit] = Kinds(
    "orbit", Orbit, "farside_sim.orbits", "sim.trajectories.orbits", "sim.trajectories.orbits.formats"
)
"""All kinds of orbits."""

AnyOrbit = Annotated[Orbit, ORBITS.field(lambda kind: kind.alone)]
"""Any orbit that a spacecraft may have; `kind` picks the class."""

AnyPart = Annotated[Orbit, ORBITS.field(lambda kind: kind.in_phases)]
"""Any orbit that a phase may have."""
