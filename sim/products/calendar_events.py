"""Events of calendars (RFC 5545): lasting identifiers, revisions against an earlier file, and the text of a file."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sim.core.errors import DataError, SimError
from sim.core.regular_files import read_bytes
from sim.core.text import shown
from sim.core.time import utc

if TYPE_CHECKING:
    from icalendar import Event as Component

MOST_BYTES = 32 * 1024 * 1024
"""An earlier calendar is not larger."""

SLOT_S = 1800
"""Events are identified by the half hour that their middle is nearest to."""

OURS = "@farside-sim"
"""End of the identifiers of our events."""

HOP = "X-FARSIDE-HOP"

_SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True)
class CalendarEvent:
    """An event of a calendar.

    Attributes
    ----------
    hop
        What it is about, as tables write it: events of one hop do not overlap.
    start, end
        In UTC, whole seconds.
    summary, description, location
        Texts for people.
    status
        CONFIRMED, TENTATIVE, CANCELLED, or empty where unknown.
    alarm_s
        How long before the start an alarm is due; 0 for none.
    uid, sequence, revised
        Its lasting identifier, the number of its revision, and the time of that.
    """

    hop: str
    start: dt.datetime
    end: dt.datetime
    summary: str
    description: str = ""
    location: str = ""
    status: str = ""
    alarm_s: int = 0
    uid: str = ""
    sequence: int = 0
    revised: dt.datetime = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

    @property
    def content(self) -> tuple[object, ...]:
        """What a revision changes."""
        texts = (self.summary, self.description, self.location, self.status)
        return (self.hop, self.start, self.end, *texts, self.alarm_s)


def library() -> None:
    """Check that the library is installed. Raises `SimError`."""
    try:
        import icalendar  # noqa: F401
    except ImportError as error:
        raise SimError("calendars need icalendar: pip install 'farside-sim[icalendar]'") from error


def whole_second(t: float) -> dt.datetime:
    """UTC to the nearest second, of TDB s; a leap second is the second before it.

    Examples
    --------
    >>> from sim.core.time import tdb
    >>> whole_second(tdb("2026-03-01T00:00:00.6Z")).isoformat()
    '2026-03-01T00:00:01+00:00'
    """
    return dt.datetime.fromisoformat(utc(t, 0).replace(":60Z", ":59Z"))


def identified(events: Iterable[CalendarEvent]) -> list[CalendarEvent]:
    """Give events identifiers of their hop and the half hour that their middle is nearest to.

    A second event of a hop in the same half hour gets a 2, and so on: no identifier counts other events.
    """
    found: list[CalendarEvent] = []
    used: dict[str, int] = {}
    for each in sorted(events, key=lambda e: (e.start, e.hop)):
        middle = each.start + (each.end - each.start) / 2
        slot = round(middle.timestamp() / SLOT_S)
        key = f"{each.hop} {slot}"
        used[key] = used.get(key, 0) + 1
        more = f" {used[key]}" if used[key] > 1 else ""
        found.append(replace(each, uid=f"{hashlib.sha256(f'{key}{more}'.encode()).hexdigest()[:32]}{OURS}"))
    return found


def revised(
    events: Sequence[CalendarEvent],
    earlier: Sequence[CalendarEvent],
    when: dt.datetime,
    span: tuple[dt.datetime, dt.datetime],
    unknown: Mapping[str, Sequence[tuple[dt.datetime, dt.datetime]]],
) -> list[CalendarEvent]:
    """Revise an earlier calendar.

    An event keeps the identifier of the earlier event of its hop that it overlaps most. Where its content differs, its
    sequence number grows by one. Earlier events of a hop in the span that no event overlaps are canceled, or tentative
    where it is now unknown whether the hop is open. Earlier events outside the span stay as they are.

    Parameters
    ----------
    events
        With identifiers.
    earlier
        Of the earlier file.
    when
        Time of the revision.
    span
        The time that was searched.
    unknown
        By hop, the times at which it is unknown whether it is open. Hops that are not listed were not searched.
    """
    pairs = _matched(events, earlier)
    kept = {uid for uid, _ in pairs.values()}
    taken = kept | {each.uid for each in earlier}
    found = []
    for number, each in enumerate(events):
        if number in pairs:
            found.append(_again(replace(each, uid=pairs[number][0]), pairs[number][1], when))
            continue
        uid, again = each.uid, 1
        while uid in taken:
            again += 1
            uid = f"{each.uid.removesuffix(OURS)}-{again}{OURS}"
        taken.add(uid)
        found.append(replace(each, uid=uid, revised=when))
    for old in earlier:
        if old.uid in kept:
            continue
        inside = old.hop in unknown and span[0] <= old.start and old.end <= span[1]
        lost = any(a < old.end and old.start < b for a, b in unknown.get(old.hop, ()))
        status = old.status if not inside or old.status == "CANCELLED" else "TENTATIVE" if lost else "CANCELLED"
        alarm_s = 0 if status == "CANCELLED" else old.alarm_s
        found.append(_again(replace(old, status=status, alarm_s=alarm_s), old, when))
    return sorted(found, key=lambda e: (e.start, e.hop, e.uid))


def _matched(
    events: Sequence[CalendarEvent], earlier: Sequence[CalendarEvent]
) -> dict[int, tuple[str, CalendarEvent]]:
    """Pairs of overlapping events of a hop, those that overlap most first: identifier and earlier event by number."""
    of_hop: dict[str, list[CalendarEvent]] = {}
    for old in earlier:
        of_hop.setdefault(old.hop, []).append(old)
    shared = []
    for number, each in enumerate(events):
        for old in of_hop.get(each.hop, ()):
            if (common := min(each.end, old.end) - max(each.start, old.start)) > dt.timedelta():
                shared.append((-common, number, old.uid, old))
    pairs: dict[int, tuple[str, CalendarEvent]] = {}
    used: set[str] = set()
    for _, number, uid, old in sorted(shared, key=lambda s: s[:3]):
        if number not in pairs and uid not in used:
            pairs[number] = (uid, old)
            used.add(uid)
    return pairs


def _again(new: CalendarEvent, old: CalendarEvent, when: dt.datetime) -> CalendarEvent:
    """An event after an earlier one: another revision if its content differs."""
    if new.content == old.content:
        return old
    return replace(new, sequence=old.sequence + 1, revised=max(when, old.revised + _SECOND))


def calendar_bytes(events: Sequence[CalendarEvent], title: str) -> bytes:
    """The text of a calendar, UTF-8."""
    from icalendar import Calendar

    whole = Calendar()
    whole.add("prodid", "-//farside-sim//sim//EN")
    whole.add("version", "2.0")
    whole.add("x-wr-calname", title)
    for each in events:
        whole.add_component(_component(each))
    return bytes(whole.to_ical())


def _component(event: CalendarEvent) -> Component:
    from icalendar import Alarm, Event

    found = Event()
    found.add("uid", event.uid)
    for name in ("dtstamp", "last-modified"):
        found.add(name, event.revised)
    found.add("sequence", event.sequence)
    found.add("dtstart", event.start)
    found.add("dtend", event.end)
    for name in ("summary", "description", "location", "status"):
        if value := getattr(event, name):
            found.add(name, value)
    found.add(HOP, event.hop)
    if event.alarm_s:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"Set up for {event.summary}")
        alarm.add("trigger", dt.timedelta(seconds=-event.alarm_s))
        found.add_component(alarm)
    return found


def read_events(file: Path) -> list[CalendarEvent]:
    """Read the events of a calendar that this program wrote; other events are left out. Raises `DataError`."""
    from icalendar import Calendar, Event

    found: dict[str, CalendarEvent] = {}
    try:
        for each in Calendar.from_ical(read_bytes(file, MOST_BYTES)).walk("VEVENT"):
            if isinstance(each, Event) and str(each.get("uid", "")).endswith(OURS) and HOP in each:
                event = _event(each)
                if event.uid in found:
                    raise ValueError(f"two events have the UID {shown(event.uid)}")
                found[event.uid] = event
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        need = "Give a calendar that the product icalendar wrote"
        raise DataError(f"{file.name} is not a calendar that can be revised: {error}. {need}") from error
    return list(found.values())


def _event(of: Component) -> CalendarEvent:
    start, end, when = (_instant(of, name) for name in ("dtstart", "dtend", "last-modified"))
    if end <= start:
        raise ValueError(f"the event of {start:%Y-%m-%d %H:%M:%S} ends before it starts")
    due: list[object] = [getattr(alarm.get("trigger"), "dt", None) for alarm in of.walk("VALARM")]
    alarm_s = -round(due[0].total_seconds()) if due and isinstance(due[0], dt.timedelta) else 0
    summary, description, location, status = (
        str(of.get(name, "")) for name in ("summary", "description", "location", "status")
    )
    sequence = int(str(of.get("sequence", 0)))
    return CalendarEvent(
        str(of[HOP]), start, end, summary, description, location, status, alarm_s, str(of["uid"]), sequence, when
    )


def _instant(of: Component, name: str) -> dt.datetime:
    value: object = getattr(of[name], "dt", None)
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise ValueError(f"expected a {name.upper()} in UTC, like 20260301T080000Z")
    return value.astimezone(dt.UTC)
