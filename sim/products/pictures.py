"""What all pictures share: format, title, dress; and the times at which what they show is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import SimError
from sim.core.model import Model, Text
from sim.products.plot.fonts import quiet
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.result import Result
from sim.visibility.routes import Hop
from sim.visibility.sight import Sight

Array = NDArray[np.float64]


class Picture(Model):
    """What every picture is asked."""

    format: Literal["png", "svg"] = "png"
    title: Text = ""
    """one that fits if not given"""
    theme: Literal["light", "dark"] = "light"
    """dark ink on light paper, or the reverse"""

    @property
    def ends(self) -> tuple[str, ...]:
        """The spacecraft that are asked for by name, on a route or not."""
        return tuple(getattr(self, "spacecraft", None) or ())

    def save(self, drawn: Any, folder: Path, file: str) -> list[Path]:
        """Write the figure of some axes; the same picture gives the same bytes."""
        path = folder / f"{file}.{self.format}"
        about = {"Software": None} if self.format == "png" else {"Date": None}
        with quiet():
            drawn.figure.figure.savefig(path, metadata=about, facecolor=drawn.figure.figure.get_facecolor())
        return [path]


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
