"""Tests of who sees whom, and when: all made of the hops and routes that `sim run` searches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.durations import duration
from sim.core.model import Epoch, Listed, Model, Text
from sim.core.time import DAY_S, EDGE_S, Span, utc
from sim.products.contact_plan import path_text
from sim.scenario.scenario import Step
from sim.search.windows import Windows
from sim.simulation.claims.setting import Setting
from sim.simulation.claims.sun_sight import PARTS, Part
from sim.simulation.claims.verdicts import Outcome, clock, period
from sim.visibility import hops

Of = Annotated[tuple[Step, ...], Field(min_length=1), Listed]
"""A route's name, or a path of ends; a list inside means any of them. Times are those of its last end."""

FAR_S = DAY_S
"""No window is looked for farther from an interval than this."""


class Timed(Model):
    """What all tests of a time share: an instant, an interval, or the scenario's whole span."""

    at: Epoch | None = None
    """an instant; or give start and end; or neither for the scenario's span"""
    start: Epoch | None = None
    """start of an interval"""
    end: Epoch | None = None
    """end of the interval"""
    source: Text = ""
    """who gives these times and numbers"""

    @model_validator(mode="after")
    def _ordered(self) -> Timed:
        if self.at is not None and (self.start is not None or self.end is not None):
            raise ValueError("give at, or start and end, not both")
        if (self.start is None) != (self.end is None):
            raise ValueError("start and end go together: give both")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError(f"expected an end after the start, {utc(self.start, 0)}, got {utc(self.end, 0)}")
        return self

    def interval(self, setting: Setting) -> tuple[float, float]:
        """First and last instant that the test asks about, TDB s; both the same for an instant."""
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
        """The instant or interval as it reads."""
        if self.at is not None:
            return clock(self.at)
        return period(self.start, self.end) if self.start is not None and self.end is not None else "the whole span"

    def seen(self, setting: Setting, of: Of, part: Part) -> tuple[Windows, float, float]:
        """The windows of a path around the interval, and the interval."""
        start, end = self.interval(setting)
        return setting.windows(of, setting.around(start, end, FAR_S), part), start, end


class Visible(Timed):
    """One end sees another at an instant, at some time of an interval, or throughout it.

    Margin: the time in sight; at an instant or throughout, the time to the nearest edge of the window. Negative where
    the sentence fails: the time to the nearest window (a day where none is nearer), or the time that is missing.
    """

    kind: Literal["visible"] = "visible"
    of: Of
    """a route's name, or a path of ends"""
    part: Part = "any"
    """how much of the Sun must be seen, on a path that begins or ends there: any part of it, its center, or all"""
    throughout: bool = False
    """whether it must last the whole interval"""

    def ask(self, setting: Setting) -> Outcome:
        """Whether there is sight when the sentence says so."""
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
        value = f"{duration(inside)} of {duration(end - start)} in sight"
        if end == start:
            value = "in sight" if margin > 0 else "not in sight"
        return Outcome(inside, margin, "s", value, _told(windows, start, end), or_more=abs(margin) >= FAR_S)

    def question(self) -> str:
        """What is asked, in words."""
        how = "throughout" if self.throughout else "in" if self.at is None else "at"
        return f"{subject(self.of, self.part)} in sight {how} {self.when()}"


class NeverVisible(Timed):
    """One end never sees another in an interval, or at an instant.

    Margin: the time to the nearest window (a day where none is nearer); negative where there is sight: for how long.
    """

    kind: Literal["never_visible"] = "never_visible"
    of: Of
    """a route's name, or a path of ends"""
    part: Part = "any"
    """how much of the Sun must be seen, on a path that begins or ends there: any part of it, its center, or all"""

    def ask(self, setting: Setting) -> Outcome:
        """Whether there is no sight when the sentence says so."""
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
        reasons = _told(windows, start, end)
        value = "never in sight" if hidden else f"{duration(inside)} in sight" if end > start else "in sight"
        return Outcome(inside, margin, "s", value, reasons, or_more=abs(margin) >= FAR_S)

    def question(self) -> str:
        """What is asked, in words."""
        return f"{subject(self.of, self.part)} never in sight {'in' if self.at is None else 'at'} {self.when()}"


class VisibleFor(Timed):
    """One end sees another for at least so long, in one piece or in all.

    Margin: by how much the time in sight exceeds what the sentence asks for.
    """

    kind: Literal["visible_for"] = "visible_for"
    of: Of
    """a route's name, or a path of ends"""
    part: Part = "any"
    """how much of the Sun must be seen, on a path that begins or ends there: any part of it, its center, or all"""
    at_least_s: Annotated[float, Field(gt=0)]
    """least time in sight"""
    in_one_piece: bool = False
    """whether one window must last so long"""

    def ask(self, setting: Setting) -> Outcome:
        """How long there is sight."""
        windows, start, end = self.seen(setting, self.of, self.part)
        return decided(windows, lambda seen: self._asked(seen, start, end), setting, start, end)

    def _asked(self, windows: Windows, start: float, end: float) -> Outcome:
        inside = windows.within(Span(start, end)) if end > start else None
        pieces = inside.durations_s if inside is not None else np.zeros(1)
        found = float(pieces.max(initial=0.0) if self.in_one_piece else pieces.sum())
        value = f"{duration(found)} in sight{' in one piece' if self.in_one_piece else ''}"
        return Outcome(found, found - self.at_least_s, "s", value, _told(windows, start, end))

    def question(self) -> str:
        """What is asked, in words."""
        piece = " in one piece" if self.in_one_piece else ""
        return f"{subject(self.of, self.part)} in sight for {duration(self.at_least_s)} or more{piece} in {self.when()}"


class VisibleWithin(Model):
    """Sight begins (or ends) so long after an event, or before it.

    Margin: how far inside the allowed times the nearest opening or closing lies; negative where it lies outside.
    """

    kind: Literal["visible_within"] = "visible_within"
    of: Of
    """a route's name, or a path of ends"""
    part: Part = "any"
    """how much of the Sun must be seen, on a path that begins or ends there: any part of it, its center, or all"""
    event: Epoch
    """what the times are counted from"""
    earliest_s: Annotated[float, Field(ge=-30 * DAY_S, le=30 * DAY_S)] = 0.0
    """from the event; before it is written with a minus"""
    latest_s: Annotated[float, Field(ge=-30 * DAY_S, le=30 * DAY_S)]
    """from the event"""
    edge: Literal["opening", "closing"] = "opening"
    """what is looked for"""
    source: Text = ""
    """who gives these times and numbers"""

    @model_validator(mode="after")
    def _ordered(self) -> VisibleWithin:
        if self.latest_s <= self.earliest_s:
            raise ValueError(f"expected latest_s above earliest_s, {self.earliest_s:g}, got {self.latest_s:g}")
        return self

    def ask(self, setting: Setting) -> Outcome:
        """How long after the event the nearest window begins or ends."""
        first, last = self.event + self.earliest_s, self.event + self.latest_s
        span = setting.around(first, last, FAR_S)
        windows = setting.windows(self.of, span, self.part)
        edges = windows.bounds[:, 0 if self.edge == "opening" else 1]
        edges = edges[(edges > span.start + 1e-3) & (edges < span.end - 1e-3)]
        edges = edges[~np.isin(edges, windows.unknown.bounds)] - self.event  # there it is only known from then on
        outcome = self._nearest(windows, edges, first, last)
        if outcome.holds or not any(a < last and b > first for a, b in windows.unknown):
            return outcome
        return replace(outcome, unknown=setting.missing(windows.unknown, first, last))

    def _nearest(self, windows: Windows, edges: NDArray[np.float64], first: float, last: float) -> Outcome:
        if not len(edges):
            return Outcome(None, -FAR_S, "s", f"no {self.edge} within a day", _told(windows, first, last), 0.0, True)
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
    """A path as it reads, and which part of the Sun it is about."""
    names = [name for step in of for name in ((step,) if isinstance(step, str) else step)]
    return f"{path_text(of)} ({PARTS[part]})" if "sun" in names else path_text(of)


def decided(
    windows: Windows, ask: Callable[[Windows], Outcome], setting: Setting, start: float, end: float
) -> Outcome:
    """What a test answers where it is not always known whether there is sight.

    ask : the answer for windows that are known all the time; more sight never turns it to and fro

    It is asked with no sight in the unknown time, and with sight in all of it. Where both agree that is the answer, by
    the smaller of their margins; else it depends on what nobody knows.
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
    """Time from an interval to the nearest window, at most a day."""
    gaps: NDArray[np.float64] = np.maximum(windows.bounds[:, 0] - end, start - windows.bounds[:, 1])
    return float(min(np.maximum(gaps, 0.0).min(initial=FAR_S), FAR_S))


def _slack(windows: Windows, around: tuple[float, float], start: float, end: float) -> float:
    """Time by which a window reaches beyond an interval inside it, at most a day; what the span cuts off is open."""
    before = FAR_S if windows.open_start and around[0] == windows.bounds[0, 0] else start - around[0]
    after = FAR_S if windows.open_end and around[1] == windows.bounds[-1, 1] else around[1] - end
    return float(min(before, after, FAR_S))


def _told(windows: Windows, start: float, end: float) -> tuple[str, ...]:
    """The windows that touch an interval, or the nearest ones, in words."""
    touching = [(a, b) for a, b in windows if a <= end and start <= b]
    if touching:
        parts = [period(a, b) for a, b in touching[:3]]
        more = f" and {len(touching) - 3} more" if len(touching) > 3 else ""
        return (f"in sight {', '.join(parts)}{more}",)
    before = [b for _, b in windows if b < start]
    after = [a for a, _ in windows if a > end]
    parts = [f"the last sight before ends {clock(before[-1])}"] if before else []
    parts += [f"the next one begins {clock(after[0])}"] if after else []
    return ("; ".join(parts),) if parts else ("no sight within a day of it",)


def _always_broken(setting: Setting, of: Of, part: Part, start: float, end: float) -> list[str]:
    """The limits of a single hop that are broken throughout an interval, by how much at the least."""
    path = setting.path(of)
    if len(path) != 2 or not all(isinstance(step, str) for step in path) or end <= start:
        return []
    if "sun" in path and part != "center":
        return []
    condition = hops.hop(setting[str(path[0])], setting[str(path[1])], setting.light)
    span, told = Span(start, end), []
    for leaf in condition.leaves():
        margin = leaf.margin
        values = np.concatenate((margin.extremes(span).values, margin(np.array([start, end]))))
        if values.max() < 0:
            told.append(f"{leaf.name} is missed by {-values.max():.3g} {margin.unit} or more throughout")
    return told
