"""Files as agencies, programs and amateurs write them: each dialect is read as the plain file that says the same."""

import json
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import DataError
from sim.trajectories.orbits.formats import text_lines
from sim.trajectories.orbits.formats.omm import read

DATA = Path(__file__).with_name("data")
OEM, STK, HORIZONS = (DATA / name for name in ("lro.oem", "lro.e", "capstone.txt"))


def arcs(path: Path, kind=sim.Oem):
    return kind(file=str(path), center="moon").arcs()


def written(folder: Path, text: str, name: str = "lro.oem") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def same(one, two) -> None:
    for mine, theirs in zip(one, two, strict=True):
        assert np.array_equal(mine.t, theirs.t)
        assert np.array_equal(mine.position, theirs.position) and np.array_equal(mine.velocity, theirs.velocity)
        assert (mine.center, mine.start, mine.end) == (theirs.center, theirs.start, theirs.end)


def fortran(text: str) -> str:
    lines = (x.replace("e+", "D+").replace("e-", "d-") if x[:2] == "20" else x for x in text.split("\n"))
    return "\n".join(lines)


COVARIANCE = """COVARIANCE_START
EPOCH = 2022-01-01T00:00:00
COV_REF_FRAME = RTN
3.3D-04
4.6e-04 6.7e-04
COVARIANCE_STOP
"""

PLAIN = {
    "no spaces about =": lambda text: text.replace(" = ", "="),
    "many spaces and tabs about =": lambda text: text.replace(" = ", " \t =\t  "),
    "blank lines before the first": lambda text: "\n \n" + text,
    "lines of Windows": lambda text: text.replace("\n", "\r\n"),
    "blanks after each line": lambda text: text.replace("\n", " \t\n"),
    "tabs between numbers": lambda text: text.replace(" -", "\t-"),
    "Fortran's exponents": fortran,
    "keywords in small letters": lambda text: text.replace("REF_FRAME", "ref_frame").replace("META_STOP", "meta_stop"),
    "comments everywhere": lambda text: text.replace("META_STOP\n", "COMMENT in the metadata\nMETA_STOP\nCOMMENT\n"),
    "no blank line before the states": lambda text: text.replace("META_STOP\n\n", "META_STOP\n"),
    "states between DATA_START and DATA_STOP": lambda text: text.replace("META_STOP\n", "META_STOP\nDATA_START\n")
    + "DATA_STOP\n",
    "a covariance": lambda text: text + COVARIANCE,
    "accelerations": lambda text: "\n".join(f"{x} 1.0 2.0 3.0" if x[:2] == "20" else x for x in text.splitlines()),
    "Z after the times": lambda text: text.replace("00:00:00\nSTOP", "00:00:00Z\nSTOP"),
    "an empty optional keyword": lambda text: text.replace("META_STOP", "REF_FRAME_EPOCH =\nMETA_STOP"),
    **{frame: lambda text, frame=frame: text.replace("= ICRF", f"= {frame}")
       for frame in ("ICRF3", "ICRF2", "EMEJ2000", "EME 2000", "EME2000", "J2000", "GCRF", "MCI")},
    **{center: lambda text, center=center: text.replace("= MOON", f"= {center}") for center in ("Moon", "301")},
}  # fmt: skip


@pytest.mark.parametrize("dialect", PLAIN)
def test_a_message_in_any_dialect_is_the_same_message(tmp_path, dialect):
    text = OEM.read_text()
    changed = PLAIN[dialect](text)
    assert changed != text
    same(arcs(written(tmp_path, changed)), arcs(OEM))


def test_what_is_read_otherwise_than_it_stands_is_told(tmp_path):
    (arc,) = arcs(written(tmp_path, OEM.read_text().replace("= ICRF", "= MCI")))
    assert arc.notes == ("its frame MCI is read as axes of ICRF",)
    orbit = sim.Oem(file=str(tmp_path / "lro.oem"), center="moon")
    assert list(orbit.remarks(sim.Span(arc.start, arc.end))) == ["lro.oem: its frame MCI is read as axes of ICRF"]
    with pytest.raises(DataError, match="REF_FRAME is 'MCI'"):
        arcs(written(tmp_path, OEM.read_text().replace("= ICRF", "= MCI").replace("= MOON", "= SUN")))


def test_the_place_of_a_fault_counts_blank_lines_before_the_first(tmp_path):
    lines = OEM.read_text().splitlines()
    lines[23] = lines[23][:-40]
    for blanks in (0, 3):
        with pytest.raises(DataError, match=f"line {24 + blanks}: Data contains mix"):
            arcs(written(tmp_path, "\n" * blanks + "\n".join(lines)))


def test_a_hermite_polynomial_of_degree_1_goes_through_two_states(tmp_path):
    (arc,) = arcs(written(tmp_path, OEM.read_text().replace("DEGREE = 7", "DEGREE = 1")))
    (cubic,) = arcs(written(tmp_path, OEM.read_text().replace("DEGREE = 7", "DEGREE = 3")))
    assert (arc.points, arc.hermite) == (2, True) == (cubic.points, cubic.hermite)
    assert "degree 1 is read as of 3" in arc.notes[0] and not cubic.notes


@pytest.mark.parametrize(
    "name, number",
    [("MARS BARYCENTER", 4), ("mars_barycenter", 4), ("4", 4), ("499", 499), ("MARS", 499), ("JUPITER BARYCENTER", 5),
     ("SATURN_BARYCENTER", 6), ("PLUTO BARYCENTER", 9), ("SOLAR SYSTEM BARYCENTER", 0), ("SSB", 0), ("EMB", 3),
     ("EARTH-MOON BARYCENTER", 3), ("Earth Moon Barycentre", 3), ("599", 599), ("JUPITER", 599),
     ("VENUS BARYCENTER", 2)],
)  # fmt: skip
def test_barycenters_and_numbers_of_bodies_are_centers(tmp_path, name, number):
    assert text_lines.center(name) == number
    (arc,) = arcs(written(tmp_path, far(OEM.read_text(), name)))
    assert arc.center == number


def far(text: str, center: str) -> str:
    """The message about another body, far enough from it for any of them."""
    head, body = text.split("META_STOP")
    rows = [row.split() for row in body.split("\n") if row]
    moved = [f"{at} {float(x) + 5e6:.6f} {float(y):.6f} {float(z):.6f} {' '.join(v)}" for at, x, y, z, *v in rows]
    return head.replace("= MOON", f"= {center}") + "META_STOP\n" + "\n".join(moved)


def test_no_other_number_is_a_center():
    assert [text_lines.center(each) for each in ("-85", "31", "1000000000000", "5.0", "", "sub-earth")] == [None] * 6


XML = """<?xml version="1.0" encoding="UTF-8"?>
<ndm{space}><MESSAGE_ID>1</MESSAGE_ID>
<{p}oem id="CCSDS_OEM_VERS" version="2.0">
<{p}header><COMMENT>as the ISS' public ephemeris is</COMMENT><CREATION_DATE>2022-001T00:00:00.000Z</CREATION_DATE>
<ORIGINATOR>JSC</ORIGINATOR></{p}header>
<{p}body><{p}segment>
<{p}metadata>{meta}</{p}metadata>
<{p}data><COMMENT>Source: test</COMMENT>{rows}</{p}data>
</{p}segment></{p}body></{p}oem></ndm>
"""
META = ("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "START_TIME", "STOP_TIME",
        "INTERPOLATION", "INTERPOLATION_DEGREE")  # fmt: skip


@pytest.mark.parametrize("prefix, space", [("", ""), ("o:", ' xmlns:o="urn:ccsds:schema:ndmxml"')])
def test_a_message_in_an_ndm_is_the_message(tmp_path, prefix, space):
    """The root <ndm>, units as attributes and days of the year: as NASA's ISS.OEM_J2K_EPH.xml."""
    lines = OEM.read_text().splitlines()
    said = dict(line.split(" = ") for line in lines if " = " in line)
    meta = "".join(f"<{prefix}{key}>{said[key]}</{prefix}{key}>" for key in META)
    names = ("EPOCH", "X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
    units = ("", *[' units="km"'] * 3, *[' units="km/s"'] * 3)
    rows = []
    for row in (line.split() for line in lines if line[:2] == "20"):
        row[0] = row[0].replace("2022-01-01", "2022-001") + ".000Z"
        cells = [f"<{prefix}{n}{u}>{x}</{prefix}{n}>" for n, u, x in zip(names, units, row, strict=True)]
        rows.append(f"<{prefix}stateVector>{''.join(cells)}</{prefix}stateVector>")
    text = XML.format(p=prefix, space=space, meta=meta, rows="\n".join(rows))
    same(arcs(written(tmp_path, text, "lro.xml")), arcs(OEM))
    with pytest.raises(DataError, match=r"X is in 'm': expected km"):
        arcs(written(tmp_path, text.replace('units="km"', 'units="m"'), "lro.xml"))
    with pytest.raises(DataError, match=r"the root <opm> has no <oem>"):
        arcs(written(tmp_path, "<opm></opm>", "lro.xml"))
    bomb = text.replace("<ndm", '<!DOCTYPE ndm [<!ENTITY a "b">]><ndm', 1)
    with pytest.raises(DataError, match=r"lro\.xml"):
        arcs(written(tmp_path, bomb, "lro.xml"))


STK_COVARIANCE = """
CovarianceFormat UpperTriangular
CovarianceTimePosVel
0.0 1e2 0 0 0 0 0
 1e2 0 0 0 0
 1e2 0 0 0
120.0 1e2 0 0 0 0 0
"""


@pytest.mark.parametrize("before", [False, True])
def test_covariances_of_stk_are_passed_over(tmp_path, before):
    mark = "EphemerisTimePosVel" if before else "END Ephemeris"
    put = STK_COVARIANCE + f"\n{mark}"
    path = written(tmp_path, STK.read_text().replace(mark, put, 1), "lro.e")
    same(arcs(path, sim.Stk), arcs(STK, sim.Stk))


def test_stk_in_another_time_system_is_not_read_as_utc(tmp_path):
    text = STK.read_text().replace("CentralBody Moon", "CentralBody Moon\nTimeSystem TDB")
    with pytest.raises(DataError, match="Timesystem is 'TDB': expected UTC"):
        arcs(written(tmp_path, text, "lro.e"), sim.Stk)


def test_an_answer_of_horizons_api_is_its_table(tmp_path):
    answer = {"signature": {"source": "NASA/JPL Horizons API", "version": "1.2"}, "result": HORIZONS.read_text()}
    same(arcs(written(tmp_path, json.dumps(answer), "c.json"), sim.Horizons), arcs(HORIZONS, sim.Horizons))
    for text, told in (
        (json.dumps({"error": "No ephemeris for target\n prior to 2022"}), "No ephemeris for target prior to 2022"),
        (json.dumps({"result": 5}), "a text 'result'"),
        ('{"result": ', "not readable JSON"),
        ("{" * 100_000, "not readable JSON"),
        (json.dumps({"result": ""}), "with a line"),
    ):
        with pytest.raises(DataError, match=told):
            arcs(written(tmp_path, text, "c.json"), sim.Horizons)


ISS = (
    "1 25544U 98067A   25244.20115740  .00011389  00000-0  20478-3 0  9993",
    "2 25544  51.6340 290.3139 0003359 300.8027  59.2631 15.50340466526955",
)
OTHER = (
    "1 48274U 21035A   25244.21695689  .00029468  00000-0  37322-3 0  9998",
    "2 48274  41.4648 279.8683 0006408 269.9123  90.0981 15.58810247248010",
)
"""Source: Bill-Gray/tles, public catalogue snapshot, 2025-09-01."""
BULLETIN = f"""SB KEPS @ AMSAT $ORB25244.N
2Line Orbital Elements 244.AMSAT

HR AMSAT ORBITAL ELEMENTS FOR AMATEUR SATELLITES IN NASA FORMAT
FROM WA5QGD FORT WORTH,TX September 1, 2025
BID: $ORB-244.N

DECODE 2-LINE ELSETS WITH THE FOLLOWING KEY:
1 AAAAAU 00  0  0 BBBBB.BBBBBBBB  .CCCCCCCC  00000-0  00000-0 0 DDDZ
2 AAAAA EEE.EEEE FFF.FFFF GGGGGGG HHH.HHHH III.IIII JJ.JJJJJJJJKKKKKZ
KEY: A-CATALOGNUM B-EPOCHTIME C-DECAY D-ELSETNUM E-INCLINATION F-RAAN

TO ALL RADIO AMATEURS BT

2 new satellites were added, 1 was removed:
1 Sep 2025: the station
ISS
{ISS[0]}
{ISS[1]}
0 CSS (TIANHE)
{OTHER[0]}
{OTHER[1]}
/EX
"""


def test_a_bulletin_is_read_past_its_text(tmp_path):
    assert [record.number for record in read(str(written(tmp_path, BULLETIN, "keps.txt")))] == [25544, 48274]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("change", [lambda x: x[:40], lambda x: x[:-1] + "0", lambda x: x.replace("25544", "2554X")])
def test_a_damaged_line_is_no_text(tmp_path, number, change):
    lines = list(ISS)
    lines[number] = change(lines[number])
    with pytest.raises(DataError, match=r"keps\.txt: line "):
        read(str(written(tmp_path, BULLETIN.replace(ISS[number], lines[number]), "keps.txt")))


def test_lines_without_a_checksum_are_taken_and_told_of(tmp_path):
    bare = tuple(line[:68] for line in ISS)
    span = sim.Span("2025-09-01T00:00:00Z", days=0.1)
    t = span.grid(60.0)
    whole, short = (sim.Tle(line1=a, line2=b) for a, b in (ISS, bare))
    file = sim.Tle(file=str(written(tmp_path, "\n".join([*ISS, *bare]), "iss.tle")))
    mine, theirs = (sim.Spacecraft(name="x", orbit=each).over(span).relative(t).position for each in (whole, short))
    assert np.array_equal(mine, theirs)
    assert not list(whole.remarks(span))
    assert list(short.remarks(span)) == [
        "its element set has no checksum (column 69): a wrong digit would not be detected"
    ]
    assert "no checksum" in next(iter(file.remarks(span)))
    with pytest.raises(ValueError, match="expected 69 characters, got 67"):
        sim.Tle(line1=ISS[0][:67], line2=ISS[1])


OMM = {
    "OBJECT_NAME": "ISS (ZARYA)", "OBJECT_ID": "1998-067A", "EPOCH": "2025-09-01T04:49:39.999360",
    "MEAN_MOTION": 15.50340466, "ECCENTRICITY": 0.0003359, "INCLINATION": 51.634, "RA_OF_ASC_NODE": 290.3139,
    "ARG_OF_PERICENTER": 300.8027, "MEAN_ANOMALY": 59.2631, "EPHEMERIS_TYPE": 0, "CLASSIFICATION_TYPE": "U",
    "NORAD_CAT_ID": 25544, "ELEMENT_SET_NO": 999, "REV_AT_EPOCH": 52695, "BSTAR": 0.00020478,
    "MEAN_MOTION_DOT": 0.00011389, "MEAN_MOTION_DDOT": 0,
}  # fmt: skip
TWIN = {**OMM, "OBJECT_NAME": "TWIN", "NORAD_CAT_ID": 799501234, "RA_OF_ASC_NODE": 190.3139}


@pytest.mark.parametrize("zone", ["Z", "+00:00", "+0000"])
def test_epochs_of_messages_may_name_their_zone(tmp_path, zone):
    plain, zoned = (
        read(str(written(tmp_path, json.dumps([{**OMM, "EPOCH": OMM["EPOCH"] + each}]), f"{len(each)}.json")))[0].epoch
        for each in ("", zone)
    )
    assert plain == zoned
    with pytest.raises(DataError, match="EPOCH"):
        read(str(written(tmp_path, json.dumps([{**OMM, "EPOCH": OMM["EPOCH"] + "+02:00"}]), "two.json")))


def test_a_message_may_stand_in_place_of_lines():
    span = sim.Span("2025-09-01T00:00:00Z", days=0.1)
    t = span.grid(60.0)
    lines = sim.Spacecraft(name="x", orbit=sim.Tle(line1=ISS[0], line2=ISS[1])).over(span).relative(t).position
    orbit = sim.Tle(omm=OMM)
    apart = sim.Spacecraft(name="x", orbit=orbit).over(span).relative(t).position - lines
    assert np.abs(apart).max() < 1e-5  # 1 cm: its epoch is to a microsecond
    assert sim.Tle.model_validate(orbit.model_dump()) == orbit
    with pytest.raises(ValueError, match="MEAN_MOTION is not there: expected a number"):
        sim.Tle(omm={key: value for key, value in OMM.items() if key != "MEAN_MOTION"})
    with pytest.raises(ValueError, match="give one of sets"):
        sim.Tle(omm=OMM, line1=ISS[0], line2=ISS[1])


def as_csv(*sets):
    return "\n".join([",".join(sets[0]), *(",".join(map(str, each.values())) for each in sets)])


def as_kvn(*sets):
    return "\n".join("\n".join(["CCSDS_OMM_VERS=2.0", *(f"{k}={v}" for k, v in each.items())]) for each in sets)


@pytest.mark.parametrize("dress", [lambda *sets: json.dumps(sets), as_csv, as_kvn])
def test_a_catalogue_of_messages_varies_an_orbit_in_a_sweep(tmp_path, dress):
    written(tmp_path, dress(OMM, TWIN), "catalogue.omm")
    written(tmp_path, f"""
start = 2025-09-01T00:00:00Z
days = 0.5
include = ["seeds:stations/estrack"]
[spacecraft.sat.orbit]
kind = "tle"
line1 = "{ISS[0]}"
line2 = "{ISS[1]}"
[routes]
down = ["sat", ["kourou", "maspalomas"]]
""", "many.toml")  # fmt: skip
    found = sim.sweep(tmp_path / "many.toml", {"spacecraft.sat.orbit": "@catalogue.omm"}, tmp_path / "out").windows()
    assert set(found["spacecraft.sat.orbit"]) == {"ISS (ZARYA)", "TWIN"}


def test_a_horizon_may_step(figure):
    """A wall from 90 to 140 deg that hides all below 40 deg: as above the ground, and not behind the wall."""
    points = ((0.0, 5.0), (90.0, 5.0), (90.0, 40.0), (140.0, 40.0), (140.0, 5.0), (250.0, 5.0))
    place = {"latitude_deg": 40.4, "longitude_deg": -4.2, "height_m": 700.0}
    walled, plain = (sim.Site(name="s", horizon_deg=each, **place) for each in (points, 5.0))
    assert sim.Site(name="s", horizon_deg=points[::-1], **place) == walled
    at = np.deg2rad([89.999, 90.0, 115.0, 140.0, 140.001])
    assert np.rad2deg(walled.horizon(at)) == pytest.approx([5.0, 40.0, 40.0, 40.0, 5.0], abs=1e-6)
    span = sim.Span("2019-01-03T00:00:00Z", days=10)
    high, east = sim.elevation_deg(plain, sim.MOON), sim.azimuth_deg(plain, sim.MOON)
    expected = ((high > 5) & ~((east > 90) & (east < 140) & ~(high > 40))).windows(span)
    found = sim.hop(sim.MOON, walled).windows(span)
    assert found.bounds.shape == expected.bounds.shape
    figure("the Moon's windows past a wall", "azimuth and elevation", np.abs(found.bounds - expected.bounds).max(), 0.003, "s")  # fmt: skip  # noqa: E501
    north = sim.Site(name="s", horizon_deg=((180.0, 5.0), (360.0, 7.0), (0.0, 1.0), (90.0, 2.0)), **place)
    assert np.rad2deg(north.horizon(np.deg2rad([359.9999, 0.001]))) == pytest.approx([7.0, 1.0], abs=1e-3)
    for wrong, told in (
        (((10.0, 1.0), (5.0, 2.0), (10.0, 3.0), (7.0, 4.0)), "Put the points in order of azimuth"),
        (((0.0, 3.0), (90.0, 1.0), (90.0, 2.0), (90.0, 3.0)), "a step has two"),
    ):
        with pytest.raises(ValueError, match=told):
            sim.Site(name="s", horizon_deg=wrong, **place)
