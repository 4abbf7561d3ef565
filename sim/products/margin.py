"""Margin and data rate of a link along its passes, with how far the margin may be off."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.core.model import Name
from sim.products.of_link import OfLink, Sent
from sim.products.pictures import between, product_error
from sim.scenario.product import NOTHING, Job

if TYPE_CHECKING:
    from sim.trajectories.radios.channel import Channel
    from sim.visibility.result import Result

Array = NDArray[np.float64]

MOST_TIMES = 2000
"""Most times of all passes together at which the margin is computed."""


class Margin(OfLink):
    """Margin and data rate of a link over a pass, or over all (PNG or SVG).

    The band is one standard deviation of what is known: weather, antennas and geometry. The rate is that of the fastest
    mode that closes with the required margin.
    """

    kind: Literal["margin"] = "margin"
    file: Name = "margin"
    """file name without extension"""
    link: Name | None = None
    """name of a link with a signal; default: the first"""
    transmitter: Name | None = None
    """transmitter, if the link has several; default: the first"""
    receiver: Name | None = None
    """receiver, if the link has several; default: the first"""
    number: Annotated[int, Field(ge=1)] | None = None
    """number of the pass, from 1; default: all passes"""

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write margin.png or .svg."""
        from sim.products.plot.margin import Stretch, margin_plot
        from sim.visibility.margin_spread import margin_band

        sent = self.sent(result)
        bounds = sent.passes.bounds
        if self.number is not None and self.number > max(len(bounds), 1):
            raise product_error(self.kind, f"{sent.title} has {len(bounds)} passes, but number is {self.number}")
        chosen = bounds if self.number is None else bounds[self.number - 1 : self.number]
        drawn, told = [], ""
        for t in _times(chosen):
            band = margin_band(sent.channel, *sent.ends, result.light, t)
            told = band.told
            levels = [rates(sent.channel, each) for each in (band.margin_db, band.low_db, band.high_db)]
            drawn.append(Stretch(t, band.margin_db, band.low_db, band.high_db, levels[0], levels[1], levels[2]))
        which = f", pass {self.number} of {len(bounds)}" if self.number is not None and len(bounds) else ""
        title = self.title or f"{sent.title}{which}"
        panels = margin_plot(drawn, sent.channel.signal.margin_db, title, _detail(sent, told), self.theme)
        return self.save(panels[0], folder, self.file)


def rates(channel: Channel, margin_db: Array) -> Array:
    """Return the data rate of the fastest mode that closes (bit/s), by the margin of the least one; 0 if none does."""
    ratio, found = margin_db + channel.required_db_hz(), np.zeros(np.shape(margin_db))
    for mode in channel.signal.modes:
        found = np.where(ratio >= channel.required_db_hz(mode, channel.signal.margin_db), mode.rate_bps, found)
    return found


def _times(bounds: Array) -> list[Array]:
    """Times over each of some passes, just inside its edges."""
    most = int(np.clip(MOST_TIMES // max(len(bounds), 1), 16, 300))
    return [between(start + 1e-3, end - 1e-3, most) for start, end in bounds if end - start > 4e-3]


def _detail(sent: Sent, told: str) -> str:
    count = len(sent.channel.signal.modes)
    modes = sent.channel.mode.name if count == 1 else f"{count} modes, margin of {sent.channel.mode.name}"
    parts = f"{sent.channel.frequency_mhz:,.0f} MHz", modes, f"weather {sent.channel.signal.weather:g}", told
    return " · ".join(filter(None, parts))
