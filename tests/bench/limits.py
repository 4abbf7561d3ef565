"""What limits cost: passes of a low satellite without, with one and with ten limits at the station.

    python -m tests.bench.limits [--days 30] [--rounds 5]

Processor time of the search alone, the best of several rounds that take turns.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

TEN = (
    {"kind": "elevation", "max_deg": 88.0}, {"kind": "azimuth_sector", "from_deg": 300.0, "to_deg": 240.0},
    {"kind": "slew", "max_azimuth_deg_s": 2.0, "max_elevation_deg_s": 1.0},
    {"kind": "body_separation", "body": "moon", "min_deg": 1.0}, {"kind": "light_time", "max_s": 0.01},
    {"kind": "sun_separation", "min_deg": 3.0}, {"kind": "range", "max_km": 2500.0},
    {"kind": "range_rate", "max_km_s": 7.0}, {"kind": "local_solar_time", "from_h": 18.0, "to_h": 12.0},
    {"kind": "elevation", "min_deg": 6.0},
)  # fmt: skip
START = "2026-03-01T00:00:00Z"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.limits", description=__doc__)
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    import sim
    from sim.core.time import Span

    span = Span(START, days=options.days)
    elements = {"semi_major_axis_km": 7128.137, "eccentricity": 0.01, "inclination_deg": 98.0}
    orbit = sim.Kepler(center="earth", epoch=START, **elements)
    low = sim.Spacecraft(name="low", orbit=orbit).over(span)
    cases = {"none": (), "one (range)": TEN[6:7], "ten": TEN, **{each["kind"]: (each,) for each in TEN[:9]}}
    best = dict.fromkeys(cases, float("inf"))
    for _ in range(options.rounds):
        for name, limits in cases.items():
            site = sim.Site(name="delft", latitude_deg=52.0, longitude_deg=4.4, horizon_deg=5.0, limits=limits)
            begun = time.process_time()
            sim.hop(low, site).windows(span)
            best[name] = min(best[name], time.process_time() - begun)
    print("| limits | processor time | times that of one |\n|---|---|---|")
    for name, seconds in best.items():
        print(f"| {name} | {1e3 * seconds:.0f} ms | {seconds / best['one (range)']:.2f} |")


if __name__ == "__main__":
    main()
