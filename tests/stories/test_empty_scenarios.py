"""What `sim check` accepts `sim run` can do: every kind of product, for scenarios in which something is missing."""

from functools import lru_cache

import pytest
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.core.errors import ScenarioError
from sim.scenario.product import PRODUCTS

HEAD = "start = 2019-03-01T00:00:00Z\ndays = 0.2\n"
SITE = "[sites.roof]\nlatitude_deg = 48\nlongitude_deg = 11\nsource = 'an example'\n"
LANDER = "[sites.lander]\nbody = 'moon'\nlatitude_deg = 10\nlongitude_deg = 11\nsource = 'an example'\n"
CRAFT = """[spacecraft.orbiter.orbit]
kind = "kepler"
center = "moon"
epoch = 2019-03-01T00:00:00Z
semi_major_axis_km = 3000
eccentricity = 0.1
inclination_deg = 80
"""
SCENARIOS = {
    "a site": HEAD + SITE,
    "a lander": HEAD + LANDER,
    "a spacecraft": HEAD + CRAFT,
    "both": HEAD + SITE + CRAFT,
    "no spacecraft": HEAD + SITE + "[routes]\nlink = ['moon', 'roof']\n",
    "a spacecraft on no route": HEAD + SITE + CRAFT + "[routes]\nlink = ['moon', 'roof']\n",
    "no site": HEAD + CRAFT + "[routes]\nlink = ['orbiter', 'earth']\n",
    "bodies": HEAD + SITE + "[routes]\nlink = ['moon', 'earth']\n",
    "a site on the way": HEAD + SITE + CRAFT + "[routes]\nlink = ['moon', 'roof', 'orbiter']\n",
    "never open": HEAD + SITE + "horizon_deg = 89.9\n" + CRAFT + "[routes]\nlink = ['orbiter', 'roof']\n",
    "whole": HEAD + SITE + LANDER + CRAFT + "[routes]\nlink = ['orbiter', 'roof']\n",
}
KINDS = list(PRODUCTS.classes)
OF_ROUTES = {
    "availability", "contact_plan", "icalendar", "passes", "plan", "profile", "relay_geometry", "report", "sky",
    "statistics", "timeline", "track",
}  # fmt: skip
OF_SPACECRAFT = {"calendar", "rotating_frame", "scene", "states"}
OVER_SITES = {"icalendar", "passes", "plan", "profile", "sky"}
OF_LINKS = {"budget", "margin", "volume"}  # no scenario here has a signal
REFUSED = {
    "a site": OF_ROUTES | OF_SPACECRAFT,
    "a lander": OF_ROUTES | OF_SPACECRAFT | {"ground_track"},
    "a spacecraft": OF_ROUTES,
    "both": OF_ROUTES,
    "no spacecraft": OF_SPACECRAFT,
    "a spacecraft on no route": OF_SPACECRAFT,
    "no site": OVER_SITES,
    "bodies": OF_SPACECRAFT | OVER_SITES | {"ground_track"},
    "a site on the way": {"plan"},
    "never open": set(),
    "whole": set(),
}
REFUSED = {name: kinds | OF_LINKS for name, kinds in REFUSED.items()}
"""What each scenario has nothing for."""
REFUSED = {name: kinds | {"delivery", "schedule"} for name, kinds in REFUSED.items()}  # no data, no requests
SLOW = ("no spacecraft", "a spacecraft on no route", "bodies", "whole")


def product(kind):
    more = {"coverage": "assets = ['moon']\nbody = 'earth'\nstep_deg = 30\n"}.get(kind, "")
    return f"[[products]]\nkind = '{kind}'\n{more}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("empty")


@pytest.fixture(scope="module")
def complaint(folder):
    """What is said of one kind of product in one scenario; empty where it is accepted."""

    @lru_cache
    def of(name, kind):
        path = folder / "scenario.toml"
        path.write_text(SCENARIOS[name] + product(kind))
        try:
            sim.load(path)
        except ScenarioError as error:
            assert len(error.problems) == 1 and error.problems[0].line == 2 + SCENARIOS[name].count("\n")
            return error.problems[0].message
        return ""

    return of


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_has_nothing_to_show_is_said_by_check_with_what_to_add(complaint, name):
    assert {kind for kind in KINDS if complaint(name, kind)} == REFUSED[name]
    for kind in REFUSED[name]:
        told = complaint(name, kind)
        assert any(cure in told for cure in ("Add ", "add [spacecraft.", 'spacecraft = ["orbiter"]')), told


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] if name in SLOW else []) for name in SCENARIOS]
)
def test_what_is_accepted_is_written(complaint, folder, name):
    accepted = [kind for kind in KINDS if not complaint(name, kind)]
    path = folder / f"{name.replace(' ', '-')}.toml"
    path.write_text(SCENARIOS[name] + "".join(map(product, accepted)))
    assert CliRunner().invoke(app, ["check", str(path)], catch_exceptions=False).exit_code == 0
    out = folder / path.stem
    assert CliRunner().invoke(app, ["run", str(path), "-o", str(out)], catch_exceptions=False).exit_code == 0
    written = {file.stem.partition("-percent")[0] for file in out.iterdir()}
    assert written >= {kind.replace("_", "-") for kind in accepted}


def test_a_scene_without_routes_shows_all_spacecraft(folder):
    path = folder / "scene.toml"
    path.write_text(SCENARIOS["both"] + product("scene"))
    assert list(sim.run(sim.load(path)).ends) == ["roof", "orbiter"]


@pytest.mark.parametrize("name", ["a site", "a lander", "a spacecraft", "both"])
@pytest.mark.parametrize("verb", ["check", "run", "report", "crosscheck"])
def test_a_scenario_that_asks_for_nothing_says_what_to_add(folder, name, verb):
    path = folder / "nothing.toml"
    path.write_text(SCENARIOS[name])
    done = CliRunner().invoke(app, [verb, str(path)])
    assert done.exit_code == 1
    assert "nothing to" in str(done.exception) and "Add " in str(done.exception)
    assert sim.load(path).routes == {}  # in Python it is of use as it is


def test_empty_lists_are_not_all(folder):
    path = folder / "none-chosen.toml"
    path.write_text(SCENARIOS["whole"] + product("scene") + "spacecraft = []\n" + product("timeline") + "routes = []\n")
    with pytest.raises(ScenarioError) as caught:
        sim.load(path)
    assert [each.place for each in caught.value.problems] == ["products[0].spacecraft", "products[1].routes"]
    assert all("Leave" in each.message and "out to show all" in each.message for each in caught.value.problems)
