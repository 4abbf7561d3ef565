"""The first hour of a new user: help, included scenarios by name, a scenario of one's own, and what comes next."""

import datetime as dt
import json
import os

import pytest

import sim
from sim.core.time import utc
from sim.data.resources import scenario_names
from sim.scenario.templates import seeds
from tests.support.command import sim_apart
from tests.support.command import sim_here as command


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_help_groups_every_verb_and_the_version_is_printed():
    from sim.cli import _verbs

    text = command("-h").stdout
    assert text == command("--help").stdout
    assert "Other:" not in text
    shown = [line.split()[0] for line in text.splitlines() if line.startswith("  ") and line.strip()]
    assert [shown.count(verb) for verb in _verbs().commands] == [1] * len(_verbs().commands)
    assert max(map(len, text.splitlines())) <= 80
    assert command("--version").stdout == f"sim {sim.__version__}\n"


def test_a_new_scenario_runs_and_is_never_overwritten(here):
    assert command("new").stdout == "first-look.toml\n"
    text = (here / "first-look.toml").read_text()
    assert "scenarios/first-look" not in text
    done = command("run", "first-look.toml")
    assert done.returncode == 0, done.stderr
    assert "next: look at out/first-look/" in done.stderr
    (here / "first-look.toml").write_text(text + "# mine\n")
    again = command("new")
    assert again.returncode == 1
    assert "exists already" in again.stderr
    assert (here / "first-look.toml").read_text().endswith("# mine\n")


@pytest.mark.parametrize("name", scenario_names())
def test_every_template_passes_a_check_away_from_the_package(here, name):
    assert command("new", name, "-o", "mine.toml").returncode == 0
    sim.load("mine.toml")


def test_a_wrong_template_is_refused_with_the_nearest(here):
    done = command("new", "lroo")
    assert done.returncode == 1
    assert "Did you mean 'lro'?" in done.stderr
    assert not list(here.iterdir())


def test_included_scenarios_are_found_by_name(here):
    assert list(sim.run("first-look").routes) == ["downlink"]
    assert command("check", "first-look").returncode == 0
    done = command("check", "first-lok")
    assert done.returncode == 1
    assert "Did you mean 'first-look'?" in done.stderr


def test_a_file_of_that_name_comes_first_and_its_own_suffix_is_suggested(here):
    (here / "mine.toml").write_text('start = 2026-12-01T00:00:00Z\ndays = 1\n')
    assert "Or the file: mine.toml" in command("check", "mine").stderr
    (here / "lro").write_text((here / "mine.toml").read_text())
    assert command("check", "lro").stderr.startswith("lro: 1 problem\n")


def test_a_kind_is_shown_with_its_fields_and_an_example_in_80_columns():
    text = command("kinds", "kepler").stdout
    assert "  eccentricity, required\n" in text
    assert 'kind               = "kepler"' in text
    assert max(map(len, text.partition("Example")[0].splitlines())) <= 80
    done = command("kinds", "keppler")
    assert done.returncode == 1
    assert "Did you mean 'kepler'?" in done.stderr


def test_seeds_are_listed_by_word():
    (row,) = json.loads(command("seeds", "kourou", "--json").stdout)
    assert row["include"] == "seeds:stations/estrack"
    found = sim.seeds("stations/estrack")["kourou"]
    assert row["where"] == f"earth {found.latitude_deg:.2f} {found.longitude_deg:.2f}"
    assert len(seeds()) > 50
    assert command("seeds", "atlantis").returncode == 1


def test_next_says_what_is_open_and_when_that_changes():
    """Against the windows themselves, in the middle of each and in the middle of each gap."""
    from sim.simulation.coming import coming

    result = sim.run("first-look")
    windows = result.routes["downlink"]
    for index, (start, end) in enumerate(windows.bounds[:-1].tolist()):
        following = windows.bounds[index + 1, 0]
        (inside,), (outside,) = coming(result, (start + end) / 2), coming(result, (end + following) / 2)
        assert (inside.state, inside.closes, inside.opens) == ("open", end, following)
        assert (outside.state, outside.closes, outside.opens) == ("closed", None, following)
    hops = coming(result, windows.span.start, "garden")
    assert [each.of for each in hops] == ["orbiter->garden"]


def test_next_tells_what_is_unknown_from_what_is_closed():
    from sim.search.windows import Windows
    from sim.simulation.coming import _coming

    span = sim.Span(0.0, 100.0)
    windows = Windows([[60.0, 100.0]], span, known=[[0.0, 10.0], [50.0, 100.0]])
    at_5, at_20, at_70 = (_coming("way", windows, t) for t in (5.0, 20.0, 70.0))
    assert (at_5.state, at_5.opens, at_5.unknown_s) == ("closed", 60.0, 40.0)
    assert (at_20.state, at_20.unknown_s) == ("unknown", 30.0)
    assert "unknown for 30 s before" in at_20.row()[-1]
    assert (at_70.state, at_70.closes) == ("open", None)
    assert at_5.ends is None  # cut by the end of the span


def test_the_verb_next_prints_a_table_or_json_and_refuses_times_outside():
    words = ("next", "first-look", "--at", "2026-12-01T12:00Z")
    assert "opens in 11.9 h" in command(*words).stdout
    (row,) = json.loads(command(*words, "--json").stdout)
    start = sim.load("first-look").span.start
    assert row["state"] == "closed"
    assert dt.datetime.fromisoformat(row["opens_utc"]) > dt.datetime.fromisoformat(utc(start, 0))
    done = command("next", "lro", "--at", "2026-12-01T12:00Z")
    assert done.returncode == 1
    assert "--at 2020-02-01T00:00:00Z" in done.stderr
    assert "--watch: expected a terminal" in command(*words, "--watch").stderr
    assert "Did you mean 'orbiter'?" in command(*words[:2], "orbitr", *words[2:]).stderr


def test_windows_are_the_same_in_json_and_csv():
    rows = json.loads(command("windows", "first-look", "downlink", "--json").stdout)
    lines = command("windows", "first-look", "downlink").stdout.splitlines()
    assert [",".join(map(str, row.values())) for row in rows] == lines[1:]


def test_a_problem_is_shown_with_its_line_and_a_caret(here):
    command("new")
    path = here / "first-look.toml"
    path.write_text(path.read_text().replace('"roof"]', '"rof"]'))
    lines = command("check", path).stderr.splitlines()
    assert lines[-2].endswith('| downlink = ["orbiter", ["garden", "rof"]]')
    assert lines[-1].index("^") == lines[-2].index('"rof"')


def test_a_problem_far_along_a_line_is_shown_around_its_place(here):
    far = ", ".join(f'"garden{n}"' for n in range(2000))
    (here / "wide.toml").write_text(f'start = 2026-12-01T00:00:00Z\ndays = 1\n[routes]\na = ["moon", [{far}]]\n')
    lines = command("check", "wide.toml").stderr.splitlines()
    carets = [index for index, line in enumerate(lines) if line.strip(" |") == "^"]
    assert len(carets) == 3
    assert all(len(lines[index]) < 90 and lines[index - 1][lines[index].index("^")] == '"' for index in carets)


@pytest.mark.parametrize(
    "words, expected",
    [("sim run lr", ["lro"]), ("sim next first-look r", ["roof"]), ("sim windows first-look d", ["downlink"])],
)
def test_a_shell_completes_scenarios_ends_and_routes(words, expected):
    count = str(len(words.split()) - 1)
    asked = {"_SIM_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": count}
    assert sim_apart(env=os.environ | asked).stdout.split() == expected
