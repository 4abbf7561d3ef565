"""Runs a scenario: moves its ends, searches its hops, joins them to routes, and writes its products."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from sim.core.arguments import typed
from sim.core.errors import CoverageError, DataError, SimError
from sim.core.files import RUN, may_write_folder, whole_folder
from sim.core.time import Span, instant, utc
from sim.products.contact_plan import ContactPlan
from sim.products.passes import Passes
from sim.products.report import Report
from sim.products.timeline import Timeline
from sim.scenario.channels import channels_of_links
from sim.scenario.cost.steps import Steps, steps
from sim.scenario.data_network import network_of
from sim.scenario.includes import SEEDS
from sim.scenario.product import Job, Product
from sim.scenario.product_checks import must_ask as must_ask
from sim.scenario.provenance import files_read, limit_files, orbit_files, provenance
from sim.scenario.scenario import Scenario, load
from sim.search.explanation import Why
from sim.search.windows import Windows
from sim.simulation import claims as claiming
from sim.simulation import record
from sim.simulation.claims.web_page import section
from sim.trajectories.bodies import ephemeris
from sim.trajectories.trajectory import Trajectory
from sim.visibility import hops, routes
from sim.visibility.link_search import search_links
from sim.visibility.links import Conditions
from sim.visibility.network import Tracking
from sim.visibility.passing_times import Passing
from sim.visibility.result import Result

if TYPE_CHECKING:
    from sim.core.values import OneTime
else:  # checked by `instant`, whose messages are about times
    OneTime = object


def silent(text: str) -> None:
    """Show no progress: then the work of the steps is not estimated either."""


@typed
def run(scenario: Scenario | str | Path, progress: Callable[[str], None] = silent) -> Result:
    """Find every window of a scenario.

    Parameters
    ----------
    scenario
        The scenario, its file, or the name of an included one.
    progress
        Called with a few words before each step.

    Returns
    -------
    Result
        Windows of all hops and routes, and what they were computed from.

    Raises
    ------
    CoverageError
        If data do not cover the span.
    PropagationError
        If an orbit cannot be propagated over the span.
    DataError
        If a file cannot be read, or changes during the run.

    Examples
    --------
    >>> import sim
    >>> kourou = sim.Site(name="kourou", latitude_deg=5.25, longitude_deg=-52.8)
    >>> scenario = sim.Scenario(
    ...     start="2019-01-03T00:00:00Z", days=1, sites={"kourou": kourou}, routes={"down": ["moon", "kourou"]}
    ... )
    >>> windows = sim.run(scenario).routes["down"]
    >>> len(windows), round(windows.total_s / 3600, 1)
    (1, 12.0)
    """
    scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
    span, stamps, ahead = scenario.span, _stamps(scenario), _steps(scenario, progress)
    ends: dict[str, Trajectory] = {}
    for name, step in ahead.moving.items():
        progress(step)
        ends[name] = scenario[name]
    conditions = Conditions(ends, scenario_hops(scenario), scenario.light_time)

    def searched(wanted: Sequence[routes.Hop], wide: Span) -> Sequence[Windows]:
        progress(ahead.searching)
        return search_links(conditions.links, wide)

    try:
        windows, opened = find_windows(scenario, ends, searched)
    except (DataError, OSError):
        _unchanged(stamps)  # a file that changed is the cause, whatever a reader found wrong with it
        raise
    _unchanged(stamps)
    channels = channels_of_links(scenario)
    return Result(
        title=scenario.title,
        span=span,
        ends=ends,
        conditions=conditions,
        hops={hop: each.within(span) for hop, each in windows.items()},
        paths=dict(scenario.routes),
        routes=opened,
        light=scenario.light_time,
        provenance=provenance(scenario, ends, windows),
        network=network_of(scenario, channels),
        tracking=Tracking(scenario.antennas, scenario.crews, scenario.missions, scenario.requests),
        magnitudes={n: each.magnitude for n, each in scenario.spacecraft.items() if each.magnitude is not None},
        channels=channels,
    )


def find_windows(
    scenario: Scenario,
    ends: Mapping[str, Trajectory],
    searched: Callable[[Sequence[routes.Hop], Span], Sequence[Windows]],
) -> tuple[dict[routes.Hop, Windows], dict[str, Windows]]:
    """The windows of a scenario's hops, from slightly before its span on, and those of its routes.

    Parameters
    ----------
    scenario
        The scenario.
    ends
        Trajectories of its ends by name.
    searched
        Finds the windows of hops over a span.
    """
    early = routes.light_time_s(scenario.routes.values(), ends, scenario.span, scenario.light_time)
    early = routes.EARLY_S * float(np.ceil(early / routes.EARLY_S))
    wide = Span(scenario.span.start - early, scenario.span.end)
    wanted = scenario_hops(scenario)
    found = dict(zip(wanted, searched(wanted, wide), strict=True))
    opened = {name: routes.joined(route, ends, found, scenario.light_time) for name, route in scenario.routes.items()}
    return found, {name: each.within(scenario.span) for name, each in opened.items()}


def scenario_hops(scenario: Scenario) -> tuple[routes.Hop, ...]:
    """The distinct hops of a scenario's routes."""
    return tuple(dict.fromkeys(hop for route in scenario.routes.values() for hop in routes.hops(route)))


def _stamps(scenario: Scenario) -> dict[Path, tuple[int, int] | None]:
    """Time of the last change and size of each file that a scenario's trajectories come from; None if it is gone."""
    names = {scenario.ephemeris, *(end.ephemeris for end in scenario.ends.values())}
    files = {ephemeris.load(name).path for name in names}
    files |= {Path(file) for craft in scenario.spacecraft for file in orbit_files(scenario, craft)}
    files |= set(limit_files(scenario))
    return {path: _stamp(path) for path in sorted(files)}


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size


def _unchanged(stamps: dict[Path, tuple[int, int] | None]) -> None:
    """Raise `DataError` if a file has changed: its recorded hash might not be that of what was read."""
    for path, before in stamps.items():
        if (now := _stamp(path)) != before:
            raise DataError(f"{path} was {'deleted' if now is None else 'changed'} during the run. Run it again")


@typed
def write(
    scenario: Scenario, result: Result, folder: str | Path, progress: Callable[[str], None] = silent
) -> list[Path]:
    """Write a scenario's products and run.json into a folder: all of them, or none.

    A scenario without products gets a contact plan, a table of passes and a timeline.

    Parameters
    ----------
    scenario
        The scenario.
    result
        Its result.
    folder
        Output folder. Only files that an earlier run.json in it lists are overwritten.
    progress
        Called with a few words before each step.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    SimError
        If the scenario has neither products nor routes, or a product has nothing to show.
    DataError
        If the folder cannot be written, or has another file of such a name.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load("scenario.toml")  # doctest: +SKIP
    >>> sim.write(scenario, sim.run(scenario), "out")  # doctest: +SKIP
    """
    must_ask(scenario)
    products, folder = _products(scenario), Path(folder)
    may_write(scenario, folder)

    def verdicts(files: Sequence[str]) -> str:
        return section(claiming.verdicts(scenario, files, progress))

    with whole_folder(folder, inputs=files_read(scenario)) as temporary:
        written: list[Path] = []
        pictures: list[tuple[str, Path]] = []
        shared: dict[Hashable, object] = {}
        for product, step in zip(products, _steps(scenario, progress).writing, strict=True):
            progress(step)
            made = product.write(result, temporary, Job(progress, tuple(pictures), verdicts, shared))
            written += made
            drawn = [path for path in made if product.in_reports and path.suffix in (".png", ".svg")]
            pictures += [(product.caption, path) for path in drawn]
        about = record.write(scenario, result, written, temporary, folder)
        return [folder / path.name for path in (*written, about)]


def may_write(scenario: Scenario, folder: Path) -> None:
    """Raise `DataError` if a scenario's products cannot be written into a folder, before anything is computed.

    A file that the scenario is read from, a file that the folder's run.json does not list, and a product that was
    changed since are never overwritten.
    """
    names = [name for product in _products(scenario) for name in product.files(product)]
    may_write_folder(folder, [*names, RUN], files_read(scenario))


def _products(scenario: Scenario) -> Sequence[Product]:
    """The products of a scenario in the order in which they are written."""
    return sorted(scenario.products or _USUAL, key=lambda each: each.comes_last)


_USUAL = (ContactPlan(), Passes(), Timeline())


def _steps(scenario: Scenario, progress: Callable[[str], None]) -> Steps:
    """The steps of running a scenario and writing its products."""
    ends, count = scenario.used_ends(), len(scenario_hops(scenario))
    return steps(scenario, scenario.span.duration_s, ends, count, _products(scenario), progress is not silent)


@typed
def report(
    scenario: Scenario,
    result: Result,
    progress: Callable[[str], None] = silent,
    claims: Sequence[str | Path] = (),
) -> str:
    """The interactive web page of a result, with the maps and pictures of the scenario's products.

    Parameters
    ----------
    scenario
        The scenario.
    result
        Its result.
    progress
        Called with a few words before each step.
    claims
        Claim files to test, besides those that the scenario's report names.

    Returns
    -------
    str
        One HTML file, which loads nothing from elsewhere.
    """
    must_ask(scenario)
    asked = next((each for each in scenario.products if isinstance(each, Report)), Report())
    asked = asked.model_copy(update={"claims": _distinct((*asked.claims, *map(str, claims)))})
    drawing = tuple(each for each in scenario.products if each.in_reports)
    with TemporaryDirectory() as folder:
        only = scenario.model_copy(update={"products": (*drawing, asked)})
        written = write(only, result, Path(folder) / "report", progress)
        return next(path for path in written if path.suffix == ".html").read_text(encoding="utf-8")


def _distinct(files: Sequence[str]) -> tuple[str, ...]:
    """Claim files, each once, whatever their paths; those of the package are named `seeds:` and a name."""
    return tuple({file if file.startswith(SEEDS) else str(Path(file).resolve()): file for file in files}.values())


@typed
def why(
    scenario: Scenario, of: Sequence[str], when: OneTime, progress: Callable[[str], None] = silent
) -> list[Why]:
    """Explain why a hop or route is open or closed at a given time.

    Parameters
    ----------
    scenario
        The scenario.
    of
        The two ends of a hop, or the name of a route.
    when
        Time at the last end: UTC text with `Z`, an aware datetime, an astropy `Time`, or TDB s past J2000.
    progress
        Called with a few words before each step.

    Returns
    -------
    list of Why
        One explanation per hop: every hop of every path of a route, at the time at which the signal arrives at the end
        of that hop. If an orbit is unknown, and so is the light time, at the same time.

    Raises
    ------
    SimError
        If there is no such hop, route or time.
    CoverageError
        If the time is outside the span.

    Examples
    --------
    >>> import sim
    >>> kourou = sim.Site(name="kourou", latitude_deg=5.25, longitude_deg=-52.8)
    >>> scenario = sim.Scenario(start="2019-01-03T00:00:00Z", days=1, sites={"kourou": kourou})
    >>> (why,) = sim.why(scenario, ["moon", "kourou"], "2019-01-03T03:00:00Z")
    >>> why.holds
    False
    """
    try:
        at, light = instant(when), scenario.light_time
    except (TypeError, ValueError) as error:
        raise SimError(str(error)) from error
    path = scenario.path(of)
    ends = {}
    for name in routes.names(path):
        progress(f"moving {name}")
        ends[name] = scenario[name]
    if not scenario.span.start <= at <= scenario.span.end:
        first, last = utc([scenario.span.start, scenario.span.end], 0)
        raise CoverageError(f"{utc(at, 0)} is outside the span of the scenario ({first} to {last})")
    asked = {hop: hops.hop(ends[hop[0]], ends[hop[1]], light) for hop in routes.hops(path)}
    passing = Passing(ends, lambda hop, t: asked[hop].holds(t), light)
    reasons: dict[routes.Hop, Why] = {}
    for way in routes.paths(path):
        t = at
        for hop, own in passing.hop_times(way, np.array([at])):
            t = t if np.isnan(own[0]) else float(own[0])
            if hop not in reasons:
                progress(f"searching {hop[0]} – {hop[1]}")
                reasons[hop] = asked[hop].why(t, scenario.span)
    return list(reasons.values())
