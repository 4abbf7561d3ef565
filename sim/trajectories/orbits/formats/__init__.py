"""Orbits read from files: one module for each format."""
