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


@pytest.mark.long
def test_a_day_of_the_flagship_is_the_same_without_network_or_home_in_shanghai_in_german(root, tmp_path):
    """Home is a path that cannot exist: the administrator, who runs tests in containers, may write everywhere."""
    text = (root / "scenarios" / "chang-e-4.toml").read_text(encoding="utf-8")
    begin = text.index("end     = ")
    day = text[:begin] + "end     = 2019-01-04T00:00:00Z" + text[text.index("\n", begin) :]
    (tmp_path / "day.toml").write_text(day, encoding="utf-8")
    nowhere = "/dev/null/none"
    elsewhere = {
        "TZ": "Asia/Shanghai", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "PYTHONIOENCODING": "ascii",
        "HOME": nowhere, "XDG_CACHE_HOME": nowhere, "XDG_CONFIG_HOME": nowhere,
        "PATH": os.environ["PATH"],
    }  # fmt: skip
    for name, before, env in (("here", "", None), ("elsewhere", DEAF, elsewhere)):
        done = subprocess.run(
            [sys.executable, "-c", f"{before}from sim.cli import main\nmain()", "run", "day.toml", "-o", name],
            capture_output=True, cwd=tmp_path, env=env, timeout=1800,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    folders = tmp_path / "here", tmp_path / "elsewhere"
    here, there = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert {"run.json", "passes.csv", "report.html"} <= set(here) and here == there
