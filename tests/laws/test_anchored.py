"""An orbit held by facts of a known orbit is that orbit; facts that cannot be are refused."""

import numpy as np
import pytest

import sim
from sim.core.errors import PropagationError
from sim.trajectories.orbits.anchored import Fact

SPAN = sim.Span("2019-01-05T00:00:00Z", days=1.5)
STATE = {"epoch": "2019-01-03T00:00:00Z", "position_km": (1900.0, 0.0, 0.0), "velocity_km_s": (0.0, 0.3, 1.63)}
DEGREE = 8
"""Enough to be no Kepler orbit, and quick."""
PLACE = {"latitude_deg": 30.0, "longitude_deg": 20.0}
ALONG_KM = 0.05
"""A fact is found to a microsecond, 2 mm; what is left is the difference between changing a state here and there."""


def moved(orbit):
    return sim.Spacecraft(name="craft", orbit=orbit).over(SPAN)


def nearest(craft, fact, guess):
    """When a fact happens on a known orbit."""
    return guess + Fact(**{**fact, "at": guess}).late_s(craft.pieces, "de421", 9000.0)


def spoilt(seconds, metres_per_second):
    """The state, too far along its way and too quick."""
    path = moved_from_start()
    position, velocity = path.both(np.asarray(sim.tdb(STATE["epoch"]) + seconds))
    faster = velocity * (1.0 + metres_per_second / 1000.0 / np.linalg.norm(velocity))
    return {"epoch": STATE["epoch"], "position_km": tuple(position), "velocity_km_s": tuple(faster)}


def moved_from_start():
    orbit = sim.Numerical(gravity_degree=DEGREE, **STATE)
    start = sim.tdb(STATE["epoch"])
    return sim.Spacecraft(name="craft", orbit=orbit).over(sim.Span(start, start + 7200.0)).pieces


TRUTH = moved(sim.Numerical(gravity_degree=DEGREE, **STATE))
EVENTS = [
    ({"event": "abeam", **PLACE}, "2019-01-05T04:00:00Z"),
    ({"event": "perilune"}, "2019-01-06T07:00:00Z"),
    ({"event": "acquired", "body": "earth", "latitude_deg": 40.4, "longitude_deg": -4.2, "horizon_deg": 5.0},
     "2019-01-05T14:00:00Z"),
    ({"event": "lost", "latitude_deg": -45.5, "longitude_deg": 177.6}, "2019-01-05T20:00:00Z"),
]  # fmt: skip
FACTS = [{**event, "at": nearest(TRUTH, event, sim.tdb(guess))} for event, guess in EVENTS]


def test_facts_of_an_orbit_are_where_the_search_has_them():
    """What is acquired and lost agrees with the edges of the hops, light time and all."""
    madrid = sim.Site(name="madrid", latitude_deg=40.4, longitude_deg=-4.2, horizon_deg=5.0)
    lander = sim.Site(name="lander", body="moon", latitude_deg=-45.5, longitude_deg=177.6)
    opens = sim.hop(TRUTH, madrid).windows(SPAN).bounds[:, 0]
    closes = sim.hop(TRUTH, lander).windows(SPAN).bounds[:, 1]
    assert np.abs(opens - FACTS[2]["at"]).min() < 1.0  # aberration is left out of facts
    assert np.abs(closes - FACTS[3]["at"]).min() < 0.1


@pytest.mark.parametrize("chosen", [(0, 1), (0, 2), (0, 3), (0, 1, 2, 3)])
def test_an_orbit_held_by_facts_of_another_is_that_one(chosen):
    orbit = sim.Anchored(gravity_degree=DEGREE, facts=tuple(FACTS[i] for i in chosen), **spoilt(120.0, 0.05))
    fit = orbit.fitted()
    assert max(abs(late) for late in fit.late_s) < 2.0  # exact but for what phase and period cannot undo
    assert max(abs(late) for late in fit.before_s) > 30.0
    t = SPAN.grid(1200.0)
    held, loose = moved(orbit), moved(orbit.numerical())
    apart, before = (np.linalg.norm(x.position(t) - TRUTH.position(t), axis=1).max() for x in (held, loose))
    assert apart < 0.05 * before
    assert apart < 10.0


def test_an_orbit_that_needs_no_change_is_left_as_it_is():
    orbit = sim.Anchored(gravity_degree=DEGREE, facts=tuple(FACTS), **STATE)
    t = SPAN.grid(1200.0)
    assert np.linalg.norm(moved(orbit).position(t) - TRUTH.position(t), axis=1).max() < ALONG_KM


def test_a_fit_says_what_it_did_and_what_it_left_free():
    orbit = sim.Anchored(gravity_degree=DEGREE, facts=tuple(FACTS[:2]), **spoilt(120.0, 0.05))
    text = "\n".join(moved(orbit).notes)
    assert "phase: +1" in text
    assert "mm/s along the track, good to" in text
    assert "'abeam' at 2019-01-05T" in text
    assert "before the fit" in text
    assert "as many facts as numbers, so the residuals are no check; as at 2019-01-03T00:00:00Z: node" in text


def test_facts_that_contradict_one_another_are_refused_with_the_worst_of_them():
    wrong = [*FACTS[:2], {**FACTS[3], "at": FACTS[3]["at"] + 400.0}]
    orbit = sim.Anchored(gravity_degree=DEGREE, facts=tuple(wrong), **STATE)
    with pytest.raises(PropagationError, match=r"craft: the facts contradict .* at 2019.* s late at best"):
        moved(orbit)


def test_a_fact_that_never_happens_is_refused():
    orbit = sim.Anchored(
        gravity_degree=DEGREE, facts=({**FACTS[3], "horizon_deg": 89.0}, FACTS[1]), **STATE
    )
    with pytest.raises(PropagationError, match=r"'lost' at 2019.* does not happen on this orbit"):
        moved(orbit)


@pytest.mark.parametrize(("given", "told"), [
    ({"facts": (FACTS[0],)}, "1 fact cannot fix 2 numbers"),
    ({"facts": (FACTS[0], {**FACTS[1], **PLACE})}, "perilune has no place"),
    ({"facts": (FACTS[1], {"event": "abeam", "at": FACTS[0]["at"]})}, "'abeam' needs a place"),
    ({"facts": (FACTS[1], {**FACTS[0], "body": "earth"})}, "'abeam' needs a place on the moon"),
    ({"facts": tuple(FACTS), "fit": ("phase", "phase")}, "contains a name twice"),
    ({"facts": tuple(FACTS), "position_km": (100.0, 0.0, 0.0)}, "above the moon: expected km"),
])  # fmt: skip
def test_facts_that_cannot_be_are_refused_in_words(given, told):
    with pytest.raises(ValueError, match=told):
        sim.Anchored(**{**STATE, "gravity_degree": DEGREE, **given})
