"""Every number and every time of every kind, with values that nobody should give: `check` never ends in a traceback.

What is tried stands in `hostile_values.py`. It found axes of 1e-320 km, states of 1e200 km and steps of 1e200 degrees,
which no list of faults had foreseen.
"""

import itertools
import json
import re
import shutil
import signal
import warnings
from contextlib import contextmanager
from pathlib import Path

import pytest

from sim.scenario.scenario import schema
from tests.faults import hostile_values as hostile

DATA = Path(__file__).parents[1] / "stories" / "data"
SCENARIOS = {name: (data, begin) for name, data, begin in hostile.scenarios()}
CLAIMED = {name: (data, begin) for name, data, begin in hostile.claimed()}
NONSENSE = re.compile(r"\b(nan|inf)\b|-2147483648|Traceback|pydantic|e\+1\d\d|<class")
"""What no message says; what was given may be quoted."""
QUOTED = re.compile(r"(got|above|below|and|between) [(\[]?-?[\w+.-]+|(?<=, )-?[\de+.]+\]|'[^']*'")
SECONDS = 60
"""No check takes longer: an alarm ends it, on a machine however slow."""


@contextmanager
def soon():
    """Fails where something takes too long."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail(f"took more than {SECONDS} s"))
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def cases(data, begin):
    """Where numbers and times stand, each with all that is tried there."""
    for place, is_time in hostile.places(data, begin):
        yield from ((place, value) for value in (hostile.TIMES if is_time else hostile.NUMBERS))


def tried(desk, verb, data, begin, every):
    """Tries every so manyth of the cases; returns how many."""
    count = 0
    for place, value in itertools.islice(cases(data, begin), 0, None, every):
        desk.write(hostile.text(data, place, value))
        with soon(), warnings.catch_warnings(action="error"):
            ended = desk.sim(verb, desk.file)
        about = f"{place} = {value}: {ended}"
        assert ended.code in (0, 1), about
        assert not NONSENSE.search(QUOTED.sub("", ended.out + ended.told)), about
        assert ended.code == 0 or verb == "claims" or re.search(r"\d problems?\n", ended.err), about
        count += 1
    return count


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_check_of_the_good_scenario_passes(name, desk):
    ended = desk.check(hostile.text(SCENARIOS[name][0]))
    assert ended.code == 0, ended.err


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_check_never_ends_in_a_traceback(name, desk):
    """Every seventeenth case, of all 6,300: the numbers and the values come round against each other."""
    assert tried(desk, "check", *SCENARIOS[name], 17) >= 1


@pytest.mark.long
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_check_never_ends_in_a_traceback_whatever_is_tried(name, desk):
    assert tried(desk, "check", *SCENARIOS[name], 1) >= 20


@pytest.mark.parametrize("name", CLAIMED)
def test_nor_do_claims(name, desk):
    (desk.folder / "other").mkdir()
    claims = type(desk)(desk.folder, desk._run)
    desk.write(hostile.text(hostile.of_claims()))
    object.__setattr__(claims, "file", desk.folder / "claims.toml")
    assert tried(claims, "claims", *CLAIMED[name], 9) >= 1


def test_every_kind_and_every_number_of_the_schema_is_tried():
    """What is added to a kind later has to be added to what is tried."""
    known = {key for data, begin in SCENARIOS.values() for place, _ in hostile.places(data, begin) for key in place}
    missing = set()
    for name, part in schema()["$defs"].items():
        for key, about in part.get("properties", {}).items():
            if re.search(r'"type": "(number|integer)"|"format": "date-time"', json.dumps(about)) and key not in known:
                missing.add(f"{name}.{key}")
    assert missing == {"Spk.target"}  # needs a file: below


@pytest.mark.parametrize("target", hostile.NUMBERS)
def test_no_number_of_a_body_in_a_file_is_a_traceback(target, desk):
    shutil.copy(DATA / "lro-six-hours.bsp", desk.folder / "lro.bsp")
    orbit = f'{{kind = "spk", file = "lro.bsp", center = "moon", target = {target}}}'
    with soon():
        ended = desk.check(
            f"start = 2019-01-08T00:00:00Z\ndays = 0.2\n[spacecraft.lro]\norbit = {orbit}\n"
            '[routes]\ndown = ["lro", "earth"]\n'
        )
    ended.refuses("expected an integer of at most" if "36854775808" in target else "spacecraft.lro.orbit.target")


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("semi_major_axis_km = 7000", "semi_major_axis_km = 5e-324", ("is inside",)),
        ("semi_major_axis_km = 7000", "semi_major_axis_km = 1e-120", ("is inside",)),
        ("semi_major_axis_km = 7000", "semi_major_axis_km = 1e200", ("semi_major_axis_km", "below 20,000,000,000")),
        ("semi_major_axis_km = 7000", "semi_major_axis_km = 1e999", ("semi_major_axis_km", "got inf")),
        ("days = 1\n", "days = 1.7e308\n", ("line 3:1", "expected at most 36,600 days")),
        ("days = 1\n", "days = 1e999\n", ("line 3:1", "got inf")),
    ],
)
def test_what_was_a_traceback_is_told(old, new, words, desk):
    desk.changed(old, new).refuses(*words)


