"""Checks windows against independent programs: a brute-force scan, Skyfield, Astropy, and SPICE's geometry finder."""

from sim.simulation.crosscheck.compare import Answer, Comparison, Disagreement, crosscheck

__all__ = ["Answer", "Comparison", "Disagreement", "crosscheck"]
