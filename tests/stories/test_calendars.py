"""Stations with calendars, and limits of links: what a user writes, reads and is refused."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import ScenarioError
from sim.scenario.scenario import digest
from sim.search.windows import Windows
from sim.visibility.sight import Sight
from tests.support.command import sim_here
from tests.support.scenarios import FAR_SIDE, KOUROU, NEW_NORCIA, kepler, lander_and_relay, scenario_text, written

DATA = Path(__file__).with_name("data")
FILES = ("calendars.toml", "maintenance.ics", "bookings.csv")


@pytest.fixture(scope="module")
def result():
    scenario = sim.load(DATA / "calendars.toml")
    return scenario, sim.run(scenario)


def _closed(*pairs, span):
    return Windows.of([tuple(map(sim.tdb, pair)) for pair in pairs], span)


def test_every_calendar_closes_its_station_and_nothing_else(result):
    """The same sites without any limits, cut with the calendars by hand."""
    scenario, found = result
    plain = {name: site.model_copy(update={"limits": ()}) for name, site in scenario.sites.items()}
    span = found.hops["lander", "malargue"].span
    masks = {"cebreros": 10.0, "malargue": 10.0, "new_norcia": 5.0}
    closed = {
        "malargue": _closed(
            ("2026-03-28T00:00:00Z", "2026-03-28T02:00:00Z"), ("2026-03-30T00:00:00Z", "2026-03-30T02:30:00Z"),
            ("2026-04-01T23:00:00Z", "2026-04-02T00:30:00Z"), ("2026-03-30T22:00:00Z", "2026-03-31T02:00:00Z"),
            span=span,
        ),
        "new_norcia": _closed(("2026-03-30T12:00:00Z", "2026-03-30T15:00:00Z"), span=span),
        "cebreros": ~_closed(
            ("2026-03-27T07:00:00Z", "2026-03-27T22:30:00Z"), ("2026-03-28T18:00:00Z", "2026-03-29T01:00:00Z"),
            ("2026-03-29T17:00:00Z", "2026-03-30T00:00:00Z"),  # summer time: 19:00 to 2:00
            ("2026-03-30T06:00:00Z", "2026-03-30T21:30:00Z"), ("2026-03-31T06:00:00Z", "2026-03-31T21:30:00Z"),
            ("2026-04-01T06:00:00Z", "2026-04-01T21:30:00Z"), ("2026-04-02T06:00:00Z", "2026-04-02T21:30:00Z"),
            span=span,
        ),
    }  # fmt: skip
    for name, mask in masks.items():
        station = plain[name].model_copy(update={"horizon_deg": mask})
        expected = sim.hop(plain["lander"], station).windows(span) - closed[name]
        assert found.hops["lander", name].matches(expected, 1e-5), name


def test_edges_name_the_calendar_with_its_reason_and_clocks_have_no_uncertainty(result):
    _, found = result
    of = ("lander", "malargue")
    edges, known = found.edges(of), found.uncertainty(of)
    clocks = [number for number, (opened, _) in enumerate(edges) if opened.startswith(("downtime", "booking"))]
    assert len(clocks) == 4
    for number in clocks:
        assert known[number].start_sigma_s == 0.0 and known[number].start_linear
        assert known[number].end_sigma_s > 0.0 and known[number].probability == 1.0
    assert "downtime of malargue: software update" in dict(edges)
    assert "booking of malargue: radio science" in dict(edges)
    assert found.near_misses(("lander", "cebreros")) == ()


def test_why_names_what_is_closed_and_until_when():
    done = sim_here("why", DATA / "calendars.toml", "down", "2026-03-30T23:00:00Z")
    assert "✗ malargue is closed: booking until 2026-03-31 02:00 UTC: another mission" in done.stdout
    assert "opens 2026-03-31 08:00 (06:00 UTC)" in done.stdout
    assert "✓ no downtime of malargue; next downtime from 2026-04-01 23:00 UTC" in done.stdout


def test_overlaps_and_unknown_stations_are_remarks(result):
    scenario, _ = result
    told = "\n".join(scenario.remarks)
    assert "line 5: no site or spacecraft is called 'new_norcea'. Did you mean 'new_norcia'?" in told
    assert "two bookings overlap: 2026-03-30 22:00 to 2026-03-31 01:00 UTC (line 2) and" in told
    assert "1 of 3 bookings is outside the span" in told


def test_a_result_records_calendars_and_zones_and_verifies_until_one_is_edited(tmp_path):
    for name in FILES:
        shutil.copy(DATA / name, tmp_path)
    scenario = sim.load(tmp_path / "calendars.toml")
    sim.write(scenario, sim.run(scenario), tmp_path / "out")
    recorded = json.loads((tmp_path / "out" / "run.json").read_text())["data"]
    assert {"maintenance.ics", "bookings.csv", "Madrid", "Mendoza"} <= set(recorded)
    assert sim_here("verify", tmp_path / "out").returncode == 0
    rows = list(csv.DictReader((tmp_path / "out" / "contact-plan.csv").open()))
    assert any(row["closed_by"] == "blackout of new_norcia: interference" for row in rows)
    text = (tmp_path / "bookings.csv").read_text().replace("2026-03-31T02:00:00Z", "2026-03-31T03:00:00Z")
    (tmp_path / "bookings.csv").write_text(text)
    done = sim_here("verify", tmp_path / "out", "--scenario", tmp_path / "calendars.toml")
    assert done.returncode != 0 and "bookings.csv" in done.stdout + done.stderr


LINK = {"between": ["relay", ["kourou", "new_norcia"]], "at": ["kourou", "new_norcia"],
        "limits": [{"kind": "elevation", "min_deg": 20}]}  # fmt: skip


def test_a_limit_of_a_link_is_that_of_its_hops_alone(tmp_path):
    """The range limit of the lander closes its link to the relay, not its line to the Earth."""
    near = {"between": ["relay", "lander"], "limits": [{"kind": "range", "max_km": 9000}]}
    routes = {"up": ["lander", "relay"], "down": ["relay", "kourou"], "sun": ["sun", "lander"]}
    plain = sim.load(written(tmp_path, lander_and_relay(routes=routes)))
    with_ = sim.load(written(tmp_path, lander_and_relay(routes=routes, links={"x_band": LINK, "near": near}), "l.toml"))
    before, after = sim.run(plain), sim.run(with_)
    span = before.hops["lander", "relay"].span
    reach = (Sight(plain["lander"], plain["relay"]).range_km() < 9000.0).windows(span)  # as the relay receives
    high = (sim.elevation_deg(plain["kourou"], plain["relay"]) > 20.0).windows(span)
    assert after.hops["lander", "relay"].matches(before.hops["lander", "relay"] & reach, 1e-4)
    assert after.hops["relay", "kourou"].matches(before.hops["relay", "kourou"] & high, 1e-4)
    assert after.hops["sun", "lander"] == before.hops["sun", "lander"]
    assert 0 < after.routes["up"].total_s < before.routes["up"].total_s
    assert digest(plain) != digest(with_) and '"links"' not in plain.model_dump_json(exclude_unset=True)


def test_links_and_calendars_can_be_swept(tmp_path):
    text = lander_and_relay(links={"x_band": LINK}, days=1)
    sweep = '\n[sweep.set]\n"links.x_band.limits[0].min_deg" = [10, 40]\n'
    swept = sim.sweep(written(tmp_path, text + sweep), folder=tmp_path / "out")
    share = swept.routes().groupby("links.x_band.limits[0].min_deg").share.mean()
    assert swept.failed == 0 and share[40] < share[10]


def test_a_blackout_of_one_pair_is_of_no_other():
    hour = {"start": "2026-03-01T06:00:00Z", "end": "2026-03-01T18:00:00Z"}
    span = sim.Span("2026-03-01T00:00:00Z", days=1)
    limit = {"kind": "blackout", "intervals": [hour], "other": ["a"]}
    site = sim.Site(name="kourou", **KOUROU, limits=[limit])
    plain = sim.Site(name="kourou", **KOUROU)
    a, b = (sim.Site(name=name, body="moon", latitude_deg=0, longitude_deg=0) for name in "ab")
    assert sim.hop(a, site).windows(span) == sim.hop(a, plain).windows(span) - _closed(tuple(hour.values()), span=span)
    assert sim.hop(b, site).windows(span) == sim.hop(b, plain).windows(span)


def _problems(tmp_path, limit, **more):
    sites = {"kourou": {**KOUROU, "limits": [limit] if limit else []}, "lander": FAR_SIDE, "new_norcia": NEW_NORCIA}
    text = scenario_text(sites=sites, routes={"a": ["sun", "kourou"]}, **more)
    with pytest.raises(ScenarioError) as error:
        sim.load(written(tmp_path, text))
    assert all(each.line for each in error.value.problems)
    return str(error.value)


HOURS = {"kind": "operating_hours", "hours": ["Mon-Fri 08:00-17:00"], "time_zone": "America/Cayenne"}


@pytest.mark.parametrize("limit, told", [
    ({**HOURS, "hours": []}, "expected a list of texts (1 to 100), got an empty list"),
    ({**HOURS, "hours": ["Mon 09:00-09:00"]}, "are empty. Write 00:00-24:00 for a whole day"),
    ({**HOURS, "time_zone": "America/Cayene"},
     "no time zone is called 'America/Cayene'. Did you mean 'America/Cayenne'?"),
    ({"kind": "operating_hours", "hours": ["08:00-17:00"]}, "missing key 'time_zone'"),
    ({"kind": "downtime"}, "give intervals = [{start = …"),
    ({"kind": "downtime", "intervals": [{"start": "2019-01-03T02:00:00Z", "end": "2019-01-03T01:00:00Z"}]},
     "expected an end after the start, 2019-01-03T02:00:00Z, got 2019-01-03T01:00:00Z"),
    ({"kind": "downtime", "file": "none.csv"}, "there is no file 'none.csv'"),
    ({"kind": "booked"}, "needs a file of bookings"),
    ({"kind": "elevation", "min_deg": 20, "max_deg": 10}, "min_deg must be below max_deg"),
])  # fmt: skip
def test_bad_calendars_are_refused_with_line_and_cure(tmp_path, limit, told):
    assert told in _problems(tmp_path, limit)


EVENT = "BEGIN:VEVENT\nDTSTART:{}\nDTEND:20190103T100000Z\n{}END:VEVENT\n"


@pytest.mark.parametrize("name, text, told", [
    ("a.csv", "start,end\n2019-01-03T02:00:00,2019-01-03T03:00:00\n",
     "a.csv line 2: the time '2019-01-03T02:00:00' has no zone. Write it with Z, or give time_zone"),
    ("a.csv", "start,end\n2019-01-03T02:00:00Z,tomorrow\n", "a.csv line 2: expected a time like"),
    ("a.csv", "start,end\n\n2019-01-03T02:00:00Z,2019-01-03T01:00:00Z\n", "a.csv line 3: expected an end after"),
    ("a.csv", "from,to\n1,2\n", "expected the columns start and end, got from, to"),
    ("a.ics", EVENT.format("20190103T080000", ""), "a.ics line 2: the time '20190103T080000' has no zone"),
    ("a.ics", EVENT.format("20190103T080000Z", "RRULE:FREQ=DAILY\n"),
     "a.ics line 4: events that repeat (RRULE) are not read. List each time as an event of its own"),
    ("a.ics", EVENT.format("8:00", ""), "a.ics line 2: expected a time like 20260301T080000Z"),
    ("a.ics", EVENT.replace(":{}", ";TZID=Europe/Madird:20190103T080000").format(""), "Did you mean 'Europe/Madrid'?"),
    ("a.ics", "BEGIN:VEVENT\nDTSTART:20190103T080000Z\nEND:VEVENT\n", "neither DTEND nor DURATION"),
    ("a.ics", "BEGIN:VEVENT\nDTSTART:20190103T080000Z\n", "the file ends inside of VEVENT"),
])  # fmt: skip
def test_bad_files_of_closures_are_refused_with_their_line(tmp_path, name, text, told):
    (tmp_path / name).write_text(text)
    assert told in _problems(tmp_path, {"kind": "downtime", "file": name})


def test_a_zone_and_dates_of_a_calendar(tmp_path):
    (tmp_path / "days.ics").write_text("BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20190103\r\nEND:VEVENT\r\n")
    sites = {"kourou": {**KOUROU, "limits": [{"kind": "downtime", "file": "days.ics", "time_zone": "America/Cayenne"}]}}
    scenario = sim.load(written(tmp_path, scenario_text(sites=sites, routes={"a": ["sun", "kourou"]}, days=3)))
    leaf = next(each for each in sim.hop(sim.SUN, scenario["kourou"]).leaves() if "downtime" in each.name)
    expected = ~_closed(("2019-01-03T03:00:00Z", "2019-01-04T03:00:00Z"), span=scenario.span)
    assert np.allclose(leaf.windows(scenario.span).bounds, expected.bounds, atol=1e-6)


@pytest.mark.parametrize("link, told", [
    ({**LINK, "between": ["relay", ["kourou", "new_norcea"]], "at": "kourou"},
     "no site or spacecraft is called 'new_norcea'. Did you mean 'new_norcia'?"),
    ({**LINK, "at": "lander"}, "expected an end of the link that is a site or spacecraft, got 'lander'"),
    ({key: LINK[key] for key in ("between", "limits")},
     "a limit of kind 'elevation' is of one end. Say which: at = \"kourou\""),
    ({**LINK, "at": "relay"}, "limit kind 'elevation' is for sites only, and 'relay' is a spacecraft"),
    ({**LINK, "between": ["kourou", ["kourou", "relay"]]},
     "expected two different ends, and 'kourou' is on both sides"),
    ({"between": ["sun", "earth"], "limits": [{"kind": "range", "max_km": 1}]}, "a body has no limits"),
    ({**LINK, "limits": []}, "expected limits, a signal or rate_bit_s. Add one, or leave the link out"),
])  # fmt: skip
def test_bad_links_are_refused_with_line_and_cure(tmp_path, link, told):
    orbits = {"relay": kepler(semi_major_axis=9000, eccentricity=0.1, inclination=60)}
    assert told in _problems(tmp_path, None, orbits=orbits, links={"x_band": link})


def test_an_elevation_of_a_spacecraft_is_refused(tmp_path):
    orbit = "".join(f'{k} = {json.dumps(v) if k != "epoch" else v}\n' for k, v in kepler(
        semi_major_axis=9000, eccentricity=0.1, inclination=60).items())  # fmt: skip
    text = scenario_text(sites={"kourou": KOUROU}, routes={"a": ["x", "kourou"]})
    more = f'\n[spacecraft.x]\nlimits = [{{ kind = "elevation", min_deg = 5 }}]\n[spacecraft.x.orbit]\n{orbit}'
    with pytest.raises(ScenarioError, match="limit kind 'elevation' is for sites only"):
        sim.load(written(tmp_path, text + more))
