"""What results and sweeps keep of themselves, as fuzzers attack it: one file of a good folder is another.

An input is the whole file, or changes of the true one, a line each: `windows/routes/up/0 = "…"` puts a value there, and
without `= …` the key goes. Of a table (Parquet) it is `column/row = value`.
"""

from __future__ import annotations

import copy
import io
import json
import os
import tempfile
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import typer

import sim
from sim.cli import data as data_command
from sim.core.errors import SimError
from sim.core.files import RUN, digest
from sim.data import store
from sim.scenario.cost import estimate
from sim.simulation import record
from sim.simulation.diff import Windowed, differences, windowed
from sim.simulation.sweep import summary
from sim.simulation.sweep.cases import Memory, chunk_done
from sim.simulation.sweep.folder import ABOUT, PARTS, claimed, parts_there
from sim.simulation.sweep.plan import Plan, plan
from sim.simulation.sweep.run import _swept
from sim.simulation.sweep.store import Store

SCENARIO = """title = "A pass"
start = 2019-01-03T12:00:00Z
end = 2019-01-03T13:00:00Z
[sites.base]
body = "moon"
latitude_deg = 0
longitude_deg = 0
[sites.kourou]
latitude_deg = 5.25
longitude_deg = -52.8
horizon_deg = 20
[routes]
up = ["base", "kourou"]
[[products]]
kind = "contact_plan"
"""
VARY = {"sites.kourou.horizon_deg": [19, 20, 21]}
ASKED_S = 3.0
"""What is estimated to take longer is read, and not asked again: a scenario may ask for a lot."""
MINE = {"letter.txt": b"mine", f"{PARTS}/letter.txt": b"mine", ".sim-diary": b"mine", "passes.csv": b"mine"}
"""The user's own files in the folder of a sweep."""
MOST_LINES = 20


def result(path: Path) -> None:
    """A result whose run.json is another: compared with the true one both ways, and asked again."""
    out = _home(path.parent) / "out"
    true = json.loads(_true_run())
    (out / RUN).write_bytes(_changed(path.read_bytes(), true))
    told, ours = windowed(out), Windowed(*_true_windows())
    for each in (differences(told, ours), differences(ours, told)):
        str(each), each.rows()
    kept = record.read(out)
    start, end = kept.span
    if estimate(kept.inputs.data, max(end - start, _span_s(kept.inputs.data))).seconds > ASKED_S:
        return
    found = sim.verify(out)
    list(found.lines()), json.dumps(found.as_json())
    same = all(kept.said[key] == true[key] for key in ("inputs", "versions", "code_sha256", "platform"))
    if found.holds and same:
        false = [key for key in {*kept.said, *true} - {"windows", "span"} if kept.said.get(key) != true.get(key)]
        assert not false, f"the result holds, and its record is false: {false}"


def contact_plan(path: Path) -> None:
    """A contact plan, compared with a result."""
    told, ours = windowed(path), Windowed(*_true_windows())
    for each in (differences(told, ours), differences(ours, told)):
        str(each), each.rows()


def sweep_record(path: Path) -> None:
    """A sweep.json that is another, beside a sweep that has ended and one that has not; resumed and begun anew."""
    content, refused = path.read_bytes(), []
    for whole, resume in ((True, True), (True, False), (False, True)):
        with tempfile.TemporaryDirectory(dir=path.parent) as temporary:
            folder = _copied(temporary, whole)
            true = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            (folder / ABOUT).write_bytes(_changed(content, true))
            try:
                _gone_on(folder, resume)
            except SimError as error:
                assert str(error).strip(), "an error that says nothing"
                refused.append(error)
    if len(refused) == 3:
        raise refused[0]


def sweep_part(path: Path) -> None:
    """A part of a sweep that is another: looked at, and joined with the rest."""
    name, content = _which(path.read_bytes())
    with tempfile.TemporaryDirectory(dir=path.parent) as temporary:
        folder = _copied(temporary, False)
        _replaced(folder / PARTS / f"00000000.{name}.parquet", content)
        _gone_on(folder, True)


def sweep_table(path: Path) -> None:
    """A table of a sweep that has ended and is another, as the record lists it: read by those who ask for it."""
    name, content = _which(path.read_bytes())
    with tempfile.TemporaryDirectory(dir=path.parent) as temporary:
        folder = _copied(temporary, True)
        table = folder / f"{name}.parquet"
        _replaced(table, content)
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        about["files"][table.name] = digest(table)
        (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")
        _gone_on(folder, True)


def data_folder(path: Path) -> None:
    """What lies in the folder of fetched data, listed and verified: `NAME` and content of some files, `--` between."""
    with tempfile.TemporaryDirectory(dir=path.parent) as temporary:
        for file in path.read_bytes().split(b"\n--\n")[:8]:
            name, _, content = file.partition(b"\n")
            with suppress(OSError, ValueError):  # no name of a file
                (Path(temporary) / Path(name.decode()).name).write_bytes(content)
        where = mock.patch.dict(os.environ, {store.ENVIRONMENT: temporary})
        with where, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            data_command.status(as_json=True)
            data_command.status(as_json=False)
            with suppress(typer.Exit):
                data_command.verify()


def results() -> list[bytes]:
    """A record as it is written, the same in few words, and changes of it."""
    said = json.loads(_true_run())
    whole = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    said["versions"] = {key: said["versions"][key] for key in ("python", "farside-sim")}
    short = {key: said[key] for key in record._Content.model_fields}
    window, = said["windows"]["routes"]["up"]
    lines = [
        'scenario/title = "another"\nversions/numpy',
        f'windows/routes/up = []\nunknown/routes/up = ["{window}"]',
        'inputs/given/end = "2019-01-03T12:30:00Z"\ninputs/given/products/0/kind = "passes"',
        'inputs/file\nproducts = {}\nspan/start = "2019-01-03T11:00:00.000Z"',
        'data/de421.bsp\nlight_time = false\nends/base/basis = "measured"\nproducts/contact-plan.csv',
    ]
    return [whole.encode(), json.dumps(short, ensure_ascii=False).encode(), *(line.encode() for line in lines)]


def contact_plans() -> list[bytes]:
    """A contact plan as a run writes it, and the fewest columns that are one."""
    with tempfile.TemporaryDirectory() as temporary:
        content = (_home(Path(temporary)) / "out" / "contact-plan.csv").read_bytes()
    day = "2019-01-03T12"
    few = ["of,start_utc,end_utc", f"up,{day}:00:00Z,{day}:30:00Z", f"up,{day}:40:00Z,{day}:59:00Z"]
    return [content, "\n".join(few).encode()]


def sweep_records() -> list[bytes]:
    """Records of a sweep that has ended and of one that has not, and a change that does not matter."""
    changes = [b'versions/numpy = "9"\nvary = []', b"files/summary.csv\nfailed"]
    return [*changes, *(made()[ABOUT] for made in (_ended, _begun))]


def sweep_parts() -> list[bytes]:
    """Parts of both tables as they are, and with changes."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = _copied(temporary, False) / PARTS
        whole = [mark + (folder / f"00000000.{name}.parquet").read_bytes() for mark, name in _TABLES.items()]
    changes = ["cduration_s/0 = 1.5", 'eshare/0 = null\nroute/0 = "other"', "etotal_s/0 = -1e308\nknown_s/0 = 0"]
    return [*whole, *map(str.encode, changes)]


def sweep_tables() -> list[bytes]:
    """Tables of a sweep that has ended, as they are, and with changes."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = _copied(temporary, True)
        whole = [mark + (folder / f"{name}.parquet").read_bytes() for mark, name in _TABLES.items()]
    return [*whole, b"cduration_s/0 = 1.5", b'ecase/0 = 99\nroute/0 = null']


def data_folders() -> list[bytes]:
    """A file with its record, one without, and a kernel."""
    said = {"url": "https://example.org/kept.bsp", "sha256": "0" * 64, "size": 4, "fetched": "2024-01-01T00:00:00Z"}
    kept = f"kept.bsp\nkept\n--\nkept.bsp{store.RECORD}\n{json.dumps(said)}"
    return [kept.encode(), f"{kept}\n--\nother.tle\nother\n--\nnaif0012.tls\nx".encode(), b"k.bsp\nDAF/SPK "]


_TABLES = {b"c": "windows", b"e": "cases"}
"""The first byte of an input says which table it is of."""


def _which(content: bytes) -> tuple[str, bytes]:
    return _TABLES.get(content[:1], "cases"), content[1:]


def _gone_on(folder: Path, resume: bool) -> None:
    """What a sweep does in a folder with what it finds there, without the computing; the user's files must stay."""
    made = Store(folder, _plan())
    try:
        ready = made.look(resume)
        if ready is not None:
            made.begin()
            if ready:
                with mock.patch.object(summary, "_draw"):  # a second a picture
                    made.end(ready)
        swept = _swept(made)
        if ready is None or ready:
            repr(swept), swept.files(), len(swept.windows()), len(swept.routes())
    finally:
        lost = [name for name, content in MINE.items() if (folder / name).read_bytes() != content]
        assert not lost, f"files of the user's are not as they were: {lost}"


def _copied(temporary: str, whole: bool) -> Path:
    """A copy of a sweep's folder, with files of the user's in it."""
    folder = Path(temporary) / "out"
    for name, content in (_ended() if whole else _begun()).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for name, content in MINE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@cache
def _ended() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        (home / "s.toml").write_text(SCENARIO, encoding="utf-8")
        assert sim.sweep(home / "s.toml", VARY, home / "out").complete
        return _contents(home / "out")


@cache
def _begun() -> dict[str, bytes]:
    """A sweep of which all chunks but the last are kept, as a process that is killed leaves it."""
    with tempfile.TemporaryDirectory() as temporary:
        made, memory = Store(Path(temporary) / "out", _plan()), Memory()
        with claimed(made.folder) as new:
            made.look(False)
            made.begin()
            for number in range(made.plan.chunks - 1):
                made.keep(chunk_done(made.plan, made.plan.chunk_at(number), memory), new)
        assert parts_there(made.folder)
        return _contents(made.folder)


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@cache
def _plan() -> Plan:
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "s.toml"
        file.write_text(SCENARIO, encoding="utf-8")
        return plan(file, VARY)


def _home(folder: Path) -> Path:
    """A scenario and its result, in a folder."""
    home = folder / "home of a result"
    if not home.exists():
        home.mkdir()
        (home / "s.toml").write_text(SCENARIO, encoding="utf-8")
        scenario = sim.load(home / "s.toml")
        sim.write(scenario, sim.run(scenario), home / "out")
    return home


@cache
def _true_run() -> str:
    with tempfile.TemporaryDirectory() as temporary:
        return (_home(Path(temporary)) / "out" / RUN).read_text(encoding="utf-8")


@cache
def _true_windows() -> tuple[Any, ...]:
    with tempfile.TemporaryDirectory() as temporary:
        told = windowed(_home(Path(temporary)) / "out")
        return told.windows, told.span, told.unknown


def _span_s(tables: Any) -> float:
    """How long a span some tables ask for, as far as that can be told."""
    try:
        return sim.Scenario.model_validate(tables).span.duration_s
    except (ValueError, TypeError):
        return 0.0


def _changed(content: bytes, true: dict[str, Any]) -> bytes:
    """A JSON file as an input has it: whole, or the true one with changes."""
    if content.lstrip()[:1] in (b"{", b"["):
        return content
    said = copy.deepcopy(true)
    for keys, value in _lines(content):
        *path, last = keys
        holder: Any = said
        for key in path:
            holder = _below(holder, key)
        if value is _GONE:
            holder.pop(last, None) if isinstance(holder, dict) else None
        elif isinstance(holder, dict):
            holder[last] = value
        elif isinstance(holder, list) and last.isdecimal() and int(last) < len(holder):
            holder[int(last)] = value
    return json.dumps(said).encode()


_GONE = object()


def _below(holder: Any, key: str) -> Any:
    if isinstance(holder, dict):
        return holder.setdefault(key, {})
    if isinstance(holder, list) and key.isdecimal() and int(key) < len(holder):
        return holder[int(key)]
    return None


def _lines(content: bytes) -> list[tuple[list[str], Any]]:
    """Each change of an input: where, and what stands there then."""
    found = []
    for line in content.decode("utf-8", "replace").split("\n")[:MOST_LINES]:
        keys, equals, text = line.partition(" = ")
        try:
            found.append((keys.split("/"), json.loads(text) if equals else _GONE))
        except (ValueError, RecursionError):
            continue
    return found


def _replaced(table: Path, content: bytes) -> None:
    """A Parquet file as an input has it: whole, or the true one with changes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if content[:4] == b"PAR1" or b" = " not in content:
        table.write_bytes(content)
        return
    true = pq.read_table(table)
    columns = true.to_pydict()
    for keys, value in _lines(content):
        if len(keys) == 2 and keys[0] in columns and keys[1].isdecimal() and int(keys[1]) < len(true):
            columns[keys[0]][int(keys[1])] = value
    try:
        changed = pa.table(columns, schema=true.schema)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):  # no such value in that column
        return
    pq.write_table(changed, table, compression="zstd", write_page_checksum=True)
