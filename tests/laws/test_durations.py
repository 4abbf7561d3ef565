"""How lengths of time read: as a person would say them, and never as nothing of a larger unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.durations import duration

UNITS = {"d": 86400.0, "h": 3600.0, "min": 60.0, "s": 1.0}


@pytest.mark.parametrize(
    ("seconds", "reads"),
    [
        (0.0, "0 s"), (0.25, "0.25 s"), (9.4, "9.4 s"), (9.5, "9.5 s"), (9.96, "10 s"), (78.0, "78 s"),
        (119.6, "120 s"), (120.0, "2.0 min"),
        (2184.0, "36.4 min"), (10080.0, "2.8 h"), (1572480.0, "18.2 d"), (-2184.0, "-36.4 min"), (3.2e8, "3,703.7 d"),
    ],
)  # fmt: skip
def test_a_length_of_time_reads_as_a_person_says_it(seconds, reads):
    assert duration(seconds) == reads


@given(st.floats(1e-3, 1e9))
def test_what_is_said_is_the_length_to_its_digits(seconds):
    number, unit = duration(seconds).replace(",", "").split()
    said = float(number) * UNITS[unit]
    assert said > 0.0 and abs(said - seconds) <= 0.051 * max(seconds, 1e-9)
