"""What a search promises about what it found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Certificate:
    """What a search promises about its windows.

    margins     : (name, resolution, unit) of every margin searched: no excursion of a margin beyond its resolution
                  was passed over, as far as the polynomials that stood in for it are true to their tail estimate
    pieces      : intervals on which a polynomial was examined
    evaluations : times at which a true margin was computed
    unresolved  : intervals (start, end) in TDB s that stayed undecided when no longer divisible, with the margin there
                  within its resolution of the edge
    bounds      : in words, why margins that were not searched are positive throughout
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
        """Length of all that stayed undecided, in seconds."""
        return float(sum(end - start for start, end in self.unresolved))
