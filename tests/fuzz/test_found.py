"""What the fuzzers found stays mended, what they begin with can be read, and a short attack finds nothing more.

`make fuzz` attacks for longer; what it finds is kept beside this file and tried again here.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

FOUND = Path(__file__).with_name("found")
RUNS = 50
"""Inputs a target, always the same ones: `make test` judges a change."""
FOREIGN = {"scenario": b"there is no file"}
"""What some seeds may lack: the files that stories' scenarios name."""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("FARSIDE_SIM_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("path", sorted(FOUND.glob("*-*")), ids=lambda path: path.name)
def test_nothing_but_an_error_for_people_comes_of_what_was_found(path, place):
    TARGETS[path.name.split("-")[0]](path.read_bytes(), place)


@pytest.mark.parametrize("name", TARGETS)
def test_the_fuzzers_begin_with_what_can_be_read(name, place):
    target = TARGETS[name]
    for content in target.seeds():
        if not (name == "scenario" and (b"file   " in content or b'.ics"' in content)):  # names files
            assert target(content, place)


def test_a_short_attack_finds_nothing():
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed: it has wheels for Linux on x86-64 (pip install --group fuzz)")
    attack = [sys.executable, "-m", "tests.fuzz", "--runs", str(RUNS)]
    done = subprocess.run(attack, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
