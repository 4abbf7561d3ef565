"""`sim diff` of plans: tracks moved, shrunk, grown, new and gone, in sigmas of the passes that they follow."""

import csv
import json

import pytest
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.core.errors import DataError
from sim.core.time import tdb
from sim.simulation.plan_diff import is_plan_table, plan_differences, plans_of
from tests.support.scenarios import scenario_text

HEAD = "mission,station,start_utc,end_utc,pass_start_utc,pass_end_utc"


def _text(mask):
    """The Moon from two stations, one with a mask."""
    return scenario_text(
        days=2, include=["seeds:stations/estrack"], sites={"kourou": {"horizon_deg": mask}},
        routes={"moon": ["moon", ["kourou", "maspalomas"]]}, products=["plan", "passes"],
    )  # fmt: skip


def _run(*words):
    return CliRunner().invoke(app, ["diff", *map(str, words)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three results: the second has a mask that is a degree higher, the third one that is a hundredth higher."""
    path = tmp_path_factory.mktemp("plans")
    for name, mask in (("a", 5.0), ("b", 6.0), ("c", 5.01)):
        (path / f"{name}.toml").write_text(_text(mask))
        scenario = sim.load(path / f"{name}.toml")
        sim.write(scenario, sim.run(scenario), path / name)
    return path


def _table(path, *rows):
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return path


def _row(start, end, opens="00:00", closes="09:00", mission="low", station="kourou"):
    times = (f"2026-01-01T{each}:00Z" for each in (start, end, opens, closes))
    return ",".join((mission, station, *times))


def test_tracks_of_two_results_are_compared_beside_their_windows(folder):
    done = _run(folder / "a", folder / "b")
    assert done.exit_code == 1
    rows = [list(csv.DictReader((folder / name / "plan.csv").open())) for name in "ab"]
    assert len(rows[0]) == len(rows[1]) > 0
    changed = sum(a["start_utc"][:-2] != b["start_utc"][:-2] or a["end_utc"][:-2] != b["end_utc"][:-2]
                  for a, b in zip(*rows, strict=True))  # fmt: skip
    assert changed > 0 and f"plan.csv: tracks {len(rows[0]) - changed} kept" in done.stderr
    told = json.loads(_run(folder / "a", folder / "b", "--json").stdout)
    assert len(told["plans"]["plan.csv"]) == changed and told["differs"]
    assert _run(folder / "a", folder / "a").exit_code == 0


def test_what_moved_by_a_tenth_of_a_sigma_is_noise(folder):
    done = _run(folder / "a", folder / "c")
    assert "2 shrunk" in done.stderr and "2 of the changes within 1 sigma of their edges" in done.stderr
    assert not plan_differences(folder / "a", folder / "c", 0.1)
    assert plan_differences(folder / "a", folder / "b", 0.1)


def test_a_table_is_compared_with_the_result_that_wrote_it(folder, tmp_path):
    same = _run(folder / "a" / "plan.csv", folder / "a")
    assert same.exit_code == 0 and same.stdout == "" and "0 moved" in same.stderr
    there = _run(folder / "a" / "plan.csv", folder / "b" / "plan.csv")
    assert there.exit_code == 1 and "at edges of unknown sigma" in there.stderr and "unknown" in there.stdout
    with pytest.raises(DataError, match="has no plan"):
        plan_differences(folder / "a.toml", folder / "b" / "plan.csv", 0.1)
    assert not is_plan_table(folder / "a" / "passes.csv") and is_plan_table(folder / "a" / "plan.csv")


def test_edges_have_the_sigmas_of_the_passes_of_their_result(folder):
    plan = plans_of(folder / "a")["plan.csv"]
    passes = {
        (row["site"], row["aos_utc"], row["los_utc"]): tuple(
            float(row[key]) if row[key] else None for key in ("start_sigma_s", "end_sigma_s")
        )
        for row in csv.DictReader((folder / "a" / "passes.csv").open())
    }  # fmt: skip
    rows = list(csv.DictReader((folder / "a" / "plan.csv").open()))
    assert len(plan.tracks) == len(rows)
    for track, row in zip(plan.tracks, rows, strict=True):
        first, last = passes[row["station"], row["pass_start_utc"], row["pass_end_utc"]]
        whole = (_near(row["start_utc"], row["pass_start_utc"]), _near(row["end_utc"], row["pass_end_utc"]))
        assert plan.sigmas[track] == (first if whole[0] else 0.0, last if whole[1] else 0.0)


def _near(one, other):
    return abs(tdb(one) - tdb(other)) < 0.002


def test_tables_have_every_kind_of_change_and_a_tolerance(tmp_path):
    first = _table(tmp_path / "a.csv", _row("00:00", "01:00"), _row("02:00", "03:00"), _row("05:00", "06:00"))
    second = _table(
        tmp_path / "b.csv", _row("00:00", "01:00"), _row("02:10", "03:00"), _row("07:00", "08:00", mission="x")
    )
    found = plan_differences(first, second, 0.1).each["b.csv"]
    assert [(each.kind, each.track.mission) for each in found.changes] == [
        ("kept", "low"), ("shrunk", "low"), ("gone", "low"), ("new", "x")
    ]  # fmt: skip
    shrunk = found.of_kind("shrunk")[0]
    assert (
        shrunk.shifts_s == pytest.approx((600.0, 0.0), abs=1e-6) and shrunk.noise is False
    )  # within its pass: a time that was chosen
    span = tuple(float(tdb(f"2026-01-01T0{hour}:30:00Z")) for hour in (2, 4))
    late = plan_differences(first, second, 0.1, span)
    assert [each.kind for each in late.each["b.csv"].changes] == ["kept"]
    assert len(plan_differences(first, second, 601.0).each["b.csv"].of_kind("kept")) == 2


def test_tables_of_schedules_are_compared_request_by_request(folder, tmp_path):
    head, (first, *_) = "request,mission,antennas,start_utc,end_utc", plans_of(folder / "a")["plan.csv"].tracks
    rows = ["moon 1,moon,kourou+maspalomas,{},2026-01-01T02:00:00Z", "moon 2,moon,kourou,{},2026-01-01T02:00:00Z"]
    for name, start in (("a", "2026-01-01T00:00:00Z"), ("b", "2026-01-01T01:00:00Z")):
        text = "\n".join([head, *(row.format(start) for row in rows)])
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    done = _run(tmp_path / "a.csv", tmp_path / "b.csv")
    assert done.exit_code == 1 and "2 shrunk" in done.stderr
    assert "moon 1" in done.stdout and "kourou maspalomas" in done.stdout and first.request == "moon"


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (_row("02:00", "01:00"), "line 2: expected start_utc before end_utc"),
        (_row("00:00", "01:00", mission=""), "line 2: a cell of the columns mission, station or antennas is empty"),
        (_row("xx:00", "01:00"), "line 2: start_utc or end_utc is no time"),
    ],
)
def test_a_bad_table_is_told_with_its_line(tmp_path, row, wrong):
    done = _run(_table(tmp_path / "a.csv", row), _table(tmp_path / "b.csv", row))
    assert isinstance(done.exception, DataError) and wrong in str(done.exception)
