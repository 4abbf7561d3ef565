"""How the inner loop of the search is compiled: few ways in from Python, so that compilation is quick."""

from __future__ import annotations

from sim.trajectories.dynamics.jit import compiled

entry = compiled(error_model="numpy", _nrt=False)
"""Decorates a function that Python calls."""
inner = compiled(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False)
"""Decorates a function that only compiled functions call."""
