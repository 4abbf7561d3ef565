"""Data volume of a link, day by day."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.core.model import Name
from sim.core.time import Span, tdb, utc_datetime64
from sim.products.of_link import OfLink
from sim.products.pictures import product_error
from sim.scenario.product import NOTHING, Job

if TYPE_CHECKING:
    from sim.visibility.result import Result

MOST_DAYS = 1000


class Volume(OfLink):
    """Data volume of a link on every UTC day, at the fastest rate that closes (PNG or SVG).

    Error bars: weather and antennas worse or better by one standard deviation, where these are known.
    """

    kind: Literal["volume"] = "volume"
    file: Name = "volume"
    """file name without extension"""
    link: Name | None = None
    """name of a link with a signal; default: the first"""
    transmitter: Name | None = None
    """transmitter, if the link has several; default: the first"""
    receiver: Name | None = None
    """receiver, if the link has several; default: the first"""

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write volume.png or .svg."""
        from sim.products.plot.volume import volume_plot
        from sim.visibility.link_volume import volumes_in

        sent = self.sent(result)
        days = utc_days(result.span)
        if len(days) > MOST_DAYS:
            raise product_error(self.kind, f"expected at most {MOST_DAYS} days, got {len(days)}")
        found = volumes_in(sent.link, sent.channel, sent.ends, result.light, sent.passes, days)
        title = self.title or sent.title
        axes = volume_plot(days, found, title, self.theme)
        return self.save(axes, folder, self.file)


def utc_days(span: Span) -> list[Span]:
    """Return the UTC days of a span, the first and the last cut by it."""
    first, last = utc_datetime64(np.array([span.start, span.end - 1e-3])).astype("datetime64[D]")
    count = int((last - first).astype(int)) + 1
    edges = tdb(first.astype("datetime64[us]") + np.arange(count + 1) * np.timedelta64(1, "D"))
    inside = np.clip(edges, span.start, span.end)
    return [Span(float(a), float(b)) for a, b in pairwise(inside) if b > a]
