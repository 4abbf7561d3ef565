"""Files that are whole or not there, and safe for the programs that open them."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sim.errors import DataError

_FORMULA = ("=", "+", "-", "@")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV with a header; text is on one line, and gets a quote in front where it would read as a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def json_text(value: Any) -> str:
    """JSON for people and machines: indented, in UTF-8, no NaN."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A temporary folder whose files move to the target when all are written, and vanish if anything goes wrong."""
    _check_writable(target)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".sim-", dir=target) as name:
        folder = Path(name)
        yield folder
        for path in sorted(folder.iterdir()):
            os.replace(path, target / path.name)


def whole_file(target: Path, text: str) -> None:
    """Write a text into a file that is there in whole or not at all. Raises `DataError`."""
    if target.is_dir():
        raise DataError(f"{target} is a folder; expected the name of a file to write")
    with whole_folder(target.parent) as folder:
        (folder / target.name).write_text(text, encoding="utf-8")


def _check_writable(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise DataError(f"{target} is a file; expected a folder to write products into")
    parent = next(path for path in (target, *target.parents) if path.exists())
    if not os.access(parent, os.W_OK):
        raise DataError(f"cannot write into {parent}: choose another folder with --output")


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not value.isprintable():  # a tab or a line break could begin a cell or a row of its own
        value = " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
    return f"'{value}" if value.startswith(_FORMULA) else value
