"""Calendars of passes: what other readers find in them, and how a later file revises an earlier one."""

import csv
import datetime as dt
from dataclasses import replace

import icalendar
import pytest
import vobject

import sim
from sim.core.errors import DataError
from sim.products.calendar_events import CalendarEvent, calendar_bytes, identified, read_events, revised, whole_second
from sim.products.icalendar import ICalendar
from sim.products.passes import Passes
from tests.support.scenarios import KOUROU, NEW_NORCIA, kepler, scenario_text, written

SITES = {"kourou": {**KOUROU, "time_zone": "America/Cayenne"}, "new_norcia": NEW_NORCIA}
HIGH = {"semi_major_axis": 9000, "eccentricity": 0.1, "inclination": 60}
START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def text(orbit=HIGH, **more):
    given = {"days": 2, "sites": SITES, "orbits": {"high": kepler(**orbit)}, "passes": {"setup_s": 120},
             "routes": {"high": ["high", ["kourou", "new_norcia"]], "up": ["kourou", "high"]},
             "products": ["icalendar"]}  # fmt: skip
    return scenario_text(**{**given, **more})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("calendar")
    result = sim.run(sim.load(written(folder, text())))
    (file,) = ICalendar().write(result, folder)
    (table,) = Passes().write(result, folder)
    with table.open() as rows:
        return folder, file, result, list(csv.DictReader(rows))


def _of_csv(row):
    times = (dt.datetime.fromisoformat(row[name]) for name in ("aos_utc", "los_utc"))
    return (row["hop"], *(dt.datetime.fromtimestamp(round(t.timestamp()), dt.UTC) for t in times))


def test_two_readers_find_the_passes_of_the_table(made):
    _, file, _, rows = made
    first = icalendar.Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    found = [(str(e["X-FARSIDE-HOP"]), e["dtstart"].dt, e["dtend"].dt) for e in first]
    assert len(rows) > 4 and sorted(found) == sorted(map(_of_csv, rows))
    other = vobject.readOne(file.read_text()).vevent_list
    theirs = [(e.x_farside_hop.value, e.dtstart.value, e.dtend.value) for e in other]
    assert sorted(theirs) == sorted(found)
    assert all(e.valarm.trigger.value == dt.timedelta(seconds=-120) for e in other)
    assert len({e.uid.value for e in other}) == len(rows)
    assert all(("America/Cayenne" in e.description.value) == (e.location.value == "kourou") for e in other)
    assert max(map(len, file.read_bytes().split(b"\r\n"))) <= 75


def test_the_same_result_makes_the_same_file_and_an_earlier_equal_one_changes_nothing(made):
    folder, file, result, _ = made
    (folder / "again").mkdir(exist_ok=True)
    for asked in (ICalendar(), ICalendar(earlier=str(file))):
        (again,) = asked.write(result, folder / "again")
        assert again.read_bytes() == file.read_bytes()


def test_a_moved_orbit_keeps_identifiers_and_counts_revisions(made, tmp_path):
    _, file, _, _ = made
    moved = text({**HIGH, "semi_major_axis": 9100}, products=[{"kind": "icalendar", "earlier": "before.ics"}])
    (tmp_path / "before.ics").write_bytes(file.read_bytes())
    scenario = sim.load(written(tmp_path, moved))
    later = sim.run(scenario)
    assert "before.ics" in str(later.provenance)
    (path,) = scenario.products[0].write(later, tmp_path)
    before, after = ({e.uid: e for e in read_events(each)} for each in (file, path))
    assert before.keys() <= after.keys()
    both = [(before[uid], after[uid]) for uid in before]
    changed = [(a, b) for a, b in both if (a.start, a.end) != (b.start, b.end)]
    assert changed and all(b.sequence == 1 and b.revised > a.revised for a, b in changed)
    assert all(a == b for a, b in both if a.content == b.content)


def _event(hour, hop="a->b", minutes=10, **more):
    start = START + dt.timedelta(hours=hour)
    return CalendarEvent(hop, start, start + dt.timedelta(minutes=minutes), f"pass, {hop}; \\ä", **more)


def test_an_earlier_calendar_is_revised(tmp_path):
    span = (START, START + dt.timedelta(days=1))
    first = [*(_event(h, alarm_s=60) for h in (1, 3, 5, 30)), _event(7, "c->d")]
    before = revised(identified(first), [], START, span, {})
    file = tmp_path / "x.ics"
    file.write_bytes(calendar_bytes(before, "title"))
    assert read_events(file) == before
    late = START + dt.timedelta(hours=1)
    lost = [(START + dt.timedelta(hours=5), START + dt.timedelta(hours=6))]
    now = identified([_event(1.05, alarm_s=60), _event(9)])
    after = {e.uid: e for e in revised(now, before, late, span, {"a->b": lost})}
    moved, gone, vague, outside, other = (after[e.uid] for e in (before[0], before[1], before[2], before[4], before[3]))
    assert (moved.start, moved.sequence, moved.status, moved.revised) == (now[0].start, 1, "", late)
    assert (gone.status, gone.sequence, gone.alarm_s) == ("CANCELLED", 1, 0)
    assert (vague.status, vague.sequence) == ("TENTATIVE", 1)  # nobody knows whether it still exists
    assert outside == before[4] and other == before[3]  # not searched
    assert len(after) == 6
    again = revised(now, list(after.values()), late, span, {"a->b": lost})
    assert again == sorted(after.values(), key=lambda e: (e.start, e.hop, e.uid))


def test_an_identifier_depends_on_no_other_event_and_not_on_some_seconds():
    alone, beside = identified([_event(5)]), identified([_event(h) for h in (1, 3, 5)])
    assert alone[0].uid == beside[2].uid
    assert identified([replace(_event(5), end=_event(5).end + dt.timedelta(seconds=40))])[0].uid == alone[0].uid
    close = identified([_event(5, minutes=2), _event(5.05, minutes=2), _event(5, "b->a")])
    assert len({e.uid for e in close}) == 3


def test_a_leap_second_is_the_second_before_it():
    assert whole_second(sim.tdb("2016-12-31T23:59:60.2Z")).isoformat() == "2016-12-31T23:59:59+00:00"


LOCAL = "BEGIN:VEVENT\nUID:a@farside-sim\nX-FARSIDE-HOP:a->b\nDTSTART:20260301T000000\nEND:VEVENT\n"
BAD = ["", "no calendar", "BEGIN:VCALENDAR\r\n", f"BEGIN:VCALENDAR\n{LOCAL}END:VCALENDAR\n"]


@pytest.mark.parametrize("content", [*(each.encode() for each in BAD), b"\xff\xfe"])
def test_what_is_no_calendar_is_refused(tmp_path, content):
    (tmp_path / "x.ics").write_bytes(content)
    with pytest.raises(DataError, match=r"x\.ics is not a calendar that can be revised"):
        read_events(tmp_path / "x.ics")
