"""Columns of tables about the uncertainty of windows' edges. Kinds of tables name them before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite


def _sigma_shown(size: float) -> float | None:
    """To three digits; of one without bound nothing."""
    return float(f"{size:.3g}") if isfinite(size) else None


SHOWN: Mapping[str, Callable[[float], float | None]] = {
    "start_sigma_s": _sigma_shown, "end_sigma_s": _sigma_shown, "probability": lambda share: round(share, 4),
}  # fmt: skip
"""The uncertainty columns of tables."""

COLUMNS = tuple(SHOWN)
"""Their names."""
