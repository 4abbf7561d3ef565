"""What every kind of limit answers: the condition that a line of sight must meet.

A limit belongs to a station or spacecraft and applies to all its hops, or to those of a link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from sim.core.kinds import Kinds
from sim.core.model import Model
from sim.core.time import Span

if TYPE_CHECKING:  # a limit compares scalars; it does not know how conditions are searched
    from sim.core.values import TimeLike
    from sim.search.conditions import Condition, Scalar
    from sim.search.wrapping import Wrapping
    from sim.trajectories.open_times import OpenTimes
    from sim.trajectories.radios.channel import Channel
    from sim.trajectories.sites import Site
    from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]

Figure = Literal["spheroid", "sphere"]
"""Figure of a body that casts a shadow: its spheroid, or a sphere of its equatorial radius."""


class SightLine(Protocol):
    """The scalars of a line of sight that limits compare, as functions of the time of reception."""

    @property
    def transmitter(self) -> Trajectory:
        """Return the end that light leaves."""

    @property
    def receiver(self) -> Trajectory:
        """Return the end that light reaches."""

    def other_end(self, own: Trajectory) -> Trajectory:
        """Return the other end of the line of sight."""

    def during(self, own: Trajectory, times: OpenTimes) -> Condition:
        """Return the condition that light leaves or reaches an end in given intervals of time."""

    def range_km(self) -> Scalar:
        """Return the distance between the ends."""

    def sun_separation_deg(self, own: Trajectory) -> Scalar:
        """Return the angle between the other end and the Sun's center, seen from an end."""

    def sun_elevation_deg(self, own: Site) -> Scalar:
        """Return the elevation of the Sun's center at a site."""

    def sunlight(self, own: Trajectory, shadow: Figure = "spheroid") -> Sequence[Condition]:
        """Return the conditions that no body, of a figure, covers a part of the Sun, seen from an end."""

    def off_axis_deg(self, own: Trajectory, axis: Callable[[Array], Array], name: str) -> Scalar:
        """Return the angle between the other end and an axis (…, 3), seen from an end."""

    def sky_angle_deg(self, own: Site, cosine: Callable[[Array], Array], name: str) -> Scalar:
        """Return the angle between the other end and the nearest of something in a site's sky.

        cosine : of that angle, by the direction of the other end along east, north and up (…, 3)
        """

    def body_separation_deg(self, own: Trajectory, name: str) -> Scalar:
        """Return the angle between the other end and a body's center, seen from an end."""

    def direction_of(self, own: Trajectory, name: str) -> Callable[[Array], Array]:
        """Return the apparent direction of a body's center from an end: its own times (…) → (…, 3) km, ICRF."""

    def light_time_s(self) -> Scalar:
        """Return the light time between the ends."""

    def range_rate_km_s(self) -> Scalar:
        """Return the rate of the distance between the ends, positive when receding."""

    def stands_on(self, name: str) -> bool:
        """Return whether an end stands on a body."""

    def clearance_from_km(self, name: str) -> Scalar:
        """Return the least distance of the light's path from a body's figure."""

    def umbras(self, own: Trajectory, shadow: Figure = "spheroid") -> Sequence[Condition]:
        """Return the conditions that no body, of a figure, covers all of the Sun, seen from an end."""

    def sun_centers(self, own: Trajectory, shadow: Figure = "spheroid") -> Sequence[Condition]:
        """Return the conditions that no body, of a figure, covers the Sun's center, seen from an end."""

    def elevation_deg(self, own: Site) -> Scalar:
        """Return the elevation of the other end at a site."""

    def azimuth_deg(self, own: Site) -> Wrapping:
        """Return the azimuth of the other end at a site, 0 to 360."""

    def angle_at_end_deg(self, own: Trajectory, sides: Callable[[Array], tuple[Array, Array]], name: str) -> Scalar:
        """Return the angle between two directions that are functions of an end's own time."""

    def inclination_at_end_deg(self, own: Trajectory, sine: Callable[[Array], Array], name: str) -> Scalar:
        """Return an angle from −90 to 90 by its sine, a function of an end's own time."""

    def value_at_end(self, own: Trajectory, function: Callable[[Array], Array], name: str, unit: str) -> Scalar:
        """Return a number in degrees or kilometers that is a function of an end's own time."""

    def turn_at_end(
        self, own: Trajectory, arm: Callable[[Array], Array], name: str, unit: str, period: float, lowest: float
    ) -> Wrapping:
        """Return an angle about an axis that wraps: of arms (…, 2), functions of an end's own time."""

    def mount_slower(
        self, own: Site, pole: int, names: tuple[str, str], most_deg_s: tuple[float | None, float | None]
    ) -> Condition:
        """Return the condition that a mount turns slowly enough: about its fixed axis, and towards that axis.

        pole  : where that axis points: 0 east, 1 north, 2 up
        names : of the two angles; most_deg_s : of their rates, if bounded
        """

    def combined(
        self, parts: Sequence[Scalar], function: Callable[..., Array], name: str, unit: str, resolution: float
    ) -> Scalar:
        """Return a scalar that is a function of the values of others."""


@runtime_checkable
class OnSurface(Protocol):
    """An end that stands on a body."""

    @property
    def center(self) -> str: ...
    def horizontal(self, t: TimeLike) -> Array:
        """Return east, north and up as rows (…, 3, 3), ICRF."""


class Limit(Model):
    """A limit on every line of sight of a station or spacecraft.

    A kind has a field `kind`, a word in a `Literal`, and a method `condition`.
    """

    if TYPE_CHECKING:

        @property
        def kind(self) -> str:
            """The word that selects the class."""

    on_sites: ClassVar[bool] = True
    """Whether sites may have it."""
    on_spacecraft: ClassVar[bool] = True
    """Whether spacecraft may have it."""

    needs_end: ClassVar[bool] = True
    """Whether it is about one end: a link with it must say which. A distance is the same from both ends."""

    of_end_alone: ClassVar[bool] = False
    """Whether it is about the end that has it, whatever is at the other: a map searches it once for all its points."""

    @property
    def files(self) -> tuple[str, ...]:
        """Files that it is read from."""
        return ()

    def remarks(self, own: str, span: Span, ends: Sequence[str]) -> Iterator[str]:
        """Yield sentences for the user on what is odd.

        own : the end that has the limit; ends : the names of all sites and spacecraft
        """
        return iter(())

    def of_link(self, channels: Mapping[tuple[str, str], Channel]) -> Limit:
        """Return the limit as a link has it, whose signal goes over channels: by transmitter and receiver."""
        return self

    def applies(self, sight: SightLine, own: Trajectory) -> bool:
        """Return whether it limits a line of sight; by default, whether an end of that sort may have it."""
        return self.on_sites if isinstance(own, OnSurface) else self.on_spacecraft

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


def bounded(scalar: Scalar, least: float | None, most: float | None) -> Condition:
    """Return the condition that a scalar lies between two bounds, of which one may be missing."""
    terms = [scalar < most] if most is not None else []
    terms += [scalar > least] if least is not None else []
    return reduce(and_, terms)


def check_given(one: float | None, other: float | None, names: tuple[str, str]) -> None:
    """Raise `ValueError` if neither of two bounds is given."""
    if one is None and other is None:
        raise ValueError(f"give {names[0]}, {names[1]} or both")


def check_apart(first: float, last: float, turn: float, names: tuple[str, str]) -> None:
    """Raise `ValueError` if two values of an angle that wraps, of which a whole turn is `turn`, are the same."""
    if (first - last) % turn == 0.0:
        raise ValueError(f"{names[0]} and {names[1]} must differ, got {first:g} and {last:g}")


def check_bounds(least: float | None, most: float | None, names: tuple[str, str]) -> None:
    """Raise `ValueError` if neither bound is given, or they are in the wrong order."""
    check_given(least, most, names)
    if least is not None and most is not None and least >= most:
        raise ValueError(f"{names[0]} must be below {names[1]}, got {least:g} and {most:g}")
