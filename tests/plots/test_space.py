"""Orbits in turning axes and in space, and hops at an instant."""

from itertools import pairwise

import numpy as np
import pytest

from sim.products.plot import Ball, Line, Node, Orbit, relay_geometry, rotating_frame, scene

MOON = Ball("Moon", (0.0, 0.0, 0.0), 1737.4)
EARTH = Ball("Earth", (-384_400.0, 0.0, 0.0), 6378.1)
POINTS = [("L1", (-58_000.0, 0.0, 0.0)), ("L2", (64_500.0, 0.0, 0.0))]


def orbit(index=0, label="queqiao", basis="designed"):
    turn = np.linspace(0.0, 2 * np.pi, 100)
    return Orbit(
        label, np.stack((65e3 + 90 * index + 9e3 * np.cos(turn), 3e4 * np.sin(turn), 14e3 * np.cos(turn)), 1), basis
    )


@pytest.mark.parametrize(
    "count, theme",
    [(0, "light"), (1, "dark"), (20, "light"), pytest.param(300, "dark", marks=pytest.mark.long)],
)
def test_any_number_of_orbits_fits_in_three_views(good, long_name, count, theme):
    axes = rotating_frame(
        [orbit(i, f"{i % 9} {long_name}") for i in range(count)], [MOON], POINTS, "origin: Moon", long_name, theme
    )
    text = good(axes[0])
    assert len(axes) == 3 and "Earth → Moon" in text and "(10³ km)" in text
    assert count == 0 or "L2" in text


def test_all_views_have_equal_scales():
    for bodies in ([MOON], [MOON, EARTH]):
        axes = rotating_frame([orbit()], bodies, POINTS)
        axes[0].figure.draw_without_rendering()
        for ax in axes:
            box = ax.get_window_extent()
            assert box.width / np.ptp(ax.get_xlim()) == pytest.approx(box.height / np.ptp(ax.get_ylim()), rel=0.01)


def test_a_legend_says_what_an_orbit_is_based_on(good):
    text = good(rotating_frame([orbit(), orbit(1, "lro", "reconstructed")], [MOON])[0])
    assert "queqiao (designed)" in text and "lro (reconstructed)" in text


@pytest.mark.parametrize("count", [0, 1, 20])
def test_any_number_of_orbits_fits_in_space(good, long_name, count):
    ax = scene([orbit(i, f"{i % 9} {long_name}") for i in range(count)], [MOON], POINTS, "origin: Moon", long_name)
    good(ax, apart=False)
    assert "km)" in ax.get_xlabel()


def test_what_a_body_hides_is_not_drawn():
    x = np.linspace(-5000.0, 5000.0, 201)
    behind = np.stack((x, np.full_like(x, 3000.0), np.zeros_like(x)), axis=1)
    ax = scene([Orbit("behind", behind)], [MOON], view_deg=(0.0, -90.0))
    drawn = np.asarray(ax.lines[0].get_data_3d()[0], dtype=float)
    assert np.array_equal(np.isnan(drawn), np.abs(x) < 1737.4)
    before = scene([Orbit("before", behind * [1, -1, 1])], [MOON], view_deg=(0.0, -90.0)).lines[0].get_data_3d()[0]
    assert np.isfinite(np.asarray(before, dtype=float)).all()


def test_open_hops_are_solid_and_closed_ones_dashed(good):
    nodes = [Node("lander", (1600.0, 0.0, -700.0)), Node("relay", (7e4, 2e4, -9e3)), Node("dish", (-3.8e5, 3e3, 2e3))]
    lines = [Line("lander", "relay", True, "74,000 km"), Line("relay", "dish", False)]
    axes = relay_geometry(nodes, lines, [MOON, EARTH], "2019-01-03 02:26:00 UTC", "Relay")
    styles = {line.get_linestyle() for line in axes[0].lines if len(line.get_xdata()) == 2}
    assert styles == {"-", "--"}
    text = good(axes[0])
    assert "near the Moon" in text and "near the Earth" in text and "UTC" in text and "74,000 km" in text


@pytest.mark.parametrize("count", [0, 20])
def test_any_number_of_hops_fits(good, long_name, count):
    turn = 0.3 * np.arange(count)
    nodes = [Node(f"{i} {long_name}", (6e4 * np.cos(a), 6e4 * np.sin(a), 900.0 * i)) for i, a in enumerate(turn)]
    lines = [Line(a.label, b.label, i % 2 == 0, long_name) for i, (a, b) in enumerate(pairwise(nodes))]
    good(relay_geometry(nodes, lines, [MOON], long_name[:40], long_name)[0])
