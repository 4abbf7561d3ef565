"""Lengths of time as a person would say them: one way, wherever sentences, tables and pictures tell them."""

from __future__ import annotations

DAY_S = 86400.0


def duration(seconds: float) -> str:
    """A length of time (s) as it reads: `18.2 d`, `2.8 h`, `36.4 min`, `78 s`, `0.25 s`; never `0.0 h`."""
    for size, unit in ((DAY_S, "d"), (3600.0, "h"), (60.0, "min")):
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:.0f} s" if abs(seconds) >= 9.95 or seconds == 0.0 else f"{seconds:.2g} s"
