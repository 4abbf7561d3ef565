"""What must be true of any claim: the rule of verdicts, and shares of a surface against the area of a cap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.time import Span
from sim.search.windows import Windows
from sim.simulation.claims.contact_tests import FAR_S, _gap, _slack
from sim.simulation.claims.share_tests import GRID_PERCENT, POINTS, sphere, surface_share
from sim.simulation.claims.verdicts import Outcome, decide, together
from sim.trajectories.bodies.body import EARTH, MOON

MARGINS = st.floats(-100, 100)
NOISE = st.floats(0, 10)


def outcome(margin, uncertainty=0.0):
    return Outcome(margin, margin, "s", "", uncertainty=uncertainty)


@given(st.lists(st.tuples(MARGINS, NOISE), min_size=1, max_size=6))
def test_a_verdict_is_what_all_outcomes_agree_on(pairs):
    verdict = decide([outcome(*pair) for pair in pairs])
    if all(margin > 0 and margin >= noise for margin, noise in pairs):  # a bound itself is allowed
        assert verdict == "consistent"
    elif all(margin < -noise for margin, noise in pairs):
        assert verdict == "inconsistent"
    else:
        assert verdict == "undecidable"


@given(st.lists(st.tuples(MARGINS, NOISE), min_size=1, max_size=6), st.tuples(MARGINS, NOISE))
def test_another_outcome_never_turns_a_verdict_into_its_opposite(pairs, more):
    outcomes = [outcome(*pair) for pair in pairs]
    before, after = decide(outcomes), decide([*outcomes, outcome(*more)])
    assert after in (before, "undecidable")


@given(st.lists(st.sampled_from(["consistent", "inconsistent", "undecidable", "untested"]), max_size=5))
def test_a_claim_has_the_verdict_of_its_worst_test_and_a_vague_one_is_never_consistent(verdicts):
    whole = together(verdicts)
    assert (whole == "inconsistent") == ("inconsistent" in verdicts)
    assert (whole == "consistent") == (set(verdicts) == {"consistent"})
    assert together(verdicts, vague=True) != "consistent"


class Still:
    """A target that stands still over a place of the Moon, so far away that it sees a half of it."""

    def __init__(self, distance_km, swing_deg=0.0):
        self.distance_km, self.swing_deg = distance_km, swing_deg

    def position_from(self, center, t):
        angle = np.deg2rad(self.swing_deg) * np.sin((t - t[0]) / 86400.0)
        fixed = self.distance_km * np.stack((np.cos(angle), np.sin(angle), 0.0 * angle), axis=-1)
        return np.einsum("...ji,...j->...i", MOON.rotation(t), fixed)


@settings(deadline=None)
@given(st.floats(3000.0, 400_000.0))
def test_what_stands_still_is_seen_from_a_cap_of_known_area(distance_km):
    """A cap of half-angle θ, cos θ = R/d, is (1 − cos θ)/2 of a sphere."""
    cap = 50.0 * (1.0 - 1737.4 / distance_km)
    t = np.array([0.0, 1000.0])
    shares = {
        how: surface_share(sphere(POINTS), Still(distance_km), t, 1737.4, how)
        for how in ("always", "sometime", "mean", "never")
    }
    for how in ("always", "sometime", "mean"):
        assert abs(shares[how] - cap) < GRID_PERCENT
    assert abs(shares["never"] - (100.0 - cap)) < GRID_PERCENT


@settings(max_examples=20, deadline=None)
@given(st.floats(1.0, 60.0))
def test_what_swings_along_the_equator_is_sometimes_seen_from_a_lune_more(swing_deg):
    """Two hemispheres whose middles lie 2a apart have (180° + 2a)/360° of the sphere between them."""
    t = np.linspace(0.0, 2 * np.pi * 86400.0, 150)
    target = Still(1e9, swing_deg)
    sometime = surface_share(sphere(POINTS), target, t, 1737.4, "sometime")
    always = surface_share(sphere(POINTS), target, t, 1737.4, "always")
    assert abs(sometime - (180.0 + 2 * swing_deg) / 3.6) < 2 * GRID_PERCENT
    assert abs(always - (180.0 - 2 * swing_deg) / 3.6) < 2 * GRID_PERCENT


def test_the_grid_agrees_with_the_libration_computed_along_meridians():
    """From the mean sub-Earth point outward the edge of sight lies, for every azimuth, at a known angle: no grid."""
    t = Span("2010-01-01T00:00:00Z", days=365).grid(21_600.0)
    fixed = np.einsum("...ij,...j->...i", MOON.rotation(t), EARTH.position_from(MOON, t))
    distance = np.linalg.norm(fixed, axis=-1)
    x, y, z = (fixed / distance[:, None]).T
    psi = np.linspace(0.0, 2 * np.pi, 721)[:-1, None]
    across = y * np.cos(psi) + z * np.sin(psi)
    edge = np.arctan2(across, x) + np.arccos(1737.4 / distance / np.hypot(x, across))
    never, always = (50.0 * np.mean(1.0 + np.cos(edge.max(axis=1)))), 50.0 * np.mean(1.0 - np.cos(edge.min(axis=1)))
    points = sphere(POINTS)
    assert abs(surface_share(points, EARTH, t, 1737.4, "never") - never) < GRID_PERCENT
    assert abs(surface_share(points, EARTH, t, 1737.4, "always") - always) < GRID_PERCENT


@given(st.floats(0.0, 50.0), st.floats(1.0, 40.0), st.floats(0.0, 99.0))
def test_the_distance_to_a_window_is_zero_inside_it_and_counts_from_its_nearer_edge(start, long, at):
    windows = Windows.of([[start, start + long]], Span(-1000.0, 1000.0))
    gap = _gap(windows, at, at)
    if start <= at <= start + long:
        assert gap == 0.0
        assert _slack(windows, (start, start + long), at, at) == pytest.approx(
            min(at - start, start + long - at)
        )
    else:
        assert gap == pytest.approx(max(start - at, at - start - long))
    assert _gap(Windows.none(windows.span), at, at) == FAR_S
