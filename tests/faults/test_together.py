"""Two sweeps, a run and a verify at once in one folder, each killed at some moment: one winner, whole results, and
nothing of anybody else's touched."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.simulation.sweep.plan import plan

DATA = Path(__file__).parents[1] / "stories" / "data"
SWEEP = {
    name: [f"sites.kourou.horizon_deg={low},{low + 4}", "sites.maspalomas.horizon_deg=5,7,9"]
    for name, low in (("first", 5), ("second", 6))
}
MINE = {"letter.txt": b"mine", "mine/parts/00000000.cases.parquet": b"mine", ".sim-diary": b"mine", "passes.csv": b"me"}
"""Files of the user's, some under names like ours."""
LONGEST_S = 4.0
"""Kills come before this: a round of all four, none killed, takes about as long on two free cores."""

SPAWNER = """
import json, os, signal, sys, time
import matplotlib, numpy, pyarrow.parquet, pandas
import sim.products.plot, sim.simulation.run, sim.simulation.verify, sim.simulation.sweep.run, sim.cli.verbs
from sim.cli import main

def begun(words, log):
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        out = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(out, 1), os.dup2(out, 2)
        sys.argv = ["sim", *words]
        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        import traceback
        traceback.print_exc()
    finally:
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)

for line in sys.stdin:
    asked, codes = json.loads(line), {}
    pids = {begun(words, log): (name, kill) for name, words, log, kill in asked}
    since = time.monotonic()
    while len(codes) < len(asked):
        for pid, (name, kill) in pids.items():
            if name in codes:
                continue
            if kill is not None and time.monotonic() - since > kill:
                os.kill(pid, signal.SIGKILL)
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                codes[name] = os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    print(json.dumps(codes), flush=True)
"""
"""Reads which commands to start at once, and when to kill each (s), and says how they ended."""


class Spawner:
    def __init__(self, folder):
        self.folder = folder
        self.process = subprocess.Popen([sys.executable, "-c", SPAWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=(folder / "spawner.log").open("w"), text=True)  # fmt: skip

    def __call__(self, commands, kills=None):
        """The exit codes and the words of commands that begin at once: name → (code, text)."""
        asked = [(name, words, str(self.folder / f"{name}.log"), (kills or {}).get(name))
                 for name, words in commands.items()]  # fmt: skip
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        codes = json.loads(self.process.stdout.readline())
        return {name: (code, (self.folder / f"{name}.log").read_text()) for name, code in codes.items()}

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)


@pytest.fixture(scope="module")
def spawner(tmp_path_factory):
    made = Spawner(tmp_path_factory.mktemp("logs"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What each of them writes into a folder of its own."""
    home = tmp_path_factory.mktemp("alone")
    text = (DATA / "sweep.toml").read_text() + '[[products]]\nkind = "contact_plan"\n'
    (home / "s.toml").write_text(text)
    for name, told in SWEEP.items():
        vary = dict(each.split("=") for each in told)
        assert sim.sweep(home / "s.toml", vary, home / name).complete
    run = ["run", str(home / "s.toml"), "-o", str(home / "run")]
    assert CliRunner().invoke(app, run, catch_exceptions=False).exit_code == 0
    return home


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def words(alone: Path, out: Path, name: str, *more: str) -> list[str]:
    sets = [word for each in SWEEP[name] for word in ("--set", each)]
    return ["sweep", str(alone / "s.toml"), *sets, "--samples", "1", "-o", str(out), *more]


def assert_told(ended: dict) -> None:
    """Who was not killed has ended well, or says why not."""
    for name, (code, text) in ended.items():
        assert "Traceback" not in text, text
        assert code in (0, 1, -9), (name, code, text)
        if code == 1:
            assert name in SWEEP and ("another sweep is writing" in text or "unfinished sweep" in text), (name, text)
    assert sum(code == 0 for name, (code, _) in ended.items() if name in SWEEP) <= 2


def rounds(alone, spawner, seed, count):
    lots, winners = random.Random(seed), []
    own = {name: contents(alone / name) for name in SWEEP}
    ran = contents(alone / "run")
    plans = {plan(alone / "s.toml", dict(each.split("=") for each in told)).sha256: name
             for name, told in SWEEP.items()}  # fmt: skip
    for number in range(count):
        out = alone / f"round-{number}"  # beside the others: a result says where its scenario is
        shutil.copytree(alone / "run", out)
        for name, text in MINE.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_bytes(text)
        commands = {name: words(alone, out, name) for name in SWEEP}
        commands |= {"run": ["run", str(alone / "s.toml"), "-o", str(out)], "verify": ["verify", str(out)]}
        kills = {name: lots.uniform(0.0, LONGEST_S) if lots.random() < 0.6 else None for name in commands}
        order = lots.sample(list(commands), len(commands))
        ended = spawner({name: commands[name] for name in order}, kills)
        assert_told(ended)
        won = [name for name in SWEEP if ended[name][0] == 0]
        here = contents(out)
        if won and all(ended[name][0] == 1 for name in set(SWEEP) - set(won)):
            assert {name: here[name] for name in own[won[0]]} == own[won[0]]

        # Whoever comes next finds the folder as if nothing had been: the result holds, and the sweep goes on.
        after = spawner({"verify": ["verify", str(out)]})
        assert after["verify"][0] == 0, after
        about = out / "sweep.json"
        mine = plans[json.loads(about.read_text())["plan_sha256"]] if about.exists() else "first"
        more = ["--resume"] if about.exists() else []
        last = spawner({mine: words(alone, out, mine, *more)})
        assert last[mine][0] == 0, last
        assert contents(out) == {**ran, **own[mine], **MINE}, (number, kills, ended)
        winners.append(mine)
        shutil.rmtree(out)
    return winners


def test_two_sweeps_a_run_and_a_verify_at_once_leave_one_sweep_and_whole_results(alone, spawner):
    rounds(alone, spawner, seed=1, count=3)


@pytest.mark.long
def test_two_sweeps_a_run_and_a_verify_killed_fifty_times_leave_one_sweep_and_whole_results(alone, spawner):
    assert set(rounds(alone, spawner, seed=None, count=50)) == set(SWEEP)
