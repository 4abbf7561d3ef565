"""Orbits that are read from files: one format a file."""
