"""Exported motion, read by programs that are not ours; and formats of other packages."""

import io
from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import KroghInterpolator

import sim
from sim.core.time_scales import tdb_minus_tt
from sim.products.export_motion import EXPORTS
from sim.trajectories.bodies.body import BODIES

DATA = Path(__file__).with_name("data")
PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


@pytest.fixture(scope="module")
def low():
    """Three hours about the Moon, with names that a careless writer would break on."""
    start = sim.tdb("2026-03-01T00:00:00Z")
    orbit = sim.Kepler(
        center="moon", semi_major_axis_km=1900, eccentricity=0.02, inclination_deg=80, epoch=start, source="<b>&\"'"
    )
    sites = {
        "goldstone": sim.Site(name="goldstone", latitude_deg=35.4, longitude_deg=-116.9, height_m=1000),
        "pole": sim.Site(name="pole", body="moon", latitude_deg=-89.0, longitude_deg=0.0),
    }
    craft = {"low": sim.Spacecraft(name="low", orbit=orbit)}
    return sim.Scenario(title="Low", start=start, end=start + 3 * 3600.0, spacecraft=craft, sites=sites)


def test_another_reader_finds_the_same_states_in_an_stk_ephemeris(low, tmp_path, figure):
    stk_files = pytest.importorskip("stk_files")
    path = sim.export(low, "low", "stk", tmp_path / "low.e")
    written = path.read_text()
    iso = next(line for line in written.splitlines() if line.startswith("ScenarioEpoch")).split(None, 1)[1]
    day, month, year, clock = iso.split()
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    stamp = f"{year}-{months.index(month) + 1:02d}-{int(day):02d}T{clock}"
    theirs = written.replace(iso, stamp).replace("CentralBody", "TimeFormat EpSec\nCentralBody")
    theirs = "\n".join(line for line in theirs.splitlines() if not line.startswith("#"))
    config, times, data = stk_files.read_ephemeris(io.StringIO(theirs))
    assert (config.central_body, config.coordinate_system, config.interpolation_method) == ("Moon", "ICRF", "Hermite")
    assert config.interpolation_order == 5 and f"NumberOfEphemerisPoints {len(times)}\n" in written
    t = np.array([sim.tdb(f"{each}Z") for each in times])  # to the millisecond
    state = low["low"].relative(t)
    apart = float(np.linalg.norm(data[:, :3] - state.position, axis=1).max())
    figure("an STK ephemeris, read by stk-files", "the orbit it was made from", apart * 1e3, 2.0, "m")
    assert np.abs(data[:, 3:] - state.velocity).max() < 2e-6
    assert "# low: " in written and "orbit kind kepler" in written


def test_another_reader_finds_the_orbit_and_the_sites_in_czml(low, tmp_path, figure):
    czml3 = pytest.importorskip("czml3")
    path = sim.export(low, "low", "czml", tmp_path / "low.czml")
    head, craft, *sites = czml3.Document.load(path).packets
    assert (head.id, head.name, craft.id) == ("document", "Low", "spacecraft/low")
    assert [site.id for site in sites] == ["site/goldstone"]
    assert sites[0].position.cartographicDegrees.values == [-116.9, 35.4, 1000.0]
    assert "&lt;b&gt;&amp;" in craft.description and "<b>" not in craft.description
    place = craft.position
    assert place.referenceFrame == "INERTIAL" and place.interpolationAlgorithm == "HERMITE"
    rows = np.array(place.cartesianVelocity.values).reshape(-1, 7)
    epoch = sim.tdb(str(place.epoch)) if not isinstance(place.epoch, str) else sim.tdb(place.epoch)
    t = np.linspace(float(low.span.start) + 1.0, float(low.span.end) - 1.0, 400)
    since = (t - tdb_minus_tt(t)) - (epoch - float(tdb_minus_tt(np.array([epoch]))[0]))
    found = np.array([_hermite(rows, x, (place.interpolationDegree + 1) // 2) for x in since])
    expected = 1e3 * (low["low"].position(t) - BODIES["earth"].position(t))
    apart = float(np.linalg.norm(found - expected, axis=1).max())
    figure("CZML, read by czml3 and interpolated by SciPy", "the orbit it was made from", apart * 1e3, 10.0, "mm")

    burns = sim.load(DATA / "maneuvers.toml")
    several = czml3.Document.load(sim.export(burns, "orbiter", "czml", tmp_path / "burns.czml")).packets
    names = [each.id for each in several if each.id.startswith("spacecraft/")]
    assert len(burns["orbiter"].joins) > 0
    assert names == [f"spacecraft/orbiter/{n}" for n in range(1, len(burns["orbiter"].joins) + 2)]


def _hermite(rows, x, count):
    """Hermite interpolation of the nearest states, as Cesium does it."""
    first = int(np.clip(np.searchsorted(rows[:, 0], x) - count // 2, 0, len(rows) - count))
    near = rows[first : first + count]
    middle = near[:, 0].mean()
    values = np.stack((near[:, 1:4], near[:, 4:7]), axis=1).reshape(-1, 3)
    return KroghInterpolator(np.repeat(near[:, 0] - middle, 2), values)(x - middle)


def test_every_format_stands_in_the_page_of_formats_and_in_the_list_of_kinds():
    from typer.testing import CliRunner

    from sim.cli.verbs import app

    page, listed = PAGE.read_text(encoding="utf-8"), CliRunner().invoke(app, ["kinds"]).stdout
    for word, cls in EXPORTS.classes.items():
        assert f"\n| `{word}` |" in page
        assert cls.__module__ == f"sim.products.formats.{word}" and f"\nexport {word}\n" in listed
    assert page.count("\n| `") == len(EXPORTS.classes)


def test_a_format_of_another_package_is_used_and_a_bad_one_is_reported(low, tmp_path, monkeypatch):
    from importlib.metadata import EntryPoint
    from typing import Literal

    from sim.core.errors import SimError
    from sim.products.export_motion import ExportFormat

    class Count(ExportFormat):
        kind: Literal["count"] = "count"

        def write(self, file, motion):
            file.write_text(f"{motion.name} {len(motion.states()[0].t)}")

    class Loads(EntryPoint):
        def load(self):
            return Count

    bad = EntryPoint("gone", "no_such_module:Gone", EXPORTS.group)
    good = Loads("count", "x:Count", EXPORTS.group)
    monkeypatch.setitem(EXPORTS.__dict__, "_entries", {"count": (good,), "gone": (bad,)})
    assert sim.export(low, "low", "count", tmp_path / "n.txt").read_text().startswith("low ")
    with pytest.raises(SimError, match="export kind 'gone' of no_such_module:Gone cannot be loaded"):
        sim.export(low, "low", "gone", tmp_path / "g.txt")
    with pytest.raises(SimError, match="target: NAIF ids are used with format spk only"):
        sim.export(low, "low", "count", tmp_path / "n.txt", target=-5)
