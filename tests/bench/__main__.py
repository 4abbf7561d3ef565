"""Runs every tool at every workload, each in a process of its own, and prints the tables."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))  # before numpy is loaded, here and in every child

from . import inputs, report, truth  # noqa: E402
from .workloads import WORKLOADS  # noqa: E402

TOOLS = {
    "ours": ("geometric", "light time and aberration"),
    "skyfield_peer": ("default",),
    "spice_peer": ("step: a third of the shortest window expected",),
    "anise_peer": ("default",),
    "brahe_peer": ("default", "adaptive_step"),
    "lox_peer": ("default step, IAU_EARTH", "default step, ITRF"),
}
MODULES = {"spice_peer": "spiceypy", "anise_peer": "anise", "brahe_peer": "brahe", "lox_peer": "lox_space"}
SLOW_S = 20.0
SCENARIO = "scenarios/chang-e-4.toml"


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.inputs or temporary)
        _say("making the kernels")
        inputs.make(folder)
        results = {}
        for key in options.only or WORKLOADS:
            _say(f"{key}: the truth")
            truth.windows(WORKLOADS[key], folder / f"truth-{key}.npz")
            for tool in options.tools or TOOLS:
                if find_spec(MODULES.get(tool, "sim")) is None:
                    continue
                for setting in TOOLS[tool]:
                    _say(f"{key}: {tool.removesuffix('_peer')}, {setting}")
                    results[key, tool, setting] = _rounds(options.rounds, folder, tool, setting, key, options.limit)
        whole = None
        if not options.only:
            _say("sim run")
            whole = json.loads(_child("run_whole", SCENARIO, limit=600.0).stdout)
    text = report.tables(results, whole)
    print(text)
    if options.write:
        report.write(Path(options.write), text)


def _rounds(most: int, folder: Path, tool: str, setting: str, key: str, limit: float) -> dict:
    """Several processes, fewer where one is slow or fails."""
    rounds: list[dict] = []
    while len(rounds) < most and all(each.get("wall_s", [SLOW_S])[0] < SLOW_S for each in rounds):
        rounds.append(_one(folder, tool, setting, key, limit))
    return report.merged(rounds)


def _one(folder: Path, tool: str, setting: str, key: str, limit: float) -> dict:
    try:
        done = _child("one", str(folder), tool, setting, key, limit=limit)
    except subprocess.TimeoutExpired:
        return {"reason": f"not done in {limit:g} s"}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        _say(done.stderr[-2000:])
        return {"reason": f"failed: {last[:120]}"}
    return json.loads(done.stdout.strip().splitlines()[-1])


def _child(module: str, *arguments: str, limit: float) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", f"{__package__}.{module}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=WORKLOADS, help="these workloads, without `sim run`")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, help="these tools")
    parser.add_argument("--rounds", type=int, default=1, help="processes for each figure; the best counts")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds after which a tool is given up")
    parser.add_argument("--inputs", help="a folder for kernels and truths, kept for the next time")
    parser.add_argument("--write", help="the page whose tables are replaced")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
