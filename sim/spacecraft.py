"""What flies: a name, an orbit, and what it asks of a line of sight."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from sim.bodies import BODIES
from sim.errors import OrbitEnded, PropagationError, SimError
from sim.limits import AnyLimit
from sim.model import Listed, Model, Name, Text
from sim.orbits import AnyOrbit
from sim.orbits.anchored import Anchored
from sim.orbits.sampled import Sampled
from sim.orbits.transfer import Transfer
from sim.time import Span, utc


class Spacecraft(Model):
    """A spacecraft and how it moves; `over(span)` makes it a trajectory."""

    name: Name
    orbit: AnyOrbit
    limits: Annotated[tuple[AnyLimit, ...], Listed] = ()
    """what it asks of every line of sight"""
    source: Text = ""
    """who says so"""
    ephemeris: str = "de421"
    """which ephemeris the bodies that pull it move in"""

    def over(self, span: Span) -> Sampled:
        """The spacecraft over a span and an hour around it, moved once and from then on only looked up.

        Raises `CoverageError`, `PropagationError` and `DataError`, with the spacecraft's name.
        """
        try:
            pieces, joins = self.orbit.pieces(span, self.ephemeris)
            notes = self.orbit.notes(self.ephemeris) if isinstance(self.orbit, Anchored | Transfer) else ()
        except OrbitEnded as error:
            where = f"{utc(error.time_tdb, 0)}{_ground(error, self.orbit.center)}"
            raise PropagationError(f"spacecraft {self.name}: {error}, at {where}") from error
        except SimError as error:
            raise type(error)(f"spacecraft {self.name}: {error}") from error
        return Sampled(
            name=self.name,
            basis=self.orbit.basis,
            center=self.orbit.center,
            pieces=pieces,
            limits=self.limits,
            ephemeris=self.ephemeris,
            joins=joins,
            source=self.source or self.orbit.source,
            notes=notes,
        )


def _ground(error: OrbitEnded, center: str) -> str:
    """Where an orbit hits the ground, in words: planetocentric latitude and longitude."""
    turn = BODIES[center].rotation
    if error.impact is None or turn is None:
        return ""
    x, y, z = turn(np.asarray(error.time_tdb)) @ error.impact
    latitude, longitude = np.rad2deg([np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x)])
    return f", latitude {latitude:.2f} deg, longitude {longitude:.2f} deg"
