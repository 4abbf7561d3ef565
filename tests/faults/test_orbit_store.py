"""What may happen to the store of flown orbits: damage, full disks, killed processes, several at once."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sim.data import orbit_store

KEY, OTHER = "a" * 64, "b" * 64
ARRAYS = {"edges": np.linspace(0.0, 1.0, 50), "table": np.random.default_rng(1).normal(size=(49, 8, 3))}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FARSIDE_SIM_ORBITS", str(tmp_path / "orbits"))
    monkeypatch.setattr(orbit_store, "_filled", orbit_store.MOST_BYTES)
    return tmp_path / "orbits"


def equal(found, arrays=ARRAYS):
    return found is not None and found.keys() == arrays.keys() and all(
        np.array_equal(found[name], arrays[name]) for name in arrays)  # fmt: skip


def test_what_is_kept_is_found_bit_for_bit(folder):
    odd = {"odd": np.array([np.nan, np.inf, -0.0, 5e-324, 1.7976931348623157e308]), "none": np.empty((0, 3)),
           "one": np.array(np.pi)}  # fmt: skip
    orbit_store.keep(KEY, odd)
    found = orbit_store.find(KEY)
    assert found.keys() == odd.keys()
    for name, array in odd.items():
        assert found[name].tobytes() == array.tobytes() and found[name].shape == array.shape
    assert orbit_store.find(OTHER) is None


def test_a_flipped_bit_is_noticed_wherever_it_is(folder):
    orbit_store.keep(KEY, {"edges": np.linspace(0.0, 1.0, 5)})
    path = folder / f"{KEY}.orbit"
    raw = path.read_bytes()
    for bit in range(0, 8 * len(raw), 3):
        spoilt = bytearray(raw)
        spoilt[bit // 8] ^= 1 << bit % 8
        path.write_bytes(spoilt)
        assert orbit_store.find(KEY) is None, bit
    path.write_bytes(raw)
    assert orbit_store.find(KEY) is not None


def test_a_file_that_is_cut_short_or_grew_is_ignored(folder):
    orbit_store.keep(KEY, ARRAYS)
    path = folder / f"{KEY}.orbit"
    raw = path.read_bytes()
    for length in (0, 1, 20, 21, 53, 54, len(raw) // 2, len(raw) - 1):
        path.write_bytes(raw[:length])
        assert orbit_store.find(KEY) is None, length
    path.write_bytes(raw + b"\0")
    assert orbit_store.find(KEY) is None


def test_an_entry_under_another_name_is_ignored(folder):
    orbit_store.keep(KEY, ARRAYS)
    (folder / f"{KEY}.orbit").rename(folder / f"{OTHER}.orbit")
    assert orbit_store.find(OTHER) is None


def sealed(content):
    """A file with a right hash, whatever is in it."""
    return orbit_store._HEAD + orbit_store._seal(KEY, content) + content


def test_a_forged_entry_runs_nothing_and_is_ignored(folder, tmp_path):
    import io

    class Evil:
        def __reduce__(self):
            return Path.touch, (tmp_path / "ran",)

    buffer = io.BytesIO()
    np.savez(buffer, edges=np.array([Evil()], dtype=object))
    texts, whole = io.BytesIO(), io.BytesIO()
    np.savez(texts, edges=np.array(["text"]))
    np.savez(whole, edges=np.arange(3))
    folder.mkdir()
    for content in (buffer.getvalue(), texts.getvalue(), whole.getvalue(), b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00"):
        (folder / f"{KEY}.orbit").write_bytes(sealed(content))
        assert orbit_store.find(KEY) is None
    assert not (tmp_path / "ran").exists()


def test_what_lies_in_an_entrys_place_and_is_no_file_is_ignored(folder):
    folder.mkdir()
    os.mkfifo(folder / f"{KEY}.orbit")
    assert orbit_store.find(KEY) is None
    (folder / f"{KEY}.orbit").unlink()
    (folder / f"{KEY}.orbit").mkdir()
    assert orbit_store.find(KEY) is None
    orbit_store.keep(KEY, ARRAYS)  # cannot take the folder's place, and says nothing
    assert [path.name for path in folder.iterdir()] == [f"{KEY}.orbit"]


def test_a_huge_file_is_not_read(folder, monkeypatch):
    monkeypatch.setattr(orbit_store, "MOST_ENTRY_BYTES", 1000)
    orbit_store.keep(KEY, ARRAYS)
    assert not folder.exists(), "what is too large to be read again is not kept"
    folder.mkdir()
    (folder / f"{KEY}.orbit").write_bytes(b"\0" * 2000)
    assert orbit_store.find(KEY) is None


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EIO])
def test_where_nothing_can_be_written_nothing_fails(folder, monkeypatch, number):
    def refuse(self, data):
        with open(self, "wb") as file:
            file.write(data[:100])
        raise OSError(number, "no")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    orbit_store.keep(KEY, ARRAYS)
    assert orbit_store.find(KEY) is None
    assert list(folder.iterdir()) == [], "nothing half-written is left behind"


def test_without_a_usable_folder_nothing_is_stored_and_nothing_fails(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FARSIDE_SIM_ORBITS", str(tmp_path / "file" / "orbits"))
    orbit_store.keep(KEY, ARRAYS)
    assert orbit_store.find(KEY) is None
    assert orbit_store.status().entries == 0
    assert orbit_store.clear().entries == 0


def test_fresh_finds_nothing_and_keeps_what_it_computed(folder):
    orbit_store.keep(KEY, {"edges": np.zeros(3)})
    with orbit_store.fresh():
        assert orbit_store.find(KEY) is None
        with orbit_store.fresh(False):
            assert orbit_store.find(KEY) is None
        orbit_store.keep(KEY, ARRAYS)
    assert equal(orbit_store.find(KEY))


def test_the_oldest_used_make_room(folder, monkeypatch):
    monkeypatch.setattr(orbit_store, "MOST_BYTES", 100_000)
    keys = [f"{i:064x}" for i in range(12)]
    for i, key in enumerate(keys[:8]):
        orbit_store.keep(key, ARRAYS)  # 10 kB each
        os.utime(folder / f"{key}.orbit", (i, i))
    assert equal(orbit_store.find(keys[0]))  # now it was used last
    for key in keys[8:]:
        orbit_store.keep(key, ARRAYS)
    there = {path.stem for path in folder.iterdir()}
    assert keys[0] in there and keys[11] in there and keys[1] not in there
    assert orbit_store.status().size <= 100_000


def test_clear_removes_entries_and_nothing_else(folder, tmp_path):
    orbit_store.keep(KEY, ARRAYS)
    (folder / "notes.txt").write_text("mine")
    (folder / f".{KEY}.{'0' * 16}.new").write_bytes(b"half")
    (tmp_path / "elsewhere").write_text("mine")
    (folder / f"{OTHER}.orbit").symlink_to(tmp_path / "elsewhere")
    assert orbit_store.clear().entries == 1
    assert sorted(path.name for path in folder.iterdir()) == [f"{OTHER}.orbit", "notes.txt"]
    assert (tmp_path / "elsewhere").read_text() == "mine"


def test_unfinished_files_of_killed_processes_go_after_an_hour(folder):
    folder.mkdir()
    old, young = (folder / f".{KEY}.{digit * 16}.new" for digit in "01")
    for file in (old, young):
        file.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    orbit_store.keep(OTHER, ARRAYS)
    assert not old.exists() and young.exists()


WRITER = """
import numpy as np, sys
from sim.data import orbit_store
random = np.random.default_rng(int(sys.argv[1]))
print("ready", flush=True)
while True:
    which = int(random.integers(8))
    key = f"{which:064x}"
    arrays = {"edges": np.arange(200_000.0) + which}
    if random.random() < 0.4:
        orbit_store.keep(key, arrays)
    elif random.random() < 0.05:
        orbit_store.clear()
    found = orbit_store.find(key)
    if found is not None and not np.array_equal(found["edges"], arrays["edges"]):
        print("WRONG", key, flush=True)
        break
"""


def rounds(count, folder):
    """Two processes at one store, killed at random moments: what is there afterwards is right, or not there."""
    random, kept = np.random.default_rng(0), 0
    for i in range(count):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(2 * i + j)], stdout=subprocess.PIPE, text=True)
            for j in range(2)
        ]
        for writer in writers:
            assert writer.stdout.readline() == "ready\n"
        time.sleep(float(random.uniform(0.2, 0.8)))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
        for writer in writers:
            said, _ = writer.communicate()
            assert said == ""
        found = [orbit_store.find(f"{which:064x}") for which in range(8)]
        for which, arrays in enumerate(found):
            assert arrays is None or np.array_equal(arrays["edges"], np.arange(200_000.0) + which)
        kept += any(arrays is not None for arrays in found)
    assert kept >= count // 2  # a round ends empty where a writer has just removed all


def test_two_processes_that_are_killed_leave_no_wrong_entry(folder):
    rounds(2, folder)


@pytest.mark.long
def test_two_processes_that_are_killed_twenty_times_leave_no_wrong_entry(folder):
    rounds(20, folder)
