"""What is wrong with the region, the points or the time of a coverage map is told with line and cure."""

import pytest

TEXT = """start = 2024-06-01T00:00:00Z
days = 1
[spacecraft.low.orbit]
kind = "kepler"
center = "moon"
epoch = 2024-06-01T00:00:00Z
semi_major_axis_km = 1938
eccentricity = 0
inclination_deg = 89
[[products]]
kind = "coverage"
assets = ["low"]
"""


@pytest.mark.parametrize(("line", "words"), [
    ("region = {}", ("line 13", "expected one of a box", "a cap", "a polygon, got nothing")),
    ("region = {max_latitude_deg = -70, radius_km = 5}", ("line 13", "got a box and a cap")),
    ("region = {radius_km = 5}", ("line 13", "give both center_deg and radius_km")),
    ("region = {west_deg = 5}", ("line 13", "give both west_deg and east_deg")),
    ("region = {west_deg = 5, east_deg = 5}", ("line 13", "west_deg and east_deg must differ, got 5")),
    ("region = {min_latitude_deg = 5, max_latitude_deg = 5}", ("line 13", "must be below max_latitude_deg")),
    ("region = {max_latitude_deg = -91}", ("line 13", "between -90 and 90, got -91")),
    ("region = {center_deg = [0], radius_km = 5}", ("line 13", "a list of 2 numbers")),
    ("region = {center_deg = [0, 0], radius_km = -5}", ("line 13", "above 0, got -5")),
    ("region = {polygon = [[0, 0], [1, 1]]}", ("line 13", "pairs of numbers (3 to 200)")),
    ("region = {polygon = [[0, 0], [1, 1], [0, 0]]}", ("line 13", "at least three corners")),
    ("region = {polygon = [[0, 0], [0, 120], [0, -120]]}", ("line 13", "within 85 deg of their middle")),
    ("region = {max_lat_deg = -70}", ("line 13", "unknown key. Did you mean 'max_latitude_deg'?")),
    ("region = 5", ("line 13", "a table, got 5")),
    ("region = {max_latitude_deg = -10}\nstep_deg = 0.05", ("at most 250,000 cells", "Take a larger step_deg")),
    ("step_deg = 0.1", ("step_deg: expected at least 0.25 for a whole body, got 0.1. Give a region",)),
    ("points = {}", ("line 13", "points")),
    ("points = {a = [0, 0]}\nregion = {max_latitude_deg = -70}", ("give either region or points",)),
    ("points = {a = [95, 0]}", ("line 13", "between -90 and 90, got 95")),
    ("points = {'a b' = [5, 0]}", ("line 13", "expected a name as the key")),
    ("start = 2025-06-01T00:00:00Z", ("line 13", "expected a time within the span")),
    ("days = 0", ("line 13", "above 0, got 0")),
    ('projection = "east"', ("line 13", "'flat', 'faces', 'north' or 'south', got 'east'")),
])  # fmt: skip
def test_a_region_that_is_none_is_told_with_its_line(desk, line, words):
    desk.check(TEXT + line + "\n").refuses(*words)


def test_a_good_region_has_no_problems(desk):
    assert desk.check(TEXT + "region = {center_deg = [-89, 10], radius_km = 50}\nstep_deg = 0.1\n").code == 0
