"""Claim tests about contact times, made with the hops and routes that `sim run` searches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.durations import duration
from sim.core.model import Epoch, Listed, Text
from sim.core.time import DAY_S, EDGE_S, Span, utc
from sim.products.contact_plan import path_text
from sim.scenario.link import Step
from sim.search.windows import Windows
from sim.simulation.claims.setting import PARTS, AlongPath, ClaimTest, Part, Setting
from sim.simulation.claims.verdicts import Outcome, clock, period

Of = Annotated[tuple[Step, ...], Field(min_length=1), Listed]
"""The name of a route, or a path of ends; a list inside means any one of them. Times are those of the last end."""

FAR_S = DAY_S
"""Windows are searched up to this far from an interval (s)."""


class Timed(ClaimTest):
    """The time of a test: an instant, an interval, or the whole span of the scenario."""

    at: Epoch | None = None
    """an instant; or give start and end; without either, the scenario's span"""
    start: Epoch | None = None
    """start of an interval"""
    end: Epoch | None = None
    """end of the interval"""
    source: Text = ""
    """source of these times and numbers"""

    @model_validator(mode="after")
    def _ordered(self) -> Timed:
        if self.at is not None and (self.start is not None or self.end is not None):
            raise ValueError("give at, or start and end, not both")
        if (self.start is None) != (self.end is None):
            raise ValueError("give both start and end")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError(f"expected an end after the start ({utc(self.start, 0)}), got {utc(self.end, 0)}")
        return self

    def interval(self, setting: Setting) -> tuple[float, float]:
        """Start and end of the time that the test is about (TDB s); both are the same for an instant."""
        if self.at is not None:
            return self.at, self.at
        if self.start is None or self.end is None:
            return setting.span.start, setting.span.end
        if setting.scenario is None:
            return self.start, self.end
        span = setting.span  # midnights of UTC are not 86,400 s of TDB apart, to some microseconds
        start = span.start if abs(self.start - span.start) < EDGE_S else self.start
        return start, span.end if abs(self.end - span.end) < EDGE_S else self.end

    def when(self) -> str:
        """The instant or interval, as text."""
        if self.at is not None:
            return clock(self.at)
        return period(self.start, self.end) if self.start is not None and self.end is not None else "the whole span"

    def seen(self, setting: Setting, of: Of, part: Part) -> tuple[Windows, float, float]:
        """The windows of a path around the interval, and its start and end."""
        start, end = self.interval(setting)
        return setting.windows(of, setting.around(start, end, FAR_S), part), start, end


class Visible(AlongPath, Timed):
    """One end sees another at an instant, at some time in an interval, or throughout it.

    Margin: the time in sight; for an instant or throughout, the time to the nearest edge of the window. It is negative
    if the claim fails: the time to the nearest window (at most a day), or the time without sight.
    """

    kind: Literal["visible"] = "visible"
    of: Of
    """a route's name, or a path of ends"""
    part: Part = "any"
    """how much of the Sun must be visible, if the path begins or ends there: any part of it, its center, or all"""
    throughout: bool = False
    """whether it must be visible throughout the interval"""

    def ask(self, setting: Setting) -> Outcome:
        """Test whether there is sight at the claimed time."""
        windows, start, end = self.seen(setting, self.of, self.part)
        return decided(windows, lambda seen: self._asked(seen, start, end), setting, start, end)

    def _asked(self, windows: Windows, start: float, end: float) -> Outcome:
        inside = _inside(windows, start, end)
        if end == start or (self.throughout and inside >= end - start - 1e-3):
            around = [(a, b) for a, b in windows if a <= start and end <= b]
            margin = _slack(windows, around[0], start, end) if around else -_gap(windows, start, end)
        elif self.throughout:
            margin = inside - (end - start)
        else:
            margin = inside if inside > 0 else -_gap(windows, start, end)
        value = f"{duration(inside)} of {duration(end - start)} in sight" if inside > 0.0 else "never in sight"
        if end == start:
            value = "in sight" if margin > 0 else "not in sight"
        return Outcome(inside, margin, "s", value, _sight_text(windows, start, end), or_more=abs(margin) >= FAR_S)

    def question(self) -> str:
        """What is asked, in words."""
        how = "throughout" if self.throughout else "in" if self.at is None else "at"
        return f"{subject(self.of, self.part)} in sight {how} {self.when()}"


class NeverVisible(AlongPath, Timed):
    """One end never sees another in an interval, or at an instant.

    Margin: the time to the nearest window (at most a day); if there is sight, its duration as a negative number.
    """

    kind: Literal["never_visible"] = "never_visible"
    of: Of
    """a route's name, or a path of ends"""
    part: Part = "any"
    """how much of the Sun must be visible, if the path begins or ends there: any part of it, its center, or all"""

    def ask(self, setting: Setting) -> Outcome:
        """Test whether there is no sight at the claimed time."""
        windows, start, end = self.seen(setting, self.of, self.part)
        outcome = decided(windows, lambda seen: self._asked(seen, start, end), setting, start, end)
        if outcome.holds and windows.known is None:
            broken = tuple(_always_broken(setting, self.of, self.part, start, end))
            return replace(outcome, reasons=outcome.reasons + broken)
        return outcome

    def _asked(self, windows: Windows, start: float, end: float) -> Outcome:
        inside = _inside(windows, start, end)
        hidden = not any(a <= end and start <= b for a, b in windows)
        margin = _gap(windows, start, end) if hidden else -max(inside, 1e-3)
        reasons = _sight_text(windows, start, end)
        value = "never in sight" if hidden else f"{duration(inside)} in sight" if end > start else "in sight"
        return Outcome(inside, margin, "s", value, reasons, or_more=abs(margin) >= FAR_S)

    def question(self) -> str:
        """What is asked, in words."""
        return f"{subject(self.of, self.part)} never in sight {'in' if self.at is None else 'at'} {self.when()}"


class VisibleFor(AlongPath, Timed):
    """One end sees another for at least a given time, in one window or in total.

    Margin: the time in sight minus the claimed time.
    """

    kind: Literal["visible_for"] = "visible_for"
    of: Of
    """a route's name, or a path of ends"""
    part: Part = "any"
    """how much of the Sun must be visible, if the path begins or ends there: any part of it, its center, or all"""
    at_least_s: Annotated[float, Field(gt=0)]
    """claimed time in sight"""
    in_one_piece: bool = False
    """whether a single window must last that long"""

    def ask(self, setting: Setting) -> Outcome:
        """Compute the time in sight."""
        windows, start, end = self.seen(setting, self.of, self.part)
        return decided(windows, lambda seen: self._asked(seen, start, end), setting, start, end)

    def _asked(self, windows: Windows, start: float, end: float) -> Outcome:
        inside = windows.within(Span(start, end)) if end > start else None
        pieces = inside.durations_s if inside is not None else np.zeros(1)
        found = float(pieces.max(initial=0.0) if self.in_one_piece else pieces.sum())
        value = f"{duration(found)} in sight{' in one window' if self.in_one_piece else ''}"
        return Outcome(found, found - self.at_least_s, "s", value, _sight_text(windows, start, end))

    def question(self) -> str:
        """What is asked, in words."""
        piece = " in one window" if self.in_one_piece else ""
        return f"{subject(self.of, self.part)} in sight for {duration(self.at_least_s)} or more{piece} in {self.when()}"


class VisibleWithin(AlongPath):
    """Sight begins or ends within given times after an event, or before it.

    Margin: the time from the nearest opening or closing to the limits; negative if it is outside them.
    """

    kind: Literal["visible_within"] = "visible_within"
    of: Of
    """a route's name, or a path of ends"""
    part: Part = "any"
    """how much of the Sun must be visible, if the path begins or ends there: any part of it, its center, or all"""
    event: Epoch
    """time of the event"""
    earliest_s: Annotated[float, Field(ge=-30 * DAY_S, le=30 * DAY_S)] = 0.0
    """earliest time after the event; negative before it"""
    latest_s: Annotated[float, Field(ge=-30 * DAY_S, le=30 * DAY_S)]
    """latest time after the event; negative before it"""
    edge: Literal["opening", "closing"] = "opening"
    """whether sight begins or ends"""
    source: Text = ""
    """source of these times and numbers"""

    @model_validator(mode="after")
    def _ordered(self) -> VisibleWithin:
        if self.latest_s <= self.earliest_s:
            raise ValueError(f"expected latest_s above earliest_s, {self.earliest_s:g}, got {self.latest_s:g}")
        return self

    def ask(self, setting: Setting) -> Outcome:
        """Compute the time from the event to the nearest beginning or end of a window."""
        first, last = self.event + self.earliest_s, self.event + self.latest_s
        span = setting.around(first, last, FAR_S)
        windows = setting.windows(self.of, span, self.part)
        edges = windows.bounds[:, 0 if self.edge == "opening" else 1]
        edges = edges[(edges > span.start + 1e-3) & (edges < span.end - 1e-3)]
        edges = edges[~np.isin(edges, windows.unknown.bounds)] - self.event  # not those where orbit data begin or end
        outcome = self._nearest(windows, edges, first, last)
        if outcome.holds or not any(a < last and b > first for a, b in windows.unknown):
            return outcome
        return replace(outcome, unknown=setting.missing(windows.unknown, first, last))

    def _nearest(self, windows: Windows, edges: NDArray[np.float64], first: float, last: float) -> Outcome:
        if not len(edges):
            reasons = _sight_text(windows, first, last)
            return Outcome(None, -FAR_S, "s", f"no {self.edge} within a day", reasons, 0.0, True)
        margins = np.minimum(edges - self.earliest_s, self.latest_s - edges)
        best = int(np.argmax(margins))
        number = float(edges[best])
        value = f"{self.edge} {duration(abs(number))} {'after' if number >= 0 else 'before'} the event"
        at = clock(self.event + number)
        return Outcome(number, float(margins[best]), "s", value, (f"the nearest {self.edge} is at {at}",))

    def question(self) -> str:
        """What is asked, in words."""
        begins = "comes into sight" if self.edge == "opening" else "goes out of sight"
        first, last = duration(self.earliest_s), duration(self.latest_s)
        return f"{subject(self.of, self.part)} {begins} {first} to {last} after {clock(self.event)}"


def subject(of: Of, part: Part) -> str:
    """A path as text, and which part of the Sun it is about."""
    names = [name for step in of for name in ((step,) if isinstance(step, str) else step)]
    return f"{path_text(of)} ({PARTS[part]})" if "sun" in names else path_text(of)


def decided(
    windows: Windows, ask: Callable[[Windows], Outcome], setting: Setting, start: float, end: float
) -> Outcome:
    """The outcome of a test if orbits are unknown for some of the time.

    The test is made with no sight in the unknown time, and with sight in all of it. If both agree, the one with the
    smaller margin is the outcome; otherwise the outcome depends on the missing data.

    ask : the outcome for given windows; it must be monotonic in them
    """
    least = ask(Windows(windows.bounds, windows.span))
    if windows.known is None:
        return least
    most = ask(windows.possible)
    if least.holds is None or least.holds is not most.holds:
        return replace(least, unknown=setting.missing(windows.unknown, start, end))
    return min(least, most, key=lambda outcome: abs(outcome.margin))


def _inside(windows: Windows, start: float, end: float) -> float:
    bounds = np.clip(windows.bounds, start, end)
    return float((bounds[:, 1] - bounds[:, 0]).sum())


def _gap(windows: Windows, start: float, end: float) -> float:
    """Time from an interval to the nearest window (s), at most a day."""
    gaps: NDArray[np.float64] = np.maximum(windows.bounds[:, 0] - end, start - windows.bounds[:, 1])
    return float(min(np.maximum(gaps, 0.0).min(initial=FAR_S), FAR_S))


def _slack(windows: Windows, around: tuple[float, float], start: float, end: float) -> float:
    """Smallest time from an interval to the edges of the window around it (s), at most a day.

    An edge that is only the end of the span does not count.
    """
    before = FAR_S if windows.open_start and around[0] == windows.bounds[0, 0] else start - around[0]
    after = FAR_S if windows.open_end and around[1] == windows.bounds[-1, 1] else around[1] - end
    return float(min(before, after, FAR_S))


def _sight_text(windows: Windows, start: float, end: float) -> tuple[str, ...]:
    """The windows that overlap an interval, or the nearest ones, as text."""
    touching = [(a, b) for a, b in windows if a <= end and start <= b]
    if touching:
        parts = [period(a, b) for a, b in touching[:3]]
        more = f" and {len(touching) - 3} more" if len(touching) > 3 else ""
        return (f"in sight from {', '.join(parts)}{more}",)
    before = [b for _, b in windows if b < start]
    after = [a for a, _ in windows if a > end]
    parts = [f"last in sight until {clock(before[-1])}"] if before else []
    parts += [f"next in sight from {clock(after[0])}"] if after else []
    return ("; ".join(parts),) if parts else ("not in sight within a day",)


def _always_broken(setting: Setting, of: Of, part: Part, start: float, end: float) -> list[str]:
    """The limits of a single hop that are violated throughout an interval, and by how much at least."""
    path = setting.path(of)
    if len(path) != 2 or not all(isinstance(step, str) for step in path) or end <= start:
        return []
    if "sun" in path and part != "center":
        return []
    from sim.visibility import hops

    condition = hops.hop(setting[str(path[0])], setting[str(path[1])], setting.light)
    span, violated = Span(start, end), []
    for leaf in condition.leaves():
        margin = leaf.margin
        values = np.concatenate((margin.extremes(span).values, margin(np.array([start, end]))))
        if values.max() < 0:
            violated.append(f"{leaf.name} fails by at least {-values.max():.3g} {margin.unit} throughout")
    return violated
