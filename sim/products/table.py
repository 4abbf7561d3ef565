"""Tables of windows and passes: the order of their rows, their columns, and local and mission times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, field_validator, model_validator

from sim.core.model import Epoch, Listed
from sim.core.text import nearest, shown
from sim.core.time import utc_datetime64
from sim.core.time_zones import checked_zone, time_zone
from sim.products.columns import Cell
from sim.scenario.draft import Complaint, Draft, get
from sim.scenario.product import Product

if TYPE_CHECKING:
    from sim.visibility.result import Columns

Array = NDArray[np.float64]
Index = NDArray[np.intp]

TIME, HOP = "time", "hop"
"""Orders that are not the name of a column."""

_LOCAL, _ELAPSED, _UTC = "_local", "_elapsed", "_utc"


class Table(Product):
    """Base class of tables whose rows can be put in any order, with any columns."""

    order: Annotated[str, Field(max_length=64)] = TIME
    """order of the rows: `time` (all hops together), `hop` (hop by hop, each in order of time), or a column; rows
    without a value come last"""
    descending: bool = False
    """whether the order is reversed: the latest, or the greatest, first"""
    columns: Annotated[tuple[str, ...], Listed, Field(min_length=1, max_length=100)] | None = None
    """columns, in this order; default: the usual ones"""
    time_zone: Annotated[str, Field(max_length=64), AfterValidator(checked_zone)] = ""
    """name of a time zone (IANA), such as `Europe/Madrid`, in which local times are given too; default: each site's
    own `time_zone`"""
    mission_start: Epoch | None = None
    """when mission time starts: elapsed times are given too, as `T+days/hours:minutes:seconds`"""

    usual: ClassVar[tuple[str, ...]] = ()
    """the columns that are written if none are named; local and elapsed times come to them by their keys"""
    more: ClassVar[tuple[str, ...]] = ()
    """columns that are written only if they are named, or if another key asks for them"""
    time_columns: ClassVar[tuple[str, ...]] = ()
    """the columns in UTC that also exist as local and elapsed times"""

    @classmethod
    def every(cls) -> tuple[str, ...]:
        """All columns."""
        stems = [name.removesuffix(_UTC) for name in cls.time_columns]
        return (*cls.usual, *cls.more, *(f"{stem}{form}" for stem in stems for form in (_LOCAL, _ELAPSED)))

    @field_validator("order")
    @classmethod
    def _known_order(cls, value: str) -> str:
        return value if value in (TIME, HOP) else cls._column(value, (TIME, HOP))

    @field_validator("columns")
    @classmethod
    def _known_columns(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for place, name in enumerate(value or ()):
            cls._column(name)
            if name in (value or ())[:place]:
                raise ValueError(f"the column {shown(name)} appears twice. Name it once")
        return value

    @classmethod
    def _column(cls, name: str, others: tuple[str, ...] = ()) -> str:
        if name not in cls.every():
            raise ValueError(f"no column is called {shown(name)}.{nearest(name, (*others, *cls.every()))}")
        return name

    @model_validator(mode="after")
    def _counts_from(self) -> Self:
        if self.mission_start is None:
            for name in (*(self.columns or ()), self.order):
                if name.endswith(_ELAPSED):
                    raise ValueError(
                        f"the column {name!r} counts from the start of the mission. Add mission_start, for example "
                        "mission_start = 2026-03-01T00:00:00Z"
                    )
        return self

    @classmethod
    def problems(cls, product: object, draft: Draft) -> Iterator[Complaint]:
        if cls.field_value(product, "time_zone") or any(get(site, "time_zone") for site in draft.sites.values()):
            return
        names, order = get(product, "columns"), get(product, "order")
        asked = [(("columns", i), name) for i, name in enumerate(names if isinstance(names, (list, tuple)) else ())]
        for keys, name in [*asked, (("order",), order)]:
            if isinstance(name, str) and name.endswith(_LOCAL) and name in cls.every():
                cure = 'Add time_zone = "UTC" or another to the product or to its sites'
                yield keys, f"{name!r} needs a time zone. {cure}"

    def chosen(self, zones: Sequence[str], besides: Sequence[str] = ()) -> tuple[str, ...]:
        """The columns to write.

        zones   : names of the time zones of sites
        besides : columns that another key asks for besides the usual ones
        """
        if self.columns is not None:
            return self.columns
        found: list[str] = []
        for name in (*self.usual, *besides):
            found.append(name)
            if name in self.time_columns:
                stem = name.removesuffix(_UTC)
                found += [f"{stem}{_LOCAL}"] if self.time_zone or any(zones) else []
                found += [f"{stem}{_ELAPSED}"] if self.mission_start is not None else []
        return tuple(found)

    def clocks(self, table: Columns, zones: Sequence[str]) -> dict[str, list[Cell]]:
        """The columns of local and elapsed times.

        table : columns with times in TDB s
        zones : of each row's site, the name of its time zone, or an empty text
        """
        found: dict[str, list[Cell]] = {}
        own = [self.time_zone or zone for zone in zones]
        for name in self.time_columns:
            t, stem = np.asarray(table[name], dtype=np.float64), name.removesuffix(_UTC)
            found[f"{stem}{_LOCAL}"] = local_times(t, own)
            if self.mission_start is not None:
                found[f"{stem}{_ELAPSED}"] = [
                    None if each != each else elapsed(each - self.mission_start) for each in t.tolist()
                ]
        return found

    def rows_in_order(self, table: Columns, hop: str) -> Index:
        """The numbers of a table's rows in the order asked for; the rows are given hop by hop in order of time.

        table : columns
        hop   : the column that names the hop
        """
        return in_order(table, sorted_by(self.order, self.time_columns[0]), self.descending, hop)


def sorted_by(order: str, time: str) -> str:
    """The column that gives an order its name: local and elapsed times have the order of their instants."""
    if order == TIME:
        return time
    for form in (_LOCAL, _ELAPSED):
        if order.endswith(form):
            return f"{order.removesuffix(form)}{_UTC}"
    return order


def in_order(table: Columns, by: str, descending: bool, hop: str) -> Index:
    """The numbers of a table's rows by a column; equal rows stay in the order in which they are.

    Parameters
    ----------
    table
        Columns.
    by
        A column, or `hop`: hops in the order in which they first appear.
    descending
        Whether the greatest comes first. Rows without a value come last either way.
    hop
        The column that names the hop.

    Examples
    --------
    >>> in_order({"hop": ["b", "b", "a"], "x": np.array([2.0, np.nan, 3.0])}, "x", True, "hop").tolist()
    [2, 0, 1]
    """
    column = table[hop if by == HOP else by]
    if isinstance(column, np.ndarray):
        ranks = np.asarray(column, dtype=np.float64)
    else:
        known = dict.fromkeys(column) if by == HOP else sorted({each for each in column if each})
        number = {each: float(place) for place, each in enumerate(known)}
        ranks = np.array([number.get(each, np.nan) for each in column], dtype=np.float64)
    absent = np.isnan(ranks)
    keys = np.where(absent, 0.0, -ranks if descending else ranks)
    order: Index = np.lexsort((keys, absent))
    return order


def taken(shown_columns: Mapping[str, Sequence[Cell]], rows: Index) -> dict[str, list[Cell]]:
    """Some rows of columns, in their order."""
    numbers = rows.tolist()
    return {name: [column[row] for row in numbers] for name, column in shown_columns.items()}


def local_times(t: Array, zones: Sequence[str]) -> list[Cell]:
    """Times as clocks of time zones show them, with the offset from UTC; None where there is no zone.

    Parameters
    ----------
    t
        (n,) TDB s.
    zones
        (n,) names of time zones (IANA); an empty text for none.

    Examples
    --------
    >>> from sim import tdb
    >>> local_times(np.array([tdb("2026-07-01T12:00:00Z")]), ["Europe/Madrid"])
    ['2026-07-01T14:00:00.000+02:00']
    """
    some = np.flatnonzero(~np.isnan(t) & np.array([bool(zone) for zone in zones], dtype=bool))
    found: list[Cell] = [None] * len(t)
    if not len(some):
        return found
    rounded = utc_datetime64(t[some] + 0.0005).tolist()  # what follows cuts to the millisecond
    for row, instant in zip(some.tolist(), rounded, strict=True):
        shifted = instant.replace(tzinfo=dt.UTC).astimezone(time_zone(zones[row]))
        found[row] = shifted.isoformat(timespec="milliseconds")
    return found


def elapsed(seconds: float) -> str:
    """A mission time as days of 86,400 s, hours, minutes and seconds.

    Examples
    --------
    >>> elapsed(93784.5), elapsed(-1.0)
    ('T+001/02:03:04.500', 'T-000/00:00:01.000')
    """
    whole = round(abs(seconds) * 1000.0)
    days, rest = divmod(whole, 86_400_000)
    hours, rest = divmod(rest, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    sign = "-" if seconds < 0.0 and whole else "+"
    return f"T{sign}{days:03d}/{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
