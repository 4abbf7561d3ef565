"""Tables of passes and windows: order, columns, local and mission times, rules, conflicts; and tracking tables."""

import csv
import datetime as dt
import io
import itertools
import json
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.core.files import csv_of, csv_text
from sim.products.columns import rounded
from sim.products.contact_plan import ContactPlan
from sim.products.passes import COLUMNS, Passes, table
from sim.products.states import StateTable
from sim.products.track import Track
from tests.support.command import sim_here
from tests.support.scenarios import KOUROU, NEW_NORCIA, kepler, scenario_text, written

SITES = {"kourou": {**KOUROU, "time_zone": "America/Cayenne"}, "new_norcia": NEW_NORCIA}
ORBITS = {"low": kepler(semi_major_axis=2000, eccentricity=0.01, inclination=80),
          "high": kepler(semi_major_axis=9000, eccentricity=0.1, inclination=60)}  # fmt: skip
BOTH = ["kourou", "new_norcia"]
ROUTES = {"low": ["low", BOTH], "up": ["kourou", "high"], "high": ["high", BOTH]}
RULES = {"min_duration_s": 600, "max_duration_s": 7200, "join_gap_s": 3000, "trim_s": 30, "setup_s": 120}


def text(products=(), **more):
    given = {"days": 1, "sites": SITES, "orbits": ORBITS, "routes": ROUTES, "products": products}
    return scenario_text(**{**given, **more})


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The result without rules for passes, and with them."""
    folder = tmp_path_factory.mktemp("tables")
    plain = sim.run(sim.load(written(folder, text())))
    return plain, sim.run(sim.load(written(folder, text(passes=RULES), "rules.toml")))


def rows(listed):
    return list(zip(*listed.values(), strict=True))


@pytest.mark.parametrize("order", ["time", "hop", "duration_s", "culmination_elevation_deg", "target", "start_sigma_s"])
@pytest.mark.parametrize("descending", [False, True])
def test_another_order_has_the_same_rows(results, order, descending):
    first, found = (Passes(**asked).listed(results[0]) for asked in ({}, {"order": order, "descending": descending}))
    assert sorted(map(repr, rows(first))) == sorted(map(repr, rows(found)))
    if order == "hop":
        return
    column = [each for each in found["aos_utc" if order == "time" else order] if each is not None]
    assert column == sorted(column, reverse=descending)
    last = found["aos_utc" if order == "time" else order][len(column) :]
    assert all(each is None for each in last)  # what is not known comes last either way


def test_hop_by_hop_is_the_order_of_the_routes_each_in_order_of_time(results):
    found = Passes(order="hop").listed(results[0])
    assert list(dict.fromkeys(found["hop"])) == [
        "low->kourou", "low->new_norcia", "kourou->high", "high->kourou", "high->new_norcia"
    ]  # fmt: skip
    for hop in set(found["hop"]):
        times = [aos for aos, own in zip(found["aos_utc"], found["hop"], strict=True) if own == hop]
        assert times == sorted(times)


def test_the_contact_plan_has_a_file_for_routes_and_one_for_hops_with_the_rows_of_both(results, tmp_path):
    routes, hops, tree = ContactPlan(order="duration_s", descending=True).write(results[0], tmp_path)
    told = json.loads(tree.read_text())
    for path, key in ((routes, "routes"), (hops, "hops")):
        table = list(csv.DictReader(path.open()))
        assert len(table) == len(told[key]) == sum(len(each) for each in getattr(results[0], key).values())
        lengths = [float(row["duration_s"]) for row in table]
        assert lengths == sorted(lengths, reverse=True)
        assert {row["kind"] for row in table} == {key[:-1]}
    assert {row["of"] for row in told["hops"]} <= {"->".join(hop) for hop in results[0].hops}
    assert {row["path"] for row in told["routes"]} == {
        "low->kourou|new_norcia", "kourou->high", "high->kourou|new_norcia"
    }  # fmt: skip


def test_columns_are_those_that_are_named_in_their_order(results):
    found = Passes(columns=("los_utc", "hop")).listed(results[0])
    assert list(found) == ["los_utc", "hop"]


def test_local_times_have_the_site_s_zone_or_the_table_s_and_an_offset(results):
    found = Passes().listed(results[0])
    named = Passes(time_zone="Europe/Madrid").listed(results[0])
    for aos, local, site, other in zip(
        found["aos_utc"], found["aos_local"], found["site"], named["aos_local"], strict=True
    ):
        instant = dt.datetime.fromisoformat(aos)
        assert (local is None) == (site == "new_norcia")
        if local is not None:
            assert local.endswith("-03:00") and dt.datetime.fromisoformat(local) == instant
        assert dt.datetime.fromisoformat(other) == instant
        assert other.endswith(instant.astimezone(ZoneInfo("Europe/Madrid")).isoformat()[-6:])


def test_mission_times_count_from_the_mission_s_start(results):
    found = Passes(mission_start="2019-01-01T12:00:00Z").listed(results[0])
    for aos, told in zip(found["aos_utc"], found["aos_elapsed"], strict=True):
        days, clock = told[2:].split("/")
        hours, minutes, seconds = map(float, clock.split(":"))
        passed = 86400 * int(days) + 3600 * hours + 60 * minutes + seconds
        since = sim.tdb(aos) - sim.tdb("2019-01-01T12:00:00Z")
        assert told.startswith("T+") and passed == pytest.approx(since, abs=2e-3)


def test_passes_are_those_that_the_rules_make(results):
    """By the plain definition of the rules, hop by hop, from the windows."""
    plain, ruled = results
    listed = Passes().listed(ruled)
    assert len(listed["hop"]) != len(Passes().listed(plain)["hop"])
    for hop, windows in ruled.hops.items():
        own = [i for i, each in enumerate(listed["hop"]) if each == "->".join(hop)]
        joined: list[list[float]] = []
        for start, end in windows:
            if joined and start - joined[-1][1] < RULES["join_gap_s"]:
                joined[-1][1] = end
            else:
                joined.append([start, end])
        expected = []
        for start, end in ((a + 30, b - 30) for a, b in joined):
            parts = int(np.ceil((end - start) / 7200))
            cuts = np.linspace(start, end, parts + 1)
            expected += [(a, b) for a, b in itertools.pairwise(cuts) if b - a >= 600]
        found = [(sim.tdb(listed["aos_utc"][i]), sim.tdb(listed["los_utc"][i])) for i in own]
        assert np.array(found) == pytest.approx(np.array(expected), abs=1e-3)


def test_a_pass_in_parts_is_cut_and_known_at_its_own_ends_only(results):
    found = table(results[1])
    aos, los, hop = np.array(found["aos_utc"]), np.array(found["los_utc"]), found["hop"]
    inner = [i for i in range(1, len(aos)) if hop[i] == hop[i - 1] and aos[i] == los[i - 1]]
    assert inner
    for i in inner:
        assert np.isnan(found["start_sigma_s"][i]) and np.isnan(found["end_sigma_s"][i - 1])
        assert "start" not in found["cut"][i] and "end" not in found["cut"][i - 1]
        assert aos[i] <= found["culmination_utc"][i] <= los[i]


def test_a_joined_pass_says_how_long_the_line_of_sight_is_closed_in_it(tmp_path):
    file = written(tmp_path, text(passes={"join_gap_s": 5000}))
    found, windows = table(result := sim.run(sim.load(file))), result.hops["low", "kourou"]
    rows = [i for i, hop in enumerate(found["hop"]) if hop == "low->kourou"]
    open_s = sum(found["duration_s"][i] - found["gaps_s"][i] for i in rows)
    assert len(rows) < len(windows) and open_s == pytest.approx(windows.total_s, abs=1e-6)


def test_conflicts_are_passes_of_two_targets_that_occupy_one_antenna(results):
    """By brute force over all pairs, with set-up times, at the station's own time."""
    result = results[1]
    found = table(result)
    own = np.column_stack((found["aos_utc"], found["los_utc"]))
    for i, hop in enumerate(found["hop"]):
        if hop.startswith("kourou->"):  # what the station sends has left it earlier
            own[i] -= found["aos_range_km"][i] / 299792.458
    expected = [
        {found["target"][j] for j in range(len(own)) if found["site"][i] == found["site"][j]
         and found["target"][i] != found["target"][j] and own[i, 0] - 120 < own[j, 1] and own[j, 0] - 120 < own[i, 1]}
        for i in range(len(own))
    ]  # fmt: skip
    assert [set(each.split()) for each in found["conflict"]] == expected
    assert any(expected)


def test_the_verb_lists_passes_in_any_order_with_any_columns(tmp_path):
    file = written(tmp_path, text())
    done = sim_here("passes", file, "--sort", "duration_s", "--descending", "--columns", "hop, duration_s,conflict")
    assert done.returncode == 0, done.stderr
    found = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(found[0]) == ["hop", "duration_s", "conflict"]
    lengths = [float(row["duration_s"]) for row in found]
    assert lengths == sorted(lengths, reverse=True)
    assert "passes" in done.stderr and "in conflict" in done.stderr
    one = sim_here("passes", file, "low", "kourou", "--time-zone", "UTC", "--columns", "hop,aos_local")
    listed = list(csv.DictReader(io.StringIO(one.stdout)))
    assert {row["hop"] for row in listed} == {"low->kourou"} and all("+00:00" in row["aos_local"] for row in listed)


def test_windows_are_listed_with_columns_of_the_contact_plan(tmp_path):
    file = written(tmp_path, text())
    done = sim_here("windows", file, "low", "--sort", "duration_s", "--columns", "duration_s,closed_by")
    assert done.returncode == 0, done.stderr
    found = list(csv.DictReader(io.StringIO(done.stdout)))
    lengths = [float(row["duration_s"]) for row in found]
    assert lengths == sorted(lengths) and all(row["closed_by"] for row in found)


def test_tracking_and_state_tables_are_written_as_csv_and_parquet(results, tmp_path):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    for product in (Track(step_s=600, frequency_mhz=[2250, 8400.5]), StateTable(step_s=3600, frame="moon_me")):
        (as_csv,) = product.write(results[0], tmp_path)
        (as_parquet,) = product.model_copy(update={"format": "parquet"}).write(results[0], tmp_path)
        flat, whole = pd.read_csv(as_csv), pd.read_parquet(as_parquet)
        assert list(flat) == list(whole) and len(flat) == len(whole) > 20
        for name in flat.select_dtypes("number"):
            assert np.allclose(flat[name], whole[name], rtol=1e-6, atol=1e-3, equal_nan=True), name
        assert str(whole["time_utc"].dt.tz) == "UTC"


def test_a_hop_between_spacecraft_has_ranges_and_no_azimuth(tmp_path):
    file = written(tmp_path, text(routes={"relay": ["low", "high"]}))
    (path,) = Track(step_s=1800, frequency_mhz=2250).write(sim.run(sim.load(file)), tmp_path)
    found = list(csv.DictReader(path.open()))
    assert found and all(not row["azimuth_deg"] and not row["elevation_rate_deg_s"] for row in found)
    assert all(float(row["range_km"]) > 0 and row["two_way_doppler_hz_at_2250_mhz"] for row in found)
    assert all(row["sun_separation_deg"] and row["moon_separation_deg"] for row in found)


def test_a_lander_is_sunlit_while_the_sun_is_up_there(tmp_path):
    lander = {"body": "moon", "latitude_deg": 0.0, "longitude_deg": 10.0}
    given = scenario_text(days=14, sites={**SITES, "lander": lander}, routes={"d": ["lander", "kourou"]})
    result = sim.run(sim.load(written(tmp_path, given)))
    found = Passes(columns=("sunlit_s", "duration_s")).listed(result)
    lit = sim.sunlit(result.ends["lander"]).windows(result.span) & result.hops["lander", "kourou"]
    assert sum(found["sunlit_s"]) == pytest.approx(lit.total_s, abs=10.0)  # light time
    assert 0.0 < lit.total_s < 0.9 * sum(found["duration_s"])


def test_the_columns_of_passes_are_written_as_they_are_documented(results):
    assert list(Passes(columns=COLUMNS).listed(results[0])) == list(COLUMNS)
    for name in Passes.every():
        shown = Passes(columns=(name,), mission_start="2019-01-01T00:00:00Z").listed(results[0])
        assert len(shown[name]) == len(table(results[0])["hop"])


NUMBERS = st.one_of(
    st.floats(width=64), st.floats(-1e6, 1e6), st.integers(-10**7, 10**7).map(lambda k: (k + 0.5) / 1e3),
    st.integers(-10**9, 10**9).map(lambda k: float(np.nextafter((k + 0.5) / 1e6, k))),
)  # fmt: skip
"""Any numbers, and those halfway between two that a table could show, or next to that."""


@given(st.lists(NUMBERS, min_size=1, max_size=40), st.integers(0, 9))
def test_numbers_of_tables_are_rounded_as_python_rounds_them(values, digits):
    expected = [x if np.isnan(x) or np.isinf(x) else round(x, digits) + 0.0 for x in values]
    found = rounded(np.array(values), digits).tolist()
    assert list(map(repr, found)) == list(map(repr, expected))  # to the last bit, and without negative zeros


def test_columns_and_rows_of_a_table_are_one_file():
    columns = {"name": ["=1+1", "two\nlines", None], "x": [1.5, None, -1e-7], "n": [1, 2, 3]}
    assert csv_of(columns) == csv_text(tuple(columns), zip(*columns.values(), strict=True))
    assert csv_of({"x": [], "y": []}) == "x,y\n"
