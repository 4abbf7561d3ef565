"""What the Moon's relief changes, and how sure it is: the figures of docs/limb.md.

    python -m tests.bench.limb

Edges of LRO over Kourou in February 2020 with and without relief, what both cost, and how the limb of the model changes
as the model is made coarser.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

import sim
from sim.data.resources import scenarios_folder
from sim.trajectories.relief import Relief, moon_relief
from sim.visibility.uncertainty import RELIEF

Array = NDArray[np.float64]
LIMBS = ("sphere", "relief")


def edges() -> None:
    """Print how far edges move, their errors, and the cost of the search."""
    scenario = sim.load(scenarios_folder() / "lro.toml")
    crafts = {limb: scenario.spacecraft["lro"].model_copy(update={"moon_limb": limb}) for limb in LIMBS}
    moved = {limb: craft.over(scenario.span) for limb, craft in crafts.items()}
    windows, seconds = {}, dict.fromkeys(LIMBS, np.inf)
    for _ in range(3):
        for limb in LIMBS:
            begun = time.process_time()
            windows[limb] = sim.hop(moved[limb], scenario["kourou"]).windows(scenario.span)
            seconds[limb] = min(seconds[limb], time.process_time() - begun)
    shift = windows["relief"].bounds - windows["sphere"].bounds
    own = np.abs(shift) > 1e-6
    half, most, longest = np.percentile(np.abs(shift[own]), (50, 95, 100))
    print(f"{own.sum()} edges at the Moon move by {half:.1f} s (median), {most:.0f} s (95 %), {longest:.0f} s (most)")
    late = [shift[:, side][own[:, side]].mean() for side in (0, 1)]
    print(f"contacts begin {late[0]:.1f} s and end {late[1]:.1f} s later on average")
    for limb in LIMBS:
        made = sim.Scenario(
            start=scenario.start, days=scenario.span.days, spacecraft={"lro": crafts[limb]},
            sites={"kourou": scenario.sites["kourou"]}, routes={"down": ["lro", "kourou"]},
        )  # fmt: skip
        errors = sim.run(made).edge_errors
        effects = (errors.effects_s(edge) or {} for edge in range(errors.edges.bounds.size))
        parts = [abs(each[RELIEF]) for each in effects if each.get(RELIEF)]
        print(f"{limb}: the limb's part of an edge's error {np.median(parts):.1f} s, search {seconds[limb]:.2f} s")


def coarser(relief: Relief, factor: int) -> Relief:
    """A relief whose pixels are the means of so many in each direction."""
    rows, columns = (factor * ((size - (2, 1)[axis]) // factor) for axis, size in enumerate(relief.height_km.shape))
    inner = relief.height_km[1 : 1 + rows, :columns]
    height = inner.reshape(rows // factor, factor, columns // factor, factor).mean(axis=(1, 3))
    poles = [np.full((1, height.shape[1]), height[row].mean()) for row in (0, -1)]
    whole = np.concatenate((poles[0], height, poles[1]))
    ring = relief.ring_deg[1 : 1 + rows].reshape(-1, factor).mean(axis=1)
    east = relief.east_deg + 0.5 * (factor - 1) * 360.0 / (relief.height_km.shape[1] - 1)
    closed = np.column_stack((whole, whole[:, :1]))
    around = np.concatenate(([90.0], ring, [-90.0]))
    return replace(relief, height_km=closed, ring_deg=around, east_deg=east, pixel_km=factor * relief.pixel_km)


def limb_of_coarser_models() -> None:
    """Print by how much the limb seen from the Earth changes when pixels are twice as wide, and again."""
    relief = moon_relief("relief")
    assert relief is not None
    random, count = np.random.default_rng(3), 4000
    libration = np.tan(np.deg2rad(random.uniform(-7.0, 7.0, (count, 2))))
    to_earth = _unit(np.column_stack((np.ones(count), libration)))
    limb = relief.radius_km * _unit(np.cross(to_earth, random.normal(size=(count, 3))))
    turn = np.rad2deg(np.arctan2(limb[:, 1], limb[:, 0])) % 360.0
    # coarse pixels leave out a part of a pixel where longitudes meet, and of the poles
    kept = (turn > 12.0) & (turn < 348.0) & (np.abs(limb[:, 2]) < np.sin(np.deg2rad(75.0)) * relief.radius_km)
    ends = limb[kept] - 3000.0 * to_earth[kept], limb[kept] + 384_400.0 * to_earth[kept]
    heights = {k: -(relief if k == 1 else coarser(relief, k)).clearance_km(*ends) for k in (1, 2, 4, 8)}
    for fine, wide in ((1, 2), (2, 4), (4, 8)):
        change = heights[fine] - heights[wide]
        names = f"{fine * relief.pixel_km:.1f} to {wide * relief.pixel_km:.1f} km"
        print(f"{names}: by {np.sqrt(np.mean(change**2)):.2f} km, on average {np.mean(change):+.2f} km")


def _unit(vectors: Array) -> Array:
    found: Array = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    return found


if __name__ == "__main__":
    edges()
    limb_of_coarser_models()
