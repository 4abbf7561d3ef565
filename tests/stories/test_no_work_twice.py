"""Within one command nothing is computed twice: the file is gathered, its cost and its remarks computed once."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from sim.data.resources import seeds_folder
from tests.support.command import sim_here

ONCE = {
    ("sim.scenario.includes", "gather"),
    ("sim.scenario.cost", "estimate"),
    ("sim.scenario.cost", "expensive"),
    ("sim.scenario.checks", "contradictions"),
    ("sim.scenario.notes", "remarks"),
    ("sim.simulation.run", "run"),
}
"""Functions that a run calls once; files that ship with the package may be gathered too."""

SCENARIO = """
title = "A pass"
start = 2024-03-01T00:00:00Z
days = 0.2
[sites.kourou]
latitude_deg = 5.25
longitude_deg = -52.8
[spacecraft.craft.orbit]
kind = "kepler"
center = "earth"
epoch = 2024-03-01T00:00:00Z
semi_major_axis_km = 7000.0
eccentricity = 0.0
inclination_deg = 51.0
[routes]
down = ["craft", "kourou"]
[[products]]
kind = "contact_plan"
"""


@pytest.fixture
def calls():
    """How often functions are called meanwhile. A generator is called once, however often it goes on."""
    frames = set()

    def watch(frame, event, _):
        key = frame.f_globals.get("__name__", ""), frame.f_code.co_name
        if event == "call" and key in ONCE:
            shipped = key[1] == "gather" and Path(frame.f_locals["path"]).is_relative_to(seeds_folder())
            frames.update([] if shipped else [frame])

    sys.setprofile(watch)
    yield lambda: Counter((frame.f_globals["__name__"], frame.f_code.co_name) for frame in frames)
    sys.setprofile(None)


def test_a_run_gathers_its_file_and_computes_its_cost_and_its_remarks_once(tmp_path, calls):
    file = tmp_path / "scenario.toml"
    file.write_text(SCENARIO, encoding="utf-8")
    sim_here("run", file, "-o", tmp_path / "out").check_returncode()
    assert calls() == dict.fromkeys(ONCE, 1)


def test_a_check_computes_the_cost_again_only_for_its_estimate(tmp_path, calls):
    file = tmp_path / "scenario.toml"
    file.write_text(SCENARIO, encoding="utf-8")
    sim_here("check", file).check_returncode()
    assert calls()["sim.scenario.includes", "gather"] == calls()["sim.scenario.cost", "expensive"] == 1
    assert calls()["sim.scenario.notes", "remarks"] == 1
