"""How spacecraft move: one kind a file."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from sim.model import Model
from sim.orbits.files import FromFile
from sim.orbits.phases import Phases
from sim.orbits.single import SingleOrbit

AnyOrbit = Annotated[SingleOrbit | Phases, Field(discriminator="kind")]
"""Any kind of orbit; `kind` picks the class."""

ORBITS: tuple[type[Model], ...] = (*get_args(SingleOrbit), Phases)

FROM_FILES = {kind.model_fields["kind"].default: kind for kind in ORBITS if issubclass(kind, FromFile)}
"""The kinds of orbits that are read from files."""
