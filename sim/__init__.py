"""Certified contact windows between spacecraft, landers, relays and ground stations.

When can two ends see each other, and when does a relay connect them? `load` reads a scenario file, `run` finds every
window, and `write` writes tables and pictures. Public names are imported when first used.

Examples
--------
>>> import sim
>>> span = sim.Span("2019-01-03T00:00:00Z", days=1)
>>> kourou = sim.Site(name="kourou", latitude_deg=5.25, longitude_deg=-52.8)
>>> windows = sim.hop(sim.MOON, kourou).windows(span)
>>> len(windows), round(windows.total_s / 3600, 1)
(1, 12.0)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.core.time import Span as Span
    from sim.core.time import tdb as tdb
    from sim.core.time import utc as utc
    from sim.planning.deliveries import delivery as delivery
    from sim.products import plot as plot
    from sim.products.export import export as export
    from sim.scenario.scenario import Scenario as Scenario
    from sim.scenario.scenario import load as load
    from sim.scenario.scenario import seeds as seeds
    from sim.search.conditions import Condition as Condition
    from sim.search.conditions import Scalar as Scalar
    from sim.search.windows import Windows as Windows
    from sim.search.windows import overlap as overlap
    from sim.search.wrapping import Wrapping as Wrapping
    from sim.simulation.crosscheck import crosscheck as crosscheck
    from sim.simulation.link_budget import link_budget as link_budget
    from sim.simulation.run import run as run
    from sim.simulation.run import why as why
    from sim.simulation.run import write as write
    from sim.simulation.sweep.run import sweep as sweep
    from sim.simulation.verify import verify as verify
    from sim.trajectories.bodies.body import EARTH as EARTH
    from sim.trajectories.bodies.body import MOON as MOON
    from sim.trajectories.bodies.body import SUN as SUN
    from sim.trajectories.bodies.body import Body as Body
    from sim.trajectories.moving_site import MovingSite as MovingSite
    from sim.trajectories.orbits.anchored import Anchored as Anchored
    from sim.trajectories.orbits.dro import Dro as Dro
    from sim.trajectories.orbits.formats.csv import Csv as Csv
    from sim.trajectories.orbits.formats.horizons import Horizons as Horizons
    from sim.trajectories.orbits.formats.oem import Oem as Oem
    from sim.trajectories.orbits.formats.spk import Spk as Spk
    from sim.trajectories.orbits.formats.stk import Stk as Stk
    from sim.trajectories.orbits.formats.tle import Tle as Tle
    from sim.trajectories.orbits.halo import Halo as Halo
    from sim.trajectories.orbits.kepler import Kepler as Kepler
    from sim.trajectories.orbits.nrho import Nrho as Nrho
    from sim.trajectories.orbits.numerical import Numerical as Numerical
    from sim.trajectories.orbits.phases import Phases as Phases
    from sim.trajectories.orbits.transfer import Transfer as Transfer
    from sim.trajectories.sites import Site as Site
    from sim.trajectories.spacecraft import Spacecraft as Spacecraft
    from sim.trajectories.states import GroundPoints as GroundPoints
    from sim.trajectories.states import ground_track as ground_track
    from sim.trajectories.states import states as states
    from sim.visibility.edge_spread import edge_spread as edge_spread
    from sim.visibility.hops import hop as hop
    from sim.visibility.result import Result as Result
    from sim.visibility.routes import along as along
    from sim.visibility.scalars import altitude_km as altitude_km
    from sim.visibility.scalars import azimuth_deg as azimuth_deg
    from sim.visibility.scalars import clearance_km as clearance_km
    from sim.visibility.scalars import elevation_deg as elevation_deg
    from sim.visibility.scalars import light_time_s as light_time_s
    from sim.visibility.scalars import penumbra_deg as penumbra_deg
    from sim.visibility.scalars import range_km as range_km
    from sim.visibility.scalars import range_rate_km_s as range_rate_km_s
    from sim.visibility.scalars import sun_elevation_deg as sun_elevation_deg
    from sim.visibility.scalars import sun_separation_deg as sun_separation_deg
    from sim.visibility.scalars import sunlit as sunlit
    from sim.visibility.scalars import umbra_deg as umbra_deg

__version__ = "0.1.0"

_MODULES = {
    "sim.trajectories.bodies.body": ("Body", "EARTH", "MOON", "SUN"),
    "sim.search.conditions": ("Condition", "Scalar"),
    "sim.simulation.crosscheck": ("crosscheck",),
    "sim.planning.deliveries": ("delivery",),
    "sim.products.export": ("export",),
    "sim.trajectories.moving_site": ("MovingSite",),
    "sim.trajectories.orbits.anchored": ("Anchored",),
    "sim.trajectories.orbits.formats.csv": ("Csv",),
    "sim.trajectories.orbits.dro": ("Dro",),
    "sim.trajectories.orbits.halo": ("Halo",),
    "sim.trajectories.orbits.formats.horizons": ("Horizons",),
    "sim.trajectories.orbits.kepler": ("Kepler",),
    "sim.trajectories.orbits.nrho": ("Nrho",),
    "sim.trajectories.orbits.numerical": ("Numerical",),
    "sim.trajectories.orbits.formats.oem": ("Oem",),
    "sim.trajectories.orbits.phases": ("Phases",),
    "sim.trajectories.orbits.formats.spk": ("Spk",),
    "sim.trajectories.orbits.formats.stk": ("Stk",),
    "sim.trajectories.orbits.formats.tle": ("Tle",),
    "sim.trajectories.orbits.transfer": ("Transfer",),
    "sim.visibility.result": ("Result",),
    "sim.visibility.hops": ("hop",),
    "sim.visibility.routes": ("along",),
    "sim.scenario.scenario": ("Scenario", "load", "seeds"),
    "sim.visibility.scalars": (
        "altitude_km", "azimuth_deg", "clearance_km", "elevation_deg", "light_time_s", "penumbra_deg", "range_km",
        "range_rate_km_s", "sun_elevation_deg", "sun_separation_deg", "sunlit", "umbra_deg",
    ),
    "sim.simulation.link_budget": ("link_budget",),
    "sim.simulation.run": ("run", "why", "write"),
    "sim.trajectories.sites": ("Site",),
    "sim.trajectories.spacecraft": ("Spacecraft",),
    "sim.trajectories.states": ("GroundPoints", "ground_track", "states"),
    "sim.simulation.sweep.run": ("sweep",),
    "sim.core.time": ("Span", "tdb", "utc"),
    "sim.visibility.edge_spread": ("edge_spread",),
    "sim.simulation.verify": ("verify",),
    "sim.search.windows": ("Windows", "overlap"),
    "sim.search.wrapping": ("Wrapping",),
}  # fmt: skip
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = ["__version__", "plot", *sorted(_MODULE_OF)]  # imported by __getattr__


def __getattr__(name: str) -> object:
    if name == "plot":
        return import_module("sim.products.plot")
    if name in _MODULE_OF:
        found: object = getattr(import_module(_MODULE_OF[name]), name)
        return found
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
