"""What is wrong with the track of a site that moves is told with line or point, and what to do."""

import pytest

HEAD = """start = 2019-01-03T00:00:00Z
days = 1
routes.down = ["moon", "ship"]

[sites.ship]
"""
GOOD = HEAD + """horizon_deg = 5
waypoints = [
  {time = 2019-01-03T00:00:00Z, latitude_deg = 10, longitude_deg = 0},
  {time = 2019-01-03T12:00:00Z, latitude_deg = 11, longitude_deg = 1, height_m = 20},
  {time = 2019-01-04T00:00:00Z, latitude_deg = 12, longitude_deg = 2},
]
"""
FROM_FILE = HEAD + 'track_file = "way.csv"\n'
ROWS = """time,latitude_deg,longitude_deg
2019-01-03T00:00:00Z,10,0
2019-01-03T12:00:00Z,11,1
2019-01-04T00:00:00Z,12,2
"""
GPX = '<gpx><trk><trkseg>{}</trkseg></trk></gpx>'
POINT = '<trkpt lat="{}" lon="0"><time>2019-01-03T{:02}:00:00Z</time></trkpt>'


def test_a_good_track_has_no_problems(desk):
    assert desk.check(GOOD).code == 0
    (desk.folder / "way.csv").write_text(ROWS)
    assert desk.check(FROM_FILE).code == 0


@pytest.mark.parametrize(("old", "new", "words"), [
    ("2019-01-03T12", "2019-01-02T12", ("line 9", "waypoints[1]", "not later than the one before", "in order")),
    ("2019-01-03T12:00:00Z", "2019-01-03T00:00:00Z", ("line 9", "not later than the one before")),
    ("latitude_deg = 11", "latitude_deg = 91", ("line 9", "a number between -90 and 90, got 91")),
    ("longitude_deg = 1,", "longitude_deg = 361,", ("line 9", "between -180 and 360, got 361")),
    ("height_m = 20", "height_m = 2e6", ("line 9", "between -12,000 and 100,000")),
    ("latitude_deg = 11, longitude_deg = 1,", "latitude_deg = -10, longitude_deg = 180,",
     ("line 9", "opposite to the one before", "another between the two")),
    ("2019-01-03T12:00:00Z", "2019-01-03T00:00:01Z", ("line 9", "is reached at 156 km/s", "swapped")),
    ("longitude_deg = 0}", "longitude_deg = 0}, {time = 2019-01-03T01:00:00Z, latitude_deg = 10, longitude_deg = 0, "
     "gap = true}, {time = 2019-01-03T02:00:00Z, latitude_deg = 10, longitude_deg = 0, gap = true}",
     ("stands alone between gaps", "Give another")),
    ("horizon_deg = 5", "latitude_deg = 5", ("line 5", "latitude_deg is that of a site that does not move", "Remove")),
    ("horizon_deg = 5", "horizon_deg = [[0, 5], [90, 6]]", ("line 6", "a number between -90 and 90")),
    ("horizon_deg = 5", 'horizon_file = "x"', ("line 6", "there is no file 'x'")),
    ("horizon_deg = 5", "speed_km_h = 5", ("line 6", "unknown key")),
    ("horizon_deg = 5", 'track_file = "way.csv"', ("there is no file 'way.csv'",)),
    ("2019-01-03T12:00:00Z", '"noon"', ("line 9", "expected a time like")),
    ("latitude_deg = 11, ", "", ("line 9", "missing key 'latitude_deg'")),
])  # fmt: skip
def test_waypoints_that_are_wrong_are_told_with_their_line(desk, old, new, words):
    assert old in GOOD
    desk.check(GOOD.replace(old, new, 1)).refuses(*words)


def test_one_waypoint_is_no_way(desk):
    text = HEAD + "waypoints = [{time = 2019-01-03T00:00:00Z, latitude_deg = 10, longitude_deg = 0}]\n"
    desk.check(text).refuses("line 6", "a list of tables (2 to 20,000)")
    desk.check(HEAD + "waypoints = 5\n").refuses("line 6", "a list of tables", "got 5")


def test_waypoints_and_a_file_are_one_too_many(desk):
    (desk.folder / "way.csv").write_text(ROWS)
    desk.check(GOOD + 'track_file = "way.csv"\n').refuses("line 5", "give either waypoints or track_file")


def test_a_way_on_another_day_is_told_and_nothing_is_open(desk):
    path = desk.write(GOOD.replace("start = 2019-01-03", "start = 2019-02-03"))
    ended = desk.sim("windows", path, "down")
    assert ended.code == 0 and len(ended.out.splitlines()) == 1
    assert "note: sites.ship: its track, from 2019-01-03T00:00:00Z to" in ended.err
    assert "covers nothing of the span" in ended.err


@pytest.mark.parametrize(("old", "new", "words"), [
    ("time,", "when,", ("line 1", "one column time (UTC), utc or tdb, got when,latitude_deg")),
    ("longitude_deg\n", "lon\n", ("line 1", "unknown column 'lon'", "longitude_deg")),
    ("latitude_deg,", "y,", ("line 1", "expected a column latitude_deg")),
    ("11,1", "91,1", ("line 3", "latitude_deg to be a number from -90 to 90, got 91")),
    ("11,1", "eleven,1", ("line 3", "latitude_deg to be a number from -90 to 90, got something else")),
    ("11,1", "nan,1", ("line 3", "latitude_deg")),
    ("11,1", "11", ("line 3", "expected 3 cells as in the header, got 2")),
    ("11,1", '"11,1', ("line 3",)),
    ("2019-01-03T12:00:00Z", "yesterday", ("line 3", "yesterday")),
    ("2019-01-03T12:00:00Z", "2019-01-05T12:00:00Z", ("line 4", "waypoint 3", "not later than the one before")),
    ("T12:00:00Z", "T00:00:01Z", ("line 3", "is reached at 156 km/s")),
    ("2019-01-03T12:00:00Z,11,1\n2019-01-04T00:00:00Z,12,2\n", "", ("expected at least two waypoints, got 1",)),
    (ROWS, "# nothing\n", ("contains only comments",)),
    (ROWS, "", ("is empty",)),
])  # fmt: skip
def test_a_track_in_csv_that_is_wrong_is_told_with_its_line(desk, old, new, words):
    assert old in ROWS
    (desk.folder / "way.csv").write_text(ROWS.replace(old, new, 1))
    desk.check(FROM_FILE).refuses("line 6", "sites.ship.track_file", "way.csv", *words)


def test_a_track_of_too_many_points_says_how_to_thin_it(desk):
    rows = "".join(f"2019-01-03T{i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}Z,10,0\n" for i in range(20_001))
    (desk.folder / "way.csv").write_text("time,latitude_deg,longitude_deg\n" + rows)
    desk.check(FROM_FILE).refuses("at most 20,000 waypoints, got 20,001", "Keep every tenth")


@pytest.mark.parametrize(("text", "words"), [
    ("<gpx", ("cannot be read as GPX",)),
    ("<gpx/>", ("expected at least one trkseg",)),
    (GPX.format(POINT.format(1, 2)), ("expected at least one trkseg with two trkpt",)),
    (GPX.format(POINT.format(1, 2) + POINT.format(2, 1)), ("point 2", "not later than the one before")),
    (GPX.format(POINT.format(1, 2) + POINT.format(91, 3)), ("point 2", "latitude_deg", "got 91")),
    (GPX.format(POINT.format(1, 2) + '<trkpt lat="1" lon="0"/>'), ("point 2 has no <time>",)),
    ('<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "b">]>' + GPX.format("&a;"), ("cannot be read as GPX",)),
    ('<?xml version="1.0"?><!DOCTYPE gpx SYSTEM "file:///etc/passwd">' + GPX.format(""), ("cannot be read as GPX",)),
])  # fmt: skip
def test_a_track_in_gpx_that_is_wrong_is_told_with_its_point(desk, text, words):
    (desk.folder / "way.gpx").write_text(text)
    desk.check(FROM_FILE.replace("way.csv", "way.gpx")).refuses("line 6", "way.gpx", *words)


def test_a_file_that_is_not_there_is_told_once(desk):
    ended = desk.check(FROM_FILE)
    ended.refuses("line 6", "there is no file 'way.csv'")
    assert ended.told.count("way.csv") == 1 and "latitude_deg" not in ended.err


def test_a_horizon_from_an_elevation_model_is_for_one_place(desk):
    path = desk.write(GOOD)
    (desk.folder / "model.npz").write_bytes(b"")
    desk.sim("horizon", path, "ship", "--model", desk.folder / "model.npz").refuses("site ship moves")
