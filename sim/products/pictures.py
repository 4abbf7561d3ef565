"""Common parts of pictures: format, title and theme; observables of a site; sample times."""

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
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.search.conditions import Scalar
    from sim.search.windows import Windows
    from sim.visibility.result import Result
    from sim.visibility.routes import Hop
    from sim.visibility.sight import Sight

Array = NDArray[np.float64]


class Picture(Product):
    """Base class of pictures (PNG or SVG)."""

    format: Literal["png", "svg"] = "png"
    title: Text = ""
    """default: depends on the kind"""
    theme: Literal["light", "dark"] = "light"
    """color theme"""

    in_reports: ClassVar[bool] = True

    @property
    def caption(self) -> str:
        return self.title or super().caption

    def save(self, drawn: Axes, folder: Path, file: str) -> list[Path]:
        """Write the figure of an axes; equal pictures give equal bytes."""
        from sim.products.plot.fonts import no_font_warnings
        from sim.products.plot.style import figure_of

        path = folder / f"{file}.{self.format}"
        figure = figure_of(drawn)
        about = {"Software": None} if self.format == "png" else {"Date": None}
        with no_font_warnings():
            if self.format == "png" and (layout := figure.get_layout_engine()) is not None:
                layout.execute(figure)  # matplotlib would draw it all once more, only to lay it out
                figure.set_layout_engine(None)  # nor has it any left: "none" would leave one that does nothing
            figure.savefig(path, metadata=about, facecolor=figure.get_facecolor())
        return [path]


class OfSpacecraft(Product):
    """Base class of products of spacecraft, given by the field `spacecraft` or all."""

    if TYPE_CHECKING:

        @property
        def spacecraft(self) -> tuple[str, ...] | None:
            """Names of the spacecraft; None for all."""

    @classmethod
    def problems(cls, product: Any, draft: Draft) -> Iterator[Complaint]:
        yield from draft.without_spacecraft(product)

    @property
    def ends(self) -> tuple[str, ...]:
        return self.spacecraft or ()

    @property
    def shows_all_spacecraft(self) -> bool:
        return self.spacecraft is None


class PictureOfSpacecraft(OfSpacecraft, Picture):
    """Base class of pictures of spacecraft."""


def ground_end(sight: Sight) -> Site | None:
    """The end of a sight that is a site, preferably the receiver."""
    return next((end for end in (sight.receiver, sight.transmitter) if isinstance(end, Site)), None)


def station_hops(result: Result) -> dict[Hop, tuple[Sight, Site, Trajectory]]:
    """Hops with a site at one end: the line of sight, the site, and the other end."""
    from sim.visibility.sight import Sight

    found = {}
    for leg in result.hops:
        sight = Sight(result.ends[leg[0]], result.ends[leg[1]], result.light)
        own = ground_end(sight)
        if own is not None:
            found[leg] = (sight, own, sight.transmitter if own is sight.receiver else sight.receiver)
    return found


@dataclass(frozen=True)
class Observables:
    """Observables of the other end of a hop at a site: scalars of the time at the receiver, phase by phase."""

    elevation: Scalar
    azimuth: Scalar
    distance: Scalar
    rate: Scalar
    light_time: Scalar


def observables(sight: Sight, own: Site) -> Observables:
    """The observables of one end of a hop at a site at the other end."""
    from sim.visibility.hops import phase_by_phase
    from sim.visibility.sight import Sight

    def each(make: Callable[[Sight], Scalar]) -> Scalar:
        """A scalar of the hop, NaN between phases."""
        ends = (sight.transmitter, sight.receiver)
        if not any(end.in_parts for end in ends):
            return make(sight)
        return phase_by_phase(*ends, lambda a, b: make(Sight(a, b, sight.light)), sight.light)

    return Observables(
        each(lambda way: way.elevation_deg(own)),
        each(lambda way: way.azimuth_deg(own)),
        each(lambda way: way.range_km()),
        each(lambda way: way.range_rate_km_s()),
        each(lambda way: way.light_time_s()),
    )


def just_inside(sight: Sight, windows: Windows) -> Array:
    """Times (n, 2) TDB s at which the edges of a hop's windows are evaluated.

    If an end has phases, the times are slightly inside the windows: at a change of phase, light of both phases, or of
    neither, arrives for up to some milliseconds.
    """
    from sim.visibility.known_times import twice_lit

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
"""Edges are accurate to a microsecond."""


def between(start: float, end: float, most: int, step_s: float = 10.0) -> Array:
    """Evenly spaced times including both ends: steps of at least `step_s`, at most `most` of them."""
    return np.linspace(start, end, int(np.clip((end - start) / step_s, 16, most)) + 1)


def product_error(kind: str, why: str) -> SimError:
    """An error of a product that cannot be made from this scenario."""
    return SimError(f"product {kind!r}: {why}")
