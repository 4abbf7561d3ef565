"""Arrays and windows in, matplotlib axes out. Plots draw; they do not compute."""

from __future__ import annotations

from sim.plot.sky import SkyTrack, sky
from sim.plot.timeline import Row, timeline

__all__ = ["Row", "SkyTrack", "sky", "timeline"]
