"""Schedules of scenarios: who is tracked when, what is told of requests, and what a week of seven stations comes to."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from html import escape
from itertools import combinations
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.core.errors import DataError, ScenarioError, SimError
from sim.core.time import instant
from sim.data.resources import scenarios_folder
from sim.planning.schedule.checker import check
from sim.planning.schedule.from_result import network_of_result
from sim.planning.schedule.measures import changed_s
from sim.planning.schedule.network import Network
from sim.planning.schedule.replan import replan
from sim.planning.schedule.request import Antenna, Opportunity, Request
from sim.planning.schedule.search import search
from sim.planning.schedule.solve import solve
from sim.planning.schedule.track_file import read_tracks
from sim.products.plan import Plan
from sim.products.schedule import Schedule, Scheduled
from sim.products.web_report.schedules import schedules_section

NIGHT = "start = 2025-09-01T01:00:00Z, end = 2025-09-01T02:00:00Z"
WEEK = scenarios_folder() / "shared-week.toml"

SKY = """\
title = "Two stations shared by three bodies"
start = 2025-09-01T00:00:00Z
days = 2

[passes]
setup_s = 600
teardown_s = 300

[sites.kourou]
latitude_deg = 5.25
longitude_deg = -52.8
horizon_deg = 10

[sites.maspalomas]
latitude_deg = 27.76
longitude_deg = -15.63
horizon_deg = 10

[routes]
moon = ["moon", ["kourou", "maspalomas"]]
sun = ["sun", ["kourou", "maspalomas"]]
red = ["mars", ["kourou", "maspalomas"]]

[antennas.kourou_1]
site = "kourou"
maintenance = [{ start = 2025-09-01T12:00:00Z, end = 2025-09-01T18:00:00Z, reason = "bearing" }]

[antennas.kourou_2]
site = "kourou"

[crews]
kourou = 1

[missions.moon]
priority = 2

[missions.sun]

[missions.viking]
routes = "red"
antennas = ["kourou"]

[[requests]]
mission = "moon"
hours = 5
min_hours = 2
per = "day"
max_tracks = 2
min_track_s = 1800

[[requests]]
mission = "sun"
hours = 8
min_hours = 4
max_tracks = 2
min_track_s = 3600

[[requests]]
mission = "viking"
hours = 3
min_hours = 3
pinned = []

[[requests]]
mission = "viking"
name = "too-much"
hours = 40
min_hours = 40

[[products]]
kind = "schedule"
iterations = 400
bound_steps = 20

[[products]]
kind = "report"
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("schedule")
    (folder / "sky.toml").write_text(SKY)
    scenario = sim.load(folder / "sky.toml")
    sim.write(scenario, sim.run(scenario), folder / "out")
    yield folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tracks_lie_in_passes_and_no_antenna_and_no_crew_is_used_twice(written: Path) -> None:
    """By the table alone, and by passes that are found anew: nothing is shared with what makes the schedule."""
    tracks = rows(written / "out" / "schedule.csv")
    assert len(tracks) >= 4
    scenario = sim.load(written / "sky.toml")
    far = {"moon": "moon", "sun": "sun", "viking": "mars"}
    for track in tracks:
        site = "maspalomas" if track["antennas"] == "maspalomas" else "kourou"
        windows = sim.hop(scenario[far[track["mission"]]], scenario[site]).windows(scenario.span)
        start, end = instant(track["start_utc"]), instant(track["end_utc"])
        assert any(a - 2e-3 <= start and end <= b + 2e-3 for a, b in windows), track
        assert start - instant(track["occupied_from_utc"]) == pytest.approx(600.0, abs=2e-3)
        assert instant(track["occupied_to_utc"]) - end == pytest.approx(300.0, abs=2e-3)
    used = [(t["antennas"], instant(t["occupied_from_utc"]), instant(t["occupied_to_utc"])) for t in tracks]
    for (one, a, b), (other, c, d) in combinations(used, 2):
        same_place = one == other or {one, other} <= {"kourou_1", "kourou_2"}  # a crew of one
        assert not (same_place and a < d - 2e-3 and c < b - 2e-3)
    closed = instant("2025-09-01T12:00:00Z"), instant("2025-09-01T18:00:00Z")
    assert not any(one == "kourou_1" and a < closed[1] and closed[0] < b for one, a, b in used)


def test_every_request_has_a_row_that_says_what_it_got_or_why_not(written: Path) -> None:
    found = {row["request"]: row for row in rows(written / "out" / "schedule-requests.csv")}
    assert list(found) == ["moon 1", "moon 2", "sun", "viking", "too-much"]
    tracks = rows(written / "out" / "schedule.csv")
    for name, row in found.items():
        hours = sum(float(track["duration_s"]) for track in tracks if track["request"] == name) / 3600.0
        assert float(row["tracked_h"]) == pytest.approx(hours, abs=1e-4)
        assert (row["satisfied"] == "yes") == (hours >= float(row["min_h"]) - 1e-6)
        assert bool(row["why_not"]) == (row["satisfied"] == "no")
    assert found["too-much"]["satisfied"] == "no"
    assert "view" in found["too-much"]["why_not"]


def test_the_report_has_the_tables_and_the_bound_of_the_schedule(written: Path) -> None:
    page = (written / "out" / "report.html").read_text(encoding="utf-8")
    section = page.split('<h2 id="schedule-head">Schedule</h2>', 1)[1].split("</section>", 1)[0]
    asked, tracks = rows(written / "out" / "schedule-requests.csv"), rows(written / "out" / "schedule.csv")
    tree = json.loads((written / "out" / "schedule.json").read_text())
    assert section.count("<tr>") == 2 + len(asked) + len(tracks)
    assert f"No schedule tracks more than {tree['bound']['tracked_h']:,.1f} h." in section
    assert f"{tree['satisfied']} of {tree['requests']} requests satisfied" in section
    assert all(escape(row["why_not"]) in section for row in asked)
    assert all(f"<td>{track['start_utc'][:19].replace('T', ' ')}</td>" in section for track in tracks)


def test_names_in_the_tables_are_never_markup() -> None:
    view = Opportunity(("<b>",), 0.0, 36000.0)
    asks = Request("<i>&", "<u>", (view,), max_s=7200.0, min_s=3600.0)
    network = Network((Antenna("<b>"),), (asks,))
    section = schedules_section([Scheduled(network, solve(network, iterations=20, bound_steps=0))])
    assert "<td>&lt;i&gt;&amp;</td>" in section and "<td>&lt;b&gt;</td>" in section and "<td>&lt;u&gt;</td>" in section
    assert not {"<i>", "<b>", "<u>"} & set(re.findall("<.*?>", section))
    assert "at most is not known" in section
    assert schedules_section([]) == ""


def test_the_tree_has_what_no_schedule_exceeds_and_what_computes_it_again(written: Path) -> None:
    tree = json.loads((written / "out" / "schedule.json").read_text())
    assert tree["tracked_h"] <= tree["bound"]["tracked_h"] <= tree["asked_h"]
    scenario = sim.load(written / "sky.toml")
    product = scenario.products[0]
    assert isinstance(product, Schedule)
    again = product.model_copy(update={"iterations": tree["again"]["iterations"], "seed": tree["again"]["seed"]})
    found = again.made(sim.run(scenario))
    network, made = found.network, found.made
    assert check(network, made.tracks) == []
    assert [each.duration_s for each in made.tracks] == pytest.approx(
        [float(row["duration_s"]) for row in rows(written / "out" / "schedule.csv")], abs=1e-3
    )


def test_a_table_is_checked_by_the_command_and_a_broken_rule_is_told(written: Path, tmp_path: Path) -> None:
    scenario, table = str(written / "sky.toml"), written / "out" / "schedule.csv"
    done = CliRunner().invoke(app, ["schedule", scenario, "--check", str(table)])
    assert done.exit_code == 0, done.output
    lines = table.read_text().splitlines()
    moved = tmp_path / "moved.csv"
    moved.write_text("\n".join([*lines, lines[1]]) + "\n")  # one track twice
    done = CliRunner().invoke(app, ["schedule", scenario, "--check", str(moved)])
    assert done.exit_code == 1
    assert "overlap" in done.output or "want it at once" in done.output


def test_a_table_that_is_none_is_told_with_its_lines(tmp_path: Path) -> None:
    table = tmp_path / "tracks.csv"
    table.write_text("request,mission\na,b\n")
    with pytest.raises(DataError, match="missing column antennas"):
        read_tracks(table)
    head = "request,mission,antennas,start_utc,end_utc,occupied_from_utc,occupied_to_utc\n"
    good = "a,m,x,2025-09-01T01:00:00Z,2025-09-01T02:00:00Z,2025-09-01T00:50:00Z,2025-09-01T02:05:00Z\n"
    late = good.replace("2025-09-01T02:00:00Z", "2025-09-01T00:00:00Z")
    table.write_text(head + good + late + good.replace("a,m,x", "a,,x") + good.replace("2025-09-01T01", "soon"))
    with pytest.raises(DataError) as caught:
        read_tracks(table)
    told = str(caught.value).splitlines()
    assert [f"line {number}" in line for number, line in zip((3, 4, 5), told, strict=True)] == [True] * 3


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (('mission = "sun"\n', 'mission = "sund"\n'), "requests[1].mission", "Did you mean 'sun'?"),
        (('antennas = ["kourou"]', 'antennas = ["kuru"]'), "missions.viking.antennas", "Did you mean 'kourou'?"),
        (('routes = "red"', 'routes = "blue"'), "missions.viking.routes", "no route is called 'blue'"),
        (('site = "kourou"\nmaint', 'site = "korou"\nmaint'), "antennas.kourou_1.site", "Did you mean 'kourou'?"),
        (("[crews]\nkourou", "[crews]\nkouru"), "crews.kouru", "Did you mean 'kourou'?"),
        (("hours = 8\nmin_hours = 4", "hours = 4\nmin_hours = 8"), "requests[1]", "min_hours is 8, more than hours, 4"),
        (("min_track_s = 3600", "min_tracks = 2\nmin_track_s = 18_000"), "requests[1]", "more than hours, 8"),
        (("[missions.sun]\n", "[missions.sun]\n[missions.idle]\nroutes = 'red'\n"), "missions.idle",
         "asks for nothing"),
        (("[missions.viking]\nroutes = \"red\"", "[missions.viking]"), "missions.viking", "no route leads from a site"),
        (("name = \"too-much\"", "name = \"x\"\noverlap_s = 60\nmin_gap_s = 60"), "requests[3]", "not both"),
        (("pinned = []", f"pinned = [{{ antennas = 'kourou', {NIGHT} }}]"),
         "requests[2].pinned[0].antennas", "no antenna or site is called 'kourou'"),
    ],
)  # fmt: skip
def test_what_cannot_be_scheduled_is_told_at_its_key(
    tmp_path: Path, change: tuple[str, str], place: str, words: str
) -> None:
    assert change[0] in SKY
    (tmp_path / "bad.toml").write_text(SKY.replace(*change))
    with pytest.raises(ScenarioError) as caught:
        sim.load(tmp_path / "bad.toml")
    assert any(each.place == place and words in each.message for each in caught.value.problems), caught.value


def test_a_product_without_requests_says_what_to_add(tmp_path: Path) -> None:
    text = SKY[: SKY.index("[antennas")] + '[[products]]\nkind = "schedule"\n'
    (tmp_path / "none.toml").write_text(text)
    with pytest.raises(ScenarioError, match="asks for no tracking"):
        sim.load(tmp_path / "none.toml")
    (tmp_path / "plain.toml").write_text(text[: text.index("[[products]]")])
    with pytest.raises(SimError, match="no requests for tracking"):
        network_of_result(sim.run(sim.load(tmp_path / "plain.toml")))


def test_one_mission_alone_is_tracked_as_long_as_in_its_plan(tmp_path: Path) -> None:
    text = SKY[: SKY.index("[antennas")]
    text += '[missions.moon]\n[[requests]]\nmission = "moon"\nhours = 60\nmax_tracks = 8\nmin_track_s = 600\n'
    (tmp_path / "alone.toml").write_text(text.replace("[passes]\nsetup_s = 600\nteardown_s = 300\n", ""))
    scenario = sim.load(tmp_path / "alone.toml")
    result = sim.run(scenario.model_copy(update={"routes": {"moon": scenario.routes["moon"]}}))
    _, plan = Plan().made(result)
    made = Schedule(iterations=2000, bound_steps=0).made(result).made
    assert made.measures.tracked_s == pytest.approx(plan.missions[0].tracked_s, abs=1.0)


@pytest.fixture(scope="module")
def week() -> sim.Result:
    return sim.run(sim.load(WEEK))


@pytest.mark.long
def test_a_week_of_seven_stations_is_scheduled_within_a_percent_of_what_is_possible(week: sim.Result) -> None:
    product = next(each for each in sim.load(WEEK).products if isinstance(each, Schedule))
    found = product.made(week)
    network, made = found.network, found.made
    assert check(network, made.tracks) == []
    assert made.gap is not None
    assert made.gap < 0.01
    assert made.tracks == product.made(week).made.tracks


@pytest.mark.long
def test_a_station_that_is_lost_on_wednesday_changes_little(week: sim.Result, tmp_path: Path) -> None:
    product = next(each for each in sim.load(WEEK).products if isinstance(each, Schedule))
    made = product.made(week).made
    lost = "[antennas.new_norcia]\nsite = 'new_norcia'\n"
    lost += "maintenance = [{ start = 2019-01-09T00:00:00Z, end = 2019-01-10T00:00:00Z }]\n"
    (tmp_path / "lost.toml").write_text(WEEK.read_text() + lost)
    network = network_of_result(sim.run(sim.load(tmp_path / "lost.toml")))
    again = replan(network, made.tracks)
    assert check(network, again.schedule.tracks) == []
    closed = instant("2019-01-09T00:00:00Z"), instant("2019-01-10T00:00:00Z")
    used = [each for each in made.tracks if "new_norcia" in each.antennas]
    hit = [each for each in used if each.occupied_from < closed[1] and closed[0] < each.occupied_to]
    assert hit
    anew = search(network, iterations=product.iterations, seed=product.seed)
    change, without_care = (changed_s(each, made.tracks) for each in (again.schedule.tracks, anew.tracks))
    assert sum(each.duration_s for each in hit) <= change < 0.25 * without_care
    assert not again.lost
