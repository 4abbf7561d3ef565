"""Orbits in axes that turn with the Moon: the line from the Earth to the Moon stays where it is. Three views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.products.plot.style import (
    Theme,
    dressed,
    entries,
    figure,
    hue,
    labelled,
    lay_out,
    legend,
    line_of,
    said,
    titled,
)  # fmt: skip
from sim.trajectories.trajectory import Basis

Array = NDArray[np.float64]

VIEWS = ((0, 1, "from the north (+z)"), (0, 2, "from the side (−y)"), (1, 2, "from beyond the Moon (+x)"))
"""The axes drawn to the right and up, and where one looks from."""


@dataclass(frozen=True)
class Orbit:
    """A path: (n, 3) km; NaN where it is not to be drawn."""

    label: str
    position_km: Array
    basis: Basis | None = None


@dataclass(frozen=True)
class Ball:
    """A body, drawn to scale, or as a small disc where it would be less than that."""

    label: str
    position_km: tuple[float, float, float]
    radius_km: float


def rotating_frame(orbits: Sequence[Orbit], bodies: Sequence[Ball] = (),
                   points: Sequence[tuple[str, tuple[float, float, float]]] = (), origin: str = "",
                   title: str = "", theme: Theme = "light") -> list[Any]:  # fmt: skip
    """Draw paths from above, from the side and from behind; returns the three axes.

    orbits : in axes with x from the Earth to the Moon and z along the Moon's orbital momentum; begins ringed
    bodies : those that lie where the paths are; points : named, such as L1 and L2
    origin : where the axes begin and how lengths are scaled, in words

    Each view has equal scales and its own limits; all show the same lengths.

    >>> above, side, behind = rotating_frame([Orbit("Queqiao", xyz, "designed")], [Ball("Moon", (0, 0, 0), 1737.4)])
    """
    places = [orbit.position_km[np.isfinite(orbit.position_km).all(axis=-1)] for orbit in orbits]
    places += [np.array([ball.position_km]) for ball in bodies] + [np.array([at]) for _, at in points]
    cloud = np.concatenate([place for place in places if len(place)] or [np.zeros((1, 3))])
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    least = max((ball.radius_km for ball in bodies), default=100.0)
    middle, half = 0.5 * (low + high), np.maximum(0.56 * (high - low), 2.5 * least)
    half = np.maximum(half, 0.3 * half.max())
    unit, scale = ("10³ km", 1000.0) if half.max() > 20_000.0 else ("km", 1.0)
    made, axes = _panels(half, theme)
    names = list(dict.fromkeys(orbit.label for orbit in orbits))
    for ax, (across, up, words) in zip(axes, VIEWS, strict=True):
        dress = dressed(ax, theme)
        ax.set_aspect("equal")
        ax.set_xlim(*((middle[across] + np.array([-1, 1]) * half[across]) / scale))
        ax.set_ylim(*((middle[up] + np.array([-1, 1]) * half[up]) / scale))
        ax.set_xlabel(f"{'xyz'[across]} ({unit})" + (", Earth → Moon" if across == 0 else ""))
        ax.set_ylabel(f"{'xyz'[up]} ({unit})")
        ax.text(0.99, 0.98, words, fontsize=8, color=dress["faint"], ha="right", va="top", transform=ax.transAxes)
        for orbit in orbits:
            _path(ax, orbit, across, up, scale, hue(names.index(orbit.label), theme))
        spots = [_ball(ax, ball, across, up, scale, half, dress) for ball in bodies]
        for name, at in points:
            ax.plot(at[across] / scale, at[up] / scale, "x", color=dress["ink"], markersize=6, zorder=4)
            spots.append((at[across] / scale, at[up] / scale, said(name, 12)))
        ax.spots = [] if (across, up) == (1, 2) and len(spots) > 1 and not _apart(spots, half[1] / scale) else spots
    titled(axes[0], title, theme, f"turning with the Moon · {origin}" if origin else "turning with the Moon")
    legend(axes[0], entries([(orbit.label, orbit.basis) for orbit in orbits], theme), theme)
    lay_out(made)
    for ax in axes:
        labelled(ax, ax.spots, theme, 8.5, laid_out=True)
    return list(axes)


def _panels(half: Array, theme: Theme) -> tuple[Any, list[Any]]:
    """Views from above and from the side below each other, with one x axis; the third beside the second."""
    width = 6.0
    tall = [float(np.clip(width * half[i] / half[0], 2.0, 7.5)) for i in (1, 2)]
    beside = float(np.clip(tall[1] * half[1] / half[2], 2.4, 7.0))
    made = figure(width + beside + 2.0, sum(tall) + 2.2, theme)
    grid = made.add_gridspec(2, 2, width_ratios=(width, beside), height_ratios=tall)
    axes = [made.add_subplot(grid[0, 0]), made.add_subplot(grid[1, 0]), made.add_subplot(grid[1, 1])]
    return made, axes


def _path(ax: Any, orbit: Orbit, across: int, up: int, scale: float, color: str) -> None:
    x, y = orbit.position_km[:, across] / scale, orbit.position_km[:, up] / scale
    width = 1.4 if len(x) < 20_000 else 0.6
    ax.plot(x, y, color=color, linestyle=line_of(orbit.basis), linewidth=width, zorder=3)
    seen = np.flatnonzero(np.isfinite(x))
    if len(seen):
        ax.plot(x[seen[0]], y[seen[0]], "o", markersize=6, markerfacecolor="none", markeredgecolor=color, zorder=4)


def _ball(ax: Any, ball: Ball, across: int, up: int, scale: float, half: Array,
          dress: dict[str, str]) -> tuple[float, float, str]:  # fmt: skip
    from matplotlib.patches import Circle

    x, y = ball.position_km[across] / scale, ball.position_km[up] / scale
    radius = max(ball.radius_km, 0.008 * float(half[across])) / scale
    ax.add_patch(Circle((x, y), radius, facecolor=dress["body"], edgecolor=dress["edge"], linewidth=0.8, zorder=2))
    return (x, y + 0.7 * radius, said(ball.label, 12))


def _apart(spots: list[tuple[float, float, str]], half: float) -> bool:
    """Whether named points do not all lie behind one another."""
    ys = [x for x, _, _ in spots]
    return max(ys) - min(ys) > 0.1 * half
