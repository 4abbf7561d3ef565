"""Makes dop853.npz: the coefficients of the Runge–Kutta method DOP853, so that sim itself needs no scipy.

Usage: python make_dop853.py   (needs scipy)
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.integrate._ivp import dop853_coefficients as published

TABLES = Path(__file__).resolve().parents[2] / "sim" / "data"

SOURCE = (
    "Hairer, Norsett, Wanner (1993), Solving Ordinary Differential Equations I, §II.10; "
    "code dop853.f, by way of scipy.integrate (BSD)"
)


def main() -> None:
    """Write nodes (16,), stages (16, 16), third and fifth order errors (13,), dense output (4, 16).

    Row 12 of the stages holds the weights of the step itself.
    """
    np.savez_compressed(
        TABLES.joinpath("dop853.npz"),
        nodes=published.C,
        stages=published.A,
        error_third=published.E3,
        error_fifth=published.E5,
        dense=published.D,
        source=SOURCE,
    )


if __name__ == "__main__":
    main()
