"""What must be true of any directions, segments and spheroids; most of it asked in another way than it is computed."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.core import geometry
from sim.core.geometry import SPEED_OF_LIGHT_KM_S

ROUNDING = 1e-12
"""A few hundred units in the last place: every one of these functions is exact but for rounding."""
EAST, NORTH, UP = np.eye(3)

part = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
vector = st.tuples(part, part, part).map(np.array).filter(lambda v: np.linalg.norm(v) > 1.0)
angle = st.floats(0.0, 2 * np.pi)
scale = st.floats(1e-3, 1e9)


def across(v):
    """A unit vector at a right angle to another."""
    found = np.cross(v, EAST if abs(v[0]) < 0.6 * np.linalg.norm(v) else NORTH)
    return found / np.linalg.norm(found)


@given(st.lists(vector, min_size=1, max_size=4), vector)
def test_lengths_and_products_go_over_the_last_axis(several, one):
    a = np.array(several)
    assert geometry.dot(a, one) == pytest.approx([sum(x * y for x, y in zip(row, one, strict=True)) for row in a])
    assert geometry.length(a) == pytest.approx([np.linalg.norm(row) for row in a], rel=ROUNDING)
    assert geometry.unit(a) == pytest.approx(np.array([row / np.linalg.norm(row) for row in a]), rel=ROUNDING)


@given(vector, st.floats(-np.pi / 2, np.pi / 2), angle, scale)
def test_elevation_is_the_angle_above_the_plane_whatever_the_distance(zenith, height, turn, far):
    up = zenith / np.linalg.norm(zenith)
    one = across(up)
    level = np.cos(turn) * one + np.sin(turn) * np.cross(up, one)
    sight = far * (np.sin(height) * up + np.cos(height) * level)
    assert geometry.elevation(up, sight) == pytest.approx(height, abs=1e-8 if abs(height) > 1.5 else 1e-10)


def test_elevation_of_many_sights_at_once():
    sights = np.array([UP, EAST, -UP, UP + NORTH])
    assert geometry.elevation(UP, sights) == pytest.approx(np.deg2rad([90.0, 0.0, -90.0, 45.0]), abs=ROUNDING)


@given(st.floats(0.0, 2 * np.pi - 1e-9), st.floats(-80.0, 80.0), scale)
def test_azimuth_goes_from_north_through_east_whatever_the_elevation(turn, height, far):
    level = np.cos(turn) * NORTH + np.sin(turn) * EAST
    sight = far * (level + np.tan(np.deg2rad(height)) * UP)
    assert geometry.azimuth(EAST, NORTH, sight) == pytest.approx(turn, abs=1e-9)


def test_azimuth_is_never_negative_nor_a_full_turn():
    west = geometry.azimuth(EAST, NORTH, np.array([[-1.0, 0.0, 0.0], [-1.0, 1.0, 5.0], [0.0, 1.0, 0.0]]))
    assert np.rad2deg(west) == pytest.approx([270.0, 315.0, 0.0])


@given(vector, st.one_of(st.floats(1e-9, np.pi - 1e-9), st.floats(1e-9, 1e-6)), scale, scale)
def test_separation_is_good_for_any_angle_and_any_lengths(a, turn, one, other):
    b = np.cos(turn) * a + np.sin(turn) * np.linalg.norm(a) * across(a)
    found = geometry.separation(one * a, other * b)
    assert found == pytest.approx(turn, rel=1e-6, abs=1e-15)
    assert found == pytest.approx(geometry.separation(other * b, one * a), rel=1e-6)
    assert np.pi - geometry.separation(a, -b) == pytest.approx(turn, abs=1e-15 + 1e-14)


@given(vector, st.floats(0.0, np.pi), st.floats(0.0, 0.9), angle)
def test_aberration_halves_tangents_as_einstein_found(velocity, turn, beta, around):
    forward = velocity / np.linalg.norm(velocity)
    side = across(forward)
    side = np.cos(around) * side + np.sin(around) * np.cross(forward, side)
    sight = 4e5 * (np.cos(turn) * forward + np.sin(turn) * side)
    seen = geometry.aberrated(sight, beta * SPEED_OF_LIGHT_KM_S * forward)
    # Source: Einstein (1905), §7, in the form of half angles: tan(θ'/2) = √((1 − β)/(1 + β)) tan(θ/2).
    expected = 2.0 * np.arctan2(np.sqrt(1.0 - beta) * np.sin(turn / 2), np.sqrt(1.0 + beta) * np.cos(turn / 2))
    assert np.arctan2(seen @ side, seen @ forward) == pytest.approx(expected, abs=1e-7)
    assert np.linalg.norm(seen) == pytest.approx(4e5, rel=ROUNDING)


@given(vector, vector, st.floats(0.0, 0.5))
def test_who_sends_with_the_velocity_reversed_hits_what_was_seen(sight, velocity, beta):
    velocity = beta * SPEED_OF_LIGHT_KM_S * velocity / np.linalg.norm(velocity)
    there_and_back = geometry.aberrated(geometry.aberrated(sight, velocity), -velocity)
    assert there_and_back == pytest.approx(sight, rel=1e-9, abs=1e-9 * np.linalg.norm(sight))


@given(vector, vector, vector)
def test_no_point_of_a_segment_is_nearer_than_its_distance(start, end, point):
    assume(np.linalg.norm(end - start) > 1.0)
    found = np.sqrt(geometry.squared_distance_to_segment(start, end, point))
    share = np.linspace(0.0, 1.0, 1001)[:, None]
    away = np.linalg.norm(start + share * (end - start) - point, axis=1)
    assert found <= away.min() * (1 + ROUNDING) + 1e-6
    assert found >= away.min() - np.linalg.norm(end - start) / 2000


def test_a_segment_ends_at_its_ends():
    start, end = np.array([1.0, 0.0, 0.0]), np.array([3.0, 0.0, 0.0])
    points = np.array([[-3.0, 0.0, 0.0], [2.0, 5.0, 0.0], [7.0, 0.0, 3.0]])
    found = geometry.squared_distance_to_segment(start, end, points)
    assert found == pytest.approx([16.0, 25.0, 25.0])


@given(vector, vector, vector, vector, st.floats(0.3, 1.0))
def test_a_line_cuts_a_spheroid_where_its_inside_says_so(start, end, center, pole, flat):
    assume(np.linalg.norm(end - start) > 1.0)
    pole = pole / np.linalg.norm(pole)
    equatorial, polar = 3e5, 3e5 * flat

    def inside(points):
        along = (points - center) @ pole
        return (np.sum((points - center) ** 2, axis=-1) - along**2) / equatorial**2 + along**2 / polar**2

    a, b = (geometry.stretched(x - center, pole, equatorial / polar) for x in (start, end))
    found = geometry.squared_distance_to_segment(a, b, np.zeros(3)) / equatorial**2
    share = np.linspace(0.0, 1.0, 2001)[:, None]
    least = inside(start + share * (end - start)).min()
    assert found <= least * (1 + 1e-9) + 1e-9
    assert np.sqrt(found) >= np.sqrt(least) - np.linalg.norm(end - start) / polar / 4000


@given(vector, vector)
def test_a_spheroid_that_is_a_sphere_is_a_sphere(vector, pole):
    assert np.array_equal(geometry.stretched(vector, pole, 1.0), vector)


PASSED = 1e-6
"""Of the largest length: nearer than this to the edge, rounding may decide."""

ROUNDED_KM = 1e-6
"""Rounding of lines of a million kilometers (1e-10 km), as the Moon's edge between such ends magnifies it: by 290."""


@given(vector, vector, st.floats(0.01, 1e5))
def test_a_line_passes_a_sphere_where_its_nearest_point_does(start, end, radius):
    assume(np.linalg.norm(end - start) > 1.0)
    clearance = np.sqrt(geometry.squared_distance_to_segment(start, end, np.zeros(3))) - radius
    assume(abs(clearance) > PASSED * max(radius, *np.abs(start), *np.abs(end)))
    assert (geometry.passing(start, end, end - start, radius) > 0) == (clearance > 0)


@given(st.floats(1800.0, 1e6), st.floats(1800.0, 1e6), st.floats(-0.5, 0.5))
def test_near_its_edge_a_line_passes_a_sphere_by_its_clearance(p, q, clearance):
    """The line touches a sphere of the radius and the clearance between its ends; both are seen from the center."""
    radius = 1737.4
    start, end = np.array([-p, radius + clearance, 0.0]), np.array([q, radius + clearance, 0.0])
    found = float(geometry.passing(start, end, end - start, radius))
    assert found == pytest.approx(clearance, rel=1e-3, abs=ROUNDED_KM)


def test_lines_that_pass_and_ends_inside_are_told_apart_one_by_one():
    start = np.array([[3000.0, 0.0, 0.0], [3000.0, 0.0, 0.0], [100.0, 0.0, 0.0], [0.0, 1737.0, 0.0]])
    end = np.array([[3000.0, 9000.0, 0.0], [-3000.0, 0.0, 0.0], [9000.0, 0.0, 0.0], [0.0, 9000.0, 0.0]])
    found = geometry.passing(start, end, end - start, 1737.4)
    alone = [geometry.passing(a, b, b - a, 1737.4) for a, b in zip(start, end, strict=True)]
    assert np.array_equal(found, np.array(alone))
    assert np.array_equal(found > 0, [True, False, False, False])
    assert found[2:] == pytest.approx([-np.sqrt(1737.4**2 - 100.0**2), -np.sqrt(1737.4**2 - 1737.0**2)])


def test_what_is_inside_a_sphere_does_not_pass_it():
    start, end = np.array([[1000.0, 0.0, 0.0], [2000.0, 0.0, 0.0]]), np.array([[2000.0, 0.0, 0.0], [0.0, 0.0, 1737.0]])
    assert np.all(geometry.passing(start, end, end - start, 1737.4) < 0)


def test_a_disc_is_its_radius_over_the_distance_from_afar_and_half_the_sky_from_its_surface():
    found = geometry.disc_radius(1737.4, np.array([1737.4e6, 2 * 1737.4, 1737.4, 1000.0]))
    assert found[0] == pytest.approx(1e-6)
    assert np.rad2deg(found[1:]) == pytest.approx([30.0, 90.0, 90.0])
