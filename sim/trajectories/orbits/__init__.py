"""Kinds of orbits, one for each file."""
