"""The tables of a run, as Markdown."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from .workloads import WORKLOADS

BEGIN, END = "<!-- tables: written by make bench -->", "<!-- end of tables -->"
NAMES = {
    "ours": "**sim**",
    "skyfield_peer": "Skyfield",
    "spice_peer": "SPICE",
    "anise_peer": "ANISE",
    "brahe_peer": "brahe",
    "lox_peer": "lox",
}
PACKAGES = ("numpy", "skyfield", "sgp4", "spiceypy", "anise", "brahe", "lox-space")


def merged(rounds: list[dict]) -> dict:
    """Several processes of one tool at one workload as one: the best cold time, the best and the median warm one."""
    sound = [each for each in rounds if "reason" not in each]
    if not sound:
        return rounds[0]
    warm = [t for each in sound for t in each["cpu_s"][1:]]
    answer = {
        "cold_s": min(each["cpu_s"][0] for each in sound),
        "warm_s": min(warm, default=None),
        "median_s": median(warm) if warm else None,
        "peak_mib": min(each["peak_kib"] for each in sound) / 1024,
        "grown_mib": min(each["peak_kib"] - each["imported_kib"] for each in sound) / 1024,
    }
    return answer | {k: sound[0].get(k) for k in ("windows", "true", "missed", "spurious", "edge_s", "wrong_s")}


def tables(results: dict, whole: dict | None) -> str:
    lines = [machine(), ""]
    for key in dict.fromkeys(key for key, _, _ in results):
        lines += [*_table(key, {(t, s): r for (k, t, s), r in results.items() if k == key}), ""]
    if whole:
        lines += _whole(whole)
    return "\n".join(lines).strip() + "\n"


def write(page: Path, text: str) -> None:
    """Put the tables between the page's marks."""
    old = page.read_text(encoding="utf-8")
    before, _, rest = old.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def machine() -> str:
    """Processor and versions."""
    model = platform.processor() or platform.machine()
    try:
        cpus = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":")[1].strip() for line in cpus if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"{package} not installed")
    return f"{model}, {os.cpu_count()} cores; Python {platform.python_version()}; {', '.join(versions)}."


def _table(key: str, rows: dict) -> list[str]:
    ours = rows.get(("ours", "geometric"), {})
    lines = [
        f"### {WORKLOADS[key].title}",
        "",
        "| tool | cold, CPU s | warm, CPU s (median) | cold / sim | warm / sim | peak, MiB (grown) | windows | missed "
        "| spurious | edge error, s | wrong time |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for (tool, setting), row in rows.items():
        name = NAMES[tool] + ("" if setting == "default" else f", {setting}")
        if row.get("reason") == "not asked":
            continue
        if "reason" in row:
            lines.append(f"| {name} | – | – | – | – | – | – | – | – | – | {row['reason']} |")
            continue
        warm = "–" if row["warm_s"] is None else f"{_seconds(row['warm_s'])} ({_seconds(row['median_s'])})"
        cells = [
            name,
            _seconds(row["cold_s"]),
            warm,
            _ratio(row["cold_s"], ours.get("cold_s")),
            _ratio(row["warm_s"], ours.get("warm_s")),
            f"{row['peak_mib']:.0f} ({row['grown_mib']:.0f})",
            f"{row['windows']:,}" + (f" of {row['true']:,}" if row["true"] is not None else ""),
        ]
        if row["true"] is None:
            cells += ["–"] * 4
        else:
            cells += [*(_wrong(row[k]) for k in ("missed", "spurious")), _error(row["edge_s"]), _time(row["wrong_s"])]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _whole(whole: dict) -> list[str]:
    total = sum(whole["parts_s"].values())
    parts = [f"| {name} | {spent:.2f} | {100 * spent / total:.0f} % |" for name, spent in whole["parts_s"].items()]
    return [
        "### `sim run scenarios/chang-e-4.toml`",
        "",
        f"As a whole process, best of {len(whole['cpu_s'])}: {min(whole['cpu_s']):.2f} s of CPU, "
        f"{min(whole['wall_s']):.2f} s on the clock, {whole['peak_kib'] / 1024:.0f} MiB at most.",
        "",
        "| part | CPU s | share |",
        "|---|--:|--:|",
        *parts,
    ]


def _seconds(t: float) -> str:
    return f"{t:.3f}" if t < 1 else f"{t:.2f}" if t < 10 else f"{t:.0f}"


def _ratio(t: float | None, ours: float | None) -> str:
    if t is None or not ours:
        return "–"
    return f"{t / ours:.2g}" if t < 10 * ours else f"{t / ours:.0f}"


def _wrong(count: int) -> str:
    return f"**{count:,}**" if count else "0"


def _time(t: float) -> str:
    for size, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if t >= size:
            return f"{t / size:.1f} {unit}"
    return f"{_error(t)} s"


def _error(t: float) -> str:
    return f"{t:.0f}" if t >= 10 else f"{t:.2g}" if t >= 1e-3 else f"{t:.0e}".replace("e-0", "e-")
