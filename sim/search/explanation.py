"""Explains why a condition holds or not, as text: every limit with its margin, and the next change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.core.time import Span, utc


@dataclass(frozen=True)
class Why:
    """Why a condition holds or not at an instant, and when this changes.

    terms   : (limit, its margin in its own unit); positive if it holds, NaN if unknown. A limit has a `name`, a
              `margin` with a unit, and `explained`, a sentence that replaces both, or ''
    changes : TDB s at which it next opens (or closes, if it holds); None if it does not within the span
    unknown : why it is unknown whether it holds, and from when to when; empty if it is known
    next_unknown : whether it is unknown after that change; without a change, whether part of the rest of the span is
                   unknown
    """

    name: str
    t: float
    holds: bool
    terms: tuple[tuple[Any, float], ...]
    changes: float | None
    span: Span
    unknown: str = ""
    next_unknown: bool = False

    def __str__(self) -> str:
        verb = "open" if self.holds else "not known" if self.unknown else "closed"
        change = "next open" if not self.holds else "not known from" if self.next_unknown else "closes"
        day, clock = utc(self.t, 0).rstrip("Z").split("T")
        last = utc(self.span.end, 0)
        doubtful = self.changes is None and (self.unknown or self.next_unknown)
        unchanged = f"{'not known to open before' if doubtful else 'stays so until'} the span ends, {last}"
        later = unchanged if self.changes is None else f"{change} {_clock(self.changes, day)}"
        lines = [f"{self.name} is {verb} at {day} {clock} UTC; {later}"]
        if self.unknown:
            lines.append(f"  ? {self.unknown}")
        wide = max((len(leaf.name) for leaf, _ in self.terms if not leaf.explained(self.t)), default=0)
        for leaf, margin in self.terms:
            if margin != margin:
                lines.append(f"  ? {leaf.name:<{wide}}  not known then")
                continue
            if sentence := leaf.explained(self.t):
                lines.append(f"  {'✓' if margin > 0 else '✗'} {sentence}")
                continue
            mark, word = ("✓", "to spare") if margin > 0 else ("✗", "short")
            lines.append(f"  {mark} {leaf.name:<{wide}}  {_amount(abs(margin))} {leaf.margin.unit} {word}".rstrip())
        return "\n".join(lines)

    __repr__ = __str__


def _amount(value: float) -> str:
    """A number with three digits, or four above a thousand."""
    if value < 1000:
        return f"{value:.3g}"
    return f"{float(f'{value:.4g}'):,.0f}"


def _clock(t: float, day: str) -> str:
    """A time of day, with its date if it is not that day."""
    date, clock = utc(t, 0).rstrip("Z").split("T")
    return f"{clock}" if date == day else f"{date} {clock}"
