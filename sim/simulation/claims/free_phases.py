"""Varies the phase of designed orbits, which is a free choice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sim.core.errors import SimError
from sim.core.time import Span
from sim.trajectories.spacecraft import Spacecraft
from sim.trajectories.trajectory import Trajectory

SHARES = (0.25, 0.5, 0.75)
"""Phase shifts that are tried, in revolutions."""


def designed(craft: Spacecraft | None) -> bool:
    """Whether the phase of a spacecraft's orbit is free: the orbit is designed, and no errors are declared for it."""
    return craft is not None and craft.sigma is None and any(each.place_is_free for each in craft.orbit.flown())


def elsewhere(craft: Spacecraft, span: Span) -> Iterator[tuple[str, Trajectory]]:
    """A designed spacecraft at other phases of its orbit, each with a description.

    Phases from which the orbit cannot be propagated, because it hits or leaves its center, are left out.
    """
    for share in SHARES:
        try:
            moved = _farther(craft, share, span)
        except SimError:
            continue
        if moved is not None:
            yield f"{share:g} revolutions ahead (the phase of a designed orbit is free)", moved


@lru_cache(maxsize=64)
def _farther(craft: Spacecraft, share: float, span: Span) -> Trajectory | None:
    turned = craft.orbit.farther(share)
    return None if turned is None else craft.model_copy(update={"orbit": turned}).over(span)
