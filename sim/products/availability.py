"""Availability of a route by hour of the day and date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.model import Name
from sim.core.text import some
from sim.core.time import Span, tdb, utc_datetime64
from sim.products.pictures import Picture, product_error
from sim.scenario.product import NOTHING, Job

if TYPE_CHECKING:
    from sim.search.windows import Windows
    from sim.visibility.result import Result

Array = NDArray[np.float64]


class Availability(Picture):
    """Share of each hour of each day in which a route is open, as a heat map (PNG or SVG). Hours are UTC.

    Shares refer to the time with known orbits. The rest is hatched.
    """

    kind: Literal["availability"] = "availability"
    file: Name = "availability"
    """file name without extension"""
    route: Name | None = None
    """route; default: the first"""
    minutes: Literal[5, 10, 15, 20, 30, 60, 120, 180] = 60
    """length of an interval"""

    of_routes: ClassVar[bool] = True

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write availability.png or .svg."""
        from sim.products.plot.availability import availability

        name = self.route or next(iter(result.routes), "")
        if name not in result.routes:
            raise product_error(self.kind, f"no route is called {name!r}. Routes: {some(result.routes)}")
        windows, title = result.routes[name], self.title or f"{name} ({result.basis(name)})"
        share, first = shares(windows, self.minutes)
        unknown = None if windows.known is None else shares(windows.unknown, self.minutes)[0]
        ax = availability(share, first, title, self.theme, unknown=unknown)
        return self.save(ax, folder, self.file)


def shares(windows: Windows, minutes: int) -> tuple[Array, np.datetime64]:
    """Open share of the known time in each interval of each UTC day, and the first day.

    The share has the shape (days, intervals); it is NaN outside the span and where no orbit is known.
    """
    span = windows.span
    first, last = utc_datetime64(np.array([span.start, span.end - 1e-3])).astype("datetime64[D]")
    pieces = 1440 // minutes
    days = int((last - first).astype(int)) + 1
    edges = tdb(first.astype("datetime64[us]") + np.arange(days * pieces + 1) * np.timedelta64(minutes, "m"))
    inside = np.clip(edges, span.start, span.end)
    filled, length = (_lasting(bounds, inside, span) for bounds in (windows.bounds, windows.known_bounds))
    share = np.where(length > 1e-3, filled / np.maximum(length, 1e-3), np.nan)
    return share.reshape(days, pieces), first


def _lasting(bounds: Array, edges: Array, span: Span) -> Array:
    """Open time between edges: (n + 1,) → (n,) s."""
    at = np.concatenate(([span.start], bounds.ravel(), [span.end]))
    lasting = np.diff(at) * (np.arange(len(at) - 1) % 2)
    return np.diff(np.interp(edges, at, np.concatenate(([0.0], np.cumsum(lasting)))))
