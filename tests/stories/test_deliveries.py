"""Data by when: Chang'e-4 by brute force, files and commands, budgets that say the rate, and bad input."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import ScenarioError, SimError
from sim.planning.link_contacts import network_table
from sim.simulation.data_volume import data_volume
from tests.support.command import sim_here
from tests.support.scenarios import lander_and_relay, written

ROOT = Path(__file__).parents[2]
DESKS = ["kourou", "new_norcia"]
LINKS = {
    "up": {"between": ["lander", "relay"], "rate_bit_s": 1e6},
    "down": {"between": ["relay", DESKS], "rate_bit_s": 2e5, "rate_source": "an example"},
}


def text(**changed):
    """A lander, a relay with a recorder and two stations, with data of a rate."""
    data = {"science": {"at": "lander", "to": DESKS, "rate_bit_s": 3e4, "bundle_bits": 1e6}}
    body = lander_and_relay(days=1, **{"links": LINKS, "data": data, "products": ["delivery"], **changed})
    return f"{body}[sites.lander.recorder]\n[spacecraft.relay.recorder]\nsize_bits = 5e8\nacknowledged = false\n"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    scenario = sim.load(written(tmp_path_factory.mktemp("small"), text()))
    return scenario, sim.run(scenario)


@pytest.fixture(scope="module")
def queqiao():
    scenario = sim.load(ROOT / "scenarios" / "queqiao-delivery.toml").model_copy(update={"days": 1.0})
    return sim.run(scenario)


@pytest.mark.parametrize("step_s", [1.0, pytest.param(0.1, marks=pytest.mark.long)])
def test_a_day_of_chang_e_4_is_that_of_short_steps(queqiao, step_s):
    """Levels and volumes in steps of a tenth of a second from windows alone, within 0.1 %."""
    found, span = sim.delivery(queqiao), queqiao.span
    t = span.start + step_s * (0.5 + np.arange(round(86_400 / step_s)))
    up = 0.21 + 0.0 * t  # Queqiao is 63,000 to 71,000 km from the lander
    stations = ("kashi", "jiamusi", "kourou")
    opened = np.array([queqiao.hops["queqiao", name].holds(t + 1.55) for name in stations])
    count = opened.sum(axis=0)
    awake = (sim.sun_elevation_deg(queqiao.ends["yutu2"])(t) > 5.0)  # far from an eclipse of the Earth
    made = {"lander": 200_000.0 * np.ones(len(t)), "rover": 100_000.0 * awake}
    come = [np.interp(t - up, t, made[name], left=0.0) for name in made]
    wait, sent, peak = [0.0, 0.0], np.zeros((2, 3)), 0.0
    rooms = np.where(opened, 1e6 * step_s / np.maximum(count, 1), 0.0).T.tolist()
    arriving = t + 1.55 < span.end
    for room, lander, rover, counts in zip(rooms, *(each.tolist() for each in come), arriving.tolist(), strict=True):
        wait[0] += step_s * lander
        wait[1] += step_s * rover
        for k in (0, 1):
            for place in (0, 1, 2):
                bits = min(room[place], wait[k])
                if bits:
                    room[place] -= bits
                    wait[k] -= bits
                    sent[k, place] += bits * counts
        peak = max(peak, wait[0] + wait[1])
    for k, (name, own) in enumerate(found.data.items()):
        assert own.flow.made_bits == pytest.approx(step_s * made[name].sum(), rel=1e-3)
        volumes = {way[-1]: bits for way, bits in own.flow.volumes([span])[0].items()}
        for place, station in enumerate(stations):
            assert volumes[station] == pytest.approx(sent[k, place], rel=1e-3), (name, station)
    assert found.levels["queqiao"].peak_bits == pytest.approx(peak, rel=1e-3)
    assert sum(sent[:, 2]) > 7e9 and 1e9 < peak < 4e9


def test_the_rover_makes_nothing_while_it_sleeps_and_data_wait_for_a_station(queqiao):
    found = sim.delivery(queqiao)
    rover, lander = found.data["rover"], found.data["lander"]
    assert len(rover.made) == 1 and 0.7 < rover.made.total_s / 86400.0 < 0.76
    assert rover.queued.arrival(queqiao.span.start + 3600.0) is None  # none made
    between = sim.tdb("2019-01-29T17:00:00Z")
    way = lander.way(between)
    assert way.route == ("change4", "queqiao", "jiamusi") and 5000.0 < way.delay_s < 7000.0
    assert lander.sure is None and any("errors of some contacts are unknown" in note for note in lander.notes)
    assert any("Zhang (2021)" in note for note in lander.notes)
    assert all(volume.low_bits is None for volume in lander.volumes)


def test_tables_pictures_and_the_tree_agree(small, tmp_path):
    scenario, result = small
    paths = {path.name: path for path in sim.write(scenario, result, tmp_path / "out")}
    made = sim.delivery(result)
    own = made.data["science"]
    rows = list(csv.DictReader(io.StringIO(paths["delivery.csv"].read_text())))
    assert len(rows) == 144  # what is made as the span ends is not asked
    some = 0
    for row in rows:
        t = sim.tdb(row["created_utc"])
        for column, profile in (("arrival_utc", own.earliest), ("queued_arrival_utc", own.queued)):
            arrival = profile.arrival(min(max(t, result.span.start), result.span.end))
            assert (row[column] == "") == (arrival is None)
            if arrival is not None:
                assert sim.tdb(row[column]) == pytest.approx(arrival, abs=2e-3)
                some += 1
        assert row["sure_arrival_utc"] == ""  # the relay's orbit is designed
    assert some > 150
    told = json.loads(paths["delivery.json"].read_text())
    (about,) = told["data"]
    volumes = list(csv.DictReader(io.StringIO(paths["delivery-volumes.csv"].read_text())))
    assert sum(float(row["bits"]) for row in volumes) == pytest.approx(about["arrived_bits"], abs=1.0)
    assert {row["route"].rpartition("->")[2] for row in volumes} <= set(DESKS)
    there = about["arrived_bits"] + sum(about["lost_bits"].values()) + sum(about["waiting_bits"].values())
    assert there == pytest.approx(about["made_bits"], rel=1e-3)
    peaks = {each["end"]: each["peak_bits"] for each in told["recorders"]}
    levels = list(csv.DictReader(io.StringIO(paths["delivery-buffers.csv"].read_text())))
    assert max(float(row["bits"]) for row in levels if row["end"] == "relay") == peaks["relay"] <= 5e8 * (1 + 1e-9)
    assert about["capacity"][0]["bits"] >= 0.999 * about["arrived_bits"]
    assert paths["delivery.png"].read_bytes().startswith(b"\x89PNG")


def test_a_full_recorder_loses_and_a_larger_one_does_not(small, tmp_path):
    loses = sim.delivery(small[1])
    fast = text(data={"science": {"at": "lander", "to": DESKS, "rate_bit_s": 2e5}})
    scenario = sim.load(written(tmp_path, fast))
    full = sim.delivery(sim.run(scenario))
    assert full.levels["relay"].lost_bits > 0.0 and full.levels["relay"].peak_bits == pytest.approx(5e8)
    lost = full.data["science"].flow.lost_bits
    assert lost["relay"] == pytest.approx(full.levels["relay"].lost_bits) and lost["lander"] == 0.0
    assert loses.limits_bits == {"lander": None, "relay": 5e8}


def test_a_relay_without_a_recorder_is_a_bent_pipe(tmp_path):
    scenario = sim.load(written(tmp_path, text().partition("[spacecraft.relay.recorder]")[0]))
    result = sim.run(scenario)
    own = sim.delivery(result).data["science"]
    assert any("relay has no recorder: it repeats at once" in note for note in own.notes)
    assert all(step.contact.through == ("relay",) for step in own.way(result.routes["home"].bounds[0, 0]).steps)
    assert own.flow.arrived_bits > 0.0 and set(own.flow.waiting_bits) == {"lander"}


def test_what_has_known_errors_is_sure_by_some_time_and_has_bounds(tmp_path):
    body = text() + "[spacecraft.relay.sigma]\nradial_km = 0.1\nalong_km = 1\nacross_km = 0.1\n"
    own = sim.delivery(sim.run(sim.load(written(tmp_path, body)))).data["science"]
    later = 0
    for t in np.linspace(own.earliest.span.start, own.earliest.span.end, 50):
        first, sure = own.earliest.arrival(t), own.sure.arrival(t)
        assert sure is None or sure >= first - 1e-6
        later += sure is not None and sure > first + 0.1
    assert later > 3
    assert all(volume.low_bits <= volume.bits <= volume.high_bits for volume in own.volumes)
    assert any(volume.low_bits < volume.high_bits for volume in own.volumes)


def test_the_command_prints_them(small, tmp_path):
    path = written(tmp_path, text())
    said = sim_here("delivery", path)
    assert said.returncode == 0, said.stderr
    assert "science: delay median" in said.stdout and "recorder of relay: at most" in said.stdout
    at = sim_here("delivery", path, "science", "--at", "2026-03-01T06:00:00Z").stdout
    assert at.startswith("science: arrives 2026-03-01T") and "by lander->relay->" in at and "unknown" in at
    table = sim_here("delivery", path, "--format", "csv", "--step-s", "7200").stdout.splitlines()
    assert table[0].startswith("data,created_utc,arrival_utc,delay_s") and len(table) == 13
    assert json.loads(sim_here("delivery", path, "--format", "json").stdout)["confidence"] == 0.95
    assert sim_here("delivery", path, "--format", "volumes").stdout.startswith("data,start_utc")
    for words, told in (
        (("--format", "xml"), "expected text, csv, volumes or json"),
        (("--confidence", "0.2"), "expected a probability above 0.5"),
        (("sciense",), "no data are called 'sciense'. Did you mean 'science'?"),
        (("--at", "2027-01-01T00:00:00Z"), "is outside the span"),
    ):
        refused = sim_here("delivery", path, *words)
        assert refused.returncode == 1 and told in refused.stderr


def test_a_link_budget_says_the_rate_where_a_link_has_a_signal():
    scenario = sim.load(Path(__file__).parent / "data" / "link-budget.toml")
    craft = scenario.spacecraft["low"].model_copy(update={"recorder": {}})
    data = {"pictures": {"at": "low", "to": ["delft"], "rate_bit_s": 1e6}}
    asked = scenario.model_copy(update={"spacecraft": {**scenario.spacecraft, "low": craft}, "data": data})
    loose = {"down": asked.links["down"].model_copy(update={"limits": ()})}
    result = sim.run(asked.model_copy(update={"links": loose}))
    contacts = network_table(result).contacts
    expected = sum(one.adaptive_bit for one in data_volume(asked.unchecked(links=loose), "down"))
    assert len({each.rate_bit_s for each in contacts}) > 1
    assert sum(each.volume_bits for each in contacts) == pytest.approx(expected, rel=1e-6)


def test_a_scenario_without_data_costs_nothing_more():
    code = (
        "import sys, sim; r = sim.run(sim.load('scenarios/first-look.toml'))\n"
        "names = ('sim.planning.deliveries', 'sim.trajectories.made_data', 'sim.scenario.data_network', "
        "'sim.planning.flow', 'sim.trajectories.radios.channel', 'sim.trajectories.radios.signal')\n"
        "print([name for name in names if name in sys.modules], dict(r.network.rates))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "['sim.scenario.data_network'] {}"


BAD = {
    "a loop": (
        {"routes": {"home": ["lander", "relay", DESKS], "back": ["lander", "kourou", "relay", "new_norcia"]},
         "links": {**LINKS, "side": {"between": ["lander", "kourou"], "rate_bit_s": 1.0},
                   "over": {"between": ["kourou", "relay"], "rate_bit_s": 1.0}},
         "data": {"science": {"at": "lander", "to": ["new_norcia"]},
                  "more": {"at": "lander", "to": ["new_norcia"], "routes": ["round"]}}},
        ["no route is called 'round'. There are home, back"],
    ),
    "buffers": ({}, ["spacecraft.relay.recorder.size_bits  expected a number above 0"]),
    "no rate": (
        {"links": {"up": LINKS["up"]}},
        ["no rate is known from relay to kourou. Add [links.NAME]", "no rate is known from relay to new_norcia"],
    ),
    "nowhere": (
        {"data": {"science": {"at": "landr", "to": ["kourou"]}}},
        ["no site or spacecraft is called 'landr'. Did you mean 'lander'?"],
    ),
    "no route": (
        {"data": {"science": {"at": "kourou", "to": ["lander", "new_norcia"]}}},
        ["routes lead only the other way from kourou to lander. Add one", "no route leads from kourou to new_norcia",
         "kourou has no recorder, so that it cannot keep data"],
    ),
    "two rates": (
        {"links": {**LINKS, "again": {"between": ["relay", "kourou"], "rate_bit_s": 5.0}}},
        ["link 'down' gives a rate from relay to kourou already"],
    ),
    "an antenna of nobody": (
        {"links": {"up": {**LINKS["up"], "antenna": "x"}, "down": LINKS["down"],
                   "far": {"between": ["kourou", "new_norcia"], "rate_bit_s": 1.0, "antenna": "x"}}},
        ["the links of antenna 'x' have no end in common"],
    ),
    "limits of two ends": (
        {"data": {"science": {"at": "lander", "to": DESKS, "limits": [{"kind": "range", "max_km": 5.0}]}}},
        ["limit kind 'range' is about two ends, and data are made at one"],
    ),
    "a link of nothing": ({"links": {**LINKS, "empty": {"between": ["lander", "kourou"]}}}, ["or rate_bit_s. Add one"]),
    "itself": ({"data": {"science": {"at": "lander", "to": ["lander"]}}}, ["lander makes these data"]),
    "no data": ({"data": {}}, ["the scenario makes no data. Add [data.NAME]"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_told_together_with_line_and_cure(name, tmp_path):
    changed, told = BAD[name]
    body = text(**changed)
    if name == "buffers":
        body = body.replace("size_bits = 5e8", "size_bits = -1")
    with pytest.raises(ScenarioError) as error:
        sim.load(written(tmp_path, body))
    for words in told:
        assert words in str(error.value)
    assert all(each.line for each in error.value.problems)


def test_data_that_could_go_in_a_circle_are_refused(tmp_path):
    routes = {"one": ["lander", "relay", "kourou", "new_norcia"], "two": ["lander", "kourou", "relay", "new_norcia"]}
    pairs = [("lander", "relay"), ("relay", "kourou"), ("kourou", "new_norcia"), ("lander", "kourou"),
             ("kourou", "relay"), ("relay", "new_norcia")]  # fmt: skip
    links = {f"l{i}": {"between": list(pair), "rate_bit_s": 1.0} for i, pair in enumerate(pairs)}
    data = {"science": {"at": "lander", "to": ["new_norcia"]}}
    with pytest.raises(ScenarioError, match="a loop: these data could go in a circle") as error:
        sim.load(written(tmp_path, text(routes=routes, links=links, data=data)))
    assert "Name routes that lead one way only" in str(error.value)


def test_data_are_asked_for_by_name(small):
    with pytest.raises(SimError, match=r"no data are called 'x'\. There is science"):
        sim.delivery(small[1], ["x"])
    with pytest.raises(SimError, match=r"expected a probability above 0\.5"):
        sim.delivery(small[1], confidence=0.4)


@pytest.mark.long
def test_a_month_at_the_pole_is_right_at_every_time_that_is_tried():
    """Profiles against the earliest arrival found one by one; a second relay is never later than one alone."""
    found = sim.delivery(sim.run(sim.load(ROOT / "scenarios" / "polar-relay.toml")))
    one, two = found.data["one-relay"], found.data["two-relays"]
    assert one.figures.worst_delivered_s > 3 * two.figures.worst_delivered_s > 1800.0
    t = found.span.start + 60.0 * np.arange(0, 43_200)
    for each in (one, two):
        for at in t[7::431].tolist():
            way = each.way(at).arrival
            assert each.earliest.arrival(at) == (None if way is None else pytest.approx(way, abs=1e-5))
    for at in t[::97].tolist():
        late, soon = one.earliest.arrival(at), two.earliest.arrival(at)
        assert late is None or soon <= late + 1e-6
