"""This package."""

from __future__ import annotations

import numpy as np

import sim
from sim.search import conditions
from sim.trajectories.orbits.sampled import Sampled
from sim.visibility import body_view

from .inputs import Inputs, pieces
from .workloads import Workload

PACKAGE = "farside-sim"
SETTINGS = {"geometric": False, "light time and aberration": True}
LIGHT = {"moon", "orbiter"}
"""Workloads that are also run with light time: where it matters."""
NAMES = (sim.Spacecraft, sim.Kepler, sim.Spk, sim.Site, sim.MOON, sim.elevation_deg, sim.clearance_km)


def unable(workload: Workload, setting: str) -> str:
    return "not asked" if SETTINGS[setting] and workload.key not in LIGHT else ""


def imports(workload: Workload) -> None:
    """What is loaded on first use, before the clock runs."""
    if workload.target.kind != "moon":
        import sim.trajectories.dynamics.integrate  # noqa: F401  # spacecraft only


def solve(workload: Workload, inputs: Inputs, setting: str):
    light, span = SETTINGS[setting], workload.span
    if hasattr(body_view, "_kept"):
        body_view._kept.cache_clear()  # tables of nature may stay; the answer to this very question may not
    target = trajectory(workload, inputs)
    asked = []
    for station in workload.stations:
        site = sim.Site(**station._asdict())
        condition = sim.elevation_deg(site, target, light) > workload.mask_deg
        if workload.hidden:
            condition = condition & (sim.clearance_km(site, target, sim.MOON, light) > 0)
        asked.append(condition)
    if hasattr(conditions, "search"):  # all stations together
        return conditions.search(asked, [sim.Windows.whole(span)] * len(asked))
    return [condition.windows(span) for condition in asked]


def bounds(found) -> list[np.ndarray]:
    return [windows.bounds for windows in found]


def trajectory(workload: Workload, inputs: Inputs):
    target = workload.target
    if target.kind == "moon":
        return sim.MOON
    if target.kind == "tle":
        if not hasattr(sim, "Tle"):  # until it is there: what it will do
            return Sampled(target.name, "predicted", "earth", pieces(target, workload.span))
        orbit = sim.Tle(line1=target.lines[0], line2=target.lines[1], max_age_days=workload.days + 1)
    elif target.kind == "spk":
        orbit = sim.Spk(file=inputs.path(target.spk), target=target.naif_id, center=target.center)
    else:
        orbit = sim.Kepler(**dict(target.elements))
    return sim.Spacecraft(name=target.name, orbit=orbit).over(workload.span)
