"""One spacecraft in phases: what is true in each, at the joins, and in the gaps."""

import csv
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.errors import CoverageError, PropagationError, ScenarioError

FILE = Path(__file__).with_name("data") / "phases.toml"
GAP = sim.tdb(["2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"])
JOIN = float(sim.tdb("2026-03-02T13:00:00Z"))
LIGHT_S = 1.5


@pytest.fixture(scope="module")
def result():
    return sim.run(sim.load(FILE))


def test_windows_are_those_of_a_scan_and_none_is_in_a_gap(result):
    t = result.span.grid(20.0)[:-1]
    in_gap = (t > GAP[0] + LIGHT_S) & (t < GAP[1] + LIGHT_S - 0.5)
    for hop, windows in result.hops.items():
        assert np.array_equal(windows.holds(t), result.conditions[hop].holds(t))
        assert not windows.holds(t[in_gap]).any()


def test_each_phase_is_what_its_own_kind_says(result):
    landed = sim.Site(name="lander", body="moon", latitude_deg=43.06, longitude_deg=-51.92, height_m=-2570.0)
    first, last = float(GAP[1]) + 10, JOIN - 10
    station = result.ends["cebreros"]
    alone = sim.hop(landed, station).windows(sim.Span(first, last))
    assert result.hops["lander", "cebreros"].within(sim.Span(first, last)).matches(alone, 1e-4)


def test_the_table_says_that_a_phase_ended(result):
    told = [text for hop in result.hops for edge in result.edges(hop) for text in edge]
    assert "lander in a phase" in told
    assert result.basis("direct") == "designed"


def test_a_step_at_a_join_is_a_boundary(result):
    assert JOIN in result.ends["lander"].breaks(result.span)
    before, after = (result.ends["lander"].position(np.array(JOIN + s)) for s in (-1e-6, 0.0))
    assert np.linalg.norm(after - before) > 10.0


def test_asked_at_no_times_it_answers_nothing(result):
    lander, never = result.ends["lander"], np.array([])
    assert lander.position(never).shape == lander.state(never).velocity.shape == (0, 3)


def test_far_inside_a_gap_there_is_no_position():
    scenario = sim.load(FILE)
    orbit = scenario.spacecraft["lander"].orbit
    craft = sim.Spacecraft(name="x", orbit=sim.Phases(phases=(orbit.phases[0], orbit.phases[2]))).over(scenario.span)
    with pytest.raises(CoverageError, match="the phases of x, with gaps"):
        craft.position(np.array(float(GAP[1]) + 6 * 3600))


def test_products_are_written_for_a_spacecraft_in_phases(result, tmp_path):
    files = sim.write(sim.load(FILE), result, tmp_path / "out")
    assert {file.name for file in files} >= {"contact-plan.csv", "passes.csv", "timeline.png"}
    assert "lander in a phase" in (tmp_path / "out" / "contact-plan.csv").read_text()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("start = 2026-03-01T13:00:00Z", "start = 2026-03-01T11:00:00Z", "not overlap"),
        ("end   = 2026-03-01T12:00:00Z", "end   = 2026-02-01T12:00:00Z", "before it starts"),
        ('kind = "landed"', 'kind = "phases"', "phases"),
        ("latitude_deg = 43.06", "latitude_deg = 143.06", "latitude_deg"),
    ],
)
def test_phases_that_cannot_be_are_refused(tmp_path, old, new, told):
    file = tmp_path / "wrong.toml"
    text = FILE.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    with pytest.raises(ScenarioError, match=told):
        sim.load(file)


def test_a_file_in_a_phase_must_lie_beside_the_scenario(tmp_path):
    spk = 'orbit = { kind = "spk", file = "../../etc/passwd", target = -85, center = "moon" }'
    lines = ["start = 2026-03-01T00:00:00Z", "days = 1", "[spacecraft.a.orbit]", 'kind = "phases"',
             "[[spacecraft.a.orbit.phases]]", "start = 2026-03-01T00:00:00Z", "end = 2026-03-02T00:00:00Z",
             spk]  # fmt: skip
    file = tmp_path / "outside.toml"
    file.write_text("\n".join(lines))
    with pytest.raises(ScenarioError, match=r"phases\[0\].orbit.file"):
        sim.load(file)


def test_edges_that_missing_data_made_are_marked(result, tmp_path):
    sim.write(sim.load(FILE), result, tmp_path / "out")
    rows = list(csv.DictReader((tmp_path / "out" / "contact-plan.csv").open(encoding="utf-8")))
    for row in rows:
        start, end = ("phase" in row[key] or "span" in row[key] for key in ("opened_by", "closed_by"))
        assert row["data_limited"] == {(1, 1): "both", (1, 0): "start", (0, 1): "end", (0, 0): ""}[start, end]
    assert {"", "end"} <= {row["data_limited"] for row in rows}


def craft(*orbits):
    """A spacecraft in phases: (start, end, orbit)."""
    phases = [{"start": start, "end": end, "orbit": orbit} for start, end, orbit in orbits]
    return sim.Spacecraft(name="lander", orbit=sim.Phases(phases=phases))


def circle(**fields):
    return sim.Kepler(center="moon", epoch="2026-03-01T00:00:00Z", semi_major_axis_km=1937.4, eccentricity=0.0,
                      inclination_deg=45.0, **fields)  # fmt: skip


def station(name="cebreros"):
    return sim.seeds("stations/estrack")[name]


def test_a_window_goes_on_where_one_phase_takes_over_from_another(tmp_path):
    """The same orbit in two phases is seen as in one, but that each row has the basis of its own phases."""
    start, join, end = "2026-02-28T22:00:00Z", "2026-03-02T01:20:00Z", "2026-03-02T12:00:00Z"
    both = craft((start, join, circle(basis="reconstructed")), (join, end, circle(basis="designed")))
    alone = sim.Spacecraft(name="lander", orbit=circle())
    asked = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-02T10:00:00Z", "sites": {"cebreros": station()},
             "routes": {"direct": ("lander", "cebreros")}}  # fmt: skip
    results = [sim.run(sim.Scenario(**asked, spacecraft={"lander": way})) for way in (both, alone)]
    windows = [result.routes["direct"] for result in results]
    assert len(windows[0]) > 3
    assert windows[0].matches(windows[1], 1e-4)
    assert any(a < float(sim.tdb(join)) + LIGHT_S < b for a, b in windows[0])
    assert not any("phase" in text for edge in results[0].edges("direct") for text in edge)
    bases = results[0].bases("direct")
    assert bases == ["reconstructed" if b < float(sim.tdb(join)) else "designed" for _, b in windows[0]]
    assert set(bases) == {"reconstructed", "designed"}


def test_a_spacecraft_whose_phases_are_all_elsewhere_sees_nothing_and_says_so(tmp_path):
    away = craft(("2027-03-01T00:00:00Z", "2027-03-02T00:00:00Z", circle()))
    scenario = sim.Scenario(
        start="2026-03-01T00:00:00Z", days=1, sites={"cebreros": station()},
        spacecraft={"lander": away, "other": sim.Spacecraft(name="other", orbit=circle())},
        routes={"direct": ("lander", "cebreros"), "other": ("other", "cebreros"),
                "relay": ("lander", "other", "cebreros")},
    )  # fmt: skip
    result = sim.run(scenario)
    assert [len(result.routes[name]) for name in ("direct", "relay")] == [0, 0]
    assert len(result.routes["other"]) > 3
    (note,) = result.provenance["ends"]["lander"]["notes"]
    assert "from 2027-03-01T00:00:00Z to 2027-03-02T00:00:00Z, leave out all of the span: it is nowhere" in note
    assert "contact-plan.csv" in {path.name for path in sim.write(scenario, result, tmp_path / "out")}
    assert "nowhere" in repr(result.ends["lander"])
    with pytest.raises(CoverageError, match="the phases of lander, with gaps, cover"):
        result.ends["lander"].position(np.array(scenario.span.start))


def test_what_is_wrong_in_a_phase_is_told_before_anything_is_computed(tmp_path):
    text = FILE.read_text().replace(
        'orbit = { kind = "landed"',
        'orbit = { kind = "halo", amplitude_km = 10_000, epoch = 2026-03-01T14:00:00Z }\n#orbit = { kind = "landed"',
    )
    (tmp_path / "late.toml").write_text(text)
    told = r"phases\[1\].orbit.epoch .*a halo holds from its epoch on: .* no later than the start, 2026-03-01T13:00:00Z"
    with pytest.raises(ScenarioError, match=told):
        sim.load(tmp_path / "late.toml")


def falling(end):
    """An orbit that meets the ground half an hour after its epoch, in a phase that ends at a time."""
    orbit = sim.Numerical(epoch="2026-03-01T12:00:00Z", gravity_degree=2, position_km=(2600.0, 0.0, 0.0),
                          velocity_km_s=(-0.6, 0.6, 0.0))  # fmt: skip
    span = sim.Span("2026-03-01T12:00:00Z", days=0.5)
    return craft(("2026-03-01T12:00:00Z", end, orbit)).over(span)


def test_a_phase_may_end_on_the_ground_where_it_then_rests():
    with pytest.raises(PropagationError, match=r"hits the moon .*, at 2026-03-01T12:.*Z, latitude") as caught:
        falling("2026-03-01T14:00:00Z")
    impact = float(sim.tdb(str(caught.value).split(", at ")[1].split(",")[0]))
    (part,) = falling(impact - 2.0).parts
    t = impact + np.array([-100.0, 2.0, 600.0, 3000.0])
    place = part.trajectory.relative(t).position
    height = np.linalg.norm(place, axis=1) - sim.MOON.equatorial_radius_km
    assert height[0] > 1.0
    assert height[1:] == pytest.approx(0.0, abs=1e-5)
    fixed = np.einsum("nij,nj->ni", sim.MOON.rotation(t), place)
    assert fixed[2:] == pytest.approx(fixed[[1, 1]], abs=1e-5)
