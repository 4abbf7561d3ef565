"""What a scenario file may be made of, and what it becomes."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from sim.core.errors import ScenarioError, SimError
from sim.core.time import tdb
from sim.data.resources import scenarios_folder
from sim.scenario.includes import gather
from sim.scenario.scenario import Scenario, digest, fields, kinds_text, load, schema
from sim.trajectories.bodies.body import Body
from sim.trajectories.orbits.kepler import Kepler
from sim.trajectories.orbits.orbit import ORBITS
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.sites import Site

BASE = """\
title = "Two stations and an orbiter"
start = 2019-01-03T00:00:00Z
days = 1
ephemeris = "de421"
[sites.kourou]
latitude_deg = 5.25
longitude_deg = -52.8
horizon_deg = [[0, 5], [180, 10]]
[[sites.kourou.limits]]
kind = "sun_separation"
min_deg = 1.5
[spacecraft.lro.orbit]
kind = "kepler"
center = "moon"
epoch = 2019-01-03T00:00:00Z
semi_major_axis_km = 1850
eccentricity = 0.01
inclination_deg = 90
[routes]
direct = ["lro", ["kourou", "earth"]]
[[products]]
kind = "timeline"
routes = ["direct"]
"""


def written(folder: Path, text: str | bytes, name: str = "scenario.toml") -> Path:
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_included_tables_merge_and_the_scenario_wins(tmp_path: Path) -> None:
    written(
        tmp_path,
        "[sites.kourou]\nlatitude_deg = 80\nheight_m = 7\nhorizon_deg = 3\n[[sites.kourou.limits]]\n"
        "kind = 'range'\nmax_km = 5\n[sites.other]\nlatitude_deg = 1\nlongitude_deg = 2\n",
        "more.toml",
    )
    scenario = load(written(tmp_path, 'include = ["more.toml"]\n' + BASE))
    kourou = scenario.sites["kourou"]
    assert (kourou.latitude_deg, kourou.height_m) == (5.25, 7)
    assert [limit.kind for limit in kourou.limits] == ["sun_separation"]  # lists replace
    assert set(scenario.sites) == {"kourou", "other"}


def test_included_files_are_bounded_together_and_each_is_read_once(tmp_path: Path) -> None:
    large = "\n".join(f"[sites.s{i}]\nlatitude_deg = 1\nlongitude_deg = 2" for i in range(18_000))
    assert 800_000 < len(large) < 1 << 20
    for name in "abcdef":
        written(tmp_path, large if name == "a" else f'{large}\n[sites.{name}]', f"{name}.toml")
    again = written(tmp_path, f'include = {["a"] * 20}\n' + BASE)
    assert len(gather(again).data["sites"]) >= 18_000
    with pytest.raises(ScenarioError, match=r"include\[5\].*larger than 4 MiB in total"):
        gather(written(tmp_path, f"include = {list('abcdef')}\n" + BASE))


def test_included_files_may_include_and_later_ones_win(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    written(tmp_path / "deep", 'include = ["b"]\n[sites.x]\nlatitude_deg = 1\n', "a.toml")
    written(tmp_path / "deep", "[sites.x]\nlatitude_deg = 2\nlongitude_deg = 2\n", "b.toml")
    written(tmp_path, "[sites.x]\nheight_m = 3\nlongitude_deg = 3\n", "c.toml")
    site = load(written(tmp_path, 'include = ["deep/a", "c"]\n' + BASE)).sites["x"]
    assert (site.latitude_deg, site.longitude_deg, site.height_m) == (1, 3, 3)


def test_an_orbit_of_another_kind_replaces_the_seeds(tmp_path: Path) -> None:
    change = '[spacecraft.queqiao.orbit]\nkind = "kepler"\ncenter = "moon"\nepoch = 2019-01-03T00:00:00Z\n'
    change += "semi_major_axis_km = 5000\neccentricity = 0\ninclination_deg = 45\n"
    text = 'include = ["seeds:spacecraft/queqiao"]\n' + BASE.replace("[routes]", change + "[routes]")
    craft = load(written(tmp_path, text)).spacecraft["queqiao"]
    assert craft.orbit.kind == "kepler"
    assert "Zhang" in craft.source


def test_seeds_come_with_the_package(tmp_path: Path) -> None:
    text = BASE.replace("latitude_deg = 5.25\nlongitude_deg = -52.8\n", "")
    scenario = load(written(tmp_path, 'include = ["seeds:stations/estrack", "seeds:sites/moon.toml"]\n' + text))
    assert scenario.sites["kourou"].latitude_deg == pytest.approx(5.2514391)
    assert scenario.sites["kourou"].horizon_deg == ((0, 5), (180, 10))
    assert scenario.sites["change4"].body == "moon"


ODD = {"CRLF": BASE.replace("\n", "\r\n").encode(), "BOM": b"\xef\xbb\xbf" + BASE.encode()}


@pytest.mark.parametrize("raw", ODD.values(), ids=ODD)
def test_windows_line_ends_and_byte_order_marks_change_nothing(tmp_path: Path, raw: bytes) -> None:
    assert load(written(tmp_path, raw)) == load(written(tmp_path, BASE, "plain.toml"))


def test_longitudes_beyond_180_are_west(tmp_path: Path) -> None:
    east = load(written(tmp_path, BASE.replace("-52.8", "359.9"))).sites["kourou"]
    west = load(written(tmp_path, BASE.replace("-52.8", "-0.1"))).sites["kourou"]
    assert east.longitude_deg == pytest.approx(west.longitude_deg, abs=1e-12)


@pytest.mark.parametrize(
    "text", ["2019-01-03T08:00:00+08:00", '"2019-003T00:00:00Z"', '"2019-01-02T24:00:00Z"', '"2019-01-03t00:00z"']
)
def test_the_same_instant_may_be_written_in_many_ways(tmp_path: Path, text: str) -> None:
    scenario = load(written(tmp_path, BASE.replace("start = 2019-01-03T00:00:00Z", f"start = {text}")))
    assert scenario.start == pytest.approx(tdb("2019-01-03T00:00:00Z"), abs=1e-6)


def test_the_schema_knows_what_may_stand_in_a_file() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())

    def mistakes(text: str) -> list[str]:
        plain = json.loads(json.dumps(tomllib.loads(text), default=dt.datetime.isoformat))
        return [error.message for error in validator.iter_errors(plain)]

    assert mistakes(BASE) == []
    assert mistakes('include = ["seeds:stations/estrack"]\n' + BASE) == []
    for good, bad in (
        ("longitude_deg", "longitud_deg"),
        ("days = 1", "days = 1\ncolor = 3"),
        ("latitude_deg = 5.25", "latitude_deg = 525"),
        ("[sites.kourou]\n", '[sites.kourou]\nname = "x"\n'),
        ("[sites.kourou]", "[sites.'a b']"),
        ('"kepler"', '"keppler"'),
        ('kind = "timeline"\n', ""),
        ("min_deg = 1.5", "min_deg = 500"),
    ):
        assert good in BASE
        assert mistakes(BASE.replace(good, bad, 1)), bad


@pytest.mark.parametrize("file", sorted(scenarios_folder().glob("*.toml")), ids=lambda path: path.stem)
def test_an_editor_finds_no_mistake_in_a_scenario_that_ships(file: Path) -> None:
    plain = json.loads(json.dumps(tomllib.loads(file.read_text(encoding="utf-8")), default=dt.datetime.isoformat))
    found = list(jsonschema.Draft202012Validator(schema()).iter_errors(plain))
    included = "include" in plain  # a table may add to one of an included file, which has the rest of its keys
    assert [error.message for error in found if not (included and error.validator == "required")] == []


def test_a_scenario_hands_out_its_ends(tmp_path: Path) -> None:
    scenario = load(written(tmp_path, BASE))
    assert scenario.span.days == pytest.approx(1)
    assert isinstance(scenario["kourou"], Site)
    assert isinstance(scenario["earth"], Body)
    assert isinstance(scenario["lro"], Sampled)
    assert scenario["lro"] is scenario["lro"]
    assert set(scenario.ends) == {"kourou", "lro"}
    assert scenario.used_ends() == ["lro", "kourou", "earth"]
    assert scenario.path(["direct"]) == ("lro", ("kourou", "earth"))
    assert scenario.only(["kourou", "lro"]).routes == {"kourou-lro": ("kourou", "lro")}
    with pytest.raises(KeyError, match="Did you mean 'kourou'"):
        scenario["kuorou"]
    with pytest.raises(SimError, match="Did you mean 'direct'"):
        scenario.path(["dirct"])
    with pytest.raises(SimError, match="two different ends"):
        scenario.path(["lro", "lro"])


def test_a_notebook_builds_the_same_scenario_as_a_file(tmp_path: Path) -> None:
    data = tomllib.loads(BASE)
    assert Scenario(**data) == load(written(tmp_path, BASE))


def test_the_ephemeris_is_handed_down_to_ends_that_name_none() -> None:
    from sim.trajectories.bodies.ephemeris import shipped

    other = str(shipped("de421"))  # the same numbers by another name
    site = Site(name="a", latitude_deg=1, longitude_deg=2)
    assert site.carrier.ephemeris == "de421"
    own = {"latitude_deg": 1.0, "longitude_deg": 2.0, "ephemeris": "de421"}
    scenario = Scenario(start="2019-01-03T00:00:00Z", days=1, ephemeris=other, sites={"a": site, "b": own})  # type: ignore
    assert scenario["a"].carrier.ephemeris == other  # type: ignore
    assert scenario.sites["b"].ephemeris == "de421"
    assert scenario["moon"].ephemeris == other


def test_the_digest_says_what_was_asked_and_not_where_it_lay(tmp_path: Path) -> None:
    one = digest(load(written(tmp_path, BASE)))
    again = BASE.replace("2019-01-03T00:00:00Z", "2019-01-03T02:00:00+02:00") + "# a comment\n"
    assert digest(load(written(tmp_path, again))) == one
    assert digest(load(written(tmp_path, BASE.replace("5.25", "5.26")))) != one
    assert len(one) == 64


def test_every_kind_tells_its_fields() -> None:
    for word, orbit in ORBITS.classes.items():
        assert word in kinds_text()
        for name, asked, _, _ in fields(orbit):
            assert name in orbit.model_fields and asked
    assert ("eccentricity", "number of at least 0 and below 1", "required") in [row[:3] for row in fields(Kepler)]
