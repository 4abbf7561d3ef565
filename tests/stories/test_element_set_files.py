"""Element sets from files: two-line sets and OMM in its four dresses give one orbit, and what is wrong is told."""

import csv
import io
import json

import numpy as np
import pytest

import sim
from sim.core.errors import CoverageError, DataError, ScenarioError
from sim.trajectories.orbits.formats.sgp4_set import ElementSet

TLE = (
    "1 25544U 98067A   25244.20115740  .00011389  00000-0  20478-3 0  9993",
    "2 25544  51.6340 290.3139 0003359 300.8027  59.2631 15.50340466526955",
)
"""The ISS. Source: Bill-Gray/tles, public catalogue snapshot, 2025-09-01."""
OTHER = (
    "1 48274U 21035A   25244.21695689  .00029468  00000-0  37322-3 0  9998",
    "2 48274  41.4648 279.8683 0006408 269.9123  90.0981 15.58810247248010",
)
OMM = {
    "OBJECT_NAME": "ISS (ZARYA)", "OBJECT_ID": "1998-067A", "EPOCH": "2025-09-01T04:49:39.999360",
    "MEAN_MOTION": 15.50340466, "ECCENTRICITY": 0.0003359, "INCLINATION": 51.634, "RA_OF_ASC_NODE": 290.3139,
    "ARG_OF_PERICENTER": 300.8027, "MEAN_ANOMALY": 59.2631, "EPHEMERIS_TYPE": 0, "CLASSIFICATION_TYPE": "U",
    "NORAD_CAT_ID": 25544, "ELEMENT_SET_NO": 999, "REV_AT_EPOCH": 52695, "BSTAR": 0.00020478,
    "MEAN_MOTION_DOT": 0.00011389, "MEAN_MOTION_DDOT": 0,
}  # fmt: skip
"""The same set in the keywords that CelesTrak hands out."""
SPAN = sim.Span("2025-09-01T00:00:00Z", days=2)
SAME_KM = 1e-5
"""1 cm: an OMM's epoch is rounded to a microsecond, in which a station flies 8 mm."""


def as_json(*sets):
    return json.dumps(list(sets))


def as_csv(*sets):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(sets[0]))
    writer.writeheader()
    writer.writerows(sets)
    return text.getvalue()


UNITS = {"MEAN_MOTION": "rev/day", "INCLINATION": "deg", "BSTAR": "1/ER", "MEAN_ANOMALY": "deg"}
HEAD = {"CENTER_NAME": "EARTH", "REF_FRAME": "TEME", "TIME_SYSTEM": "UTC", "MEAN_ELEMENT_THEORY": "SGP4"}


def as_kvn(*sets):
    lines = []
    for fields in sets:
        lines += ["CCSDS_OMM_VERS = 2.0", "COMMENT of a station", "CREATION_DATE = 2025-09-01T06:00:00"]
        units = {key: f" [{unit}]" for key, unit in UNITS.items()}
        lines += [f"{key} = {value}{units.get(key, '')}" for key, value in {**fields, **HEAD}.items()]
    return "\n".join(lines)


def as_xml(*sets):
    parts = []
    for fields in sets:
        inner = "".join(f"<{key}>{value}</{key}>" for key, value in fields.items())
        head = "".join(f"<{key}>{value}</{key}>" for key, value in HEAD.items())
        parts.append(f'<omm id="CCSDS_OMM_VERS" version="2.0"><header/><body><segment><metadata>{head}</metadata>'
                     f"<data><meanElements>{inner}</meanElements></data></segment></body></omm>")  # fmt: skip
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<ndm>{"".join(parts)}</ndm>'


def as_lines(*sets):
    return "ISS (ZARYA)\n" + "\n".join(TLE) + "\n"


DRESSES = {"json": as_json, "csv": as_csv, "kvn": as_kvn, "xml": as_xml, "tle": as_lines}


def orbit(path, **fields):
    return sim.Spacecraft(name="iss", orbit=sim.Tle(file=str(path), **fields)).over(SPAN)


@pytest.mark.parametrize("dress", DRESSES)
def test_a_file_in_any_dress_gives_the_orbit_of_its_two_lines(tmp_path, dress, figure):
    path = tmp_path / f"iss.{dress}"
    path.write_text(DRESSES[dress](OMM))
    t = SPAN.grid(600.0)
    lines = sim.Spacecraft(name="iss", orbit=sim.Tle(line1=TLE[0], line2=TLE[1])).over(SPAN)
    worst = np.linalg.norm(orbit(path).relative(t).position - lines.relative(t).position, axis=1).max()
    figure("positions from an OMM (JSON, CSV, KVN, XML)", "the two lines of the same set", worst * 1e6,
           SAME_KM * 1e6, "mm")  # fmt: skip


def test_skyfield_moves_the_same_message_to_the_same_place(tmp_path, figure):
    from skyfield.api import EarthSatellite, load

    from sim.core.time import DAY_S
    from sim.core.time_scales import tdb_minus_tt

    path = tmp_path / "iss.json"
    path.write_text(as_json(OMM))
    ts, t = load.timescale(builtin=True), SPAN.grid(600.0)
    theirs = EarthSatellite.from_omm(ts, OMM).at(ts.tt_jd(2451545.0, (t - tdb_minus_tt(t)) / DAY_S)).position.km.T
    worst = np.linalg.norm(orbit(path).relative(t).position - theirs, axis=1).max()
    figure("positions from an OMM (JSON)", "Skyfield", worst * 1e6, 10.0, "mm")


def test_of_many_sets_in_any_order_the_nearest_counts_and_doubles_are_one(tmp_path):
    later = {**OMM, "EPOCH": "2025-09-02T04:49:39.999360", "MEAN_ANOMALY": 239.5}
    path = tmp_path / "iss.json"
    path.write_text(as_json(later, OMM, OMM))
    join = 0.5 * (float(sim.tdb(OMM["EPOCH"] + "Z")) + float(sim.tdb(later["EPOCH"] + "Z")))
    assert orbit(path).breaks(SPAN) == pytest.approx([join], abs=1e-5)


def test_of_several_objects_one_is_named(tmp_path):
    path = tmp_path / "stations.tle"
    path.write_text("\n".join(["ISS", *TLE, "CSS, the station", *OTHER]))
    with pytest.raises(DataError, match=r"stations.tle has element sets of 2 objects.*norad_id \(25544, 48274\)"):
        orbit(path)
    with pytest.raises(DataError, match="no element set of object 5; it has 25544, 48274"):
        orbit(path, norad_id=5)
    assert orbit(path, norad_id=48274).breaks(SPAN).size == 0


def test_catalogue_numbers_beyond_five_digits_are_taken(tmp_path):
    path = tmp_path / "new.json"
    path.write_text(as_json({**OMM, "NORAD_CAT_ID": 799501234}))
    orbit(path, norad_id=799501234)


def test_an_alpha_5_number_is_its_number():
    def line(text):
        return text[:68] + str(sum(int(c) if c.isdigit() else c == "-" for c in text[:68]) % 10)

    pair = [line(each.replace("25544", "T0002", 1)) for each in TLE]
    assert ElementSet.read(*pair).number == 270002
    assert sim.Tle(line1=pair[0], line2=pair[1], norad_id=270002).norad_id == 270002
    with pytest.raises(ValueError, match="norad_id is 25544, the lines are of object 270002"):
        sim.Tle(line1=pair[0], line2=pair[1], norad_id=25544)


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><omm>&b;</omm>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><omm>&a;</omm>'
WRONG = [
    ("xml", BOMB, "no document type and no entities"),
    ("xml", OUTSIDE, "no document type and no entities"),
    ("xml", "<omm><segment>", "is not readable XML"),
    ("xml", "<omm></omm>", "has no element sets"),
    ("xml", as_xml(OMM).replace("<BSTAR>", "<BSTAR>1</BSTAR><BSTAR>"), "set 1: BSTAR appears twice"),
    ("json", "[" * 100_000, "nested too deeply"),
    ("json", "[]", "has no element sets"),
    ("json", "[1]", "set 1: expected keys and values, got '1'"),
    ("json", '{"A": 1, "A": 2}', "A appears twice"),
    ("json", '{"EPOCH": }', "is not readable JSON"),
    ("json", as_json({**OMM, "MEAN_MOTION": float("nan")}), "set 1: MEAN_MOTION is 'NaN': expected a number from 0"),
    ("json", as_json({**OMM, "MEAN_MOTION": "9" * 5000}), "MEAN_MOTION is '999"),
    ("json", as_json({**OMM, "MEAN_MOTION": None}), "MEAN_MOTION is not there"),
    ("json", as_json({**OMM, "MEAN_MOTION": True}), "MEAN_MOTION is not there"),
    ("json", as_json({**OMM, "ECCENTRICITY": 1.2}), "ECCENTRICITY is '1.2'"),
    ("json", as_json({**OMM, "ECCENTRICITY": 0.9}), "is inside the earth"),
    ("json", as_json({**OMM, "INCLINATION": 181}), "INCLINATION is '181': expected a number from 0 to 180 (deg)"),
    ("json", as_json({**OMM, "NORAD_CAT_ID": "T0002"}), "NORAD_CAT_ID is 'T0002': expected a catalogue number"),
    ("json", as_json({**OMM, "EPOCH": "yesterday"}), "set 1: EPOCH"),
    ("json", as_json({**OMM, "EPOCH": "2025-09-31T00:00:00"}), "set 1: EPOCH"),
    ("json", as_json({**OMM, "EPHEMERIS_TYPE": 4}), "EPHEMERIS_TYPE is '4'"),
    ("json", as_json({**OMM, "MEAN_ELEMENT_THEORY": "SGP4-XP"}), "MEAN_ELEMENT_THEORY is 'SGP4-XP'"),
    ("json", as_json({**OMM, "REF_FRAME": "GCRF"}), "REF_FRAME is 'GCRF': expected TEME"),
    ("json", as_json({**OMM, "TIME_SYSTEM": "TAI"}), "TIME_SYSTEM is 'TAI': expected UTC"),
    ("json", as_json({key: OMM[key] for key in OMM if key != "BSTAR"}), "BSTAR is not there"),
    ("csv", as_csv(OMM) + "a,b\n", "line 3: expected 17 cells, got 2"),
    ("csv", "EPOCH,EPOCH\n1,2\n", "two columns have the same name"),
    ("csv", as_csv(OMM).replace("51.634", ""), "line 2: INCLINATION is ''"),
    ("kvn", as_kvn(OMM) + "\nnothing", "expected KEYWORD = value, got 'nothing'"),
    ("kvn", as_kvn(OMM) + "\nBSTAR = 1", "line 25: BSTAR appears twice"),
    ("kvn", "A = 1\n" + as_kvn(OMM), "line 1: expected CCSDS_OMM_VERS first"),
    ("kvn", as_kvn(OMM).replace("[rev/day]", "[rad/s]"), "[rad/s]': expected a number in rev/day"),
    ("tle", "\n".join(TLE[::-1]), "line 1: expected line 1, got line 2: the two lines are swapped"),
    ("tle", TLE[0], "line 1: expected a line that begins with '2 '"),
    ("tle", "\n".join(["ISS", TLE[0][:-1] + "9", TLE[1]]), "line 2: the line adds up to 3"),
    ("tle", "\n".join([TLE[0], OTHER[1]]), "line 2: line 1 is of object 25544, line 2 of object 48274"),
    ("tle", "hello", "is not a file of element sets"),
    ("tle", "", "is empty"),
    ("tle", "<!DOCTYPE html><html>404", "is a web page"),
    ("tle", "{\0}", "zero byte"),
]  # fmt: skip


@pytest.mark.parametrize("dress, text, told", WRONG, ids=[f"{i}-{case[0]}" for i, case in enumerate(WRONG)])
def test_a_bad_file_is_refused_with_the_place_and_what_is_wrong(tmp_path, dress, text, told):
    path = tmp_path / f"bad.{dress}"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        sim.Tle(file=str(path)).records  # noqa: B018
    assert told in str(caught.value)
    assert "bad." in str(caught.value)


SCENARIO = """
start   = 2025-09-01T00:00:00Z
days    = 1
include = ["seeds:stations/estrack"]

[spacecraft.iss.orbit]
kind = "tle"
file = "iss.json"

[routes]
iss = ["iss", "redu"]

[[products]]
kind = "contact_plan"

[[products]]
kind = "passes"
"""


def test_a_scenario_names_the_file_and_the_run_keeps_its_hash(tmp_path):
    (tmp_path / "iss.json").write_text(as_json(OMM))
    (tmp_path / "s.toml").write_text(SCENARIO)
    result = sim.run(sim.load(tmp_path / "s.toml"))
    assert len(result.routes["iss"]) > 3
    (kept,) = result.provenance["ends"]["iss"]["files"]
    assert kept["name"] == "iss.json"


def test_every_row_of_the_tables_says_how_old_the_elements_are(tmp_path):
    (tmp_path / "iss.json").write_text(as_json(OMM))
    (tmp_path / "s.toml").write_text(SCENARIO)
    scenario = sim.load(tmp_path / "s.toml")
    sim.write(scenario, sim.run(scenario), tmp_path / "out")
    epoch = float(sim.tdb(OMM["EPOCH"] + "Z"))
    for table, first, last in (("contact-plan.csv", "start_utc", "end_utc"), ("passes.csv", "aos_utc", "los_utc")):
        rows = list(csv.DictReader((tmp_path / "out" / table).open(encoding="utf-8")))
        assert len(rows) > 3
        for row in rows:
            away = max(abs(float(sim.tdb(row[key])) - epoch) for key in (first, last)) / 86400
            assert float(row["element_age_days"]) == pytest.approx(away, abs=0.006)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("2025-09-01", "2025-10-01", "iss.orbit.file .*the nearest element set is of 2025-09-01T04:49:40Z, 30.8 days"),
        ("iss.json", "none.json", "there is no file 'none.json'"),
        ("iss.json", "../iss.json", "iss.orbit.file"),
        ('kind = "tle"', 'kind = "tle"\nnorad_id = 7', "no element set of object 7"),
        ('kind = "tle"', 'kind = "tle"\nsets = []\nline1 = "1 "', "line1"),
    ],
)
def test_a_scenario_with_a_file_that_does_not_fit_is_refused(tmp_path, old, new, told):
    (tmp_path / "iss.json").write_text(as_json(OMM))
    (tmp_path / "s.toml").write_text(SCENARIO.replace(old, new))
    with pytest.raises(ScenarioError, match=told):
        sim.load(tmp_path / "s.toml")


def test_a_file_in_a_phase_is_checked_and_kept_too(tmp_path):
    (tmp_path / "iss.json").write_text(as_json(OMM))
    phase = """
[spacecraft.iss.orbit]
kind = "phases"
[[spacecraft.iss.orbit.phases]]
start = 2025-09-01T01:00:00Z
end   = 2025-09-01T20:00:00Z
orbit = { kind = "tle", file = "iss.json" }
"""
    text = SCENARIO.replace('\n[spacecraft.iss.orbit]\nkind = "tle"\nfile = "iss.json"\n', phase)
    (tmp_path / "s.toml").write_text(text)
    result = sim.run(sim.load(tmp_path / "s.toml"))
    assert len(result.routes["iss"]) > 2
    assert result.provenance["ends"]["iss"]["files"][0]["name"] == "iss.json"
    (tmp_path / "s.toml").write_text(text.replace("2025-09-01T", "2025-11-01T"))
    with pytest.raises(ScenarioError, match=r"iss.orbit.phases\[0\].orbit.file .*nearest element set"):
        sim.load(tmp_path / "s.toml")


def test_a_notebook_is_told_of_a_file_that_is_too_old(tmp_path):
    path = tmp_path / "iss.json"
    path.write_text(as_json({**OMM, "EPOCH": "2025-01-01T00:00:00"}))
    with pytest.raises(CoverageError, match=r"element set is of 2025-01-01T00:00:00Z, 245.0 days"):
        orbit(path)
