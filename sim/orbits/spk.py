"""Spacecraft ephemerides as NAIF and the agencies hand them out: SPK files."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim import ephemeris as kernels
from sim.bodies import BODIES
from sim.chebyshev import Pieces
from sim.ephemeris import not_covered
from sim.errors import DataError
from sim.model import Model, Text
from sim.time import Span
from sim.trajectory import LIGHT_TIME_PAD_S, Basis

Array = NDArray[np.float64]


class Spk(Model):
    """Motion read from an SPK file of type 2 or 3, relative to the center that the file states."""

    kind: Literal["spk"] = "spk"
    file: Annotated[str, Field(min_length=1)]
    """path of the file, from the folder of the scenario, or data:NAME of one that `sim data fetch` fetched"""
    target: int
    """NAIF id of the spacecraft, negative"""
    center: Literal["sun", "earth", "moon"]
    """the body that the file's segment is relative to"""
    basis: Basis = "definitive"
    source: Text = ""

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """The file's own polynomials about the center, as far as the span needs them."""
        kernel = kernels.load(self.file)
        center, table = kernel.segment(self.target)
        expected = BODIES[self.center].naif_id
        if center != expected:
            raise DataError(
                f"{self.file}: body {self.target} is relative to {center}, expected {expected} ({self.center})"
            )
        if table.start > span.start or table.end < span.end:
            raise not_covered(self.file, table.start, table.end, np.array([span.start, span.end]))
        wide = span.padded(LIGHT_TIME_PAD_S)  # as far as the file goes
        return table.between(max(wide.start, table.start), min(wide.end, table.end)), np.empty(0)
