"""A result asked again, years later: what has changed since, inputs, data, versions, or the answer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim import provenance, record, scenario, simulation
from sim.complaints import place, shown
from sim.datastore import digest
from sim.differences import TOLERANCE_S, Differences, Windowed, differences, windows_of
from sim.errors import SimError
from sim.fragments import Fragments, Origin, gather
from sim.products.files import RUN
from sim.quantities import converted
from sim.record import Record
from sim.scenario import Scenario
from sim.toml import Keys, is_file

TABLES = (".csv", ".json", ".nc")
"""Products that hold an answer. Pictures and pages depend on fonts and versions; they are told of, but not judged."""

_MANY = 20
"""No more changes of one sort are told."""


@dataclass(frozen=True)
class Verification:
    """What verifying a result found; empty lists where nothing changed.

    inputs   : what the scenario's files say now that they did not, each with its place
    data     : files of numbers (kernels, Earth orientation, orbits) that are not what they were
    versions : of packages, Python, platform and this package's own programs
    files    : products that are not as they were written
    answer   : the recorded inputs, asked again with the data and versions of now, against the recorded windows
    failed   : why they could not be asked again, "" if they could
    remade   : tables that came out otherwise when made anew
    pictures : pictures and pages that did: they depend on fonts and versions, and are not judged
    inputs_answer : where the inputs changed: what they give now, against the recorded windows; or why nothing
    edited   : scenario files with another text than then, whether or not they mean the same
    """

    inputs: tuple[str, ...]
    data: tuple[str, ...]
    versions: tuple[str, ...]
    files: tuple[str, ...]
    answer: Differences | None
    failed: str = ""
    remade: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    inputs_answer: Differences | str | None = None
    edited: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[str, ...]:
        """Which of inputs, data, versions, files and answer changed."""
        answer = self.answer is None or bool(self.answer) or bool(self.remade and not self.versions and not self.data)
        kinds = ("inputs", "data", "versions", "files")
        return (*(kind for kind in kinds if getattr(self, kind)), *(["answer"] if answer else []))

    @property
    def holds(self) -> bool:
        """Whether the result is still the answer to its inputs; other versions alone do not count."""
        return set(self.changed) <= {"versions"}

    def lines(self) -> Iterator[tuple[str, str]]:
        """As it reads: a word and what to say of it, in order."""
        for kind, same in (
            ("inputs", "the scenario's files say what they said"),
            ("data", "every kernel and table is what it was, byte by byte"),
            ("versions", "the same programs on the same platform"),
            ("files", "every product is as it was written"),
        ):
            yield from ((kind, text) for text in (getattr(self, kind) or (f"same: {same}",)))
            if kind == "inputs" and self.edited:
                yield kind, f"{'' if self.inputs else 'though '}the text of {', '.join(self.edited)} is another"
        yield "answer", f"cannot be found again: {self.failed}" if self.answer is None else str(self.answer)
        if self.remade:
            yield "answer", f"made anew, these tables are not what they were: {', '.join(self.remade)}"
        if self.pictures:
            yield "answer", f"made anew, these pictures and pages are not the same bytes: {', '.join(self.pictures)}"
        if self.inputs_answer is not None:
            yield "answer", f"with the inputs as they are now: {self.inputs_answer}"

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        told = {kind: list(getattr(self, kind)) for kind in ("inputs", "data", "versions", "files")}
        answer = None if self.answer is None else {"text": str(self.answer), "differs": bool(self.answer)}
        return {
            "holds": self.holds, "changed": list(self.changed), **told, "answer": answer, "failed": self.failed,
            "tables_made_otherwise": list(self.remade),
            "answer_of_changed_inputs": None if self.inputs_answer is None else str(self.inputs_answer),
        }  # fmt: skip


def verify(
    folder: Path,
    file: Path | None = None,
    *,
    allow_paths: bool = False,
    tolerance_s: float = TOLERANCE_S,
    progress: Callable[[str], None] = lambda text: None,
) -> Verification:
    """Ask a result's question again and say what changed.

    folder : as `sim run` left it; file : the scenario's file, where it is not where it was
    allow_paths : whether the scenario may name files outside its folder
    tolerance_s : how far an edge may move
    progress : told in a few words what is being done

    The inputs that run.json keeps are asked again, with the data and versions of now: so the answer stands or falls by
    itself, whatever has happened to the scenario's files. Where these say something else now, they are asked too.
    Raises `DataError` if the folder holds no result.
    """
    tolerance_s = converted(tolerance_s, "s")
    told = record.read(folder)
    path = file or told.scenario_file
    home = path.resolve().parent if path is not None else folder.resolve()
    inputs, edited, now = _inputs(told, path)
    files, versions = tuple(_altered(told)), tuple(_versions(told.said))
    kept, complaints = scenario.built(told.inputs, home, allow_paths=allow_paths)
    data = _data(told, kept)
    recorded = Windowed(told.windows, told.span)
    answer, failed, otherwise = None, "", list[str]()
    try:
        if kept is None or complaints:
            raise scenario.refused(folder / RUN, told.inputs, complaints)
        result = simulation.run(kept, progress)
        answer = differences(recorded, windows_of(result), tolerance_s)
        progress("making the products anew")
        with tempfile.TemporaryDirectory() as temporary:
            simulation.write(kept, result, Path(temporary) / "anew", progress)
            made = record.read(Path(temporary) / "anew").products
        otherwise = [n for n, about in told.products.items() if made.get(n, {}).get("content") != about["content"]]
    except SimError as error:
        failed = str(error)
    inputs_answer: Differences | str | None = None
    if inputs and now is not None:
        try:
            asked = scenario.checked(now, path or folder / RUN, allow_paths=allow_paths)
            result = simulation.run(asked, progress)
            inputs_answer = differences(recorded, windows_of(result), tolerance_s)
        except SimError as error:
            inputs_answer = f"there is none: {error}"
    return Verification(
        inputs, data, versions, files, answer, failed,
        tuple(name for name in otherwise if name.endswith(TABLES)),
        tuple(name for name in otherwise if not name.endswith(TABLES)),
        inputs_answer, edited,
    )  # fmt: skip


def _inputs(told: Record, path: Path | None) -> tuple[tuple[str, ...], tuple[str, ...], Fragments | None]:
    """What the scenario's files say now that they did not; which have another text alone; and the files as they are."""
    if path is None:
        return (), (), None  # built in Python: run.json alone knows it
    if not is_file(path):
        gone = f"{path} is not there any more; what it said is kept in run.json. Name it with --scenario if it moved"
        return (gone,), (), None
    try:
        now = gather(path)
    except SimError as error:
        return (f"cannot be read any more: {error}",), (), None
    was, texts = told.said["inputs"]["given"], told.said["scenario"].get("files", {})
    changes = [_change(now, keys, a, b) for keys, a, b in _unlike((), was, record.plain(now.data))]
    files = Origin(path.resolve(), now, "").files
    edited = tuple(name for name in {**texts, **files} if texts.get(name) != files.get(name)) if texts else ()
    return _some(changes), edited, now


def _data(told: Record, kept: Scenario | None) -> tuple[str, ...]:
    """Files of numbers that are not what they were."""
    try:
        found = provenance.data(kept) if kept is not None else {}
    except (SimError, OSError) as error:
        return (str(error),)
    return _changed(told.said.get("data", {}), found) if found else ()


def _unlike(keys: Keys, was: Any, now: Any) -> Iterator[tuple[Keys, Any, Any]]:
    """Where two trees differ: the path of keys, and what stands there in each; None where nothing does."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in {**was, **now}:
            yield from _unlike((*keys, key), was.get(key), now.get(key))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for index, (a, b) in enumerate(zip(was, now, strict=True)):
            yield from _unlike((*keys, index), a, b)
    elif was != now or isinstance(was, bool) is not isinstance(now, bool):  # 5 is 5.0, but true is not 1
        yield keys, was, now


def _change(now: Fragments, keys: Keys, was: Any, is_: Any) -> str:
    file, at = now.locate(keys)
    where = f" ({Path(file).name}{f' line {at[0]}' if at is not None else ''})" if is_ is not None else ""
    if was is None:
        return f"{place(keys)}{where}: is {shown(is_)}, was not there"
    return f"{place(keys)}{where}: was {shown(was)}, is {shown(is_) if is_ is not None else 'not there any more'}"


def _versions(told: Mapping[str, Any]) -> Iterator[str]:
    """Packages, this one's programs and the platform, where they are others."""
    was, now, own = told.get("versions", {}), provenance.versions(), provenance.PACKAGE
    yield from _changed(was, now)
    if told.get("code_sha256") != provenance.code() and was.get(own) == now[own]:
        yield f"{own}: its programs are others, though its version is still {now[own]}"
    if (platform := told.get("platform")) != provenance.where():
        yield f"platform: was {platform}, is {provenance.where()}"


def _changed(was: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Entries of a table that are not what they were; what has come since had no part in it."""
    return _some(f"{n}: was {was[n]}, is {now.get(n, 'not there any more')}" for n in was if was[n] != now.get(n))


def _altered(told: Record) -> Iterator[str]:
    """Products on the disk that are not those that were written."""
    for name, about in told.products.items():
        path = told.folder / name
        if not is_file(path):
            yield f"{name} is not there any more"
        elif digest(path) != about["sha256"]:
            yield f"{name} is not as it was written: expected SHA-256 {about['sha256']}, found {digest(path)}"


def _some(texts: Iterable[str]) -> tuple[str, ...]:
    told = list(texts)
    return (*told[:_MANY], *([f"and {len(told) - _MANY} more"] if len(told) > _MANY else []))
