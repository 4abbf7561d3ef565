"""Passes over a site as tracks in its sky."""

import numpy as np
import pytest

import sim
from sim.products.plot import SkyTrack, sky


def track(index, label="iss", basis="designed"):
    t = np.linspace(0.0, 600.0 + 10 * (index % 7), 50) + 5400.0 * index + 8e8
    turn = np.linspace(-1.0, 1.0, 50)
    return SkyTrack(label, t, (37.0 * index + 80 * turn) % 360, 5 + (10 + 11 * (index % 7)) * (1 - turn**2), basis)


@pytest.mark.parametrize(
    "count, theme",
    [(0, "light"), (1, "dark"), (20, "light"), pytest.param(1000, "dark", marks=pytest.mark.long)],
)
def test_any_number_of_passes_fits(good, long_name, count, theme):
    ax = sky([track(i, f"{i % 9} {long_name}") for i in range(count)], [(0, 5), (180, 30)], long_name, theme=theme)
    assert "north up, east right (as on a map)" in good(ax)


def test_east_is_where_the_plot_says(good):
    rise = SkyTrack("iss", np.array([0.0, 60.0]), np.array([90.0, 90.0]), np.array([0.0, 45.0]))
    for east, sign in (("right", 1.0), ("left", -1.0)):
        ax = sky([rise], east=east)
        x, y = next(line.get_data() for line in ax.lines if len(line.get_xdata()) == 2 and line.get_linewidth() > 1.5)
        assert np.allclose(x, [sign * 90, sign * 45]) and np.allclose(y, 0, atol=1e-9)
        assert f"east {east}" in good(ax)


def test_a_pass_says_when_it_begins_and_ends_in_utc(good):
    start = sim.tdb("2019-01-03T02:26:00Z") + 0.01
    text = good(sky([SkyTrack("iss", start + np.array([0.0, 660.0]), np.array([10.0, 90.0]), np.array([5.0, 5.0]))]))
    assert "02:26" in text and "02:37" in text


def test_what_lies_below_the_horizontal_is_not_drawn():
    ax = sky([SkyTrack("iss", np.arange(3.0), np.full(3, 45.0), np.array([-5.0, -1.0, 10.0]))])
    x = next(line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 3)
    assert np.isnan(x[:2]).all() and np.isfinite(x[2])
