"""`python -m tests.fuzz [--seconds N | --runs N] [TARGET …]`: attack the readers with atheris, one after another.

What comes out of a reader and is no `SimError`, what takes long and what takes much memory is a finding: it is told,
and its input kept in tests/fuzz/found, where `pytest tests/fuzz` tries it again. Exit 1 if there are any.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import re
import sys
import tempfile
import time
import traceback
from contextlib import redirect_stderr
from pathlib import Path

FOUND = Path(__file__).with_name("found")
SLOW_S = 5.0
"""No input of a few kilobytes may take longer, by the processor's clock."""
STUCK_S, MOST_MB = 60, 3072
INSTRUMENTED = (
    "sim.core.toml_file", "sim.scenario.includes", "sim.scenario.scenario", "sim.scenario.messages",
    "sim.scenario.checks", "sim.simulation.claims", "sim.core.model",
    "sim.trajectories.orbits", "sim.core.time", "sim.trajectories.bodies.ephemeris", "sim.simulation.inventory",
    "sim.simulation.record", "sim.simulation.recorded_inputs", "sim.simulation.verify", "sim.simulation.diff",
    "sim.simulation.sweep", "sim.cli.data", "sim.core.files", "sim.core.regular_files", "sim.core.text",
    "sim.data.store", "sim.trajectories.horizon_profile", "sim.trajectories.elevation_model",
    "sim.trajectories.sites", "oem", "tomllib", "spanned_toml", "jplephem",
)  # fmt: skip
"""Where atheris looks at what an input reaches."""


def main() -> int:
    """Run some targets, or all; print a table; return 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=int, default=0, help="so long a target, by the clock")
    parser.add_argument("--runs", type=int, default=-1, help="or so many inputs a target, always the same")
    parser.add_argument("--corpus", type=Path, help="a folder that keeps what was tried from one run to the next")
    asked = parser.parse_args()
    try:
        import atheris
    except ImportError:
        print("atheris is not installed (it has wheels for Linux on x86-64): pip install --group fuzz")
        return 2
    with (
        redirect_stderr(io.StringIO()),  # it names every module
        atheris.instrument_imports(include=list(INSTRUMENTED if asked.seconds else INSTRUMENTED[-4:])),
    ):
        from tests.fuzz.targets import TARGETS
    if unknown := [name for name in asked.targets if name not in TARGETS]:
        parser.error(f"no targets are called {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    rows = []
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        os.environ["FARSIDE_SIM_DATA"] = folder
        for name in asked.targets or TARGETS:
            rows.append(_attack(name, TARGETS[name], asked, Path(folder)))
            print("| {} | {:,} | {:.0f} s | {} MB | {} |".format(*rows[-1]), flush=True)
    findings = sum(row[-1] for row in rows)
    print(f"{sum(row[1] for row in rows):,} inputs in {sum(row[2] for row in rows):.0f} s, {findings} findings")
    return 1 if findings else 0


def _attack(name, target, asked, folder):
    """One target in processes of its own, begun again where one died, until the time is over."""
    corpus = (asked.corpus or folder) / name
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    dictionary = target.dictionary()
    words = folder / f"{name}.words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in dict.fromkeys(dictionary)), encoding="ascii")
    before, started, runs, memory, findings = _kept(name), time.monotonic(), 0, 0, 0
    while True:
        left = asked.seconds - (time.monotonic() - started)
        if asked.seconds and left < 1:
            break
        budget = [f"-max_total_time={int(left)}"] if asked.seconds else [f"-runs={asked.runs}", "-seed=1"]
        options = [
            "fuzz", str(corpus), *([f"-dict={words}"] if dictionary else []), f"-artifact_prefix={FOUND}/{name}-",
            f"-timeout={STUCK_S}", f"-report_slow_units={STUCK_S}", f"-rss_limit_mb={MOST_MB}",
            f"-max_len={target.most_bytes}", "-print_final_stats=1", *budget,
        ]  # fmt: skip
        log = folder / f"{name}.log"
        pid = os.fork()
        if not pid:
            try:
                _child(name, target, options, folder, log)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        _, status = os.waitpid(pid, 0)
        said = log.read_text(errors="replace")
        counts = re.findall(r"^(?:#|stat::number_of_executed_units: )(\d+)", said, re.MULTILINE)
        runs += max(map(int, counts), default=0)
        memory = max([memory, *map(int, re.findall(r"rss: (\d+)Mb", said))])
        findings += said.count("\nFINDING ") + bool(status)
        found = "".join(re.findall(r"^FINDING .*\n(?:(?!#\d).*\n)*", said, re.MULTILINE))
        if found or status:
            print(found or said[-3000:], file=sys.stderr)
        if status and not _kept(name) - before:
            raise SystemExit(f"{name}: libFuzzer ended by itself")
        if not asked.seconds:
            break
    return name, runs, time.monotonic() - started, memory, findings


def _child(name, target, options, folder, log):
    """What libFuzzer runs in; it never returns."""
    import atheris

    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    known = set()

    def attempt(data):
        began = time.process_time()
        try:
            target(data, folder)
        except MemoryError:
            raise
        except Exception as error:
            place = _place(error)
            if place not in known:
                known.add(place)
                _keep(name, data, place, "".join(traceback.format_exception(error)[-12:]))
        else:
            if (took := time.process_time() - began) > SLOW_S and "slow" not in known:
                known.add("slow")
                _keep(name, data, "slow", f"{took:.1f} s")

    atheris.Setup(options, attempt)
    atheris.Fuzz()


def _place(error):
    """What is wrong, and the last of our lines that it passed: one finding each."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f"{os.sep}sim{os.sep}" in f.filename]
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {where}"


def _keep(name, data, what, told):
    label = re.sub(r"\W+", "-", what).strip("-").lower()
    if not any(FOUND.glob(f"{name}-{label}-*")):  # one of a kind is enough
        (FOUND / f"{name}-{label}-{hashlib.sha256(data).hexdigest()[:8]}").write_bytes(data)
    print(f"FINDING {name}: {what}\n{told}", flush=True)


def _kept(name):
    return {path.name for path in FOUND.glob(f"{name}-*")}


def _escaped(word):
    return "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in word.encode())


if __name__ == "__main__":
    sys.exit(main())
