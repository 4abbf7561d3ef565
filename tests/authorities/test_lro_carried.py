"""The state that LRO's seed of January 2019 begins with comes out of the real one of 2020-02-01."""

import runpy
from pathlib import Path

import numpy as np
import pytest

import sim

MAKER = Path(__file__).parents[2] / "tools" / "data" / "make_lro_2019.py"

CARRIED_KM = 0.1
"""The seed's digits are 1 mm; a year's 4,480 revolutions make meters of the last digits of two machines."""


@pytest.mark.long
def test_the_seed_begins_where_a_year_of_propagation_ends(capsys):
    runpy.run_path(str(MAKER), run_name="__main__")
    lines = dict(line.split("=") for line in capsys.readouterr().out.splitlines())
    place = np.array([float(x) for x in lines["position_km   "].strip(" []").split(",")])
    orbit = sim.seeds("spacecraft/lro-2019")["lro"].orbit
    assert np.linalg.norm(place - orbit.position_km) < CARRIED_KM
