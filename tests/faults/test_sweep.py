"""What can go wrong with a sweep while it runs: nothing that is done is lost, and nothing half-done looks whole."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import sim
from sim.core.errors import DataError, SimError

SCENARIO = Path(__file__).parents[1] / "stories" / "data" / "sweep.toml"
COMMAND = [sys.executable, "-c", "from sim.cli import main; main()", "sweep", str(SCENARIO)]
PLENTY = ["--samples", "3000"]
RSS_BUDGET_MB = 700
"""What a process may use that plans 10,000 by 10,000 pairs and computes some: numpy, Dask-free, with caches filled."""

CRASHING = """
import os, signal
import sim.simulation.sweep.cases as cases
whole = cases.chunk_done

def crashing(plan, chunk, *rest):
    if chunk.first <= {case} < chunk.last:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(plan, chunk, *rest)

import sim.simulation.sweep.cluster as cluster
cluster.chunk_done = crashing
"""
"""Loaded into a worker, this kills it whenever it gets a certain case: as a crash in compiled code would."""


ALLOWED_FAILURES = "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"
"""How many workers a case may kill before it is given up. Dask's 3 would start two more workers, a second each."""


def table(folder, name="windows"):
    return pq.read_table(folder / f"{name}.parquet")


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The sweep of the scenario on one process."""
    folder = tmp_path_factory.mktemp("alone")
    assert sim.sweep(SCENARIO, folder=folder).complete
    return folder


class Cluster:
    """A real scheduler and workers, each a process of its own, on loopback."""

    def __init__(self, folder, preload=""):
        self.folder, self.processes, self.preload = folder, [], preload
        file = folder / "scheduler.json"
        self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file,
                    "--no-show")  # fmt: skip
        self._until(file.is_file)
        self.address = json.loads(file.read_text())["address"]

    def worker(self):
        options = ["--preload", self.preload] if self.preload else []
        return self._start("worker", self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard",
                           "--local-directory", self.folder, *options)  # fmt: skip

    def _start(self, *words):
        log = (self.folder / f"{len(self.processes)}.log").open("w")
        words = [sys.executable, "-m", "dask", *map(str, words)]
        settings = {**os.environ, ALLOWED_FAILURES: "1"}
        self.processes.append(subprocess.Popen(words, stdout=log, stderr=log, env=settings, start_new_session=True))
        return self.processes[-1]

    @staticmethod
    def _until(ready, seconds=300):
        end = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < end
            time.sleep(0.05)

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    made = []

    def make(preload=""):
        made.append(Cluster(tmp_path, preload))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def started():
    """The command, once it has kept some cases; it does not outlive the test."""
    begun = []

    def start(folder, *words):
        # Of a shell's background job interrupts are ignored, and so would they be here.
        heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        running = subprocess.Popen([*COMMAND, *words, "-o", str(folder)], stderr=subprocess.PIPE, text=True,
                                   start_new_session=True, preexec_fn=heed)  # fmt: skip
        begun.append(running)
        parts = folder / "parts"
        Cluster._until(lambda: len(list(parts.glob("*.cases.parquet"))) >= 2 or running.poll() is not None)
        assert running.poll() is None, running.stderr.read()
        return running

    yield start
    for each in begun:
        if each.poll() is None:
            os.killpg(each.pid, signal.SIGKILL)
        each.wait()


@pytest.mark.parametrize("jobs", [1, 2])
def test_fault_59_an_interrupted_sweep_ends_its_workers_marks_its_tables_incomplete_and_exits_with_130(
    tmp_path, started, jobs
):
    running = started(tmp_path, *PLENTY, "--jobs", str(jobs))
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    workers = children.read_text().split() if children.is_file() else []
    os.killpg(running.pid, signal.SIGINT)  # as a terminal sends it: to all of them
    _, told = running.communicate(timeout=240)
    assert running.returncode == 130, told
    assert "--resume" in told
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    about = json.loads((tmp_path / "sweep.json").read_text())
    assert about["complete"] is False
    assert 0 < about["cases_done"] < about["cases"]
    assert len(set(table(tmp_path, "cases.incomplete")["case"].to_pylist())) == about["cases_done"]
    assert not (tmp_path / "cases.parquet").exists()


def test_fault_60_a_worker_that_dies_is_survived_and_a_case_that_kills_workers_is_listed(tmp_path, cluster, alone):
    (tmp_path / "crash.py").write_text(CRASHING.format(case=5))
    made = cluster(tmp_path / "crash.py")
    made.worker()
    made.worker()
    swept = sim.sweep(SCENARIO, folder=tmp_path / "out", scheduler=made.address)
    assert (swept.complete, swept.done, swept.failed) == (True, 8, 1)
    rows = table(tmp_path / "out", "cases").to_pandas()
    assert "died" in rows[rows.case == 5].error.item()
    assert (tmp_path / "out" / "failed.csv").read_text().count("\n") == 2
    kept, whole = table(tmp_path / "out").to_pandas(), table(alone).to_pandas()
    assert kept.equals(whole[whole.case != 5].reset_index(drop=True))


def test_fault_61_ten_thousand_by_ten_thousand_pairs_are_numbered_not_listed(tmp_path):
    code = f"""
import numpy as np, sim
from sim.simulation.sweep.cases import Memory, chunk_done
from sim.simulation.sweep.plan import Chunk, plan
places = np.linspace(-80, 80, 10_000)
vary = {{"sites.kourou.latitude_deg": places, "sites.lander.latitude_deg": places / 2}}
made = plan({str(SCENARIO)!r}, {{**vary, "sites.kourou.horizon_deg": 5}}, samples=1)
assert made.count == 100_000_000, made.count
memory = Memory()
for number in (0, made.chunks // 2, made.chunks - 1):
    chunk = made.chunk_at(number)
    assert chunk.last - chunk.first <= 10_000
    done = chunk_done(made, Chunk(number, chunk.first, chunk.first + 20), memory)
    assert not done.failed and len(done.cases["case"]) == 40
status = open("/proc/self/status").read()  # not getrusage: that counts what the parent had before this program
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < RSS_BUDGET_MB


def test_fault_62_the_same_sweep_is_the_same_bit_for_bit_on_one_process_on_four_and_again(tmp_path):
    for folder, jobs in (("alone", 1), ("four", 4), ("again", 1)):
        sim.sweep(SCENARIO, folder=tmp_path / folder, draw=["lander", "kourou"], jobs=jobs)
    for name in ("windows.parquet", "cases.parquet", "summary.csv", "sensitivity.csv", "sweep.json"):
        expected = (tmp_path / "alone" / name).read_bytes()
        assert (tmp_path / "four" / name).read_bytes() == expected, name
        assert (tmp_path / "again" / name).read_bytes() == expected, name


@pytest.mark.long
def test_a_scheduler_and_workers_of_their_own_give_the_same_bits_and_a_worker_killed_in_mid_run_is_survived(
    tmp_path, cluster, started
):
    made = cluster()
    first = made.worker()
    made.worker()
    more = ["--samples", "60"]
    running = started(tmp_path / "out", *more, "--scheduler", made.address)
    os.killpg(first.pid, signal.SIGKILL)
    running.communicate(timeout=300)
    assert running.returncode == 0
    sim.sweep(SCENARIO, folder=tmp_path / "alone", samples=60)
    assert (tmp_path / "out" / "windows.parquet").read_bytes() == (tmp_path / "alone" / "windows.parquet").read_bytes()


@pytest.mark.long
def test_when_all_workers_have_died_others_are_waited_for(tmp_path, cluster, started):
    made = cluster()
    only = made.worker()
    running = started(tmp_path / "out", "--samples", "60", "--scheduler", made.address)
    os.killpg(only.pid, signal.SIGKILL)
    for line in running.stderr:
        if "no workers are connected" in line:
            break
    assert running.poll() is None
    made.worker()
    _, told = running.communicate(timeout=300)
    assert running.returncode == 0, told
    assert json.loads((tmp_path / "out" / "sweep.json").read_text())["complete"]


@pytest.mark.long
def test_a_scheduler_that_dies_is_reported_and_the_sweep_can_be_resumed(tmp_path, cluster, started):
    made = cluster()
    made.worker()
    more = ["--samples", "150"]
    running = started(tmp_path / "out", *more, "--scheduler", made.address)
    os.killpg(made.processes[0].pid, signal.SIGKILL)
    _, told = running.communicate(timeout=240)
    assert running.returncode == 1
    assert "scheduler is lost" in told and "--resume" in told
    assert "Traceback" not in told
    before = len(list((tmp_path / "out" / "parts").glob("*.cases.parquet")))
    assert before >= 2
    assert sim.sweep(SCENARIO, folder=tmp_path / "out", samples=150, resume=True).complete
    sim.sweep(SCENARIO, folder=tmp_path / "alone", samples=150)
    assert (tmp_path / "out" / "windows.parquet").read_bytes() == (tmp_path / "alone" / "windows.parquet").read_bytes()


def test_no_scheduler_is_an_error_that_says_what_to_start(tmp_path):
    with pytest.raises(SimError, match="dask scheduler"):
        sim.sweep(SCENARIO, folder=tmp_path, scheduler="tcp://127.0.0.1:9")


def test_a_script_without_a_main_guard_is_told_to_add_one(tmp_path):
    script = tmp_path / "mine.py"
    script.write_text(f"import sim\nsim.sweep({str(SCENARIO)!r}, folder={str(tmp_path / 'out')!r}, jobs=2)\n")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    told = [line for line in done.stderr.splitlines() if line.startswith("sim.core.errors.SimError")]
    assert "the worker processes did not start" in told[-1] and "`if __name__ == '__main__':`" in told[-1]
    assert "put the code that starts the sweep under" in told[0]  # of a worker, before it touched anything
    assert not (tmp_path / "out").exists()


def test_another_sweep_is_not_continued_and_an_unfinished_one_not_overwritten(tmp_path, started):
    running = started(tmp_path, *PLENTY)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    with pytest.raises(DataError, match="another sweep"):
        sim.sweep(SCENARIO, folder=tmp_path, samples=3000, seed=8, resume=True)
    with pytest.raises(DataError, match="--resume"):
        sim.sweep(SCENARIO, folder=tmp_path, samples=3)


def test_a_case_that_fails_is_kept_with_its_error_and_the_others_go_on(tmp_path):
    heights = {"sites.lander.latitude_deg": "normal(65, 12)"}
    swept = sim.sweep(SCENARIO, heights, tmp_path, samples=40, seed=1)
    rows = swept.routes()
    bad = rows[rows["sites.lander.latitude_deg"] > 90]
    assert swept.complete and 0 < swept.failed == len(bad) < 20
    assert bad.error.str.contains("between -90 and 90").all()
    assert rows[rows.error.isna()].case.nunique() == swept.cases - swept.failed


def test_all_that_is_wrong_with_what_varies_is_told_at_once_before_any_case(tmp_path):
    from sim.cli.verbs import app

    words = ["--set", "sites.kuorou.horizon_deg=5,10", "--set", "sites.maspalomas.horizon_deg=5:1000",
             "--set", "sites.kourou.horizon_degree=3", "--set", "sites.lander.limits[4].max_km=1"]  # fmt: skip
    done = CliRunner().invoke(app, ["sweep", str(SCENARIO), *words, "-o", str(tmp_path / "out")])
    text = str(done.exception)
    assert "Did you mean 'kourou'?" in text
    assert "--set sites.maspalomas.horizon_deg" in text and "got 1000" in text
    assert "Did you mean 'horizon_deg'?" in text
    assert "limits[4]" in text
    assert not (tmp_path / "out").exists()


def test_memory_does_not_grow_from_case_to_case(tmp_path):
    from sim.simulation.sweep.cases import Memory, chunk_done
    from sim.simulation.sweep.plan import Chunk, plan

    made, memory = plan(SCENARIO, samples=100_000), Memory()
    chunk_done(made, Chunk(0, 0, 50), memory)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    chunk_done(made, Chunk(0, 50, 250), memory)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB: caches fill, nothing more
