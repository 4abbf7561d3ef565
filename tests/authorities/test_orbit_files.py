"""Orbits from files against what SPICE says of the same files, and against states that the files leave out."""

from pathlib import Path

import numpy as np
import pytest

import sim
from sim.trajectories.orbits.formats.file_orbit import blocks
from sim.trajectories.orbits.formats.spk import segments
from sim.trajectories.orbits.formats.state_table import ECLIPTIC_J2000

DATA = Path(__file__).parents[1] / "stories" / "data"

SPICE_MM = 1.0
"""SPICE and we follow the same polynomials; what SPICE has to evaluate is fitted to 0.01 mm."""
LRO_M, CAPSTONE_M = 0.05, 0.1
"""The odd minutes of LRO and ten of thirty minutes of CAPSTONE: real states are not smoother than some cm."""
STK_MM = 2.0
"""STK counts from an epoch to the microsecond: 1.6 mm of LRO's way."""
NM_MM = 1e-4
"""Polynomials taken over as they are: only rounding differs."""

GM_MOON = 4902.8001
START, END = 600_000_000.0, 600_010_800.0
ELLIPSE = np.array([1800.0, 0.0, 100.0, 0.05, 1.25, 1.15])


def moved(path, target: int, span: sim.Span, center: str = "moon"):
    return sim.Spacecraft(name="x", orbit=sim.Spk(file=str(path), target=target, center=center)).over(span)


def worst_mm(spice, path, target: int, center: str = "moon") -> float:
    """The largest distance between us and SPICE over all segments of a file."""
    orbit = sim.Spk(file=str(path), target=target, center=center)
    (block,) = blocks(orbit.arcs())
    span = sim.Span(block[0][0], block[-1][1])
    t = np.linspace(span.start, span.end, 2001)
    ours = moved(path, target, span, center).relative(t).position
    spice.furnsh(str(path))
    try:
        about = sim.trajectories.bodies.body.BODIES[center].naif_id
        theirs = np.array([spice.spkgps(target, x, "J2000", about)[0] for x in t])
    finally:
        spice.unload(str(path))
    return float(np.linalg.norm(ours - theirs, axis=1).max()) * 1e6


@pytest.mark.parametrize("file, target, kind", [("lro-2009.bsp", -85, 13), ("kaguya-2008.bsp", -131, 9)])
def test_real_states_of_lro_and_kaguya_are_those_of_spice(spice, figure, file, target, kind):
    assert {segment.data_type for segment in segments(DATA / file)} == {kind}
    figure(f"{file}, SPK type {kind}", "SPICE", worst_mm(spice, DATA / file, target), NM_MM, "mm")


def written(spice, path: Path, kind: int) -> tuple[int, str]:
    """An SPK of one type, made by SPICE: three hours of an ellipse about the Moon, or of an element set."""
    t = np.arange(START, END + 1.0, 60.0)
    states = np.array([spice.prop2b(GM_MOON, ELLIPSE, x - START) for x in t])
    handle = spice.spkopn(str(path), "test", 0)
    about = (handle, -9, 301, "J2000", START, END, "test")
    edges = np.arange(START, END + 1.0, 600.0)
    both = sim.core.chebyshev.fit(lambda x: np.array([spice.prop2b(GM_MOON, ELLIPSE, y - START) for y in x]), edges, 15)
    table = np.swapaxes(both.coefficients, 1, 2)
    count = len(edges) - 1
    if kind == 2:
        spice.spkw02(*about, 600.0, count, 15, table[:, :3].ravel(), START)
    elif kind == 3:
        spice.spkw03(*about, 600.0, count, 15, table.ravel(), START)
    elif kind == 5:
        spice.spkw05(*about, GM_MOON, len(t), states, t)
    elif kind == 8:
        spice.spkw08(*about, 7, len(t), states, START, 60.0)
    elif kind == 9:
        spice.spkw09(*about, 8, len(t), states, t)
    elif kind == 10:
        rad = np.pi / 180.0
        elements = [0.0, 0.0, 2.4785e-5, 51.6429 * rad, 64.98 * rad, 0.00024, 268.46 * rad, 194.75 * rad, 0.0678, START]
        wgs72 = [1.082616e-3, -2.53881e-6, -1.65597e-6, 7.43669161e-2, 120.0, 78.0, 6378.135, 1.0]
        spice.spkw10(handle, -9, 399, "J2000", START, END, "test", wgs72, 1, elements, [START])
    elif kind == 12:
        spice.spkw12(*about, 7, len(t), states, START, 60.0)
    elif kind == 13:
        turned = states.reshape(-1, 2, 3) @ ECLIPTIC_J2000
        spice.spkw13(handle, -9, 301, "ECLIPJ2000", START, END, "test", 9, len(t), turned.reshape(-1, 6), t)
    elif kind == 14:
        spice.spk14b(handle, "test", -9, 301, "J2000", START, END, 15)
        heads = np.column_stack((0.5 * (edges[:-1] + edges[1:]), np.full(count, 300.0)))
        spice.spk14a(handle, count, np.hstack((heads, table.reshape(count, -1))).ravel(), edges[:-1])
        spice.spk14e(handle)
    elif kind == 15:
        spice.spkw15(*about, START, [0, 0, 1.0], [1.0, 0, 0], 2000.0, 0.05, 0.0, [0, 0, 1.0], GM_MOON, 2e-4, 1737.4)
    elif kind == 17:
        equinoctial = [2000.0, 0.01, 0.02, 0.5, 0.1, 0.2, 1e-7, np.sqrt(GM_MOON / 2000.0**3), 1e-7]
        spice.spkw17(*about, START, equinoctial, 0.0, np.pi / 2)
    elif kind == 18:
        spice.spkw18(handle, 1, *about[1:], 7, states, t)
    elif kind == 20:
        rates = 600.0 * table[:, 3:]  # velocity in km per 600 s, and where each piece is in its middle
        middles = both(0.5 * (edges[:-1] + edges[1:]))[:, :3, None]
        days = START / 86400.0 + 2451545.0
        words = np.concatenate((rates, middles), axis=2).ravel()
        spice.spkw20(*about, 600.0 / 86400.0, count, 15, words, 1.0, 600.0, np.floor(days), days - np.floor(days))
    spice.spkcls(handle)
    return (-9, "earth") if kind == 10 else (-9, "moon")


@pytest.mark.parametrize("kind", [2, 3, 5, 8, 9, 10, 12, 13, 14, 15, 17, 18, 20])
def test_every_type_of_spk_that_spice_can_write_is_read_as_spice_reads_it(spice, figure, tmp_path, kind):
    path = tmp_path / f"{kind}.bsp"
    target, center = written(spice, path, kind)
    if kind == 10:  # SPICE itself needs leap seconds for element sets; we tell them where nobody else asks
        ours = moved(path, target, sim.Span(START, END), center)
        assert not spice.expool("DELTET/DELTA_AT")
        assert 6600.0 < np.linalg.norm(ours.relative(np.array([START])).position) < 6900.0
        from sim.trajectories.orbits.formats.spice_process import lend_leap_seconds

        lend_leap_seconds(spice)
    figure(f"SPK type {kind}", "SPICE", worst_mm(spice, path, target, center), SPICE_MM, "mm")
    if kind == 10:
        spice.dvpool("DELTET/DELTA_AT")


def test_types_that_spiceypy_cannot_write_are_read_as_spice_reads_them(spice, figure, tmp_path):
    """Types 1 and 21, their words laid down one by one as NAIF's SPK Required Reading has them."""
    from jplephem.daf import DAF

    place, speed, pull = np.array([3000.0, 100, -50]), np.array([0.1, 0.9, 0.2]), np.array([-5e-5, 1e-5, 2e-5])
    differences = np.zeros((3, 15))
    differences[:, 0] = pull
    line = [START, *np.ones(15), *np.column_stack((place, speed)).ravel(), *differences.ravel(), 2.0, 1.0, 1.0, 1.0]
    for kind, array in {1: [*line, END, 1.0], 21: [*line, END, 15.0, 1.0]}.items():
        path = tmp_path / f"{kind}.bsp"
        handle = spice.spkopn(str(path), "test", 0)
        pole = [0, 0, 1.0]
        spice.spkw15(handle, -8, 301, "J2000", START, END, "another", START, pole, [1.0, 0, 0], 2000.0, 0.05, 0.0, pole,
                     GM_MOON, 0.0, 1737.4)  # fmt: skip
        spice.spkcls(handle)
        with path.open("r+b") as file:
            DAF(file).add_array(b"test", (START, END, -9, 301, 1, kind), np.array(array, dtype=float))
        figure(f"SPK type {kind}", "SPICE", worst_mm(spice, path, -9), SPICE_MM, "mm")
        since = np.linspace(0.0, END - START, 100)[:, None]
        ours = moved(path, -9, sim.Span(START, END)).relative(START + since[:, 0]).position
        assert np.abs(ours - (place + speed * since + 0.5 * pull * since**2)).max() * 1e6 < SPICE_MM


def test_the_later_file_wins_where_both_speak(spice, tmp_path):
    one, two = tmp_path / "one.bsp", tmp_path / "two.bsp"
    written(spice, one, 15)
    handle = spice.spkopn(str(two), "test", 0)
    pole = [0, 0, 1.0]
    spice.spkw15(handle, -9, 301, "J2000", START + 3600.0, END + 3600.0, "test", START, pole, [1.0, 0, 0], 3000.0, 0.05,
                 0.0, pole, GM_MOON, 0.0, 1737.4)  # fmt: skip
    spice.spkcls(handle)
    span = sim.Span(START, END + 3600.0)
    t = np.linspace(span.start, span.end, 500)
    for files in ((one, two), (two, one)):
        orbit = sim.Spk(file=tuple(map(str, files)), target=-9, center="moon")
        ours = sim.Spacecraft(name="x", orbit=orbit).over(span)
        for file in files:
            spice.furnsh(str(file))
        theirs = np.array([spice.spkgps(-9, x, "J2000", 301)[0] for x in t])
        for file in files:
            spice.unload(str(file))
        assert np.linalg.norm(ours.relative(t).position - theirs, axis=1).max() * 1e6 < SPICE_MM
        assert len(ours.joins) == 1


def test_motion_about_a_barycenter_is_carried_to_the_body(spice, figure, tmp_path):
    path = tmp_path / "ssb.bsp"
    t = np.arange(START, END + 1.0, 300.0)
    moon = np.array([spice.spkgeo(301, x, "J2000", 0)[0] for x in t])
    states = moon + np.array([spice.prop2b(GM_MOON, ELLIPSE * [2, 2, 2, 0.7, 0.7, 0.7], x - START) for x in t])
    handle = spice.spkopn(str(path), "test", 0)
    spice.spkw13(handle, -9, 0, "J2000", START, END, "test", 7, len(t), states, t)
    spice.spkcls(handle)
    figure("SPK about the barycenter, carried to the Moon", "SPICE", worst_mm(spice, path, -9), SPICE_MM, "mm")


@pytest.mark.parametrize(
    "file, kind, reference, limit",
    [
        ("lro.oem", sim.Oem, "lro-between.csv", LRO_M),
        ("lro.e", sim.Stk, "lro-between.csv", LRO_M),
        ("capstone.txt", sim.Horizons, "capstone.csv", CAPSTONE_M),
    ],
)
def test_states_that_a_file_leaves_out_lie_where_they_are(figure, file, kind, reference, limit):
    (known,) = sim.Csv(file=str(DATA / reference), center="moon").arcs()
    span = sim.Span(known.t[0], known.t[-1])
    ours = sim.Spacecraft(name="x", orbit=kind(file=str(DATA / file), center="moon")).over(span)
    away = np.linalg.norm(ours.relative(known.t).position - known.position, axis=1)
    figure(f"{file} between its states", "JPL Horizons", away.max() * 1e3, limit, "m")


def test_an_stk_file_says_what_the_message_says(figure):
    span = sim.Span("2022-01-01T00:00:00Z", "2022-01-01T00:50:00Z")
    t = span.grid(7.0)
    one, two = (
        sim.Spacecraft(name="x", orbit=orbit).over(span).relative(t).position
        for orbit in (
            sim.Oem(file=str(DATA / "lro.oem"), center="moon"),
            sim.Stk(file=str(DATA / "lro.e"), center="moon"),
        )
    )
    away_mm = np.linalg.norm(one - two, axis=1).max() * 1e6
    figure("STK in meters from a UTC epoch", "the same states as OEM", away_mm, STK_MM, "mm")


def plain(text: str) -> str:
    """A Horizons CSV table as Horizons prints it without CSV."""
    head, rest = text.split("$$SOE\n")
    body, tail = rest.split("$$EOE")
    rows = []
    for line in body.splitlines():
        day, date, *v = [cell.strip() for cell in line.split(",")]
        x, y, z, vx, vy, vz = (f"{cell:>22}" for cell in v[:6])
        rows.append(f"{day} = {date} TDB \n X ={x} Y ={y} Z ={z}\n VX={vx} VY={vy} VZ={vz}\n")
    columns = "JDTDB\n   X     Y     Z\n   VX    VY    VZ\n"
    return "\n".join(head.splitlines()[:-2]) + "\n" + columns + "*" * 79 + "\n$$SOE\n" + "".join(rows) + "$$EOE" + tail


def in_au(text: str) -> str:
    def row(line: str) -> str:
        cells = line.split(",")
        km = [float(cell) for cell in cells[2:8]]
        new = [f"{x / 149597870.7:.15E}" for x in km[:3]] + [f"{x * 86400.0 / 149597870.7:.15E}" for x in km[3:]]
        return ",".join([*cells[:2], *new, ""])

    head, rest = text.replace("KM-S", "AU-D").split("$$SOE\n")
    body, tail = rest.split("$$EOE")
    return head + "$$SOE\n" + "\n".join(map(row, body.splitlines())) + "\n$$EOE" + tail


@pytest.mark.parametrize("written_as", [plain, in_au], ids=["plain", "au and days"])
def test_horizons_prints_the_same_in_many_ways(tmp_path, written_as):
    path = tmp_path / "table.txt"
    path.write_text(written_as((DATA / "capstone.txt").read_text()))
    (one,) = sim.Horizons(file=str(path), center="moon").arcs()
    (two,) = sim.Horizons(file=str(DATA / "capstone.txt"), center="moon").arcs()
    assert np.array_equal(one.t, two.t)
    assert np.allclose(one.position, two.position, rtol=1e-14) and np.allclose(one.velocity, two.velocity, rtol=1e-14)


def test_a_table_in_ut_and_the_ecliptic_is_turned_into_tdb_and_icrf(tmp_path):
    text = (DATA / "capstone.txt").read_text()
    path = tmp_path / "table.txt"
    for old, new in ((" TDB", " UT"), ("(TDB)", "(UT)"), ("frame : ICRF", "frame : Ecliptic of J2000.0")):
        text = text.replace(old, new)
    path.write_text(text)
    (one,) = sim.Horizons(file=str(path), center="moon").arcs()
    (two,) = sim.Horizons(file=str(DATA / "capstone.txt"), center="moon").arcs()
    assert np.allclose(one.t - two.t, 69.184, atol=0.003)  # UTC + 37 s + 32.184 s, and 2 ms of TDB
    assert np.allclose(one.position, two.position @ ECLIPTIC_J2000.T, rtol=1e-14)
