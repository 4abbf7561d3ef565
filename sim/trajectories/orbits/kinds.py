"""Every kind of orbit."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from pydantic import Field

from sim.core.model import Model
from sim.trajectories.orbits.phases import Phases
from sim.trajectories.orbits.single_kinds import SingleOrbit

AnyOrbit = Annotated[SingleOrbit | Phases, Field(discriminator="kind")]
"""Any kind of orbit; `kind` picks the class."""


ORBITS: tuple[type[Model], ...] = (*get_args(SingleOrbit), Phases)


CHECKED: dict[str, Any] = {kind.model_fields["kind"].default: kind for kind in ORBITS if hasattr(kind, "misfits")}
"""The kinds of orbits that can say, before anything is computed, what of them does not fit a span."""
