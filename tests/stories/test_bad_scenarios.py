# ruff: noqa: E501  (a table of mistakes reads by its lines)
"""What a user reads when a scenario is wrong: where, what was expected, what was found, what to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.core.errors import Problem, ScenarioError, SimError
from sim.scenario.scenario import MAX_PROBLEMS, Scenario, load

GOOD = """\
title = "A lander, its relay and two stations"
start = 2019-01-03T00:00:00Z
days = 3
ephemeris = "de421"

[sites.kourou]
latitude_deg = 5.25
longitude_deg = -52.8
horizon_deg = [[0, 5], [180, 10]]
[[sites.kourou.limits]]
kind = "sun_separation"
min_deg = 1.5

[sites.lander]
body = "moon"
latitude_deg = -45.5
longitude_deg = 177.6

[spacecraft.relay.orbit]
kind = "halo"
amplitude_km = 13_000
epoch = 2018-06-14T03:06:00Z

[spacecraft.lro.orbit]
kind = "kepler"
center = "moon"
epoch = 2019-01-03T00:00:00Z
semi_major_axis_km = 1850
eccentricity = 0.01
inclination_deg = 90

[routes]
down = ["lander", "relay", ["kourou", "earth"]]
direct = ["lro", "kourou"]

[[products]]
kind = "timeline"
routes = ["down"]
"""

NAIF_SPACECRAFT = '[spacecraft.x.orbit]\nkind = "spk"\nfile = "{file}"\ntarget = {target}\ncenter = "moon"\n'


def problems(folder: Path, text: str | bytes, **how: Any) -> tuple[Problem, ...]:
    """What is wrong with a scenario of that text; nothing if it loads."""
    file = folder / "scenario.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    try:
        load(file, **how)
    except ScenarioError as error:
        return error.problems
    return ()


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_good_base_is_good(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == ()


# What stands in the good scenario, what stands in the bad one, and the place and words of the complaint.
BAD = [
    ("latitude_deg = 5.25", "latitude_deg = 525.25", "sites.kourou.latitude_deg", "between -90 and 90, got 525.25"),
    ("latitude_deg = 5.25", "latitude_deg = 90.0001", "sites.kourou.latitude_deg", "between -90 and 90, got 90.0001"),
    ("latitude_deg = 5.25", "latitude_deg = true", "sites.kourou.latitude_deg", "a number between -90 and 90, got true"),
    ("latitude_deg = 5.25", 'latitude_deg = "5.25"', "sites.kourou.latitude_deg", "between -90 and 90, got '5.25'"),
    ("latitude_deg = 5.25", "latitude_deg = nan", "sites.kourou.latitude_deg", "between -90 and 90, got nan"),
    ("longitude_deg = -52.8", "longitude_deg = 1e400", "sites.kourou.longitude_deg", "between -180 and 360, got inf"),
    ("longitude_deg = -52.8", "longitude_deg = 540", "sites.kourou.longitude_deg", "between -180 and 360, got 540"),
    ("longitude_deg = -52.8", "longitud_deg = -52.8", "sites.kourou.longitud_deg", "Did you mean 'longitude_deg'?"),
    ("longitude_deg = -52.8", "zzz = 1", "sites.kourou.zzz", "unknown key. There are body, latitude_deg, longitude_deg"),
    ('body = "moon"', 'body = "venus"', "sites.lander.body", "expected 'earth', 'moon' or 'mars', got 'venus'"),
    ('body = "moon"', 'body = "moon"\nheight_m = 5e8', "sites.lander.height_m", "between -12,000 and 100,000"),
    ('body = "moon"', 'body = "moon"\nname = "x"', "sites.lander.name", "The name is taken from the table"),
    ("[180, 10]]", "[180, 95]]", "sites.kourou.horizon_deg", "expected an elevation from -90 to 90 deg, got 95"),
    ("[180, 10]]", "[180, true]]", "sites.kourou.horizon_deg[1][1]", "expected a number, got true"),
    ("[[0, 5], [180, 10]]", '"low"', "sites.kourou.horizon_deg", "between -90 and 90 or a list of pairs of numbers (2 to 100,000), got 'low'"),
    ('kind = "sun_separation"', 'kind = "sun_seperation"', "sites.kourou.limits[0].kind", "Did you mean 'sun_separation'?"),
    ("min_deg = 1.5", "min_deg = 0", "sites.kourou.limits[0].min_deg", "above 0 and below 180, got 0"),
    ("min_deg = 1.5", "min_dg = 1.5", "sites.kourou.limits[0].min_dg", "Did you mean 'min_deg'?"),
    ('kind = "halo"', 'kind = "hallo"', "spacecraft.relay.orbit.kind", "no orbit kind is called 'hallo'. Did you mean 'halo'?"),
    ("epoch = 2018-06-14T03:06:00Z", "epoch = 2018-06-14", "spacecraft.relay.orbit.epoch", "like 2019-01-03T02:26:00Z"),
    ("epoch = 2018-06-14T03:06:00Z", "epoch = 5.0", "spacecraft.relay.orbit.epoch", "like 2019-01-03T02:26:00Z, got 5.0"),
    ("epoch = 2018-06-14T03:06:00Z", "epoch = 2019-01-04T00:00:00Z", "spacecraft.relay.orbit.epoch", "no later than the start"),
    ("semi_major_axis_km = 1850", "semi_major_axis_km = 1700", "spacecraft.lro.orbit", "moon"),
    ("eccentricity = 0.01", "eccentricity = 1", "spacecraft.lro.orbit.eccentricity", "of at least 0 and below 1, got 1"),
    ("start = 2019-01-03T00:00:00Z", "start = 2019-01-03T00:00:00", "start", "no time zone. Write 2019-01-03T00:00:00Z"),
    ("start = 2019-01-03T00:00:00Z", 'start = "2019-01-03T00:00"', "start", "no time zone. Write 2019-01-03T00:00Z for UTC"),
    ("start = 2019-01-03T00:00:00Z", 'start = "2018-12-31T23:59:60Z"', "start", "no leap second was inserted then"),
    ("start = 2019-01-03T00:00:00Z", "start = 0001-01-01T00:00:00+05:00", "start", "not a time"),
    ("start = 2019-01-03T00:00:00Z", "start = 1955-01-03T00:00:00Z", "start", "measured Earth orientation (IERS), which begins on 1962"),
    ("days = 3", "end = 2019-01-02T00:00:00Z", "end", "expected a time after the start (2019-01-03T00:00:00Z), got 2019-01-02"),
    ("days = 3", "end = 2219-01-02T00:00:00Z", "end", "at most 36,600 days after the start"),
    ("days = 3", "days = 0", "days", "above 0, got 0"),
    ("days = 3", "days = 12800", "days", "de421 covers 1899-07-28 to 2053-10-08"),
    ("days = 3", "days = 12000", "days", "the orientation of the Moon (DE421)"),
    ("days = 3", "days = 3\nend = 2019-01-05T00:00:00Z", "days", "give days or end, not both"),
    ('ephemeris = "de421"', 'ephemeris = "de422"', "ephemeris", "Did you mean 'de421'?"),
    ('ephemeris = "de421"', 'ephemeris = "../../etc/passwd"', "ephemeris", "leaves the folder of the scenario"),
    ('ephemeris = "de421"', 'ephemeris = "/etc/passwd"', "ephemeris", "--allow-paths"),
    ('ephemeris = "de421"', 'ephemeris = "~/de.bsp"', "ephemeris", "relative to the folder of the scenario"),
    ('ephemeris = "de421"', 'ephemeris = "http://169.254.1.1/de.bsp"', "ephemeris", "Download it first"),
    ('ephemeris = "de421"', 'ephemeris = "scenario.toml"', "ephemeris", "is not a readable kernel"),
    ('ephemeris = "de421"', "light_time = 1", "light_time", "expected true or false, got 1"),
    ('ephemeris = "de421"', 'include = "x"', "include", "expected a list of files"),
    ('ephemeris = "de421"', 'include = ["seeds:stations/estrak"]', "include[0]", "Did you mean 'seeds:stations/estrack'?"),
    ('ephemeris = "de421"', 'include = ["seeds:../sim"]', "include[0]", "leaves the folder"),
    ('ephemeris = "de421"', 'include = ["scenario"]', "include[0]", "includes itself"),
    ('ephemeris = "de421"', 'include = ["/etc/passwd"]', "include[0]", "relative to the folder of the scenario"),
    ("[spacecraft.lro.orbit]", "[spacecraft.lander.orbit]", "spacecraft.lander", "a site is also called 'lander'"),
    ("[spacecraft.lro.orbit]", "[spacecraft.mars.orbit]", "spacecraft.mars", "the name of a body. Choose another name"),
    ("[sites.kourou]\n", "[sites.'a b']\n[sites.kourou]\n", "sites.'a b'", "expected a name as the key (letters, digits"),
    ('["lro", "kourou"]', '["lro", "kouru"]', "routes.direct[1]", "Did you mean 'kourou'?"),
    ('["lro", "kourou"]', '["lro"]', "routes.direct", "expected a list of names (at least 2), got ['lro']"),
    ('["lro", "kourou"]', '["lro", "lro"]', "routes.direct[1]", "two different ends"),
    ('["lro", "kourou"]', '["lro", []]', "routes.direct[1]", "a list of names (at least 1), got an empty list"),
    ('["lro", "kourou"]', "[5, 'kourou']", "routes.direct[0]", "or a list of names (at least 1), got 5"),
    ('["kourou", "earth"]', '["kourou", "eart"]', "routes.down[2][1]", "Did you mean 'earth'?"),
    ('kind = "timeline"', 'kind = "time_line"', "products[0].kind", "no product kind is called 'time_line'. Did you mean"),
    ('routes = ["down"]', 'routes = ["dawn"]', "products[0].routes[0]", "no route is called 'dawn'. Did you mean 'down'?"),
    ('kind = "timeline"\nroutes = ["down"]', 'kind = "availability"\nroute = "dawn"', "products[0].route", "no route is called 'dawn'. Did you mean 'down'?"),
    ('kind = "timeline"\nroutes = ["down"]', 'kind = "sky"\nsite = "kouru"', "products[0].site", "no hop of a route begins or ends at a site 'kouru'. Did you mean 'kourou'?"),
    ('kind = "timeline"\nroutes = ["down"]', 'kind = "profile"\nhop = ["lro", "lander"]', "products[0].hop", "no route has the hop 'lro – lander'."),
    ('kind = "timeline"\nroutes = ["down"]', 'kind = "scene"\nspacecraft = ["lor"]', "products[0].spacecraft[0]", "no spacecraft is called 'lor'. Did you mean 'lro'?"),
    ('routes = ["down"]', 'file = "../x"', "products[0].file", "expected a name"),
    ('routes = ["down"]', "start = 2019-02-03T00:00:00Z", "products[0].start", "expected a time within the span (2019-01-03T00:00:00Z to 2019-01-06T00:00:00Z), got 2019-02-03T00:00:00Z. Leave it out"),
    ('kind = "timeline"\nroutes = ["down"]', 'kind = "relay_geometry"\nat = 2018-01-03T00:00:00Z', "products[0].at", "got 2018-01-03T00:00:00Z"),
    ('kind = "timeline"\nroutes = ["down"]', 'kind = "report"\nclaims = ["paper.toml"]', "products[0].claims[0]", "there is no file 'paper.toml'"),
    ('routes = ["down"]', '[[products]]\nkind = "timeline"', "products[1]", "Set another 'file' for this one"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "place", "words"), BAD, ids=[f"{row[2]}: {row[1]}"[:60] for row in BAD])
def test_a_mistake_is_told_once_with_its_place_and_cure(
    tmp_path: Path, good: str, bad: str, place: str, words: str
) -> None:
    assert good in GOOD
    text = GOOD.replace(good, bad, 1)
    told = problems(tmp_path, text)
    assert len(set(told)) == len(told)
    found = [problem for problem in told if problem.place == place and words in problem.message]
    assert len(found) == 1, told
    assert len(told) == 1 or good.startswith(("start", "days", "[s", "longitude")), told
    key = place.rsplit(".", 1)[-1].split("[")[0]
    assert found[0].line is not None and key in "".join(text.splitlines()[: found[0].line])
    if "\n" not in bad:
        changed = line_of(text, bad)
        assert changed <= found[0].line <= changed + 1 or place == "spacecraft.lro.orbit"
    assert "pydantic" not in found[0].message and "Input" not in found[0].message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (GOOD + "routes = 1\nroutes = 2\n", GOOD.count("\n") + 1, "the key is defined twice"),
        ("x = 2019-02-30T00:00:00Z", 1, "the date or time does not exist"),
        ("x = 2016-12-31T23:59:60Z", 1, "a leap second in quotes"),
        ("\nx = " + "[" * 20_000, None, "nested deeper"),
        ("\n" + "a." * 20_000 + "a = 1", 2, "nested deeper"),
        ("\nx = " + "1" * 5000, 2, "digits"),
        ("\nx = 0x" + "f" * 5000, 2, "digits"),
        (GOOD.encode("utf-16"), None, "Save it as UTF-8"),
        (b"\ntitle = '\xff'", 2, "Save it as UTF-8"),
        ("#" * (1 << 21), None, "larger than 1024 KiB"),
    ],
)  # fmt: skip
def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path, text: str | bytes, line: int | None, words: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert words in problem.message
    assert problem.line == line


def test_an_empty_file_says_what_a_scenario_needs(tmp_path: Path) -> None:
    told = " ".join(problem.message for problem in problems(tmp_path, ""))
    assert "'start'" in told and "'days' or 'end'" in told and "at least one site or spacecraft" in told


def test_a_missing_key_is_told_at_its_table(tmp_path: Path) -> None:
    text = GOOD.replace("latitude_deg = 5.25\n", "")
    (problem,) = problems(tmp_path, text)
    assert (problem.place, problem.message) == ("sites.kourou", "missing key 'latitude_deg'")
    assert (problem.line, problem.column) == (line_of(text, "[sites.kourou]"), len("[sites.") + 1)


@pytest.mark.parametrize(
    ("table", "name", "meant"),
    [
        ("[sites.kuorou.passes]\nmin_duration_s = 600\n", "kuorou", "kourou"),
        ("[[sites.landre.limits]]\nkind = 'range'\nmax_km = 4e5\n", "landre", "lander"),
        ("[spacecraft.relais]\nnaif_id = -12\n", "relais", "relay"),
    ],
)
def test_a_table_that_adds_to_a_misspelled_name_says_which_name_was_meant(
    tmp_path: Path, table: str, name: str, meant: str
) -> None:
    told = [problem.message for problem in problems(tmp_path, GOOD + table)]
    assert any(repr(name) in each and each.endswith(f"Did you mean {meant!r}?") for each in told), told


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD
    changes = [("days = 3", "days = -3"), ("latitude_deg = 5.25", "latitude_deg = 525"), ('"halo"', '"hallo"')]
    for good, bad in [*changes, ('"lro", "kourou"', '"lro", "kouru"')]:
        text = text.replace(good, bad)
    found = problems(tmp_path, text)
    expected = ["days", "sites.kourou.latitude_deg", "spacecraft.relay.orbit.kind", "routes.direct[1]"]
    assert [problem.place for problem in found] == expected
    with pytest.raises(ScenarioError, match=r"4 problems(?s:.*)line 3:1 +days +expected(?s:.*)Did you mean 'kourou'"):
        load(tmp_path / "scenario.toml")


def test_a_mistake_in_an_included_file_carries_that_files_name_and_line(tmp_path: Path) -> None:
    (tmp_path / "more.toml").write_text("# stations\n[sites.x]\nlatitude_deg = 5\nlongitude_deg = 500\n")
    (problem,) = problems(tmp_path, 'include = ["more.toml"]\n' + GOOD)
    assert (problem.place, Path(problem.file).name, problem.line) == ("sites.x.longitude_deg", "more.toml", 4)
    (tmp_path / "more.toml").write_text("\n[sites.x\n")
    (problem,) = problems(tmp_path, 'include = ["more.toml"]\n' + GOOD)
    assert (Path(problem.file).name, problem.line) == ("more.toml", 2)


def test_includes_may_neither_cycle_nor_leave_their_folder(tmp_path: Path) -> None:
    inner, outside = tmp_path / "inner", tmp_path / "outside.toml"
    inner.mkdir()
    outside.write_text("days = 5\n")
    (inner / "link.toml").symlink_to(outside)
    (inner / "a.toml").write_text('include = ["b.toml"]\n')
    (inner / "b.toml").write_text('include = ["a.toml"]\n')
    wrong = {"../outside": "leaves", "link": "leaves", "a": "a.toml → b.toml → a.toml", "c": "no file"}
    for name, words in wrong.items():
        (problem,) = problems(inner, f'include = ["{name}"]\n' + GOOD)
        assert words in problem.message


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.toml")
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    for name in (".", "fifo.toml", "loop.toml", "absent.toml", "x" * 5000, "a\0b"):
        with pytest.raises(ScenarioError):
            load(tmp_path / name)


def spk(path: Path) -> Path:
    """An SPK file with a made-up body -85 about the Moon, 2019-01-02 to 2019-01-04 TDB."""
    import spiceypy

    day = 86400.0
    begin = 6941 * day - day / 2  # 2019-01-02 00:00 TDB
    handle = spiceypy.spkopn(str(path), "test", 0)
    records = [2e3, 1.0, 0, 0, 0, 0] * 2
    spiceypy.spkw02(handle, -85, 301, "J2000", begin, begin + 2 * day, "x", day, 2, 1, records, begin)
    spiceypy.spkcls(handle)
    return path


def test_an_orbits_file_must_have_the_body_and_cover_the_span(tmp_path: Path) -> None:
    spk(tmp_path / "x.bsp")
    short = GOOD.replace("days = 3", "days = 0.5")
    part = NAIF_SPACECRAFT.format(file="x.bsp", target=-85)
    for center in ("moon", "earth", "sun"):  # the file says what it is relative to
        about = part.replace('"moon"', f'"{center}"')
        assert problems(tmp_path, short.replace("[routes]", about + "[routes]")) == ()
    wrong = [
        (GOOD.replace("2019-", "2020-"), part, "file", "covers 2019-01-01T23:58:51Z to 2019-01-03T23:58:51Z"),
        (short, part.replace("-85", "-86"), "target", "the file has no body -86; it has -85"),
        (short, part.replace("x.bsp", "y.bsp"), "file", "there is no file 'y.bsp'"),
        (short, part.replace("x.bsp", "../x.bsp"), "file", "leaves the folder"),
        (short, part.replace("x.bsp", "scenario.toml"), "file", "is not a readable kernel"),
    ]
    for base, table, key, words in wrong:
        (problem,) = problems(tmp_path, base.replace("[routes]", table + "[routes]"))
        assert problem.place == f"spacecraft.x.orbit.{key}"
        assert words in problem.message


ISS = (
    "1 25544U 98067A   19010.62213920  .00001142  00000-0  24785-4 0  9994",
    "2 25544  51.6429  64.9803 0002398 268.4558 194.7522 15.53754385150775",
)
"""A real element set of 2019-01-10. Source: Bill-Gray/tles, public catalogue snapshot."""


def signed(line: str) -> str:
    """A line of an element set with its checksum put right."""
    return line[:68] + str(sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10)


def element_set(line1: str = ISS[0], line2: str = ISS[1], more: str = "") -> str:
    return f'[spacecraft.x.orbit]\nkind = "tle"\nline1 = "{line1}"\nline2 = "{line2}"\n{more}\n'


def element_sets(*pairs: tuple[str, ...]) -> str:
    return f'[spacecraft.x.orbit]\nkind = "tle"\nsets = {[list(pair) for pair in pairs]}\n'


OTHER = tuple(signed(line.replace("25544", "25545")) for line in ISS)
LATER = signed(ISS[0].replace("19010.6", "19012.6")), ISS[1]
ALPHA = tuple(signed(line.replace("25544", "E8493")) for line in ISS)
BAD_SETS = [
    (element_set(ISS[0][:-1] + "5"), "line1", "the line adds up to 4, its checksum (column 69) says 5. Copy the line again"),
    (element_set(line2=ISS[1].replace("51.64", "51.65")), "line2", "its checksum (column 69) says 5"),
    (element_set(ISS[1], ISS[0]), "line1", "expected line 1, got line 2: the two lines are swapped"),
    (element_set(ISS[1], ISS[0]), "line2", "expected line 2, got line 1: the two lines are swapped"),
    (element_set(line2=OTHER[1]), "", "line 1 is of object 25544, line 2 of object 25545: they do not belong together"),
    (element_set(line2=ALPHA[1]), "", "line 1 is of object 25544, line 2 of object E8493"),
    (element_set(ISS[0][:-10]), "line1", "expected 69 characters, got 59. Copy the line whole, with all its spaces"),
    (element_set(" ".join(ISS[0].split())), "line1", "expected 69 characters, got 63"),
    (element_set(ISS[0].replace(" ", "\u00a0")), "line1", r"column 2 holds '\xa0': expected plain letters, digits and spaces"),
    (element_set(ISS[0].replace("-4 ", "\u22124 ")), "line1", r"column 60 holds '\u2212'"),
    (element_set(""), "line1", "expected a line that begins with '1 ', got ''"),
    (element_set("ISS (ZARYA)"), "line1", "expected a line that begins with '1 ', got 'ISS (ZARYA)'"),
    (element_set(signed(ISS[0].replace("19010.", "19366."))), "", "columns 21 to 32 of line 1: 2019 has no day 366"),
    (element_set(signed(ISS[0].replace("19010.62213920", "19nan         "))), "line1", "hold no day of the year but 'nan"),
    (element_set(signed(ISS[0].replace("-4 0 ", "-4 4 "))), "line1", "type (4 is not for SGP4 but for SGP4-XP)"),
    (element_set(line2=signed(ISS[1].replace(" 51.6429", "181.6429"))), "line2", "inclination is 0 to 180 deg, got 181.6429"),
    (element_set(line2=signed(ISS[1].replace("15.53754385", " 0.00000000"))), "", "expected a mean motion above 0, got 0.0"),
    (element_set(line2=signed(ISS[1].replace("15.53754385", "99.99999999"))), "", "SGP4 refuses this element set"),
    (element_set(line2=signed(ISS[1].replace("0002398", "9902398"))), "", "the orbit's lowest point"),
    (element_set(line2=signed(ISS[1].replace("0002398", "2902398"))), "", "km, is inside the earth: check the eccentricity"),
    (element_set(more=f'sets = [["{ISS[0]}", "{ISS[1]}"]]'), "", "give one of sets, line1 and line2, file, or omm"),
    ('[spacecraft.x.orbit]\nkind = "tle"\n', "", "needs line1 and line2, or sets"),
    (element_sets(LATER, ISS), "", "sets must be in order of time: element set 25544 of 2019-01-10"),
    (element_sets(ISS, ISS), "", "sets must be in order of time"),
    (element_sets(ISS, OTHER), "", "sets are of one object: expected 25544, got 25545"),
    (element_sets(ISS, (*ISS, "x")), "sets[1]", "expected a pair of texts: line 1 and line 2"),
    (element_sets((ISS[0], ISS[1][:-1] + "6")), "sets[0][1]", "its checksum (column 69) says 6"),
    (element_set(more="max_age_days = 0"), "max_age_days", "above 0 and at most 36,600, got 0"),
    (element_set(more="max_age_days = 7"), "line1", "nearest element set is of 2019-01-10T14:55:53Z, 7.6 days from 2019-01-03"),
    (element_sets(("1 25544U 98067A   99334.53670544  .00043172  00000-0  38587-3 0  1401",
                   "2 25544  51.5931  77.0823 0010597 257.8392 102.1413 15.67866744 58617")),
     "sets", "is of 1999-11-30T12:52:51Z, 6976.5 days from 2019-01-06"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "key", "words"), BAD_SETS, ids=[row[2][:60] for row in BAD_SETS])
def test_a_bad_element_set_is_told_with_its_cure(tmp_path: Path, table: str, key: str, words: str) -> None:
    told = problems(tmp_path, GOOD.replace("[routes]", table + "[routes]"))
    found = [problem for problem in told if problem.place == "spacecraft.x.orbit" + (f".{key}" if key else "")]
    assert [problem for problem in found if words in problem.message], told
    assert len(told) == 1 or "swapped" in words


def test_good_element_sets_are_good(tmp_path: Path) -> None:
    spaced = element_set(ISS[0] + " \\r\\n", ISS[1])
    for table in (element_set(), spaced, element_set(*ALPHA), element_sets(ISS), element_sets(ISS, LATER)):
        assert problems(tmp_path, GOOD.replace("[routes]", table + "[routes]")) == ()


@pytest.mark.parametrize(("year", "meant"), [("56", 2056), ("57", 1957), ("00", 2000), ("99", 1999)])
def test_the_years_of_element_sets_begin_with_sputniks(year: str, meant: int) -> None:
    from sim.core.time import utc
    from sim.trajectories.orbits.formats.tle import ElementSet

    assert utc(ElementSet.read(signed(ISS[0].replace("19010.", f"{year}010.")), ISS[1]).epoch, 0)[:4] == str(meant)


def test_paths_outside_the_folder_need_leave(tmp_path: Path) -> None:
    outside, inner = spk(tmp_path / "x.bsp"), tmp_path / "inner"
    inner.mkdir()
    part = NAIF_SPACECRAFT.format(file=outside, target=-85)
    text = GOOD.replace("days = 3", "days = 0.5").replace("[routes]", part + "[routes]")
    assert len(problems(inner, text)) == 1
    assert problems(inner, text, allow_paths=True) == ()


def test_very_many_mistakes_are_cut_short(tmp_path: Path) -> None:
    found = problems(tmp_path, GOOD + "".join(f"[[products]]\nkind = 'x{i}'\n" for i in range(5000)))
    assert len(found) == MAX_PROBLEMS + 1
    assert found[-1].message == "and more"


def test_a_notebook_is_told_the_same() -> None:
    site = {"latitude_deg": 5.0, "longitude_deg": 5.0}
    with pytest.raises(ValueError, match=r"routes.r\[1\]: no site or spacecraft is called 'b'"):
        Scenario(start="2019-01-03T00:00:00Z", days=3, sites={"a": site}, routes={"r": ["a", "b"]})  # type: ignore
    with pytest.raises(ValueError, match="expected a time after the start"):
        Scenario(start="2019-01-03T00:00:00Z", end="2019-01-02T00:00:00Z", sites={"a": site})  # type: ignore


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_text_raises_nothing_but_sim_errors(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        if data.draw(st.booleans()):
            raw[at] = data.draw(st.one_of(st.integers(0, 255), st.sampled_from(b'0123456789.-"[]{}=\n#')))
        else:
            del raw[at : at + data.draw(st.integers(1, 40))]
    file = tmp_path / "scenario.toml"
    file.write_bytes(bytes(raw))
    try:
        load(file)
    except SimError as error:
        assert isinstance(error, ScenarioError)
        assert all(problem.message for problem in error.problems)


VALUES = st.recursive(
    st.one_of(
        st.booleans().map(lambda value: str(value).lower()),
        st.integers(-(10**20), 10**20).map(str),
        st.sampled_from(["nan", "-inf", "1e308", "1e-320", "''", "'x'", "'moon'", "2019-01-03", "12:00:00", "'halo'"]),
        st.sampled_from(["2019-01-03T00:00:00", "9999-12-31T23:00:00-09:00", "'\u202e'", "'kourou'", '"\\u0000"']),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: f"[{', '.join(values)}]"),
        inner.map(lambda value: f"{{kind = {value}}}"),
    ),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_wrong_values_anywhere_raise_nothing_but_sim_errors(tmp_path: Path, data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.sampled_from([i for i, line in enumerate(lines) if " = " in line]))
        lines[at] = f"{lines[at].split(' = ')[0]} = {data.draw(VALUES)}"
    file = tmp_path / "scenario.toml"
    file.write_text("\n".join(lines), encoding="utf-8")
    try:
        load(file)
    except SimError as error:
        assert isinstance(error, ScenarioError)
        assert all(problem.line is not None for problem in error.problems if problem.place)
