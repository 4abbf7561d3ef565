"""A result as one self-contained HTML file."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from sim.core.time import utc
from sim.products.web_report.page_data import PageData, tables
from sim.products.web_report.pictures import embedded_pictures
from sim.products.web_report.script_bundle import compact, page_script
from sim.trajectories.sites import Site
from sim.visibility.result import Result

MOST_PLAIN = 1000
"""Maximum number of windows listed without JavaScript."""


def page(
    result: Result,
    title: str = "",
    chosen: tuple[str, ...] | None = None,
    pictures: Sequence[tuple[str, Path]] = (),
    claims: str = "",
    schedules: str = "",
) -> str:
    """A result as one self-contained web page with adjustable masks.

    title    : title of the page; that of the result if empty
    chosen   : routes; all if None
    pictures : captions and files (PNG, SVG) to include
    claims   : section of HTML with verdicts, its texts escaped; none if empty
    schedules: section of HTML about schedules, its texts escaped; none if empty

    The page loads nothing, and its Content-Security-Policy forbids loading. Names are data, never markup.
    """
    data = tables(result, title, chosen)
    script, style = compact(page_script()), _part("page.css")
    policy = (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    filled = {
        "POLICY": escape(policy),
        "TITLE": escape(data["title"] or "Contact windows"),
        "STYLE": style,
        "REFRACTION": escape(_refraction(result)),
        "PLAIN": _plain(result, data),
        "LINKS": _links(result),
        "SCHEDULES": schedules,
        "PICTURES": embedded_pictures(pictures),
        "CLAIMS": claims,
        "DATA": json_for_script(data),
        "SCRIPT": script,
    }
    text = _part("page.html")
    head, *rest = text.split("{{")  # one pass: inserted text is not expanded again
    return head + "".join(filled[key] + after for key, after in (part.split("}}", 1) for part in rest))


def _links(result: Result) -> str:
    """The section about links with signals; a result without any loads no radios."""
    if not result.channels:
        return ""
    from sim.products.web_report.links import links_section

    return links_section(result)


def json_for_script(value: object) -> str:
    """JSON that is safe inside an HTML script element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _refraction(result: Result) -> str:
    """Whether elevations include refraction, and at which sites."""
    bent = [name for name, end in result.ends.items() if isinstance(end, Site) and end.air is not None]
    return f"without refraction, except at {', '.join(bent)}" if bent else "without refraction"


def _plain(result: Result, data: PageData) -> str:
    """Content without JavaScript: a summary of each route, and its windows."""
    names = [route["name"] for route in data["routes"]]
    lines_of = [f"{name}: {repr(result.routes[name]).strip('<>')}" for name in names]
    ends = data["provenance"].get("ends", {})
    lines_of += [f"{name} ({end['basis']}): {end.get('source') or 'no source given'}" for name, end in ends.items()]
    lines = "".join(f"<li>{escape(words)}</li>" for words in lines_of)
    windows = [(name, *bounds) for name in names for bounds in result.routes[name].bounds]
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{_clock(start)}</td><td>{_clock(end)}</td><td>{end - start:,.0f}</td></tr>"
        for name, start, end in windows[:MOST_PLAIN]
    )
    more = f"<p>{len(windows) - MOST_PLAIN:,} more windows are not listed.</p>" if len(windows) > MOST_PLAIN else ""
    return (
        "<p>JavaScript is off: masks cannot be changed here. The windows are those of the scenario’s own settings, "
        f"{escape(data['start_utc'])} to {escape(data['end_utc'])}.</p><ul>{lines}</ul>"
        "<div class='wide'><table><caption>Windows of routes, UTC at the last receiver</caption><thead><tr>"
        f"<th>Route</th><th>Opens</th><th>Closes</th><th>Duration (s)</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>{more}"
    )


def _clock(t: float) -> str:
    return str(utc(t, 0)).replace("T", " ").rstrip("Z")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _part(name: str) -> str:
    return files("sim.products.web_report").joinpath(name).read_text(encoding="utf-8").strip("\n")
