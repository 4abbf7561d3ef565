"""Horizons of ridges and craters whose answer is known."""

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import DataError, SimError
from sim.trajectories import elevation_model, horizon_profile
from sim.visibility.coverage import grid

R = 1_737_400.0
CLOSE_DEG = 0.02
"""Bilinear pixels of 0.02° (600 m) blur an edge by less than one of them; seen from 30 km and more."""


def model_of(tmp_path, height, step=0.02, half=3.0, latitude=0.0, longitude=0.0, name="model.npz"):
    """An elevation model about a place from a function of distances north and east in degrees."""
    north = np.arange(half, -half - step / 2, -step)
    east = np.arange(-half, half + step / 2, step)
    y, x = np.meshgrid(north, east, indexing="ij")
    path = tmp_path / name
    heights = height(y, x).astype(np.float32)
    np.savez(path, height_m=heights, latitude_deg=latitude + north, longitude_deg=longitude + east)
    return elevation_model.read(path)


def site(latitude=0.0, longitude=0.0, **more):
    return sim.Site(name="base", body="moon", latitude_deg=latitude, longitude_deg=longitude, **more)


def seen(distance_deg, height, eye):
    """Elevation of ground at a distance along a sphere."""
    a = np.deg2rad(distance_deg)
    return np.rad2deg(np.arctan2((R + height) * np.cos(a) - R - eye, (R + height) * np.sin(a)))


@pytest.mark.parametrize(
    "change, told",
    [
        (lambda h: h.astype(str), "expected numbers as height_m"),
        (lambda h: h + 1j, "expected numbers as height_m, found complex"),
        (lambda h: h > 0, "expected numbers as height_m, found bool"),
        (lambda h: np.where(h == h[3, 3], 1e308, h), r"expected heights from -12000 to 100000 m, found .* to 1e\+308"),
        (lambda h: np.where(h == h[3, 3], -32768.0, h), "found -32768 to .*not a number"),
        (lambda h: np.where(h == h[3, 3], np.inf, h), "found .* to inf"),
        (lambda h: np.full_like(h, np.nan), "only missing heights"),
        (lambda h: h[:, :, None], "rows and 11 columns, found"),
        (lambda h: h.ravel(), "expected heights of 11 rows"),
    ],
)
def test_heights_that_no_ground_has_are_refused(tmp_path, change, told):
    """Text and complex numbers were tracebacks; 1e308 m was taken."""
    axis = np.linspace(1.0, -1.0, 11)
    height = np.add.outer(np.arange(11.0), 0.1 * np.arange(11.0))
    np.savez(tmp_path / "m.npz", height_m=change(height), latitude_deg=axis, longitude_deg=axis[::-1])
    with pytest.raises(DataError, match=told):
        elevation_model.read(tmp_path / "m.npz")


@pytest.mark.parametrize("axis", [np.array(["a", "b"]), np.array([1 + 1j, 2]), np.array([[1.0, 0.0]]), np.array(1.0)])
def test_latitudes_must_be_numbers_in_a_row(tmp_path, axis):
    np.savez(tmp_path / "m.npz", height_m=np.zeros((2, 2)), latitude_deg=axis, longitude_deg=np.array([0.0, 1.0]))
    with pytest.raises(DataError, match=r"expected (numbers as latitude_deg|heights of)"):
        elevation_model.read(tmp_path / "m.npz")


def test_masked_heights_are_missing(tmp_path):
    good = model_of(tmp_path, lambda y, x: 100.0 + y, step=0.5)
    masked = np.ma.masked_where(np.arange(good.height_m.size).reshape(good.height_m.shape) == 0, good.height_m)
    model = dataclasses.replace(good, height_m=masked)
    assert np.isnan(model(np.array(3.0), np.array(-3.0))) and np.isfinite(good(np.array(3.0), np.array(-3.0)))


@pytest.mark.parametrize("eye_m", [1e308, np.nan, -1.0, np.inf])
def test_an_eye_has_a_height_above_the_ground(tmp_path, eye_m):
    with pytest.raises(SimError, match="eye_m: expected a height"):
        horizon_profile.horizon(site(), model_of(tmp_path, lambda y, x: 0.0 * x, step=0.5), eye_m=eye_m)


@pytest.mark.parametrize("height_m", [1e308, -1e6, np.nan, "10", 1 + 2j, np.ma.masked, None, True])
def test_points_have_a_height_that_ground_may_have(height_m):
    for make in (lambda: grid.equal_area("moon", 30.0, height_m), lambda: grid.points("earth", [1.0], [2.0], height_m)):
        with pytest.raises((TypeError, ValueError), match="expected a height"):
            make()


@pytest.mark.parametrize(
    "places", [([np.nan], [0.0]), ([91.0], [0.0]), ([0.0], [1e308]), (np.ma.array([1.0], mask=[True]), [0.0]),
               (["north"], [0.0]), ([1j], [0.0])],
)  # fmt: skip
def test_points_stand_somewhere(places):
    with pytest.raises((TypeError, ValueError), match="expected"):
        grid.points("earth", *places)


def test_a_smooth_sphere_dips_below_the_horizontal(tmp_path):
    found = horizon_profile.horizon(site(), model_of(tmp_path, lambda y, x: 0.0 * x), eye_m=500.0)
    assert found.elevation_deg == pytest.approx(-np.rad2deg(np.arccos(R / (R + 500.0))), abs=1e-3)


def test_a_ridge_in_the_east_stands_as_high_as_it_must(tmp_path):
    ridge = model_of(tmp_path, lambda y, x: np.where((x > 1.0) & (x < 1.2), 3000.0, 0.0))
    found = horizon_profile.horizon(site(), ridge)
    assert found.elevation_deg[90] == pytest.approx(seen(1.01, 3000.0, 2.0), abs=2 * CLOSE_DEG)
    # Along azimuth A the ridge, a meridian, is met at tan(d) = tan(1°) / sin A.
    for azimuth in (60, 120):
        away = np.rad2deg(np.arctan(np.tan(np.deg2rad(1.01)) / np.sin(np.deg2rad(azimuth))))
        assert found.elevation_deg[azimuth] == pytest.approx(seen(away, 3000.0, 2.0), abs=2 * CLOSE_DEG)
    assert found.elevation_deg[270] < 0


def test_the_middle_of_a_crater_has_its_rim_all_around(tmp_path):
    def crater(y, x):
        away = np.hypot(y, x * np.cos(np.deg2rad(80.0)))
        return np.where(np.abs(away - 0.8) < 0.1, 2000.0, np.where(away < 0.7, -1500.0, 0.0))

    north = model_of(tmp_path, crater, half=12.0, step=0.05, latitude=77.99, longitude=30.0)
    close = horizon_profile.horizon(site(77.99, 30.0), north)
    assert np.min(close.elevation_deg) > 4.0
    assert close.ground_m == pytest.approx(-1500.0)
    equator = model_of(tmp_path, lambda y, x: np.where(np.abs(np.hypot(y, x) - 0.8) < 0.1, 2000.0, -1500.0))
    found = horizon_profile.horizon(site(), equator)
    rim, two_pixels_on = seen(0.7, 2000.0, -1498.0), seen(0.745, 2000.0, -1498.0)
    assert np.all((found.elevation_deg < rim) & (found.elevation_deg > two_pixels_on))


def test_a_ridge_on_the_earth_is_seen_past_its_curvature(tmp_path):
    ridge = model_of(tmp_path, lambda y, x: np.where((y > 1.0) & (y < 1.1), 4000.0, 0.0), latitude=46.0, longitude=8.0)
    place = sim.Site(name="valley", latitude_deg=46.0, longitude_deg=8.0)
    found = horizon_profile.horizon(place, ridge)
    far = np.deg2rad(1.01) * 6_367_400.0  # the meridian's radius of curvature there
    assert found.elevation_deg[0] == pytest.approx(np.rad2deg(4000.0 / far - far / (2 * 6_367_400.0)), abs=0.05)


def test_a_site_takes_its_horizon_from_a_file_made_for_it(tmp_path):
    ridge = model_of(tmp_path, lambda y, x: np.where((x > 1.0) & (x < 1.2), 3000.0, 0.0))
    made = horizon_profile.horizon(site(), ridge)
    path = tmp_path / "base.horizon.toml"
    path.write_text(made.text())
    found = site(horizon_file=str(path))
    assert np.rad2deg(found.horizon(np.deg2rad(90.0))) == pytest.approx(made.elevation_deg[90], abs=1e-4)
    assert ridge.sha256 in found.horizon_source and site().horizon_source == "smooth: one elevation all around"
    with pytest.raises(ValueError, match="not for this site"):
        site(1.0, horizon_file=str(path))
    with pytest.raises(ValueError, match="give either"):
        site(horizon_file=str(path), horizon_deg=5.0)


LABEL = """PDS_VERSION_ID = "PDS3"
^IMAGE = "POLE.IMG"
OBJECT = IMAGE
  LINES = {n}
  LINE_SAMPLES = {n}
  SAMPLE_TYPE = LSB_INTEGER
  SAMPLE_BITS = 16
  UNIT = METER
  SCALING_FACTOR = 0.5
  OFFSET = 1737400.
END_OBJECT = IMAGE
OBJECT = IMAGE_MAP_PROJECTION
  MAP_PROJECTION_TYPE = "{projection}"
  CENTER_LATITUDE = {latitude}
  CENTER_LONGITUDE = {longitude}
  MAP_RESOLUTION = {resolution} <PIXEL/DEG>
  MAP_SCALE = {scale} <METERS/PIXEL>
  LINE_PROJECTION_OFFSET = {line}
  SAMPLE_PROJECTION_OFFSET = {sample}
END_OBJECT = IMAGE_MAP_PROJECTION
END
"""


@pytest.mark.parametrize("pole", [-90, 90])
def test_a_polar_image_is_read_where_it_lies(tmp_path, pole):
    """Longitude 0 is up in the south and down in the north, 90° E to the right in both."""
    counts = np.zeros((400, 400), dtype="<i2")
    counts[100, 200], counts[200, 320] = 4000, 2000
    (tmp_path / "pole.img").write_bytes(counts.tobytes())
    about = {"projection": "POLAR STEREOGRAPHIC", "latitude": pole, "longitude": 0, "resolution": 303.2, "scale": 100}
    (tmp_path / "pole.lbl").write_text(LABEL.format(n=400, line=199.5, sample=199.5, **about))
    model = elevation_model.read(tmp_path / "pole.lbl")
    for row, column, height in ((100, 200, 2000.0), (200, 320, 1000.0)):
        x, down = (column - 199.5) * 100.0, (row - 199.5) * 100.0
        latitude = np.sign(pole) * (90.0 - 2.0 * np.rad2deg(np.arctan(0.5 * np.hypot(x, down) / R)))
        longitude = np.rad2deg(np.arctan2(x, down if pole > 0 else -down))
        assert float(model(np.array(latitude), np.array(longitude))) == pytest.approx(height, abs=1.0)


def test_a_cylindrical_image_is_read_where_it_lies(tmp_path):
    counts = np.zeros((180, 360), dtype="<i2")
    counts[45, 10] = -200
    (tmp_path / "POLE.IMG").write_bytes(counts.tobytes())
    about = {"projection": "SIMPLE CYLINDRICAL", "latitude": 0, "longitude": 180, "resolution": 1, "scale": 30.323}
    text = LABEL.format(n=180, line=89.5, sample=179.5, **about).replace("LINE_SAMPLES = 180", "LINE_SAMPLES = 360")
    (tmp_path / "all.lbl").write_text(text)
    model = elevation_model.read(tmp_path / "all.lbl")
    assert float(model(np.array(44.5), np.array(10.5))) == -100.0
    assert float(model(np.array(44.5), np.array(11.0))) == -50.0
    assert float(model(np.array(44.5), np.array(-349.5))) == -100.0
    (tmp_path / "POLE.IMG").write_bytes(b"short")
    with pytest.raises(DataError, match="too short"):
        elevation_model.read(tmp_path / "all.lbl")


def test_a_geotiff_is_read_where_it_lies(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    height = np.zeros((20, 30), dtype=np.float32)
    height[5, 7], height[0, 0] = 123.0, -9999.0
    keys = (1, 1, 0, 2, 1024, 0, 1, 2, 1025, 0, 1, 1)
    tags = [(33550, "d", 3, (0.1, 0.1, 0.0), True), (33922, "d", 6, (0, 0, 0, 10.0, 48.0, 0), True),
            (34735, "H", len(keys), keys, True), (42113, "s", 0, "-9999", True)]  # fmt: skip
    tifffile.imwrite(tmp_path / "a.tif", height, extratags=tags)
    model = elevation_model.read(tmp_path / "a.tif")
    assert float(model(np.array(48.0 - 0.55), np.array(10.75))) == pytest.approx(123.0, abs=0.01)
    assert np.isnan(model(np.array(47.95), np.array(10.05)))


def test_a_file_that_is_no_model_says_what_is_wrong(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"no archive")
    np.savez(tmp_path / "b.npz", other=np.zeros(3))
    for name, told in (("a.npz", "NumPy archive"), ("b.npz", "expected height_m"), ("c.txt", "expected an elevation")):
        with pytest.raises(SimError, match=told):
            elevation_model.read(tmp_path / name)


@pytest.mark.skipif("SIM_LUNAR_ELEVATION" not in os.environ, reason="SIM_LUNAR_ELEVATION names no elevation model")
def test_a_lander_in_von_karman_sees_the_rims_of_a_real_moon():
    model = elevation_model.read(Path(os.environ["SIM_LUNAR_ELEVATION"]))
    found = horizon_profile.horizon(sim.seeds("sites/moon")["change4"], model)
    assert -5950 - 1500 < found.ground_m < -5950 + 1500
    assert np.all(np.abs(found.elevation_deg) < 10.0) and found.elevation_deg.max() > 0.5
