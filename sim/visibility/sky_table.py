"""What many sites see of one target, from polynomials of what depends on time: light is followed once for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import Pieces
from sim.core.geometry import SPEED_OF_LIGHT_KM_S
from sim.core.time import Span
from sim.search.intervals import followed
from sim.trajectories.site_table import SiteTable
from sim.trajectories.trajectory import Trajectory
from sim.visibility.body_view import Skies, outlook
from sim.visibility.sight import Sight

Array = NDArray[np.float64]
Index = NDArray[np.intp]

_HALVED = 64.0
"""Polynomials are no shorter than this part of the pace."""


@dataclass(frozen=True, eq=False)
class SkyTable:
    """A target over the sites of a table, that are receivers.

    skies : the sites' constants; pieces: the columns of `Outlook` over a span, to their tolerance
    """

    skies: Skies
    pieces: Pieces

    def heights(self, places: Index, t: Array) -> tuple[Array, Array]:
        """What `Sight.height` gives, of one site a row, by the sites' places (n,), at times (n, k): (n, k) each."""
        return self.skies.rises(self.pieces(t), places)

    def sines(self, places: Index, t: Array) -> Array:
        """Sines of the target's elevations, of one site a row, by the sites' places (n,), at times (n, k): (n, k)."""
        rise, squared = self.heights(places, t)
        found: Array = rise / np.sqrt(squared)
        return found

    def knows(self, t: Array) -> bool:
        """Whether it may be asked at all of some times."""
        return self.pieces.covers(t)

    def sent(self, places: Index, t: Array) -> Array:
        """When light left the target that arrives at sites, by their places (n,), at times (n,) TDB s."""
        _, squared = self.heights(places, t[:, None])
        return t - np.sqrt(squared[:, 0]) / SPEED_OF_LIGHT_KM_S if self.skies.view.light else t


def sky_table(target: Trajectory, sites: Trajectory, light: bool, span: Span) -> SkyTable | None:
    """A target over sites that receive, in a span.

    None where these are no table of sites, where the target's motion has steps, which sites see at different times, or
    where it cannot be followed by polynomials.
    """
    if not isinstance(sites, SiteTable) or target.in_parts or len(target.breaks(span)):
        return None
    sight = Sight(target, sites, light)
    view = outlook(sight.transmitter, sites.body, sites.ephemeris, light)
    skies = Skies(view, sites.fixed_position, sites.fixed_axes, np.zeros(len(sites)))
    pace_s, stride_s = sight.strides(sites)
    pieces = followed(span, sight.breaks(span), stride_s, pace_s / _HALVED, skies)
    return None if pieces is None else SkyTable(skies, pieces)
