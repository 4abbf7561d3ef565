"""The list of all kinds of orbits but `phases`, which is made of them: a new kind is added here."""

from __future__ import annotations

from sim.orbits.anchored import Anchored
from sim.orbits.csv import Csv
from sim.orbits.dro import Dro
from sim.orbits.halo import Halo
from sim.orbits.horizons import Horizons
from sim.orbits.kepler import Kepler
from sim.orbits.nrho import Nrho
from sim.orbits.numerical import Numerical
from sim.orbits.oem import Oem
from sim.orbits.spk import Spk
from sim.orbits.stk import Stk
from sim.orbits.tle import Tle
from sim.orbits.transfer import Transfer

SingleOrbit = (
    Anchored | Csv | Dro | Halo | Horizons | Kepler | Nrho | Numerical | Oem | Spk | Stk | Tle | Transfer
)
"""Any kind of orbit that is not made of others."""
