"""Two scenarios or results beside each other: windows matched, shifted, gained, lost."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.core.errors import DataError
from sim.simulation.diff import Windowed, differences, windowed
from tests.support.scenarios import scenario_text


def small(mask, days, **more):
    """The Moon from two stations, one with a mask of so many degrees."""
    return scenario_text(**{
        "days": days, "include": ["seeds:stations/estrack"], "sites": {"kourou": {"horizon_deg": mask}},
        "routes": {"moon": ["moon", ["kourou", "maspalomas"]]}, "products": ["contact_plan"], **more,
    })  # fmt: skip


SPAN = (0.0, 1000.0)


def compared(a, b, tolerance_s=0.1):
    first, second = (Windowed({"x": np.array(rows, dtype=float).reshape(-1, 2)}, SPAN) for rows in (a, b))
    return differences(first, second, tolerance_s)


def run(*words):
    return CliRunner().invoke(app, ["diff", *map(str, words)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three scenarios with results of two of them."""
    path = tmp_path_factory.mktemp("diff")
    for name, said in (("a", (5, 2)), ("b", (7, 2)), ("short", (5, 1))):
        file = path / f"{name}.toml"
        file.write_text(small(*said))
        if name != "short":
            scenario = sim.load(file)
            sim.write(scenario, sim.run(scenario), path / name)
    return path


def test_a_result_its_scenario_and_its_contact_plan_are_the_same(folder):
    for other in ("a", "a.toml", "a/contact-plan.csv", "a/contact-plan-hops.csv"):
        done = run(folder / "a", folder / other)
        assert done.exit_code == 0, done.output
        assert "0 shifted" in done.stderr or "identical" in done.stderr


def test_a_higher_mask_shifts_windows_and_ends_with_1(folder):
    done = run(folder / "a", folder / "b.toml")
    assert done.exit_code == 1
    row = next(line.split() for line in done.stdout.splitlines() if line.startswith("moon->kourou"))
    matched, shifted, largest, median, gained, lost, lost_h = row[1:]
    assert (int(matched), int(gained), int(lost)) == (0, 0, 0)
    assert int(shifted) >= 2
    parts = [sim.run(sim.load(folder / name)).hops["moon", "kourou"].total_s for name in ("a.toml", "b.toml")]
    assert float(lost_h) == pytest.approx((parts[0] - parts[1]) / 3600.0, rel=5e-3) and float(lost_h) > 0.2
    assert 300.0 < float(median) <= float(largest) < 900.0  # the Moon climbs two degrees in about eight minutes
    assert "moon->maspalomas  2" in done.stdout or "moon->maspalomas" in done.stdout


def test_what_is_tolerated_is_no_difference(folder):
    assert run(folder / "a", folder / "b", "--tolerance", "900").exit_code == 0


def test_of_two_spans_the_common_time_is_compared(folder):
    done = run(folder / "a", folder / "short.toml")
    assert done.exit_code == 0
    assert "Compared from 2019-01-03T00:00:00Z to 2019-01-04T00:00:00Z, which both cover" in done.stderr
    assert "first: 2019-01-03T00:00:00Z to 2019-01-05T00:00:00Z" in done.stderr
    assert "Compared from" not in run(folder / "a", folder / "a").stderr
    assert "the contact plan does not contain its span" in run(folder / "a", folder / "a" / "contact-plan.csv").stderr


def test_two_spans_without_a_common_time_cannot_be_compared(folder, tmp_path):
    later = small(5, 2, start="2019-01-05T00:00:00Z")  # begins as the other ends
    (tmp_path / "later.toml").write_text(later)
    done = run(folder / "a", tmp_path / "later.toml")
    assert done.exit_code == 1 and "identical" not in done.output
    told = str(done.exception)
    assert "no time in common" in told and "2019-01-05T00:00:00Z to 2019-01-07T00:00:00Z" in told
    table = (folder / "a" / "contact-plan.csv").read_text().replace("2019-01", "2018-01")
    (tmp_path / "past.csv").write_text(table)
    for other in (folder / "a", folder / "a" / "contact-plan.csv"):
        with pytest.raises(DataError, match="no time in common"):
            differences(windowed(tmp_path / "past.csv"), windowed(other))


def test_scenarios_without_routes_have_nothing_to_compare(tmp_path):
    (tmp_path / "bare.toml").write_text(small(5, 1, routes={}, products=[]))
    done = run(tmp_path / "bare.toml", tmp_path / "bare.toml")
    assert done.exit_code == 1 and "nothing to compare" in str(done.exception)


def test_columns_that_come_later_do_not_matter(folder, tmp_path):
    lines = (folder / "a" / "contact-plan.csv").read_text().splitlines()
    more = [lines[0] + ",start_sigma_s,probability", *(line + ",0.3,0.9" for line in lines[1:])]
    (tmp_path / "more.csv").write_text("\n".join(more) + "\n")
    assert run(folder / "a", tmp_path / "more.csv").exit_code == 0


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "of,start_utc,end_utc\nx,yesterday,today\n", "of,start_utc,end_utc\nx\n"]
)
def test_a_table_that_is_no_contact_plan_is_refused(tmp_path, text):
    (tmp_path / "plan.csv").write_text(text)
    with pytest.raises(DataError, match=r"plan\.csv"):
        windowed(tmp_path / "plan.csv")


def test_windows_are_told_apart_by_what_became_of_them():
    found = compared([(0, 10), (20, 30), (40, 50), (60, 70)], [(0, 10.05), (25, 32), (60, 70), (80, 90)]).each[0]
    assert (found.matched, found.shifted, len(found.lost), len(found.gained)) == (2, 1, 1, 1)
    assert found.largest_s == found.median_s == 5.0
    assert found.lost.tolist() == [[40.0, 50.0]]
    assert found.gained.tolist() == [[80.0, 90.0]]


def test_of_several_that_overlap_the_one_that_overlaps_most_is_the_same():
    found = compared([(0, 100)], [(0, 10), (20, 100)]).each[0]
    assert found.shifts_s.tolist() == [20.0]
    assert found.gained.tolist() == [[0.0, 10.0]]


def test_a_window_no_longer_than_the_tolerance_may_come_and_go():
    assert not compared([(0, 10)], [(0, 10), (50, 50.05)])
    assert compared([(0, 10)], [(0, 10), (50, 50.5)])


def test_names_that_only_one_side_has_are_a_difference():
    found = differences(Windowed({"x": np.empty((0, 2))}, SPAN), Windowed({"y": np.empty((0, 2))}, SPAN))
    assert found
    assert (found.only_first, found.only_second) == (("x",), ("y",))


BOUNDS = st.lists(st.floats(1.0, 30.0), min_size=0, max_size=12).map(
    lambda steps: np.cumsum(steps)[: len(steps) // 2 * 2].reshape(-1, 2)
)


@given(BOUNDS, BOUNDS)
def test_nothing_is_lost_from_sight_and_what_is_gained_one_way_is_lost_the_other(a, b):
    there, back = compared(a, b).each[0], compared(b, a).each[0]
    assert len(there.shifts_s) + len(there.lost) == len(a)
    assert len(there.shifts_s) + len(there.gained) == len(b)
    assert there.gained.tolist() == back.lost.tolist()
    assert not compared(a, a)
    assert compared(a, a).exact


@given(BOUNDS, BOUNDS)
def test_hours_gained_and_lost_are_what_the_sets_do_not_share(a, b):
    found = compared(a, b).each[0]
    one, other = (sim.Windows.of(each, sim.Span(*SPAN)) for each in (a, b))
    assert found.gained_s == pytest.approx((other - one).total_s, abs=1e-9)
    assert found.lost_s == pytest.approx((one - other).total_s, abs=1e-9)
    assert found.gained_s - found.lost_s == pytest.approx(other.total_s - one.total_s, abs=1e-9)


def test_time_that_a_side_does_not_know_is_neither_gained_nor_lost():
    known = Windowed({"x": np.array([[0.0, 10.0], [50.0, 60.0]])}, SPAN, {"x": np.empty((0, 2))})
    partly = Windowed({"x": np.array([[2.0, 10.0]])}, SPAN, {"x": np.array([[40.0, 55.0]])})
    there, back = differences(known, partly).each[0], differences(partly, known).each[0]
    assert (there.gained_s, there.lost_s) == (0.0, 2.0 + 5.0)  # from 50 to 55 the second knows nothing
    assert (back.gained_s, back.lost_s) == (7.0, 0.0)


def test_the_differences_as_json_are_those_of_the_table(folder):
    done = run(folder / "a", folder / "b.toml", "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    (row,) = [each for each in told["each"] if each["of"] == "moon->kourou"]
    table = run(folder / "a", folder / "b.toml").stdout.splitlines()
    line = next(line.split() for line in table if line.startswith("moon->kourou"))
    assert f"{row['lost_h']:.3g}" == line[-1] and row["gained_h"] == 0.0 and row["shifted"] == int(line[2])
    assert told["differs"] and not told["identical"] and told["span_utc"][0] == "2019-01-03T00:00:00.000Z"
    assert json.loads(run(folder / "a", folder / "a", "--json").stdout)["identical"]
