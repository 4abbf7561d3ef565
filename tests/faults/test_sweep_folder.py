"""The folder of a sweep: nothing of a user's is touched there, one sweep writes at a time, and no part is believed that
is another's or damaged."""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.core.errors import DataError, ScenarioError, SimError
from sim.simulation.sweep.cases import Memory, chunk_done
from sim.simulation.sweep.folder import claimed
from sim.simulation.sweep.plan import plan
from sim.simulation.sweep.store import Store

SCENARIO = Path(__file__).parents[1] / "stories" / "data" / "sweep.toml"
FEW = {"sites.kourou.horizon_deg": [5, 10], "sites.maspalomas.horizon_deg": [5, 9]}
CHUNKS = 4
WRITTEN = ("windows.parquet", "cases.parquet", "windows.incomplete.parquet", "summary.csv", "sensitivity.csv",
            "failed.csv", "distribution.png", "convergence.svg", "sweep.json")  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A sweep that has ended."""
    folder = tmp_path_factory.mktemp("whole") / "out"
    assert sim.sweep(SCENARIO, FEW, folder).complete
    return folder


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A sweep of which three chunks of four are kept, as kill -9 leaves it."""
    folder = tmp_path_factory.mktemp("begun") / "out"
    store, memory = Store(folder, plan(SCENARIO, FEW)), Memory()
    assert store.plan.chunks == CHUNKS
    with claimed(folder) as new:
        assert store.look(resume=False) == set()
        store.begin()
        for number in range(CHUNKS - 1):
            store.keep(chunk_done(store.plan, store.plan.chunk_at(number), memory), new)
    return folder


@pytest.fixture
def unfinished(begun, tmp_path):
    return Path(shutil.copytree(begun, tmp_path / "out"))


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("what", ["file", "link", "folder"])
def test_a_file_of_the_users_under_a_sweeps_name_stays(tmp_path, name, what):
    out, mine = tmp_path / "out", tmp_path / "mine"
    out.mkdir()
    mine.write_text("mine")
    if what == "folder":
        (out / name).mkdir()
    elif what == "link":
        (out / name).symlink_to(mine)
    else:
        (out / name).write_text("mine")
    before = contents(tmp_path)
    with pytest.raises(DataError, match=name):
        sim.sweep(SCENARIO, FEW, out)
    assert contents(tmp_path) == before and (out / name).is_symlink() == (what == "link")


@pytest.mark.parametrize("what", ["files", "empty", "link", "file", "parts"])
def test_a_folder_of_the_users_called_parts_stays(tmp_path, begun, what):
    out, mine = tmp_path / "out", tmp_path / "mine"
    out.mkdir()
    mine.mkdir()
    (mine / "letter.txt").write_text("mine")
    if what == "file":
        (out / "parts").write_text("mine")
    elif what == "link":
        (out / "parts").symlink_to(mine)
    else:
        (out / "parts").mkdir()
    if what == "files":
        (out / "parts" / "00000000.cases.parquet").write_text("mine")
    if what == "parts":  # of a sweep, but its record is not there
        shutil.copytree(begun / "parts", out / "parts", dirs_exist_ok=True)
    before = contents(tmp_path)
    for resume in (False, True):
        with pytest.raises(DataError, match="parts"):
            sim.sweep(SCENARIO, FEW, out, resume=resume)
    assert contents(tmp_path) == before and (out / "parts").exists()


def test_a_record_lists_nothing_but_a_sweeps_files(tmp_path, whole):
    out = Path(shutil.copytree(whole, tmp_path / "out"))
    outside, letter = tmp_path / "letter.txt", out / "letter.txt"
    outside.write_text("mine")
    letter.write_text("mine")
    about = json.loads((out / "sweep.json").read_text())
    sha256 = sim.simulation.sweep.folder.digest(letter)
    about["files"] |= {"letter.txt": sha256, "../letter.txt": sha256, str(outside): sha256}
    (out / "sweep.json").write_text(json.dumps(about))
    assert sim.sweep(SCENARIO, {**FEW, "light_time": [False]}, out).complete
    assert outside.read_text() == letter.read_text() == "mine"


def test_a_table_that_was_edited_stays_and_what_a_sweep_wrote_goes(tmp_path, whole):
    out = Path(shutil.copytree(whole, tmp_path / "out"))
    other = {"sites.kourou.horizon_deg": [5, 10]}
    assert sim.sweep(SCENARIO, other, out, samples=1).cases == 2  # over its own files
    assert set(json.loads((out / "sweep.json").read_text())["files"]) | {"sweep.json"} == set(os.listdir(out))
    with (out / "summary.csv").open("a") as file:
        file.write("my remark\n")
    before = contents(out)
    with pytest.raises(DataError, match=r"summary\.csv has been changed"):
        sim.sweep(SCENARIO, FEW, out)
    assert contents(out) == before


def test_what_comes_to_lie_there_while_it_computes_stays_and_the_cases_are_kept(tmp_path):
    out = tmp_path / "out"

    def tell(done, of, text):
        if done == 2 and not (out / "summary.csv").exists():
            (out / "summary.csv").write_text("mine")

    with pytest.raises(DataError, match=r"summary\.csv"):
        sim.sweep(SCENARIO, FEW, out, tell=tell)
    assert (out / "summary.csv").read_text() == "mine"
    (out / "summary.csv").rename(tmp_path / "mine")
    assert sim.sweep(SCENARIO, FEW, out, resume=True).complete


def test_a_second_sweep_into_a_folder_is_refused_at_once_and_the_first_is_whole(tmp_path, whole):
    told = []

    def tell(done, of, text):
        if done == 2 and not told:
            for vary in (FEW, {**FEW, "light_time": [False]}):
                for resume in (False, True):
                    with pytest.raises(DataError, match="another sweep is writing into") as found:
                        sim.sweep(SCENARIO, vary, tmp_path, resume=resume)
                    told.append(str(found.value))

    assert sim.sweep(SCENARIO, FEW, tmp_path, tell=tell).complete
    assert len(told) == 4
    assert contents(tmp_path) == contents(whole)


@pytest.mark.parametrize("what", ["link", "file"])
def test_a_lock_file_that_sim_did_not_write_is_not_opened(tmp_path, what):
    mine = tmp_path / "mine"
    mine.write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    if what == "link":
        (out / ".sim-sweep.lock").symlink_to(mine)
    else:
        (out / ".sim-sweep.lock").write_text("mine")
    before = contents(tmp_path)
    with pytest.raises(DataError, match="lock"):
        sim.sweep(SCENARIO, FEW, out)
    assert contents(tmp_path) == before


def test_a_lock_file_left_by_a_killed_sweep_does_not_stop_the_next_sweep(tmp_path):
    (tmp_path / ".sim-sweep.lock").touch()
    assert sim.sweep(SCENARIO, FEW, tmp_path).complete
    assert not list(tmp_path.glob(".sim-*"))
    with FileLock(tmp_path / ".sim-sweep.lock"), pytest.raises(DataError, match="another sweep"):
        sim.sweep(SCENARIO, FEW, tmp_path)


def test_a_sweep_goes_on_from_whole_parts_to_the_same_bits(unfinished, whole):
    half = unfinished / "parts" / "00000001.cases.parquet"
    half.unlink()
    (unfinished / "parts" / "letter.txt").write_text("mine")
    swept = sim.sweep(SCENARIO, FEW, unfinished, resume=True)
    assert swept.complete
    mine = contents(unfinished)
    assert mine.pop("parts/letter.txt") == b"mine"
    assert mine == contents(whole)


def broken(path: Path, how: str, begun: Path) -> None:
    raw = path.read_bytes()
    if how == "empty":
        path.write_bytes(b"")
    elif how == "cut":
        path.write_bytes(raw[: len(raw) // 2])
    elif how == "text":
        path.write_text("<html>not found</html>")
    elif how == "flipped":
        path.write_bytes(raw[:40] + bytes(each ^ 0x55 for each in raw[40:60]) + raw[60:])
    elif how == "of another chunk":
        shutil.copy(path.with_name(path.name.replace("00000001", "00000002")), path)
    elif how == "of another table":
        kinds = {"cases": "windows", "windows": "cases"}
        shutil.copy(path.with_name(".".join([path.name[:8], kinds[path.name.split(".")[1]], "parquet"])), path)
    elif how == "no sweep's":
        pq.write_table(pa.table({"case": [1]}), path)
    elif how == "of another sweep":
        table = pq.read_table(path)
        pq.write_table(table.replace_schema_metadata({b"farside-sim.plan_sha256": b"0" * 64}), path)
    elif how == "without a row":
        pq.write_table(pq.read_table(path).slice(0, 0), path)
    elif how == "with nothing for a case":
        table = pq.read_table(path)
        nothing = pa.array([None] * len(table), pa.int64())
        pq.write_table(table.set_column(0, table.schema.field("case"), nothing), path)
    elif how == "folder":
        path.unlink()
        path.mkdir()
    elif how == "pipe":
        path.unlink()
        os.mkfifo(path)
    elif how == "link":
        path.unlink()
        path.symlink_to(begun / "parts" / path.name)
    elif how == "beyond the end":
        path.rename(path.with_name(path.name.replace("00000001", "00000099")))


DAMAGE = ("empty", "cut", "text", "flipped", "of another chunk", "of another table", "no sweep's", "of another sweep",
          "with nothing for a case", "folder", "pipe", "link", "beyond the end")  # fmt: skip


@pytest.mark.parametrize(("name", "how"), [*product(("cases", "windows"), DAMAGE), ("cases", "without a row")])
def test_a_part_that_is_damaged_or_anothers_is_refused_and_stays(unfinished, begun, how, name):
    broken(unfinished / "parts" / f"00000001.{name}.parquet", how, begun)
    before = contents(unfinished)
    with pytest.raises(DataError, match=r"(?s)00000(001|099)\..*--resume"):
        sim.sweep(SCENARIO, FEW, unfinished, resume=True)
    assert contents(unfinished) == before


def test_a_part_whose_bytes_were_changed_anywhere_is_refused_or_says_the_same(unfinished):
    parts, lots, refused = Store(unfinished, plan(SCENARIO, FEW)).parts, random.Random(3), 0
    for name in ("cases", "windows"):
        path, expected = parts.path(1, name), parts.read(1, name)
        raw = path.read_bytes()
        for _ in range(100):
            changed = bytearray(raw)
            changed[lots.randrange(len(raw))] ^= 1 << lots.randrange(8)
            path.write_bytes(changed)
            try:
                assert parts.read(1, name).equals(expected)
            except DataError:
                refused += 1
    assert refused > 100


def test_what_was_damaged_and_moved_away_is_computed_again(unfinished, begun, whole):
    part = unfinished / "parts" / "00000001.cases.parquet"
    broken(part, "flipped", begun)
    done = CliRunner().invoke(app, ["sweep", str(SCENARIO), "--resume", "-o", str(unfinished), "--samples", "1",
                                    *(word for key, each in FEW.items() for word in ("--set", f"{key}={each}"[:-1]
                                      .replace("[", "")))])  # fmt: skip
    assert done.exit_code == 1 and "damaged" in str(done.exception)
    part.unlink()
    assert sim.sweep(SCENARIO, FEW, unfinished, resume=True).complete
    assert contents(unfinished) == contents(whole)


@pytest.mark.parametrize(
    "said",
    [
        "[]", "3", "{}", "", "{" * 5000, '{"plan_sha256": 3}', "NaN",
        {"complete": 1}, {"cases": "4"}, {"cases_done": None}, {"cases_failed": 1.5}, {"files": []},
        {"files": {"summary.csv": 7}}, {"plan_sha256": ["x"]},
    ],
)  # fmt: skip
def test_a_record_that_no_sweep_wrote_is_refused_and_stays(tmp_path, whole, said):
    out = Path(shutil.copytree(whole, tmp_path / "out"))
    about = json.loads((out / "sweep.json").read_text())
    (out / "sweep.json").write_text(said if isinstance(said, str) else json.dumps(about | said))
    before = contents(out)
    for resume in (False, True):
        with pytest.raises(DataError, match=r"sweep\.json"):
            sim.sweep(SCENARIO, FEW, out, resume=resume)
    assert contents(out) == before


@pytest.mark.parametrize("what", ["gone", "edited", "another's", "not all", "more failed"])
def test_a_complete_sweep_is_believed_only_if_its_files_are_what_it_says(tmp_path, whole, what):
    out = Path(shutil.copytree(whole, tmp_path / "out"))
    about = json.loads((out / "sweep.json").read_text())
    table = out / "cases.parquet"
    if what == "gone":
        table.unlink()
    elif what == "edited":
        (out / "summary.csv").write_text("better figures")
    elif what == "another's":
        broken(table, "of another sweep", whole)
        about["files"]["cases.parquet"] = sim.simulation.sweep.folder.digest(table)
    elif what == "not all":
        about["cases_done"] = 3
    else:
        about["cases_failed"] = 5
    (out / "sweep.json").write_text(json.dumps(about))
    before = contents(out)
    with pytest.raises(DataError, match="another"):
        sim.sweep(SCENARIO, FEW, out, resume=True)
    assert contents(out) == before


def test_tables_are_read_only_if_they_are_of_the_sweep(tmp_path):
    swept = sim.sweep(SCENARIO, FEW, tmp_path)
    assert len(swept.routes()) == 2 * CHUNKS and len(swept.windows())
    assert {path.name for path in swept.files()} == set(os.listdir(tmp_path))
    sim.sweep(SCENARIO, {**FEW, "light_time": [False]}, tmp_path)
    with pytest.raises(DataError, match="no longer belongs to this sweep"):
        swept.routes()


HORIZON = """body = "moon"
latitude_deg = 20
longitude_deg = 10
model = "made up"
model_sha256 = "0"
horizon_deg = [[0, 2], [180, {}]]
"""


def test_another_file_behind_the_same_name_is_another_sweep(tmp_path):
    text = SCENARIO.read_text().replace("horizon_deg   = 2", 'horizon_file = "rim.toml"')
    (tmp_path / "s.toml").write_text(text)
    found = []
    for height in (2, 2, 3):
        (tmp_path / "rim.toml").write_text(HORIZON.format(height))
        found.append(plan(tmp_path / "s.toml", FEW).sha256)
    assert found[0] == found[1] != found[2]


def named(tmp_path: Path, value: str) -> Path:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    (home / "mine.txt").write_text("5\n10\n")
    (tmp_path / "secret.txt").write_text("5\n11.015625\n")
    (home / "link.txt").unlink(missing_ok=True)
    (home / "link.txt").symlink_to(tmp_path / "secret.txt")
    text = SCENARIO.read_text().replace("= [5, 10]", f"= {json.dumps(value)}")
    (home / "s.toml").write_text(text)
    return home / "s.toml"


@pytest.mark.parametrize("value", ["@../secret.txt", "@{tmp}/secret.txt", "@~/secret.txt", "@link.txt", "@/etc/passwd",
                                   "@~nobody/x", "@file:///etc/passwd", "@sub/../../secret.txt"])  # fmt: skip
def test_what_a_scenario_names_with_an_at_lies_in_its_folder(tmp_path, value, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    scenario = named(tmp_path, value.replace("{tmp}", str(tmp_path)))
    loaded = sim.load(scenario)
    for each in (scenario, loaded, loaded.model_copy()):
        with pytest.raises(SimError, match=r"folder of the scenario|path of a file") as told:
            sim.sweep(each, folder=tmp_path / "out")
        shown = str(told.value).replace(str(tmp_path), "")  # whose number may be anything
        assert "root:" not in shown and "11.015625" not in shown
    assert not (tmp_path / "out").exists()


def test_a_file_beside_the_scenario_and_a_users_own_are_read(tmp_path):
    inside, outside = named(tmp_path, "@mine.txt"), tmp_path / "secret.txt"
    made = plan(inside)
    assert [made.values(4 * n)["sites.kourou.horizon_deg"] for n in range(2)] == [5, 10]
    assert plan(sim.load(inside)).lists == 2  # from its folder, wherever one is
    own = plan(inside, {"sites.kourou.horizon_deg": f"@{outside}"})
    assert own.values(4)["sites.kourou.horizon_deg"] == 11.015625
    allowed = plan(named(tmp_path, "@../secret.txt"), allow_paths=True)
    assert allowed.values(4)["sites.kourou.horizon_deg"] == 11.015625
    with pytest.raises(SimError, match="there is no file '~nobody/x'"):
        plan(inside, {"sites.kourou.horizon_deg": "@~nobody/x"})


@pytest.mark.parametrize("key", ["sites.lander.horizon_file", "sites.lander"])
def test_files_that_a_scenarios_own_values_name_lie_in_its_folder_too(tmp_path, key, monkeypatch):
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    lander = {"body": "moon", "latitude_deg": 20, "longitude_deg": 10, "horizon_file": "../secret.txt", "source": "x"}
    value = "../secret.txt" if key.endswith("file") else lander
    rest = {"title": "x", "days": 1, "routes": {"r": ["lander", "earth"]},
            "sites": {"lander": {k: v for k, v in lander.items() if k != "horizon_file"}}}  # fmt: skip
    loaded = sim.Scenario.model_validate(rest | {"start": 6e8, "sweep": {"set": {key: [value]}}})
    with pytest.raises(ScenarioError, match="folder of the scenario"):
        plan(loaded)


def test_values_from_a_pipe_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SimError, match="pipe"):
        plan(SCENARIO, {"sites.kourou.horizon_deg": f"@{tmp_path / 'pipe'}"})


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense",
        "http://x:1",
        "tcp://",
        "tcp://x:y",
        "tcp://127.0.0.1:99999",
        "/x",
        "tcp://127.0.0.1:9",
        "tcp://[::1",
        "x\0y:8786",
        "tcp://no-such-host.invalid:8786",
    ],
)
def test_a_scheduler_that_is_none_is_told_at_once_and_leaves_nothing(tmp_path, address, whole):
    since = time.monotonic()
    out = Path(shutil.copytree(whole, tmp_path / "old"))
    for folder in (tmp_path / "new", out):
        with pytest.raises(SimError, match="scheduler"):
            sim.sweep(SCENARIO, {**FEW, "light_time": [False]}, folder, scheduler=address)
    assert time.monotonic() - since < 20.0  # Dask would try for 25 s, each
    assert not (tmp_path / "new").exists() and contents(out) == contents(whole)


def test_a_server_that_is_no_scheduler_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    from sim.simulation.sweep import cluster

    monkeypatch.setattr(cluster, "ANSWERED_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(SimError, match="no Dask scheduler at"):
            sim.sweep(SCENARIO, FEW, tmp_path / "out", scheduler=address)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"samples": 10**11}, "The limit is 366 days"),
        ({"samples": 4 * 10**9, "method": "latin"}, "of memory|days"),
        ({"samples": 10**9, "method": "latin", "scheduler": "tcp://127.0.0.1:9"}, "memory|disk"),
        ({"samples": 10**11, "scheduler": "tcp://127.0.0.1:9"}, "free"),
        ({"samples": 10**13}, "1e\\+12"),
        ({"samples": 600, "jobs": 300}, "fewer processes"),
    ],
)
def test_a_sweep_that_would_never_end_is_refused_with_its_estimate(tmp_path, monkeypatch, more, told):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=40e9))  # on any machine the same
    with pytest.raises(SimError, match=told) as refused:
        sim.sweep(SCENARIO, {}, tmp_path / "out", **more)
    assert "GB" in str(refused.value) or "TB" in str(refused.value) or more["samples"] == 10**13
    assert not (tmp_path / "out").exists()


def test_no_more_processes_start_than_have_something_to_do(tmp_path, monkeypatch):
    asked = []
    from sim.simulation.sweep import cluster

    def local(jobs):
        asked.append(jobs)
        raise SimError("no workers in this test")

    monkeypatch.setattr(cluster, "local", local)
    with pytest.raises(SimError, match="no workers"):
        sim.sweep(SCENARIO, {"sites.kourou.horizon_deg": [5, 10]}, tmp_path / "out", samples=1, jobs=64)
    assert asked == [2]
    assert sim.sweep(SCENARIO, {"sites.kourou.horizon_deg": [5], "sites.maspalomas.horizon_deg": [5]},
                     tmp_path / "out", jobs=64).complete  # fmt: skip
    assert asked == [2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"samples": 0},
        {"samples": -1},
        {"samples": 1.5},
        {"samples": True},
        {"seed": -1},
        {"seed": "x"},
        {"method": "sobol"},
        {"jobs": 0},
        {"jobs": 1.5},
        {"jobs": True},
    ],
)
def test_invalid_numbers_are_reported_before_any_case(tmp_path, wrong):
    with pytest.raises((SimError, TypeError), match=next(iter(wrong))):
        sim.sweep(SCENARIO, folder=tmp_path / "out", **wrong)
    assert not (tmp_path / "out").exists()


def test_an_invalid_matplotlib_backend_is_reported_before_any_case(tmp_path):
    code = f"import sim; sim.sweep({str(SCENARIO)!r}, folder={str(tmp_path / 'out')!r})"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "MPLBACKEND": "nonsense"},
                          capture_output=True, text=True, timeout=120)  # fmt: skip
    assert "SimError: pictures cannot be drawn" in done.stderr and "MPLBACKEND" in done.stderr
    assert not (tmp_path / "out").exists()
