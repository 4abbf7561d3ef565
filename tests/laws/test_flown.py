"""Orbits that are kept: the same bits as those that are flown, and never those of another question."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.time import Span
from sim.data import orbit_store
from sim.trajectories.bodies import ephemeris
from sim.trajectories.orbits import flown, model_errors, transfer_solver
from sim.trajectories.orbits.anchored import _fitted
from sim.trajectories.orbits.numerical import Numerical
from sim.trajectories.spacecraft import Spacecraft

ROOT = Path(__file__).parents[2]
START = 6.0e8
DAY_S = 86400.0

NUMERICAL = {"kind": "numerical", "epoch": START, "position_km": (1900.0, 100.0, 50.0), "gravity_degree": 8,
             "velocity_km_s": (0.0, 1.2, 1.1)}  # fmt: skip
HALO = {"kind": "halo", "amplitude_km": 13_000.0, "epoch": START}
NRHO = {"kind": "nrho", "epoch": START, "phase": 0.3}
DRO = {"kind": "dro", "amplitude_km": 70_000.0, "epoch": START}
TRANSFER = {
    "kind": "transfer", "inclination_deg": 28.5, "perigee": START, "perilune": START + 4.3 * DAY_S,
    "perilune_height_km": 300.0,
}  # fmt: skip


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store of the test's own that keeps what is quick as well, and a count of what was computed."""
    monkeypatch.setenv("FARSIDE_SIM_ORBITS", str(tmp_path / "orbits"))
    monkeypatch.setattr(flown, "LEAST_S", 0.0)
    return tmp_path / "orbits"


@pytest.fixture
def flights(monkeypatch):
    """What was not found in the store."""
    missed, find = [], orbit_store.find
    monkeypatch.setattr(orbit_store, "find", lambda key: missed.append(key) if (got := find(key)) is None else got)
    return missed


def moved(orbit, days=2.0, start=START, ephemeris="de421"):
    return flown.pieces(Spacecraft(name="craft", orbit=orbit).orbit, Span(start, days=days), ephemeris)[0]


def same(first, second):
    return np.array_equal(first.edges, second.edges) and np.array_equal(first.coefficients, second.coefficients)


@pytest.mark.parametrize("orbit", [NUMERICAL, HALO, NRHO, DRO], ids=lambda orbit: orbit["kind"])
def test_an_orbit_from_the_store_has_the_same_bits(store, flights, orbit):
    first = moved(orbit)
    assert flights
    flights.clear()
    again = moved(orbit)
    assert not flights
    assert same(first, again)
    with orbit_store.fresh():
        assert same(first, moved(orbit))


def test_a_flight_from_the_store_is_the_same(store, flights):
    orbit = Spacecraft(name="craft", orbit=TRANSFER).orbit
    transfer_solver._found.cache_clear()
    first = transfer_solver.found(orbit, "de421")
    transfer_solver._found.cache_clear()
    flights.clear()
    again = transfer_solver.found(orbit, "de421")
    assert not flights
    assert (first.time, first.miss_km, first.iterations) == (again.time, again.miss_km, again.iterations)
    assert np.array_equal(first.state, again.state) and np.array_equal(first.unknowns, again.unknowns)


def test_a_fit_from_the_store_is_the_same(store, flights):
    orbit = sim.load(ROOT / "scenarios" / "chang-e-4.toml").spacecraft["lro"].orbit
    _fitted.cache_clear()
    first = orbit.fitted()
    _fitted.cache_clear()
    flights.clear()
    again = orbit.fitted()
    assert not flights
    assert (first.epoch, first.found, first.late_s, first.before_s) == (
        again.epoch, again.found, again.late_s, again.before_s)  # fmt: skip
    assert np.array_equal(first.state, again.state)


def test_what_a_model_leaves_out_is_kept_too(store, flights):
    orbit = Spacecraft(name="craft", orbit={**NUMERICAL, "position_km": (1800.0, 100.0, 50.0)}).orbit
    model_errors._asked.cache_clear()
    first = model_errors.left_out(orbit, Span(START, days=30.0), "de421")
    assert len(first) == 2, "the field beyond its degree, and sunlight"
    model_errors._asked.cache_clear()
    flights.clear()
    assert model_errors.left_out(orbit, Span(START, days=30.0), "de421") == first
    assert not flights


def test_what_a_model_leaves_out_is_kept_however_quick_it_was(store, flights, monkeypatch):
    """Else another process imports the integrator to compute it again: half a second for two milliseconds."""
    monkeypatch.setattr(flown, "LEAST_S", np.inf)
    orbit = Numerical(**{**NUMERICAL, "position_km": (1790.0, 0.0, 0.0), "velocity_km_s": (0.0, 1.2, 1.2)})
    first = model_errors.left_out(orbit, Span(START, days=30.0), "de421")
    model_errors._asked.cache_clear()
    flights.clear()
    assert model_errors.left_out(orbit, Span(START, days=30.0), "de421") == first
    assert first and not flights


def test_a_designed_orbit_is_shot_once_for_all_spans_of_a_year(store, flights):
    short = moved(HALO, days=2.0)
    flights.clear()
    long = moved(HALO, days=20.0)
    assert len(flights) == 1, "the shot is there already: only the span's own pieces are not"
    with orbit_store.fresh():
        assert same(long, moved(HALO, days=20.0))
    inside = len(short.edges) - 2  # the last piece of the shorter one is whole too
    assert np.array_equal(short.coefficients[:inside], long.coefficients[:inside])


def test_fresh_uses_nothing_that_the_process_remembers(store, flights):
    """As `verify` does it: what an earlier run read from the store stays in the process."""
    flight = Spacecraft(name="craft", orbit=TRANSFER).orbit
    fitted = sim.load(ROOT / "scenarios" / "chang-e-4.toml").spacecraft["lro"].orbit
    numerical = Spacecraft(name="craft", orbit=NUMERICAL).orbit
    asked = (
        lambda: transfer_solver.found(flight, "de421"), fitted.fitted,
        lambda: model_errors.left_out(numerical, Span(START, days=30.0), "de421"),
    )  # fmt: skip
    for ask in asked:
        ask()
        flights.clear()
        ask()
        assert not flights
        with orbit_store.fresh():
            ask()
        assert flights


CHANGES = {
    "a field": {**NUMERICAL, "velocity_km_s": (0.0, 1.2, np.nextafter(1.1, 2.0))},
    "the degree": {**NUMERICAL, "gravity_degree": 9},
    "the epoch": {**NUMERICAL, "epoch": START + 1e-6},
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_an_orbit_with_any_changed_field_is_integrated_again(store, flights, changed):
    moved(NUMERICAL)
    flights.clear()
    moved(changed)
    assert len(flights) == 1


def test_an_orbit_over_another_span_or_ephemeris_is_integrated_again(store, flights, tmp_path):
    moved(NUMERICAL)
    flights.clear()
    moved(NUMERICAL, days=2.5)
    moved(NUMERICAL, start=START + 1.0)
    assert len(flights) == 2
    kernel = tmp_path / "other.bsp"
    raw = bytearray(ephemeris.shipped("de421").read_bytes())
    raw[16:26] = b"other name"  # of the file, in its own head: the same numbers under another hash
    kernel.write_bytes(raw)
    moved(NUMERICAL, ephemeris=str(kernel))
    assert len(flights) == 3


def test_who_says_so_does_not_matter(store, flights):
    moved(NUMERICAL)
    flights.clear()
    moved({**NUMERICAL, "source": "another", "basis": "designed"})
    assert not flights


def test_other_programs_or_processors_fly_it_again(store, flights, monkeypatch):
    moved(NUMERICAL)
    flights.clear()
    monkeypatch.setattr(flown, "_processor", lambda: ["another"])
    flown._surroundings.cache_clear()
    try:
        moved(NUMERICAL)
    finally:
        flown._surroundings.cache_clear()
    assert len(flights) == 1


def test_a_kind_of_another_package_is_kept_by_its_programs(store, flights, monkeypatch):
    class Other(Numerical):
        pass

    span = Span(START, days=1.0)
    orbit = Other(**{**NUMERICAL, "kind": "numerical"})
    flown.pieces(orbit, span, "de421")
    flights.clear()
    flown.pieces(orbit, span, "de421")
    assert not flights
    monkeypatch.setattr(flown, "_programs", lambda package: "changed")
    flown.pieces(orbit, span, "de421")
    assert len(flights) == 1
    monkeypatch.undo()


def test_a_kind_of_a_notebook_is_not_kept(store):
    class Other(Numerical):
        pass

    Other.__module__ = "__main__.nowhere"
    flown._programs.cache_clear()
    kept = sys.modules["__main__"].__dict__.pop("__file__", None)
    try:
        flown.pieces(Other(**{**NUMERICAL, "kind": "numerical"}), Span(START, days=1.0), "de421")
    finally:
        flown._programs.cache_clear()
        if kept is not None:
            sys.modules["__main__"].__file__ = kept
    assert orbit_store.status().entries == 0


def test_an_orbit_that_is_not_integrated_is_not_kept(store):
    kepler = {"kind": "kepler", "center": "moon", "epoch": START, "semi_major_axis_km": 2000.0, "eccentricity": 0.0,
              "inclination_deg": 80.0}  # fmt: skip
    moved(kepler)
    assert orbit_store.status().entries == 0


def test_what_is_quick_is_not_kept(store, monkeypatch):
    monkeypatch.setattr(flown, "LEAST_S", 1e9)
    moved(NUMERICAL)
    assert orbit_store.status().entries == 0


def test_off_nothing_is_kept(store, monkeypatch, tmp_path):
    for word in ("off", "OFF"):
        monkeypatch.setenv("FARSIDE_SIM_ORBITS", word)
        moved(NUMERICAL)
        assert orbit_store.status() == orbit_store.Status(None, 0, 0)
    assert not store.exists()


def test_arrays_of_other_shapes_are_computed_again(store, monkeypatch):
    """A file that is whole and of the right name, but holds something else: no path comes of it."""
    path = moved(NUMERICAL)
    (key,) = [file.stem for file in store.iterdir()]
    bad = {
        "no joins": {"edges": path.edges, "coefficients": path.coefficients},
        "edges that fall": {"edges": path.edges[::-1], "coefficients": path.coefficients, "joins": np.empty(0)},
        "too few pieces": {"edges": path.edges, "coefficients": path.coefficients[1:], "joins": np.empty(0)},
        "not a number": {"edges": path.edges, "coefficients": path.coefficients * np.nan, "joins": np.empty(0)},
        "nothing": {},
    }
    for what, arrays in bad.items():
        orbit_store.keep(key, arrays)
        assert same(path, moved(NUMERICAL)), what
        assert json.dumps(sorted(orbit_store.find(key))) == '["coefficients", "edges", "joins"]', what
