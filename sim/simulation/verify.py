"""Verifies a result: computes it again and reports changes of inputs, data, versions, products and windows."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
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
from sim.data import orbit_store
from sim.products.provenance_stamp import HELD_BY, content, same_numbers
from sim.scenario import provenance, scenario
from sim.scenario.scenario import Scenario
from sim.simulation import record, run
from sim.simulation.diff import TOLERANCE_S, Differences, Windowed, differences, windows_of
from sim.simulation.record import Record
from sim.simulation.recorded_inputs import Now, home_of, inputs_now, limited, strangers

TABLES = (".csv", ".json", ".nc")
"""Extensions of products that contain results. Pictures and pages depend on fonts and software versions: differences
are reported, but do not count."""


@dataclass(frozen=True)
class Verification:
    """The outcome of verifying a result. Tuples are empty where nothing has changed.

    Attributes
    ----------
    inputs
        Changed keys of the scenario's files, each with its place.
    data
        Changed data files: kernels, Earth orientation, orbits, horizons, claims.
    versions
        Changed versions of packages, Python, the platform, or the source code of this package.
    files
        Products that have changed since they were written.
    answer
        The windows from the recorded inputs, computed again, compared with the recorded windows; None if that failed.
    failed
        Why they could not be computed again; empty otherwise.
    remade
        Tables that differ when they are written again.
    pictures
        Pictures and pages that differ when they are written again; these do not count.
    inputs_answer
        If the inputs have changed, the windows from the current inputs compared with the recorded windows, or why
        there are none.
    edited
        Scenario files whose text has changed, whether or not their values have.
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
        """Whether the result is verified: nothing but software versions has changed."""
        return set(self.changed) <= {"versions"}

    def lines(self) -> Iterator[tuple[str, str]]:
        """The findings as lines of text, each with its subject."""
        for kind, same in (
            ("inputs", "the scenario's values are unchanged"),
            ("data", "every data file is unchanged, byte by byte"),
            ("versions", "same software versions and platform"),
            ("files", "every product is unchanged since it was written"),
        ):
            yield from ((kind, text) for text in (getattr(self, kind) or (f"same: {same}",)))
            if kind == "inputs" and self.edited:
                yield kind, f"{'' if self.inputs else 'but '}the text of {', '.join(self.edited)} has changed"
        yield "answer", f"cannot be computed again: {self.failed}" if self.answer is None else str(self.answer)
        if self.remade:
            yield "answer", f"tables that differ when written again: {', '.join(self.remade)}"
        if self.pictures:
            yield "answer", f"pictures and pages that differ when written again: {', '.join(self.pictures)}"
        if self.inputs_answer is not None:
            yield "answer", f"with the current inputs: {self.inputs_answer}"

    def as_json(self) -> dict[str, object]:
        """The findings as a JSON object."""
        parts = {kind: list(getattr(self, kind)) for kind in ("inputs", "data", "versions", "files")}
        answer = None if self.answer is None else {"text": str(self.answer), "differs": bool(self.answer)}
        return {
            "holds": self.holds, "changed": list(self.changed), **parts, "answer": answer, "failed": self.failed,
            "tables_made_otherwise": list(self.remade),
            "answer_of_changed_inputs": None if self.inputs_answer is None else str(self.inputs_answer),
        }  # fmt: skip


@typed
@orbit_store.fresh()
def verify(
    folder: str | Path,
    file: str | Path | None = None,
    *,
    allow_paths: bool = False,
    tolerance_s: float = TOLERANCE_S,
    progress: Callable[[str], None] = lambda text: None,
) -> Verification:
    """Compute a result again and report what has changed.

    Parameters
    ----------
    folder
        Output folder of `sim run` or `write`.
    file
        The scenario file, if it has moved.
    allow_paths
        Whether the scenario may name files outside its folder.
    tolerance_s
        Shift of a window edge that is ignored (s).
    progress
        Called with a few words before each step.

    Returns
    -------
    Verification
        Changes of inputs, data files, versions, products and windows.

    Raises
    ------
    DataError
        If the folder has no valid result.

    Notes
    -----
    Every orbit is integrated again: stored orbits of earlier runs (`sim.data.orbit_store`) are not read.
    The inputs in run.json are computed again with the current data and software, whatever has happened to the
    scenario's files. If these have changed, the current inputs are computed too. A record may come from anyone: files
    outside the result's folder are read only if their SHA-256 is in the record, or if `file` or `allow_paths` is given.

    Examples
    --------
    >>> import sim
    >>> sim.verify("out").holds  # doctest: +SKIP
    True
    """
    tolerance_s = converted(tolerance_s, "s")
    folder, file = Path(folder), Path(file) if file is not None else None
    recorded = record.read(folder)
    path, home = home_of(recorded, file)
    vouched = file is not None or allow_paths
    now = inputs_now(recorded, path, vouched)
    strange = () if vouched else strangers(recorded, home)
    anywhere = allow_paths or path is None  # each file is then in the record, or in the folder
    kept, complaints = (None, []) if strange else scenario.built(recorded.inputs, home, allow_paths=anywhere)
    versions = tuple(_versions(recorded.said))
    data = strange or _data(recorded, kept, same=not versions)
    again = _Again()
    try:
        if strange:
            raise SimError("the files above have changed and were not read. Name the scenario with --scenario")
        if kept is None or complaints:
            raise scenario.refused(folder / RUN, recorded.inputs, complaints)
        again = _again(recorded, kept, tolerance_s, progress, same=not versions and not data)
    except SimError as error:
        again = _Again(failed=str(error))
    contradicted = () if complaints else _contradicted(recorded, kept)
    return Verification(
        now.changes, data, versions,
        (*_altered(recorded), *contradicted, *again.contradicted),
        again.answer, again.failed,
        tuple(name for name in again.different if name.endswith(TABLES)),
        tuple(name for name in again.different if not name.endswith(TABLES)),
        _answer_now(recorded, now, path or folder / RUN, allow_paths, tolerance_s, progress), now.edited,
    )  # fmt: skip


@dataclass(frozen=True)
class _Again:
    """The result computed again: its windows, products that differ, and false entries of the record."""

    answer: Differences | None = None
    different: tuple[str, ...] = ()
    contradicted: tuple[str, ...] = ()
    failed: str = ""


def _again(
    recorded: Record, kept: Scenario, tolerance_s: float, progress: Callable[[str], None], *, same: bool
) -> _Again:
    """Compute the recorded inputs again and write the products again.

    same : whether software and data are unchanged, so that all of run.json must come out the same
    """
    result = run.run(kept, progress)
    found = windows_of(result)
    answer = differences(Windowed(recorded.windows, found.span), found, tolerance_s)
    progress("writing the products again")
    with tempfile.TemporaryDirectory() as temporary:
        anew = Path(temporary) / "anew"
        run.write(kept, result, anew, progress)
        made = record.read(anew)
        names = {**recorded.products, **made.products}
        different = tuple(name for name in names if not _same_content(recorded, made, name))
        changed = [key for key in {**recorded.said, **made.said} if recorded.said.get(key) != made.said.get(key)]
        false = [key for key in changed if key not in _CHECKED_ELSEWHERE] if same else []
        false += [f"scenario.{key}" for key in ("title", "sha256") if same and _differs(recorded, made, key)]
    return _Again(answer, different, limited(f"{RUN}: {shown(key)} does not follow from its inputs" for key in false))


_CHECKED_ELSEWHERE = (
    "inputs", "windows", "products", "scenario", "data", "versions", "code_sha256", "platform", "span",
)  # fmt: skip


def _differs(recorded: Record, made: Record, key: str) -> bool:
    return bool(recorded.said["scenario"][key] != made.said["scenario"][key])


def _same_content(recorded: Record, made: Record, name: str) -> bool:
    """Whether a product written again is the same as in the record and as the file in the folder."""
    then, now = recorded.products.get(name), made.products.get(name)
    if then is None or now is None or then["content"] != now["content"]:
        return False
    there = recorded.folder / name
    return not name.endswith(".nc") or not is_file(there) or same_numbers(there, made.folder / name)


def _answer_now(
    recorded: Record, now: Now, path: Path, allow_paths: bool, tolerance_s: float, progress: Callable[[str], None]
) -> Differences | str | None:
    """If the inputs have changed: their windows now, compared with the recorded windows; or why there are none."""
    if not now.changes or now.tables is None:
        return None
    try:
        result = run.run(scenario.checked(now.tables, path, allow_paths=allow_paths), progress)
        return differences(Windowed(recorded.windows, recorded.span), windows_of(result), tolerance_s)
    except SimError as error:
        return f"no result: {error}"


def _data(recorded: Record, kept: Scenario | None, *, same: bool) -> tuple[str, ...]:
    """Data files that have changed, or that the result depends on and the record does not list.

    same : whether the software is unchanged; later versions may use more tables of their own
    """
    try:
        found = provenance.data(kept) if kept is not None else {}
    except (SimError, OSError) as error:
        return (str(error),)
    was = recorded.said["data"]
    own = () if same else {path.name for path in provenance.own_tables()}
    missing = [f"{name}: not recorded, but the result depends on it" for name in found if name not in {*was, *own}]
    return (*(_changed(was, found) if found else ()), *limited(missing))


def _versions(said: Mapping[str, Any]) -> Iterator[str]:
    """Changed versions of packages, of this package's source code, and of the platform."""
    was, own = said["versions"], provenance.PACKAGE
    now = provenance.versions() | provenance.kinds_versions()
    yield from _changed(was, now)
    if said["code_sha256"] != provenance.code() and was.get(own) == now[own]:
        yield f"{own}: its source code has changed, but its version is still {now[own]}"
    elif was.get(own) == now[own]:
        yield from limited(f"{name}: not recorded" for name in now if name not in was and name in provenance.needed())
    if (platform := said["platform"]) != provenance.where():
        yield f"platform: was {platform}, is {provenance.where()}"


def _changed(was: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Entries of a table whose value has changed."""
    return limited(
        f"{name}: was {old}, {f'is {now[name]}' if name in now else 'now absent'}"
        for name, old in was.items() if old != now.get(name)
    )  # fmt: skip


def _altered(recorded: Record) -> Iterator[str]:
    """Product files that are missing or changed, or that contradict the record."""
    origin = json.dumps(provenance.short(recorded.said), ensure_ascii=True, sort_keys=True)
    for name, about in recorded.products.items():
        path = recorded.folder / name
        try:
            if not is_file(path):
                yield f"{name} is missing"
                continue
            if (found := digest(path)) != about["sha256"]:
                yield f"{name} has changed: expected SHA-256 {about['sha256']}, found {found}"
                continue
            sha256, held = content(path)
            if sha256 not in (about["content"], None):
                yield f"{name} contradicts {RUN}: its content, without provenance, has another SHA-256"
            elif path.suffix in HELD_BY and held != origin:
                yield f"{name} contradicts {RUN}: it contains another provenance"
        except (SimError, ValueError, OSError, ImportError) as error:
            yield f"{name} cannot be read: {error}"


def _contradicted(recorded: Record, kept: Scenario | None) -> Iterator[str]:
    """A span in the record that differs from that of its inputs."""
    if kept is None:
        return
    expected = kept.span.start, kept.span.end
    if max(abs(a - b) for a, b in zip(recorded.span, expected, strict=True)) > record.ROUNDING_S:
        said, span = recorded.said["span"], utc(list(expected))
        yield f"{RUN}: its span is {said['start']} to {said['end']}, but that of its inputs is {span[0]} to {span[1]}"
