"""The limb of a body with mountains and valleys: closed forms, following a line in small steps, and scenarios."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import sim
from sim.core.errors import DataError, ScenarioError
from sim.core.time import Span
from sim.data.resources import scenarios_folder
from sim.scenario.includes import digest
from sim.search.bounded_rate import positive
from sim.trajectories.elevation_model import ElevationModel
from sim.trajectories.relief import Relief, moon_relief, relief_of
from sim.trajectories.trajectory import Trajectory
from sim.visibility.limb import AboveGround
from sim.visibility.sight import EARTHWARD_RELIEF_KM, Clearance
from sim.visibility.uncertainty import RELIEF

Array = NDArray[np.float64]
RADIUS_KM = 1737.4
DEG = np.pi / 180.0
WIDTH = 5.0 * DEG
SPAN = Span("2020-02-19T00:00:00Z", days=1)


def made(height_m: Array) -> Relief:
    """The relief of a global model of one degree a pixel."""
    return relief_of(ElevationModel(height_m, "plate", (0.0, 0.0), (89.5, 0.5), (1.0, 1.0), 30e3, "made", ""))


def by_latitude(peak_km: float) -> Relief:
    """A ridge, or a trench, along the parallel 0.5 deg: falls evenly to nothing 5 deg away."""
    latitude = 89.5 - np.arange(180)
    heights = 1000.0 * peak_km * np.maximum(0.0, 1.0 - np.abs(latitude - 0.5) / 5.0)
    return made(np.repeat(heights[:, None], 360, axis=1))


def over_the_parallel(distance_km: Array, longitude: Array) -> tuple[Array, Array]:
    """Lines in meridian planes that are nearest to the center at a latitude of 0.5 deg."""
    zero = np.zeros_like(longitude)
    out = np.stack([np.cos(0.5 * DEG) * np.cos(longitude), np.cos(0.5 * DEG) * np.sin(longitude), zero], axis=-1)
    out[:, 2] = np.sin(0.5 * DEG)
    along = np.stack([-np.sin(0.5 * DEG) * np.cos(longitude), -np.sin(0.5 * DEG) * np.sin(longitude), zero], axis=-1)
    along[:, 2] = np.cos(0.5 * DEG)
    point = distance_km[:, None] * out
    return point - 2000.0 * along, point + 3e5 * along


def over_a_trench(distance_km: Array, depth_km: float) -> Array:
    """The least of d / cos φ − R + D (1 − φ / w) for φ from 0 to w: where sin φ / cos² φ = D / (d w)."""
    steep = depth_km / (distance_km * WIDTH)
    phi = np.minimum(np.arcsin((np.sqrt(1.0 + 4.0 * steep**2) - 1.0) / (2.0 * steep)), WIDTH)
    found: Array = distance_km / np.cos(phi) - RADIUS_KM + depth_km * (1.0 - phi / WIDTH)
    return found


@pytest.mark.parametrize("longitude_deg", [0.0, 17.3, 180.0, 359.99])
def test_a_ridge_and_a_trench_have_their_closed_forms(longitude_deg: float) -> None:
    distance = np.linspace(RADIUS_KM - 8.0, RADIUS_KM + 12.0, 41)
    lines = over_the_parallel(distance, np.full(41, longitude_deg * DEG))
    np.testing.assert_allclose(by_latitude(7.0).clearance_km(*lines), distance - RADIUS_KM - 7.0, atol=1e-6)
    np.testing.assert_allclose(by_latitude(-6.0).clearance_km(*lines), over_a_trench(distance, 6.0), atol=1e-6)


def test_a_line_that_sinks_behind_a_trench_is_lost_when_the_closed_form_says() -> None:
    relief, speed = by_latitude(-6.0), 0.8

    def clearance(t: Array) -> Array:
        return relief.clearance_km(*over_the_parallel(RADIUS_KM + 10.0 - speed * t, np.full(len(t), 0.3)))

    found = positive(clearance, np.array([0.0]), np.array([25.0]), np.array([speed]), 1e-4)
    low, high = RADIUS_KM - 10.0, RADIUS_KM + 10.0  # the root of the closed form, by halving
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if over_a_trench(np.array([middle]), 6.0)[0] > 0.0 else (middle, high)
    assert found.bounds.shape == (1, 2)
    assert found.bounds[0, 1] == pytest.approx((RADIUS_KM + 10.0 - low) / speed, abs=1e-3)


def test_valleys_let_a_signal_through_for_a_while_each() -> None:
    heights = np.zeros((180, 360))
    heights[:, ::8] = -3000.0  # trenches along meridians, a pixel wide on each side
    relief, rate = made(heights), 1.0 * DEG  # the line goes around a degree a second, 1 km below the sphere

    def clearance(t: Array) -> Array:
        return relief.clearance_km(*over_the_parallel(np.full(len(t), RADIUS_KM - 1.0), 10.0 * DEG + rate * t))

    bound = RADIUS_KM * rate * relief.slope
    found = positive(clearance, np.array([0.0]), np.array([80.0]), np.array([bound]), 1e-4)
    middles = np.arange(16.5, 90.0, 8.0) - 10.0  # of the pixels 16, 24 …, at half degrees
    expected = np.column_stack((middles - 2.0 / 3.0, middles + 2.0 / 3.0))  # deeper than 1 km of 3
    np.testing.assert_allclose(found.bounds, expected, atol=1e-3)


def least_by_steps(relief: Relief, one: Array, other: Array, step_km: float = 0.05) -> float:
    """The least height above ground along a line, looked at every 50 m; nothing is shared with what it checks."""
    whole = np.linalg.norm(other - one)
    along = (other - one) / whole
    nearest = np.clip(-one @ along, 0.0, whole)
    s = np.arange(max(0.0, nearest - 300.0), min(whole, nearest + 300.0), step_km)
    x = one + s[:, None] * along
    r = np.linalg.norm(x, axis=1)
    latitude, longitude = np.rad2deg(np.arcsin(x[:, 2] / r)), np.rad2deg(np.arctan2(x[:, 1], x[:, 0]))
    columns = relief.height_km.shape[1] - 1
    column = (longitude - relief.east_deg) % 360.0 / 360.0 * columns
    i = np.clip(np.searchsorted(-relief.ring_deg, -latitude, "right") - 1, 0, len(relief.ring_deg) - 2)
    j = np.minimum(column.astype(int), columns - 1)
    right, down = column - j, (relief.ring_deg[i] - latitude) / (relief.ring_deg[i] - relief.ring_deg[i + 1])
    h = relief.height_km
    upper = (1.0 - right) * h[i, j] + right * h[i, j + 1]
    lower = (1.0 - right) * h[i + 1, j] + right * h[i + 1, j + 1]
    return float((r - relief.radius_km - (1.0 - down) * upper - down * lower).min())


def tangents(random: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Lines that pass the Moon between its deepest valley and its highest mountain, some over the poles."""
    def directions() -> Array:
        found: Array = random.normal(size=(count, 3))
        return found / np.linalg.norm(found, axis=1)[:, None]

    out = directions()
    out[: count // 10, :2] *= 0.01
    out /= np.linalg.norm(out, axis=1)[:, None]
    along = np.cross(out, directions())
    along /= np.linalg.norm(along, axis=1)[:, None]
    point = out * (RADIUS_KM + random.uniform(-9.0, 11.0, count))[:, None]
    behind, before = random.uniform(20.0, 5e3, count), random.uniform(20.0, 4e5, count)
    return point - behind[:, None] * along, point + before[:, None] * along


def test_lines_past_the_moon_are_as_high_as_small_steps_along_them_say() -> None:
    relief = moon_relief("relief")
    assert relief is not None
    one, other = tangents(np.random.default_rng(1), 300)
    found = relief.clearance_km(one, other)
    stepped = np.array([least_by_steps(relief, *ends) for ends in zip(one, other, strict=True)])
    assert np.max(found - stepped) < 1e-6  # never higher than a point of the line
    assert np.min(found - stepped) > -0.5 * 0.05 * relief.slope  # and lower by no more than is between two steps


def lro_over(limb: str, name: str = "kourou") -> tuple[Trajectory, Trajectory]:
    scenario = sim.load(scenarios_folder() / "lro.toml")
    craft = scenario.spacecraft["lro"].model_copy(update={"moon_limb": limb})
    return craft.over(SPAN), scenario[name]


def moon_of(condition: sim.Condition) -> AboveGround:
    (found,) = (leaf for leaf in condition.leaves() if isinstance(leaf, AboveGround))
    return found


def test_the_edges_of_a_lunar_orbiter_are_roots_and_its_gaps_the_complement() -> None:
    condition = sim.hop(*lro_over("relief"))
    limb = moon_of(condition)
    windows = limb.windows(SPAN)
    inner = windows.bounds.ravel()[1:-1]
    assert len(inner) > 20
    assert np.max(np.abs(limb.scalar(inner))) < 1e-3  # km: half a millisecond of LRO's motion
    assert (~limb).windows(SPAN) == ~windows
    sphere = next(leaf for leaf in sim.hop(*lro_over("sphere")).leaves() if "moon" in leaf.name).windows(SPAN)
    moved = np.abs(inner - sphere.bounds.ravel()[1:-1])
    assert 0.3 < np.median(moved) < 10.0 and np.max(moved) < 60.0


def near_the_ground(limb: AboveGround, span: Span) -> Array:
    """Intervals in which a line of sight passes between the deepest valley and the highest mountain."""
    above = (limb.smooth > limb.relief.highest_km).windows(span)
    return ((limb.smooth > limb.relief.lowest_km).windows(span) - above).bounds


@pytest.mark.parametrize(("name", "count"), [("kourou", 4), pytest.param("new_norcia", 300, marks=pytest.mark.long)])
def test_no_valley_and_no_peak_is_missed_or_made_up(name: str, count: int) -> None:
    scenario = sim.load(scenarios_folder() / "lro.toml")
    span = SPAN if count < 100 else scenario.span
    craft = scenario.spacecraft["lro"].model_copy(update={"moon_limb": "relief"})
    limb = moon_of(sim.hop(craft.over(span), scenario[name]))
    windows = limb.windows(span)
    for start, end in near_the_ground(limb, span)[:count]:
        t = np.arange(start, end, 1e-3)
        value = limb.scalar(t)
        clear = np.abs(value) > 1e-3  # a meter: what one step changes
        assert np.array_equal(windows.holds(t)[clear], (value > 0.0)[clear])


def test_a_scenario_says_it_once_for_all_its_spacecraft(tmp_path: Path) -> None:
    text = (scenarios_folder() / "first-look.toml").read_text()
    plain, rough = tmp_path / "plain.toml", tmp_path / "rough.toml"
    plain.write_text(text)
    rough.write_text('moon_limb = "relief"\n' + text)
    one, other = sim.load(plain), sim.load(rough)
    assert {craft.moon_limb for craft in other.spacecraft.values()} == {"relief"}
    assert digest(one) == digest(sim.load(scenarios_folder() / "first-look.toml")) != digest(other)


def test_errors_of_edges_are_those_of_what_the_model_leaves_out() -> None:
    scenario = sim.load(scenarios_folder() / "lro.toml")
    sigma = {}
    for limb in ("sphere", "relief"):
        crafts = {"lro": scenario.spacecraft["lro"].model_copy(update={"moon_limb": limb})}
        made = sim.Scenario(start=SPAN.start, days=1, spacecraft=crafts,
                            sites={"kourou": scenario.sites["kourou"]}, routes={"down": ["lro", "kourou"]})  # fmt: skip
        result = sim.run(made)
        sigma[limb] = result.edge_errors.worst_s()[RELIEF]
    assert 0.0 < sigma["relief"] < sigma["sphere"]  # not by the same factor: slopes of the ground tilt each edge
    limb = moon_of(sim.hop(*lro_over("relief")))
    assert isinstance(limb.scalar, Clearance)
    assert limb.scalar.relief_km == pytest.approx(0.6, abs=1e-3)
    assert limb.scalar.relief_km < 0.4 * EARTHWARD_RELIEF_KM


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda model: replace(model, height_m=model.height_m[:90]), "of the whole body"),
        (lambda model: replace(model, height_m=model.height_m[:, :200]), "of the whole body"),
        (lambda model: replace(model, height_m=np.where(model.height_m == 0, np.nan, 1.0)), "pixels without data"),
    ],
)
def test_a_model_of_a_part_of_the_moon_is_refused(change: object, message: str) -> None:
    heights = np.ones((180, 360))
    heights[5, 7] = 0.0
    model = ElevationModel(heights, "plate", (0.0, 0.0), (89.5, 0.5), (1.0, 1.0), 30e3, "made", "")
    assert callable(change)
    with pytest.raises(DataError, match=message):
        relief_of(change(model))


def test_a_model_that_is_none_is_told_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "moon.npz").write_bytes(b"PK no archive")
    text = (scenarios_folder() / "first-look.toml").read_text()
    scenario = tmp_path / "scenario.toml"
    for limb, told in (("moon.npz", "not a readable NumPy archive"), ("absent.npz", "there is no file")):
        scenario.write_text(f'moon_limb = "{limb}"\n' + text)
        with pytest.raises(ScenarioError) as caught:
            sim.load(scenario)
        assert any(p.place == "moon_limb" and told in p.message for p in caught.value.problems)


def test_a_model_of_ones_own_is_taken_by_its_path(tmp_path: Path) -> None:
    latitude, longitude = 89.5 - np.arange(180), 0.5 + np.arange(360)
    heights = np.full((180, 360), 2000.0)
    np.savez(tmp_path / "flat.npz", height_m=heights, latitude_deg=latitude, longitude_deg=longitude)
    edges = moon_of(sim.hop(*lro_over(str(tmp_path / "flat.npz")))).windows(SPAN)
    sphere = moon_of(sim.hop(*lro_over("relief"))).smooth
    np.testing.assert_allclose(edges.bounds, (sphere > 2.0).windows(SPAN).bounds, atol=1e-3)
