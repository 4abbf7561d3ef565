"""Tests whether published claims agree with the geometry.

A claim file has sentences and the tests that must hold if they are true (`claim_file`). Each test evaluates windows or
numbers (`contact_tests`, `number_tests`, `share_tests`) with the ends of a scenario, as they are and varied within
their uncertainties (`setting`). The verdict is what all these outcomes agree on (`verdicts`, `judge`).
"""

from __future__ import annotations

from sim.simulation.claims.claim_file import TESTS, Claim, ClaimFile, kinds_text, load, schema, shipped
from sim.simulation.claims.judge import Finding, Judged, JudgedFile, Library, judge
from sim.simulation.claims.of_scenario import claim_files, verdicts
from sim.simulation.claims.verdicts import Outcome, decide

__all__ = [
    "TESTS",
    "Claim",
    "ClaimFile",
    "Finding",
    "Judged",
    "JudgedFile",
    "Library",
    "Outcome",
    "claim_files",
    "decide",
    "judge",
    "kinds_text",
    "load",
    "schema",
    "shipped",
    "verdicts",
]  # fmt: skip
