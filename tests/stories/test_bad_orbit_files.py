"""Files of orbits that are not what they should be: each mistake is told with the file, the place and the cure."""

from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import CoverageError, DataError, SimError
from sim.trajectories.orbits.formats.file_orbit import blocks

DATA = Path(__file__).with_name("data")
KINDS = {"oem": (sim.Oem, "lro.oem"), "horizons": (sim.Horizons, "capstone.txt"), "csv": (sim.Csv, "capstone.csv"),
         "stk": (sim.Stk, "lro.e")}  # fmt: skip


def read(path: Path, kind: str):
    return KINDS[kind][0](file=str(path), center="moon").arcs()


def changed(kind: str, change) -> str:
    """The good file of a kind with its text changed: pairs of old and new, or a function of it."""
    text = (DATA / KINDS[kind][1]).read_text()
    if callable(change):
        return change(text)
    for old, new in change:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def row(number: int, change):
    """A change of one line of a file, counted from 1."""

    def apply(text: str) -> str:
        lines = text.splitlines()
        lines[number - 1] = change(lines[number - 1])
        return "\n".join(lines) + "\n"

    return apply


def swapped(first: int, second: int):
    def apply(text: str) -> str:
        lines = text.splitlines()
        lines[first - 1], lines[second - 1] = lines[second - 1], lines[first - 1]
        return "\n".join(lines) + "\n"

    return apply


def twice(number: int):
    return row(number, lambda line: line + "\n" + line)


def cells(change, separator=None):
    """A change of the numbers of a row, its time left alone."""

    def apply(line: str) -> str:
        time, *rest = line.split(separator)
        return (separator or " ").join([time, *(change(x) for x in rest)])

    return apply


def every(first: int, change):
    def apply(text: str) -> str:
        lines = text.splitlines()
        rest = [change(line) if line.strip() else line for line in lines[first - 1 :]]
        return "\n".join([*lines[: first - 1], *rest]) + "\n"

    return apply


def meters(x: str) -> str:
    return repr(float(x) * 1000.0)


def flipped(x: str) -> str:
    return repr(-float(x))


BAD = [
    *((kind, lambda text: "", "is empty", "Download it again") for kind in KINDS),
    *((kind, lambda text: "<!DOCTYPE html><html>404", "is a web page", "Download the file") for kind in KINDS),
    *((kind, lambda text: text[:400] + "\0" + text[401:], "line", "zero byte") for kind in KINDS),
    ("oem", [("CCSDS_OEM_VERS = 2.0\n", "")], "line 2", "CCSDS OEM"),
    ("oem", [("META_STOP\n", "")], "line", "Expected a CCSDS OEM"),
    ("oem", lambda text: text.split("META_START")[0], "no segments", "Download it again"),
    ("oem", lambda text: text.split("META_STOP")[0] + "META_STOP\n", "line 6", "no states"),
    ("oem", lambda text: "\n".join(text.splitlines()[:24])[:-40], "line 24: Data contains mix", "a CCSDS OEM"),
    ("oem", [("= ICRF", "= ITRF-97")], "line 6: REF_FRAME is 'ITRF-97'", "Convert the file"),
    ("oem", [("= ICRF", "= TEME")], "REF_FRAME is 'TEME'", "EME2000"),
    ("oem", [("= MOON", "= MOOON")], "line 6: CENTER_NAME is 'MOOON'", "expected the Sun"),
    ("oem", [("= TDB", "= UT1")], "line 6: TIME_SYSTEM is 'UT1'", "expected UTC, TDB"),
    ("oem", [("= HERMITE", "= SPLINE")], "INTERPOLATION is 'SPLINE'", "LAGRANGE or HERMITE"),
    ("oem", [("DEGREE = 7", "DEGREE = 70")], "INTERPOLATION_DEGREE is '70'", "2 to 16 states"),
    ("oem", swapped(22, 23), "line 23: 2022-01-01T", "in order of time"),
    ("oem", twice(22), "line 23: ", "appears twice"),
    ("oem", row(22, cells(lambda x: "nan")), "line 22: expected numbers, got NaN", ""),
    ("oem", row(22, cells(lambda x: "inf")), "line 22: expected numbers, got NaN or infinity", ""),
    ("oem", row(22, lambda line: line.replace("T00", "T99")), "line 22", "hour"),
    ("oem", every(19, cells(meters)), "line 19: 1,631 km/s: expected at most 20 km/s", "The values may be in m/s"),
    ("oem", row(22, cells(flipped)), "line 22: ", "Check for a wrong digit, sign or unit"),
    ("horizons", [("$$SOE", "$$XXX")], "$$SOE", "expected a Horizons table"),
    ("horizons", [("$$EOE", "")], "ends at line", "cut off"),
    ("horizons", [("KM-S", "FURLONG")], "line 10: Output units is 'FURLONG'", "AU-D"),
    ("horizons", [("Moon (301)", "Moon")], "line 3: Center body name is 'Moon'", "such as Moon (301)"),
    ("horizons", [("BODY CENTER", "Goldstone")], "line 4: Center-site name is 'Goldstone'", "500@301"),
    ("horizons", [(": ICRF", ": FK4/B1950.0")], "Reference frame is 'FK4/B1950.0'", "Ecliptic of J2000.0"),
    ("horizons", [("GEOMETRIC", "LT CORRECTED")], "Output type is 'LT CORRECTED", "without light time"),
    ("horizons", [("12:00:00.0000 TDB", "12:00:00.0000 LMT")], "line 6: Start time is", "TDB or UT"),
    ("horizons", row(21, lambda line: line.replace("2022-Nov", "2022-Dec")), "line 21", "Julian date differ"),
    ("horizons", row(21, lambda line: line.replace("Nov", "Nix")), "line 21", "expected a date like"),
    ("horizons", swapped(21, 22), "line 22", "in order of time"),
    ("horizons", twice(21), "line 22", "appears twice"),
    ("horizons", row(21, lambda line: line.rsplit(",", 3)[0]), "line 21: expected numbers", ""),
    ("horizons", [("KM-S", "AU-D")], "line 19", "The values may be in meters"),
    ("csv", [("tdb", "time")], "line 2: expected a header with one column utc or tdb", ""),
    ("csv", [("x_km", "x")], "line 2: expected a column x_km", "name units"),
    ("csv", [("vz_km_s", "vz")], "line 2: expected a column vz_km_s", "name units"),
    ("csv", row(5, lambda line: line + ",1"), "line 5: expected 7 cells", "got 8"),
    ("csv", row(5, lambda line: line.replace("2022-", "2022-13-")), "line 5", "time"),
    ("csv", swapped(5, 6), "line 6", "in order of time"),
    ("csv", twice(5), "line 6", "appears twice"),
    ("csv", row(5, cells(lambda x: "x", ",")), "line 5: expected numbers", ""),
    ("csv", every(3, cells(meters, ",")), "line 3", "The values may be in meters"),
    ("csv", [("x_km,y_km,z_km", "x_m,y_m,z_m")], "line 3", "unit or center"),
    ("csv", [("vx_km_s,vy_km_s,vz_km_s", "vx_m_s,vy_m_s,vz_m_s")], "line 4", "the velocities say"),
    ("csv", lambda text: "\n".join(text.splitlines()[:3]), "at least 2 states", "line 3"),
    ("csv", lambda text: "# nothing\n", "contains only comments", ""),
    ("stk", [("stk.v.12.0", "sdk")], "line 1: expected an STK ephemeris", "stk.v."),
    ("stk", [("END Ephemeris", "")], "without END Ephemeris", "cut off"),
    ("stk", [("ICRF", "Fixed")], "Coordinatesystem is 'Fixed'", "in ICRF"),
    ("stk", [("CoordinateSystem ICRF\n", "")], "no Coordinatesystem is given", "in ICRF"),
    ("stk", [("CentralBody Moon", "CentralBody Vulcan")], "Centralbody is 'Vulcan'", "Moon"),
    ("stk", [("Meters", "Feet")], "Distanceunit is 'Feet'", "Kilometers"),
    ("stk", [("Meters", "Kilometers")], "line 17: 1,632 km/s: expected at most 20 km/s", "may be in m/s"),
    ("stk", [("ScenarioEpoch 31 Dec", "ScenarioEpoch 31 Dez")], "Scenarioepoch is", "UTC like"),
    ("stk", [("ScenarioEpoch 31 Dec", "ScenarioEpoch 32 Dec")], "line 8", "no such day"),
    ("stk", [("Points 31", "Points 32")], "line 7: expected 32 states, got 31", "Download it again"),
    ("stk", [("EphemerisTimePosVel", "EphemerisLLATimePos")], "cannot be read", "EphemerisTimePosVel"),
    ("stk", row(20, lambda line: line.rsplit(" ", 1)[0]), "line 20: expected 7 numbers, got 6", ""),
    ("stk", swapped(20, 21), "line 21", "in order of time"),
]


@pytest.mark.parametrize("kind, change, place, cure", BAD, ids=[f"{i}-{case[0]}" for i, case in enumerate(BAD)])
def test_a_bad_text_file_is_refused_with_its_place_and_the_cure(tmp_path, kind, change, place, cure):
    path = tmp_path / KINDS[kind][1]
    path.write_text(changed(kind, change))
    with pytest.raises(DataError) as caught:
        read(path, kind)
    message = str(caught.value)
    assert path.name in message and place in message and cure in message, message


def test_what_is_not_text_is_told_with_its_line(tmp_path):
    path = tmp_path / "lro.oem"
    path.write_bytes((DATA / "lro.oem").read_bytes().replace(b"LRO\n", b"LRO\xff\n", 1))
    with pytest.raises(DataError, match=r"lro.oem: line \d+: expected text, got the byte 0xff"):
        read(path, "oem")


def broken(path: Path, what: str) -> None:
    content = bytearray((DATA / "lro-2009.bsp").read_bytes())
    if what == "page":
        content = bytearray(b"<!DOCTYPE html><html>404</html>")
    elif what == "empty":
        content = bytearray()
    elif what == "half":
        content = content[: len(content) // 2]
    elif what == "cut":
        content = content[:-1024]
    elif what == "endian":
        content[88:96] = b"BIG-IEEE"
    elif what == "transfer":
        content = bytearray(b"DAFETF NAIF DAF ENCODED TRANSFER FILE\n'DAF/SPK '\n")
    elif what in ("type", "frame"):  # the summary: two doubles, then target, center, frame, type
        at = _summary(content) + 16 + (12 if what == "type" else 8)
        content[at : at + 4] = (6 if what == "type" else 13).to_bytes(4, "little")
    else:  # the top byte of the first x: another sign and exponent, or not a number
        at = content.index(np.float64(_first_x()).tobytes()) + 6
        content[at : at + 2] = {"flipped": b"\x71\x40", "nan": b"\xf8\x7f"}[what]
    path.write_bytes(content)


def _summary(content: bytearray) -> int:
    return (int.from_bytes(content[76:80], "little") - 1) * 1024 + 24


def _first_x() -> float:
    return float(sim.Spk(file=str(DATA / "lro-2009.bsp"), target=-85, center="moon").arcs()[0].position[0, 0])


@pytest.mark.parametrize(
    "what, words",
    [
        ("page", "is a web page. Download the file itself"),
        ("transfer", "tobin"),
        ("empty", "lro.bsp"),
        ("half", "is damaged"),
        ("cut", "is damaged"),
        ("endian", "lro.bsp"),
        ("type", "is of SPK type 6; expected one of 1, 2, 3"),
        ("frame", "is in frame 13; expected 1 (J2000)"),
        ("flipped", "body -85, state 1"),
        ("nan", "body -85, state 1: expected numbers"),
    ],
)
def test_a_bad_kernel_is_refused(tmp_path, what, words):
    path = tmp_path / "lro.bsp"
    broken(path, what)
    with pytest.raises(DataError) as caught:
        sim.Spk(file=str(path), target=-85, center="moon").arcs()
    assert "lro.bsp" in str(caught.value) and words in str(caught.value), caught.value


def test_polynomials_that_jump_are_no_orbit(tmp_path):
    path = tmp_path / "lro.bsp"
    content = bytearray((DATA / "lro-six-hours.bsp").read_bytes())
    orbit = sim.Spk(file=str(DATA / "lro-six-hours.bsp"), target=-85, center="moon")
    table = orbit.arcs()[0].table
    at = content.index(np.float64(table.coefficients[40, 0, 0]).tobytes())
    content[at : at + 8] = np.float64(table.coefficients[40, 0, 0] + 50.0).tobytes()
    path.write_bytes(content)
    span = sim.Span(table.start + 10.0, table.end - 10.0)
    with pytest.raises(DataError, match=r"lro.bsp is damaged: it jumps by 50 km at 2019-01-08T"):
        sim.Spacecraft(name="lro", orbit=sim.Spk(file=str(path), target=-85, center="moon")).over(span)


def halves(path: Path, gap: int) -> Path:
    """The OEM as two segments, with so many rows left out between them."""
    lines = (DATA / "lro.oem").read_text().splitlines()
    head, rows = lines[4:17], lines[17:]
    first, second = rows[:16], rows[15 + gap :]
    again = [line.replace("00:00:00", second[0].split()[0][11:]) if "START_TIME" in line else line for line in head]
    head = [line.replace("01:00:00", first[-1].split()[0][11:]) if "STOP_TIME" in line else line for line in head]
    path.write_text("\n".join([*lines[:4], *head, *first, *again, *second]) + "\n")
    return path


def test_segments_that_meet_join_and_a_gap_is_never_crossed(tmp_path):
    whole = blocks(read(halves(tmp_path / "meet.oem", 0), "oem"))
    assert [len(block) for block in whole] == [2]
    path = halves(tmp_path / "gap.oem", 3)
    assert len(blocks(read(path, "oem"))) == 2
    craft = sim.Spacecraft(name="lro", orbit=sim.Oem(file=str(path), center="moon"))
    early, late = craft.over(sim.Span("2022-01-01T00:10:00Z", "2022-01-01T00:50:00Z")).parts
    assert (sim.utc(early.end, 0), sim.utc(late.start, 0)) == ("2022-01-01T00:28:51Z", "2022-01-01T00:34:51Z")
    craft.over(sim.Span("2022-01-01T00:00:00Z", "2022-01-01T00:20:00Z"))


def test_only_useable_times_are_used(tmp_path):
    times = "USEABLE_START_TIME = 2022-01-01T00:10:00\nUSEABLE_STOP_TIME = 2022-01-01T00:50:00\nSTOP_TIME"
    path = tmp_path / "lro.oem"
    path.write_text(changed("oem", [("STOP_TIME", times)]))
    craft = sim.Spacecraft(name="lro", orbit=sim.Oem(file=str(path), center="moon"))
    (only,) = craft.over(sim.Span("2022-01-01T00:00:00Z", "2022-01-01T00:40:00Z")).parts
    assert (sim.utc(only.start, 0), sim.utc(only.end, 0)) == ("2022-01-01T00:08:51Z", "2022-01-01T00:48:51Z")
    with pytest.raises(CoverageError, match=r"lro.oem covers 2022-01-01T00:08:51Z to 2022-01-01T00:48:51Z"):
        craft.over(sim.Span("2022-01-01T00:50:00Z", "2022-01-01T01:40:00Z"))
    craft.over(sim.Span("2022-01-01T00:10:00Z", "2022-01-01T00:40:00Z"))


def test_all_files_of_a_scenario_are_checked_before_anything_is_computed(tmp_path):
    for name in ("lro.oem", "lro.e"):
        (tmp_path / name).write_text((DATA / name).read_text())
    text = (DATA / "lro-2022.toml").read_text().replace("2022-01-01T", "2022-01-02T")
    (tmp_path / "late.toml").write_text(text)
    with pytest.raises(SimError) as caught:
        sim.load(tmp_path / "late.toml")
    assert str(caught.value).count("the file covers 2021-12-31T23:58:51Z to 2022-01-01T00:58:51Z") == 2
    (tmp_path / "late.toml").write_text(text.replace('"lro.e"', '["lro.e", "lro2.e"]').replace("02:00", "00:50"))
    with pytest.raises(SimError, match=r"spacecraft.stk.orbit.file\[1\] +there is no file 'lro2.e'"):
        sim.load(tmp_path / "late.toml")


def test_light_that_left_before_a_file_begins_is_asked_for_in_time(tmp_path):
    from sim.trajectories.light_time import arrival

    for name in ("capstone.txt", "capstone.csv"):
        (tmp_path / name).write_text((DATA / name).read_text())
    text = (DATA / "capstone.toml").read_text().replace("18:00:00Z", "17:58:51Z")
    (tmp_path / "early.toml").write_text(text)
    scenario = sim.load(tmp_path / "early.toml")
    craft = scenario["plain"]
    (part,) = craft.parts
    assert scenario.span.start - 1.0 < part.start < scenario.span.start
    for hop, windows in sim.run(scenario).hops.items():
        if hop[0] == "plain" and len(windows):
            assert windows.bounds[0, 0] >= arrival(craft, scenario[hop[1]], part.start) - 1e-6
    (tmp_path / "early.toml").write_text(text.replace("[space", "light_time = false\n[space", 1))
    sim.run(sim.load(tmp_path / "early.toml"))


def test_a_kernel_over_which_spice_ends_its_process_ends_nothing_of_ours(tmp_path):
    from sim.trajectories.orbits.formats.spk import segments
    from tests.fuzz.seeds import spks

    path = tmp_path / "discrete.bsp"
    content = bytearray(spks()[2])
    path.write_bytes(content)
    orbit = sim.Spk(file=str(path), target=-85, center="moon")
    (segment,) = segments(path)
    assert segment.data_type == 5
    span = sim.Span(segment.start_second, segment.end_second)
    assert np.all(np.isfinite(orbit.pieces(span, "de421")[0](np.array([span.start]))))
    content[8 * segment.end_i - 8 : 8 * segment.end_i] = np.array([1e9]).tobytes()  # the number of its states
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"discrete.bsp.*SPICE (breaks off at|cannot read) body -85"):
        orbit.pieces(span, "de421")


@pytest.mark.parametrize("kind", ["oem", "stk"])
def test_a_span_may_begin_with_the_files_first_state(kind):
    orbit = KINDS[kind][0](file=str(DATA / KINDS[kind][1]), center="moon")
    first = orbit.arcs()[0].start
    span = sim.Span(first, first + 600.0)
    assert not list(orbit.misfits(span)) and orbit.data_span(span, light=False) is None
    assert orbit.data_span(span).stretches[0][0] == first  # light that arrives as the span begins has left before
    assert np.all(np.isfinite(orbit.pieces(span, "de421")[0](np.array([first]))))
