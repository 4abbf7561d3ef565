"""Horizons over azimuth as scenarios give them: points in order of azimuth, and steps as steep slopes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from sim.core.model import Listed

STEP_DEG = 1e-5
"""Width of a step in a horizon profile (deg); the Moon crosses it in 2 ms."""

HorizonPoint = Annotated[tuple[float, float], Listed]


def _profile(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """Sort a horizon profile by azimuth from 0 to 360 deg; an azimuth appears twice at a step."""
    for azimuth, elevation in points:
        if not 0.0 <= azimuth <= 360.0:
            raise ValueError(f"expected an azimuth from 0 to 360 deg, got {azimuth:g}")
        if not -90.0 <= elevation <= 90.0:
            raise ValueError(f"expected an elevation from -90 to 90 deg, got {elevation:g}")
    level = dict.fromkeys((azimuth % 360.0, elevation) for azimuth, elevation in points)
    if len({azimuth for azimuth, _ in level}) == len(level):
        return tuple(sorted(level))
    if len({azimuth for azimuth, _ in level}) < 2:
        raise ValueError("expected at least two azimuths (0 and 360 deg are the same)")
    return _stepped(_in_order(points))


def _in_order(around: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Rotate the points of a profile with steps so that they begin at north; they must be in order of azimuth."""
    if len(set(around)) < len(around):
        around = list(dict.fromkeys(around))
    if sum(early > late for (early, _), (late, _) in pairwise(around)) > sum(
        early < late for (early, _), (late, _) in pairwise(around)
    ):
        around = around[::-1]
    drops = [i + 1 for i, ((early, _), (late, _)) in enumerate(pairwise(around)) if late < early]
    if len(drops) > 1 or (drops and around[-1][0] % 360.0 > around[0][0]):
        raise ValueError("an azimuth appears twice (0 and 360 deg are the same). Put the points in order of azimuth")
    return [*around[drops[0] :], *around[: drops[0]]] if drops else list(around)


def _stepped(around: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Replace each step by a slope of width `STEP_DEG` on its lower side."""
    groups: dict[float, list[float]] = {}
    north = [elevation for azimuth, elevation in around if azimuth == 360.0]  # what comes before north stands first
    for azimuth, elevation in [*((0.0, each) for each in north), *(p for p in around if p[0] != 360.0)]:
        here = groups.setdefault(azimuth, [])
        if not here or here[-1] != elevation:
            here.append(elevation)
    found = []
    for azimuth, heights in groups.items():
        if len(heights) > 2:
            raise ValueError(f"azimuth {azimuth:g} appears with {len(heights)} elevations; a step has two")
        first, last = heights[0], heights[-1]
        if first < last:
            found.append(((azimuth - STEP_DEG) % 360.0, first))
        elif first > last:
            found.append((azimuth + STEP_DEG, last))
        found.append((azimuth, max(first, last)))
    if len({azimuth for azimuth, _ in found}) < len(found):
        raise ValueError(f"two steps of the horizon are closer than {STEP_DEG:g} deg")
    return tuple(sorted(found))


HorizonProfile = Annotated[
    tuple[HorizonPoint, ...], Listed, Field(min_length=2, max_length=100_000), AfterValidator(_profile)
]
