"""Intervals in which others have a station for themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.core.time import Span
from sim.trajectories.closure_files import Closure, unknown_names
from sim.trajectories.limits.closed_times import ClosedTimes


class Booked(ClosedTimes):
    """Intervals in which others have a station for themselves, from a file of bookings of one or more stations.

    Examples
    --------
    >>> Booked(file="")
    Traceback (most recent call last):
    ...
    pydantic_core._pydantic_core.ValidationError: 1 validation error for Booked
      Value error, needs a file of bookings: CSV with the columns station, start, end and reason ...
    """

    kind: Literal["booked"] = "booked"
    file: Annotated[str, Field(max_length=4096)] = ""
    """file of bookings: CSV with the columns station, start, end and reason, or a calendar (.ics) of one station"""
    noun = "booking"

    @model_validator(mode="after")
    def _some(self) -> Booked:
        if not self.file:
            raise ValueError("needs a file of bookings: CSV with the columns station, start, end and reason")
        if not self.file.lower().endswith(".ics") and not all(each.end_name for each in self.of_file()):
            raise ValueError(f"{Path(self.file).name}: expected a column station with a name in every row")
        return self

    def closures(self, own: str) -> tuple[Closure, ...]:
        return tuple(each for each in super().closures(own) if each.end_name in ("", own))

    def remarks(self, own: str, span: Span, ends: Sequence[str]) -> Iterator[str]:
        """Yield sentences on stations that do not exist, too."""
        name = Path(self.file).name
        yield from (f"{name} {told}" for told in unknown_names(self.of_file(), tuple(ends)))
        if not self.closures(own):
            yield f"{name} has no booking of {own}"
        yield from super().remarks(own, span, ends)
