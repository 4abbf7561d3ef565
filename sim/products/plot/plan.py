"""A plan on a UTC axis: one row a station, tracks strong, unused passes pale, hand-overs marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from sim.core.durations import duration
from sim.core.time import Span
from sim.planning.plan import Plan, PlannedTrack, StationPass, takes_over
from sim.products.plot import style
from sim.products.plot.rows import days, rows_axis
from sim.products.plot.style import Theme

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

HATCHES = ("", "////", "....", "xxxx", "----")
"""Of missions: they differ without color."""

MOST_LINES = 150
"""More hand-overs than this are counted in the legend and not drawn."""

LEAST_PART = 1 / 500
"""Unused parts of passes shorter than this fraction of the span are too narrow to see."""


def plan_chart(
    passes: Mapping[str, Sequence[StationPass]], made: Plan, span: Span, title: str = "", theme: Theme = "light"
) -> Axes:
    """Draw a plan; returns the axes.

    Parameters
    ----------
    passes
        The passes of every mission: those that no track uses are pale.
    made
        The plan.
    span
        What to show.
    title, theme
        Words above the picture; dark ink on light paper, or the reverse.
    """
    stations = list(dict.fromkeys(each.station for choices in passes.values() for each in choices))
    missions = [each.mission for each in made.missions]
    ax = style.figure(13.0, 1.9 + max(0.42, 0.24 * len(missions)) * max(len(stations), 1), theme).add_subplot()
    palette = rows_axis(ax, stations, span, theme, most=12)
    lanes = {mission: (lane + 0.5) / len(missions) - 0.5 for lane, mission in enumerate(missions)}
    half = 0.38 / len(missions)
    for lane, mission in enumerate(missions):
        color, hatch = style.hue(lane, theme), HATCHES[lane % len(HATCHES)]
        for each in passes[mission]:
            y = stations.index(each.station) + 0.84 * lanes[mission]
            _bar(ax, each.when.start, each.when.end, y, 0.55 * half, color, 0.28, "", span)
        for track in made.missions[lane].tracks:
            y = stations.index(track.station) + 0.84 * lanes[mission]
            _bar(ax, track.start, track.end, y, half, color, 1.0, hatch, span, palette["paper"])
    drawn = _handovers(ax, made, stations, lanes, span, palette["mark"])
    style.add_title(ax, title, theme, _detail(made, span))
    unused = [mission for mission in missions if _unused(passes[mission], made, mission, span)]
    style.legend(ax, _entries(missions, unused, drawn, made, span, theme), theme)
    return ax


def _detail(made: Plan, span: Span) -> str:
    """How long each mission is tracked in what is drawn, and whether its plan, which may be longer, is proven."""
    told = []
    for each in made.missions:
        parts = [(max(t.start, span.start), min(t.end - t.overlap_s, span.end)) for t in each.tracks]
        tracked = duration(sum(max(0.0, b - a) for a, b in parts))
        told.append(f"{each.mission}: {tracked} tracked{', optimal' if each.optimal else ''}")
    return " · ".join(told)


def _bar(
    ax: Axes, start: float, end: float, y: float, half: float, color: str, alpha: float, hatch: str, span: Span,
    paper: str = "",
) -> None:  # fmt: skip
    if end <= span.start or start >= span.end:
        return
    first, last = days([max(start, span.start), min(end, span.end)])
    order = 3 if paper else 2
    bar = ax.barh(y, last - first, 2 * half, left=first, color=color, alpha=alpha, linewidth=0, zorder=order)
    if hatch:
        for each in bar:
            each.set(hatch=hatch, edgecolor=paper)


def _handovers(
    ax: Axes, made: Plan, stations: Sequence[str], lanes: Mapping[str, float], span: Span, color: str
) -> bool:
    """Lines from the station that hands over to the one that takes over; whether they are drawn."""
    lines = [
        (after.start, [stations.index(track.station) + 0.84 * lanes[after.mission] for track in (before, after)])
        for before, after in _shown_handovers(made, span)
    ]
    if not 0 < len(lines) <= MOST_LINES:
        return False
    for at, rows in lines:
        x = days([at, at])
        ax.plot(x, rows, color=color, linewidth=1.0, marker="o", markersize=2.6, zorder=4)
    return True


def _shown_handovers(made: Plan, span: Span) -> list[tuple[PlannedTrack, PlannedTrack]]:
    """The tracks before and after every hand-over in what is drawn."""
    return [
        (before, after)
        for each in made.missions
        for before, after in pairwise(each.tracks)
        if takes_over(before, after) and span.start <= after.start <= span.end
    ]


def _unused(passes: Sequence[StationPass], made: Plan, mission: str, span: Span) -> bool:
    """Whether a pass of a mission, or a visible part of it, is in none of its tracks."""
    tracks = [track for each in made.missions if each.mission == mission for track in each.tracks]
    for each in passes:
        start, end = max(each.when.start, span.start), min(each.when.end, span.end)
        own = [track for track in tracks if track.station == each.station]
        used = sum(max(0.0, min(end, track.end) - max(start, track.start)) for track in own)
        if end - start - used > LEAST_PART * span.duration_s:
            return True
    return False


def _entries(
    missions: Sequence[str], unused: Sequence[str], lines: bool, made: Plan, span: Span, theme: Theme
) -> list[Artist]:
    """The entries of the legend: one for each thing that is drawn."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    palette = style.PALETTES[theme]
    found: list[Artist] = []
    for lane, mission in enumerate(missions[:8]):
        tracks = made.missions[lane].tracks
        if not any(track.start < span.end and track.end > span.start for track in tracks):
            continue
        color, hatch = style.hue(lane, theme), HATCHES[lane % len(HATCHES)]
        found.append(Patch(facecolor=color, edgecolor=palette["paper"], hatch=hatch, linewidth=0,
                           label=f"{style.short_label(mission)}: track"))  # fmt: skip
    if unused:
        color = style.hue(missions.index(unused[0]), theme)
        found.append(Patch(facecolor=color, alpha=0.28, linewidth=0, label="pass not used"))
    if lines:
        color = palette["mark"]
        found.append(Line2D([], [], color=color, linewidth=1.0, marker="o", markersize=2.6, label="hand-over"))
    elif count := len(_shown_handovers(made, span)):
        found.append(Line2D([], [], linewidth=0, label=f"{count} hand-over{'' if count == 1 else 's'}"))
    return found
