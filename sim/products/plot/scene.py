"""Orbits and bodies in three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.products.plot.fonts import fonts
from sim.products.plot.rotating import Ball, Orbit
from sim.products.plot.style import (
    PALETTES,
    Palette,
    Theme,
    add_title,
    figure,
    hue,
    legend,
    legend_entries,
    line_style,
    short_label,
)

if TYPE_CHECKING:
    from mpl_toolkits.mplot3d import Axes3D

Array = NDArray[np.float64]


def scene(orbits: Sequence[Orbit], bodies: Sequence[Ball] = (),
          points: Sequence[tuple[str, tuple[float, float, float]]] = (), axes_named: str = "", title: str = "",
          view_deg: tuple[float, float] = (22.0, -60.0), theme: Theme = "light") -> Axes3D:  # fmt: skip
    """Draw orbits in three dimensions with equal scales.

    Parameters
    ----------
    orbits, bodies, points
        As for `rotating_frame`: positions in km, all in the same axes.
    axes_named : str
        The frame and its origin.
    title : str
        Title above the plot.
    view_deg : (float, float)
        Viewing direction: elevation above the x–y plane and azimuth from x to y.
    theme : {"light", "dark"}
        Colors.

    Returns
    -------
    Axes3D
        The axes of the scene.

    Notes
    -----
    A body hides the parts of a path behind its center, seen along the viewing direction.

    Examples
    --------
    >>> turn = np.linspace(0.0, 2.0 * np.pi, 37)
    >>> xyz = 1850.0 * np.column_stack((np.cos(turn), 0.0 * turn, np.sin(turn)))
    >>> ax = scene([Orbit("LRO", xyz, "reconstructed")], [Ball("Moon", (0, 0, 0), 1737.4)])
    """
    made = figure(8.2, 8.2, theme)
    ax: Axes3D = made.add_subplot(projection="3d", computed_zorder=False)
    palette = PALETTES[theme]
    ax.set_facecolor(palette["paper"])
    clouds = [o.position_km[np.isfinite(o.position_km).all(axis=-1)] for o in orbits]
    clouds += [np.array(b.position_km) + b.radius_km * np.array([[-1.0] * 3, [1.0] * 3]) for b in bodies]
    clouds += [np.array([at]) for _, at in points]
    cloud = np.concatenate([c for c in clouds if len(c)] or [np.array([[-1.0] * 3, [1.0] * 3])])
    unit, scale = ("10³ km", 1000.0) if np.ptp(cloud, axis=0).max() > 40_000.0 else ("km", 1.0)
    middle, half = 0.5 * (cloud.max(axis=0) + cloud.min(axis=0)) / scale, 0.55 * np.ptp(cloud, axis=0) / scale
    half = np.maximum(half, 0.3 * half.max())
    for axis, center, reach in zip("xyz", middle, half, strict=True):
        getattr(ax, f"set_{axis}lim")(center - reach, center + reach)
        getattr(ax, f"set_{axis}label")(f"{axis} ({unit})", fontsize=9, color=palette["ink"], labelpad=8)
        pane = getattr(ax, f"{axis}axis")
        pane.set_pane_color((0, 0, 0, 0))
        pane.line.set_color(palette["edge"])
        pane._axinfo["grid"].update(color=palette["grid"], linewidth=0.5)
    ax.tick_params(colors=palette["ink"], labelsize=8)
    ax.set_box_aspect(half, zoom=0.95)
    ax.view_init(*view_deg)
    towards = _towards(view_deg)
    names = list(dict.fromkeys(o.label for o in orbits))
    for ball in bodies:
        _ball(ax, ball, scale, palette)
    for orbit in orbits:
        _path(ax, orbit, bodies, towards, scale, hue(names.index(orbit.label), theme))
    for name, at in [*points, *((b.label, b.position_km) for b in bodies)]:
        x, y, z = np.array(at) / scale
        if (name, at) in points:
            ax.plot([x], [y], [z], "x", color=palette["ink"], markersize=5, zorder=5)
        ax.text(x, y, z, f"  {short_label(name, 14)}", fontsize=8.5, color=palette["ink"], zorder=6, fontfamily=fonts())
    add_title(ax, title, theme, axes_named)
    legend(ax, legend_entries([(orbit.label, orbit.basis) for orbit in orbits], theme), theme)
    return ax


def _towards(view_deg: tuple[float, float]) -> Array:
    e, a = np.deg2rad(view_deg)
    return np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])


def _path(ax: Axes3D, orbit: Orbit, bodies: Sequence[Ball], towards: Array, scale: float, color: str) -> None:
    """Draw a path without the parts behind a body."""
    place = np.array(orbit.position_km, dtype=float)
    for ball in bodies:
        away = place - np.array(ball.position_km)
        depth = away @ towards
        aside = np.linalg.norm(away - depth[:, None] * towards, axis=1)
        place[(depth < 0.0) & (aside < ball.radius_km)] = np.nan
    width = 1.4 if len(place) < 20_000 else 0.6
    ax.plot(*(place.T / scale), color=color, linestyle=line_style(orbit.basis), linewidth=width, zorder=4)


def _ball(ax: Axes3D, ball: Ball, scale: float, palette: Palette) -> None:
    u, v = np.meshgrid(np.linspace(0, 2 * np.pi, 37), np.linspace(0, np.pi, 19))
    unit = np.stack((np.cos(u) * np.sin(v), np.sin(u) * np.sin(v), np.cos(v)))
    x, y, z = (np.array(ball.position_km)[:, None, None] + ball.radius_km * unit) / scale
    ax.plot_surface(x, y, z, color=palette["body"], linewidth=0, antialiased=True, shade=True, zorder=1)
