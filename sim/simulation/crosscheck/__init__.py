"""Other programs that find windows, to check ours against: brute force, Skyfield, Astropy, SPICE's geometry finder."""

from sim.simulation.crosscheck.compare import Answer, Comparison, Disagreement, crosscheck

__all__ = ["Answer", "Comparison", "Disagreement", "crosscheck"]
