"""Makes lro-six-hours.bsp: LRO as reconstructed in seeds/spacecraft/lro-2019.toml, six hours as SPK type 2."""

from pathlib import Path

import numpy as np
import spiceypy

import sim
from sim.core.chebyshev import fit

SPAN = sim.Span("2019-01-08T00:00:00Z", "2019-01-08T06:00:00Z")
STEP_S, DEGREE = 120.0, 13


def main() -> None:
    """Write the file beside this script."""
    lro = sim.seeds("spacecraft/lro-2019")["lro"].over(SPAN)
    wide = SPAN.padded(120.0)
    edges = wide.start + STEP_S * np.arange(int(np.ceil(wide.duration_s / STEP_S)) + 1)
    pieces = fit(lambda t: lro.pieces(t), edges, DEGREE)
    path = Path(__file__).with_name("lro-six-hours.bsp")
    path.unlink(missing_ok=True)
    handle = spiceypy.spkopn(str(path), "LRO reconstructed", 0)
    table = np.swapaxes(pieces.coefficients, 1, 2).ravel()
    spiceypy.spkw02(handle, -85, 301, "J2000", edges[0], edges[-1], "LRO reconstructed", STEP_S,
                    len(edges) - 1, DEGREE, table, edges[0])  # fmt: skip
    spiceypy.spkcls(handle)


if __name__ == "__main__":
    main()
