"""Maps of the Moon and of the Earth."""

import numpy as np
import pytest

from sim.products.plot import Place, Track, ground_track, moon_map, moon_maps
from sim.products.plot.globe import circle, disc, inverse_disc
from sim.products.plot.ground import coastline
from sim.products.plot.moon import VIEWS, moon_features

SITES = [Place("Chang'e 4", -45.4562, 177.5886), Place("Apollo 11", 0.67416, 23.47314), Place("Pole", -89.9, 0.0)]


def track(index, label="lro", basis="reconstructed"):
    turn = np.linspace(0.0, 2 * np.pi, 200)
    return Track(label, 7000.0 * index + 1100 * turn, 85 * np.sin(turn), np.rad2deg(turn) + 31.0 * index, basis)


@pytest.mark.parametrize("count", [0, 1, 20, pytest.param(1000, marks=pytest.mark.long)])
def test_the_moon_holds_any_number_of_tracks(good, long_name, count):
    tracks = [track(i, f"{i % 9} {long_name}") for i in range(count)]
    ax = moon_map("near", SITES, tracks, (1.5, 40.0), 6e8, title=long_name, theme="dark" if count == 20 else "light")
    assert "near side, centered on 0° E" in good(ax)


def test_each_view_of_the_moon_names_its_own_sites_and_craters(good):
    near, far, north, south = moon_maps(("near", "far", "north", "south"), SITES, sun=(0.0, 90.0))
    text = good(near)
    assert all(VIEWS[view][0] in text for view in VIEWS)
    named = [{t.get_text() for t in ax.texts} for ax in (near, far, north, south)]
    assert "Apollo 11" in named[0] and "Chang'e 4" not in named[0]
    assert "Chang'e 4" in named[1] and "Tycho" in named[0] and "Tycho" not in named[1]
    assert "Pole" in named[3] and "Peary" in named[2]


def test_a_map_and_back_is_where_one_was():
    latitude, longitude = np.meshgrid(np.arange(-80.0, 81.0, 20.0), np.arange(-170.0, 171.0, 20.0))
    for _, center, _ in VIEWS.values():
        x, y, _ = disc(latitude, longitude, center)
        back = inverse_disc(x, y, center)
        assert np.allclose(back[0], latitude, atol=1e-6)
        assert np.allclose((back[1] - longitude + 180) % 360, 180, atol=1e-6)


def test_a_circle_is_as_far_from_its_center_everywhere():
    for place in ((0.0, 0.0), (67.9, 21.0), (-89.0, 100.0)):
        _, _, away = disc(*circle(place, 25.0), place)
        assert np.allclose(away, 25.0)


def test_named_features_are_where_the_gazetteer_has_them():
    known = {name: (latitude, longitude, diameter) for name, _, latitude, longitude, diameter in moon_features()}
    assert len(known) == 85
    assert known["Von Kármán"] == (-44.45, 176.25, 186.35)
    assert known["Shackleton"] == (-89.67, 129.78, 20.92)
    assert all(abs(a) <= 90 and abs(o) <= 180 and d > 20 for a, o, d in known.values())


@pytest.mark.parametrize(
    "count, theme",
    [(0, "light"), (1, "dark"), (20, "light"), pytest.param(1000, "dark", marks=pytest.mark.long)],
)
def test_the_earth_holds_any_number_of_tracks(good, long_name, count, theme):
    tracks = [track(i, f"{i % 9} {long_name}") for i in range(count)]
    stations = [Place("kourou", 5.25, -52.8, 19.0), Place("kiruna", 67.9, 21.0, 25.0), Place(long_name, -31.0, 116.0)]
    ax = ground_track(tracks, stations, (-20.0, 30.0), 6e8, long_name, long_name, theme)
    assert "longitude (deg, east positive)" in good(ax)


def test_a_map_of_the_earth_fits_on_a_small_figure_too(good):
    from sim.products.plot.style import figure

    ax = figure(6.0, 4.0).add_subplot()
    stations = [Place("kourou", 5.25, -52.8, 19.0), Place("kiruna", 67.9, 21.0, 25.0)]
    ground_track([track(0)], stations, (-20.0, 30.0), 6e8, "lro at its mean height, 100 km", "LRO", ax=ax)
    text = good(ax, apart=False)
    assert "100 km\nnight at" in text


def test_a_title_keeps_off_the_edge_of_the_paper():
    ax = ground_track([track(i, f"{i} Луноход") for i in range(20)], [Place("kiruna", 67.9, 21.0, 25.0)], (0.0, 0.0),
                      6e8, title="Луноход")  # fmt: skip
    made = ax.figure.figure
    made.draw_without_rendering()
    assert made.canvas.get_width_height()[1] - ax._left_title.get_window_extent().y1 > 0.05 * made.dpi


def test_a_legend_names_every_basis_of_a_spacecraft_in_phases(good):
    text = good(moon_map("near", SITES, [track(0), track(1, basis="designed"), track(2, "iss", "predicted")]))
    assert "lro ground track (reconstructed, designed)" in text and "iss ground track (predicted)" in text


def test_no_line_runs_back_around_the_world():
    ax = ground_track([track(0)], [Place("kiruna", 67.9, 21.0, 25.0)])
    for line in ax.lines:
        steps = np.abs(np.diff(np.asarray(line.get_xdata(), dtype=float)))
        assert not np.any(steps > 180.0)
    assert all(np.abs(np.diff(ring[:, 0])).max() < 200 or np.abs(ring[:, 1]).max() == 90 for ring in coastline())


def test_the_land_is_where_it_is():
    from matplotlib.path import Path

    def dry(latitude, longitude):
        return sum(Path(ring + np.array([turn, 0])).contains_point((longitude, latitude)) for ring in coastline()
                   for turn in (-360, 0, 360)) % 2 == 1  # fmt: skip

    assert dry(5.3, -53.5) and dry(27.0, 80.0) and dry(-80.0, 0.0) and dry(67.0, 179.0) and dry(66.5, -179.0)
    assert not dry(0.0, -30.0) and not dry(-60.0, 100.0) and not dry(85.0, 0.0) and not dry(30.0, 180.0)
