"""Links at one instant: Earth, Moon and spacecraft to scale, with open and closed links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.products.plot.fonts import fonts
from sim.products.plot.rotating import Ball
from sim.products.plot.style import (
    PALETTES,
    Theme,
    add_labels,
    add_title,
    apply_theme,
    figure,
    lay_out,
    legend,
    short_label,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Node:
    """An end of a link and its position (km)."""

    label: str
    position_km: tuple[float, float, float]


@dataclass(frozen=True)
class Line:
    """A link between two nodes, given by their labels, with its state and a description."""

    transmitter: str
    receiver: str
    open: bool
    detail: str = ""


def relay_geometry(nodes: Sequence[Node], lines: Sequence[Line], bodies: Sequence[Ball] = (), note: str = "",
                   title: str = "", theme: Theme = "light") -> list[Axes]:  # fmt: skip
    """Draw links at an instant from the north, from the side, and close to each body.

    Parameters
    ----------
    nodes : sequence of Node
        Ends of links, km, in the Earth–Moon rotating frame: x from the Earth to the Moon, z along the orbital angular
        momentum of the Moon.
    lines : sequence of Line
        Links. Open ones are solid, closed ones dashed. Their details are listed in a table.
    bodies : sequence of Ball
        Bodies, in the same axes.
    note : str
        The instant and the origin of the axes.
    title : str
        Title above the plot.
    theme : {"light", "dark"}
        Colors.

    Returns
    -------
    list of Axes
        View from the north, view from the side, then one close view per body that has nodes nearby.

    Examples
    --------
    >>> nodes = [Node("lander", (1737.4, 0.0, 0.0)), Node("relay", (60_000.0, 0.0, 9000.0))]
    >>> north, side, *near = relay_geometry(nodes, [Line("lander", "relay", True)])
    """
    whole = np.array([node.position_km for node in nodes] + [ball.position_km for ball in bodies], dtype=float)
    whole = whole.reshape(-1, 3) if whole.size else np.zeros((1, 3))
    zooms = [ball for ball in bodies if any(_near(node, ball) for node in nodes)][:2]
    rows = 2 + bool(zooms)
    listed = list(lines)[:14]
    made = figure(11.0, 2.5 * rows + 1.9 + (1.6 if zooms else 0.0) + 0.19 * len(listed), theme)
    heights = [1.0, 0.7] + [1.9] * bool(zooms) + [0.12 * len(listed)] * bool(listed)
    grid = made.add_gridspec(len(heights), max(1, len(zooms)), height_ratios=heights)
    axes = [made.add_subplot(grid[0, :]), made.add_subplot(grid[1, :])]
    axes += [made.add_subplot(grid[2, i]) for i in range(len(zooms))]
    if listed:
        _table(made.add_subplot(grid[rows, :]), listed, len(lines), theme)
    shown = [(axes[0], 0, 1, whole, "view from the north (+z)"), (axes[1], 0, 2, whole, "view from the side (−y)")]
    for ax, ball in zip(axes[2:], zooms, strict=True):
        reach = np.array([node.position_km for node in nodes if _near(node, ball)])
        radius = max(1.15 * float(np.linalg.norm(reach - ball.position_km, axis=1).max()), 1.8 * ball.radius_km)
        cloud = np.array(ball.position_km) + np.array([[-radius] * 3, [radius] * 3])
        shown.append((ax, 0, 2, cloud, f"near the {ball.label}, view from the side (−y)"))
    add_title(axes[0], title, theme, note)
    _legend(axes[0], lines, theme)
    lay_out(made)
    for ax, across, up, cloud, words in shown:
        _view(ax, nodes, lines, bodies, across, up, cloud, words, theme)
    lay_out(made)
    for ax, across, up, cloud, _ in shown:
        _names(ax, nodes, bodies, across, up, cloud, theme)
    return axes


def _near(node: Node, ball: Ball) -> bool:
    return float(np.linalg.norm(np.subtract(node.position_km, ball.position_km))) < 6.0 * ball.radius_km


def _view(ax: Axes, nodes: Sequence[Node], lines: Sequence[Line], bodies: Sequence[Ball], across: int, up: int,
          cloud: Array, words: str, theme: Theme) -> None:  # fmt: skip
    from matplotlib.patches import Circle

    palette = apply_theme(ax, theme)
    wide = _limits(ax, across, up, cloud)
    ax.set_xlabel("x, Earth → Moon (10³ km)" if across == 0 else "y (10³ km)")
    ax.set_ylabel(f"{'xyz'[up]} (10³ km)")
    ax.text(0.995, 0.97, words, fontsize=8, color=palette["faint"], ha="right", va="top", transform=ax.transAxes)
    for ball in bodies:
        at = (ball.position_km[across] / 1e3, ball.position_km[up] / 1e3)
        ax.add_patch(Circle(at, max(ball.radius_km, 0.006 * wide) / 1e3, facecolor=palette["body"],
                            edgecolor=palette["edge"], linewidth=0.8, zorder=2))  # fmt: skip
    by = {node.label: node.position_km for node in nodes}
    for line in lines:
        a, b = by[line.transmitter], by[line.receiver]
        ax.plot([a[across] / 1e3, b[across] / 1e3], [a[up] / 1e3, b[up] / 1e3],
                color=palette["good" if line.open else "bad"], linewidth=1.7 if line.open else 1.0,
                linestyle="-" if line.open else (0, (4, 3)), zorder=3)  # fmt: skip
    for node in nodes:
        x, y = node.position_km[across] / 1e3, node.position_km[up] / 1e3
        ax.plot(x, y, "o", color=palette["ink"], markersize=4, zorder=4)


def _limits(ax: Axes, across: int, up: int, cloud: Array) -> float:
    """Set limits around points, with equal scales; returns half the width (km)."""
    middle, half = 0.5 * (cloud.max(axis=0) + cloud.min(axis=0)), 0.5 * np.ptp(cloud, axis=0)
    box = ax.get_window_extent()
    wide = max(1.1 * half[across], 1.3 * half[up] * box.width / box.height, 1000.0)
    tall = wide * box.height / box.width
    ax.set_xlim((middle[across] - wide) / 1e3, (middle[across] + wide) / 1e3)
    ax.set_ylim((middle[up] - tall) / 1e3, (middle[up] + tall) / 1e3)
    ax.set_aspect("equal")
    return float(wide)


def _names(ax: Axes, nodes: Sequence[Node], bodies: Sequence[Ball], across: int, up: int, cloud: Array,
           theme: Theme) -> None:  # fmt: skip
    spots = [(n.position_km[across] / 1e3, n.position_km[up] / 1e3, short_label(n.label, 18)) for n in nodes]
    spots += [(b.position_km[across] / 1e3, b.position_km[up] / 1e3, short_label(b.label, 18)) for b in bodies]
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    add_labels(ax, [s for s in spots if x0 <= s[0] <= x1 and y0 <= s[1] <= y1], theme, 8.5, laid_out=True)


def _table(ax: Axes, lines: Sequence[Line], count: int, theme: Theme) -> None:
    palette = PALETTES[theme]
    ax.set_axis_off()
    for row, line in enumerate(lines):
        y = 1.0 - (row + 0.5) / len(lines)
        color = palette["good" if line.open else "bad"]
        more = f"  (and {count - len(lines)} more)" if row == len(lines) - 1 and count > len(lines) else ""
        ax.text(0.0, y, "open" if line.open else "closed", fontsize=8.5, color=color, fontweight="bold", va="center")
        ax.text(0.07, y, short_label(f"{line.transmitter} – {line.receiver}", 44), fontsize=8.5, fontfamily=fonts(),
                color=palette["ink"], va="center")  # fmt: skip
        ax.text(0.36, y, short_label(line.detail, 100) + more, fontsize=8.5, fontfamily=fonts(), color=palette["faint"],
                va="center")  # fmt: skip


def _legend(ax: Axes, lines: Sequence[Line], theme: Theme) -> None:
    from matplotlib.lines import Line2D

    palette = PALETTES[theme]
    shown = []
    if any(line.open for line in lines):
        shown.append(Line2D([], [], color=palette["good"], linewidth=1.7, label="link open"))
    if any(not line.open for line in lines):
        shown.append(Line2D([], [], color=palette["bad"], linestyle=(0, (4, 3)), label="link closed"))
    legend(ax, shown, theme)
