"""Sky plot: passes over a site, with the zenith in the center, the horizon around it and north up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.quantities import converted
from sim.core.time import instants
from sim.products.plot.style import (
    Palette,
    Theme,
    add_labels,
    add_title,
    apply_theme,
    clock,
    figure,
    hue,
    legend,
    legend_entries,
    line_style,
    short_label,
)
from sim.trajectories.trajectory import Basis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

MANY = 24
"""If there are more passes, they are drawn thin and without times."""

_STEPS_S = (60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


@dataclass(frozen=True)
class SkyTrack:
    """The track of one pass in the sky.

    label : name of the target; one color per label
    t     : (n,) TDB s, or any times that `tdb` accepts, increasing
    azimuth_deg, elevation_deg : (n,) azimuth from north through east
    basis : of the orbit, shown by line style
    """

    label: str
    t: Array
    azimuth_deg: Array
    elevation_deg: Array
    basis: Basis | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "t", instants(self.t))
        for name, unit in (("azimuth_deg", "deg"), ("elevation_deg", "deg")):
            object.__setattr__(self, name, converted(getattr(self, name), unit))


def sky(
    tracks: Sequence[SkyTrack],
    horizon: Sequence[tuple[float, float]] = (),
    title: str = "",
    east: Literal["right", "left"] = "right",
    theme: Theme = "light",
    ax: Axes | None = None,
) -> Axes:
    """Draw passes over a site as a sky plot.

    Parameters
    ----------
    tracks : sequence of SkyTrack
        One per pass. Nothing is drawn below 0°.
    horizon : sequence of (azimuth, elevation)
        Corners of the elevation mask, degrees. The sky below it is shaded.
    title : str
        Title above the plot.
    east : {"right", "left"}
        East to the right as on a map, or to the left as seen looking up. The plot says which.
    theme : {"light", "dark"}
        Colors.
    ax : Axes, optional
        Axes to draw on. A new figure by default.

    Returns
    -------
    Axes
        The axes of the sky plot.

    Notes
    -----
    Up to 24 passes have dots at regular intervals and a ring with the UTC time at their start; up to 8 passes also
    have the time at their end.

    Examples
    --------
    >>> t = np.linspace(0.0, 600.0, 7)
    >>> track = SkyTrack("LRO", t, np.linspace(90.0, 270.0, 7), 40.0 - np.abs(t - 300.0) / 10.0)
    >>> ax = sky([track], horizon=[(0, 5), (360, 5)], title="Kourou")
    >>> ax.get_title("left")
    'Kourou'
    """
    own = ax is None
    ax = figure(7.4, 7.9, theme).add_subplot() if ax is None else ax
    palette = apply_theme(ax, theme)
    side = 1.0 if east == "right" else -1.0
    _frame(ax, side, palette)
    if len(horizon):
        _shade(ax, np.asarray(converted(horizon, "deg"), dtype=float), side, palette)
    names = list(dict.fromkeys(track.label for track in tracks))
    few = len(tracks) <= MANY
    step = _step(tracks)
    points: list[tuple[float, float, str]] = []
    for track in tracks:
        x, y = _place(track.azimuth_deg, track.elevation_deg, side)
        color, style = hue(names.index(track.label), theme), line_style(track.basis)
        alpha = 1.0 if few else max(0.15, min(0.7, 40.0 / len(tracks)))
        width, style = (1.7, style) if few else (0.7, "-")
        ax.plot(x, y, color=color, linestyle=style, linewidth=width, alpha=alpha, zorder=3)
        if few and len(track.t):
            points += _times(ax, track, x, y, color, step, len(names) > 1 and len(tracks) <= 8, tracks)
    where = f"north up, east {east} ({'as on a map' if east == 'right' else 'as seen looking up'})"
    dots = f" · dots every {_spell(step)}, ring: start of pass, times in UTC" if few and tracks else ""
    count = f"{len(tracks)} pass{'es' if len(tracks) != 1 else ''}" if tracks else "no passes"
    add_title(ax, title, theme, f"{count} · {where}{dots}")
    legend(ax, legend_entries([(track.label, track.basis) for track in tracks], theme), theme, own)
    add_labels(ax, points, theme, 7.5)
    return ax


def _place(azimuth_deg: Array, elevation_deg: Array, side: float) -> tuple[Array, Array]:
    azimuth, elevation = np.deg2rad(azimuth_deg), np.asarray(elevation_deg, dtype=float)
    out = np.where(elevation < 0.0, np.nan, 90.0 - elevation)
    return side * out * np.sin(azimuth), out * np.cos(azimuth)


def _frame(ax: Axes, side: float, palette: Palette) -> None:
    from matplotlib.patches import Circle

    ax.set_aspect("equal")
    ax.set_xlim(-104, 104)
    ax.set_ylim(-104, 104)
    ax.set_axis_off()
    for elevation in (0, 30, 60):
        width, color = (1.2, palette["edge"]) if elevation == 0 else (0.6, palette["grid"])
        ax.add_patch(Circle((0, 0), 90 - elevation, fill=False, edgecolor=color, linewidth=width, zorder=1))
        turn = np.deg2rad(22.5)
        ax.text(side * (90 - elevation) * np.sin(turn), (90 - elevation) * np.cos(turn), f"{elevation}°", fontsize=7.5,
                color=palette["faint"], ha="center", va="center", zorder=1.5,
                bbox={"facecolor": palette["paper"], "edgecolor": "none", "pad": 0.8})  # fmt: skip
    for azimuth, name in zip(range(0, 360, 45), ("N", "NE", "E", "SE", "S", "SW", "W", "NW"), strict=True):
        dx, dy = side * np.sin(np.deg2rad(azimuth)), np.cos(np.deg2rad(azimuth))
        ax.plot([0, 90 * dx], [0, 90 * dy], color=palette["grid"], linewidth=0.6, zorder=0.8)
        main = len(name) == 1
        ax.text(97 * dx, 97 * dy, name, fontsize=11 if main else 8, fontweight="bold" if main else "normal",
                color=palette["ink"] if main else palette["faint"], ha="center", va="center")  # fmt: skip
    ax.text(0, -102.5, "radius: elevation (deg) · angle: azimuth", fontsize=7.5, color=palette["faint"],
            ha="center", va="top")  # fmt: skip


def _shade(ax: Axes, corners: Array, side: float, palette: Palette) -> None:
    """Shade the sky below the elevation mask."""
    azimuth = np.linspace(0.0, 360.0, 721)
    level = np.clip(np.interp(azimuth, corners[:, 0], corners[:, 1], period=360.0), 0.0, 90.0)
    upper = np.column_stack(_place(azimuth, level, side))
    lower = np.column_stack(_place(azimuth, np.zeros_like(azimuth), side))
    ring = np.concatenate((lower, upper[::-1]))
    ax.fill(*ring.T, color=palette["land"], linewidth=0, zorder=0.5)
    ax.plot(*upper.T, color=palette["edge"], linewidth=0.9, zorder=1.2)


def _step(tracks: Sequence[SkyTrack]) -> float:
    longest = max((float(track.t[-1] - track.t[0]) for track in tracks if len(track.t)), default=0.0)
    return float(next((step for step in _STEPS_S if longest / step <= 8), _STEPS_S[-1]))


def _spell(step: float) -> str:
    return f"{step / 3600:g} h" if step >= 3600 else f"{step / 60:g} min"


def _times(ax: Axes, track: SkyTrack, x: Array, y: Array, color: str, step: float, named: bool,
           tracks: Sequence[SkyTrack]) -> list[tuple[float, float, str]]:  # fmt: skip
    """Draw dots at round times; returns the points to label with their time."""
    first, last = float(track.t[0]), float(track.t[-1])
    marks = np.arange(np.ceil(first / step) * step, last, step)
    ax.plot(np.interp(marks, track.t, x), np.interp(marks, track.t, y), "o", color=color, markersize=3, zorder=4)
    ax.plot(x[:1], y[:1], "o", markersize=6, markerfacecolor="none", markeredgecolor=color, zorder=4)
    seen = np.flatnonzero(np.isfinite(x))
    if not len(seen):
        return []
    days = (max(t.t[-1] for t in tracks) - min(t.t[0] for t in tracks)) > 86400.0
    start, end = seen[0], seen[-1]
    who = f"{short_label(track.label, 16)} " if named else ""
    begin = (float(x[start]), float(y[start]), f"{who}{clock(first, days)}")
    return [begin, (float(x[end]), float(y[end]), clock(last, days))] if len(tracks) <= 8 else [begin]
