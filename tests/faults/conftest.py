"""What all tests of faults share: a small scenario that is right, and the command as a user meets it."""

import re
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.support.command import sim_apart

GOOD = """\
title = "A day of a low orbit"
start = 2019-01-03T00:00:00Z
days = 1

[sites.kourou]
latitude_deg = 5.25
longitude_deg = -52.8
horizon_deg = 5

[spacecraft.craft.orbit]
kind = "kepler"
center = "earth"
epoch = 2019-01-03T00:00:00Z
semi_major_axis_km = 7000
eccentricity = 0.01
inclination_deg = 51

[routes]
down = ["craft", "kourou"]
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        """What it said of what is wrong, without the lines of the file that it shows with a caret."""
        return re.sub(r"(?m)^ +\d* \| .*\n?", "", self.err)

    def refuses(self, *words: str) -> None:
        """It ended with 1, said nothing but what is wrong, and that in plain words."""
        assert self.code == 1, self
        assert "Traceback" not in self.err and "pydantic" not in self.err
        assert self.out == ""
        for word in words:
            assert word in self.err, self.err


class Desk:
    """A folder with a scenario that can be spoilt, and the command to try it with."""

    def __init__(self, folder: Path, run):
        self.folder, self._run = folder, run
        self.file = folder / "scenario.toml"

    def write(self, text: str | bytes) -> Path:
        self.file.write_bytes(text.encode() if isinstance(text, str) else text)
        return self.file

    def sim(self, *words) -> Ended:
        return self._run(*words)

    def check(self, text: str | bytes) -> Ended:
        """`sim check` of a scenario of that text."""
        return self.sim("check", self.write(text))

    def changed(self, *changes: str, verb: str = "check") -> Ended:
        """The same of the good scenario with pairs of texts replaced; or `sim windows` of its route."""
        text = GOOD
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            assert old in text
            text = text.replace(old, new, 1)
        return self.check(text) if verb == "check" else self.sim("windows", self.write(text), "down")

    def windows(self, *changes: str) -> list[list[str]]:
        """The rows that `sim windows` prints for the good scenario with pairs of texts replaced."""
        ended = self.changed(*changes, verb="windows")
        assert ended.code == 0, ended.err
        return [line.split(",") for line in ended.out.splitlines()[1:]]


@pytest.fixture
def desk(tmp_path, monkeypatch, capsys):
    """A folder with a scenario that can be spoilt, and the command in this process."""
    from sim.cli import main

    def run(*words) -> Ended:
        monkeypatch.setattr(sys, "argv", ["sim", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        return Ended(int(end.value.code or 0), *capsys.readouterr())

    return Desk(tmp_path, run)


@pytest.fixture(scope="session")
def command():
    """The command in a process of its own: for clocks, locales, homes and pipes."""
    return partial(sim_apart, text=False)


@pytest.fixture(scope="session")
def good():
    return GOOD
