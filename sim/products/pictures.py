"""What all pictures share: format, title, dress; and the times at which what they show is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import SimError
from sim.core.model import Text
from sim.scenario.asked import Asked, Complaint
from sim.scenario.product import Product
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
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
    def problems(cls, product: Any, asked: Asked) -> Iterator[Complaint]:
        yield from asked.without_spacecraft(product)

    @property
    def ends(self) -> tuple[str, ...]:
        return self.spacecraft or ()

    @property
    def shows_all_spacecraft(self) -> bool:
        return self.spacecraft is None


def ground_end(sight: Sight) -> Site | None:
    """The end of a sight that is a site, the receiving one first."""
    return next((end for end in (sight.end, sight.start) if isinstance(end, Site)), None)


def station_hops(result: Result) -> dict[Hop, tuple[Sight, Site, Trajectory]]:
    """The hops that have a site at an end: how it looks, the site, and what it looks at."""
    found = {}
    for leg in result.hops:
        sight = Sight(result.ends[leg[0]], result.ends[leg[1]], result.light)
        own = ground_end(sight)
        if own is not None:
            found[leg] = (sight, own, sight.start if own is sight.end else sight.end)
    return found


def between(start: float, end: float, most: int, step_s: float = 10.0) -> Array:
    """Evenly spaced times with both ends, no closer than a step and no more than so many."""
    return np.linspace(start, end, int(np.clip((end - start) / step_s, 16, most)) + 1)


def cannot(kind: str, why: str) -> SimError:
    """What to say of a picture that has nothing to show in this scenario."""
    return SimError(f"product {kind!r}: {why}")
