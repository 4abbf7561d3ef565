"""Volumes of data and delays as words."""

from __future__ import annotations

from sim.core.durations import duration
from sim.planning.arrival_profile import DelayFigures


def bits_text(bits: float) -> str:
    """A volume of data, as in `3.2 Gbit`.

    Examples
    --------
    >>> bits_text(3.2e9), bits_text(0.0)
    ('3.2 Gbit', '0 bit')
    """
    for size, unit in ((1e12, "Tbit"), (1e9, "Gbit"), (1e6, "Mbit"), (1e3, "kbit")):
        if bits >= size:
            return f"{bits / size:.4g} {unit}"
    return f"{bits:.0f} bit"


def delays_text(figures: DelayFigures) -> str:
    """The median, the 95th percentile and the worst of what arrives, as words.

    Examples
    --------
    >>> delays_text(DelayFigures(0.9, None, 1.5, None, 7200.0))
    'median 1.5 s, 95 % unknown, worst 2.0 h'
    """
    if figures.worst_delivered_s is None:
        return "nothing arrives"
    known = [
        f"{word} {'unknown' if value is None else duration(value)}"
        for word, value in (("median", figures.median_s), ("95 %", figures.percentile_95_s))
    ]
    return f"{', '.join(known)}, worst {duration(figures.worst_delivered_s)}"
