"""Golden windows: what the scenarios that ship gave when last looked at (tests/stories/golden/NAME.json)."""

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import sim

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "scenarios").glob("*.toml"))
GOLDEN = ROOT / "tests" / "stories" / "golden"

DAYS = 0.5
"""Of a short run. A golden file may say otherwise, and where it starts, if not with the scenario."""

KEPT = 6
"""So many windows of a route are kept."""

EDGE_S = 0.1
"""Machines differ by microseconds, tolerances by less than this; a wrong frame or time scale by more."""

def golden(file):
    path = GOLDEN / f"{file.stem}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def keep(file, **found):
    GOLDEN.mkdir(exist_ok=True)
    kept = {"days": DAYS, **golden(file), **found}
    lines = ",\n".join(f"  {json.dumps(key)}: {_rows(value)}" for key, value in sorted(kept.items()))
    (GOLDEN / f"{file.stem}.json").write_text("{\n" + lines + "\n}\n", encoding="utf-8")


def _rows(value):
    if not isinstance(value, dict):
        return json.dumps(value)
    return "{\n" + ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()) + "\n  }"


def short(file, span):
    """The span of the short run: the scenario's first hours, or those that its golden file names."""
    known = golden(file)
    start = float(sim.tdb(known["start"])) if "start" in known else span.start
    return sim.Span(start, min(span.end, start + 86400.0 * known.get("days", DAYS)))


def first_windows(result, span):
    """The first windows of each route in a span, as UTC to a millisecond."""
    cut = {name: windows.within(span) for name, windows in result.routes.items()}
    return {name: [list(map(str, sim.utc(row, 3))) for row in islice(each.bounds, KEPT)] for name, each in cut.items()}


def assert_same(found, expected):
    assert list(found) == list(expected)
    for name, windows in expected.items():
        assert len(found[name]) == len(windows), f"{name}: {found[name]}, expected {windows}"
        if windows:
            late = np.abs(sim.tdb(np.ravel(found[name]).tolist()) - sim.tdb(np.ravel(windows).tolist()))
            assert late.max() < EDGE_S, f"{name}: {found[name]}, expected {windows}"


def missing(file):
    return f"no golden windows of {file.name}: make them with --remake-golden, and look at them"


def assert_whole(file, scenario, result, remake=False):
    """The result of a whole scenario is the golden one, and no search left anything undecided."""
    whole = {name: [len(windows), round(windows.total_s / 3600.0, 2)] for name, windows in result.routes.items()}
    if remake:
        keep(file, whole=whole)
    assert "whole" in golden(file), missing(file)
    expected = golden(file)["whole"].items()
    assert whole == {name: [count, pytest.approx(hours, abs=0.02)] for name, (count, hours) in expected}
    assert_same(first_windows(result, short(file, scenario.span)), golden(file)["first"])
    for certificate in result.provenance["certificates"].values():
        assert certificate["unresolved_s"] < 1.0
