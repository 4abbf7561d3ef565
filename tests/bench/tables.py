"""What a result costs with its tables: `python -m tests.bench.tables [--before TREE]`.

Processor time of `sim.run`, the contact plan and the passes as frames, of one satellite over many stations, light time
on and all obstacles asked; and of a satellite's day in a sweep. Beside it the same from another checkout of this
project, and the windows alone, without any table, from other programs as far as they are installed. Each figure is the
best of some repetitions in a process of its own, in milliseconds for a pair of satellite and station a day.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded, here and in every child

FIGURES = {"100": (100, 2.0), "1,000": (1000, 1.0)}
"""Of `sim.run` with its tables: stations and days."""
SWEEP = 10_000
"""Stations of a sweep's case, a day each."""
SWEEP_BEFORE = 1000
"""The same of another checkout, which may be slow."""
PEERS = {"lox_peer": "lox_space", "brahe_peer": "brahe", "skyfield_peer": "skyfield"}
START, MASK_DEG = "2024-01-08T13:32:16Z", 10.0
REPEATED = 3


def main() -> None:
    options = _options()
    if options.child:
        print(json.dumps(_CHILDREN[options.child](options)))
        return
    found: dict[str, dict[str, float]] = {}
    for name, (stations, days) in FIGURES.items():
        column = found.setdefault(f"{name} stations, {days:g} d", {})
        column["ours"] = _child("run", stations, days)
        if options.before:
            column["before"] = _child("run", stations, days, options.before)
        for peer, module in PEERS.items():
            if peer in (options.peers or PEERS) and _is_here(module):
                column[f"{peer.removesuffix('_peer')}, windows alone"] = _child(peer, stations, days)
    column = found.setdefault("sweep", {})
    column[f"ours, {SWEEP:,} stations"] = _child("sweep", SWEEP, 1.0)
    if options.before:
        column[f"before, {SWEEP_BEFORE:,} stations"] = _child("sweep", SWEEP_BEFORE, 1.0, options.before)
    for name, column in found.items():
        ours = next(iter(column.values()))
        for who, figure in column.items():
            print(f"{name:<22} {who:<28} {figure:10.3f} ms a pair a day {figure / ours:10.1f} times ours")


def places(count: int) -> list[tuple[str, float, float]]:
    """Stations spread evenly over the Earth: name, latitude and longitude in degrees."""
    import numpy as np

    index = np.arange(count)
    latitudes = np.rad2deg(np.arcsin(1.0 - 2.0 * (index + 0.5) / count))
    longitudes = np.rad2deg((index * np.pi * (3.0 - np.sqrt(5.0)) + np.pi) % (2.0 * np.pi) - np.pi)
    return [(f"s{i:05d}", float(a), float(b)) for i, a, b in zip(index, latitudes, longitudes, strict=True)]


def _run(options: argparse.Namespace) -> float:
    import sim

    line1, line2 = _lines()
    orbit = sim.Tle(line1=line1, line2=line2, source="made for measuring")
    sites = {name: sim.Site(name=name, latitude_deg=a, longitude_deg=b, horizon_deg=MASK_DEG)
             for name, a, b in places(options.stations)}  # fmt: skip

    def asked() -> sim.Scenario:
        craft = {"iss": sim.Spacecraft(name="iss", orbit=orbit)}
        routes = {name: ("iss", name) for name in sites}
        return sim.Scenario(start=START, days=options.days, sites=sites, spacecraft=craft, routes=routes)

    _tables(sim.run(asked().model_copy(update={"days": 0.1})))  # what is loaded on first use
    return _best(asked, lambda scenario: _tables(sim.run(scenario)))


def _tables(result) -> None:
    """Both tables in memory; rows of text from a checkout that has no frames yet."""
    from sim.products import contact_plan, passes

    if hasattr(passes, "frame"):
        contact_plan.frame(result)
        passes.frame(result)
        return
    contact_plan.contacts(result)
    for leg in result.hops:
        passes.passes(result, leg)


def _sweep(options: argparse.Namespace) -> float:
    from sim.simulation.sweep.cases import Memory, chunk_done
    from sim.simulation.sweep.plan import Chunk, plan
    from tests.bench.scale import constellation

    scenario, orbits = constellation(REPEATED + 1, stations=options.stations, days=options.days)
    made, memory = plan(scenario, {"spacecraft.sat.orbit": orbits}), Memory()
    chunk_done(made, Chunk(0, REPEATED, REPEATED + 1), memory)
    cases = iter(range(REPEATED))

    def case(_) -> None:
        number = next(cases)
        assert not chunk_done(made, Chunk(0, number, number + 1), memory).failed

    return _best(lambda: None, case, 2)


def _peer(options: argparse.Namespace) -> float:
    from importlib import import_module
    from tempfile import TemporaryDirectory

    from tests.bench import inputs
    from tests.bench.workloads import ISS, Station, Workload

    peer = import_module(f"tests.bench.{options.child}")
    stations = tuple(Station(name, a, b, 0.0) for name, a, b in places(options.stations))
    workload = Workload("iss", "ISS", ISS, stations, MASK_DEG, START, options.days, 1.0, 180.0)
    with TemporaryDirectory() as folder:
        given = inputs.make(Path(folder))
        return _best(lambda: None, lambda _: peer.solve(workload, given, next(iter(peer.SETTINGS))))


def _best(prepare, work, repeated: int = REPEATED) -> float:
    """Seconds of processor time: the least of some repetitions."""
    spent = []
    for _ in range(repeated):
        given = prepare()
        began = time.process_time()
        work(given)
        spent.append(time.process_time() - began)
    return min(spent)


def _lines() -> tuple[str, str]:
    """The space station's elements. Source: Bill-Gray/tles, old_tles/20240108.tle."""
    return (
        "1 25544U 98067A   24008.56406552  .00012828  00000-0  23097-3 0  9992",
        "2 25544  51.6418  31.2099 0003911  10.8194  97.2092 15.50171132433643",
    )


_CHILDREN = {"run": _run, "sweep": _sweep, **dict.fromkeys(PEERS, _peer)}


def _is_here(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


def _child(what: str, stations: int, days: float, tree: str = "") -> float:
    """One figure in a process of its own, from this checkout or another: milliseconds a pair a day."""
    home = Path(tree or Path(__file__).parents[2]).resolve()
    more = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each and not tree]
    words = ["--child", what, "--stations", str(stations), "--days", str(days)]
    told = {**os.environ, "PYTHONPATH": os.pathsep.join([str(home), *more])}
    command = [sys.executable, str(Path(__file__).resolve()), *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=home, env=told)
    figure = 1e3 * json.loads(done.stdout.splitlines()[-1]) / stations / days
    print(f"{what} {stations} {days:g} {tree}: {figure:.3f} ms", file=sys.stderr, flush=True)
    return figure


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tables", description=__doc__)
    parser.add_argument("--before", help="another checkout of this project, to be held against")
    parser.add_argument("--peers", nargs="*", choices=PEERS, help="these programs alone")
    parser.add_argument("--child", choices=_CHILDREN, help=argparse.SUPPRESS)
    parser.add_argument("--stations", type=int, default=100, help=argparse.SUPPRESS)
    parser.add_argument("--days", type=float, default=1.0, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.path[:] = [each for each in sys.path if Path(each) != Path(__file__).parent]  # its modules have common names
    main()
