"""The section of the web report about schedules: how good they are, their tracks, and what requests got."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice

from sim.products.columns import Row
from sim.products.schedule import Scheduled

MOST_ROWS = 1000
"""Maximum number of rows of a table; the CSV files have all."""

TRACKS = ("Request", "Mission", "Antennas", "Start (UTC)", "End (UTC)", "Duration (h)", "Occupied from", "to")
REQUESTS = ("Request", "Mission", "Asked (h)", "At least (h)", "Tracked (h)", "Tracks", "Satisfied", "Why not")


def schedules_section(schedules: Sequence[Scheduled]) -> str:
    """Measures, tracks and requests of schedules; empty if there are none."""
    if not schedules:
        return ""
    return (
        '<section aria-labelledby="schedule-head"><h2 id="schedule-head">Schedule</h2>'
        '<p class="soft">Made with the scenario’s own settings; changes above do not affect it. Times are UTC at the '
        "last receiver. An antenna is occupied from the beginning of set-up to the end of tear-down.</p>"
        f"{''.join(map(_one, schedules))}</section>"
    )


def _one(schedule: Scheduled) -> str:
    return (
        f"<p>{escape(measures_text(schedule))}</p>"
        f"{_table('Requests', REQUESTS, [_request(row) for row in schedule.requests])}"
        f"{_table('Tracks', TRACKS, [_track(row) for row in schedule.tracks])}"
    )


def measures_text(schedule: Scheduled) -> str:
    """What was tracked, and what no schedule exceeds, in a sentence each."""
    measures, bound = schedule.made.measures, schedule.made.bound
    told = (
        f"{len(schedule.made.tracks):,} tracks of {measures.tracked_h:,.1f} h in all, of "
        f"{measures.asked_s / 3600.0:,.1f} h asked; {measures.satisfied} of {measures.requests} requests satisfied."
    )
    if bound.tracked_s is None:
        return f"{told} How much a schedule can track at most is not known."
    return f"{told} No schedule tracks more than {bound.tracked_s / 3600.0:,.1f} h."


def _request(row: Row) -> list[str]:
    hours = (f"{float(str(row[name])):.2f}" for name in ("asked_h", "min_h", "tracked_h"))
    return [
        str(row["request"]),
        str(row["mission"]),
        *hours,
        *(str(row[n]) for n in ("tracks", "satisfied", "why_not")),
    ]


def _track(row: Row) -> list[str]:
    start, end, since, until = (
        _clock(row[name]) for name in ("start_utc", "end_utc", "occupied_from_utc", "occupied_to_utc")
    )
    names = [str(row[name]) for name in ("request", "mission", "antennas")]
    return [*names, start, end, f"{float(str(row['duration_s'])) / 3600.0:.2f}", since, until]


def _clock(text: object) -> str:
    """A time to the second, as in the other tables of the page."""
    return str(text)[:19].replace("T", " ")


def _table(caption: str, head: Iterable[str], rows: Sequence[Sequence[str]]) -> str:
    words = "".join(f'<th scope="col">{escape(word)}</th>' for word in head)
    lines = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in islice(rows, MOST_ROWS)
    )
    more = f"<p>{len(rows) - MOST_ROWS:,} more rows are not listed.</p>" if len(rows) > MOST_ROWS else ""
    return (
        f'<div class="wide {caption.lower()}"><table><caption>{caption}</caption><thead><tr>{words}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>{more}"
    )
