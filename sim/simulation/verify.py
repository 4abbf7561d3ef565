"""A result asked again, years later: what has changed since, inputs, data, versions, or the answer."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.core.arguments import typed
from sim.core.errors import SimError
from sim.core.files import RUN, digest
from sim.core.quantities import converted
from sim.core.text import shown
from sim.core.time import utc
from sim.core.toml_file import is_file
from sim.products.provenance_stamp import HELD_BY, content, same_numbers
from sim.scenario import provenance, scenario
from sim.scenario.scenario import Scenario
from sim.simulation import record, run
from sim.simulation.diff import TOLERANCE_S, Differences, Windowed, differences, windows_of
from sim.simulation.record import Record
from sim.simulation.recorded_inputs import Now, home_of, inputs_now, strangers

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


@typed
def verify(
    folder: str | Path,
    file: str | Path | None = None,
    *,
    allow_paths: bool = False,
    tolerance_s: float = TOLERANCE_S,
    progress: Callable[[str], None] = lambda text: None,
) -> Verification:
    """Ask a result's question again and say what changed.

    folder : as `sim run` left it; file : the scenario's file, where it is not where it was, or has changed
    allow_paths : whether the scenario may name files outside its folder
    tolerance_s : how far an edge may move
    progress : told in a few words what is being done

    The inputs that run.json keeps are asked again, with the data and versions of now: so the answer stands or falls by
    itself, whatever has happened to the scenario's files. Where these say something else now, they are asked too.
    Files outside the result's folder are read only if they are what the record says, or `file` or `allow_paths` is
    given: a record comes from anybody. Raises `DataError` if the folder holds no result, or one that cannot be.
    """
    tolerance_s = converted(tolerance_s, "s")
    folder, file = Path(folder), Path(file) if file is not None else None
    told = record.read(folder)
    path, home = home_of(told, file)
    vouched = file is not None or allow_paths
    now = inputs_now(told, path, vouched)
    strange = () if vouched else strangers(told, home)
    anywhere = allow_paths or path is None  # then each file is what the record says, or lies in the folder
    kept, complaints = (None, []) if strange else scenario.built(told.inputs, home, allow_paths=anywhere)
    versions = tuple(_versions(told.said))
    data = strange or _data(told, kept, same=not versions)
    again = _Again()
    try:
        if strange:
            raise SimError("it needs those files, which are not what they were. Name the scenario with --scenario")
        if kept is None or complaints:
            raise scenario.refused(folder / RUN, told.inputs, complaints)
        again = _again(told, kept, tolerance_s, progress, same=not versions and not data)
    except SimError as error:
        again = _Again(failed=str(error))
    contradicted = () if complaints else _contradicted(told, kept)
    return Verification(
        now.changes, data, versions, (*_altered(told), *contradicted, *again.contradicted),
        again.answer, again.failed,
        tuple(name for name in again.otherwise if name.endswith(TABLES)),
        tuple(name for name in again.otherwise if not name.endswith(TABLES)),
        _answer_now(told, now, path or folder / RUN, allow_paths, tolerance_s, progress), now.edited,
    )  # fmt: skip


@dataclass(frozen=True)
class _Again:
    """What asking again gave: the answer, products that came out otherwise, and what the record says falsely."""

    answer: Differences | None = None
    otherwise: tuple[str, ...] = ()
    contradicted: tuple[str, ...] = ()
    failed: str = ""


def _again(
    told: Record, kept: Scenario, tolerance_s: float, progress: Callable[[str], None], *, same: bool
) -> _Again:
    """The recorded inputs, asked again, and the products made anew.

    same : whether programs and data are those of then, so that all of run.json must come out as it was
    """
    result = run.run(kept, progress)
    found = windows_of(result)
    answer = differences(Windowed(told.windows, found.span), found, tolerance_s)
    progress("making the products anew")
    with tempfile.TemporaryDirectory() as temporary:
        anew = Path(temporary) / "anew"
        run.write(kept, result, anew, progress)
        made = record.read(anew)
        names = {**told.products, **made.products}
        otherwise = tuple(name for name in names if not _same_content(told, made, name))
        false = [key for key in {**told.said, **made.said} if told.said.get(key) != made.said.get(key)]
        judged = [key for key in false if key not in _JUDGED_ELSEWHERE] if same else []
        judged += [f"scenario.{key}" for key in ("title", "sha256") if same and _other(told, made, key)]
    return _Again(answer, otherwise, _some(f"{RUN}: {shown(key)} is not what its inputs give" for key in judged))


_JUDGED_ELSEWHERE = ("inputs", "windows", "products", "scenario", "data", "versions", "code_sha256", "platform", "span")


def _other(told: Record, made: Record, key: str) -> bool:
    return bool(told.said["scenario"][key] != made.said["scenario"][key])


def _same_content(told: Record, made: Record, name: str) -> bool:
    """Whether a product that is made anew is what the record says, and what lies there."""
    then, now = told.products.get(name), made.products.get(name)
    if then is None or now is None or then["content"] != now["content"]:
        return False
    there = told.folder / name
    return not name.endswith(".nc") or not is_file(there) or same_numbers(there, made.folder / name)


def _answer_now(
    told: Record, now: Now, path: Path, allow_paths: bool, tolerance_s: float, progress: Callable[[str], None]
) -> Differences | str | None:
    """Where the inputs changed: what they give now, against the recorded windows; or why nothing."""
    if not now.changes or now.tables is None:
        return None
    try:
        result = run.run(scenario.checked(now.tables, path, allow_paths=allow_paths), progress)
        return differences(Windowed(told.windows, told.span), windows_of(result), tolerance_s)
    except SimError as error:
        return f"there is none: {error}"


def _data(told: Record, kept: Scenario | None, *, same: bool) -> tuple[str, ...]:
    """Files of numbers that are not what they were, or that the answer rests on and the record does not name.

    same : whether the programs are those of then; later ones may rest on more tables of their own
    """
    try:
        found = provenance.data(kept) if kept is not None else {}
    except (SimError, OSError) as error:
        return (str(error),)
    was = told.said["data"]
    own = () if same else {path.name for path in provenance.own_tables()}
    silent = [f"{name}: is not recorded, though the answer rests on it" for name in found if name not in {*was, *own}]
    return (*(_changed(was, found) if found else ()), *_some(silent))


def _versions(told: Mapping[str, Any]) -> Iterator[str]:
    """Packages, this one's programs and the platform, where they are others."""
    was, own = told["versions"], provenance.PACKAGE
    now = provenance.versions() | provenance.kinds_versions()
    yield from _changed(was, now)
    if told["code_sha256"] != provenance.code() and was.get(own) == now[own]:
        yield f"{own}: its programs are others, though its version is still {now[own]}"
    elif was.get(own) == now[own]:
        yield from _some(f"{name}: is not recorded" for name in now if name not in was and name in provenance.needed())
    if (platform := told["platform"]) != provenance.where():
        yield f"platform: was {platform}, is {provenance.where()}"


def _changed(was: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Entries of a table that are not what they were."""
    return _some(f"{n}: was {was[n]}, is {now.get(n, 'not there any more')}" for n in was if was[n] != now.get(n))


def _altered(told: Record) -> Iterator[str]:
    """Products on the disk that are not those that were written, or not what the record says of them."""
    whence = json.dumps(provenance.short(told.said), ensure_ascii=True, sort_keys=True)
    for name, about in told.products.items():
        path = told.folder / name
        try:
            if not is_file(path):
                yield f"{name} is not there any more"
                continue
            if (found := digest(path)) != about["sha256"]:
                yield f"{name} is not as it was written: expected SHA-256 {about['sha256']}, found {found}"
                continue
            sha256, held = content(path)
            if sha256 not in (about["content"], None):
                yield f"{name} does not hold what {RUN} says: its content, without provenance, has another SHA-256"
            elif path.suffix in HELD_BY and held != whence:
                yield f"{name} comes from elsewhere than {RUN} says: the provenance in it is another"
        except (SimError, ValueError, OSError, ImportError) as error:
            yield f"{name} cannot be read: {error}"


def _contradicted(told: Record, kept: Scenario | None) -> Iterator[str]:
    """What a record says that its own inputs gainsay."""
    if kept is None:
        return
    asked = kept.span.start, kept.span.end
    if max(abs(a - b) for a, b in zip(told.span, asked, strict=True)) > record.ROUNDING_S:
        said, span = told.said["span"], utc(list(asked))
        yield f"{RUN}: its span is {said['start']} to {said['end']}, but its inputs ask for {span[0]} to {span[1]}"


def _some(texts: Iterable[str]) -> tuple[str, ...]:
    told = list(texts)
    return (*told[:_MANY], *([f"and {len(told) - _MANY} more"] if len(told) > _MANY else []))
