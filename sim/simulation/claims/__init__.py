"""Whether sentences can be true: a sentence, the geometry that tests it, the margin, and where every number came from.

A claim file holds sentences in its own words and the tests that must hold if they are true (`article`); each test asks
the library's own conditions and scalars (`sight`, `numbers`, `shares`) in a setting (`setting`), and what its outcomes
agree on is the verdict (`outcomes`, `judge`).
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
