"""Reading of one TOML file: any content gives a document or a `ScenarioError`."""

from __future__ import annotations

import hashlib
import re
import stat
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NoReturn, Protocol, TypeGuard

from sim.core.errors import Problem, ScenarioError
from sim.core.values import JsonValue, TomlTable, TomlValue

MAX_BYTES = 1 << 20
"""Maximum size of a file (bytes); larger files are refused before parsing."""
MAX_DEPTH = 32
"""Maximum nesting; deeper tables would exceed the recursion limit later."""

MAX_LOCATED = 5000
"""Maximum number of keys for which line numbers are given: finding them takes time quadratic in the number."""

Key = str | int
Keys = tuple[Key, ...]
Position = tuple[int, int]

_STATEMENT = re.compile(r"^[ \t]*+(?:\[|[^\s=#][^=\n]*=)", re.MULTILINE)
_DIGITS = re.compile(r"\d{1000,}")
# The time and memory of tomllib are quadratic in the length of a dotted key.
_LONG_KEY = re.compile(rf"""(?<![\w"'-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{MAX_DEPTH}}}""")
# Strings and comments as in TOML; an open string extends to the end of its line, or of the file.
_QUIET = re.compile(
    r'''"""(?:\\.|[^\\])*?(?:"{3,5}|\Z)|\'{3}.*?(?:\'{3,5}|\Z)'''
    r'''|"(?:\\[^\n]|[^"\\\n])*+"?|\'[^\'\n]*+\'?|\#[^\n]*+''',
    re.DOTALL,
)
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_PLAIN = {
    "Cannot overwrite a value": "the key is defined twice",
    "Invalid value": "expected a value: text in quotes, a number, true, false, a time, a [list] or a {table}",
    "Invalid date or datetime": "the date or time does not exist",
    "Invalid statement": "expected a [table], a key or a # comment",
}


@dataclass(frozen=True)
class Document:
    """The content of a TOML file, with the position of every key.

    Attributes
    ----------
    path : Path
        The file.
    data : dict
        Its tables, as dicts and lists.
    text : str
        Its text, with lines ended by \\n.
    sha256 : str
        SHA-256 of its bytes in hexadecimal.
    """

    path: Path
    data: TomlTable
    text: str
    sha256: str = ""

    def locate(self, keys: Sequence[Key]) -> Position | None:
        """Return line and column, from 1, of the last key of a path, or of its deepest ancestor in the file."""
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
    def _spanned(self) -> object:
        """The tables with the position of every key and value; parsed only to report a problem."""
        import spanned_toml

        if len(_STATEMENT.findall(self.text)) > MAX_LOCATED:
            return None
        try:
            return spanned_toml.loads(self.text)
        except (ValueError, RecursionError):
            return None


def read(path: Path) -> Document:
    """Read a TOML file. Raises `ScenarioError` for any problem with it."""
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
        _refuse(path, "the number has too many digits", position(text, found.start()))
    if found := _LONG_KEY.search(bare):
        _refuse(path, f"tables are nested deeper than {MAX_DEPTH} levels", position(text, found.start()))
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _refuse(path, *_syntax(text, str(error)))
    except (RecursionError, ValueError, OverflowError) as error:
        deep = isinstance(error, RecursionError)
        _refuse(path, f"tables are nested deeper than {MAX_DEPTH} levels" if deep else f"is not valid TOML: {error}")
    document = Document(path, data, text, hashlib.sha256(raw).hexdigest())
    for keys, value in walk(data):
        if len(keys) > MAX_DEPTH:
            _refuse(path, f"tables are nested deeper than {MAX_DEPTH} levels", document.locate(keys))
        if isinstance(value, int) and abs(value) >= 1 << 63:
            _refuse(path, "expected an integer of at most 18 digits", document.locate(keys))
    return document


def walk(data: JsonValue | TomlValue) -> Iterator[tuple[Keys, JsonValue | TomlValue]]:
    """Yield every value in nested tables and lists with its path of keys, including the tables and lists.

    Tables below `MAX_DEPTH` are not entered.
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
    """Return line and column, from 1, of an offset in a text."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def is_file(path: str | Path) -> bool:
    """Return whether a path is a regular file; False for an invalid path."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):  # too long, or with a NUL character
        return False


def _blanked(found: re.Match[str]) -> str:
    """Replace the characters of a string or comment, so that none reads as a key or number."""
    text = found[0]
    return " " * len(text) if text[0] == "#" else f"{text[0]}{'x' * (len(text) - 2)}{text[0]}"[: len(text)]


def _bytes(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # opening a FIFO would block
            _refuse(path, f"is {'a folder' if stat.S_ISDIR(mode) else 'not a regular file'}. Give a TOML file")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        _refuse(path, "the file does not exist")
    except (OSError, ValueError) as error:
        _refuse(path, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    if len(raw) > MAX_BYTES:
        _refuse(path, f"is larger than {MAX_BYTES // 1024} KiB. Put large data in separate files")
    return raw


def _syntax(text: str, message: str) -> tuple[str, Position]:
    """The message of a syntax error, and its position."""
    at = _AT.search(message)
    where = (int(at[1]), int(at[2])) if at and at[1] else position(text, max(len(text.rstrip()) - 1, 0))
    plain = message[: at.start()] if at else message
    line = text.split("\n")[where[0] - 1]
    hint = ""
    if re.search(r"=\s*\d{4}-\d", line):
        hint = ". Write a day of the year, 24:00:00 or a leap second in quotes"
    return f"is not valid TOML: {_PLAIN.get(plain, plain[:1].lower() + plain[1:])}{hint}", where


def _refuse(path: Path, message: str, at: tuple[int, int | None] | None = None) -> NoReturn:
    line, column = at if at is not None else (None, None)
    raise ScenarioError(str(path), [Problem("", message, str(path), line, column)])


class _Spanned(Protocol):
    """A key or value with its position."""

    def span(self) -> slice: ...
    def inner(self) -> object: ...


def _is_spanned(node: object) -> TypeGuard[_Spanned]:
    return hasattr(node, "inner")


def _inner(node: object) -> object:
    return node.inner() if _is_spanned(node) else node


def _start(node: _Spanned, otherwise: int | None) -> int | None:
    """Offset of an element of a list. A [[table]] has no position of its own; its first key is used."""
    span = node.span()
    if span.stop > span.start:
        return int(span.start)
    inner = _inner(node)
    return next((int(key.span().start) for key in inner), otherwise) if isinstance(inner, dict) else otherwise
