"""How spacecraft move: one kind a file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.model import Model
from sim.orbits.dro import Dro
from sim.orbits.halo import Halo
from sim.orbits.kepler import Kepler
from sim.orbits.nrho import Nrho
from sim.orbits.numerical import Numerical
from sim.orbits.phases import Phases
from sim.orbits.spk import Spk
from sim.orbits.tle import Tle

AnyOrbit = Annotated[Dro | Halo | Kepler | Nrho | Numerical | Phases | Spk | Tle, Field(discriminator="kind")]
"""Any kind of orbit; `kind` picks the class."""

ORBITS: tuple[type[Model], ...] = (Dro, Halo, Kepler, Nrho, Numerical, Phases, Spk, Tle)
