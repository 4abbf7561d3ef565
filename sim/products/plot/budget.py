"""A link budget as a waterfall: each term as a bar from the sum before it to the sum after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.products.plot.fonts import drawable, fonts
from sim.products.plot.style import Theme, add_title, apply_theme, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Step = tuple[str, float]
"""Name of a term and its size (dB)."""


def waterfall(
    terms: Sequence[Step], sums: Sequence[Step], title: str = "", detail: str = "", theme: Theme = "light"
) -> Axes:
    """Draw the terms of a budget and the sums below them.

    Parameters
    ----------
    terms
        Names and sizes (dB), in order; gains are positive.
    sums
        Names and levels (dB) that are drawn from zero.
    title, detail
        Shown above the picture.
    theme
        `light` or `dark`.
    """
    made = figure(9.0, 1.6 + 0.29 * (len(terms) + len(sums)), theme)
    ax = made.add_subplot()
    palette = apply_theme(ax, theme)
    level, names, edges = 0.0, [], [0.0]
    for row, (name, size) in enumerate(terms):
        color = palette["good"] if size >= 0.0 else palette["bad"]
        ax.barh(row, size, left=level, height=0.62, color=color)
        ax.plot([level + size] * 2, [row, row + 1], color=palette["edge"], linewidth=0.8)
        _number(ax, max(level, level + size), row, f"{size + 0.0:+.2f}", palette["ink"])
        level += size
        edges.append(level)
        names.append(name)
    for row, (name, total) in enumerate(sums, start=len(terms)):
        ax.barh(row, total, height=0.62, color=palette["faint"])
        _number(ax, max(total, 0.0), row, f"{total + 0.0:.2f}", palette["ink"])
        edges.append(total)
        names.append(name)
    wide = max(edges) - min(edges)
    ax.set_xlim(min(edges) - 0.03 * wide, max(edges) + 0.13 * wide)
    ax.set_yticks(range(len(names)), [drawable(name) for name in names], fontfamily=fonts())
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.axvline(0.0, color=palette["edge"], linewidth=0.8)
    ax.set_xlabel("sum of the terms so far (dB)")
    ax.grid(axis="y", visible=False)
    add_title(ax, title, theme, detail)
    return ax


def _number(ax: Axes, x: float, row: int, text: str, color: str) -> None:
    ax.annotate(text, (x, row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8,
                color=color, fontfamily=fonts())  # fmt: skip
