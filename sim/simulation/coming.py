"""What is open at a time, and what opens or closes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.core.durations import duration
from sim.core.errors import CoverageError, SimError
from sim.core.text import nearest
from sim.core.time import Span, utc
from sim.search.windows import Windows
from sim.visibility.result import Result
from sim.visibility.routes import hop_text

HEAD = ("link", "state", "from now", "time (UTC)", "then")
"""Columns of the table that `sim next` prints."""


@dataclass(frozen=True)
class Coming:
    """The state of a hop or route at a time, and its next window. Times are TDB s past J2000.

    Attributes
    ----------
    of : str
        Name of the route, or the two ends of the hop.
    state : str
        `open`, `closed` or `unknown` (no orbit is known at that time).
    at : float
        The time.
    closes : float or None
        End of the present window; None if it is not open, or open to the end of the span.
    opens, ends : float or None
        The next window that begins after the time; None if there is none in the span, or it is cut by the end.
    unknown_s : float
        Unknown time between the time and the next change, in which it may open sooner.
    """

    of: str
    state: str
    at: float
    closes: float | None
    opens: float | None
    ends: float | None
    unknown_s: float = 0.0

    def as_json(self) -> dict[str, object]:
        """Values for JSON: times as UTC text, None where there is none."""
        times = {name: getattr(self, name) for name in ("at", "closes", "opens", "ends")}
        shown = {f"{name}_utc": None if t is None else utc(t, 0) for name, t in times.items()}
        return {"link": self.of, "state": self.state, **shown, "unknown_s": round(self.unknown_s, 3)}

    def row(self) -> tuple[str, ...]:
        """Cells of the columns `HEAD`."""
        change = self.closes if self.state == "open" else self.opens
        if change is None:
            last = "to the end of the span" if self.state == "open" else "not again in the span"
            return self.of, self.state, "", last, self._doubt()
        verb = "closes" if self.state == "open" else "opens"
        return self.of, self.state, f"{verb} in {duration(change - self.at)}", _clock(change), self._then()

    def _then(self) -> str:
        if self.opens is None:
            return "not again in the span"
        length = "to the end of the span" if self.ends is None else f"for {duration(self.ends - self.opens)}"
        first = f"opens {_clock(self.opens)} " if self.state == "open" else ""
        return f"{first}{length}{self._doubt()}"

    def _doubt(self) -> str:
        return f"; unknown for {duration(self.unknown_s)} before" if self.unknown_s else ""


def coming(result: Result, at: float, end: str | None = None) -> list[Coming]:
    """What is open at a time and what comes next, the earliest change first.

    Parameters
    ----------
    result
        The result of a run.
    at
        The time (TDB s past J2000), in the span of the result.
    end
        Only hops of this end. Without it: all routes.

    Returns
    -------
    list of Coming
        One for each route, or for each hop of the end.

    Raises
    ------
    SimError
        If there is nothing to list.
    CoverageError
        If the time is outside the span.
    """
    require_inside(result.span, at)
    found: list[tuple[str, Windows]] = list(result.routes.items())
    if end is not None:
        found = [(hop_text(hop), each) for hop, each in result.hops.items() if end in hop]
        if not found:
            known = dict.fromkeys(name for hop in result.hops for name in hop)
            raise SimError(f"no route uses an end called {end!r}.{nearest(end, known)}")
    if not found:
        raise SimError("nothing to list: the scenario has no routes. Add [routes]")
    return sorted((_coming(name, each, at) for name, each in found), key=_change)


def require_inside(span: Span, at: float) -> None:
    """Raise `CoverageError` if a time (TDB s) is outside a span, before anything is computed."""
    if not span.start <= at < span.end:
        first, last = utc([span.start, span.end], 0)
        raise CoverageError(
            f"{utc(at, 0)} is outside the span of the scenario ({first} to {last}). "
            f"Give a time in it: --at {first}, or change start and days of the scenario"
        )


def _coming(name: str, windows: Windows, at: float) -> Coming:
    bounds, last = windows.bounds, windows.span.end
    is_open, is_unknown = at in windows, at in windows.unknown
    index = int(np.searchsorted(bounds[:, 0], at, side="right"))
    following: Sequence[float] = bounds[index].tolist() if index < len(bounds) else ()
    opens, ends = (following[0], following[1]) if following else (None, None)
    now_ends = float(bounds[index - 1, 1]) if is_open else None
    after = now_ends if now_ends is not None else at
    before = last if opens is None else opens
    unknown = sum(max(0.0, min(b, before) - max(a, after)) for a, b in windows.unknown)
    cut_now = windows.open_end and index == len(bounds)
    cut_next = windows.open_end and index == len(bounds) - 1
    return Coming(
        of=name, state="open" if is_open else "unknown" if is_unknown else "closed", at=at,
        closes=None if cut_now else now_ends, opens=opens, ends=None if cut_next else ends, unknown_s=unknown,
    )  # fmt: skip


def _change(each: Coming) -> tuple[bool, float]:
    """Open links first, then those that open soonest."""
    change = each.closes if each.state == "open" else each.opens
    return each.state != "open", np.inf if change is None else change


def _clock(t: float) -> str:
    """A time without its year and zone: the column's heading has the zone."""
    return utc(t, 0)[5:19].replace("T", " ")
