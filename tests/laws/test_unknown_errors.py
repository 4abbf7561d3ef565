"""What nobody has counted is unknown: no standard deviation, no probability, and everywhere the word for it."""

import csv
import json
import math

import numpy as np
import pytest

import sim
from sim.core.errors import SimError
from sim.products.contact_plan import contact_rows
from sim.products.passes import Passes
from sim.products.timeline import Timeline
from sim.scenario.notes import remarks
from sim.simulation.claims.free_phases import designed, elsewhere
from sim.simulation.sweep.draws import unknowns
from sim.trajectories.orbits.drag import Drag
from sim.trajectories.orbits.model_errors import left_out
from sim.trajectories.orbits.orbit_errors import Sigma
from sim.visibility.uncertainty import error_sizes

START = "2025-09-01T00:00:00Z"
LOW = {"semi_major_axis_km": 6800.0, "eccentricity": 0.001, "inclination_deg": 51.6}
PLACE = {"latitude_deg": 40.0, "longitude_deg": 10.0, "horizon_deg": 5.0}
CHOICE = "its orbit is designed: where in it the spacecraft flies is a choice, not an error of some size"


def lunar(**given):
    orbit = {**LOW, "semi_major_axis_km": 6500.0, "eccentricity": 0.3, "inclination_deg": 60.0, **given}
    return sim.Spacecraft(name="craft", orbit=sim.Kepler(center="moon", epoch=START, **orbit))


def run(craft, days=1.0, **given):
    site = sim.Site(name="site", source="a survey", **{**PLACE, **given})
    return sim.run(sim.Scenario(start=START, days=days, sites={"site": site}, spacecraft={craft.name: craft},
                                routes={"way": (craft.name, "site")}))  # fmt: skip


@pytest.fixture(scope="module")
def unsure():
    return run(lunar(), days=2.0)


def test_a_designed_orbit_s_edges_have_no_sigma_and_no_probability(unsure):
    known = unsure.uncertainty("way")
    assert len(known) == 2
    for each in known:
        assert each.columns == {"start_sigma_s": None, "end_sigma_s": None, "probability": None}
        assert each.unknown == ("craft",)
    assert any(math.isnan(each.start_effects_s["craft: not counted"]) for each in known if each.start_effects_s)


def test_tables_leave_what_is_unknown_empty(unsure, tmp_path):
    table = unsure.to_pandas()
    assert table[["start_sigma_s", "end_sigma_s", "probability"]].isna().all(axis=None)
    assert all(row["probability"] is None and row["end_sigma_s"] is None for row in contact_rows(unsure))
    for product in (sim.products.contact_plan.ContactPlan(), Passes()):
        for path in product.write(unsure, tmp_path):
            text = path.read_text(encoding="utf-8")
            rows = list(csv.DictReader(text.splitlines()))
            if path.suffix == ".json":
                rows = [*json.loads(text)["routes"], *json.loads(text)["hops"]]
            assert all(not row[name] for row in rows for name in ("start_sigma_s", "end_sigma_s", "probability"))


def test_a_run_says_in_words_that_it_is_unknown_and_why(unsure):
    assert f"craft: ± unknown for edges that depend on its orbit: {CHOICE}" in unsure.error_notes
    assert error_sizes(unsure.ends["craft"]) == {"unknown": CHOICE}
    assert unsure.provenance["ends"]["craft"]["one_sigma"] == {"unknown": CHOICE}


def test_windows_that_almost_are_have_no_probability_either(unsure):
    with pytest.raises(SimError, match=r"how far craft may be off is unknown: .* Declare \[spacecraft.craft.sigma\]"):
        unsure.near_misses(("craft", "site"))


def test_what_is_declared_counts():
    craft = lunar().model_copy(update={"sigma": Sigma(along_km=20.0)})
    (*_, told) = run(craft, days=2.0).uncertainty("way")
    assert told.start_sigma_s > 5.0 and told.probability == pytest.approx(1.0) and told.unknown == ()


def test_an_edge_that_does_not_feel_the_designed_orbit_keeps_its_sigma():
    sun = sim.Site(name="site", source="a map", limits=({"kind": "sun_elevation", "min_deg": 20.0},),
                   **{**PLACE, "horizon_deg": 0.0})  # fmt: skip
    craft = lunar()
    result = sim.run(sim.Scenario(start=START, days=2.0, sites={"site": sun}, spacecraft={"craft": craft},
                                  routes={"way": ("craft", "site")}))  # fmt: skip
    told = [(text, size) for (start, end), each in zip(result.edges("way"), result.uncertainty("way"), strict=True)
            for text, size in ((start, each.start_sigma_s), (end, each.end_sigma_s))]  # fmt: skip
    by_sun = [size for text, size in told if "elevation of the sun" in text.lower() or "sun" in text.lower()]
    assert by_sun and all(size is not None and size < 5.0 for size in by_sun)
    assert all(size is None for text, size in told if "craft" in text and "sun" not in text.lower())
    assert all(each.probability is None for each in result.uncertainty("way"))


@pytest.mark.parametrize(
    ("orbit", "counted"),
    [
        (sim.Kepler(center="moon", epoch=START, **{**LOW, "semi_major_axis_km": 3000.0}), False),
        (sim.Dro(amplitude_km=60_000, epoch=START), False),
        (sim.Numerical(center="earth", epoch=START, elements={**LOW, "semi_major_axis_km": 42164.0}), True),
        (sim.Numerical(center="earth", epoch=START, elements=LOW), False),  # no drag
        (sim.Numerical(center="earth", epoch=START, basis="designed", elements=LOW), False),
        (sim.Numerical(center="earth", epoch=START, basis="reconstructed", elements=LOW), False),
        (sim.Kepler(center="earth", epoch=START, basis="predicted", **LOW), False),  # no flattening
        (sim.Numerical(center="sun", epoch=START, elements={**LOW, "semi_major_axis_km": 1.6e8}), False),
    ],
    ids=lambda each: each if isinstance(each, bool) else f"{each.kind}-{each.basis}-{each.center}",
)
def test_only_what_is_counted_has_a_size(orbit, counted):
    end = sim.Spacecraft(name="craft", orbit=orbit, source="an office").over(sim.Span(START, days=3.0))
    assert (end.uncounted == "") == counted
    assert bool(sim.visibility.uncertainty.errors(end)) == counted


def test_an_orbit_without_a_source_is_not_definitive():
    elements = {**LOW, "semi_major_axis_km": 42164.0}
    orbit = sim.Numerical(center="earth", epoch=START, basis="definitive", elements=elements, area_m2=1,
                          mass_kg=100)
    bases = {source: sim.Spacecraft(name="craft", orbit=orbit, source=source).over(sim.Span(START, days=1.0))
             for source in ("", "a survey")}  # fmt: skip
    assert [bases[""].basis, bases["a survey"].basis] == ["unsourced", "definitive"]
    assert bases[""].uncounted and not bases["a survey"].uncounted


@pytest.mark.parametrize(("given", "basis"), [({}, "unsourced"), ({"source": "a survey"}, "definitive"),
                                              ({"basis": "definitive"}, "unsourced"), ({"source": "  "}, "unsourced"),
                                              ({"basis": "designed"}, "designed"),
                                              ({"basis": "predicted", "source": "a plan"}, "predicted")])  # fmt: skip
def test_without_a_source_no_place_is_definitive(given, basis):
    site = sim.Site(name="site", **PLACE, **given)
    assert site.basis == basis
    assert sim.Site(**site.model_dump()).basis == basis
    assert site.errors["east"] == (10.0 if basis == "definitive" else 1000.0)


def test_a_landed_phase_is_answered_for_by_its_spacecraft():
    phase = {"start": START, "end": "2025-09-03T00:00:00Z", "orbit": {"kind": "landed", **PLACE}}
    for source, basis in (("", "unsourced"), ("pictures", "definitive")):
        craft = sim.Spacecraft(name="craft", orbit={"kind": "phases", "phases": [phase]}, source=source)
        end = craft.over(sim.Span(START, days=1.0))
        assert end.basis == basis and end.parts[0].trajectory.source == source


def test_a_kepler_orbit_about_the_earth_is_told_to_be_off_by_its_flattening():
    span = sim.Span(START, days=10.0)
    kepler = sim.Kepler(center="earth", epoch=START, **LOW)
    (told,) = left_out(kepler, span, "de421")
    real = sim.Spacecraft(name="craft", orbit=sim.Numerical(center="earth", epoch=START, elements=LOW))
    plain = sim.Spacecraft(name="craft", orbit=kepler)
    t = np.linspace(span.start, span.end, 40_000)
    ways = [each.over(span).relative(t).position for each in (real, plain)]
    axis = np.cross(ways[1][0], ways[1][500])
    east = np.cross(axis, ways[1][0])
    turned = [np.unwrap(np.arctan2(way @ east / np.linalg.norm(east), way @ ways[1][0] / 6800.0)) for way in ways]
    right = abs(turned[0][-1] - turned[1][-1]) / (2.0 * np.pi) * 2.0 * np.pi * np.sqrt(6800.0**3 / 398600.44)
    assert right > 500.0
    assert told.seconds == pytest.approx(right, rel=0.25)
    (remark,) = remarks(sim.Scenario(start=START, days=10.0, sites={"site": sim.Site(name="site", **PLACE)},
                                     spacecraft={"craft": plain}, routes={"way": ("craft", "site")}))  # fmt: skip
    assert "its model (two bodies, round ones) has an error" in remark and "has an error of about" in remark


def test_what_a_coarse_field_leaves_out_is_what_a_finer_one_adds():
    state = {"position_km": (1790.0, 0.0, 0.0), "velocity_km_s": (0.0, 0.2, 1.645), "epoch": START}
    span = sim.Span(START, days=3.0)
    coarse, finer = (sim.Numerical(**state, gravity_degree=degree) for degree in (12, 70))
    (told,) = [each for each in left_out(coarse, span, "de421") if "degree 12" in each.what]
    ends = [sim.Spacecraft(name="craft", orbit=orbit).over(span).relative(np.asarray(span.end)).position
            for orbit in (coarse, finer)]  # fmt: skip
    right = float(np.linalg.norm(ends[0] - ends[1]))
    assert right > 10.0
    assert 0.4 * right < told.km < 2.5 * right
    assert not any("degree" in each.what for each in left_out(finer, span, "de421"))


def test_the_air_that_is_left_out_is_what_an_element_set_s_drag_makes():
    # The ISS in September 2025: B* 2.1e-4. Its own drag, by SGP4, against what is said of one without.
    iss = sim.seeds("spacecraft/iss")["iss"].orbit
    record = iss.records[0]
    span = sim.Span(record.epoch, days=5.0)
    own = Drag(iss.records, 1.0).axes_km(np.asarray(span.end))[1]
    state = sim.Spacecraft(name="iss", orbit=iss).over(span).relative(np.asarray(span.start))
    position, velocity = (tuple(map(float, each)) for each in (state.position, state.velocity))
    orbit = sim.Numerical(center="earth", epoch=record.epoch, position_km=position, velocity_km_s=velocity)
    (told,) = [each for each in left_out(orbit, span, "de421") if "drag" in each.what]
    assert 0.2 * own < told.km < 5.0 * own


def test_only_what_is_declared_is_drawn():
    def names(craft):
        site = sim.Site(name="site", **PLACE)
        return list(unknowns(sim.Scenario(start=START, days=1.0, sites={"site": site}, spacecraft={"craft": craft},
                                          routes={"way": ("craft", "site")})))  # fmt: skip

    assert not [name for name in names(lunar()) if name.startswith("craft")]
    assert "craft: along" in names(lunar().model_copy(update={"sigma": Sigma(along_km=20.0)}))


def test_no_edge_at_the_end_of_an_orbit_has_a_sigma_and_nothing_fades_beyond():
    """SMART-1 ends at 05:42:20.6 UTC on the ground; seen from there it also sets."""
    scenario = sim.load("scenarios/smart-1.toml")
    sigma = Sigma(radial_km=1.0, along_km=10.0, across_km=3.0)
    craft = {"smart1": scenario.spacecraft["smart1"].model_copy(update={"sigma": sigma})}
    scenario = sim.Scenario(start="2006-09-03T03:00:00Z", end=scenario.end, sites=scenario.sites, spacecraft=craft,
                            routes=scenario.routes)  # fmt: skip
    result = sim.run(scenario)
    impact = float(sim.tdb("2006-09-03T05:42:20.6Z"))
    for of in [*result.routes, *result.hops]:
        if "smart1" not in str(result.paths.get(of, of)).replace("smart1_impact", ""):
            continue
        windows = result.routes[of] if isinstance(of, str) else result.hops[of]
        if not len(windows) or windows.bounds[-1, 1] < impact - 5.0:
            continue
        (*_, last), (*_, (_, closed)) = result.uncertainty(of), result.edges(of)
        assert "no orbit of smart1 known after 2006-09-03" in closed
        assert last.end_sigma_s is None and last.probability is not None
    assert latest_ink(result, "impact") < impact + 120.0


def latest_ink(result, name):
    """The last instant (TDB s) at which anything of a route's row is drawn."""
    from sim.products.plot.timeline import _within_known
    from sim.products.timeline import _route_row

    row = _route_row(result, name, result.span, "")
    ends = [row.windows.bounds[:, 1].max()]
    for bounds, sigmas in zip(row.windows.bounds, np.nan_to_num(row.sigmas_s), strict=True):
        ends.append(min(_within_known(row.known, bounds, result.span).end, (bounds + 3.0 * sigmas).max()))
    return max(ends)


def test_a_timeline_says_of_which_bars_the_edges_are_not_known(unsure, tmp_path):
    (path,) = Timeline(file="unsure", format="svg").write(unsure, tmp_path)
    assert "open (designed orbit, σ of edges unknown)" in path.read_text(encoding="utf-8")
    declared = run(lunar().model_copy(update={"sigma": Sigma(across_km=900.0)}))
    (path,) = Timeline(file="sure", format="svg").write(declared, tmp_path)
    text = path.read_text(encoding="utf-8")
    assert "unknown" not in text and "fading edge: opacity is the probability that it is open" in text


def test_a_designed_spacecraft_is_tried_elsewhere_in_its_orbit_by_claims():
    craft, span = lunar(), sim.Span(START, days=1.0)
    assert designed(craft) and not designed(craft.model_copy(update={"sigma": Sigma(along_km=1.0)}))
    moved = list(elsewhere(craft, span))
    assert len(moved) == 3
    here = craft.over(span).relative(np.asarray(span.start)).position
    assert all(np.linalg.norm(end.relative(np.asarray(span.start)).position - here) > 3000.0 for _, end in moved)
