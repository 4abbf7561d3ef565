"""The list of all kinds of orbits but `phases`, which is made of them: a new kind is added here."""

from __future__ import annotations

from sim.trajectories.orbits.anchored import Anchored
from sim.trajectories.orbits.dro import Dro
from sim.trajectories.orbits.formats.csv import Csv
from sim.trajectories.orbits.formats.horizons import Horizons
from sim.trajectories.orbits.formats.oem import Oem
from sim.trajectories.orbits.formats.spk import Spk
from sim.trajectories.orbits.formats.stk import Stk
from sim.trajectories.orbits.formats.tle import Tle
from sim.trajectories.orbits.halo import Halo
from sim.trajectories.orbits.kepler import Kepler
from sim.trajectories.orbits.nrho import Nrho
from sim.trajectories.orbits.numerical import Numerical
from sim.trajectories.orbits.transfer import Transfer

SingleOrbit = (
    Anchored | Csv | Dro | Halo | Horizons | Kepler | Nrho | Numerical | Oem | Spk | Stk | Tle | Transfer
)
"""Any kind of orbit that is not made of others."""
