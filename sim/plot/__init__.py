"""Arrays and windows in, matplotlib axes out. Plots draw; they do not compute."""

from __future__ import annotations

from sim.plot.availability import availability
from sim.plot.calendar import Events, calendar
from sim.plot.coverage import coverage_map
from sim.plot.globe import Place, Track
from sim.plot.ground import ground_track
from sim.plot.moon import moon_map, moon_maps
from sim.plot.profile import Profile, profile
from sim.plot.relay import Line, Node, relay_geometry
from sim.plot.rotating import Ball, Orbit, rotating_frame
from sim.plot.scene import scene
from sim.plot.sky import SkyTrack, sky
from sim.plot.sweep import convergence, lengths, sensitivity
from sim.plot.timeline import Row, timeline

__all__ = [
    "Ball",
    "Events",
    "Line",
    "Node",
    "Orbit",
    "Place",
    "Profile",
    "Row",
    "SkyTrack",
    "Track",
    "availability",
    "calendar",
    "convergence",
    "coverage_map",
    "ground_track",
    "lengths",
    "moon_map",
    "moon_maps",
    "profile",
    "relay_geometry",
    "rotating_frame",
    "scene",
    "sensitivity",
    "sky",
    "timeline",
]
