"""Orbits that users bring along."""

from pathlib import Path

import numpy as np
import pytest
import spiceypy

import sim
from sim.core.errors import SimError

DATA = Path(__file__).with_name("data")


def test_an_spk_file_gives_the_states_that_spice_reads_from_it():
    scenario = sim.load(DATA / "spk.toml")
    t = scenario.span.grid(60.0)
    spiceypy.furnsh(str(DATA / "lro-six-hours.bsp"))
    try:
        right = np.array([spiceypy.spkgeo(-85, each, "J2000", 301)[0] for each in t])
    finally:
        spiceypy.kclear()
    found = scenario["lro"].state_from(sim.MOON, t)
    assert np.linalg.norm(found.position - right[:, :3], axis=1).max() < 1e-6
    assert np.abs(found.velocity - right[:, 3:]).max() < 1e-9  # km/s


def test_an_spk_file_gives_the_orbit_it_was_made_from():
    """As that is found today: fits of other versions meet the facts as well, some centimeters away."""
    scenario = sim.load(DATA / "spk.toml")
    t = scenario.span.grid(60.0)
    made_from = sim.seeds("spacecraft/lro-2019")["lro"].over(scenario.span)
    assert np.linalg.norm(scenario["lro"].position(t) - made_from.position(t), axis=1).max() < 1e-3


def test_a_scenario_with_an_spk_file_runs():
    result = sim.run(sim.load(DATA / "spk.toml"))
    assert len(result.routes["direct"]) >= 3
    assert result.basis("direct") == "reconstructed"


def test_a_span_beyond_an_spk_file_is_refused_with_its_years(tmp_path):
    text = (DATA / "spk.toml").read_text().replace("2019-01-0", "2020-01-0")
    (tmp_path / "spk.toml").write_text(text)
    (tmp_path / "lro-six-hours.bsp").write_bytes((DATA / "lro-six-hours.bsp").read_bytes())
    with pytest.raises(SimError, match=r"spacecraft.lro.orbit.file.*covers 2019-01-0"):
        sim.load(tmp_path / "spk.toml")


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html><html>404</html>", b"DAF/SPK " + b"\0" * 100])
def test_a_file_that_is_no_spk_is_refused(tmp_path, content):
    (tmp_path / "spk.toml").write_text((DATA / "spk.toml").read_text())
    (tmp_path / "lro-six-hours.bsp").write_bytes(content)
    with pytest.raises(SimError, match=r"lro-six-hours.bsp"):
        sim.load(tmp_path / "spk.toml")


def test_the_first_look_runs_with_a_horizon_profile():
    scenario = sim.load(Path(__file__).parents[2] / "scenarios" / "first-look.toml")
    result = sim.run(scenario)
    windows = result.hops["orbiter", "garden"]
    assert len(windows) >= 5
    condition = result.conditions["orbiter", "garden"]
    t = scenario.span.grid(20.0)[:-1]
    near = np.min([np.abs(leaf.margin(t)) / leaf.margin.resolution for leaf in condition.leaves()], axis=0) < 100
    assert np.array_equal(windows.holds(t)[~near], condition.holds(t)[~near])


def test_several_files_follow_one_another_and_their_hashes_are_kept(tmp_path):
    for name in ("one.csv", "two.csv"):
        lines = (DATA / "capstone.csv").read_text().splitlines()
        rows = lines[2:22] if name == "one.csv" else lines[15:]
        (tmp_path / name).write_text("\n".join([*lines[:2], *rows]) + "\n")
    text = (DATA / "capstone.toml").read_text().replace('"capstone.csv"', '["one.csv", "two.csv"]')
    (tmp_path / "capstone.txt").write_bytes((DATA / "capstone.txt").read_bytes())
    (tmp_path / "capstone.toml").write_text(text)
    result = sim.run(sim.load(tmp_path / "capstone.toml"))
    assert len(result.ends["plain"].joins) == 1
    files = result.provenance["ends"]["plain"]["files"]
    assert [each["name"] for each in files] == ["one.csv", "two.csv"]
    assert all(len(each["sha256"]) == 64 for each in files)


def test_products_are_written_for_a_pass_that_never_ends(tmp_path):
    scenario = sim.load(DATA / "capstone.toml")
    assert len(sim.write(scenario, sim.run(scenario), tmp_path)) >= 4


def test_a_scenario_with_messages_runs():
    result = sim.run(sim.load(DATA / "lro-2022.toml"))
    message, stk = result.routes["message"], result.routes["stk"]
    assert len(message) == len(stk) >= 1
    assert np.abs(message.bounds - stk.bounds).max() < 1e-3  # s: STK's epoch is written to the microsecond
