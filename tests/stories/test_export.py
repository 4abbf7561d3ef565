"""A spacecraft's motion handed to other programs, and read back."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.core.errors import SimError
from sim.trajectories.orbits.formats import oem

DATA = Path(__file__).with_name("data")
BACK_MM = 1.0
"""What `sim export` promises."""


@pytest.fixture(scope="module")
def lro():
    """Six hours of LRO from two given states, with a join of two arcs in them."""
    start = sim.tdb("2019-01-03T00:00:00Z")
    anchors = (  # source: an earlier reconstruction from LRO_ES_90_202003 and the times of two pictures
        {"epoch": "2019-01-03T00:00:00Z", "position_km": (87.112002, -367.44274, 1818.824876),
         "velocity_km_s": (0.075931604, 1.583938394, 0.292333986)},
        {"epoch": "2019-01-03T02:26:00Z", "position_km": (88.778078, 1757.380104, 398.15779),
         "velocity_km_s": (-0.076140437, 0.345021505, -1.622683077)},
    )  # fmt: skip
    orbit = sim.Numerical(anchors=anchors, basis="reconstructed")
    return sim.Scenario(
        title="LRO", start=start, end=start + 6 * 3600.0, spacecraft={"lro": sim.Spacecraft(name="lro", orbit=orbit)}
    )


def apart_mm(scenario, orbit) -> float:
    name = next(iter(scenario.spacecraft))
    t = np.linspace(scenario.span.start, scenario.span.end, 5003)
    joins = scenario[name].joins
    t = t[np.min(np.abs(t[:, None] - np.append(joins, -1e12)), axis=1) > 1e-3] if len(joins) else t
    back = sim.Spacecraft(name=name, orbit=orbit).over(scenario.span)
    return float(np.linalg.norm(scenario[name].relative(t).position - back.relative(t).position, axis=1).max()) * 1e6


def test_an_integrated_orbit_comes_back_from_both_formats_within_a_millimeter(lro, tmp_path, figure):
    spice = pytest.importorskip("spiceypy")
    assert len(lro["lro"].joins) >= 1
    message, kernel = tmp_path / "lro.oem", tmp_path / "lro.bsp"
    assert sim.export(lro, "lro", "oem", message) == message
    sim.export(lro, "lro", "spk", kernel, target=-85)
    source = "the orbit it was made from"
    figure("LRO as OEM", source, apart_mm(lro, sim.Oem(file=str(message), center="moon")), BACK_MM, "mm")
    figure("LRO as SPK", source, apart_mm(lro, sim.Spk(file=str(kernel), target=-85, center="moon")), BACK_MM, "mm")
    t = np.linspace(lro.span.start, lro.span.end, 3001)
    spice.furnsh(str(kernel))
    theirs = np.array([spice.spkgps(-85, x, "J2000", 301)[0] for x in t])
    spice.unload(str(kernel))
    away = np.linalg.norm(theirs - lro["lro"].relative(t).position, axis=1).max() * 1e6
    figure("LRO as SPK, read by SPICE", source, away, BACK_MM, "mm")
    handle = spice.dafopr(str(kernel))
    _, comments, _ = spice.dafec(handle, 10, 100)
    spice.dafcls(handle)
    assert "reconstructed motion about the moon" in comments[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lro.bsp", "lro.oem"]


def test_polynomials_come_back_within_a_millimeter_and_need_no_more_than_any_reader_has(lro, tmp_path, figure):
    spice = pytest.importorskip("spiceypy")
    kernel = tmp_path / "lro2.bsp"
    sim.export(lro, "lro", "spk", kernel, target=-85, spk_type=2)
    back = apart_mm(lro, sim.Spk(file=str(kernel), target=-85, center="moon"))
    figure("LRO as SPK type 2", "the orbit it was made from", back, BACK_MM, "mm")
    t = np.linspace(lro.span.start, lro.span.end, 3001)
    spice.furnsh(str(kernel))
    theirs = np.array([spice.spkgps(-85, x, "J2000", 301)[0] for x in t])
    spice.unload(str(kernel))
    away = np.linalg.norm(theirs - lro["lro"].relative(t).position, axis=1).max() * 1e6
    figure("LRO as SPK type 2, read by SPICE", "the orbit it was made from", away, BACK_MM, "mm")
    from jplephem.spk import SPK

    with SPK.open(str(kernel)) as read:
        assert {(segment.center, segment.target, segment.data_type) for segment in read.segments} == {(301, -85, 2)}
        assert len(read.segments) == len(lro["lro"].joins) + 1


@pytest.mark.parametrize(("format", "spk_type"), [("oem", 2), ("spk", 9)])
def test_types_that_cannot_be_written_are_refused(lro, tmp_path, format, spk_type):
    with pytest.raises(SimError, match="spk_type: expected 2 or 13, with format spk only"):
        sim.export(lro, "lro", format, tmp_path / "x", spk_type=spk_type)


def test_phases_become_segments_and_one_on_the_ground_is_refused(tmp_path, figure):
    scenario = sim.load(DATA / "phases.toml")
    with pytest.raises(SimError, match="not in orbit during the whole span: it stands on the moon from 2026-03-01T13"):
        sim.export(scenario, "lander", "oem", tmp_path / "lander.oem")
    orbit = scenario.spacecraft["lander"].orbit
    flown = sim.Spacecraft(name="lander", orbit=sim.Phases(phases=(orbit.phases[0], orbit.phases[2])))
    short = sim.Scenario(start=scenario.start, days=2, spacecraft={"lander": flown})
    back = sim.Oem(file=str(sim.export(short, "lander", "oem", tmp_path / "lander.oem")), center="moon")
    assert len(back.arcs()) == 2
    for part, arc in zip(short["lander"].parts, back.arcs(), strict=True):
        assert max(part.start, float(short.start)) >= arc.start
        t = np.linspace(arc.start + 1, arc.end - 1, 500)
        apart = np.linalg.norm(arc.pieces(t[0], t[-1])(t) - part.trajectory.relative(t).position, axis=1).max() * 1e6
        figure("a spacecraft in phases as OEM", "the orbit it was made from", apart, BACK_MM, "mm")


def test_the_orbit_of_a_station_about_the_earth_comes_back_too(root, tmp_path, figure):
    scenario = sim.load(root / "scenarios" / "iss.toml")
    name = next(iter(scenario.spacecraft))
    day = sim.Scenario(start=scenario.start, days=0.5, spacecraft={name: scenario.spacecraft[name]})
    path = sim.export(day, name, "oem", tmp_path / "iss.oem")
    apart = apart_mm(day, sim.Oem(file=str(path), center="earth"))
    figure("an element set as OEM", "SGP4", apart, BACK_MM, "mm")


def test_a_message_read_and_written_says_the_same_states(tmp_path):
    scenario = sim.load(DATA / "lro-2022.toml")
    first, second = tmp_path / "one.oem", tmp_path / "two.oem"
    sim.export(scenario, "message", "oem", first)
    again = sim.Spacecraft(name="message", orbit=sim.Oem(file=str(first), center="moon"))
    sim.export(scenario.model_copy(update={"spacecraft": {"message": again}, "routes": {}}), "message", "oem", second)

    def rows(path):
        return [line for line in path.read_text().splitlines() if line[:2] == "20"]

    original = [[float(x) for x in line.split()[1:]] for line in rows(DATA / "lro.oem")]
    assert [[float(x) for x in line.split()[1:]] for line in rows(first)] == original
    assert rows(first) == rows(second)
    assert "COMMENT message: reconstructed motion about the moon, orbit kind oem" in first.read_text()


@pytest.mark.parametrize("scale", ["UTC", "TDB", "TT", "TAI", "GPS"])
def test_a_message_keeps_its_states_and_times_in_every_time_scale(tmp_path, scale):
    path = tmp_path / "lro.oem"
    path.write_text((DATA / "lro.oem").read_text().replace("= TDB", f"= {scale}"))
    arcs = sim.Oem(file=str(path), center="moon").arcs()
    text = oem.text(arcs, "LRO", ["as it was"])
    (tmp_path / "back.oem").write_text(text)
    (one,), (two,) = arcs, sim.Oem(file=str(tmp_path / "back.oem"), center="moon").arcs()
    assert np.array_equal(one.t, two.t)
    assert np.array_equal(one.position, two.position) and np.array_equal(one.velocity, two.velocity)
    assert (one.points, one.hermite, one.scale, one.center) == (two.points, two.hermite, two.scale, two.center)


def test_a_message_in_xml_is_the_message_in_kvn(tmp_path):
    from oem import OrbitEphemerisMessage

    OrbitEphemerisMessage.open(DATA / "lro.oem").save_as(tmp_path / "lro.xml", file_format="xml")
    (one,) = sim.Oem(file=str(DATA / "lro.oem"), center="moon").arcs()
    (two,) = sim.Oem(file=str(tmp_path / "lro.xml"), center="moon").arcs()
    assert np.array_equal(one.t, two.t) and np.allclose(one.position, two.position, rtol=1e-13)


def test_the_command_exports_and_says_what_is_wrong(tmp_path):
    for name in ("lro-2022.toml", "lro.oem", "lro.e"):
        shutil.copy(DATA / name, tmp_path)
    scenario, out = str(tmp_path / "lro-2022.toml"), tmp_path / "new.oem"
    done = CliRunner().invoke(app, ["export", scenario, "stk", "--format", "oem", "-o", str(out)])
    assert done.exit_code == 0 and str(out) in done.output.replace("\n", "")
    assert out.read_text().startswith("CCSDS_OEM_VERS = 2.0\nCOMMENT stk: reconstructed")
    for words, told in (
        (["lander"], "no spacecraft is called 'lander'. There are message, stk"),
        (["stk", "--format", "kml"], "unknown format 'kml'. Expected czml or oem or spk or stk"),
        (["stk", "-o", str(tmp_path)], "expected the name of a file"),
        (["stk", "-o", str(tmp_path / "no" / "x.oem")], "its folder does not exist"),
    ):
        done = CliRunner().invoke(app, ["export", scenario, *words, *(() if "-o" in words else ("-o", str(out)))])
        assert isinstance(done.exception, SimError) and told in str(done.exception)


def test_a_failed_export_leaves_the_old_file_alone(tmp_path, monkeypatch):
    scenario = sim.load(DATA / "lro-2022.toml")
    path = tmp_path / "lro.oem"
    path.write_text("the old one")
    monkeypatch.setattr(oem, "text", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sim.export(scenario, "message", "oem", path)
    assert path.read_text() == "the old one" and [p.name for p in tmp_path.iterdir()] == ["lro.oem"]
