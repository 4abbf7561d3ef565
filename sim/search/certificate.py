"""The certificate of a search: its guarantees, cost and undecided intervals."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Certificate:
    """The guarantees of a search about its windows.

    margins     : (name, resolution, unit) of every margin searched: no excursion of a margin beyond its resolution
                  was missed, provided that the errors of the polynomials are within their estimates
    pieces      : intervals on which a polynomial was examined
    evaluations : times at which a true margin was computed
    unresolved  : intervals (start, end) in TDB s too short to divide that remain undecided: the margin is within its
                  resolution of zero there
    bounds      : sentences on why margins that were not searched are always positive
    """

    margins: tuple[tuple[str, float, str], ...] = ()
    pieces: int = 0
    evaluations: int = 0
    unresolved: tuple[tuple[float, float], ...] = ()
    bounds: tuple[str, ...] = ()

    def __add__(self, other: Certificate) -> Certificate:
        margins = self.margins + tuple(m for m in other.margins if m not in self.margins)
        return Certificate(
            margins,
            self.pieces + other.pieces,
            self.evaluations + other.evaluations,
            tuple(sorted(set(self.unresolved + other.unresolved))),
            tuple(dict.fromkeys(self.bounds + other.bounds)),
        )

    @property
    def unresolved_s(self) -> float:
        """Total length of the undecided intervals, in seconds."""
        return float(sum(end - start for start, end in self.unresolved))
