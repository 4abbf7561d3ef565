"""When can these places see and talk to each other?

Certified contact windows for spacecraft, landers, relays and ground stations. Public names are loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim import plot as plot
    from sim.bodies import EARTH as EARTH
    from sim.bodies import MOON as MOON
    from sim.bodies import SUN as SUN
    from sim.bodies import Body as Body
    from sim.conditions import Condition as Condition
    from sim.conditions import Scalar as Scalar
    from sim.engines import crosscheck as crosscheck
    from sim.exports import export as export
    from sim.families import edge_spread as edge_spread
    from sim.orbits.anchored import Anchored as Anchored
    from sim.orbits.csv import Csv as Csv
    from sim.orbits.dro import Dro as Dro
    from sim.orbits.halo import Halo as Halo
    from sim.orbits.horizons import Horizons as Horizons
    from sim.orbits.kepler import Kepler as Kepler
    from sim.orbits.nrho import Nrho as Nrho
    from sim.orbits.numerical import Numerical as Numerical
    from sim.orbits.oem import Oem as Oem
    from sim.orbits.phases import Phases as Phases
    from sim.orbits.spk import Spk as Spk
    from sim.orbits.stk import Stk as Stk
    from sim.orbits.tle import Tle as Tle
    from sim.orbits.transfer import Transfer as Transfer
    from sim.result import Result as Result
    from sim.routes import along as along
    from sim.routes import hop as hop
    from sim.scalars import altitude_km as altitude_km
    from sim.scalars import azimuth_deg as azimuth_deg
    from sim.scalars import clearance_km as clearance_km
    from sim.scalars import elevation_deg as elevation_deg
    from sim.scalars import light_time_s as light_time_s
    from sim.scalars import penumbra_deg as penumbra_deg
    from sim.scalars import range_km as range_km
    from sim.scalars import range_rate_km_s as range_rate_km_s
    from sim.scalars import sun_elevation_deg as sun_elevation_deg
    from sim.scalars import sun_separation_deg as sun_separation_deg
    from sim.scalars import sunlit as sunlit
    from sim.scalars import umbra_deg as umbra_deg
    from sim.scenario import Scenario as Scenario
    from sim.scenario import load as load
    from sim.scenario import seeds as seeds
    from sim.simulation import run as run
    from sim.simulation import why as why
    from sim.simulation import write as write
    from sim.sites import Site as Site
    from sim.spacecraft import Spacecraft as Spacecraft
    from sim.sweeps.run import sweep as sweep
    from sim.time import Span as Span
    from sim.time import tdb as tdb
    from sim.time import utc as utc
    from sim.verification import verify as verify
    from sim.windows import Windows as Windows
    from sim.windows import overlap as overlap
    from sim.wrapping import Wrapping as Wrapping

__version__ = "0.1.0"

_WHERE = {
    "sim.bodies": ("Body", "EARTH", "MOON", "SUN"),
    "sim.conditions": ("Condition", "Scalar"),
    "sim.engines": ("crosscheck",),
    "sim.exports": ("export",),
    "sim.orbits.anchored": ("Anchored",),
    "sim.orbits.csv": ("Csv",),
    "sim.orbits.dro": ("Dro",),
    "sim.orbits.halo": ("Halo",),
    "sim.orbits.horizons": ("Horizons",),
    "sim.orbits.kepler": ("Kepler",),
    "sim.orbits.nrho": ("Nrho",),
    "sim.orbits.numerical": ("Numerical",),
    "sim.orbits.oem": ("Oem",),
    "sim.orbits.phases": ("Phases",),
    "sim.orbits.spk": ("Spk",),
    "sim.orbits.stk": ("Stk",),
    "sim.orbits.tle": ("Tle",),
    "sim.orbits.transfer": ("Transfer",),
    "sim.result": ("Result",),
    "sim.routes": ("along", "hop"),
    "sim.scenario": ("Scenario", "load", "seeds"),
    "sim.scalars": (
        "altitude_km", "azimuth_deg", "clearance_km", "elevation_deg", "light_time_s", "penumbra_deg", "range_km",
        "range_rate_km_s", "sun_elevation_deg", "sun_separation_deg", "sunlit", "umbra_deg",
    ),
    "sim.simulation": ("run", "why", "write"),
    "sim.sites": ("Site",),
    "sim.spacecraft": ("Spacecraft",),
    "sim.sweeps.run": ("sweep",),
    "sim.time": ("Span", "tdb", "utc"),
    "sim.families": ("edge_spread",),
    "sim.verification": ("verify",),
    "sim.windows": ("Windows", "overlap"),
    "sim.wrapping": ("Wrapping",),
}  # fmt: skip
_HOME = {name: module for module, names in _WHERE.items() for name in names}

__all__ = ["__version__", "plot", *sorted(_HOME)]  # loaded by __getattr__


def __getattr__(name: str) -> Any:
    if name == "plot":
        return import_module("sim.plot")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
