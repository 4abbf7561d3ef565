"""Makes halo_l2.csv: initial states along the southern halo family of the Earth–Moon point L2.

Usage: python make_halo_l2.py
The first row is corrected from the JPL catalogue's; the others are found by continuation (sim.dynamics.cr3bp).
"""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

from sim.dynamics.cr3bp import Seed, continuation

# JPL Solar System Dynamics, Three-Body Periodic Orbits catalogue (API 1.0): Earth–Moon, halo, L2; the northern row
# mirrored. Its units: 389703.264829278 km, 382981.289129055 s.
MU = 1.215058560962404e-2
FIRST = Seed(1.1808985497899205, -1.0295054075242347e-4, -1.5585631393981156e-1, 3.4155308065628454)

STEP = 0.016
# Beyond the near-rectilinear orbits in use (9:2 is 1.51), still outside the Moon
SHORTEST_PERIOD = 1.3


def main() -> None:
    """Write x0, z0, vy0, period down to the shortest period."""
    family = takewhile(lambda seed: seed.period > SHORTEST_PERIOD, continuation(MU, FIRST, STEP))
    lines = [f"{seed.x0!r},{seed.z0!r},{seed.vy0!r},{seed.period!r}\n" for seed in family]
    Path(__file__).with_name("halo_l2.csv").write_text("x0,z0,vy0,period\n" + "".join(lines))


if __name__ == "__main__":
    main()
