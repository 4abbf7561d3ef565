"""Computes scenarios: once, in a sweep, again to verify a result, with other programs, and to test claims."""
