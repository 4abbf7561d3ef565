"""What a test answers, and the one rule by which answers become verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.core.durations import duration
from sim.core.time import utc

Verdict = Literal["consistent", "inconsistent", "undecidable", "untested"]


@dataclass(frozen=True)
class Outcome:
    """One answer of one test.

    number      : what was computed, in `unit`; None where there is nothing to measure
    margin      : how far inside the sentence it is, in `unit`: positive where the sentence holds
    uncertainty : what the method itself leaves unknown of the margin, in `unit`
    value       : the number as it reads
    reasons     : sentences that say why
    or_more     : whether nobody looked farther than the margin
    unknown     : why the answer depends on time in which no orbit is known; empty where it does not
    """

    number: float | None
    margin: float
    unit: str
    value: str
    reasons: tuple[str, ...] = ()
    uncertainty: float = 0.0
    or_more: bool = False
    unknown: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the sentence holds; None where the method cannot tell.

        What is known lies between margin − uncertainty and margin + uncertainty. The sentence holds if all of that is
        allowed, and a bound itself is; it fails if none of it is. So a printed minute whose source is itself good to a
        minute, and says the same minute, holds.
        """
        if self.unknown:
            return None
        if self.margin > 0 and self.margin >= self.uncertainty:
            return True
        return False if self.margin < 0 and -self.margin > self.uncertainty else None


def decide(outcomes: Sequence[Outcome]) -> Verdict:
    """The verdict of one test: what all its outcomes agree on.

    The first outcome is that of the scenario as it stands; each of the others is that of one end moved within what is
    not known of it. Consistent where all hold, inconsistent where none does, else undecidable.
    """
    answers = {outcome.holds for outcome in outcomes}
    return "consistent" if answers == {True} else "inconsistent" if answers == {False} else "undecidable"


def together(verdicts: Iterable[Verdict], vague: bool = False) -> Verdict:
    """The verdict of a sentence from those of its tests: all must hold, and a vague one is never more than possible."""
    found = set(verdicts)
    for worst in ("inconsistent", "untested", "undecidable"):
        if worst in found:
            return worst
    return "undecidable" if vague or not found else "consistent"


def clock(t: float) -> str:
    """An instant as it reads: `2019-01-03 03:04:41 UTC`."""
    return str(utc(t, 0)).replace("T", " ").replace("Z", " UTC")


def period(start: float, end: float) -> str:
    """An interval as it reads; the day of its end only where it is another."""
    first, last = clock(start), clock(end)
    if start == end:
        return first
    return f"{first[:-4]} to {last.removeprefix(first[:11])}"


def amount(number: float, unit: str) -> str:
    """A number with its unit as it reads: durations in what suits them, others with up to four digits, two decimals."""
    if unit == "s":
        return duration(number)
    size = abs(number)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2
    return f"{number:.{digits}f} {unit}" if size >= 0.01 else f"{number:.1g} {unit}"
