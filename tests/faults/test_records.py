"""No record is believed that is false: of results, of fetched data, of what a server sends."""

import csv
import hashlib
import io
import json
import os
import shutil
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.errors import DataError
from sim.data import store
from sim.simulation import inventory
from sim.simulation.diff import Windowed, differences, windowed
from tests.faults.conftest import GOOD
from tests.support.scenarios import run_once

PRODUCTS = """
[[products]]
kind = "contact_plan"
[[products]]
kind = "timeline"
[[products]]
kind = "availability"
format = "svg"
"""
PARTS = ("contact-plan.csv", "contact-plan.json", "timeline.png", "availability.svg")
LRO = Path(__file__).parents[1] / "stories" / "data" / "lro-six-hours.bsp"


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A scenario and its result."""
    return run_once(tmp_path_factory.mktemp("records"), GOOD + PRODUCTS)


@pytest.fixture
def out(once, tmp_path):
    """A copy of that result."""
    shutil.copytree(once, tmp_path / "copy")
    return tmp_path / "copy" / "out"


def forged(out, change):
    """A result whose record was changed by a function, which may give another."""
    path = out / "run.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(change(said) or said))
    return out


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def put(*keys):
    """Sets what such keys lead to; the last argument is the value."""
    *path, last, value = keys

    def change(said):
        holder = said
        for key in path:
            holder = holder[key]
        holder[last] = value

    return change


def found(*windows):
    """Other windows of the route."""
    return put("windows", "routes", "down", list(windows))


def test_verify_passes_for_an_unchanged_result(out, desk):
    ended = desk.sim("verify", out)
    assert ended.code == 0, ended.out + ended.err


@pytest.mark.parametrize(
    ("change", "words"),
    {
        "reversed span": (put("span", {"start": "2019-01-04T00:00:00Z", "end": "2019-01-03T00:00:00Z"}), "ends before"),
        "year 1": (put("span", "start", "0001-01-01T00:00:00Z"), ""),
        "year -1": (put("span", "start", "-0001-01-01T00:00:00Z"), "span.start"),
        "no time": (put("span", "start", "yesterday"), "span.start"),
        "a number": (put("span", 3), "span"),
        "windows outside": (found("2019-01-05T00:00:00Z/2019-01-05T00:01:00Z"), "are outside the span"),
        "reversed window": (found("2019-01-03T02:00:00Z/2019-01-03T01:00:00Z"), "before they"),
        "overlap": (found("2019-01-03T01:00:00Z/2019-01-03T02:00:00Z", "2019-01-03T01:30:00Z/2019-01-03T03:00:00Z"),
                    "overlap"),
        "NUL": (put("inputs", "file", "a\0b"), "inputs.file"),
        "NUL in given": (put("inputs", "given", "ephemeris", "a\0b.bsp"), ""),
        "a file that is a table": (put("inputs", "file", {}), "inputs.file"),
        "windows are a number": (put("windows", 3), "windows"),
        "a route is a number": (put("windows", "routes", "down", 3), "windows.routes.down"),
        "a product is a list": (put("products", "contact-plan.csv", []), "products"),
        "a hidden product": (put("products", ".sim-0.lock", {"sha256": "0" * 64, "content": "0" * 64}), "products"),
        "hashes that are none": (put("products", "contact-plan.csv", "sha256", "x"), "products"),
        "no versions": (put("versions", {}), "versions"),
        "versions of numbers": (put("versions", "numpy", 2), "versions.numpy"),
        "no platform": (lambda said: said.pop("platform") and None, "platform"),
        "given is a list": (put("inputs", "given", []), "inputs.given"),
        "sites are a number": (put("inputs", "given", "sites", 3), "sites"),
        "nested": (put("inputs", "given", "title", json.loads("[" * 60 + "]" * 60)), "nested deeper"),
        "no table": (lambda said: [said], "has no inputs, windows or products"),
    }.values(),
)  # fmt: skip
def test_a_record_that_cannot_be_true_is_refused(out, desk, change, words):
    ended = desk.sim("verify", forged(out, change))
    assert ended.code == 1 and "Traceback" not in ended.err, ended
    assert words in ended.err + ended.out
    assert "Not verified" in ended.err or ended.out == ""


@pytest.mark.parametrize("text", ["[" * 100_000, '{"inputs":' * 2000, "\0", "\ufeff{}", "NaN", '{"a": 1e999}'])
def test_a_run_json_that_is_not_json_is_reported(out, desk, text):
    (out / "run.json").write_text(text)
    desk.sim("verify", out).refuses("run.json")
    desk.sim("diff", out, out).refuses("run.json")


def shorter(out, said, correct):
    """Rows cut out of the contact plan, its hash corrected."""
    path = out / "contact-plan.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-2]))
    for key in correct:
        said["products"][path.name][key] = sha256(path)


@pytest.mark.parametrize("correct", [("sha256",), ("sha256", "content")])
def test_rows_cut_out_of_a_table_are_told_whichever_hash_was_corrected(out, desk, correct):
    ended = desk.sim("verify", forged(out, lambda said: shorter(out, said, correct)))
    assert ended.code == 1 and "contact-plan.csv" in ended.out, ended


@pytest.mark.parametrize("name", PARTS)
def test_other_content_under_a_corrected_hash_is_told(out, desk, name):
    """Of every kind of product: the provenance is taken out of what lies there, and what is left is compared."""
    path = out / name
    raw = path.read_bytes()
    at = len(raw) - 20 if name.endswith(("csv", "json")) else len(raw) // 2
    path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
    ended = desk.sim("verify", forged(out, lambda said: put("products", name, "sha256", sha256(path))(said)))
    assert ended.code == 1 and f"files     {name}" in ended.out, ended


def test_the_content_of_a_netcdf_is_compared_with_what_is_made_anew(tmp_path, desk):
    h5py = pytest.importorskip("h5py")
    pytest.importorskip("xarray")
    asked = 'kind = "coverage"\nassets = ["craft"]\nbody = "earth"\nstep_deg = 30\nfigures = []\nnetcdf = true\n'
    (tmp_path / "s.toml").write_text(f"{GOOD}\n[[products]]\n{asked}")
    scenario = sim.load(tmp_path / "s.toml")
    sim.write(scenario, sim.run(scenario), tmp_path / "out")
    assert desk.sim("verify", tmp_path / "out").code == 0
    path = tmp_path / "out" / "coverage.nc"
    with h5py.File(path, "a") as file:
        file["percent"][...] = 99.0
    forged(tmp_path / "out", lambda said: put("products", path.name, "sha256", sha256(path))(said))
    ended = desk.sim("verify", tmp_path / "out")
    assert ended.code == 1 and "tables that differ when written again: coverage.nc" in ended.out, ended


def invented(said):
    """Windows that were never found, over a span so short that nothing else is compared."""
    said["span"] = {"start": "2019-01-03T00:00:00.000Z", "end": "2019-01-03T00:00:01.000Z"}
    said["windows"] = {table: {name: [] for name in said["windows"][table]} for table in said["windows"]}


FALSE = {
    "a span of a second": invented,
    "a longer span": put("span", "end", "2019-02-03T00:00:00.000Z"),
    "no data": put("data", {}),
    "some data": lambda said: said["data"].pop("de421.bsp") and None,
    "no packages": lambda said: said.update(versions={k: said["versions"][k] for k in ("python", "farside-sim")}),
    "a route more": put("windows", "routes", "up", []),
    "no route": put("windows", "routes", {}),
    "a product less": lambda said: said["products"].pop("contact-plan.csv") and None,
    "other versions": put("versions", "numpy", "1.0"),
    "another title": put("scenario", "title", "A year"),
    "another scenario": put("scenario", "sha256", "0" * 64),
    "no certificates": put("certificates", {}),
    "without light time": put("light_time", False),
    "no remarks of its own": put("remarks", ["all is well"]),
    "worth more": put("worth", ["sure to a nanosecond"]),
    "other kernels": put("kernels", []),
    "another end": put("ends", "craft", "basis", "definitive"),
    "something more": put("approved_by", "everybody"),
}


@pytest.mark.parametrize("change", FALSE.values(), ids=FALSE)
def test_verify_fails_for_a_falsified_record(out, desk, change):
    ended = desk.sim("verify", forged(out, change))
    assert ended.code == 1 and "Not verified" in ended.err, ended


@pytest.mark.parametrize("other", ["../../outside/passwd", "../../outside/s.toml", "../outside.toml"])
def test_a_record_does_not_choose_the_tree_that_is_opened(out, desk, other):
    """Nothing of a file outside the result's folder is printed that the record's maker may not know."""
    outside = out.parent.parent / "outside"
    outside.mkdir()
    secret = 'root_password = "hunter2"\n'
    for path in (outside / "passwd", outside / "s.toml", out.parent / "outside.toml"):
        path.write_text(secret)

    def lead(said):
        said["inputs"]["file"] = other
        for form in ("oem", "csv", "tle", "horizons", "stk"):
            orbit = {"kind": form, "file": Path(other).name} | ({} if form == "tle" else {"center": "earth"})
            said["inputs"]["given"]["spacecraft"][form] = {"orbit": orbit}

    ended = desk.sim("verify", forged(out, lead))
    assert ended.code == 1
    assert not any(word in ended.out + ended.err for word in ("hunter2", "root_password", "root:")), ended
    assert "--scenario" in ended.out


def test_an_omitted_include_is_not_read_for_a_record(out, desk):
    """The scenario is what the record says; that it includes another file, the record does not say."""
    (out.parent / "secret.toml").write_text('title = "hunter2"\n')
    (out.parent / "s.toml").write_text(f'include = ["secret.toml"]\n{GOOD}{PRODUCTS}')

    def lead(said):
        said["scenario"]["files"] = {"s.toml": sha256(out.parent / "s.toml")}
        said["inputs"]["given"].pop("title")

    ended = desk.sim("verify", forged(out, lead))
    assert ended.code == 1 and "hunter2" not in ended.out + ended.err, ended
    assert "Name the scenario file with --scenario" in ended.out


def test_files_that_are_what_they_were_are_read_and_a_kernel_beside_the_scenario_too(tmp_path, desk):
    shutil.copy(LRO, tmp_path / "lro.bsp")
    begin, end = GOOD.index("kind ="), GOOD.index("[routes]")
    orbit = 'kind = "spk"\nfile = "lro.bsp"\ntarget = -85\ncenter = "moon"\n\n'
    text = GOOD[:begin].replace("2019-01-03T", "2019-01-08T").replace("days = 1", "days = 0.2") + orbit + GOOD[end:]
    (tmp_path / "s.toml").write_text(text + PRODUCTS)
    scenario = sim.load(tmp_path / "s.toml")
    sim.write(scenario, sim.run(scenario), tmp_path / "deep" / "out")
    ended = desk.sim("verify", tmp_path / "deep" / "out")
    assert ended.code == 0, ended.out + ended.err


@pytest.mark.parametrize("what", ["pipe", "device", "folder", "gone", "large"])
def test_diff_opens_regular_files_of_a_bounded_size_alone(tmp_path, desk, monkeypatch, what):
    path = tmp_path / "plan.csv"
    if what == "pipe":
        os.mkfifo(path)
    elif what == "device":
        path.symlink_to("/dev/zero")
    elif what == "folder":
        path.mkdir()
    elif what == "large":
        monkeypatch.setattr("sim.simulation.plan_file.MAX_BYTES", 100)
        path.write_text("of,start_utc,end_utc\n" + "x" * 200)
    began = time.monotonic()
    desk.sim("diff", path, path).refuses("plan.csv" if what != "folder" else "run.json")
    assert time.monotonic() - began < 5.0


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("a,2019-01-03T00:00:00Z,2019-01-03T02:00:00Z\na,2019-01-03T01:00:00Z,2019-01-03T03:00:00Z", "do not overlap"),
        ("a,2019-01-03T02:00:00Z,2019-01-03T01:00:00Z", "line 2: expected a window that starts before it ends"),
        ("a,2019-01-03T02:00:00Z", "line 2: a cell of the columns of, start_utc or end_utc is empty"),
        (",2019-01-03T01:00:00Z,2019-01-03T02:00:00Z", "line 2"),
    ],
)
def test_a_contact_plan_that_cannot_be_is_refused(tmp_path, desk, rows, words):
    (tmp_path / "plan.csv").write_text(f"of,start_utc,end_utc\n{rows}\n")
    desk.sim("diff", tmp_path / "plan.csv", tmp_path / "plan.csv").refuses("plan.csv", words)


def test_many_windows_and_many_names_are_compared_in_little_time_and_memory(tmp_path):
    """6,000 windows a side that overlap one another in pairs; and a plan of 3,000 names."""
    starts = 10.0 * np.arange(6000)
    one = Windowed({"a": np.column_stack((starts, starts + 8.0))}, (0.0, 60000.0))
    two = Windowed({"a": np.column_stack((starts + 1.0, starts + 9.0))}, (0.0, 60000.0))
    tracemalloc.start()
    found = differences(one, two)
    assert found.each[0].shifted == 6000
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("of", "start_utc", "end_utc"))
    writer.writerows((f"r{i}", "2019-01-03T00:00:00Z", "2019-01-03T00:01:00Z") for i in range(3000))
    (tmp_path / "plan.csv").write_text(text.getvalue())
    assert len(windowed(tmp_path / "plan.csv").windows) == 3000


RECORDS = {
    "nested": "[" * 100_000,
    "a list": "[1]",
    "text": '"x"',
    "sizes as text": json.dumps({"url": "u", "sha256": "0" * 64, "size": "12", "fetched": "x"}),
    "true": json.dumps({"url": "u", "sha256": "0" * 64, "size": True, "fetched": "x"}),
    "negative": json.dumps({"url": "u", "sha256": "0" * 64, "size": -1, "fetched": "x"}),
    "tables": json.dumps({"url": {}, "sha256": "0" * 64, "size": 1, "fetched": []}),
    "escapes": json.dumps({"url": "\x1b[2J", "sha256": "0" * 64, "size": 1, "fetched": "x"}),
    "no hash": json.dumps({"url": "u", "sha256": "zz", "size": 1, "fetched": "x"}),
    "large": json.dumps({"url": "u" * 200_000, "sha256": "0" * 64, "size": 1, "fetched": "x"}),
    "NUL": "\0",
    "UTF-16": "\ufeff\0{",
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder of fetched data with one file in it."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv(store.ENVIRONMENT, str(folder))
    (folder / "kept.bin").write_bytes(b"kept")
    return folder


@pytest.mark.parametrize("text", RECORDS.values(), ids=RECORDS)
def test_an_invalid_record_of_fetched_data_is_ignored(home, desk, text):
    (home / "kept.bin.fetched.json").write_text(text)
    assert store.records() == []
    assert [item.note for item in inventory.fetched()] == ["no record of a download"]
    ended = desk.sim("data", "status")
    assert ended.code == 0 and "kept.bin" in ended.out, ended
    assert desk.sim("data", "verify").code == 0


@pytest.mark.parametrize("what", ["pipe", "folder", "device"])
def test_a_record_or_a_file_of_fetched_data_that_is_no_regular_file_is_never_waited_for(home, desk, what):
    for name in ("kept.bin.fetched.json", "other.bin"):
        path = home / name
        if what == "pipe":
            os.mkfifo(path)
        elif what == "folder":
            path.mkdir()
        else:
            path.symlink_to("/dev/zero")
    began = time.monotonic()
    assert desk.sim("data", "status").code == 0
    assert desk.sim("data", "verify").code == 0
    desk.sim("data", "fetch", "kept.bin").refuses("no data file is called 'kept.bin'")
    with pytest.raises(DataError):
        store.find("data:other.bin")
    assert time.monotonic() - began < 10.0


def test_a_data_folder_that_is_a_file_is_told(tmp_path, monkeypatch, desk):
    (tmp_path / "file").write_text("mine")
    monkeypatch.setenv(store.ENVIRONMENT, str(tmp_path / "file"))
    ended = desk.sim("data", "fetch", "http://127.0.0.1:9/x.bin")
    ended.refuses("x.bin could not be written", "FARSIDE_SIM_DATA")
    assert "Errno" not in ended.err
    assert desk.sim("data", "status").code == 0
