"""Elevation, azimuth, range, range rate and Doppler shift over a pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.core.geometry import SPEED_OF_LIGHT_KM_S
from sim.core.quantities import converted
from sim.core.time import instants, utc_datetime64
from sim.products.plot.style import (
    PALETTES,
    Theme,
    add_title,
    apply_theme,
    figure,
    hue,
    legend,
    legend_entries,
    line_style,
    split_line,
    time_axis,
)  # fmt: skip
from sim.trajectories.trajectory import Basis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Profile:
    """Observables of a station over one pass.

    label : name of the target; one color per label
    t     : (n,) TDB s, or any times that `tdb` accepts
    range_km, range_rate_km_s  : (n,) of the light path; the rate is positive when receding
    elevation_deg, azimuth_deg : (n,) of the target at the station; None if neither end is a site
    basis : of the orbit, shown by line style
    horizon_deg : (n,) elevation mask of the station at the azimuth of the target; None if there is none
    """

    label: str
    t: Array
    range_km: Array
    range_rate_km_s: Array
    elevation_deg: Array | None = None
    azimuth_deg: Array | None = None
    basis: Basis | None = None
    horizon_deg: Array | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "t", instants(self.t))
        units = {"range_km": "km", "range_rate_km_s": "km/s", "elevation_deg": "deg", "azimuth_deg": "deg"}
        for name, unit in units.items():
            object.__setattr__(self, name, converted(getattr(self, name), unit))


def profile(passes: Sequence[Profile], frequency_hz: float | None = None, mask_deg: float | None = None,
            title: str = "", theme: Theme = "light", refraction: str = "none") -> list[Axes]:  # fmt: skip
    """Draw elevation, azimuth, range and range rate in panels that share one UTC axis.

    Parameters
    ----------
    passes : sequence of Profile
        One line per pass, one color per label.
    frequency_hz : float, optional
        Carrier frequency. Adds a scale with the one-way Doppler shift to the range rate.
    mask_deg : float, optional
        Elevation mask, drawn as a line for passes without a horizon.
    title : str
        Title above the plot.
    theme : {"light", "dark"}
        Colors.
    refraction : {"none", "optical", "radio"}
        What is in the elevations, for the subtitle.

    Returns
    -------
    list of Axes
        The panels, from the top down.

    Notes
    -----
    The Doppler shift is −f·ṙ/c, first order in the speed, and positive when approaching.

    Examples
    --------
    >>> t = np.linspace(0.0, 600.0, 7)
    >>> panels = profile([Profile("LRO", t, 4e5 + t, np.ones(7), 10.0 + 0.0 * t, 90.0 + 0.0 * t)], 2.2713e9)
    >>> len(panels)
    4
    """
    frequency_hz, mask_deg = converted(frequency_hz, "Hz"), converted(mask_deg, "deg")
    sky = any(each.elevation_deg is not None for each in passes)
    wanted = [("elevation (deg)", "elevation_deg"), ("azimuth (deg)\nN to E", "azimuth_deg")] if sky else []
    wanted += [("range (km)", "range_km"), ("range rate (km/s)\npositive: receding", "range_rate_km_s")]
    made = figure(10.5, 1.7 + 1.75 * len(wanted), theme)
    panels = list(made.subplots(len(wanted), 1, sharex=True, squeeze=False)[:, 0])
    names = list(dict.fromkeys(each.label for each in passes))
    for ax, (words, field) in zip(panels, wanted, strict=True):
        palette = apply_theme(ax, theme)
        ax.set_ylabel(words)
        ax.yaxis.set_major_formatter(_plain)
        for (label, basis), (t, values) in _joined(passes, field).items():
            ax.plot(utc_datetime64(t), values, color=hue(names.index(label), theme), linestyle=line_style(basis),
                    linewidth=1.7)  # fmt: skip
        if not passes:
            ax.text(0.5, 0.5, "no pass", transform=ax.transAxes, ha="center", va="center", color=palette["faint"])
        made.align_ylabels(panels)
    if sky:
        _scales(panels, passes, mask_deg, theme)
    if passes:
        times = np.concatenate([each.t for each in passes])
        start, end = float(times.min()), float(times.max())
        time_axis(panels[-1], start, end if end > start else start + 60.0)
    else:
        panels[-1].set_xticks([])
    panels[-1].xaxis.label.set_color(PALETTES[theme]["ink"])
    panels[-1].margins(x=0)
    if frequency_hz:
        _doppler(panels[-1], frequency_hz, theme)
    bent = "without refraction" if refraction == "none" else f"with {refraction} refraction"
    count = f"{len(passes)} pass{'es' if len(passes) != 1 else ''}"
    add_title(
        panels[0],
        title,
        theme,
        f"{count} · apparent directions (light time and aberration), {bent}" if sky else count,
    )
    legend(panels[0], legend_entries([(each.label, each.basis) for each in passes], theme), theme)
    return panels


def _joined(passes: Sequence[Profile], field: str) -> dict[tuple[str, Basis | None], tuple[Array, Array]]:
    """Times and values of all passes with the same label, as one line with gaps."""
    parts: dict[tuple[str, Basis | None], list[tuple[Array, Array]]] = {}
    for each in passes:
        values = getattr(each, field)
        if values is None or not len(each.t):
            continue
        t, shown = split_at_north(each.t, values) if field == "azimuth_deg" else (each.t, values)
        line = (np.append(t, t[-1]), np.append(shown, np.nan))
        parts.setdefault((each.label, each.basis), []).append(line)
    return {key: (np.concatenate([t for t, _ in lines]), np.concatenate([v for _, v in lines]))
            for key, lines in parts.items()}  # fmt: skip


def split_at_north(t: Array, azimuth_deg: Array) -> tuple[Array, Array]:
    """Times and azimuths with a gap where the azimuth passes through north."""
    cuts = np.flatnonzero(np.abs(np.diff(azimuth_deg)) > 180.0) + 1
    return np.insert(t, cuts, t[cuts]), split_line(azimuth_deg, azimuth_deg, 180.0)[0]


def _plain(value: float, _: float) -> str:
    return f"{value:,.10g}".replace("-", "−")


def _scales(panels: list[Axes], passes: Sequence[Profile], mask_deg: float | None, theme: Theme) -> None:
    elevation, azimuth = panels[:2]
    color, dashes = hue(1, theme), (0, (4, 2))
    for each in passes:
        if each.horizon_deg is not None:
            elevation.plot(utc_datetime64(each.t), each.horizon_deg, color=color, linewidth=0.9, linestyle=dashes)
    horizons = [each.horizon_deg for each in passes if each.horizon_deg is not None]
    if not horizons and mask_deg is not None:
        elevation.axhline(mask_deg, color=color, linewidth=0.9, linestyle=dashes)
        horizons = [np.array([mask_deg])]
    low, high = elevation.get_ylim()
    elevation.set_ylim(min(0.0, low), 92.0 if high > 80.0 else max(high, 10.0))
    azimuth.set_ylim(-8, 368)
    azimuth.set_yticks([0, 90, 180, 270, 360])
    if horizons:
        levels: Array = np.concatenate(horizons)
        least, most = float(levels.min()), float(levels.max())
        words = f"elevation mask {least:.3g}°" if most - least < 0.05 else f"elevation mask {least:.3g}° to {most:.3g}°"
        elevation.annotate(words, (0.5, float(np.median(levels))), xycoords=("axes fraction", "data"),
                           xytext=(0, -2), textcoords="offset points", ha="center", va="top", fontsize=7.5,
                           color=color)  # fmt: skip


def _doppler(ax: Axes, frequency_hz: float, theme: Theme) -> None:
    """Add a second scale with the Doppler shift of the range rate."""
    size = next(
        ((scale, unit) for scale, unit in ((1e6, "MHz"), (1e3, "kHz")) if frequency_hz * 3e-6 >= scale), (1.0, "Hz")
    )
    factor = -frequency_hz / SPEED_OF_LIGHT_KM_S / size[0]

    def shift(rate_km_s: ArrayLike) -> Array:
        return np.multiply(factor, rate_km_s)

    def rate(shift_hz: ArrayLike) -> Array:
        return np.divide(shift_hz, factor)

    second = ax.secondary_yaxis("right", functions=(shift, rate))
    second.set_ylabel(
        f"one-way Doppler ({size[1]})\nat {frequency_hz / 1e6:,.6g} MHz", fontsize=9, color=PALETTES[theme]["ink"]
    )
    second.tick_params(colors=PALETTES[theme]["ink"], labelsize=8.5)
    second.yaxis.set_major_formatter(_plain)
