"""What is around the command: names of files that are no text, odd settings, little memory, a hurried Ctrl-C."""

import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from sim.cli import memory
from sim.trajectories.dynamics import jit

posix = pytest.mark.skipif(sys.platform == "win32", reason="names of files are text there, and limits others")
PICTURES = '\n[[products]]\nkind = "timeline"\n[[products]]\nkind = "report"\n[[products]]\nkind = "ground_track"\n'


@pytest.fixture(scope="module")
def pictured(tmp_path_factory, command, good):
    """A folder with a scenario that has pictures, and how the command ended that ran it without a usable backend."""
    folder = tmp_path_factory.mktemp("pictured")
    (folder / "s.toml").write_text(good + PICTURES)
    return folder, command("run", "s.toml", "-o", "out", cwd=folder, env={**os.environ, "MPLBACKEND": "nonsense"})


def test_an_invalid_matplotlib_backend_does_not_matter(pictured):
    """It ended the run with a traceback, after all had been computed."""
    folder, ended = pictured
    assert ended.returncode == 0, ended.stderr
    assert (folder / "out" / "timeline.png").is_file()


def test_python_without_docstrings_writes_the_same(pictured):
    """`python -OO` leaves them out; a caption was made from one."""
    folder, _ = pictured
    code = f"import sys; sys.path[:0] = {sys.path!r}\nfrom sim.cli import main\nmain()"
    words = [sys.executable, "-OO", "-c", code, "run", "s.toml", "-o", "-OO"]
    ended = subprocess.run(words, cwd=folder, capture_output=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    names = [{path.name for path in (folder / made).iterdir()} for made in ("-OO", "out")]
    assert names[0] == names[1] and len(names[0]) == 4
    assert (folder / "-OO" / "timeline.png").read_bytes() == (folder / "out" / "timeline.png").read_bytes()


@posix
@pytest.mark.parametrize("verb", ["check", "windows", "export", "run"])
def test_names_that_are_no_utf_8_are_shown_as_bytes(command, good, tmp_path, verb):
    name = os.fsdecode(b"caf\xe9.toml")
    (tmp_path / name).write_text(good)
    more = {"check": (), "windows": ("down",), "run": ("-o", os.fsdecode(b"o\xff"))}
    ended = command(verb, name, *more.get(verb, ("craft", "-o", os.fsdecode(b"o\xff"))), cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert b"\\udc" not in ended.stdout + ended.stderr
    assert rb"o\xff" in ended.stdout or verb in ("check", "windows")
    assert os.fsdecode(b"o\xff") in os.listdir(tmp_path) or verb in ("check", "windows")


@posix
def test_a_sweep_into_a_name_that_is_no_utf_8_is_told_before_it_begins(command, good, tmp_path):
    """Its tables are Parquet, whose library takes only text."""
    (tmp_path / "s.toml").write_text(good)
    vary = ("--set", "sites.kourou.horizon_deg=5,10")
    ended = command("sweep", "s.toml", "-o", os.fsdecode(b"o\xff"), *vary, cwd=tmp_path)
    assert ended.returncode == 1
    assert b"Traceback" not in ended.stderr and rb"o\xff" in ended.stderr and b"expected a folder" in ended.stderr
    assert os.listdir(tmp_path) == ["s.toml"]


@posix
@pytest.mark.parametrize("megabytes", [100, 200, 300])
def test_too_little_address_space_is_told_and_not_a_traceback(command, good, tmp_path, megabytes):
    (tmp_path / "s.toml").write_text(good)
    before = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({megabytes} << 20, resource.RLIM_INFINITY))"
    ended = command("run", "s.toml", cwd=tmp_path, before=before)
    assert ended.returncode == 1 and os.listdir(tmp_path) == ["s.toml"]
    told = ended.stderr.decode()
    assert told.startswith(f"the limit on address space is {megabytes} MB; loading the libraries takes at least 512 MB")
    assert told.count("\n") == 1


@posix
@pytest.mark.parametrize("megabytes", [512, 560, 640])
def test_a_run_that_runs_out_of_memory_says_so(command, good, tmp_path, megabytes):
    """Kernels were "damaged", libraries "could not be loaded"."""
    (tmp_path / "s.toml").write_text(good + PICTURES)
    before = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({megabytes} << 20, resource.RLIM_INFINITY))"
    ended = command("run", "s.toml", "-o", "out", cwd=tmp_path, before=before)
    told = ended.stderr.decode().splitlines()[-1]
    assert ended.returncode == 0 or (ended.returncode == 1 and told.startswith("there is not enough memory")), told
    assert "Traceback" not in ended.stderr.decode() and "damaged" not in told


@posix
def test_an_interrupt_while_modules_are_imported_ends_quietly(good, tmp_path):
    """The command's own imports stood outside of what waits for it: a traceback of the import system."""
    (tmp_path / "s.toml").write_text(good)
    code = "print(1, flush=True)\nfrom sim.cli import main\nprint(2, flush=True)\nmain()"
    for wait in (0.0, 0.01, 0.03, 0.06, 0.1, 0.2):
        words = [sys.executable, "-c", code, "check", "s.toml"]
        process = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        while process.stdout.readline() != b"2\n":
            pass
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        assert process.returncode in (130, 0) and b"Traceback" not in told, told


def test_every_way_to_report_too_little_memory_is_recognized_and_nothing_else():
    wrapped = ValueError("not a kernel")
    wrapped.__cause__ = MemoryError()
    for error in (
        MemoryError(), OSError(errno.ENOMEM, "Cannot allocate memory"), wrapped,
        ImportError("libscipy.so: failed to map segment from shared object"),
    ):  # fmt: skip
        assert memory.is_short(error), error
    wrapped.__cause__ = OSError(errno.ENOENT, "no such file")
    for error in (wrapped, ImportError("no module named x"), ValueError("unable to allocate")):
        assert not memory.is_short(error), error
    chain = [ValueError(), TypeError()]
    chain[0].__cause__, chain[1].__cause__ = chain[1], chain[0]  # a circle ends
    assert list(memory.causes(chain[0])) == chain


def test_where_nothing_can_be_kept_functions_are_compiled_for_this_process_alone(monkeypatch):
    kept = []

    def njit(cache=False, **options):
        def made(function):
            kept.append(cache)
            if cache:
                raise RuntimeError("cannot cache function: no locator available")
            return function

        return made

    monkeypatch.setattr(jit, "njit", njit)

    def double(x):
        return 2 * x

    assert jit.compiled()(double)(3) == 6 and kept == [True, False]
