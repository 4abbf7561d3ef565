"""Results and caches are whole or not there: with a full disk, and killed at any moment."""

import functools
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import sim
from sim.core.errors import DataError
from sim.core.files import RUN, new_file, settle, whole_file, whole_folder
from sim.data import store
from sim.simulation import record
from tests.support import scenarios
from tests.support.command import sim_apart as command

PLACES = {
    "include": ["seeds:stations/estrack", "seeds:sites/moon"],
    "routes": {"moon": ["moon", ["kourou", "maspalomas"]], "earth": ["apollo_11", "kourou"]},
}
OLD, NEW = {"title": "old", "days": 2}, {"title": "new", "days": 3}
MOMENTS = 20
SIM = [sys.executable, "-c", "from sim.cli import main; main()"]
REST = "the user's own"


def written(folder: Path, said: dict) -> Path:
    return scenarios.written(folder, scenarios.scenario_text(**said, **PLACES), f"{said['title']}.toml")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(".sim-"))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """An old and a new result of one scenario, each whole."""
    folder = tmp_path_factory.mktemp("results")
    for said in (OLD, NEW):
        scenario = sim.load(written(folder, said))
        sim.write(scenario, sim.run(scenario), folder / said["title"])
    return folder


def beside(results: Path, name: str) -> Path:
    """A copy of the old result, as far from the scenarios as the others, with a file of the user's in it."""
    out = results / name
    out.mkdir()
    for file, content in contents(results / "old").items():
        (out / file).write_bytes(content)
    (out / "notes.txt").write_text(REST)
    return out


def assert_one_of_both(results: Path, out: Path) -> str:
    """Each file is whole as it lies there; and the result is the old one or the new one, whole, once it is opened."""
    old, new = contents(results / "old"), contents(results / "new")
    for name in old:
        assert (out / name).read_bytes() in (old[name], new[name]), f"{name} is neither the old nor the new one"
    title = record.read(out).said["scenario"]["title"]
    assert contents(out) == {**contents(results / title), "notes.txt": REST.encode()}
    assert not hidden(out)
    return title


def test_fault_36_a_full_disk_leaves_the_old_result_as_it_was(results):
    out = beside(results, "full")
    # As a quota or a full disk would: no file may be larger than what the pictures need.
    limit = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (20_000, 20_000))
    done = command("run", results / "new.toml", "-o", out, preexec_fn=limit)
    assert done.returncode == 1
    assert f"{out}: the disk is full" in done.stderr
    assert "Earlier files there are unchanged" in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(out) == {**contents(results / "old"), "notes.txt": REST.encode()}
    assert not hidden(out)


def test_fault_36_a_full_disk_leaves_no_new_folder(results):
    limit = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (20_000, 20_000))
    assert command("run", results / "new.toml", "-o", results / "none", preexec_fn=limit).returncode == 1
    assert not (results / "none").exists()


@pytest.mark.parametrize("there", ["file", "link", "product"])
def test_fault_36_what_stands_in_the_way_is_named_and_left_alone(tmp_path, there):
    out = tmp_path / "out"
    if there == "file":
        out.write_text("mine")
    elif there == "link":
        out.symlink_to(tmp_path / "nowhere")
    else:
        (out / "a.csv").mkdir(parents=True)
    with pytest.raises(DataError, match=r"is a file|broken link|is a folder"), whole_folder(out) as new:
        (new / "a.csv").write_text("a")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
    assert out.is_symlink() or not out.is_dir() or [path.name for path in out.iterdir()] == ["a.csv"]


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to("real")
    with whole_folder(tmp_path / "out") as new:
        (new / "a.csv").write_text("a")
    assert (tmp_path / "out").is_symlink()
    assert contents(tmp_path / "real") == {"a.csv": b"a"}


def test_products_that_the_new_result_lacks_go_but_not_those_that_were_edited(tmp_path):
    def result(*names):
        with whole_folder(tmp_path) as new:
            told = {}
            for name in names:
                (new / name).write_text(f"{name} of {names}")
                told[name] = {"sha256": hashlib.sha256((new / name).read_bytes()).hexdigest()}
            (new / RUN).write_text(json.dumps({"products": told}))

    result("a.csv", "b.csv", "c.csv")
    (tmp_path / "c.csv").write_text("edited")
    (tmp_path / "own.csv").write_text("own")
    result("a.csv")
    assert set(contents(tmp_path)) == {"a.csv", "c.csv", "own.csv", RUN}


def test_one_file_is_whole_or_as_it_was(tmp_path):
    path = tmp_path / "page.html"
    whole_file(path, "first")
    with pytest.raises(KeyboardInterrupt), new_file(path) as new:
        new.write_text("sec")
        raise KeyboardInterrupt
    assert contents(tmp_path) == {"page.html": b"first"}
    assert not hidden(tmp_path)


KILLED = """
import os, signal, sys
from pathlib import Path
from sim.core import files
left, real = int(sys.argv[2]), os.replace
def replace(*names):
    global left
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    real(*names)
files.os.replace = replace
with files.whole_folder(Path(sys.argv[1])) as new:
    for name in ("a.csv", "b.csv"):
        (new / name).write_text("new")
    (new / "run.json").write_text(sys.argv[3])
"""


def listing(*names, content):
    """A run.json of products that all hold one content."""
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    return json.dumps({"products": {name: {"sha256": sha256} for name in names}})


@pytest.mark.parametrize("renames", range(5))
def test_fault_37_killed_before_each_rename_the_result_is_the_old_or_the_new_one(tmp_path, renames):
    run = {word: listing("a.csv", "b.csv", content=word) for word in ("old", "new")}
    for name in ("a.csv", "b.csv", "own.txt"):
        (tmp_path / name).write_text("old")
    (tmp_path / RUN).write_text(run["old"])
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(renames), run["new"]], timeout=60)
    assert done.returncode == (-9 if renames < 4 else 0)
    settle(tmp_path)
    word = "old" if renames == 0 else "new"  # from the first rename on the new one counts
    left = {"a.csv": word, "b.csv": word, RUN: run[word], "own.txt": "old"}
    assert contents(tmp_path) == {name: text.encode() for name, text in left.items()}
    assert not hidden(tmp_path)


def test_what_a_living_run_writes_is_left_to_it(tmp_path):
    with whole_folder(tmp_path) as first:
        (first / "a.csv").write_text("first")
        with whole_folder(tmp_path) as second:
            (second / "a.csv").write_text("second")
            (second / RUN).write_text(listing("a.csv", content="second"))
        assert (tmp_path / "a.csv").read_text() == "second"
        assert first.is_dir()
    assert (tmp_path / "a.csv").read_text() == "first"
    assert not hidden(tmp_path)


def killed_runs(results, moments, seed):
    """Kills as many runs, half of them at any moment, half while they write; gives what each left."""
    dice, left = random.Random(seed), []
    for index in range(moments):
        out = beside(results, f"killed-{seed}-{index}")
        process = subprocess.Popen([*SIM, "run", str(results / "new.toml"), "-o", str(out)], stderr=subprocess.PIPE)
        if index % 2:
            for line in process.stderr:
                if b"writing " in line:
                    break
        time.sleep(dice.uniform(0.0, 2.5))
        process.kill()
        process.wait()
        process.stderr.close()
        left.append(assert_one_of_both(results, out))
    return left


def test_fault_37_a_run_killed_at_some_moments_leaves_a_whole_result(results):
    assert len(killed_runs(results, 3, seed=1)) == 3


@pytest.mark.long
def test_fault_37_a_run_killed_at_twenty_moments_leaves_a_whole_result(results):
    left = killed_runs(results, MOMENTS, seed=2)
    assert "old" in left  # some were killed before they were done


CONTENT = b"DAF/SPK " + random.Random(3).randbytes((2 << 20) - 8)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Slow(BaseHTTPRequestHandler):
    """Serves one file, slowly."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        try:
            for at in range(0, len(CONTENT), 1 << 16):
                self.wfile.write(CONTENT[at : at + (1 << 16)])
                time.sleep(0.01)
        except OSError:
            pass

    def log_message(self, *words):
        pass


@pytest.fixture
def address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/some.bin"
    server.shutdown()
    server.server_close()


def killed_fetches(address, home, moments, seed):
    dice, whole = random.Random(seed), 0
    for index in range(moments):
        cache = home / f"{seed}-{index}"
        env = {**os.environ, store.ENVIRONMENT: str(cache), "NO_PROXY": "127.0.0.1"}
        process = subprocess.Popen([*SIM, "data", "fetch", address], env=env,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # fmt: skip
        if index % 2:
            process.stderr.readline()  # it has begun
        time.sleep(dice.uniform(0.0, 1.2))
        process.kill()
        process.wait()
        process.stderr.close()
        file = cache / "some.bin"
        if file.exists():
            whole += 1
            assert hashlib.sha256(file.read_bytes()).hexdigest() == SHA256
            assert json.loads((cache / f"some.bin{store.RECORD}").read_text())["sha256"] == SHA256
        if index % 5 == 0:  # and the next one puts all right
            again = subprocess.run([*SIM, "data", "fetch", address], env=env, capture_output=True, timeout=60)
            assert again.returncode == 0, again.stderr
            assert hashlib.sha256(file.read_bytes()).hexdigest() == SHA256
    return whole


def test_fault_37_a_fetch_killed_at_some_moments_leaves_a_whole_file_or_none(address, tmp_path):
    killed_fetches(address, tmp_path, 3, seed=4)


@pytest.mark.long
def test_fault_37_a_fetch_killed_at_twenty_moments_leaves_a_whole_file_or_none(address, tmp_path):
    assert killed_fetches(address, tmp_path, MOMENTS, seed=5) < MOMENTS  # some were killed before they were done
