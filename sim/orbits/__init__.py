"""How spacecraft move: one kind a file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.model import Model
from sim.orbits.anchored import Anchored
from sim.orbits.csv import Csv
from sim.orbits.dro import Dro
from sim.orbits.files import FromFile
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

AnyOrbit = Annotated[
    Anchored
    | Csv
    | Dro
    | Halo
    | Horizons
    | Kepler
    | Nrho
    | Numerical
    | Oem
    | Spk
    | Stk
    | Tle
    | Transfer,
    Field(discriminator="kind"),
]
"""Any kind of orbit; `kind` picks the class."""

ORBITS: tuple[type[Model], ...] = (
    Anchored, Csv, Dro, Halo, Horizons, Kepler, Nrho, Numerical, Oem, Spk, Stk, Tle, Transfer,
)  # fmt: skip

FROM_FILES = {kind.model_fields["kind"].default: kind for kind in ORBITS if issubclass(kind, FromFile)}
"""The kinds of orbits that are read from files."""
