"""Where else in its orbit a designed spacecraft might as well fly: its place there is a choice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from sim.core.errors import SimError
from sim.core.time import Span
from sim.trajectories.bodies.body import body
from sim.trajectories.orbits.phases import Phases
from sim.trajectories.spacecraft import Spacecraft
from sim.trajectories.trajectory import Trajectory

SHARES = (0.25, 0.5, 0.75)
"""Of a turn: how much farther on in its orbit it is tried."""


def designed(craft: Spacecraft | None) -> bool:
    """Whether a spacecraft's place in its orbit is free: designed, and nobody has declared how well it is kept."""
    return craft is not None and craft.sigma is None and any(map(_free, _orbits(craft)))


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
    orbit = craft.orbit
    if isinstance(orbit, Phases):
        phases = [(phase, _turned(phase.orbit, share) if _free(phase.orbit) else None) for phase in orbit.phases]
        if not any(turned is not None for _, turned in phases):
            return None
        parts = tuple(p if turned is None else p.model_copy(update={"orbit": turned}) for p, turned in phases)
        return craft.model_copy(update={"orbit": orbit.model_copy(update={"phases": parts})}).over(span)
    turned = _turned(orbit, share)
    return None if turned is None else craft.model_copy(update={"orbit": turned}).over(span)


def _orbits(craft: Spacecraft) -> list[Any]:
    return [phase.orbit for phase in craft.orbit.phases] if isinstance(craft.orbit, Phases) else [craft.orbit]


def _free(orbit: Any) -> bool:
    return orbit.basis == "designed" and orbit.kind in ("halo", "nrho", "dro", "kepler", "numerical")


def _turned(orbit: Any, share: float) -> Any:
    """An orbit that is a share of a turn farther on; None of one that does not come round."""
    if orbit.kind == "kepler":
        return orbit.model_copy(update={"mean_anomaly_deg": _anomaly_deg(orbit.mean_anomaly_deg, share)})
    if orbit.kind != "numerical":
        return orbit.model_copy(update={"phase": (orbit.phase + share) % 1.0})
    if orbit.anchors or orbit.maneuvers or orbit.thrusts:
        return None
    if orbit.elements is not None:
        changed = {"mean_anomaly_deg": _anomaly_deg(orbit.elements.mean_anomaly_deg, share)}
        return orbit.model_copy(update={"elements": orbit.elements.model_copy(update=changed)})
    gm = body(orbit.center).gm_km3_s2
    r, v = (float(np.linalg.norm(vector)) for vector in (orbit.position_km, orbit.velocity_km_s))
    axis = 1.0 / (2.0 / r - v * v / gm)
    turn = 2.0 * np.pi * float(np.sqrt(axis**3 / gm)) if axis > 0.0 else np.inf
    return orbit.model_copy(update={"epoch": orbit.epoch - share * turn}) if np.isfinite(turn) else None


def _anomaly_deg(anomaly_deg: float, share: float) -> float:
    return (anomaly_deg + 360.0 * share + 180.0) % 360.0 - 180.0
