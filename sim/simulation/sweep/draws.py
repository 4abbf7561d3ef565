"""The errors that a sweep draws: each is an independent normal variable, in units of its standard deviation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from sim.core.errors import SimError
from sim.core.text import nearest, shown
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_table import Draw, Variable
from sim.trajectories.bodies.frames import ut1_sigma_s
from sim.trajectories.sites import Site
from sim.trajectories.spacecraft import Spacecraft
from sim.visibility.routes import names as route_names
from sim.visibility.uncertainty import UT1, error_name

ALL = "all"
"""Draws every error of every end of a route, and that of UT1."""


def unknowns(scenario: Scenario) -> Iterator[str]:
    """The names of the errors of all ends of a scenario's routes, and of UT1."""
    names = dict.fromkeys(n for route in scenario.routes.values() for n in route_names(route))
    ends = [scenario.ends[name] for name in names if name in scenario.ends]
    for end in ends:
        yield from (error_name(end.name, error) for error in end.errors)
    if any(map(_on_earth, ends)) and ut1_sigma_s(np.asarray(scenario.span.end)) > 0.0:
        yield UT1


def wanted(draw: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """The known errors that are to be drawn: all, those of an end, or one by its own name."""
    asked = set(draw)
    return tuple(name for name in known if asked & {ALL, name, name.partition(": ")[0]})


def variables(draw: Iterable[str], known: Iterable[str]) -> tuple[Variable, ...]:
    """The errors that are to be drawn, as variables. Raises `SimError` for a name that is not an error."""
    names = list(known)
    options = dict.fromkeys([ALL, *(name.partition(": ")[0] for name in names)])
    for each in draw:
        if not wanted([each], names):
            raise SimError(
                f"--draw {shown(each)}: no end of a route has errors of that name.{nearest(each, options)} "
                "A designed orbit has only the errors that its [spacecraft.NAME.sigma] declares"
            )
    return tuple(Variable(name, Draw("normal", 0.0, 1.0)) for name in wanted(draw, names))


def _on_earth(end: Site | Spacecraft) -> bool:
    return any(site.body == "earth" for site in ([end] if isinstance(end, Site) else end.sites))
