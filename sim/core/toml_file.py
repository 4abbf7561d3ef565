"""One TOML file, read with care: whatever stands in it, the answer is a document or a `ScenarioError`."""

from __future__ import annotations

import hashlib
import re
import stat
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from sim.core.errors import Problem, ScenarioError
from sim.core.values import JsonValue, TomlTable, TomlValue

MAX_BYTES = 1 << 20
"""Larger files are refused before they are parsed."""
MAX_DEPTH = 32
"""Deeper nesting is refused: no scenario needs it, and recursion over it would fail later."""

MAX_LOCATED = 5000
"""With more tables and keys than this no places are told: the time to find them grows with the square of the number."""

Key = str | int
Keys = tuple[Key, ...]
Position = tuple[int, int]

_STATEMENT = re.compile(r"^[ \t]*+(?:\[|[^\s=#][^=\n]*=)", re.MULTILINE)
_DIGITS = re.compile(r"\d{1000,}")
# tomllib needs time and memory that grow with the square of a dotted key's length.
_LONG_KEY = re.compile(rf"""(?<![\w"'-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{MAX_DEPTH}}}""")
# Texts and comments, told apart as TOML does; what is not closed goes on to the end of its line, or of the file.
_QUIET = re.compile(
    r'''"""(?:\\.|[^\\])*?(?:"{3,5}|\Z)|\'{3}.*?(?:\'{3,5}|\Z)'''
    r'''|"(?:\\[^\n]|[^"\\\n])*+"?|\'[^\'\n]*+\'?|\#[^\n]*+''',
    re.DOTALL,
)
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_PLAIN = {
    "Cannot overwrite a value": "the key is given twice",
    "Invalid value": "expected a value: text in quotes, a number, true, false, a time, a [list] or a {table}",
    "Invalid date or datetime": "there is no such date or time",
    "Invalid statement": "expected a [table], a key or a # comment",
}


@dataclass(frozen=True)
class Document:
    """What a TOML file says, and where it says it.

    path : the file; data : its tables as plain dicts and lists; text : its characters, lines ended by \\n
    sha256 : of its bytes, in hexadecimal
    """

    path: Path
    data: TomlTable
    text: str
    sha256: str = ""

    def locate(self, keys: Sequence[Key]) -> Position | None:
        """Line and column, from 1, of the key that such a path of keys ends in, or of its deepest ancestor here."""
        node, offset = self._spanned, None
        for key in keys:
            inner = _inner(node)
            if isinstance(inner, dict) and key in inner:
                offset = next(k.span().start for k in inner if k == key)
                node = inner[key]
            elif isinstance(inner, list) and isinstance(key, int) and key < len(inner):
                node = inner[key]
                offset = _start(node, offset)
            else:
                break
        return None if offset is None else position(self.text, offset)

    @cached_property
    def _spanned(self) -> Any:
        """The same tables with the place of every key and value; made only when something is wrong."""
        import spanned_toml

        if len(_STATEMENT.findall(self.text)) > MAX_LOCATED:
            return None
        try:
            return spanned_toml.loads(self.text)
        except (ValueError, RecursionError):
            return None


def read(path: Path) -> Document:
    """A TOML file as a document. Raises `ScenarioError` for every fault of the file."""
    raw = _bytes(path)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        _refuse(path, "is UTF-16 text. Save it as UTF-8")
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        _refuse(path, "is not UTF-8 text. Save it as UTF-8", (line, None))
    bare = _QUIET.sub(_blanked, text)
    if found := _DIGITS.search(bare):
        _refuse(path, "a number of that many digits is none that can be read", position(text, found.start()))
    if found := _LONG_KEY.search(bare):
        _refuse(path, f"tables nest deeper than {MAX_DEPTH}", position(text, found.start()))
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _refuse(path, *_syntax(text, str(error)))
    except (RecursionError, ValueError, OverflowError) as error:
        deep = isinstance(error, RecursionError)
        _refuse(path, f"tables nest deeper than {MAX_DEPTH}" if deep else f"is not TOML that can be read: {error}")
    document = Document(path, data, text, hashlib.sha256(raw).hexdigest())
    for keys, value in walk(data):
        if len(keys) > MAX_DEPTH:
            _refuse(path, f"tables nest deeper than {MAX_DEPTH}", document.locate(keys))
        if isinstance(value, int) and abs(value) >= 1 << 63:
            _refuse(path, "expected a whole number of at most 18 digits", document.locate(keys))
    return document


def walk(data: JsonValue | TomlValue) -> Iterator[tuple[Keys, JsonValue | TomlValue]]:
    """Every value in nested tables and lists with its path of keys, the tables and lists themselves included.

    What nests deeper than `MAX_DEPTH` is named, but not entered.
    """
    heap: list[tuple[Keys, JsonValue | TomlValue]] = [((), data)]
    while heap:
        keys, value = heap.pop()
        yield keys, value
        if len(keys) > MAX_DEPTH:
            continue
        if isinstance(value, dict):
            heap += [((*keys, key), each) for key, each in value.items()]
        elif isinstance(value, list):
            heap += [((*keys, index), each) for index, each in enumerate(value)]


def position(text: str, offset: int) -> Position:
    """Line and column, from 1, of a place in a text."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def is_file(path: str | Path) -> bool:
    """Whether there is a regular file at a path, whatever the path may look like."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):  # longer than the system allows, or with a NUL
        return False


def _blanked(found: re.Match[str]) -> str:
    """A text or a comment, as long as it was, with nothing in it that reads as a key or a number."""
    told = found[0]
    return " " * len(told) if told[0] == "#" else f"{told[0]}{'x' * (len(told) - 2)}{told[0]}"[: len(told)]


def _bytes(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # a FIFO would be waited for
            _refuse(path, f"is {'a folder' if stat.S_ISDIR(mode) else 'no regular file'}. Give a TOML file")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        _refuse(path, "there is no such file")
    except (OSError, ValueError) as error:
        _refuse(path, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    if len(raw) > MAX_BYTES:
        _refuse(path, f"is larger than {MAX_BYTES // 1024} KiB. Put large data into files of their own")
    return raw


def _syntax(text: str, message: str) -> tuple[str, Position]:
    """What to say of a syntax error, and where it stands."""
    at = _AT.search(message)
    where = (int(at[1]), int(at[2])) if at and at[1] else position(text, max(len(text.rstrip()) - 1, 0))
    plain = message[: at.start()] if at else message
    line = text.split("\n")[where[0] - 1]
    hint = ""
    if re.search(r"=\s*\d{4}-\d", line):
        hint = ". A day of the year, 24:00:00 or a leap second goes in quotes"
    return f"is not TOML: {_PLAIN.get(plain, plain[:1].lower() + plain[1:])}{hint}", where


def _refuse(path: Path, message: str, at: tuple[int, int | None] | None = None) -> NoReturn:
    line, column = at if at is not None else (None, None)
    raise ScenarioError(str(path), [Problem("", message, str(path), line, column)])


def _inner(node: Any) -> Any:
    return node.inner() if hasattr(node, "inner") else node


def _start(node: Any, otherwise: int | None) -> int | None:
    """Where an element of a list stands. A [[table]] has no place of its own: its first key has."""
    span = node.span()
    if span.stop > span.start:
        return int(span.start)
    inner = _inner(node)
    return next((int(key.span().start) for key in inner), otherwise) if isinstance(inner, dict) else otherwise
