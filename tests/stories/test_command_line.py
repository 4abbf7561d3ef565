"""The command as a user meets it: exit codes, streams, files."""

import csv
import io
import json
import os

import pytest

from tests.support.command import sim_apart
from tests.support.command import sim_here as command
from tests.support.scenarios import scenario_text

SMALL = scenario_text(
    title="Two days of the Moon", days=2, include=["seeds:stations/estrack", "seeds:sites/moon"],
    routes={"moon": ["moon", ["kourou", "maspalomas"]], "earth": ["apollo_11", "kourou"]},
    products=["contact_plan"],
)  # fmt: skip


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


def test_run_writes_files_and_names_them(scenario, tmp_path):
    done = sim_apart("run", scenario, "--output", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    names = ["contact-plan.csv", "contact-plan-hops.csv", "contact-plan.json", "run.json"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(names)
    assert sorted(done.stdout.split()) == sorted(str(tmp_path / "out" / name) for name in names)
    assert "searching" in done.stderr


def test_windows_prints_csv_to_stdout_and_words_to_stderr(scenario):
    done = command("windows", scenario, "moon")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert done.returncode == 0
    assert len(rows) >= 2
    assert "windows" in done.stderr
    assert rows[0]["start_utc"].endswith("Z")


def test_windows_takes_any_two_ends_too(scenario):
    done = command("windows", scenario, "apollo_11", "maspalomas")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) >= 3


def test_why_explains_a_closed_hop(scenario):
    done = command("why", scenario, "moon", "kourou", "2019-01-03T00:00Z")
    assert done.returncode == 0
    assert "moon – kourou is" in done.stdout
    assert "elevation of moon from kourou > 5 deg" in done.stdout


def test_kinds_lists_every_kind_and_prints_a_schema():
    text = command("kinds").stdout
    for word in ("numerical", "halo", "sun_separation", "contact_plan", "gravity_degree"):
        assert word in text
    schema = json.loads(command("kinds", "--schema").stdout)
    assert "routes" in schema["properties"]


def test_a_mistake_ends_with_1_and_leaves_nothing_behind(scenario, tmp_path):
    scenario.write_text(SMALL.replace('"kourou"]\n', '"korou"]\n'))
    done = command("run", scenario, "--output", tmp_path / "out")
    assert done.returncode == 1
    assert "Did you mean 'kourou'?" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [("run",), ("nonsense",), ("check", "a", "b")])
def test_a_wrong_command_ends_with_2(words):
    assert command(*words).returncode == 2


def test_a_missing_file_is_an_error_for_people(tmp_path):
    done = command("check", tmp_path / "nothing.toml")
    assert done.returncode == 1
    assert "nothing.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_instant_outside_the_span_is_refused(scenario):
    done = command("why", scenario, "moon", "kourou", "2020-01-03T00:00Z")
    assert done.returncode == 1
    assert "outside the span of the scenario" in done.stderr


def test_a_value_that_is_not_a_time_is_refused(scenario):
    done = command("why", scenario, "moon", "kourou", "yesterday")
    assert done.returncode == 1
    assert "expected a time like" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_orbit_that_hits_the_moon_is_an_error_for_people_and_leaves_nothing(tmp_path):
    path = tmp_path / "impact.toml"
    path.write_text(
        SMALL
        + """
[spacecraft.stone.orbit]
kind          = "numerical"
gravity_degree = 4
epoch         = 2019-01-03T00:00:00Z
position_km   = [1800.0, 0.0, 0.0]
velocity_km_s = [0.0, 1.2, 0.0]
"""
    )
    path.write_text(path.read_text().replace("[routes]\n", '[routes]\nstone = ["stone", "kourou"]\n'))
    done = command("run", path, "--output", tmp_path / "out")
    assert done.returncode == 1
    assert "stone" in done.stderr
    assert "hits the moon" in done.stderr
    assert "2019-01-0" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_folders_place_is_refused(scenario, tmp_path):
    (tmp_path / "out").write_text("mine")
    done = command("run", scenario, "--output", tmp_path / "out")
    assert done.returncode == 1
    assert (tmp_path / "out").read_text() == "mine"


def test_the_same_in_another_time_zone_and_locale(scenario, german):
    outs = []
    for zone, language in (("UTC", {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}), ("Asia/Shanghai", german)):
        env = os.environ | {"TZ": zone} | language
        outs.append(sim_apart("windows", scenario, "moon", env=env).stdout)
    assert outs[0] == outs[1] != ""


def test_kinds_call_a_hop_two_names():
    told = command("kinds").stdout
    (hop,) = [line for line in told.splitlines() if line.split()[:1] == ["hop"]]
    assert "list of 2 names" in hop and "list of 3 numbers" in told
