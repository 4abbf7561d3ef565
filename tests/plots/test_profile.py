"""A pass in numbers over time."""

import sys

import numpy as np
import pytest

from sim.products.plot import Profile, profile


def one(index=0, label="iss", basis="predicted"):
    t = np.linspace(0.0, 600.0, 61) + 5400.0 * index + 8e8
    turn = np.linspace(-1.0, 1.0, 61)
    return Profile(label, t, 400 + 1600 * turn**2, 7 * turn, 5 + 60 * (1 - turn**2), (350 + 20 * turn) % 360, basis)


@pytest.mark.parametrize(
    "count, theme",
    [(0, "light"), (1, "dark"), (20, "light"), pytest.param(1000, "dark", marks=pytest.mark.long)],
)
def test_any_number_of_passes_fits(good, long_name, count, theme):
    panels = profile([one(i, f"{i % 9} {long_name}") for i in range(count)], 2.2e9, 5.0, long_name, theme)
    text = good(panels[0])
    assert "range (km)" in text and "range rate (km/s)" in text
    assert count == 0 or ("UTC" in text and "elevation (deg)" in text)


def test_what_approaches_is_shifted_up_by_the_speed_over_that_of_light():
    bottom = profile([one()], 2.2e9)[-1]
    scale = bottom.child_axes[0]
    bottom.figure.draw_without_rendering()
    for rate in (-5.0, 3.0):
        shift = -2.2e9 * rate / 299792.458 / 1e3
        assert scale.transData.transform((0, shift))[1] == pytest.approx(bottom.transData.transform((0, rate))[1])
    assert "2,200 MHz" in scale.get_ylabel()


def test_an_azimuth_that_goes_through_north_leaves_a_gap():
    azimuth = profile([one()])[1].lines[0].get_ydata()
    assert np.isnan(azimuth[:-1]).sum() == 1


def test_without_a_site_there_is_range_only(good):
    t = np.linspace(0.0, 600.0, 11)
    panels = profile([Profile("lander", t, 1e5 + t, np.ones(11))])
    assert len(panels) == 2 and "elevation" not in good(panels[0])


OVERHEAD = """
start = 2020-07-17T18:00:00Z
days  = 0.2
[sites.roof]
latitude_deg  = 48
longitude_deg = 11
horizon_deg   = [[0, 5], [90, 12], [180, 2], [270, 8]]
source        = "an example"
[spacecraft.iss.orbit]
kind  = "tle"
line1 = "1 25544U 98067A   20194.88612269 -.00002218  00000-0 -31515-4 0  9992"
line2 = "2 25544  51.6461 221.2784 0001413  89.1723 280.4612 15.49507896236008"
[routes]
down = ["iss", "roof"]
"""
"""A pass of 88.6 degrees at 20:43: samples 10 s apart reached 86.0. Elements: CelesTrak."""


def test_a_pass_overhead_is_drawn_to_its_culmination_with_the_horizon_of_its_azimuth(tmp_path, monkeypatch):
    import sim
    from sim.products.pass_geometry import highest
    from sim.products.profile import PassProfile

    (tmp_path / "overhead.toml").write_text(OVERHEAD)
    result = sim.run(sim.load(tmp_path / "overhead.toml"))
    leg = ("iss", "roof")
    elevation = sim.elevation_deg(result.ends["roof"], result.ends["iss"])
    tops = elevation(highest(elevation, result.hops[leg]))
    drawn = []
    module = sys.modules["sim.products.plot.profile"]  # the package's own name of it is the function
    monkeypatch.setattr(module, "profile", lambda passes, *rest: drawn.extend(passes) or profile(passes, *rest))
    PassProfile(hop=leg, number=int(np.argmax(tops)) + 1).write(result, tmp_path)
    (overhead,) = drawn
    assert tops.max() > 88.0 and overhead.elevation_deg.max() == pytest.approx(tops.max(), abs=1e-6)
    roof = result.ends["roof"]
    assert overhead.horizon_deg == pytest.approx(np.rad2deg(roof.horizon(np.deg2rad(overhead.azimuth_deg))))
    assert overhead.elevation_deg[[0, -1]] == pytest.approx(overhead.horizon_deg[[0, -1]], abs=1e-3)
    top = profile(drawn)[0]
    assert "elevation mask 5" in "".join(text.get_text() for text in top.texts)
