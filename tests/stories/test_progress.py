"""What a user is told while a scenario is computed: each step, and on a terminal how long it will take."""

import os
import subprocess
import sys

import pytest

import sim
from sim.cli.progress import Shown
from sim.scenario.cost import estimate
from sim.scenario.cost.steps import Step
from tests.support.scenarios import KOUROU, kepler, scenario_text

ORBIT = kepler(semi_major_axis=9000, eccentricity=0.1, inclination=60)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    path = tmp_path_factory.mktemp("steps") / "steps.toml"
    text = scenario_text(
        sites={"kourou": KOUROU}, orbits={"orbiter": ORBIT}, routes={"down": ["orbiter", "kourou"]},
        products=["statistics", "passes"],
    )  # fmt: skip
    path.write_text(text)
    return sim.load(path)


def test_each_step_knows_what_is_before_it(scenario, tmp_path):
    told = []
    sim.write(scenario, sim.run(scenario, told.append), tmp_path / "out", told.append)
    assert told == [
        "moving orbiter (1 of 2)", "moving kourou (2 of 2)", "searching 1 hop", "writing statistics (1 of 2)",
        "writing passes (2 of 2)",
    ]  # fmt: skip
    assert all(isinstance(each, Step) for each in told)
    before = [each.before_s for each in told]
    assert before == sorted(before) and before[0] == 0.0 < before[-1] < told[-1].total_s
    assert {each.total_s for each in told} == {told[0].total_s}
    assert told[0].total_s < estimate(scenario, scenario.span.duration_s).seconds  # which has the process as well


def test_what_is_left_follows_the_pace_of_what_is_done():
    shown = Shown(100.0)
    assert shown.line(100.0) == "starting …"
    shown.tell(Step("moving relay (1 of 1)", 0.0, 60.0), 101.0)  # nothing is done yet: as estimated
    assert shown.line(111.0) == "moving relay (1 of 1) … about 50 s left"
    shown.tell(Step("searching 3 hops", 20.0, 60.0), 140.0)  # 40 s in place of 20: the rest takes 80
    assert shown.line(150.0) == "searching 3 hops … about 70 s left"
    shown.tell("coverage of 900 points", 160.0)  # a few words in the same step
    assert shown.line(160.0) == "coverage of 900 points … about 60 s left"
    assert shown.line(219.0) == shown.line(500.0) == "coverage of 900 points …"  # too little, or longer than estimated


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_terminal_has_a_spinner_without_colors_if_it_wants_none(scenario, tmp_path):
    import pty

    ours, theirs = pty.openpty()
    run = [sys.executable, "-m", "sim", "run", str(scenario.origin.path), "-o", str(tmp_path / "out")]
    surroundings = {**os.environ, "NO_COLOR": "1", "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(run, stdout=subprocess.PIPE, stderr=theirs, env=surroundings) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # Linux: the other side has been closed
                break
            if not part:
                break
            said += part
        assert process.stdout.read().decode().split()[-1].endswith("run.json")
    assert process.returncode == 0
    assert "searching 1 hop …" in said.decode() and b"\x1b[32m" not in said and b"\x1b[3" not in said
