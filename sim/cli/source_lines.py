"""The lines of a scenario that have problems, each with a caret under the place."""

from __future__ import annotations

from collections.abc import Iterator

from sim.core.errors import ScenarioError

_MOST = 3
"""Most lines that are shown."""
_WIDE = 76
"""Widest part of a line that is shown, in characters."""


def shown_lines(error: ScenarioError) -> Iterator[str]:
    """The lines of the first problems that have a line and a column; nothing for a file that cannot be read again."""
    from pathlib import Path

    from sim.core.toml_file import read

    placed = [each for each in error.problems if each.line is not None and each.column is not None]
    places = dict.fromkeys((each.file or error.file, each.line, each.column) for each in placed)
    for file, line, column in list(places)[:_MOST]:
        try:
            lines = read(Path(file)).text.splitlines()
        except (ScenarioError, OSError, ValueError):  # not TOML: the message says all that is known
            continue
        if line is None or column is None or line > len(lines):  # changed since
            continue
        text, at = lines[line - 1].replace("\t", " "), column - 1
        begin = max(0, at - _WIDE // 2) if len(text) > _WIDE else 0
        yield f"{line:>6} | {text[begin : begin + _WIDE]}"
        yield f"{'':>6} | {'':>{at - begin}}^"
