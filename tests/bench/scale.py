"""What sweeps cost: a month of work from a few measured numbers. `python -m tests.bench.scale --write docs/scale.md`.

Parts can be run alone, with `--only`, and joined from what they printed: `--only write --keep FILE … --write PAGE`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded, here and in every child

SCENARIO = "scenarios/chang-e-4.toml"
FLAGSHIP = {
    "end": "2019-01-13T00:00:00Z",
    "spacecraft.queqiao.orbit.phase": "0:0.999",
    "spacecraft.queqiao.orbit.amplitude_km": "normal(13000, 300)",
    "sites.kourou.horizon_deg": "5:15",
    "sites.maspalomas.horizon_deg": "5:15",
    "sites.kashi.limits[0].min_deg": "2:5",
}
"""What varies in the flagship: where its relay is, its orbit's size, two masks, how near the Sun an antenna looks."""

STEP_S = 5.0
"""Of the brute force that a sample of the constellation's windows is held against."""
EDGE_TOLERANCE_S = 1e-3
"""Brute force polishes its edges on the elevation; the tables keep times to a microsecond."""
SAMPLE = 12


def main() -> None:
    options = _options()
    if options.child:
        print(json.dumps(_CHILDREN[options.child](options)))
        return
    cases, satellites = options.cases, options.satellites
    found: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.folder or temporary)
        if options.only in (None, "flagship"):
            for jobs in (1, 2):
                found[f"flagship {jobs}"] = _child("flagship", folder / f"flagship-{jobs}", cases=cases, jobs=jobs)
            same = [[(folder / f"flagship-{jobs}" / f"{name}.parquet").read_bytes() for name in ("windows", "cases")]
                    for jobs in (1, 2)]  # fmt: skip
            found["flagship 2"]["same_bits"] = same[0] == same[1]
        if options.only in (None, "constellation"):
            found["constellation"] = _child("constellation", folder / "constellation", satellites=satellites)
        if options.only in (None, "pairs"):
            found["pairs"] = _child("pairs", folder / "pairs", stations=options.stations)
        for name in options.keep or ():
            found |= json.loads(Path(name).read_text())
    print(json.dumps(found, indent=2))
    if options.write:
        from .scale_page import write

        write(Path(options.write), found)


def _flagship(options: argparse.Namespace) -> dict:
    """Cases of the flagship on one process, or on so many of Dask's."""
    import sim

    began = time.perf_counter()
    swept = sim.sweep(SCENARIO, FLAGSHIP, options.folder, samples=options.cases, seed=1, jobs=options.jobs)
    wall = time.perf_counter() - began
    rows = len(swept.windows())
    return {
        "cases": swept.cases, "failed": swept.failed, "jobs": options.jobs, "wall_s": round(wall, 1), "cpu_s": _cpu_s(),
        "peak_mb": _peak_mb(), "windows": rows,
        "bytes": sum((Path(options.folder) / f"{name}.parquet").stat().st_size for name in ("windows", "cases")),
    }  # fmt: skip


def _constellation(options: argparse.Namespace) -> dict:
    """Many satellites over 50 stations for a week, as one sweep: a case is a satellite."""
    import numpy as np

    import sim

    scenario, orbits = constellation(options.satellites)
    began, cpu = time.perf_counter(), time.process_time()
    swept = sim.sweep(scenario, {"spacecraft.sat.orbit": orbits}, options.folder)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    peak, frame = _peak_mb(), swept.windows()
    rng = np.random.default_rng(3)
    worst, compared = 0.0, 0
    chosen = (rng.integers(0, count, SAMPLE) for count in (len(orbits), len(scenario.sites)))
    for case, number in zip(*chosen, strict=True):
        name = list(scenario.sites)[number]
        expected = _brute(scenario, orbits[case], name)
        mine = frame[(frame.case == case) & (frame.route == name)]
        bounds = np.array([[sim.tdb(t.to_pydatetime()) for t in mine[c]] for c in ("start_utc", "end_utc")]).T
        long = expected[expected[:, 1] - expected[:, 0] > 2 * STEP_S]
        mine_long = bounds[(bounds[:, 1] - bounds[:, 0]) > 2 * STEP_S] if len(bounds) else bounds
        if len(long) != len(mine_long):
            raise SystemExit(f"satellite {case} over {name}: {len(mine_long)} windows, brute force finds {len(long)}")
        worst = max(worst, float(np.abs(long - mine_long).max(initial=0.0)))
        compared += len(long)
    assert worst < EDGE_TOLERANCE_S, worst
    return {
        "satellites": len(orbits), "stations": len(scenario.sites), "days": 7, "wall_s": round(wall, 1),
        "cpu_s": round(cpu, 1), "peak_mb": peak, "windows": len(frame), "sampled": SAMPLE,
        "windows_compared": compared,
        "largest_difference_s": round(worst, 7),
        "bytes": sum((Path(options.folder) / f"{name}.parquet").stat().st_size for name in ("windows", "cases")),
    }  # fmt: skip


def _pairs(options: argparse.Namespace) -> dict:
    """10,000 satellites by so many stations: two of the satellites for a day, and all of them planned."""
    scenario, orbits = constellation(10_000, stations=options.stations, days=1.0)
    began, cpu = time.perf_counter(), time.process_time()
    from sim.simulation.sweep.cases import Memory, chunk_done
    from sim.simulation.sweep.plan import Chunk, plan

    made = plan(scenario, {"spacecraft.sat.orbit": orbits})
    planned = time.perf_counter() - began
    memory, windows, cpu = Memory(), 0, time.process_time()
    for case in (0, 5_000):
        done = chunk_done(made, Chunk(0, case, case + 1), memory)
        assert not done.failed, done.failed
        windows += len(done.windows["case"])
    return {
        "pairs": made.count * len(scenario.sites), "cases": made.count, "plan_s": round(planned, 1),
        "cpu_s_a_case": round((time.process_time() - cpu) / 2, 2), "windows_a_case": windows // 2,
        "stations": len(scenario.sites), "peak_mb": _peak_mb(),
    }  # fmt: skip


def constellation(satellites: int, stations: int = 50, days: float = 7.0):
    """A Walker-like shell of made element sets at 550 km, and stations spread evenly over the Earth."""
    import numpy as np

    import sim
    from sim.core.time import Span

    span = Span("2024-03-01T00:00:00Z", days=days)
    planes = max(1, round(np.sqrt(satellites / 2)))
    orbits = []
    for number in range(satellites):
        plane, slot = divmod(number, -(-satellites // planes))
        orbits.append(_elements(number, 360.0 * plane / planes, 360.0 * slot * planes / satellites + 7.0 * plane))
    golden = np.pi * (3.0 - np.sqrt(5.0))
    index = np.arange(stations)
    latitudes = np.rad2deg(np.arcsin(1.0 - 2.0 * (index + 0.5) / stations))
    longitudes = np.rad2deg((index * golden + np.pi) % (2.0 * np.pi) - np.pi)
    places = {
        f"s{i:05d}": sim.Site(name=f"s{i:05d}", latitude_deg=float(a), longitude_deg=float(b), horizon_deg=10.0)
        for i, a, b in zip(index, latitudes, longitudes, strict=True)
    }
    scenario = sim.Scenario(
        title=f"{satellites:,} satellites over {stations:,} stations",
        start=span.start, days=days, sites=places,
        spacecraft={"sat": sim.Spacecraft(name="sat", orbit=orbits[0])},
        routes={name: ("sat", name) for name in places},
    )  # fmt: skip
    return scenario, orbits


def _elements(number: int, node_deg: float, anomaly_deg: float):
    """An element set of a circular orbit 550 km high and inclined by 53 deg: made, of no real object."""
    import sim

    def line(text: str) -> str:
        return text + str(sum(int(c) if c.isdigit() else c == "-" for c in text) % 10)

    name = f"{number % 90000 + 10000:05d}"
    first = line(f"1 {name}U 24001A   24064.00000000  .00000000  00000-0  00000-0 0    1")
    second = line(
        f"2 {name}  53.0000 {node_deg % 360:8.4f} 0001000   0.0000 {anomaly_deg % 360:8.4f} 15.05000000    1"
    )
    return sim.Tle(line1=first, line2=second, source="made for measuring")


def _brute(scenario, orbit, name: str):
    """Windows of one satellite over one station from samples of the plain elevation, edges on the line between two."""
    import numpy as np

    import sim

    craft = sim.Spacecraft(name="sat", orbit=orbit).over(scenario.span)
    t = np.arange(scenario.span.start, scenario.span.end, STEP_S)
    elevation = sim.elevation_deg(scenario.sites[name], craft)
    values = np.concatenate([elevation(part) for part in np.array_split(t, 8)]) - 10.0
    signs = values > 0
    turn = np.flatnonzero(signs[1:] != signs[:-1])
    edges = t[turn] - values[turn] * STEP_S / (values[turn + 1] - values[turn])
    for _ in range(4):  # and once more between, on the elevation itself
        near = elevation(edges) - 10.0
        slope = (elevation(edges + 0.05) - elevation(edges - 0.05)) / 0.1
        edges = edges - near / slope
    if signs[0]:
        edges = np.concatenate(([scenario.span.start], edges))
    if signs[-1]:
        edges = np.concatenate((edges, [scenario.span.end]))
    return edges.reshape(-1, 2)


def _cpu_s() -> float:
    """Of this process and its children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return round(sum(each.ru_utime + each.ru_stime for each in used), 1)


def _peak_mb() -> int:
    """The most memory that this process, or one of its children, held."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024


_CHILDREN = {"flagship": _flagship, "constellation": _constellation, "pairs": _pairs}


def _child(what: str, folder: Path, **options: int) -> dict:
    """One measurement in a process of its own."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "tests.bench.scale", "--child", what, "--folder", str(folder), *words]
    print(" ".join(command[2:]), file=sys.stderr)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {**json.loads(done.stdout), "machine": platform.machine(), "load": round(os.getloadavg()[0], 1)}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("flagship", "constellation", "pairs", "write"))
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--satellites", type=int, default=200)
    parser.add_argument("--stations", type=int, default=10_000, help="of the pairs")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--folder")
    parser.add_argument("--keep", nargs="*", help="printed results of parts that were run before (JSON)")
    parser.add_argument("--write", help="write the page, from all three parts")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
