"""Every kind of picture, made from a scenario."""

import pytest

import sim
from sim.errors import SimError
from sim.products import Availability, PassProfile, RelayGeometry, RotatingFrame, Sky

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
        (PassProfile(hop=("garden", "lander")), "garden – lander is no hop with a site"),
        (PassProfile(number=999), "asked for number 999"),
        (Availability(route="uplink"), "no route is called 'uplink'; there are downlink, relay"),
        (RotatingFrame(spacecraft=("iss",)), "no route has a spacecraft called 'iss'; there are orbiter"),
        (RelayGeometry(at="2030-01-01T00:00:00Z"), "outside the scenario's span"),
    ],
)
def test_what_cannot_be_drawn_is_said(pictures, tmp_path, product, words):
    with pytest.raises(SimError, match=words):
        product.write(pictures[1], tmp_path)


def test_at_the_libration_points_gravity_turns_what_is_there_with_the_moon():
    from sim.turning import libration_points

    mu = sim.MOON.gm_km3_s2 / (sim.EARTH.gm_km3_s2 + sim.MOON.gm_km3_s2)
    for name, place in libration_points().items():
        x = 1.0 - mu + place[0] / 384_400.0  # from the barycenter
        pull = (1.0 - mu) / (x + mu) ** 2 + mu / (x - 1.0 + mu) ** 2 * (1.0 if name == "L2" else -1.0)
        assert pull == pytest.approx(x, abs=1e-9)
