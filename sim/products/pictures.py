"""What all pictures share: format, title, dress; and the times at which what they show is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import SimError
from sim.core.model import Text
from sim.scenario.draft import Complaint, Draft
from sim.scenario.product import Product
from sim.search.conditions import Scalar
from sim.search.windows import Windows
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.hops import phase_by_phase
from sim.visibility.known_times import twice_lit
from sim.visibility.result import Result
from sim.visibility.routes import Hop
from sim.visibility.sight import Sight

Array = NDArray[np.float64]


class Picture(Product):
    """What every picture is asked."""

    format: Literal["png", "svg"] = "png"
    title: Text = ""
    """one that fits if not given"""
    theme: Literal["light", "dark"] = "light"
    """dark ink on light paper, or the reverse"""

    in_reports: ClassVar[bool] = True

    @property
    def caption(self) -> str:
        return self.title or super().caption

    def save(self, drawn: Any, folder: Path, file: str) -> list[Path]:
        """Write the figure of some axes; the same picture gives the same bytes."""
        from sim.products.plot.fonts import quiet

        path = folder / f"{file}.{self.format}"
        about = {"Software": None} if self.format == "png" else {"Date": None}
        with quiet():
            drawn.figure.figure.savefig(path, metadata=about, facecolor=drawn.figure.figure.get_facecolor())
        return [path]


class OfSpacecraft(Picture):
    """A picture of spacecraft: of those that its field `spacecraft` names, or of all."""

    if TYPE_CHECKING:

        @property
        def spacecraft(self) -> tuple[str, ...] | None:
            """Their names; None for all."""

    @classmethod
    def problems(cls, product: Any, draft: Draft) -> Iterator[Complaint]:
        yield from draft.without_spacecraft(product)

    @property
    def ends(self) -> tuple[str, ...]:
        return self.spacecraft or ()

    @property
    def shows_all_spacecraft(self) -> bool:
        return self.spacecraft is None


def ground_end(sight: Sight) -> Site | None:
    """The end of a sight that is a site, the receiving one first."""
    return next((end for end in (sight.receiver, sight.transmitter) if isinstance(end, Site)), None)


def station_hops(result: Result) -> dict[Hop, tuple[Sight, Site, Trajectory]]:
    """The hops that have a site at an end: how it looks, the site, and what it looks at."""
    found = {}
    for leg in result.hops:
        sight = Sight(result.ends[leg[0]], result.ends[leg[1]], result.light)
        own = ground_end(sight)
        if own is not None:
            found[leg] = (sight, own, sight.transmitter if own is sight.receiver else sight.receiver)
    return found


@dataclass(frozen=True)
class Look:
    """What a site sees of the other end of a hop: scalars by the hop's time, of ends in phases those of each."""

    elevation: Scalar
    azimuth: Scalar
    distance: Scalar
    rate: Scalar
    light_time: Scalar


def look(sight: Sight, own: Site) -> Look:
    """How a site, at either end of a hop, sees the other."""

    def each(make: Callable[[Sight], Scalar]) -> Scalar:
        """A scalar of the hop that is asked in its phases only, NaN between them."""
        ends = (sight.transmitter, sight.receiver)
        return phase_by_phase(*ends, lambda a, b: make(Sight(a, b, sight.light)), sight.light)

    return Look(
        each(lambda way: way.elevation_deg(own)),
        each(lambda way: way.azimuth_deg(own)),
        each(Sight.range_km),
        each(Sight.range_rate_km_s),
        each(Sight.light_time_s),
    )


def just_inside(sight: Sight, windows: Windows) -> Array:
    """Times (n, 2) TDB s at which what is seen at the edges of a hop's windows is looked at.

    Where an end is in phases, a little inside: where one phase takes over from another, the light of both, or of none,
    arrives for up to some milliseconds.
    """
    bounds = windows.bounds.copy()
    if not (sight.transmitter.in_parts or sight.receiver.in_parts) or not len(bounds):
        return bounds
    inside = np.minimum(_INSIDE_S, 0.25 * windows.durations_s)
    bounds += np.stack((inside, -inside), axis=1)
    for each in twice_lit(sight.transmitter, sight.receiver, sight.light):
        twice = (bounds >= each.start) & (bounds <= each.end)
        bounds[:, 0] = np.where(twice[:, 0], np.minimum(each.end + _INSIDE_S, bounds[:, 1]), bounds[:, 0])
        bounds[:, 1] = np.where(twice[:, 1], np.maximum(each.start - _INSIDE_S, bounds[:, 0]), bounds[:, 1])
    return bounds


_INSIDE_S = 2e-6
"""Edges are good to a microsecond."""


def between(start: float, end: float, most: int, step_s: float = 10.0) -> Array:
    """Evenly spaced times with both ends, no closer than a step and no more than so many."""
    return np.linspace(start, end, int(np.clip((end - start) / step_s, 16, most)) + 1)


def cannot(kind: str, why: str) -> SimError:
    """What to say of a picture that has nothing to show in this scenario."""
    return SimError(f"product {kind!r}: {why}")
