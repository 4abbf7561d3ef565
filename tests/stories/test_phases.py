"""One spacecraft in phases: what is true in each, at the joins, and in the gaps."""

import csv
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import CoverageError, PropagationError, ScenarioError
from sim.trajectories.orbits.landed import Landed

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
    assert "no orbit of lander known from 2026-03-01T12:00:00Z to 2026-03-01T13:00:00Z" in told
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
    assert "no orbit of lander known from" in (tmp_path / "out" / "contact-plan.csv").read_text()


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
        start, end = ("no orbit" in row[key] or "span " in row[key] for key in ("opened_by", "closed_by"))
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
    assert not any("no orbit" in text for edge in results[0].edges("direct") for text in edge)
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
    assert "from 2027-03-01T00:00:00Z to 2027-03-02T00:00:00Z, do not cover the span: no orbit is known" in note
    assert "contact-plan.csv" in {path.name for path in sim.write(scenario, result, tmp_path / "out")}
    assert "no orbit in the span" in repr(result.ends["lander"])
    with pytest.raises(CoverageError, match="the phases of lander, with gaps, cover"):
        result.ends["lander"].position(np.array(scenario.span.start))


def test_what_is_wrong_in_a_phase_is_told_before_anything_is_computed(tmp_path):
    text = FILE.read_text().replace(
        'orbit = { kind = "landed"',
        'orbit = { kind = "halo", amplitude_km = 10_000, epoch = 2026-03-01T14:00:00Z }\n#orbit = { kind = "landed"',
    )
    (tmp_path / "late.toml").write_text(text)
    told = r"phases\[1\].orbit.epoch .*'halo' starts at its epoch: .* no later than the start \(2026-03-01T13:00:00Z\)"
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


NEVER = sim.Span("2026-03-01T04:00:00Z", "2026-03-01T05:00:00Z")
"""A gap of an hour and more, as seen from anywhere."""


def ellipse(node_deg=0.0):
    return sim.Kepler(center="moon", epoch="2026-03-01T00:00:00Z", semi_major_axis_km=2000.0, eccentricity=0.05,
                      inclination_deg=45.0, node_deg=node_deg)  # fmt: skip


@pytest.fixture(scope="module")
def gapped():
    """A spacecraft that nobody knows where it is from 04:00 to 05:00, and whose orbit steps at 06:00."""
    span = sim.Span("2026-03-01T00:00:00Z", "2026-03-01T09:00:00Z")
    way = craft(
        ("2026-03-01T00:00:00Z", "2026-03-01T04:00:00Z", ellipse()),
        ("2026-03-01T05:00:00Z", "2026-03-01T06:00:00Z", ellipse(10.0)),
        ("2026-03-01T06:00:00Z", "2026-03-01T08:00:00Z", ellipse(40.0)),
    )
    return way.over(span), span


SCALARS = {
    "elevation": lambda end: sim.elevation_deg(station(), end),
    "azimuth": lambda end: sim.azimuth_deg(station(), end),
    "range": lambda end: sim.range_km(station(), end),
    "range as observer": lambda end: sim.range_km(end, station()),
    "range without light": lambda end: sim.range_km(station(), end, light=False),
    "range rate": lambda end: sim.range_rate_km_s(station(), end),
    "light time": lambda end: sim.light_time_s(end, sim.EARTH),
    "clearance": lambda end: sim.clearance_km(station(), end, sim.MOON),
    "Sun separation": lambda end: sim.sun_separation_deg(end, sim.EARTH),
    "altitude": lambda end: sim.altitude_km(end),
    "umbra": lambda end: sim.umbra_deg(end, sim.MOON),
    "penumbra": lambda end: sim.penumbra_deg(end, sim.MOON),
    "clearance from all": lambda end: sim.clearance_km(end, station()),
    "penumbra of any": lambda end: sim.penumbra_deg(end),
}


@pytest.mark.parametrize("name", SCALARS)
def test_a_scalar_of_a_spacecraft_in_phases_is_that_of_each_and_unknown_between(gapped, name):
    end, span = gapped
    scalar = SCALARS[name](end)
    t = span.grid(60.0)[:-1] + 7.0
    values = scalar(t)
    nowhere = ((t > NEVER.start + 2.0) & (t < NEVER.end - 2.0)) | (t > span.end - 3600.0 + 2.0)
    assert np.array_equal(np.isnan(values), nowhere)
    for part in end.parts:
        alone, inside = SCALARS[name](part.trajectory), (t > part.start + 2.0) & (t < part.end - 2.0)
        assert np.array_equal(values[inside], alone(t[inside]))
    assert values.shape == t.shape
    assert np.isnan(scalar(NEVER.start + 1800.0))


@pytest.mark.parametrize("name", SCALARS)
def test_only_phases_are_searched_for_a_limit_and_neither_it_nor_its_negation_holds_between(gapped, name):
    end, span = gapped
    scalar = SCALARS[name](end)
    t = span.grid(60.0)[:-1] + 7.0
    values = scalar(t)
    some = np.sort(values[~np.isnan(values)])
    limit = float(np.mean(some[160:162]))  # between two of them
    for condition, holds in (
        (scalar > limit, values > limit), (scalar < limit, values < limit),
        (~(scalar > limit), values < limit), (~(scalar < limit), values > limit),
        ((scalar > limit) | (scalar < limit), ~np.isnan(values)),
    ):  # fmt: skip
        found = condition.windows(span)
        assert np.array_equal(found.holds(t), holds)
        assert np.array_equal(condition.holds(t), holds)
        assert not found & sim.Windows.of([[NEVER.start + 2.0, NEVER.end - 2.0]], span)
    both = (scalar > limit).windows(span) | (~(scalar > limit)).windows(span)
    assert both.total_s == pytest.approx(scalar.known(span).total_s, abs=1e-3)
    assert scalar.known(span).total_s == pytest.approx(7 * 3600.0, abs=0.1)  # light times differ at a phase's ends


@pytest.mark.parametrize("name", ["range", "altitude", "azimuth", "Sun separation"])
def test_extremes_are_those_of_each_phase(gapped, name):
    end, span = gapped
    found = SCALARS[name](end).extremes(span)
    alone = [
        SCALARS[name](part.trajectory).extremes(sim.Span(share.start, share.end))
        for part, (_, share) in zip(end.parts, SCALARS[name](end).parts, strict=True)
    ]
    assert np.array_equal(found.times, np.concatenate([each.times for each in alone]))
    assert not np.isnan(found.values).any()


def test_why_says_that_nothing_is_known_in_a_gap(gapped):
    end, span = gapped
    why = (sim.elevation_deg(station(), end) > 5).why(NEVER.start + 1800.0, span)
    assert not why.holds
    assert "? no orbit of lander known from 2026-03-01T04:00:00Z to 2026-03-01T05:00:00Z" in str(why)


def test_scalars_in_phases_are_compared_with_each_other(gapped):
    end, span = gapped
    t = span.grid(60.0)[:-1] + 7.0
    mine, moon = sim.azimuth_deg(station(), end), sim.azimuth_deg(station(), sim.MOON)
    others = sim.range_km(station("new_norcia"), end), sim.range_km(station(), end)
    for condition, holds in (
        (mine > moon, mine(t) > moon(t)), (moon > mine, moon(t) > mine(t)), (others[0] > others[1],
                                                                            others[0](t) > others[1](t)),
    ):  # fmt: skip
        assert np.array_equal(condition.windows(span).holds(t), holds)
        assert np.array_equal((~condition).windows(span).holds(t), ~holds & ~np.isnan(mine(t)))
    with pytest.raises(TypeError, match="cannot compare deg with km"):
        mine > others[0]  # noqa: B015


def test_the_negation_of_a_hop_in_phases_is_the_rest_of_the_span(gapped):
    end, span = gapped
    hop = sim.hop(end, station())
    assert (~hop).windows(span).matches(~hop.windows(span), 1e-5)
    assert (~~hop).windows(span).matches(hop.windows(span), 1e-5)


def test_sunlight_is_known_in_phases_alone(gapped):
    end, span = gapped
    lit, dark = sim.sunlit(end).windows(span), (~sim.sunlit(end)).windows(span)
    assert (lit | dark).total_s == pytest.approx(7 * 3600.0, abs=1e-2)
    assert not lit & dark
    assert lit
    assert dark


def test_a_spacecraft_that_is_nowhere_in_a_span_is_above_nothing_and_below_nothing(gapped):
    end, _ = gapped
    later = sim.Span("2026-03-05T00:00:00Z", days=1)
    height = sim.altitude_km(craft(("2026-03-01T00:00:00Z", "2026-03-01T04:00:00Z", ellipse())).over(later))
    assert not (height > 0).windows(later)
    assert not (height < 0).windows(later)
    assert np.isnan(height(later.start))
    assert not sim.altitude_km(end).extremes(later).times.size


def test_a_lander_in_phases_has_a_sky_where_it_stands():
    landed = Landed(body="moon", latitude_deg=43.06, longitude_deg=-51.92)
    span = sim.Span("2026-03-01T00:00:00Z", "2026-03-01T08:00:00Z")
    way = craft(
        ("2026-03-01T00:00:00Z", "2026-03-01T04:00:00Z", ellipse()),
        ("2026-03-01T04:00:00Z", "2026-03-01T08:00:00Z", landed),
    ).over(span)
    t = span.grid(600.0)[:-1] + 7.0
    for scalar in (sim.elevation_deg(way, sim.EARTH), sim.sun_elevation_deg(way)):
        assert np.array_equal(np.isnan(scalar(t)), t < way.parts[1].start)
        assert (scalar > -90).windows(span).total_s == pytest.approx(4 * 3600.0, abs=1e-2)
