"""Makes halo_l1.csv and halo_l2.csv: initial states along the southern halo families of the Earth–Moon points.

Usage: python make_halos.py
The first row is corrected from the JPL catalogue's; the others are found by continuation (`dynamics.cr3bp`).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path

from sim.trajectories.dynamics.cr3bp import Seed, continuation

TABLES = Path(__file__).resolve().parents[2] / "sim" / "data"

# JPL Solar System Dynamics, Three-Body Periodic Orbits catalogue (API 1.0): Earth–Moon, halo, L1 and L2; the northern
# rows mirrored. Its units: 389703.264829278 km, 382981.289129055 s.
MU = 1.215058560962404e-2
FIRST_L1 = Seed(8.2339081983651485e-1, -9.8941366235910004e-4, 1.2634272983881797e-1, 2.7430007981241529)
FIRST_L2 = Seed(1.1808985497899205, -1.0295054075242347e-4, -1.5585631393981156e-1, 3.4155308065628454)

STEP = 0.016
# Before the family of L1 bends: 77,000 km
HIGHEST_L1 = 0.2
# Beyond the near-rectilinear orbits in use (9:2 is 1.51), still outside the Moon
SHORTEST_PERIOD_L2 = 1.3


def main() -> None:
    """Write x0, z0, vy0, period up to the highest orbit of L1 and down to the shortest period of L2."""
    write("l1", takewhile(lambda seed: -seed.z0 < HIGHEST_L1, continuation(MU, FIRST_L1, STEP)))
    write("l2", takewhile(lambda seed: seed.period > SHORTEST_PERIOD_L2, continuation(MU, FIRST_L2, STEP)))


def write(point: str, family: Iterable[Seed]) -> None:
    """One table."""
    lines = [f"{seed.x0!r},{seed.z0!r},{seed.vy0!r},{seed.period!r}\n" for seed in family]
    TABLES.joinpath(f"halo_{point}.csv").write_text("x0,z0,vy0,period\n" + "".join(lines))


if __name__ == "__main__":
    main()
