"""Elevation, azimuth, range and range rate over a pass, and the Doppler shift of a carrier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.geometry import SPEED_OF_LIGHT_KM_S
from sim.core.quantities import converted
from sim.core.time import instants, utc_datetime64
from sim.products.plot.style import (
    DRESSES,
    Theme,
    broken,
    dressed,
    entries,
    figure,
    hue,
    legend,
    line_of,
    time_axis,
    titled,
)  # fmt: skip
from sim.trajectories.trajectory import Basis

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Profile:
    """What a station measures over one pass, at times t (n,) that `tdb` takes.

    elevation_deg, azimuth_deg : in the station's sky; None where neither end is a site
    range_km, range_rate_km_s  : of the light's path, positive when receding
    horizon_deg                : of the station, in the azimuth that the target has then; None where there is none
    """

    label: str
    t: Any
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
            title: str = "", theme: Theme = "light") -> list[Any]:  # fmt: skip
    """Draw passes one above the other's axes, all on one UTC axis; returns the axes from the top down.

    passes       : one line a pass; of one label, one color
    frequency_hz : of a carrier: a second scale on the range rate gives its one-way Doppler shift, −f·ṙ/c to first
                   order in the speed, positive when approaching
    mask_deg     : the least useful elevation, drawn as a line, for passes that have no horizon of their own

    >>> top, *rest = profile([Profile("LRO", t, distance(t), rate(t), elevation(t), azimuth(t))], 2.2713e9)
    """
    frequency_hz, mask_deg = converted(frequency_hz, "Hz"), converted(mask_deg, "deg")
    sky = any(each.elevation_deg is not None for each in passes)
    wanted = [("elevation (deg)", "elevation_deg"), ("azimuth (deg)\nN through E", "azimuth_deg")] if sky else []
    wanted += [("range (km)", "range_km"), ("range rate (km/s)\n+ receding", "range_rate_km_s")]
    made = figure(10.5, 1.7 + 1.75 * len(wanted), theme)
    panels = list(made.subplots(len(wanted), 1, sharex=True, squeeze=False)[:, 0])
    names = list(dict.fromkeys(each.label for each in passes))
    for ax, (words, field) in zip(panels, wanted, strict=True):
        dress = dressed(ax, theme)
        ax.set_ylabel(words)
        ax.yaxis.set_major_formatter(_plain)
        for (label, basis), (t, values) in _joined(passes, field).items():
            ax.plot(utc_datetime64(t), values, color=hue(names.index(label), theme), linestyle=line_of(basis),
                    linewidth=1.7)  # fmt: skip
        if not passes:
            ax.text(0.5, 0.5, "no pass", transform=ax.transAxes, ha="center", va="center", color=dress["faint"])
        made.align_ylabels(panels)
    if sky:
        _scales(panels, passes, mask_deg, theme)
    if passes:
        times = np.concatenate([each.t for each in passes])
        start, end = float(times.min()), float(times.max())
        time_axis(panels[-1], start, end if end > start else start + 60.0)
    else:
        panels[-1].set_xticks([])
    panels[-1].xaxis.label.set_color(DRESSES[theme]["ink"])
    panels[-1].margins(x=0)
    if frequency_hz:
        _doppler(panels[-1], frequency_hz, theme)
    count = f"{len(passes)} pass{'es' if len(passes) != 1 else ''}"
    titled(
        panels[0],
        title,
        theme,
        f"{count} · apparent directions (light time, aberration), no refraction" if sky else count,
    )
    legend(panels[0], entries([(each.label, each.basis) for each in passes], theme), theme)
    return panels


def _joined(passes: Sequence[Profile], field: str) -> dict[tuple[str, Basis | None], tuple[Array, Array]]:
    """Times and values of all passes of a label as one line with gaps."""
    parts: dict[tuple[str, Basis | None], list[tuple[Array, Array]]] = {}
    for each in passes:
        values = getattr(each, field)
        if values is None or not len(each.t):
            continue
        t, shown = broken_at_north(each.t, values) if field == "azimuth_deg" else (each.t, values)
        line = (np.append(t, t[-1]), np.append(shown, np.nan))
        parts.setdefault((each.label, each.basis), []).append(line)
    return {key: (np.concatenate([t for t, _ in lines]), np.concatenate([v for _, v in lines]))
            for key, lines in parts.items()}  # fmt: skip


def broken_at_north(t: Array, azimuth_deg: Array) -> tuple[Array, Array]:
    """A line with gaps where the azimuth goes through north: times and azimuths."""
    cuts = np.flatnonzero(np.abs(np.diff(azimuth_deg)) > 180.0) + 1
    return np.insert(t, cuts, t[cuts]), broken(azimuth_deg, azimuth_deg, 180.0)[0]


def _plain(value: float, _: Any) -> str:
    return f"{value:,.10g}".replace("-", "−")


def _scales(panels: list[Any], passes: Sequence[Profile], mask_deg: float | None, theme: Theme) -> None:
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
        words = f"horizon {least:.3g}°" if most - least < 0.05 else f"horizon {least:.3g}° to {most:.3g}°"
        elevation.annotate(words, (0.5, float(np.median(levels))), xycoords=("axes fraction", "data"),
                           xytext=(0, -2), textcoords="offset points", ha="center", va="top", fontsize=7.5,
                           color=color)  # fmt: skip


def _doppler(ax: Any, frequency_hz: float, theme: Theme) -> None:
    """A second scale: hertz of shift for km/s of range rate."""
    size = next(
        ((scale, unit) for scale, unit in ((1e6, "MHz"), (1e3, "kHz")) if frequency_hz * 3e-6 >= scale), (1.0, "Hz")
    )
    factor = -frequency_hz / SPEED_OF_LIGHT_KM_S / size[0]
    second = ax.secondary_yaxis("right", functions=(lambda v: factor * v, lambda f: f / factor))
    second.set_ylabel(
        f"one-way Doppler ({size[1]})\nat {frequency_hz / 1e6:,.6g} MHz", fontsize=9, color=DRESSES[theme]["ink"]
    )
    second.tick_params(colors=DRESSES[theme]["ink"], labelsize=8.5)
    second.yaxis.set_major_formatter(_plain)
