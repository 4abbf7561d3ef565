"""A scan of our own margins without our search: dense samples, with every change of sign bisected."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span
from sim.search.conditions import AllOf, AnyOf, Condition, Positive
from sim.search.windows import Windows, overlap
from sim.simulation.crosscheck.scan import Margin, scan
from sim.simulation.crosscheck.terms import Term

Array = NDArray[np.float64]


class Brute:
    """A uniform scan of our own margins: it tests the search, not the geometry."""

    name = "brute force"
    models = "the geometry of sim, on a uniform grid"
    version = version("farside-sim")

    def unable(self, term: Term) -> str:
        return ""

    def margin(self, term: Term) -> Margin:
        """The margin of the term; +1 or -1 if it is a combination of several conditions."""
        condition = term.condition
        if isinstance(condition, Positive):
            return condition.margin.function
        return lambda t: np.where(condition.holds(t), 1.0, -1.0)

    def windows(self, term: Term, span: Span, step_s: float) -> Array:
        return _scanned(term.condition, span, step_s).bounds

    def sizes(self, term: Term, t: float) -> Mapping[str, float]:
        return {}


def _scanned(condition: Condition, span: Span, step_s: float) -> Windows:
    if isinstance(condition, Positive):
        return Windows.of(scan(condition.margin.function, span, step_s), span)
    if isinstance(condition, AllOf | AnyOf) and type(condition) in (AllOf, AnyOf):  # not a subclass for phases
        parts = [_scanned(term, span, step_s) for term in condition.terms]
        return overlap(parts, len(parts) if isinstance(condition, AllOf) else 1)
    return Windows.of(scan(lambda t: np.where(condition.holds(t), 1.0, -1.0), span, step_s), span)
