"""Faults 34 to 41: files that are damaged, missing or changing, and machines that are set up otherwise.

The clock is moved by a `time.time` and a `datetime` of our own inside a process of its own: no library beside Python is
needed, and nothing of `sim` asks the system past these two.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import DataError
from sim.core.time import tdb, utc
from sim.data import store
from sim.trajectories.bodies import ephemeris, frames

DATA = Path(__file__).parents[1] / "stories" / "data"
KERNEL = DATA / "lro-six-hours.bsp"
LATER = "2019-01-08T00:00:00Z"


def from_kernel(good: str, file: str = "lro.bsp") -> str:
    """The good scenario with LRO from a kernel, in the kernel's six hours."""
    begin, end = good.index("kind ="), good.index("[routes]")
    orbit = f'kind = "spk"\nfile = "{file}"\ntarget = -85\ncenter = "moon"\n\n'
    return good[:begin].replace("2019-01-03T00:00:00Z", LATER).replace("days = 1", "days = 0.2") + orbit + good[end:]


def damaged(what: str) -> bytes:
    content = bytearray(KERNEL.read_bytes())
    if what == "endian":
        content[88:96] = b"BIG-IEEE"
    if what == "flips":
        rng = np.random.default_rng(1)
        for at in rng.integers(2048, len(content), 2000):
            content[at] ^= int(rng.integers(1, 256))
    return {
        "half": bytes(content[: len(content) // 2]),
        "empty": b"",
        "one kilobyte": bytes(content[:1024]),
        "page": b"<!DOCTYPE html><html>404</html>",
    }.get(what, bytes(content))


@pytest.mark.parametrize("what", ["half", "empty", "one kilobyte", "page", "endian", "flips"])
def test_fault_34_a_damaged_kernel_is_refused_before_it_is_used(desk, good, what):
    """2000 flipped bytes are what other tools turn into positions without a word."""
    (desk.folder / "lro.bsp").write_bytes(damaged(what))
    desk.write(from_kernel(good))
    desk.sim("run", desk.file, "-o", desk.folder / "out").refuses("lro.bsp")
    assert not (desk.folder / "out").exists()


@pytest.mark.parametrize("what", ["folder", "fifo", "loop", "absent"])
@pytest.mark.parametrize("key", ["orbit", "ephemeris", "include"])
def test_fault_34_what_is_no_regular_file_is_refused_and_never_waited_for(desk, good, what, key):
    path = desk.folder / "lro.bsp.toml"
    if what == "folder":
        path.mkdir()
    elif what == "fifo":
        os.mkfifo(path)
    elif what == "loop":
        path.symlink_to(path)
    text = {
        "orbit": from_kernel(good, path.name),
        "ephemeris": f'ephemeris = "{path.name}"\n{good}',
        "include": f'include = ["{path.name}"]\n{good}',
    }[key]
    desk.check(text).refuses("lro.bsp")


def test_fault_34_a_file_that_changes_or_goes_while_it_is_used_is_told(tmp_path, good):
    for what in ("was changed", "was deleted"):
        shutil.copy(KERNEL, tmp_path / "lro.bsp")
        (tmp_path / "s.toml").write_text(from_kernel(good))
        scenario = sim.load(tmp_path / "s.toml")

        def meddle(text, what=what):
            if text.startswith("searching"):
                if what == "was deleted":
                    (tmp_path / "lro.bsp").unlink()
                else:
                    (tmp_path / "lro.bsp").write_bytes(b"another")

        with pytest.raises(DataError, match=f"lro.bsp {what} during the run. Run it again"):
            sim.run(scenario, meddle)


def test_fault_34_the_hash_of_a_file_is_that_of_what_is_in_it_now(tmp_path):
    path = tmp_path / "file"
    for content in (b"one", b"three"):
        path.write_bytes(content)
        assert ephemeris.sha256(path) == hashlib.sha256(content).hexdigest()


def test_fault_35_what_differs_from_the_hash_it_was_fetched_with_is_refused(desk, good, monkeypatch):
    home = desk.folder / "data"
    monkeypatch.setenv("SIM_DATA", str(home))
    monkeypatch.setattr(store, "_known", lambda name: hashlib.sha256(KERNEL.read_bytes()).hexdigest())
    store.folder().mkdir(parents=True, exist_ok=True)
    path = store.folder() / "lro.bsp"
    shutil.copy(KERNEL, path)
    assert desk.check(from_kernel(good, "data:lro.bsp")).code == 0
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    desk.check(from_kernel(good, "data:lro.bsp")).refuses("has changed since it was downloaded", "expected SHA-256")


def test_fault_36_a_folder_that_cannot_be_written_is_told_and_nothing_is_left(desk, good):
    desk.write(good)
    (desk.folder / "taken").write_text("mine")
    before = sorted(desk.folder.iterdir())
    for out, words in (("taken", "expected a folder"), ("taken/below", ""), ("x" * 4096, ""), ("/proc/sim", "")):
        ended = desk.sim("run", desk.file, "-o", Path(out) if out.startswith("/") else desk.folder / out)
        assert ended.code == 1 and "Traceback" not in ended.err and words in ended.err and ended.out == ""
    assert sorted(desk.folder.iterdir()) == before
    assert (desk.folder / "taken").read_text() == "mine"


SHIFTED = """
import datetime, time
AHEAD = 2051222400.0 - time.time()  # to 2035-01-01
_time, _now = time.time, datetime.datetime
time.time = lambda: _time() + AHEAD
time.time_ns = lambda: int(time.time() * 1e9)
class Anyway(type):
    def __instancecheck__(self, thing): return isinstance(thing, _now)
class datetime_(_now, metaclass=Anyway):
    @classmethod
    def now(cls, tz=None): return _now.fromtimestamp(time.time(), tz)
    @classmethod
    def utcnow(cls): return cls.now(datetime.timezone.utc).replace(tzinfo=None)
    today = now
datetime.datetime = datetime_
"""
"""A clock at 2035, before anything else is imported."""


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A small scenario with a table and a picture, and what an ordinary run of it leaves, as bytes by name."""
    folder = tmp_path_factory.mktemp("plain")
    shutil.copy(KERNEL, folder / "lro.bsp")
    text = (DATA / "spk.toml").read_text().replace("lro-six-hours.bsp", "lro.bsp")
    kinds = ("contact_plan", "passes", "timeline")
    (folder / "s.toml").write_text(text + "".join(f'[[products]]\nkind = "{kind}"\n' for kind in kinds))
    return folder, {}


def left(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_fault_38_39_41_neither_home_nor_network_nor_clock_nor_place_nor_alphabet_matters(
    plain, command, german, tmp_path
):
    """No home, no way to write one, no socket, the year 2035, Shanghai's time, a German locale, an ASCII terminal."""
    folder, _ = plain
    ordinary = command("run", folder / "s.toml", "-o", tmp_path / "one")
    assert ordinary.returncode == 0, ordinary.stderr
    deaf = "import socket\ndef no(*words, **more): raise SystemExit('the network was asked')\n" \
           "socket.socket.connect = socket.getaddrinfo = socket.create_connection = no\n"  # fmt: skip
    elsewhere = german | {"TZ": "Asia/Shanghai", "PYTHONIOENCODING": "ascii", "HOME": "/dev/null/none",
                          "XDG_CACHE_HOME": "/dev/null/none", "XDG_CONFIG_HOME": "/dev/null/none"}  # fmt: skip
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "PYTHONPATH", "VIRTUAL_ENV")}
    # a locale of its own, where the machine can have it: what `setlocale` would do in a program that embeds us
    told = "import locale\ntry: locale.setlocale(locale.LC_ALL, '')\nexcept locale.Error: pass\n"
    strange = command("run", folder / "s.toml", "-o", tmp_path / "two", before=deaf + SHIFTED + told,
                      env=kept | elsewhere)  # fmt: skip
    assert strange.returncode == 0, strange.stderr
    assert left(tmp_path / "one") == left(tmp_path / "two")
    assert strange.stdout == ordinary.stdout.replace(b"/one/", b"/two/")
    assert b"Traceback" not in strange.stderr and b"the network" not in strange.stderr


def test_fault_41_a_german_comma_changes_no_byte(plain, command, german, tmp_path):
    """The locale is really there, or this is skipped."""
    folder, _ = plain
    env = os.environ | german
    comma = "import locale; locale.setlocale(locale.LC_ALL, ''); assert locale.str(0.5) == '0,5', locale.str(0.5)\n"
    if subprocess.run([sys.executable, "-c", comma], env=env, capture_output=True).returncode:
        pytest.skip("this machine has neither a German locale nor what localedef makes one from")
    for name, before in (("here", ""), ("there", comma)):
        done = command("run", folder / "s.toml", "-o", tmp_path / name, before=before, env=env)
        assert done.returncode == 0, done.stderr
    assert left(tmp_path / "here") == left(tmp_path / "there")


def test_fault_41_words_on_a_terminal_of_another_alphabet_are_the_same_bytes(command):
    arguments = ("why", DATA / "spk.toml", "lro", "kourou", "2019-01-08T03:00:00Z")
    env = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON"))}
    latin = command(*arguments, env=env | {"PYTHONIOENCODING": "latin-1"})
    plain = command(*arguments, env=env | {"PYTHONIOENCODING": "utf-8"})
    assert latin.returncode == plain.returncode == 0, latin.stderr
    assert latin.stdout == plain.stdout and "lro – kourou is".encode() in plain.stdout


def test_fault_39_a_span_in_2035_works_and_says_what_the_earths_turn_is_good_to(desk, good):
    ended = desk.changed("2019-01-03T00:00:00Z\ndays", "2035-01-03T00:00:00Z\ndays", "epoch = 2019", "epoch = 2035",
                         verb="windows")  # fmt: skip
    assert ended.code == 0 and len(ended.out.splitlines()) > 2
    assert "note: Earth orientation is predicted only until" in ended.err
    predicted = frames.earth_orientation().predicted_until
    sigma = float(frames.ut1_sigma_s(np.asarray(tdb("2035-01-04T00:00:00Z"))))
    assert f"only until {utc(predicted, 0)[:10]}, but the span ends 2035-01-04. UT1" in ended.err
    assert f"uncertain by {sigma:.2g} s (1σ) at the end of the span, which shifts the edges" in ended.err
    assert 0.5 < sigma < 3.0


def test_fault_39_tables_that_end_years_before_the_span_work_too(desk, monkeypatch):
    """As an installation that is not renewed: the tables of 2026 cut at 2015, asked for 2019."""
    from dataclasses import replace

    table = frames.earth_orientation()
    keep = table.tt < tdb("2015-01-01T00:00:00Z")
    old = replace(table, tt=table.tt[keep], ut1_minus_tt=table.ut1_minus_tt[keep], pole_x=table.pole_x[keep],
                  pole_y=table.pole_y[keep], measured_until=float(table.tt[keep][-1]),
                  predicted_until=float(table.tt[keep][-1]))  # fmt: skip
    now = desk.windows()
    for module in ("sim.trajectories.bodies.frames", "sim.scenario.notes", "sim.scenario.provenance"):
        monkeypatch.setattr(f"{module}.earth_orientation", lambda: old, raising=False)
    ended = desk.changed(verb="windows")
    assert "predicted only until 2014-12-31" in ended.err
    then = [line.split(",") for line in ended.out.splitlines()[1:]]
    moved = [abs(tdb(a[i]) - tdb(b[i])) for a, b in zip(now, then, strict=True) for i in (0, 1)]
    assert 0.0 < max(moved) < 3.0 * float(frames.ut1_sigma_s(np.asarray(tdb("2019-01-04T00:00:00Z"))))


def test_fault_40_without_the_tables_it_says_what_to_install(desk, monkeypatch):
    monkeypatch.setattr(frames, "find_spec", lambda name: None)
    frames.earth_orientation.cache_clear()
    try:
        desk.changed(verb="windows").refuses("the Earth's orientation is not installed", "astropy-iers-data")
    finally:
        monkeypatch.undo()
        frames.earth_orientation.cache_clear()


def test_fault_40_leap_seconds_that_nobody_has_announced_are_said_to_be_missing(desk):
    """The table itself is compiled into ERFA: it cannot be missing. It can be old."""
    ended = desk.changed("2019-01-03T00:00:00Z\ndays", "2035-01-03T00:00:00Z\ndays", "epoch = 2019", "epoch = 2035")
    assert ended.code == 0 and "Leap seconds that have not been announced are not included" in ended.err
