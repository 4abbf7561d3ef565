"""Pictures of many cases."""

import numpy as np
import pytest

from sim import plot

ROUTES = ["relay-estrack", "a-route-with-quite-a-long-name-for-a-legend", "中继"]
INPUTS = ["spacecraft.queqiao.orbit.amplitude_km", "sites.kourou.horizon_deg", "sites.kashi.limits[0].min_deg"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lengths_of_windows_and_gaps_share_one_axis(good, theme):
    edges = np.logspace(0, 9, 181)
    rng = np.random.default_rng(1)
    windows, gaps = ({name: np.histogram(rng.lognormal(8 + i, 1, 900), edges)[0] for i, name in enumerate(ROUTES)}
                     for _ in range(2))  # fmt: skip
    text = good(plot.lengths(edges, windows, gaps, title="Some sweep", theme=theme))
    assert "900 windows" in text and "1 h" in text


def test_nothing_found_is_drawn_as_such(good):
    edges = np.logspace(0, 9, 181)
    good(plot.lengths(edges, {"relay": np.zeros(180)}, {"relay": np.zeros(180)}, title="Some sweep"), apart=False)


def test_every_input_has_a_bar_a_route(good):
    effects = {m: {route: {name: 0.1 * (i + 1) for i, name in enumerate(INPUTS)} for route in ROUTES}
               for m in ("share", "longest_gap_s")}  # fmt: skip
    text = good(plot.sensitivity(effects, INPUTS, title="Some sweep"))
    assert "kourou.horizon_deg" in text and "longest gap" in text


def test_a_mean_settles_within_its_error(good):
    counts = np.unique(np.geomspace(2, 1000, 100).astype(int)).astype(float)
    means = {name: (counts, 50 + np.sin(counts) / np.sqrt(counts), 3.0 / np.sqrt(counts)) for name in ROUTES}
    text = good(plot.convergence(means, title="Some sweep"))
    assert "± 0.095 %" in text


def test_more_routes_than_hues_are_counted(good):
    edges = np.logspace(0, 9, 181)
    counts = {f"{i} {ROUTES[1]}": np.histogram(np.full(9, 600.0 + i), edges)[0] for i in range(40)}
    assert "and 33 more" in good(plot.lengths(edges, counts, counts, title="Some sweep"))
