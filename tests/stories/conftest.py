"""The flagship scenario, run once for all its stories."""

from pathlib import Path

import pytest

import sim

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def chang_e_4():
    """The scenario and its result."""
    scenario = sim.load(ROOT / "scenarios" / "chang-e-4.toml")
    return scenario, sim.run(scenario)
