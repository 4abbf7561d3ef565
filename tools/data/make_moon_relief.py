"""Make moon_relief.npz from the USGS's global elevation model of the Moon at 12.8 km a pixel.

    python make_moon_relief.py gld100_lola_12.8km.npz

The archive has `h_km` (rows, columns) above the sphere of 1737.4 km, `lat` and `lon` of pixel centers (mean-Earth
frame). Heights are kept in whole meters, a hundredth of the relief within a pixel.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

TABLES = Path(__file__).resolve().parents[2] / "sim" / "data"


def main() -> None:
    """Write moon_relief.npz among the tables."""
    with np.load(sys.argv[1]) as model:
        height_m = np.round(1000.0 * model["h_km"].astype(float)).astype(np.int16)
        latitude, longitude = (model[name].astype(float) for name in ("lat", "lon"))
    rows, columns = height_m.shape
    step = 360.0 / columns
    assert np.allclose(np.diff(latitude), -step, atol=1e-4) and np.allclose(np.diff(longitude), step, atol=1e-4)
    np.savez_compressed(
        TABLES / "moon_relief.npz",
        height_m=height_m,
        latitude_deg=latitude.mean() + step * (0.5 * (rows - 1) - np.arange(rows)),
        longitude_deg=longitude.mean() + step * (np.arange(columns) - 0.5 * (columns - 1)),
    )


if __name__ == "__main__":
    main()
