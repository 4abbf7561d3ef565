"""Routes and products of what is known in a part of the span: none is refused that `check` passed."""

import csv

import numpy as np
import pytest

import sim
from sim.trajectories.light_time import ray
from sim.trajectories.multi_phase import Phased

START = float(sim.tdb("2026-03-01T06:00:00Z"))
HOUR = 3600.0
SPAN = sim.Span(START, START + 24 * HOUR)
LUNAR = sim.Kepler(center="moon", epoch=START, semi_major_axis_km=2600.0, eccentricity=0.0, inclination_deg=80.0)
LOW = sim.Kepler(center="earth", epoch=START, semi_major_axis_km=6900.0, eccentricity=0.0, inclination_deg=51.0)
HIGH = sim.Kepler(center="moon", epoch=START, semi_major_axis_km=12_000.0, eccentricity=0.1, inclination_deg=60.0)
MARS = sim.Kepler(center="mars", epoch=START, semi_major_axis_km=9000.0, eccentricity=0.0, inclination_deg=30.0)
STATION = sim.Site(name="st", latitude_deg=40.45, longitude_deg=-4.37, height_m=794.0)
BASE = sim.Site(name="base", body="moon", latitude_deg=5.0, longitude_deg=10.0)
TOLD = ("contact_plan", "passes", "calendar", "availability", "profile", "report")


def table(folder, orbit, first, last, name="table"):
    """A CSV file of an orbit, from and to seconds after the start."""
    whole = sim.Spacecraft(name="made", orbit=orbit).over(sim.Span(START + first, START + last))
    t = np.arange(START + first, START + last + 0.5, 30.0)
    state = whole.relative(t)
    stamps = np.datetime64("2000-01-01T12:00:00", "ms") + np.round(t * 1e3).astype("timedelta64[ms]")
    numbers = np.column_stack([state.position, state.velocity]).tolist()
    rows = [",".join([str(at), *map(repr, row)]) for at, row in zip(stamps, numbers, strict=True)]
    path = folder / f"{name}.csv"
    path.write_text("\n".join(["tdb,x_km,y_km,z_km,vx_km_s,vy_km_s,vz_km_s", *rows]) + "\n")
    return sim.Csv(file=str(path), center=orbit.center)


def from_noon(orbit):
    return sim.Phases(phases=[{"start": START + 6 * HOUR, "end": START + 48 * HOUR, "orbit": orbit}])


def scenario(crafts, *routes, products=()):
    given = {name: sim.Spacecraft(name=name, orbit=orbit) for name, orbit in crafts.items()}
    return sim.Scenario(start=SPAN.start, end=SPAN.end, sites={"st": STATION, "base": BASE}, spacecraft=given,
                        routes={f"r{i}": path for i, path in enumerate(routes)},
                        products=[{"kind": kind} for kind in products])  # fmt: skip


@pytest.mark.parametrize("part", ["phase", "file"])
def test_a_later_hop_may_end_at_what_is_known_in_a_part(part, tmp_path):
    """Its windows are those that it has where all is known, in that part."""
    lander = from_noon(HIGH) if part == "phase" else table(tmp_path, HIGH, 6 * HOUR, 20 * HOUR)
    routes = (("st", "relay", "lander"), ("lander", "relay", "st"), ("base", "st", "relay", "lander", "st"))
    some, all_ = (sim.run(scenario({"relay": LUNAR, "lander": orbit}, *routes)) for orbit in (lander, HIGH))
    last = START + (48 if part == "phase" else 20) * HOUR
    inside = sim.Span(START + 6 * HOUR + 10.0, min(last, SPAN.end) - 10.0)
    for name, windows in some.routes.items():
        assert windows.within(inside).matches(all_.routes[name].within(inside), 1e-3)
        assert not windows.within(sim.Span(START, START + 6 * HOUR))
    assert len(some.routes["r0"].within(inside)) > 2


@pytest.mark.parametrize("ends_h", [3.0, 11.7, 23.99])
def test_a_file_that_ends_in_the_span_with_a_far_receiver(ends_h, tmp_path):
    """A low satellite's last light is under way for more than a second to a lunar base, for minutes to Mars."""
    crafts = {"low": table(tmp_path, LOW, -600.0, ends_h * HOUR), "far": MARS}
    result = sim.run(scenario(crafts, ("low", "base"), ("low", "far"), ("base", "low", "far"), ("far", "low")))
    whole = sim.run(scenario({"low": LOW, "far": MARS}, ("low", "base"), ("low", "far"), ("base", "low", "far"),
                             ("far", "low")))  # fmt: skip
    for hop, windows in result.hops.items():
        known = windows.known_bounds
        inside = sim.Span(max(known[0, 0], SPAN.start), known[-1, 1])
        assert windows.within(inside).matches(whole.hops[hop].within(inside), 1e-3)
    for receiver in ("base", "far"):
        last = result.hops["low", receiver].known_bounds[-1, 1]
        sent = ray(whole.ends["low"], whole.ends[receiver], np.array(last)).sent
        assert last == SPAN.end or abs(float(sent) - START - ends_h * HOUR) < 30.0  # of the file's own step


@pytest.mark.parametrize("early_s", [0.0, 5.0, 15.0, 300.0, 9000.0])
def test_a_file_that_begins_just_before_the_span(early_s, tmp_path):
    """Its first light has to get to a base, and on over relays: what arrives earlier is not known, and no error."""
    path, away = ("low", "base", "relay", "st"), ("low", "far", "st")
    crafts = {"low": table(tmp_path, LOW, -early_s, 25 * HOUR), "relay": HIGH, "far": MARS}
    result = sim.run(scenario(crafts, path, away))
    whole = sim.run(scenario({**crafts, "low": LOW}, path, away))
    for of in ("r0", "r1"):
        unknown = result.routes[of].unknown
        assert result.routes[of].matches(sim.Windows.of(whole.routes[of].bounds, SPAN, known=result.routes[of].known),
                                         1e-3)  # fmt: skip
        assert unknown.total_s < (10.0 if of == "r0" else 3000.0)
    assert not result.routes["r0"].unknown or early_s < 10.0
    assert isinstance(result.ends["low"], Phased) == (early_s < 9000.0)


def test_a_file_that_covers_a_span_and_its_light_says_nothing_of_gaps(tmp_path):
    crafts = {"low": table(tmp_path, LOW, -20.0, 25 * HOUR), "relay": HIGH}
    result = sim.run(scenario(crafts, ("low", "base", "relay", "st")))
    assert not any("outside it no orbit" in each for each in result.provenance["remarks"])
    assert not any("no orbit" in text for of in (*result.routes, *result.hops) for e in result.edges(of) for text in e)


@pytest.mark.parametrize("known", ["phase over midnight", "phase without midnight", "file"])
def test_products_of_what_is_known_in_a_part_is_written(known, tmp_path):
    """An end that does not cover a UTC midnight of the span, or covers nothing but it."""
    orbit = {
        "phase over midnight": sim.Phases(phases=[{"start": START + 17 * HOUR, "end": START + 19 * HOUR,
                                                   "orbit": LUNAR}]),
        "phase without midnight": sim.Phases(phases=[
            {"start": START, "end": START + 12 * HOUR, "orbit": LUNAR},
            {"start": START + 20 * HOUR, "end": START + 30 * HOUR,
             "orbit": {"kind": "landed", "latitude_deg": 0.0, "longitude_deg": 0.0}}]),
        "file": table(tmp_path, LUNAR, 13 * HOUR, 17 * HOUR),
    }[known]  # fmt: skip
    asked = scenario({"craft": orbit, "high": HIGH}, ("craft", "st"), ("st", "high", "craft"), products=TOLD)
    written = sim.write(asked, sim.run(asked), tmp_path / "out")
    assert len(written) == len(TOLD) + 3  # the plan is three files, and run.json
    rows = list(csv.DictReader((tmp_path / "out" / "passes.csv").open(encoding="utf-8")))
    assert any(row["target"] == "craft" for row in rows)
    assert not any("nan" in row.values() for row in rows)


def test_empty_windows_contain_no_extremes_of_a_scalar():
    elevation = sim.elevation_deg(STATION, sim.MOON)
    assert len(elevation.extremes(sim.Windows.none(SPAN)).times) == 0
