"""Files that join orbit solutions, as agencies write them: a step is a border, a wrong row an error that names it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.core.errors import DataError
from sim.trajectories.orbits.formats import arc_borders
from sim.trajectories.orbits.formats.file_orbit import blocks
from sim.trajectories.orbits.formats.state_table import States

DATA = Path(__file__).with_name("data")
GM = {399: 398600.435, 301: 4902.80}
"""km³/s², of the tests' own ellipses."""
EPOCH = "2022-11-24T00:00:00"
ACROSS_KM = 1e-4
"""What is asked of the row that a solution is followed on to: no more than 10 cm from it."""


def ellipse(t, axis, eccentricity, center=399, turned=0.0):
    """Position and velocity (n, 3) of a Kepler orbit at seconds since its periapsis."""
    mean = np.sqrt(GM[center] / axis**3) * t
    anomaly = mean + eccentricity * np.sin(mean)
    for _ in range(200):
        anomaly = anomaly - (anomaly - eccentricity * np.sin(anomaly) - mean) / (1 - eccentricity * np.cos(anomaly))
    high = np.sqrt(1 - eccentricity**2)
    pace = np.sqrt(GM[center] / axis) / (1 - eccentricity * np.cos(anomaly))
    flat = np.stack([axis * (np.cos(anomaly) - eccentricity), axis * high * np.sin(anomaly), 0 * t], axis=1)
    speed = np.stack([-pace * np.sin(anomaly), pace * high * np.cos(anomaly), 0 * t], axis=1)
    turn = np.array([[np.cos(turned), -np.sin(turned), 0], [np.sin(turned), np.cos(turned), 0], [0, 0, 1.0]])
    return flat @ turn.T, speed @ turn.T


def far(t, solution):
    """Orbits of a spacecraft beyond the Moon, 4 min apart as in NASA's files of Orion; each solution is another."""
    return ellipse(t + 4e5, 230_000.0, 0.9, turned=solution)


STEPS_KM = (2.4, 22.6, 260.1)
"""Of the steps in the file of Artemis I the least, one between and the greatest that stopped it from being read.
Source: NASA, Post_TLI_Orion_AsFlown_20221213_EPH_OEM.asc, measured against the velocities around each."""


def joined(steps=STEPS_KM, rows=30, every=240.0):
    """Times, states and the solution of each row: after so many rows another, so far away."""
    t = np.arange(rows * (len(steps) + 1)) * every
    radius = np.linalg.norm(far(t, 0.0)[0], axis=1)
    which = np.arange(len(t)) // rows
    turns = np.concatenate([[0.0], np.cumsum([km / radius[rows * (k + 1)] for k, km in enumerate(steps)])])
    r, v = np.empty((len(t), 3)), np.empty((len(t), 3))
    for k, turned in enumerate(turns):
        r[which == k], v[which == k] = far(t[which == k], turned)
    return t, r, v, turns


def write(path, kind, t, r, v):
    if kind == "oem":
        stamps = np.datetime64(EPOCH, "ms") + np.round(t * 1e3).astype("timedelta64[ms]")
        table = np.column_stack([r, v]).tolist()
        rows = [" ".join([str(at), *map(repr, row)]) for at, row in zip(stamps, table, strict=True)]
        head = ["CCSDS_OEM_VERS = 2.0", "CREATION_DATE = 2022-12-13T07:03:33", "ORIGINATOR = TEST", "META_START",
                "OBJECT_NAME = ORION", "OBJECT_ID = 2022-156A", "CENTER_NAME = EARTH", "REF_FRAME = EME2000",
                "TIME_SYSTEM = UTC", f"START_TIME = {stamps[0]}", f"STOP_TIME = {stamps[-1]}", "META_STOP"]  # fmt: skip
        path.write_text("\n".join([*head, *rows]) + "\n")
        return sim.Oem(file=str(path), center="earth")
    if kind == "csv":
        stamps = np.datetime64(EPOCH, "ms") + np.round(t * 1e3).astype("timedelta64[ms]")
        names = "tdb,x_km,y_km,z_km" + (",vx_km_s,vy_km_s,vz_km_s" if v is not None else "")
        table = r if v is None else np.column_stack([r, v])
        rows = [",".join([str(at), *map(repr, row)]) for at, row in zip(stamps, table.tolist(), strict=True)]
        path.write_text("\n".join([names, *rows]) + "\n")
        return sim.Csv(file=str(path), center="earth")
    if kind == "stk":
        rows = [" ".join(map(repr, row)) for row in np.column_stack([t, r, v]).tolist()]
        head = ["stk.v.12.0", "BEGIN Ephemeris", f"NumberOfEphemerisPoints {len(t)}", "InterpolationMethod Hermite",
                "ScenarioEpoch 24 Nov 2022 00:00:00.000", "InterpolationSamplesM1 5", "CentralBody Earth",
                "CoordinateSystem ICRF", "DistanceUnit Kilometers", "EphemerisTimePosVel"]  # fmt: skip
        path.write_text("\n".join([*head, *rows, "END Ephemeris"]) + "\n")
        return sim.Stk(file=str(path), center="earth")
    julian = 2459907.5 + t / 86400.0
    stamps = np.datetime64(EPOCH, "ms") + np.round(t * 1e3).astype("timedelta64[ms]")
    rows = []
    for day, at, p, s in zip(julian.tolist(), stamps, r.tolist(), v.tolist(), strict=True):
        clock = str(at)[11:].ljust(13, "0")
        day_text = f"{str(at)[:4]}-Nov-{str(at)[8:10]}"
        rows.append(f"{day:.9f}, A.D. {day_text} {clock}, " + ", ".join(map(repr, [*p, *s])) + ",")
    head = ["Center body name: Earth (399)", "Center-site name: BODY CENTER", "Start time : A.D. 2022-Nov-24 TDB",
            "Output units : KM-S", "Output type : GEOMETRIC cartesian states", "Reference frame : ICRF",
            "JDTDB, Calendar Date (TDB), X, Y, Z, VX, VY, VZ,", "$$SOE"]  # fmt: skip
    path.write_text("\n".join([*head, *rows, "$$EOE"]) + "\n")
    return sim.Horizons(file=str(path), center="earth")


KINDS = ("oem", "csv", "stk", "horizons")


@pytest.mark.parametrize("kind", KINDS)
def test_solutions_joined_in_one_segment_become_arcs_and_each_is_what_it_says(tmp_path, kind):
    t, r, v, turns = joined()
    orbit = write(tmp_path / f"orion.{kind}", kind, t, r, v)
    arcs = orbit.arcs()
    assert len(arcs) == len(STEPS_KM) + 1 and len(blocks(arcs)) == 1  # without a gap
    assert [arc.step and pytest.approx(arc.step[0], rel=0.02) for arc in arcs] == [None, *STEPS_KM]
    zero = arcs[0].start
    for arc, turned in zip(arcs, turns, strict=True):
        asked = np.linspace(arc.start, arc.end, 999)
        apart = np.linalg.norm(arc.pieces(arc.start, arc.end)(asked) - far(asked - zero, turned)[0], axis=1)
        assert apart.max() < ACROSS_KM
    whole = sim.Span(arcs[0].start, arcs[-1].end)
    craft = sim.Spacecraft(name="orion", orbit=orbit).over(whole)
    assert np.allclose(craft.joins, [arc.start for arc in arcs[1:]])
    assert len(craft.notes) == len(STEPS_KM)
    assert "joins two arcs at 2022-11-24T05:" in craft.notes[2] and "position changes by 260 km" in craft.notes[2]


def test_positions_alone_are_parted_too(tmp_path):
    t, r, _, turns = joined()
    arcs = write(tmp_path / "orion.csv", "csv", t, r, None).arcs()
    assert [arc.step and pytest.approx(arc.step[0], rel=0.02) for arc in arcs] == [None, *STEPS_KM]
    for arc, turned in zip(arcs, turns, strict=True):
        asked = np.linspace(arc.start, arc.end, 999)
        apart = arc.pieces(arc.start, arc.end)(asked) - far(asked - arcs[0].start, turned)[0]
        assert np.abs(apart).max() < ACROSS_KM


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("column", ["position", "velocity"])
def test_a_wrong_row_is_named_though_its_step_would_hide_it(tmp_path, kind, column):
    """30 km where steps are 385 km, and a velocity with a wrong digit: 8 % of a step."""
    t = np.arange(60) * 240.0
    r, v = ellipse(t, 8_000.0 * 3, 0.0)
    step = float(np.linalg.norm(np.diff(r, axis=0), axis=1).mean())
    row = 30
    if column == "position":
        r[row, 0] += 0.078 * step
    else:
        v[row, 1] += 0.3
    orbit = write(tmp_path / f"wrong.{kind}", kind, t, r, v)
    lines = Path(orbit.file).read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if repr(float(r[0, 0])) in line)
    with pytest.raises(DataError, match=rf"line {first + row + 1}: .* km off the neighboring states. Check for"):
        orbit.arcs()


def test_a_wrong_row_of_positions_alone_is_named(tmp_path):
    t = np.arange(60) * 240.0
    r, _ = ellipse(t, 24_000.0, 0.0)
    r[30, 1] -= 30.0
    with pytest.raises(DataError, match=r"line 32: 30\.\d+ km off the neighboring states"):
        write(tmp_path / "wrong.csv", "csv", t, r, None).arcs()


def test_what_makes_no_sense_stays_an_error(tmp_path):
    t = np.arange(60) * 240.0
    r, v = ellipse(t, 24_000.0, 0.0)
    with pytest.raises(DataError, match="the velocities say"):
        write(tmp_path / "wrong.oem", "oem", t, r, 2.0 * v).arcs()
    rng = np.random.default_rng(1)
    with pytest.raises(DataError, match="Check for a wrong digit, sign or unit"):
        write(tmp_path / "wrong.oem", "oem", t, r[rng.permutation(60)], v).arcs()
    r[30:] *= -1.0  # another side of the Earth: no solution of the same orbit
    with pytest.raises(DataError, match=r"line 43: .* Check for a wrong digit, sign or unit"):
        write(tmp_path / "wrong.oem", "oem", t, r, v).arcs()


@pytest.mark.parametrize("kind", ["oem", "csv"])
def test_an_epoch_that_occurs_twice_is_a_border(tmp_path, kind):
    """At a burn the position is one, the velocity another before and after it."""
    t = np.append(np.arange(20) * 60.0, 19 * 60.0 + np.arange(20) * 60.0)
    before, after = ellipse(t[:20], 7_000.0, 0.0), ellipse(t[20:] - t[20], 7_000.0 / (1 - 0.1), 0.1)
    angle = np.sqrt(GM[399] / 7_000.0**3) * t[20]
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1.0]])
    r, v = np.concatenate([before[0], after[0] @ turn.T]), np.concatenate([before[1], after[1] @ turn.T])
    early, late = write(tmp_path / f"burn.{kind}", kind, t, r, v).arcs()
    assert early.end == late.start and len(early.t) == len(late.t) == 20
    burn = np.linalg.norm(v[20] - v[19])
    assert late.step[0] < 1e-6 and late.step[1] == pytest.approx(burn)
    (told,) = arc_borders.notes("burn", [early, late])
    assert f"velocity changes by {1e3 * burn:.3g} m/s" in told
    same = np.concatenate([r[:20], r[19:20], r[21:]]), np.concatenate([v[:20], v[19:20], v[21:]])
    with pytest.raises(DataError, match="appears twice"):
        write(tmp_path / f"twice.{kind}", kind, t, *same).arcs()


@settings(max_examples=60, deadline=None)
@given(
    eccentricity=st.floats(0.0, 0.95),
    turn=st.floats(0.02, 1.0),
    phase=st.floats(0.0, 1.0),
    center=st.sampled_from([399, 301]),
    velocities=st.booleans(),
)
def test_orbits_sampled_however_coarsely_have_no_borders(eccentricity, turn, phase, center, velocities):
    """turn: rad a step at periapsis."""
    lowest = 7_000.0 if center == 399 else 1_900.0
    pace = np.sqrt(GM[center] * (1 + eccentricity) / lowest) / lowest
    period = 2 * np.pi * np.sqrt((lowest / (1 - eccentricity)) ** 3 / GM[center])
    turn = turn if velocities else 0.3 * turn
    every = turn / pace
    t = (phase + np.arange(min(400, 10 + int(1.3 * period / every)))) * every
    r, v = ellipse(t - 0.2 * t[-1], lowest / (1 - eccentricity), eccentricity, center)
    arc = States(t, r, v if velocities else None, center, t[0], t[-1], hermite=velocities)
    assert len(arc_borders.parted("file", arc, [f"row {i}" for i in range(len(t))])) == 1


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.integers(3, 40), min_size=2, max_size=5),
    km=st.lists(st.floats(0.5, 3_000.0), min_size=4, max_size=4),
    every=st.sampled_from([60.0, 240.0, 600.0]),
)
def test_borders_are_found_wherever_they_are(rows, km, every):
    t = np.arange(sum(rows)) * every
    which = np.repeat(np.arange(len(rows)), rows)
    radius = np.linalg.norm(far(t, 0.0)[0], axis=1)
    first = np.cumsum(rows)[:-1]
    turns = np.concatenate([[0.0], np.cumsum([size / radius[i] for size, i in zip(km, first, strict=False)])])
    parts = [far(t[which == k], turns[k]) for k in range(len(rows))]
    arc = States(t, np.concatenate([p for p, _ in parts]), np.concatenate([v for _, v in parts]), 399, t[0], t[-1])
    arcs = arc_borders.parted("file", arc, [f"row {i}" for i in range(len(t))])
    assert np.allclose([each.start for each in arcs[1:]], 0.5 * (t[first - 1] + t[first]))


def test_a_run_tells_of_the_borders_on_the_screen_and_in_run_json(tmp_path):
    t, r, v, _ = joined()
    write(tmp_path / "orion.oem", "oem", t, r, v)
    (tmp_path / "orion.toml").write_text(
        'start = 2022-11-24T00:00:00Z\nend = 2022-11-24T07:00:00Z\ninclude = ["seeds:stations/dsn"]\n'
        '[spacecraft.orion.orbit]\nkind = "oem"\nfile = "orion.oem"\ncenter = "earth"\n'
        '[routes]\ndown = ["orion", "madrid"]\n[[products]]\nkind = "passes"\n'
    )
    done = CliRunner().invoke(app, ["run", str(tmp_path / "orion.toml"), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    told = " ".join(done.stderr.split())
    assert "orion.oem joins 4 arcs in the span, between which the position changes by 2.4 to 260 km" in told
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert sum("joins two arcs at" in note for note in json.dumps(record).split('"')) == len(STEPS_KM)
    shutil.rmtree(tmp_path / "out")
