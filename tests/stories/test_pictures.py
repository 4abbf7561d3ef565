"""Every kind of picture, made from a scenario."""

from importlib import import_module

import pytest

import sim
from sim.core.errors import SimError
from sim.products.availability import Availability
from sim.products.calendar import Calendar
from sim.products.ground_points import phases, unknown_note
from sim.products.ground_track import GroundTrack
from sim.products.moon_map import MoonMap
from sim.products.profile import PassProfile
from sim.products.relay_geometry import RelayGeometry
from sim.products.rotating_frame import RotatingFrame
from sim.products.scene import Scene
from sim.products.sky import Sky
from sim.products.timeline import Timeline

PICTURES = ("sky", "profile", "moon-map", "ground-track", "rotating-frame", "availability", "calendar",
            "relay-geometry", "scene")  # fmt: skip


@pytest.fixture(scope="module")
def pictures(root):
    scenario = sim.load(root / "tests" / "stories" / "data" / "pictures.toml")
    return scenario, sim.run(scenario)


def test_a_scenario_gives_every_picture(pictures, tmp_path):
    scenario, result = pictures
    written = {path.name: path for path in sim.write(scenario, result, tmp_path)}
    for name in PICTURES:
        assert written[f"{name}.png"].read_bytes().startswith(b"\x89PNG")
        assert written[f"{name}.png"].stat().st_size > 8000


@pytest.mark.long
def test_the_same_picture_is_made_twice(pictures, tmp_path):
    _, result = pictures
    for format in ("png", "svg"):
        first, again = (
            RotatingFrame(format=format, file=name).write(result, tmp_path)[0].read_bytes() for name in ("a", "b")
        )
        assert format == "svg" or first == again


@pytest.mark.parametrize(
    "product, words",
    [
        (Sky(site="lander2"), "no hop begins or ends at 'lander2'"),
        (PassProfile(hop=("garden", "lander")), "garden – lander is not a hop with a site"),
        (PassProfile(number=999), "but number is 999"),
        (Availability(route="uplink"), "no route is called 'uplink'. Routes: downlink, relay"),
        (RotatingFrame(spacecraft=("iss",)), "no route has a spacecraft called 'iss'. Spacecraft: orbiter"),
        (Timeline(start="2030-01-01T00:00:00Z"), "expected a time in the span, .* got 2030-01-01T00:00:00Z"),
        (MoonMap(start="2030-01-01T00:00:00Z"), "expected a time in the span"),
        (GroundTrack(start="2010-01-01T00:00:00Z"), "expected a time in the span"),
        (RelayGeometry(at="2030-01-01T00:00:00Z"), "at: expected a time in the span"),
    ],
)
def test_what_cannot_be_drawn_is_said(pictures, tmp_path, product, words):
    with pytest.raises(SimError, match=words):
        product.write(pictures[1], tmp_path)


@pytest.fixture(scope="module")
def lander(root):
    """A spacecraft in orbit, nowhere for an hour, landed, and in orbit again."""
    return sim.run(sim.load(root / "tests" / "stories" / "data" / "phases.toml"))


def test_a_spacecraft_is_drawn_phase_by_phase_and_its_gap_is_told(lander):
    craft, span = lander.ends["lander"], lander.span
    drawn = phases([craft], span)
    assert [name for name, _, _ in drawn] == ["lander"] * 3
    assert [sim.utc([when.start, when.end], 0) for _, _, when in drawn] == [
        ["2026-03-01T00:00:00Z", "2026-03-01T12:00:00Z"],
        ["2026-03-01T13:00:00Z", "2026-03-02T13:00:00Z"],
        ["2026-03-02T13:00:00Z", "2026-03-04T00:00:00Z"],
    ]
    assert unknown_note([craft], span) == "no orbit of lander known 2026-03-01 12:00 to 2026-03-01 13:00 UTC"
    assert unknown_note([lander.ends["cebreros"]], span) == ""


GAP = "2026-03-01T12:10:00Z"


@pytest.mark.parametrize("kind", [MoonMap, GroundTrack, RotatingFrame, Scene])
@pytest.mark.parametrize("start", ["2026-03-01T00:00:00Z", GAP])
def test_pictures_draw_what_there_is_of_a_spacecraft_with_a_gap(lander, tmp_path, kind, start):
    (path,) = kind(start=start, days=0.02 if start == GAP else 2.5).write(lander, tmp_path)
    assert path.stat().st_size > 8000


def test_hops_of_a_spacecraft_that_is_nowhere_are_not_drawn(lander, tmp_path, monkeypatch):
    from sim.products.plot import relay as module

    told = []
    real = module.relay_geometry
    monkeypatch.setattr(module, "relay_geometry", lambda *given: told.append(given) or real(*given))
    RelayGeometry(at=GAP).write(lander, tmp_path)
    nodes, lines, _, note, *_ = told[0]
    assert "lander" not in {node.label for node in nodes} and not lines
    assert "no orbit known at this time: lander" in note


def test_the_report_turns_every_phase(lander):
    from sim.products.web_report.orbit_tracks import orbit_tracks

    orbits = orbit_tracks(lander, ["lander", "cebreros"])["orbits"]
    assert [orbit["name"] for orbit in orbits] == ["lander"] * 3
    assert [orbit["days"] for orbit in orbits] == [0.5, 1.0, 1.46]


def test_at_the_libration_points_gravity_turns_what_is_there_with_the_moon():
    from sim.trajectories.rotating_frame import libration_points

    mu = sim.MOON.gm_km3_s2 / (sim.EARTH.gm_km3_s2 + sim.MOON.gm_km3_s2)
    for name, place in libration_points().items():
        x = 1.0 - mu + place[0] / 384_400.0  # from the barycenter
        pull = (1.0 - mu) / (x + mu) ** 2 + mu / (x - 1.0 + mu) ** 2 * (1.0 if name == "L2" else -1.0)
        assert pull == pytest.approx(x, abs=1e-9)


def test_a_calendar_has_the_eclipse_and_the_sun_outage_of_a_geostationary_satellite(tmp_path, monkeypatch):
    """At an equinox, worked by hand: the Sun passes it and the Earth passes the Sun at 15 degrees an hour.

    Seen from below, the Sun is less than 3 degrees from it for 24 minutes. The penumbra is 6378 + 42164 · (695700 +
    6378) / 149e6 = 6577 km wide out there, 8.97 degrees to each side: 71.8 minutes. (NASA gives 67.4 minutes as the
    longest darkness of the Solar Dynamics Observatory in September 2010, which is in the umbra.)
    """
    start = "2025-03-20T00:00:00Z"
    orbit = sim.Kepler(
        center="earth", frame="earth_equator", epoch=start, semi_major_axis_km=42_164.17, eccentricity=0.0,
        inclination_deg=0.0, mean_anomaly_deg=177.6 + 90.0,  # over 90 degrees east: 177.6 degrees is Greenwich then
    )  # fmt: skip
    scenario = sim.Scenario(
        start=start, days=1, sites={"below": sim.Site(name="below", latitude_deg=0.0, longitude_deg=90.0)},
        spacecraft={"geo": sim.Spacecraft(name="geo", orbit=orbit)}, routes={"down": ("geo", "below")},
    )  # fmt: skip
    drawn = []
    monkeypatch.setattr(import_module("sim.products.plot.calendar"), "calendar", lambda kinds, *_: drawn.extend(kinds))
    monkeypatch.setattr(Calendar, "save", lambda *_: [])
    Calendar().write(sim.run(scenario), tmp_path)
    (shadow,), sun = [each for each in drawn if each.label.endswith("the Earth")], drawn[-1]
    assert "less than 3° from the Sun" in sun.label
    assert len(shadow.windows) == 1 and shadow.windows.total_s == pytest.approx(71.8 * 60.0, abs=15.0)
    assert len(sun.windows) == 1 and sun.windows.total_s == pytest.approx(24 * 60.0, abs=20.0)
