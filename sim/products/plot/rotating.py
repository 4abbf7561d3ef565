"""Orbits in the Earth–Moon rotating frame, in three views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.products.plot.style import (
    Palette,
    Point,
    Theme,
    add_labels,
    add_title,
    apply_theme,
    figure,
    hue,
    lay_out,
    legend,
    legend_entries,
    line_style,
    short_label,
)  # fmt: skip
from sim.trajectories.trajectory import Basis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

VIEWS = (
    (0, 1, "view from the north (+z)"), (0, 2, "view from the side (−y)"), (1, 2, "view from beyond the Moon (+x)"),
)  # fmt: skip
"""Axes drawn to the right and up, and the viewing direction."""


@dataclass(frozen=True)
class Orbit:
    """The path of a spacecraft: (n, 3) km, NaN where nothing is drawn."""

    label: str
    position_km: Array
    basis: Basis | None = None


@dataclass(frozen=True)
class Ball:
    """A body, drawn to scale but never smaller than a dot."""

    label: str
    position_km: tuple[float, float, float]
    radius_km: float


def rotating_frame(orbits: Sequence[Orbit], bodies: Sequence[Ball] = (),
                   points: Sequence[tuple[str, tuple[float, float, float]]] = (), origin: str = "",
                   title: str = "", theme: Theme = "light") -> list[Axes]:  # fmt: skip
    """Draw orbits in the Earth–Moon rotating frame from the north, from the side and from beyond the Moon.

    Parameters
    ----------
    orbits : sequence of Orbit
        Paths, km. x points from the Earth to the Moon, z along the orbital angular momentum of the Moon. A ring marks
        the start.
    bodies : sequence of Ball
        Bodies to draw.
    points : sequence of (name, position)
        Named points such as L1 and L2, km.
    origin : str
        Origin of the axes and scaling of lengths.
    title : str
        Title above the plot.
    theme : {"light", "dark"}
        Colors.

    Returns
    -------
    list of Axes
        The three views.

    Examples
    --------
    >>> xyz = np.array([[61_000.0, 0.0, 9000.0], [62_000.0, 5000.0, 0.0], [61_000.0, 0.0, -9000.0]])
    >>> north, side, behind = rotating_frame([Orbit("Queqiao", xyz, "designed")], [Ball("Moon", (0, 0, 0), 1737.4)])
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
    names, named = list(dict.fromkeys(orbit.label for orbit in orbits)), list[list[Point]]()
    for ax, (across, up, words) in zip(axes, VIEWS, strict=True):
        palette = apply_theme(ax, theme)
        ax.set_aspect("equal")
        ax.set_xlim(*((middle[across] + np.array([-1, 1]) * half[across]) / scale))
        ax.set_ylim(*((middle[up] + np.array([-1, 1]) * half[up]) / scale))
        ax.set_xlabel(f"{'xyz'[across]} ({unit})" + (", Earth → Moon" if across == 0 else ""))
        ax.set_ylabel(f"{'xyz'[up]} ({unit})")
        ax.text(0.99, 0.98, words, fontsize=8, color=palette["faint"], ha="right", va="top", transform=ax.transAxes)
        for orbit in orbits:
            _path(ax, orbit, across, up, scale, hue(names.index(orbit.label), theme))
        spots = [_ball(ax, ball, across, up, scale, half, palette) for ball in bodies]
        for name, at in points:
            ax.plot(at[across] / scale, at[up] / scale, "x", color=palette["ink"], markersize=6, zorder=4)
            spots.append((at[across] / scale, at[up] / scale, short_label(name, 12)))
        named.append([] if (across, up) == (1, 2) and len(spots) > 1 and not _apart(spots, half[1] / scale) else spots)
    add_title(axes[0], title, theme, f"Earth–Moon rotating frame · {origin}" if origin else "Earth–Moon rotating frame")
    legend(axes[0], legend_entries([(orbit.label, orbit.basis) for orbit in orbits], theme), theme)
    lay_out(made)
    for ax, spots in zip(axes, named, strict=True):
        add_labels(ax, spots, theme, 8.5, laid_out=True)
    return list(axes)


def _panels(half: Array, theme: Theme) -> tuple[Figure, list[Axes]]:
    """Axes of the three views: the first two share the x direction, the third is beside the second."""
    width = 6.0
    tall = [float(np.clip(width * half[i] / half[0], 2.0, 7.5)) for i in (1, 2)]
    beside = float(np.clip(tall[1] * half[1] / half[2], 2.4, 7.0))
    made = figure(width + beside + 2.0, sum(tall) + 2.2, theme)
    grid = made.add_gridspec(2, 2, width_ratios=(width, beside), height_ratios=tall)
    axes = [made.add_subplot(grid[0, 0]), made.add_subplot(grid[1, 0]), made.add_subplot(grid[1, 1])]
    return made, axes


def _path(ax: Axes, orbit: Orbit, across: int, up: int, scale: float, color: str) -> None:
    x, y = orbit.position_km[:, across] / scale, orbit.position_km[:, up] / scale
    width = 1.4 if len(x) < 20_000 else 0.6
    ax.plot(x, y, color=color, linestyle=line_style(orbit.basis), linewidth=width, zorder=3)
    seen = np.flatnonzero(np.isfinite(x))
    if len(seen):
        ax.plot(x[seen[0]], y[seen[0]], "o", markersize=6, markerfacecolor="none", markeredgecolor=color, zorder=4)


def _ball(ax: Axes, ball: Ball, across: int, up: int, scale: float, half: Array,
          palette: Palette) -> tuple[float, float, str]:  # fmt: skip
    from matplotlib.patches import Circle

    x, y = ball.position_km[across] / scale, ball.position_km[up] / scale
    radius = max(ball.radius_km, 0.008 * float(half[across])) / scale
    ax.add_patch(Circle((x, y), radius, facecolor=palette["body"], edgecolor=palette["edge"], linewidth=0.8, zorder=2))
    return (x, y + 0.7 * radius, short_label(ball.label, 12))


def _apart(spots: list[tuple[float, float, str]], half: float) -> bool:
    """Whether the points are far enough apart to be labeled in this view."""
    ys = [x for x, _, _ in spots]
    return max(ys) - min(ys) > 0.1 * half
