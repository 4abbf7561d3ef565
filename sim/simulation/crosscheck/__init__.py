"""Other programs that find windows, to check ours against: brute force, Skyfield, Astropy, SPICE's geometry finder."""

from sim.simulation.crosscheck.compare import Answer, Comparison, Doubt, crosscheck

__all__ = ["Answer", "Comparison", "Doubt", "crosscheck"]
