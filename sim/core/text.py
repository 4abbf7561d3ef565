"""Format of values, names and keys in messages."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from sim.core.toml_file import Key

LISTED = 12
"""Maximum number of names in a list."""
LONG, MANY = 100, 1000
"""Maximum length of a name that is compared with others, and number of others; comparing takes time."""


def place(keys: Sequence[Key]) -> str:
    """Format a path of keys, as in `sites.kourou.limits[0].min_deg`."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            text += ("." if text else "") + (key if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", key) else shown(key))
    return text


def shown(value: object) -> str:
    """Format a value for a message: short, on one line, printable."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "a table"
    text = "an empty list" if value in ([], ()) else repr(value)
    if len(text) <= 80:
        return text
    return f"a list of {len(value)}" if isinstance(value, (list, tuple)) else text[:60] + "…" + text[-1]


def nearest(name: object, options: Iterable[str]) -> str:
    """Suggest a name for one that does not exist: the closest, or a list of all. Starts with a space."""
    known = [option for option in options if option != name]
    if found := difflib.get_close_matches(str(name)[:LONG], known[:MANY], 1, 0.6):
        return f" Did you mean {found[0]!r}?"
    if not known:
        return ""
    return f" There {'is' if len(known) == 1 else 'are'} {some(known)}"


def some(names: Iterable[object], between: str = ", ") -> str:
    """List the first twelve names and the number of others; `none` without names."""
    known = list(names)
    more = f" and {len(known) - LISTED} more" if len(known) > LISTED else ""
    return between.join(map(str, known[:LISTED])) + more or "none"
