"""Passes as a calendar that phones and desktop programs show (iCalendar)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from sim.core.durations import duration
from sim.core.model import Epoch, Listed, Name
from sim.core.time_zones import checked_zone, time_zone
from sim.products.calendar_events import (
    CalendarEvent,
    calendar_bytes,
    identified,
    library,
    read_events,
    revised,
    whole_second,
)
from sim.scenario.draft import Complaint, Draft
from sim.scenario.product import NOTHING, Job, Product
from sim.trajectories.pass_rules import Seconds
from sim.trajectories.sites import Site
from sim.visibility.routes import hop_text, hops

if TYPE_CHECKING:
    from sim.visibility.result import Columns, Result
    from sim.visibility.routes import Hop

_SECOND = dt.timedelta(seconds=1)


class ICalendar(Product):
    """Passes of all hops with a site at one end, as a calendar (iCalendar, RFC 5545).

    Events last from `aos` to `los` of the passes, to the nearest second, in UTC, which every calendar program converts:
    local times of a site would be ambiguous when its clocks go back. The text of an event has the local time too. An
    alarm is due before the start as long as set-up takes.

    The UID of an event is made of its hop and the half hour that its middle is nearest to, not of its number. With
    `earlier`, events keep the UIDs of the events that they overlap, SEQUENCE counts their changes, passes that no
    longer exist are CANCELLED, and TENTATIVE if it is now unknown whether they do. So a calendar program that imports
    both files moves and cancels entries, and makes none twice. Passes that exist with less than 0.999 probability are
    TENTATIVE; there is no status where the probability is unknown. Needs `pip install 'farside-sim[icalendar]'`.

    Examples
    --------
    >>> ICalendar.files(ICalendar())
    ['icalendar.ics']
    """

    kind: Literal["icalendar"] = "icalendar"
    file: Name = "icalendar"
    """file name without extension"""
    routes: Annotated[tuple[Name, ...], Listed] | None = None
    """routes whose hops are listed; default: all"""
    earlier: Annotated[str, Field(max_length=4096)] = ""
    """calendar (.ics) of an earlier run, which this one replaces"""
    revised: Epoch | None = None
    """when the calendar is issued; default: the scenario's start. So the same scenario makes the same file"""
    alarm_s: Seconds | None = None
    """how long before a pass an alarm is due; default: the set-up time of its site, and no alarm without one"""
    time_zone: Annotated[str, Field(max_length=64), AfterValidator(checked_zone)] = ""
    """name of a time zone (IANA) of the local times; default: each site's own `time_zone`"""

    of_routes: ClassVar[bool] = True
    over_sites: ClassVar[bool] = True
    endings: ClassVar[tuple[str, ...]] = ("ics",)

    @property
    def input_files(self) -> tuple[str, ...]:
        """The earlier calendar."""
        return (self.earlier,) if self.earlier else ()

    @classmethod
    def problems(cls, product: object, draft: Draft) -> Iterator[Complaint]:
        if find_spec("icalendar") is None:
            yield ("kind",), "calendars need icalendar: pip install 'farside-sim[icalendar]'"

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write icalendar.ics."""
        library()
        names = list(result.routes) if self.routes is None else list(self.routes)
        legs = list(dict.fromkeys(hop for name in names for hop in hops(result.paths[name])))
        span = whole_second(result.span.start), whole_second(result.span.end)
        when = span[0] if self.revised is None else whole_second(self.revised)
        unknown = {
            hop_text(leg): [(whole_second(a), whole_second(b)) for a, b in result.hops[leg].unknown] for leg in legs
        }
        earlier = read_events(Path(self.earlier)) if self.earlier else []
        found = revised(identified(self.events(result, legs)), earlier, when, span, unknown)
        path = folder / f"{self.file}.ics"
        path.write_bytes(calendar_bytes(found, result.title))
        return [path]

    def events(self, result: Result, legs: Sequence[Hop]) -> Iterator[CalendarEvent]:
        """The passes of some hops as events without identifiers."""
        from sim.planning.hop_passes import rules_of
        from sim.products.passes import table

        columns = table(result, legs)
        by_text = {hop_text(leg): leg for leg in legs}
        for row in range(len(columns["hop"])):
            hop, site, target = (str(columns[name][row]) for name in ("hop", "site", "target"))
            start, end = (whole_second(float(columns[name][row])) for name in ("aos_utc", "los_utc"))
            setup_s = rules_of(result, by_text[hop]).setup_s if self.alarm_s is None else self.alarm_s
            likely = float(columns["probability"][row])
            yield CalendarEvent(
                hop=hop,
                start=start,
                end=max(end, start + _SECOND),
                summary=f"{target} over {site}",
                description="\n".join(self._lines(result, columns, row)),
                location=site,
                status="" if likely != likely else "CONFIRMED" if likely >= 0.999 else "TENTATIVE",
                alarm_s=round(setup_s),
            )

    def _lines(self, result: Result, columns: Columns, row: int) -> Iterator[str]:
        """Sentences on a pass."""
        start, end, top = (float(columns[name][row]) for name in ("aos_utc", "los_utc", "culmination_utc"))
        elevation = float(columns["culmination_elevation_deg"][row])
        yield f"Link {columns['hop'][row]}, {duration(end - start)}, {columns['basis'][row]} orbit"
        yield f"Highest elevation {elevation:.1f} deg at {whole_second(top):%H:%M:%S} UTC"
        site = result.ends[str(columns["site"][row])]
        zone = self.time_zone or (site.time_zone if isinstance(site, Site) else "")
        if zone:
            first, last = (whole_second(t).astimezone(time_zone(zone)) for t in (start, end))
            yield f"Local time {first:%Y-%m-%d %H:%M:%S} (UTC{first:%z}) to {last:%H:%M:%S} (UTC{last:%z}), {zone}"
        for side, name in (("AOS", "start_sigma_s"), ("LOS", "end_sigma_s")):
            sigma = float(columns[name][row])
            yield f"{side} uncertainty " + ("unknown" if sigma != sigma else f"{sigma:.1f} s (1 sigma)")
        if other := columns["conflict"][row]:
            yield f"The antenna is also wanted by {other}"
        if cut := columns["cut"][row]:
            yield f"Cut by the {cut}"
