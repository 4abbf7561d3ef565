"""Combination of the windows of several conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.search.margins import SAME_S
from sim.search.windows import Windows


def left(windows: Windows, found: Windows) -> Windows:
    """Return the part of windows in which nothing has been found for certain."""
    return windows - Windows(found.bounds, found.span)


def both(windows: Windows, found: Windows) -> Windows:
    """Intersect windows with those found inside them; the certificate is that of the latter."""
    if windows.known is None and found.known is None:
        return found
    return replace(windows & found, certificate=found.certificate)


def welded(windows: Windows) -> Windows:
    """Close the gaps of about a microsecond between adjacent windows."""
    return ~((~windows).at_least(2.0 * SAME_S))


def of_parts(windows: Windows, found: Sequence[Windows]) -> Windows:
    """Join what was found in windows of parts of a span; between the parts it is unknown."""
    bounds = np.concatenate([np.empty((0, 2)), *(each.bounds for each in found)])
    known = np.concatenate([np.empty((0, 2)), *(each.known_bounds for each in found)])
    certificate = sum((each.certificate for each in found), windows.certificate)
    return welded(Windows.of(bounds, windows.span, certificate, known))


def negated(name: str) -> str:
    """Return the name of the negation of a condition."""
    for relation, opposite in ((" > ", " < "), (" < ", " > ")):
        if name.count(relation) == 1:
            return name.replace(relation, opposite)
    return name.removeprefix("not ") if name.startswith("not ") else f"not {name}"
