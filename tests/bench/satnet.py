"""SatNet: three weeks of the Deep Space Network in 2018, read from a folder that the user gives.

`python -m tests.bench.satnet --data FOLDER` schedules them under the SatNet rules and prints the measures beside the
published ones. The data are those of Goh et al. (2021), SatNet: a benchmark for satellite scheduling optimization, IEEE
Aerospace Conference.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import defaultdict
from pathlib import Path

from sim.planning.schedule.bound import find_bound
from sim.planning.schedule.checker import check
from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Antenna, Opportunity, Request
from sim.planning.schedule.search import search

HOUR_S = 3600.0
SPLIT_H, PIECE_H = 8.0, 4.0
"""From how many hours a request may be split, and into pieces of how many hours at least."""


def read(folder: Path, week: int) -> Network:
    """A week of SatNet as a network. Times are Unix seconds, as in the files."""
    (asked,) = json.loads((folder / f"W{week}_2018.json").read_text(encoding="utf-8")).values()
    closed = defaultdict(list)
    with (folder / "maintenance.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if float(row["week"]) == week:
                closed[row["antenna"]].append((float(row["starttime"]), float(row["endtime"])))
    requests = tuple(_request(each) for each in asked)
    names = sorted({name for each in requests for o in each.opportunities for name in o.antennas})
    antennas = tuple(Antenna(name, maintenance=tuple(closed[name])) for name in names)
    return Network(antennas, requests, setup_apart=True)


def _request(row) -> Request:
    setup_s, teardown_s = 60.0 * row["setup_time"], 60.0 * row["teardown_time"]
    opportunities = tuple(
        Opportunity(tuple(names.split("_")), float(view["TRX ON"]), float(view["TRX OFF"]), setup_s, teardown_s)
        for names, views in row["resource_vp_dict"].items() for view in views
    )  # fmt: skip
    splits = row["duration"] >= SPLIT_H
    return Request(
        row["track_id"], str(row["subject"]), opportunities,
        max_s=row["duration"] * HOUR_S, min_s=row["duration_min"] * HOUR_S,
        min_track_s=PIECE_H * HOUR_S if splits else None,
        max_tracks=int(row["duration"] // PIECE_H) if splits else 1,
        window=(float(row["time_window_start"]), float(row["time_window_end"])),
    )  # fmt: skip


PUBLISHED = {
    10: {"Δ-MILP": (822, 0.26, 0.48, 203), "PPO": (886, 0.28, 0.71, 204)},
    20: {"Δ-MILP": (1059, 0.21, 0.64, 249), "PPO": (1000, 0.27, 0.81, 223)},
    30: {"Δ-MILP": (983, 0.29, 0.64, 231), "PPO": (1100, 0.28, 0.85, 229)},
}
"""T_S (hours), U_RMS, U_MAX and satisfied requests: Claudet et al. (2022) and Goh et al. (2021)."""


def main() -> None:
    """Schedules the weeks and prints the measures beside the published ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with W10_2018.json … and maintenance.csv")
    parser.add_argument("--weeks", type=int, nargs="+", default=[10, 20, 30], choices=sorted(PUBLISHED))
    effort = parser.add_mutually_exclusive_group()
    effort.add_argument("--seconds", type=float, help="how long each search may take, by the clock")
    effort.add_argument("--iterations", type=int, help="how many iterations each of the two workers makes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=0, help="steps of the bound; 0 for none")
    parser.add_argument("--bound-seconds", type=float, default=0.0, help="how long linear programs improve the bounds")
    options = parser.parse_args()
    if options.iterations is None and options.seconds is None:
        options.iterations = 200_000
    for week in options.weeks:
        _one(read(options.data, week), week, options)


def _one(network: Network, week: int, options: argparse.Namespace) -> None:
    spent, begun = time.process_time(), time.monotonic()
    found = search(network, iterations=options.iterations, seconds=options.seconds, seed=options.seed)
    spent, begun = time.process_time() - spent, time.monotonic() - begun
    if faults := check(network, found.tracks):
        raise SystemExit("\n".join(faults))
    print(f"\nweek {week}: {len(network.requests)} requests, {network.asked_s / HOUR_S:.1f} h asked")
    print(f"{'':<12}{'T_S (h)':>9}{'U_RMS':>8}{'U_MAX':>8}{'satisfied':>11}")
    for name, row in PUBLISHED[week].items():
        print(_row(name, *row))
    own = found.measures
    print(_row("this search", own.tracked_h, own.u_rms, own.u_max, own.satisfied))
    if options.steps or options.bound_seconds:
        bound = find_bound(network, reached=own, steps=options.steps or 100, seconds=options.bound_seconds)
        proved = (bound.u_rms or 0.0, bound.u_max or 0.0, bound.satisfied or 0.0)
        print(_row("bound", (bound.tracked_s or 0.0) / HOUR_S, *proved))
    print(
        f"seed {options.seed}, {found.iterations} of {found.horizon} iterations; {spent:.0f} s of processor time, "
        f"{begun:.0f} s by the clock; every rule checked"
    )


def _row(name: str, hours: float, u_rms: float, u_max: float, satisfied: float) -> str:
    return f"{name:<12}{hours:>9.1f}{u_rms:>8.4f}{u_max:>8.4f}{satisfied:>11.0f}"


if __name__ == "__main__":
    main()
