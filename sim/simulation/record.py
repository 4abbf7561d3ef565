"""Writes and reads run.json: the provenance of a result, its inputs, its windows, and the hashes of its products.

It contains everything that `sim verify` needs to compute the result again; `sim diff` reads it too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sim.core.errors import DataError
from sim.core.files import MAX_BYTES, RUN, json_text, settle
from sim.core.regular_files import read_json
from sim.core.text import place, shown
from sim.core.time import tdb, utc
from sim.core.toml_file import MAX_DEPTH, Document, is_file, walk
from sim.core.values import JsonValue, TomlTable, TomlValue
from sim.products.provenance_stamp import stamp
from sim.scenario.file_paths import ends_of, files_from
from sim.scenario.includes import Fragments
from sim.scenario.provenance import PACKAGE, short
from sim.scenario.scenario import Scenario, digest
from sim.search.windows import Windows
from sim.visibility.result import Result
from sim.visibility.routes import hop_read, hop_text

Array = NDArray[np.float64]

ROUNDING_S = 2e-3
"""Allowed difference between times of a span and of windows (s): spans are written to the millisecond."""

_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Key = Annotated[str, Field(min_length=1, max_length=4096)]
_Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$")]
_Window = Annotated[str, Field(pattern=r"^[^/]{20,30}/[^/]{20,30}$")]


def _file_name(name: str) -> str:
    if Path(name).name != name or "\\" in name or not name.isprintable() or name.startswith("."):
        raise ValueError(f"{shown(name)} is not the file name of a product")
    return name


def _path(file: object) -> object:
    if file is not None and (not isinstance(file, str) or not file or "\0" in file):
        raise ValueError(f"expected the path of a scenario, got {shown(file)}")
    return file  # may contain bytes that are not UTF-8, which pydantic's str refuses


class _Part(BaseModel):
    model_config = ConfigDict(strict=True)


class _Inputs(_Part):
    file: Annotated[object, AfterValidator(_path)] = None
    given: dict[str, object]


class _Span(_Part):
    start: _Time
    end: _Time


class _Windows(_Part):
    routes: dict[_Key, list[_Window]]
    hops: dict[_Key, list[_Window]]


class _Product(_Part):
    sha256: _Sha256
    content: _Sha256


class _Scenario(_Part):
    title: str
    sha256: _Sha256
    files: dict[_Key, _Sha256]


class _Content(_Part):
    """The parts of run.json that are validated before it is used; `sim verify` compares the other parts."""

    scenario: _Scenario
    span: _Span
    versions: dict[_Key, str]
    code_sha256: _Sha256
    platform: str
    data: dict[_Key, _Sha256]
    inputs: _Inputs
    windows: _Windows
    products: dict[Annotated[str, AfterValidator(_file_name)], _Product]

    @model_validator(mode="after")
    def _complete(self) -> _Content:
        if self.inputs.file is not None and not self.scenario.files:
            raise ValueError("it names a scenario file, but lists no file with its SHA-256")
        if PACKAGE not in self.versions or "python" not in self.versions:
            raise ValueError(f"versions does not list python and {PACKAGE}")
        if twice := set(self.windows.routes) & set(self.windows.hops):
            raise ValueError(f"{shown(min(twice))} is both a route and a hop")
        return self


@dataclass(frozen=True)
class Record:
    """The contents of a run.json.

    Attributes
    ----------
    folder
        The folder of the file.
    said
        Its contents.
    """

    folder: Path
    said: Mapping[str, Any]  # validated as `_Content`

    @property
    def scenario_file(self) -> Path | None:
        """Path of the scenario file; None if the scenario was built in Python."""
        file = self.said["inputs"].get("file")
        return Path(os.path.normpath(self.folder.resolve() / file)) if file else None

    @property
    def inputs(self) -> Fragments:
        """The tables of the scenario, as merged files."""
        given = dict(self.said["inputs"]["given"])
        return Fragments(given, [Document(self.folder / RUN, given, "")])

    @property
    def span(self) -> tuple[float, float]:
        """Start and end of the span (TDB s)."""
        return float(tdb(self.said["span"]["start"])), float(tdb(self.said["span"]["end"]))

    @property
    def windows(self) -> dict[str, Array]:
        """Windows of routes and hops by name, (n, 2) TDB s."""
        return _read(self.said["windows"])

    @property
    def unknown(self) -> dict[str, Array] | None:
        """Intervals in which an orbit is unknown, (m, 2) TDB s, by route and hop; None in records of older versions."""
        said = self.said.get("unknown")
        return said and _read(said)

    @property
    def products(self) -> dict[str, dict[str, str]]:
        """By file name: `sha256` of the file, and of its `content` without the embedded provenance."""
        return dict(self.said["products"])


def write(scenario: Scenario, result: Result, written: Iterable[Path], temporary: Path, folder: Path) -> Path:
    """Write the provenance into products that can hold it, and write run.json beside them.

    temporary : folder of the products now
    folder    : their folder in the end
    """
    origin, products = json.dumps(short(result.provenance), ensure_ascii=True, sort_keys=True), {}
    for path in sorted(written):
        content = _sha256(path)
        stamp(path, origin)
        products[path.name] = {"sha256": _sha256(path), "content": content}
    said = {
        **result.provenance,
        "worth": result.error_notes,
        "inputs": inputs(scenario, folder),
        "windows": {
            "routes": {name: _texts(windows) for name, windows in result.routes.items()},
            "hops": {hop_text(hop): _texts(windows) for hop, windows in result.hops.items()},
        },
        "unknown": {
            "routes": {name: _texts(windows.unknown) for name, windows in result.routes.items()},
            "hops": {hop_text(hop): _texts(windows.unknown) for hop, windows in result.hops.items()},
        },
        "products": products,
    }
    about = temporary / RUN
    about.write_text(json_text(said), encoding="utf-8")
    return about


def read(folder: Path) -> Record:
    """Read the run.json of a folder, after repairing what an interrupted run left there.

    Raises
    ------
    DataError
        If there is none, if it was not written by `sim run`, or if it is impossible: a span that ends before it
        starts, or windows that overlap, are out of order or outside the span.
    """
    settle(folder)
    path = folder / RUN
    if not is_file(path):
        raise DataError(f"there is no {RUN} in {folder}. Expected the output folder of `sim run`")
    said = read_json(path, MAX_BYTES)
    if not isinstance(said, dict) or not {"inputs", "windows", "products"} <= set(said):
        raise DataError(f"{path} has no inputs, windows or products. Run the scenario again with this version")
    try:
        _Content.model_validate(said)
        given = said["inputs"]
        if isinstance(given, dict) and any(len(keys) > MAX_DEPTH for keys, _ in walk(given["given"])):
            raise ValueError(f"tables are nested deeper than {MAX_DEPTH} levels")
        record = Record(folder, said)
        _refuse_impossible(record)
        _ = record.unknown, record.inputs, record.scenario_file
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise DataError(f"{path} is damaged: {place(first['loc'])}: {first['msg']}. Run the scenario again") from error
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise DataError(f"{path} is damaged: {error}. Run the scenario again") from error
    return record


def _refuse_impossible(record: Record) -> None:
    """Raise `ValueError` for windows that no search can have found."""
    start, end = record.span
    if not start < end:
        said = record.said["span"]
        raise ValueError(f"the span ends before it starts: {said['start']} to {said['end']}")
    for name, bounds in record.windows.items():
        edges = bounds.ravel()
        if not np.all(np.isfinite(edges)) or np.any(np.diff(edges) < 0.0):
            raise ValueError(f"windows of {shown(name)} end before they start, overlap or are not in order")
        if len(edges) and (edges[0] < start - ROUNDING_S or edges[-1] > end + ROUNDING_S):
            raise ValueError(f"windows of {shown(name)} are outside the span")


def inputs(scenario: Scenario, folder: Path | None = None) -> dict[str, object]:
    """The inputs of a result for run.json: the scenario's merged tables, and the path of its file.

    Of a scenario built in Python, its objects as tables. Paths are relative to `folder`.
    """
    origin = scenario.origin
    if origin is None or origin.sha256 != digest(scenario):
        made = _without_defaults(scenario.model_dump(mode="json", exclude_unset=True))
        return {"given": made if folder is None else files_from(made, Path.cwd(), folder.resolve())}
    given = plain(origin.fragments.data)
    if folder is None:
        return {"given": given}
    try:
        file = Path(os.path.relpath(origin.path, folder.resolve())).as_posix()
    except ValueError:  # on another drive
        file = origin.path.as_posix()
    return {"file": file, "given": given}


def plain(value: TomlValue) -> JsonValue:
    """A TOML value as JSON: times as text, in UTC if they have an offset."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else value


def _without_defaults(dump: TomlTable) -> TomlTable:
    """Tables of objects as in a file: without empty keys, and without the names of ends, which are their keys."""
    for _, _, end in ends_of(dump):
        del end["name"]

    def lean(value: Any) -> Any:  # any value of a table
        if isinstance(value, dict):
            return {key: lean(each) for key, each in value.items() if each not in (None, "")}
        return [lean(each) for each in value] if isinstance(value, (list, tuple)) else value

    made: TomlTable = lean(dump)
    return made


def _texts(windows: Windows) -> list[str]:
    """Windows as ISO 8601 intervals in UTC, to the microsecond."""
    starts, ends = utc(windows.bounds[:, 0], 6), utc(windows.bounds[:, 1], 6)
    return [f"{start}/{end}" for start, end in zip(starts, ends, strict=True)]


def _read(tables: Mapping[str, Mapping[str, list[str]]]) -> dict[str, Array]:
    """Intervals of routes and hops by name, (n, 2) TDB s."""
    return {hop_read(name): _bounds(texts) for table in tables.values() for name, texts in table.items()}


def _bounds(texts: list[str]) -> Array:
    edges = [edge for text in texts for edge in text.split("/")]
    bounds: Array = np.asarray(tdb(edges) if edges else [], dtype=float).reshape(-1, 2)
    return bounds


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
