"""Outcomes of claim tests, and the rule that turns them into verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.core.durations import duration
from sim.core.time import utc

Verdict = Literal["consistent", "inconsistent", "undecidable", "untested"]


@dataclass(frozen=True)
class Outcome:
    """The outcome of one test.

    Attributes
    ----------
    number
        The computed value, in `unit`; None if there is nothing to measure.
    margin
        Distance from the limit of the claim, in `unit`; positive if the claim holds.
    unit
        Unit of the numbers.
    value
        The computed value as text.
    reasons
        Explanations, one sentence each.
    uncertainty
        Uncertainty of the margin from the method itself, in `unit`.
    or_more
        Whether the margin is a lower bound, because nothing was searched beyond it.
    unknown
        Why the outcome depends on time in which an orbit is unknown; empty if it does not.
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
        """Whether the claim holds; None if it cannot be decided.

        It holds if the whole interval margin ± uncertainty is allowed, limits included, and fails if none of it is.
        """
        if self.unknown:
            return None
        if self.margin > 0 and self.margin >= self.uncertainty:
            return True
        return False if self.margin < 0 and -self.margin > self.uncertainty else None


def decide(outcomes: Sequence[Outcome]) -> Verdict:
    """The verdict of one test from its outcomes, with the scenario as it is and with varied ends.

    Consistent if all hold, inconsistent if none does, otherwise undecidable.

    Examples
    --------
    >>> good, bad = Outcome(1.0, 2.0, "s", "1 s"), Outcome(1.0, -2.0, "s", "1 s")
    >>> decide([good, good]), decide([good, bad])
    ('consistent', 'undecidable')
    """
    answers = {outcome.holds for outcome in outcomes}
    return "consistent" if answers == {True} else "inconsistent" if answers == {False} else "undecidable"


def together(verdicts: Iterable[Verdict], vague: bool = False) -> Verdict:
    """The verdict of a claim from those of its tests: all must hold, and a vague claim is never consistent."""
    found = set(verdicts)
    for worst in ("inconsistent", "untested", "undecidable"):
        if worst in found:
            return worst
    return "undecidable" if vague or not found else "consistent"


def clock(t: float) -> str:
    """A time as text: `2019-01-03 03:04:41 UTC`."""
    return str(utc(t, 0)).replace("T", " ").replace("Z", " UTC")


def period(start: float, end: float) -> str:
    """An interval as text; the date of its end only if it differs."""
    first, last = clock(start), clock(end)
    if start == end:
        return first
    return f"{first[:-4]} to {last.removeprefix(first[:11])}"


def amount(number: float, unit: str) -> str:
    """A number with its unit as text: durations in suitable units, others with up to four digits and two decimals."""
    if unit == "s":
        return duration(number)
    size = abs(number)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2
    return f"{number:.{digits}f} {unit}" if size >= 0.01 else f"{number:.1g} {unit}"
