"""Bodies that hide a spacecraft, whatever center its file uses: Voyager 2 at Jupiter, and an orbiter of Mars."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import DataError
from sim.core.geometry import SPEED_OF_LIGHT_KM_S
from sim.products import export
from sim.trajectories.bodies.body import BODIES, body
from sim.visibility.sight import Sight, occulters

HERE = Path(__file__).parent

GOLDSTONE = sim.Site(name="goldstone", latitude_deg=35.4259009, longitude_deg=-116.8895382, height_m=1001.39)
"""DSS-14. Source: DSN 810-005, module 301."""
VOYAGER_SPAN = sim.Span("1979-07-10T18:00:00Z", "1979-07-11T01:00:00Z")
BEHIND_A_SPHERE = "1979-07-10T21:08:09Z", "1979-07-10T23:17:38Z"
"""Behind a sphere of Jupiter's equatorial radius, from Goldstone, to the second: from the same trajectory by others.
With its flattening it is 22 minutes shorter: nearly two hours, as was observed (Eshleman et al. 1979, Science 206)."""

SAME_S = 0.01
"""What windows of one motion may differ by, carried from several centers: rounding of 1e-4 m in places."""
RAY_S = 0.05
SPICE_S = 0.05
MARS_SPAN = sim.Span("2021-06-01T02:00:00Z", "2021-06-01T10:00:00Z")
MARS_ORBIT = sim.Kepler(
    center="mars", epoch=MARS_SPAN.start, semi_major_axis_km=3900.0, eccentricity=0.05, inclination_deg=60.0,
    node_deg=40.0,
)  # fmt: skip
MARS_PCK = """
BODY499_RADII = ( 3396.19 3396.19 3376.20 )
BODY499_POLE_RA = ( 317.269202 -0.10927547 0 )
BODY499_POLE_DEC = ( 54.432516 -0.05827105 0 )
BODY499_PM = ( 176.049863 350.891982443297 0 )
BODY499_NUT_PREC_RA = ( 0.419057 0 )
BODY499_NUT_PREC_DEC = ( 0 1.591274 )
BODY499_NUT_PREC_PM = ( 0 0 )
BODY4_NUT_PREC_ANGLES = ( 79.398797 0.5042615 166.325722 0.5042615 )
"""
"""The pole to 0.0001°. Source: NAIF pck00011.tpc, after Archinal et al. (2018)."""


def voyager() -> tuple[np.ndarray, np.ndarray]:
    """Times (n,) TDB s and states (n, 6) about Jupiter's barycenter."""
    lines = [line for line in (HERE / "voyager_2_jupiter.csv").read_text().splitlines() if line[0] != "#"]
    rows = list(csv.DictReader(lines))
    since = np.array([row["tdb"] for row in rows], "datetime64[ms]") - np.datetime64("2000-01-01T12:00")
    return since / np.timedelta64(1, "s"), np.array([[float(row[key]) for key in list(row)[1:]] for row in rows])


def mars_orbiter() -> tuple[np.ndarray, np.ndarray]:
    craft = sim.Spacecraft(name="orbiter", orbit=MARS_ORBIT).over(MARS_SPAN)
    t = MARS_SPAN.start - 2400.0 + 60.0 * np.arange(541)
    state = craft.relative(t)
    return t, np.concatenate((state.position, state.velocity), axis=1)


def about(spice, path: Path, t, states, old: int, new: int) -> None:
    """The states as an SPK of type 13 about another center, carried there by SPICE."""
    shift = 0.0
    if new not in (old, 100 * old + 99):  # DE421 has no 599: a file about it means the same place
        shift = np.array([spice.spkgeo(old, x, "J2000", new)[0] for x in t])
    handle = spice.spkopn(str(path), "test", 0)
    spice.spkw13(handle, -77, new, "J2000", t[0], t[-1], "test", 11, len(t), np.ascontiguousarray(states + shift), t)
    spice.spkcls(handle)


def hidden(start, end, flattened, span: sim.Span) -> np.ndarray:
    """When a ray meets a spheroid, by brute force and nothing of ours but places and rotations: (n, 2) TDB s."""

    def blocked(t):
        here = end.position(t)
        sent = t - np.linalg.norm(start.position(t) - here, axis=1) / SPEED_OF_LIGHT_KM_S
        for _ in range(4):
            sent = t - np.linalg.norm(start.position(sent) - here, axis=1) / SPEED_OF_LIGHT_KM_S
        line = start.position(sent) - here
        passed = t - np.linalg.norm(flattened.position(t) - here, axis=1) / SPEED_OF_LIGHT_KM_S
        for _ in range(4):
            along = np.sum((flattened.position(passed) - here) * line, axis=1) / np.linalg.norm(line, axis=1)
            passed = t - along / SPEED_OF_LIGHT_KM_S
        turn = flattened.rotation(passed)
        scale = 1.0 / np.array([flattened.equatorial_radius_km] * 2 + [flattened.polar_radius_km])
        origin = np.einsum("nij,nj->ni", turn, here - flattened.position(passed)) * scale
        way = np.einsum("nij,nj->ni", turn, line) * scale
        share = np.clip(-np.sum(origin * way, axis=1) / np.sum(way * way, axis=1), 0.0, 1.0)
        return np.linalg.norm(origin + share[:, None] * way, axis=1) < 1.0

    t = np.arange(span.start, span.end, 5.0)
    rows = np.flatnonzero(np.diff(blocked(t)))
    low, high, before = t[rows], t[rows + 1], blocked(t[rows])
    for _ in range(14):
        middle = 0.5 * (low + high)
        later = blocked(middle) == before
        low, high = np.where(later, middle, low), np.where(later, high, middle)
    return 0.5 * (low + high)


@pytest.fixture(scope="module")
def voyagers(spice, tmp_path_factory):
    """Voyager 2 by files about Jupiter's barycenter, Jupiter, the Sun, the SSB and the Earth–Moon barycenter."""
    folder = tmp_path_factory.mktemp("voyager")
    t, states = voyager()
    found = {}
    for new in (5, 599, 10, 0, 3):
        about(spice, folder / f"{new}.bsp", t, states, 5, new)
        for center in ("sun", "jupiter"):
            orbit = sim.Spk(file=str(folder / f"{new}.bsp"), target=-77, center=center)
            found[new, center] = sim.Spacecraft(name="voyager", orbit=orbit).over(VOYAGER_SPAN)
    return found


def test_voyager_2_is_behind_jupiter_when_it_was(voyagers, figure):
    craft = voyagers[5, "sun"]
    sphere = replace(body("jupiter"), rotation=None)
    away = (Sight(craft, GOLDSTONE).clearance_km(sphere) < 0.0).windows(VOYAGER_SPAN)
    apart = np.abs(away.bounds.ravel() - sim.tdb(list(BEHIND_A_SPHERE))).max()
    figure("Voyager 2 behind a sphere as large as Jupiter, from Goldstone", "21:08:09 to 23:17:38", apart, 1.0, "s")
    closed = ~sim.hop(craft, GOLDSTONE).windows(VOYAGER_SPAN)
    assert len(closed) == 1
    assert 6000.0 < closed.total_s < 7200.0
    rays = hidden(craft, GOLDSTONE, body("jupiter"), VOYAGER_SPAN)
    figure("Voyager 2 behind Jupiter, from Goldstone", "rays past the spheroid", np.abs(closed.bounds.ravel() - rays).max(), RAY_S, "s")  # fmt: skip  # noqa: E501
    blockers = sim.hop(craft, GOLDSTONE).blockers(closed.bounds.mean())
    assert [leaf.name for leaf in blockers] == ["voyager – goldstone clear of jupiter"]


def test_whatever_center_its_file_and_its_scenario_name(voyagers):
    expected = sim.hop(voyagers[5, "sun"], GOLDSTONE).windows(VOYAGER_SPAN)
    for key, craft in voyagers.items():
        found = sim.hop(craft, GOLDSTONE).windows(VOYAGER_SPAN)
        assert found.bounds.shape == expected.bounds.shape, key
        assert np.abs(found.bounds - expected.bounds).max() < SAME_S, key
        assert craft.center == key[1]
    assert {"sun", "moon", "jupiter"} == {each.name for each in occulters(Sight(voyagers[10, "sun"], GOLDSTONE))}


def test_an_orbiter_of_mars_is_hidden_by_it_whatever_center_its_file_uses(spice, tmp_path, figure):
    spice.lmpool([line for line in MARS_PCK.splitlines() if line])
    station = GOLDSTONE.model_copy(update={"horizon_deg": -90.0})
    t, states = mars_orbiter()
    found = {}
    for new in (4, 499, 10, 0, 3, 399):
        path = tmp_path / f"{new}.bsp"
        about(spice, path, t, states, 4, new)
        center = "mars" if new == 499 else "sun"
        craft = sim.Spacecraft(name="orbiter", orbit=sim.Spk(file=str(path), target=-77, center=center)).over(MARS_SPAN)
        found[new] = sim.hop(craft, station).windows(MARS_SPAN)
        assert abs(found[new].bounds - found[4].bounds).max() < SAME_S, new
    assert 0.6 < found[4].fraction < 0.85
    rays = hidden(craft, station, body("mars"), MARS_SPAN)
    assert len(rays) >= 8
    inner = [x for x in found[4].bounds.ravel() if MARS_SPAN.start < x < MARS_SPAN.end]
    figure("an orbiter of Mars behind it, its file about body 4", "rays past the spheroid", np.abs(inner - rays).max(), RAY_S, "s")  # fmt: skip  # noqa: E501


def test_so_says_spice(spice, tmp_path, figure):
    spice.lmpool([line for line in MARS_PCK.splitlines() if line])
    t, states = mars_orbiter()
    about(spice, tmp_path / "mars.bsp", t, states, 4, 10)
    orbit = sim.Spk(file=str(tmp_path / "mars.bsp"), target=-77, center="earth")
    craft = sim.Spacecraft(name="orbiter", orbit=orbit).over(MARS_SPAN)
    ours = (Sight(craft, BODIES["earth"]).clearance_km(body("mars")) < 0.0).windows(MARS_SPAN)
    spice.furnsh(str(tmp_path / "mars.bsp"))
    try:
        whole, cell = spice.cell_double(2), spice.cell_double(100)
        spice.wninsd(MARS_SPAN.start, MARS_SPAN.end, whole)
        spice.gfoclt("ANY", "499", "ELLIPSOID", "IAU_MARS", "-77", "POINT", " ", "CN", "399", 60.0, whole, cell)
        theirs = np.array([spice.wnfetd(cell, i) for i in range(spice.wncard(cell))])
    finally:
        spice.unload(str(tmp_path / "mars.bsp"))
    assert len(theirs) == len(ours) >= 4
    figure("an orbiter of Mars behind it, from the Earth's center", "SPICE gfoclt", np.abs(ours.bounds - theirs).max(), SPICE_S, "s")  # fmt: skip  # noqa: E501


def jovian(spice, path: Path, t, moved: dict[int, np.ndarray]) -> None:
    """A kernel about Jupiter's barycenter: positions (n, 3) of bodies at even times, as polynomials of their steps."""
    handle = spice.spkopn(str(path), "jovian", 0)
    for number, place in moved.items():
        middle, half = 0.5 * (place[1:] + place[:-1]), 0.5 * (place[1:] - place[:-1])
        table = np.ascontiguousarray(np.stack((middle, half), axis=-1))  # straight from one time to the next
        about = (handle, number, 5, "J2000", t[0], t[-1], "test")
        spice.spkw02(*about, t[1] - t[0], len(middle), 1, table.ravel(), t[0])
    spice.spkcls(handle)


def test_a_moon_that_a_kernel_has_hides_what_is_behind_it(spice, tmp_path):
    """Io as it goes by: a spacecraft 50,000 km behind the middle of its way, Jupiter 150 km beside its barycenter."""
    span = sim.Span("2024-03-01T00:00:00Z", days=0.25)
    t = span.start - 9000.0 + 60.0 * np.arange(661)
    middle = span.start + 0.5 * span.duration_s
    away = BODIES["jupiter"].position(middle) - BODIES["earth"].position(middle)
    away /= np.linalg.norm(away)
    aside = np.cross([0.0, 0.0, 1.0], away)
    aside /= np.linalg.norm(aside)
    io = 422_000.0 * np.cross(away, aside) + 17.0 * (t - middle)[:, None] * aside
    craft = np.tile(422_000.0 * np.cross(away, aside) + 50_000.0 * away, (len(t), 1))
    jupiter = np.tile([150.0, 0.0, 0.0], (len(t), 1))
    jovian(spice, tmp_path / "jovian.bsp", t, {501: io, 599: jupiter, -77: craft})
    orbit = sim.Spk(file=str(tmp_path / "jovian.bsp"), target=-77, center="jupiter")
    moved = sim.Spacecraft(name="craft", orbit=orbit).over(span)
    found = {each.name: each for each in occulters(Sight(moved, BODIES["earth"]))}
    assert {"io", "jupiter", "sun", "moon"} == set(found)
    assert found["jupiter"].naif_id == 599
    closed = ~sim.hop(moved, BODIES["earth"]).windows(span)
    assert len(closed) == 1
    assert closed.total_s == pytest.approx(2.0 * 1821.49 / 17.0, rel=0.1)  # Jupiter's own motion is across too
    spice.lmpool(["BODY501_RADII = ( 1821.49 1821.49 1821.49 )", "BODY501_PM = ( 0 0 0 )",
                  "BODY501_POLE_RA = ( 0 0 0 )", "BODY501_POLE_DEC = ( 90 0 0 )"])  # fmt: skip
    spice.furnsh(str(tmp_path / "jovian.bsp"))
    try:
        whole, cell = spice.cell_double(2), spice.cell_double(100)
        spice.wninsd(span.start, span.end, whole)
        spice.gfoclt("ANY", "501", "ELLIPSOID", "IAU_IO", "-77", "POINT", " ", "CN", "399", 60.0, whole, cell)
        theirs = np.array(spice.wnfetd(cell, 0))
    finally:
        spice.unload(str(tmp_path / "jovian.bsp"))
    assert np.abs(closed.bounds[0] - theirs).max() < SPICE_S


def test_what_a_file_is_relative_to_must_be_known_somewhere(spice, tmp_path):
    """A body that the same file has is; one that nothing has is told, before anything is moved."""
    t = MARS_SPAN.start - 2400.0 + 60.0 * np.arange(541)
    still = np.tile([30_000.0, 0.0, 0.0], (len(t), 1))
    jovian(spice, tmp_path / "moon.bsp", t, {501: still})
    handle = spice.spkopn(str(tmp_path / "lander.bsp"), "test", 0)
    states = np.concatenate((0.1 * still, np.zeros_like(still)), axis=1)
    spice.spkw13(handle, -77, 501, "J2000", t[0], t[-1], "test", 7, len(t), states, t)
    spice.spkcls(handle)
    alone, both = (tmp_path / "lander.bsp",), (tmp_path / "moon.bsp", tmp_path / "lander.bsp")
    with pytest.raises(DataError, match="relative to body 501, which the ephemeris de421 does not have"):
        sim.Spacecraft(name="x", orbit=sim.Spk(file=str(alone[0]), target=-77, center="jupiter")).over(MARS_SPAN)
    orbit = sim.Spk(file=tuple(map(str, both)), target=-77, center="jupiter")
    craft = sim.Spacecraft(name="x", orbit=orbit).over(MARS_SPAN)
    assert np.allclose(craft.relative(np.array([MARS_SPAN.start])).position, [[33_000.0, 0.0, 0.0]], atol=1e-6)


def test_a_planet_beside_its_barycenter_is_exported_as_itself(spice, tmp_path):
    """With an ephemeris that has Jupiter itself: what is written about it is read back where it was."""
    span = sim.Span("2024-03-01T00:00:00Z", days=0.25)
    t = span.start - 30_000.0 + 60.0 * np.arange(1361)
    de421 = [spice.spkgeo(number, x, "J2000", 0)[0][:3] for number in (5, 10, 399, 301) for x in t]
    places = np.array(de421).reshape(4, len(t), 3)
    own = places[0] + [150.0, 0.0, 0.0]
    handle = spice.spkopn(str(tmp_path / "own.bsp"), "own", 0)
    for number, place in zip((5, 10, 399, 301, 599), (*places, own), strict=True):
        middle, half = 0.5 * (place[1:] + place[:-1]), 0.5 * (place[1:] - place[:-1])
        table = np.ascontiguousarray(np.stack((middle, half), axis=-1))
        spice.spkw02(handle, number, 0, "J2000", t[0], t[-1], "x", 60.0, len(middle), 1, table.ravel(), t[0])
    spice.spkcls(handle)
    kernel = str(tmp_path / "own.bsp")
    assert (body("jupiter", kernel).naif_id, body("sun", kernel).naif_id) == (599, 10)
    shape = {"semi_major_axis_km": 2e5, "eccentricity": 0.0, "inclination_deg": 5.0}
    orbit = sim.Kepler(center="jupiter", epoch=span.start, **shape)
    craft = sim.Spacecraft(name="craft", orbit=orbit, ephemeris=kernel).over(span)
    export.write_spk(tmp_path / "craft.bsp", craft, span, -77)
    again = sim.Spk(file=str(tmp_path / "craft.bsp"), target=-77, center="jupiter")
    back = sim.Spacecraft(name="craft", orbit=again, ephemeris=kernel).over(span)
    assert again.arcs()[0].center == 599
    noon = np.array([span.start + 9000.0])
    assert np.allclose(back.position(noon), craft.position(noon), atol=1e-4)
