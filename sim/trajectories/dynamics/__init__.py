"""Dynamics: additive forces, one integrator for all of them, and the computation of halo orbits and transfers."""
