"""Plots: functions that draw arrays and windows and return matplotlib axes. They compute no results."""

from __future__ import annotations

from sim.products.plot.availability import availability
from sim.products.plot.calendar import Events, calendar
from sim.products.plot.coverage import coverage_map
from sim.products.plot.globe import Place, Track
from sim.products.plot.ground import ground_track
from sim.products.plot.moon import moon_map, moon_maps
from sim.products.plot.profile import Profile, profile
from sim.products.plot.relay import Line, Node, relay_geometry
from sim.products.plot.rotating import Ball, Orbit, rotating_frame
from sim.products.plot.scene import scene
from sim.products.plot.sky import SkyTrack, sky
from sim.products.plot.sweep import answers, convergence, lengths, sensitivity
from sim.products.plot.timeline import Row, timeline

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
    "answers",
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
