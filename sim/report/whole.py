"""From tables to one HTML file that asks for nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from importlib.resources import files
from typing import Any

from sim.report.tables import tables
from sim.result import Result

SCRIPTS = ("windows.js", "draw.js", "timeline.js", "passes.js", "page.js")


def page(result: Result, title: str = "", chosen: tuple[str, ...] | None = None) -> str:
    """A result as one web page: summary, timeline, passes, provenance, and masks that can be moved.

    title  : the result's own if empty
    chosen : which routes; all if None

    No asset is loaded from anywhere, and the page's own policy forbids it to. Names reach the page as data, never as
    markup.
    """
    told = tables(result, title, chosen)
    script, style = "\n".join(_part(name) for name in SCRIPTS), _part("page.css")
    policy = (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    filled = {
        "POLICY": escape(policy),
        "TITLE": escape(told["title"] or "Contact windows"),
        "STYLE": style,
        "PLAIN": _plain(result, told),
        "DATA": embedded(told),
        "SCRIPT": script,
    }
    text = _part("page.html")
    head, *rest = text.split("{{")  # one pass: what is filled in is not looked at again
    return head + "".join(filled[key] + after for key, after in (part.split("}}", 1) for part in rest))


def embedded(value: Any) -> str:
    """JSON that can stand in an HTML script element, whatever its texts are."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _plain(result: Result, told: dict[str, Any]) -> str:
    """What a reader without scripts gets."""
    rows = [f"{route['name']}: {repr(result.routes[route['name']]).strip('<>')}" for route in told["routes"]]
    return "".join(f"<li>{escape(row)}</li>" for row in rows)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _part(name: str) -> str:
    return files("sim.report").joinpath(name).read_text(encoding="utf-8").strip("\n")
