"""Claim tests about numbers: a range, elevation, angle or altitude between bounds, and a local date and time."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.errors import SimError
from sim.core.model import Epoch, Listed, Name, Readable, Text
from sim.core.time import DAY_S, Span, utc_datetime64
from sim.simulation.claims.contact_tests import Timed
from sim.simulation.claims.setting import ClaimTest, Path, Setting
from sim.simulation.claims.verdicts import Outcome, amount, clock

Array = NDArray[np.float64]

Quantity = Literal[
    "range_km", "range_rate_km_s", "elevation_deg", "sun_separation_deg", "off_nadir_deg",
    "altitude_km", "speed_km_s", "latitude_deg", "sun_elevation_deg",
]  # fmt: skip

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_STEPS = 400
_WORDS = {
    "range_km": ("distance of {1} from {0}", "km"),
    "range_rate_km_s": ("range rate of {1} from {0}", "km/s"),
    "elevation_deg": ("elevation of {1} from {0}", "deg"),
    "sun_separation_deg": ("angle between {1} and the Sun from {0}", "deg"),
    "off_nadir_deg": ("angle of {1} from the nadir of {0}", "deg"),
    "altitude_km": ("altitude of {0}", "km"),
    "speed_km_s": ("speed of {0}", "km/s"),
    "latitude_deg": ("latitude below {0}", "deg"),
    "sun_elevation_deg": ("elevation of the Sun from {0}", "deg"),
}


class Bounds(Timed):
    """A number is between bounds: at an instant, throughout an interval, or at some time in it.

    Of two ends (observer, target): range_km, range_rate_km_s, elevation_deg, sun_separation_deg and off_nadir_deg (the
    angle from a spacecraft's nadir to the target). Of a spacecraft: altitude_km above the mean equatorial sphere of its
    center, speed_km_s about it, latitude_deg below it (from the center). Of a site: sun_elevation_deg.
    Margin: the distance to the nearer bound; throughout an interval the smallest, at some time in it the largest.
    """

    kind: Literal["bounds"] = "bounds"
    quantity: Quantity
    """the quantity; its name ends in its unit"""
    of: Annotated[tuple[Name, ...], Field(min_length=1, max_length=2), Listed]
    """observer and target, or the one end of the quantity"""
    least: float | None = None
    """lower bound, in the unit that the quantity's name ends in"""
    most: float | None = None
    """upper bound, in the same unit"""
    throughout: bool = True
    """whether the bounds hold throughout the interval, or at some time of it"""

    @property
    def path(self) -> Path:
        return self.of

    @model_validator(mode="after")
    def _some(self) -> Bounds:
        if self.least is None and self.most is None:
            raise ValueError("give least, most or both")
        if self.least is not None and self.most is not None and self.least >= self.most:
            raise ValueError(f"least must be below most, got {self.least:g} and {self.most:g}")
        needs = 2 if "{1}" in _WORDS[self.quantity][0] else 1
        if len(self.of) != needs:
            who = "an observer and a target" if needs == 2 else "one end"
            names = "1 name" if len(self.of) == 1 else f"{len(self.of)} names"
            raise ValueError(f"{self.quantity} needs {who}, got {names}")
        if self.of[0] == self.of[-1] and needs == 2:
            raise ValueError(f"expected two different ends, got {self.of[0]!r} twice")
        return self

    def ask(self, setting: Setting) -> Outcome:
        """Find the value with the smallest margin in the interval, or with the largest if some time is enough."""
        start, end = self.interval(setting)
        setting.around(start, end)
        from sim.simulation.claims.quantities import quantity_of

        scalar = quantity_of(self.quantity, setting, self.of, (start, end))
        setting.complete(start, end)
        t = np.linspace(start, end, 1 if start == end else _STEPS)
        values = scalar(t)
        if end > start:
            turns = scalar.extremes(Span(start, end))
            t, values = np.concatenate((t, turns.times)), np.concatenate((values, turns.values))
        low = values - (self.least if self.least is not None else -np.inf)
        margins = np.minimum(low, (self.most if self.most is not None else np.inf) - values)
        chosen = int(np.argmin(margins) if self.throughout else np.argmax(margins))
        number, unit = float(values[chosen]), scalar.unit
        reasons = [f"{scalar.name} is {amount(number, unit)} at {clock(float(t[chosen]))}"]
        if end > start:
            reasons.append(f"in the interval it is {amount(values.min(), unit)} to {amount(values.max(), unit)}")
        return Outcome(number, float(margins[chosen]), unit, amount(number, unit), tuple(reasons))

    def question(self) -> str:
        """What is asked, in words."""
        words, unit = _WORDS[self.quantity]
        low, high = (f"{bound:g}" if bound is not None else "" for bound in (self.least, self.most))
        between = f"between {low} and {high}" if low and high else f"above {low}" if low else f"below {high}"
        how = "at" if self.at is not None else "throughout" if self.throughout else "at some time in"
        return f"{words.format(*self.of)} {between} {unit} {how} {self.when()}"


class LocalDate(ClaimTest):
    """A time in UTC is a given date, and time of day, in a time zone.

    Margin: the time to the limits of the date, or of the time of day within its tolerance. Source of the rules of time
    zones: the IANA time zone database.
    """

    kind: Literal["local_date"] = "local_date"
    utc: Epoch
    """the time in UTC, from another source"""
    within_s: Annotated[float, Field(ge=0, le=DAY_S)] = 0.0
    """uncertainty of that time"""
    zone: Annotated[str, Field(max_length=64), Readable]
    """IANA name of the time zone, like Asia/Shanghai"""
    date: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", description="2024-06-25, 2024-06 or 2024")]
    """claimed date: a day, a month or a year"""
    time: Annotated[str, Field(pattern=r"^\d{2}:\d{2}$", description="14:07")] | None = None
    """claimed time of day"""
    time_within_s: Annotated[float, Field(gt=0, le=DAY_S)] = 60.0
    """tolerance of the claimed time of day; the time in UTC, with its uncertainty, must be within it"""
    weekday: Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] | None = None
    """claimed day of the week"""
    source: Text = ""
    """source of the time in UTC"""

    @model_validator(mode="after")
    def _real(self) -> LocalDate:
        self._zone()
        try:
            self._dates()
        except (ValueError, OverflowError) as error:
            raise ValueError(f"there is no date {self.date!r} with the time {self.time or '00:00'}") from error
        if (self.time or self.weekday) and len(self.date) != 10:
            raise ValueError("a time of day or a day of the week needs a full date, like 2024-06-25")
        return self

    def ask(self, setting: Setting) -> Outcome:
        """Convert the time to the time zone and compare."""
        import datetime as dt

        zone = self._zone()
        (moment,) = utc_datetime64(self.utc)  # numbers of seconds are good to some microseconds: to the millisecond
        plain: Any = (moment + np.timedelta64(500, "us")).astype("datetime64[ms]").item()
        first, last = (each.replace(tzinfo=zone) for each in self._dates())
        try:
            local = plain.replace(tzinfo=dt.UTC).astimezone(zone)
        except (OverflowError, AttributeError) as error:  # numpy gives integers for years outside 1 to 9999
            raise SimError(f"{clock(self.utc)} has no date in {self.zone}: years are 1 to 9999") from error
        named_day, real_day = WEEKDAYS[first.weekday()], WEEKDAYS[local.weekday()]
        margin = min((local - first).total_seconds(), (last - local).total_seconds())
        reasons = [f"{clock(self.utc)} is {real_day} {local:%Y-%m-%d %H:%M:%S} in {self.zone} (UTC{local:%z})"]
        if self.time is not None:
            named = first.replace(hour=int(self.time[:2]), minute=int(self.time[3:]))
            off = abs((local - named).total_seconds())
            margin = min(margin, self.time_within_s - off)
            reasons.append(f"{amount(off, 's')} from {self.time}")
        if margin == 0.0:  # the first instant of a date is in it, and the last one that an hour allows
            margin = float(np.finfo(float).tiny) * (1.0 if first <= local < last else -1.0)
        if self.weekday is not None and named_day != self.weekday:
            margin = min(margin, -DAY_S)
            reasons.append(f"{self.date} was a {named_day}, not a {self.weekday}")
        return Outcome(None, margin, "s", f"{local:%Y-%m-%d %H:%M} {self.zone}", tuple(reasons), self.within_s)

    def question(self) -> str:
        """What is asked, in words."""
        said = " ".join(filter(None, (self.weekday, self.date, self.time)))
        return f"{clock(self.utc)} is {said} in {self.zone}"

    def _zone(self) -> Any:
        from zoneinfo import ZoneInfo

        try:
            return ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"no time zone is called {self.zone!r}. Use an IANA name, like Asia/Shanghai") from error

    def _dates(self) -> tuple[Any, Any]:
        """Start of the date and of the next one, as local times without a time zone."""
        import datetime as dt

        year, month, day = (int(part) for part in (self.date + "-01-01")[:10].split("-"))
        first = dt.datetime(year, month, day)
        if self.time is not None:
            dt.time(int(self.time[:2]), int(self.time[3:]))
        if len(self.date) == 10:
            return first, first + min(dt.timedelta(days=1), dt.datetime.max - first)
        months = 12 if len(self.date) == 4 else 1
        later = year * 12 + month - 1 + months
        return first, dt.datetime(later // 12, later % 12 + 1, 1) if later < 120_000 else dt.datetime.max
