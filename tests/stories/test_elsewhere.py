"""The flagship on a machine that is set up otherwise: the same bytes, from the first table to the last picture."""

import os
import subprocess
import sys

import pytest

DEAF = (
    "import socket\n"
    "def no(*words, **more): raise SystemExit('the network was asked')\n"
    "socket.socket.connect = socket.getaddrinfo = socket.create_connection = no\n"
)
COMMA = "import locale\ntry: locale.setlocale(locale.LC_ALL, '')\nexcept locale.Error: pass\n"
"""What a program that embeds us may do; tests/conftest.py makes the locale where the machine can."""


@pytest.mark.long
def test_a_day_of_the_flagship_is_the_same_without_network_or_home_in_shanghai_in_german(root, german, tmp_path):
    """Home is a path that cannot exist: the administrator, who runs tests in containers, may write everywhere."""
    text = (root / "scenarios" / "chang-e-4.toml").read_text(encoding="utf-8")
    begin = text.index("end     = ")
    day = text[:begin] + "end     = 2019-01-04T00:00:00Z" + text[text.index("\n", begin) :]
    day = day.replace("start = 2019-02-01T00:00:00Z\n", "")  # a map of that day
    (tmp_path / "day.toml").write_text(day, encoding="utf-8")
    nowhere = "/dev/null/none"
    elsewhere = german | {
        "TZ": "Asia/Shanghai", "PYTHONIOENCODING": "ascii", "PATH": os.environ["PATH"],
        "HOME": nowhere, "XDG_CACHE_HOME": nowhere, "XDG_CONFIG_HOME": nowhere,
    }  # fmt: skip
    for name, before, env in (("here", "", None), ("elsewhere", DEAF + COMMA, elsewhere)):
        done = subprocess.run(
            [sys.executable, "-c", f"{before}from sim.cli import main\nmain()", "run", "day.toml", "-o", name],
            capture_output=True, cwd=tmp_path, env=env, timeout=1800,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    folders = tmp_path / "here", tmp_path / "elsewhere"
    here, there = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert {"run.json", "passes.csv", "report.html"} <= set(here) and here == there
