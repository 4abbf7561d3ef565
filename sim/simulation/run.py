"""From a scenario to its result: what `sim run` does, in the order in which it does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from sim.core.arguments import typed
from sim.core.errors import CoverageError, DataError, SimError
from sim.core.files import RUN, may_write_folder, whole_folder
from sim.core.time import Span, instant, utc
from sim.products.contact_plan import ContactPlan
from sim.products.passes import Passes
from sim.products.report import Report
from sim.products.timeline import Timeline
from sim.scenario.includes import SEEDS
from sim.scenario.product import Job, Product
from sim.scenario.product_checks import must_ask as must_ask
from sim.scenario.provenance import files_read, orbit_files, provenance
from sim.scenario.scenario import Scenario
from sim.search.explanation import Why
from sim.search.windows import Windows
from sim.simulation import claims as claiming
from sim.simulation import record
from sim.simulation.claims.web_page import section
from sim.trajectories.bodies import ephemeris
from sim.trajectories.trajectory import Trajectory
from sim.visibility import hops, routes
from sim.visibility.link_search import search_links
from sim.visibility.links import Conditions, Links
from sim.visibility.passing_times import Passing
from sim.visibility.result import Result


@typed
def run(scenario: Scenario, progress: Callable[[str], None] = lambda text: None) -> Result:
    """Move everything, search every hop, join hops to routes.

    progress : told in a few words what is being done, before it is

    Raises `CoverageError` and `PropagationError`, and `DataError` for a file that changes meanwhile.
    """
    span, stamps = scenario.span, _stamps(scenario)
    ends: dict[str, Trajectory] = {}
    for name in scenario.used_ends():
        progress(f"moving {name}")
        ends[name] = scenario[name]
    conditions = Conditions(ends, scenario_hops(scenario), scenario.light_time)

    def searched(wanted: Sequence[routes.Hop], wide: Span) -> Sequence[Windows]:
        progress(f"searching {len(wanted)} hops")
        return search_links(Links(ends, conditions, scenario.light_time), wide)

    windows, opened = find_windows(scenario, ends, searched)
    _unchanged(stamps)
    told = provenance(scenario, ends, windows)
    return Result(
        title=scenario.title,
        span=span,
        ends=ends,
        conditions=conditions,
        hops={hop: each.within(span) for hop, each in windows.items()},
        paths=dict(scenario.routes),
        routes=opened,
        light=scenario.light_time,
        provenance=told,
    )


def find_windows(
    scenario: Scenario,
    ends: Mapping[str, Trajectory],
    searched: Callable[[Sequence[routes.Hop], Span], Sequence[Windows]],
) -> tuple[dict[routes.Hop, Windows], dict[str, Windows]]:
    """The windows of a scenario's hops, over a little more than its span, and those of its routes.

    ends     : moved over the span
    searched : finds the windows of hops over a span
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
    """When each file that a scenario's motion rests on was changed last, and how large it is; None if it is gone."""
    names = {scenario.ephemeris, *(end.ephemeris for end in scenario.ends.values())}
    files = {ephemeris.load(name).path for name in names}
    files |= {Path(file) for craft in scenario.spacecraft for file in orbit_files(scenario, craft)}
    return {path: _stamp(path) for path in sorted(files)}


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size


def _unchanged(stamps: dict[Path, tuple[int, int] | None]) -> None:
    """Raises `DataError` if a file is no longer what it was: what was read and what is recorded might differ."""
    for path, before in stamps.items():
        if (now := _stamp(path)) != before:
            raise DataError(f"{path} {'was deleted' if now is None else 'has changed'} while it was used. Run again")


@typed
def write(
    scenario: Scenario, result: Result, folder: str | Path, progress: Callable[[str], None] = lambda text: None
) -> list[Path]:
    """Write a scenario's products and run.json into a folder: all of them, or none.

    progress : told in a few words what is being done

    A scenario that names no products gets the contact plan, the passes and the timeline. Raises `SimError` for one
    that has no routes either, and `DataError` where the folder cannot take them, or holds a file of such a name that
    its run.json does not list: see `may_write`.
    """
    must_ask(scenario)
    products, folder = _products(scenario), Path(folder)
    may_write(scenario, folder)

    def verdicts(files: Sequence[str]) -> str:
        return section(claiming.verdicts(scenario, files, progress))

    with whole_folder(folder, inputs=files_read(scenario)) as temporary:
        written: list[Path] = []
        pictures: list[tuple[str, Path]] = []
        for product in sorted(products, key=lambda each: each.comes_last):
            made = product.write(result, temporary, Job(progress, tuple(pictures), verdicts))
            written += made
            drawn = [path for path in made if product.in_reports and path.suffix in (".png", ".svg")]
            pictures += [(product.caption, path) for path in drawn]
        about = record.write(scenario, result, written, temporary, folder)
        return [folder / path.name for path in (*written, about)]


def may_write(scenario: Scenario, folder: Path) -> None:
    """Raises `DataError` where a folder cannot take a scenario's products: asked before anything is computed.

    Nothing is written over a file that the scenario is read from, over a file of a product's name that the folder's
    run.json does not list, or over a product that was edited since.
    """
    names = [name for product in _products(scenario) for name in product.files(product)]
    may_write_folder(folder, [*names, RUN], files_read(scenario))


def _products(scenario: Scenario) -> Sequence[Product]:
    return scenario.products or (ContactPlan(), Passes(), Timeline())


@typed
def report(
    scenario: Scenario,
    result: Result,
    progress: Callable[[str], None] = lambda text: None,
    claims: Sequence[str | Path] = (),
) -> str:
    """One web page of a result, with the maps and pictures that the scenario's products draw.

    claims : claim files to ask of it, beside those that the scenario's report names
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
    """Claim files, each once, however they are named; those that ship go by `seeds:` and a name."""
    return tuple({file if file.startswith(SEEDS) else str(Path(file).resolve()): file for file in files}.values())


@typed
def why(
    scenario: Scenario, of: Sequence[str], when: Any, progress: Callable[[str], None] = lambda text: None
) -> list[Why]:
    """What a hop (two ends) or a route (its name) is waiting for at an instant at its last end.

    A route answers for each hop of each of its ways, every earlier hop at its own, earlier time; where no orbit is
    known, and so no light time, at the same time.
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
        raise CoverageError(f"{utc(at, 0)} is outside the scenario's span, {first} to {last}")
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
