"""What every kind of limit answers: the condition that a line of sight must meet.

A limit belongs to a station or spacecraft and applies to all its hops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.core.kinds import Kinds
from sim.core.model import Model

if TYPE_CHECKING:  # a limit compares scalars; it does not know how conditions are searched
    from sim.search.conditions import Condition, Scalar
    from sim.trajectories.sites import Site
    from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]


class SightLine(Protocol):
    """The scalars of a line of sight that limits compare, as functions of the time of reception."""

    def range_km(self) -> Scalar:
        """Return the distance between the ends."""

    def sun_separation_deg(self, own: Trajectory) -> Scalar:
        """Return the angle between the other end and the Sun's center, seen from an end."""

    def sun_elevation_deg(self, own: Site) -> Scalar:
        """Return the elevation of the Sun's center at a site."""

    def sunlight(self, own: Site) -> Sequence[Condition]:
        """Return the conditions that no body covers a part of the Sun, seen from a site."""

    def off_axis_deg(self, own: Trajectory, axis: Callable[[Array], Array], name: str) -> Scalar:
        """Return the angle between the other end and an axis (…, 3), seen from an end."""


class Limit(Model):
    """A limit on every line of sight of a station or spacecraft.

    A kind has a field `kind`, a word in a `Literal`, and a method `condition`.
    """

    if TYPE_CHECKING:

        @property
        def kind(self) -> str:
            """The word that selects the class."""

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition that the line of sight must meet.

        Parameters
        ----------
        sight : SightLine
            The line of sight: scalars of the time of reception, such as `range_km()`.
        own : Trajectory
            The end that has the limit: a site or a spacecraft.

        Returns
        -------
        Condition
            A comparison of scalars, or several joined with `&`.
        """
        raise NotImplementedError(f"the class of limit kind {self.kind!r} must define a method condition")


LIMITS: Kinds[Limit] = Kinds("limit", Limit, "farside_sim.limits", "sim.trajectories.limits")
"""All kinds of limits."""

AnyLimit = Annotated[Limit, LIMITS.field()]
"""Any kind of limit; `kind` selects the class."""
