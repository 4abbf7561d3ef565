"""One tool at one workload, in a process of its own: `python -m tests.bench.one FOLDER TOOL SETTING WORKLOAD`.

Prints one line of JSON: CPU seconds of every repetition, memory, windows compared with the truth.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

MOST = 7
"""Repetitions, the cold one included."""

ENOUGH_S = 40.0
"""After so much time no further repetition is begun."""


def memory_kib(key: str) -> int:
    """VmRSS or VmHWM of this process, KiB; elsewhere than on Linux the peak for both."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:"))
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak // 1024 if sys.platform == "darwin" else peak


def main(folder: str, tool: str, setting: str, key: str) -> None:
    adapter = import_module(f".{tool}", __package__)
    inputs_module = import_module(".inputs", __package__)
    workloads = import_module(".workloads", __package__)
    inputs, workload = inputs_module.Inputs(Path(folder)), workloads.WORKLOADS[key]
    reason = adapter.unable(workload, setting)
    if reason:
        print(json.dumps({"reason": reason}))
        return
    if hasattr(adapter, "imports"):
        adapter.imports(workload)
    before = memory_kib("VmRSS")
    cpu, wall, found = [], [], None
    began = time.perf_counter()
    while not cpu or (len(cpu) < MOST and time.perf_counter() - began + wall[-1] < ENOUGH_S):
        clock, process = time.perf_counter(), time.process_time()
        found = adapter.solve(workload, inputs, setting)
        cpu.append(time.process_time() - process)
        wall.append(time.perf_counter() - clock)
    answer = {"cpu_s": cpu, "wall_s": wall, "peak_kib": memory_kib("VmHWM"), "imported_kib": before}
    bounds = adapter.bounds(found)
    answer["windows"] = sum(map(len, bounds))
    if "light" not in setting:
        compare = import_module(".compare", __package__)
        truth = import_module(".truth", __package__).windows(workload, Path(folder) / f"truth-{key}.npz")
        parts = [compare.compare(a, b) for a, b in zip(truth, bounds, strict=True)]
        answer |= asdict(sum(parts[1:], parts[0]))
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
