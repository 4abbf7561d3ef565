"""Where else in its orbit a designed spacecraft might as well fly: its place there is a choice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sim.core.errors import SimError
from sim.core.time import Span
from sim.trajectories.spacecraft import Spacecraft
from sim.trajectories.trajectory import Trajectory

SHARES = (0.25, 0.5, 0.75)
"""Of a turn: how much farther on in its orbit it is tried."""


def designed(craft: Spacecraft | None) -> bool:
    """Whether a spacecraft's place in its orbit is free: designed, and nobody has declared how well it is kept."""
    return craft is not None and craft.sigma is None and any(each.place_is_free for each in craft.orbit.flown())


def elsewhere(craft: Spacecraft, span: Span) -> Iterator[tuple[str, Trajectory]]:
    """A designed spacecraft a quarter, a half and three quarters of a turn farther on, with what was done in words.

    What cannot be flown from there, since it hits the ground or leaves, is left out.
    """
    for share in SHARES:
        try:
            moved = _farther(craft, share, span)
        except SimError:
            continue
        if moved is not None:
            yield f"{share:g} of a turn farther on, as its place in its designed orbit is free", moved


@lru_cache(maxsize=64)
def _farther(craft: Spacecraft, share: float, span: Span) -> Trajectory | None:
    turned = craft.orbit.farther(share)
    return None if turned is None else craft.model_copy(update={"orbit": turned}).over(span)
