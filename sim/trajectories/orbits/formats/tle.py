"""Element sets (TLE or OMM), propagated with SGP4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sim.core.chebyshev import Pieces, joined
from sim.core.errors import CoverageError, DataError, PropagationError, SimError
from sim.core.model import Listed, Text
from sim.core.text import some
from sim.core.time import DAY_S, Span, utc
from sim.trajectories.multi_phase import IN_ORBIT, NOT_DECAYED
from sim.trajectories.orbits.data_span import DataSpan, clipped, light_s
from sim.trajectories.orbits.formats.file_orbit import Files, found_files
from sim.trajectories.orbits.formats.omm import element_set, one_object, read
from sim.trajectories.orbits.formats.sgp4_set import ElementSet, checked_line
from sim.trajectories.orbits.orbit import Caveat, Orbit
from sim.trajectories.orbits.orbit_errors import ELEMENT_SET, Sigma
from sim.trajectories.trajectory import LIGHT_TIME_PAD_S, Basis

Array = NDArray[np.float64]

def _pair(value: object) -> object:
    if not isinstance(value, (list, tuple)) or len(value) != 2 or not all(isinstance(line, str) for line in value):
        raise ValueError("expected a pair of texts: line 1 and line 2")
    return tuple(value)


def _message(value: object) -> object:
    if not isinstance(value, Mapping):
        raise ValueError("expected keywords with their values, such as MEAN_MOTION = 15.5")
    kept = {str(key): each for key, each in value.items() if isinstance(each, (str, int, float))}
    return {key: each if isinstance(each, str) else repr(each) for key, each in kept.items()}


OLD_DAYS = 14.0
"""Element sets that are farther from their epoch than this get a remark: they are off by 14 to 42 km, and by drag."""
WORTH_KM = 10.0
"""A motion that is at odds with what is stated of it gets a remark from here on."""
_SAFE_S = 1.0
"""So far inside of what SGP4 knows an orbit is cut: it is found to a tenth of that."""
_CURE = ". Choose another span, or give a nearer element set"

Line1 = Annotated[str, AfterValidator(partial(checked_line, number=1))]
Line2 = Annotated[str, AfterValidator(partial(checked_line, number=2))]


Stretches = tuple[list[tuple[float, float]], str]


class Tle(Orbit):
    """An element set (TLE, OMM) or a series, with SGP4: in error by 1 km at the epoch and 1 to 3 km more a day.

    Of a series, the set of the nearest epoch is used: the orbit steps half-way between two epochs. A maneuver shows
    only in the next set. Source: Vallado & Crawford (2008), AIAA 2008-6770.
    """

    kind: Literal["tle"] = "tle"
    center: Literal["earth"] = "earth"
    line1: Line1 | None = None
    line2: Line2 | None = None
    sets: Annotated[tuple[Annotated[tuple[Line1, Line2], BeforeValidator(_pair)], ...], Listed] = ()
    """many sets of one object in order of time, instead of line1 and line2: pairs of lines"""
    file: Files | None = None
    """a file of element sets in any order, or several, instead of lines: two lines each, with or without a name above
    them, or CCSDS OMM as JSON, CSV, KVN or XML"""
    omm: Annotated[dict[str, str], BeforeValidator(_message)] | None = None
    """a CCSDS OMM instead of lines: its keywords with their values"""
    norad_id: Annotated[int, Field(ge=1, le=999_999_999)] | None = None
    """which object, by its catalogue number, where the file has several"""
    max_age_days: Annotated[float, Field(gt=0, le=36_600)] = 14.0
    """how far from the nearest epoch it may be asked: the error grows by 1 to 3 km a day"""
    basis: Basis = "predicted"
    source: Text = ""

    of_element_sets: ClassVar[bool] = True

    @model_validator(mode="after")
    def _one_object(self) -> Tle:
        lines = self.line1 is not None or self.line2 is not None
        if lines + bool(self.sets) + (self.file is not None) + (self.omm is not None) > 1:
            raise ValueError("give one of sets, line1 and line2, file, or omm")
        if self.file is not None:
            return self  # read when it is needed, as all files of orbits
        if not self.sets and self.omm is None and (self.line1 is None or self.line2 is None):
            raise ValueError("needs line1 and line2, or sets, or a file")
        try:
            records = self.records
        except DataError as error:
            raise ValueError(str(error).removeprefix("omm: set 1: ")) from error
        if self.norad_id is not None and self.norad_id != records[0].number:
            raise ValueError(f"norad_id is {self.norad_id}, the lines are of object {records[0].number:05d}")
        for early, late in pairwise(records):
            if early.number != late.number:
                raise ValueError(f"sets are of one object: expected {early.number:05d}, got {late.number:05d}")
            if late.epoch <= early.epoch:
                raise ValueError(f"sets must be in order of time: {late} follows {utc(early.epoch, 0)}")
        return self

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of its files, if it has any. Raises `DataError` for a file that must be downloaded first."""
        return () if self.file is None else found_files(self.file)

    @property
    def records(self) -> tuple[ElementSet, ...]:
        """All sets in order of time. Raises `DataError` for a file that cannot be read."""
        if self.file is not None:
            return one_object([record for file in self.files for record in read(file)], self.norad_id, self._named)
        if self.sets:
            return tuple(ElementSet.read(*pair) for pair in self.sets)
        if self.omm is not None:
            return (element_set("omm", "set 1", self.omm),)
        assert self.line1 is not None and self.line2 is not None
        return (ElementSet.read(self.line1, self.line2),)

    @property
    def _named(self) -> str:
        return ", ".join(Path(file).name for file in self.files)

    def misfits(self, span: Span) -> Iterator[tuple[str, str]]:
        """Problems of the sets with the span, as for orbits from files: a key and what is wrong with it."""
        key = next((name for name in ("file", "sets", "omm") if getattr(self, name)), "line1")
        try:
            message = self._too_old(span, self.epochs)
            if not message:
                stretches, why = self._stretches(span)
                message = "" if stretches else why + _CURE
        except SimError as error:
            message = str(error)
        if message:
            yield key, message

    def remarks(self, span: Span) -> Iterator[str]:
        """Notes about how the sets were read."""
        records = self.records
        if bare := sum(not record.checked for record in records):
            what = f"{bare} of {len(records)} element sets have" if len(records) > 1 else "its element set has"
            yield f"{what} no checksum (column 69): a wrong digit would not be detected"

    def caveats(self, span: Span) -> Iterator[Caveat]:
        """Sets far from their epochs; drag that is implausible, or contradicts the stated change of mean motion."""
        from sim.trajectories.orbits import drag

        days = self.oldest_days(span)
        if days > OLD_DAYS:
            yield Caveat(
                "age",
                f"its element sets are up to {days:.1f} days from their epochs: "
                f"it may be {days:.0f} to {3 * days:.0f} km from its predicted position",
            )
        for record in self.records:
            if doubt := drag.misgivings(record):
                yield Caveat(
                    "drag",
                    f"{record}: {doubt}. Its drag and the uncertainty of its window edges are unknown",
                )
                break
        apart = [(record, found) for record in self.records if (found := drag.disagreement(record, days))]
        for record, (stated, made, km) in [each for each in apart if each[1][2] > WORTH_KM][:1]:
            yield Caveat(
                "drag",
                f"{record} states that its motion grows by {stated:.2g} revolutions/day², its B* "
                f"makes {made:.2g}: {km:,.0f} km along track after {days:.1f} days. SGP4 follows B*",
            )

    def reference_epochs(self) -> Array:
        return self.epochs

    def element_sets(self) -> tuple[ElementSet, ...]:
        return self.records

    def usual_errors(self) -> Sigma | str:
        from sim.trajectories.orbits.drag import misgivings

        doubts = [doubt for record in self.records if (doubt := misgivings(record))]
        return f"{doubts[0]}: its drag is not known" if doubts else ELEMENT_SET

    @property
    def epochs(self) -> Array:
        """Epochs of all sets, TDB s past J2000 (n,)."""
        return np.array([record.epoch for record in self.records])

    def oldest_days(self, span: Span) -> float:
        """Greatest distance from the nearest epoch within the span, days."""
        return self._worst(span, np.array([record.epoch for record in self.records]))[2]

    def data_span(self, span: Span, light: bool = True, early_s: float = 0.0) -> DataSpan | None:
        """Part of the span, and of the time around it, in which it is an orbit; None if it is one throughout.

        light, early_s : as for orbits from files
        """
        wide = span.padded(LIGHT_TIME_PAD_S)
        stretches, why = self._stretches(wide)
        own = light_s(max(record.apogee_km for record in self.records), self.center) if light else 0.0
        whole = [start for start, end in stretches if start <= span.start - own and span.end <= end]
        if any(start <= span.start - early_s for start in whole):
            return None
        limit = NOT_DECAYED if "decays" in why else IN_ORBIT
        stretches = [(a + _SAFE_S * (a > wide.start), b - _SAFE_S * (b < wide.end)) for a, b in stretches]
        rest = "no orbit is known there, and windows that end there are marked data_limited"
        return DataSpan(clipped(stretches, span, 0.5 * LIGHT_TIME_PAD_S), limit, "" if whole else f"{why}: {rest}")

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """Position relative to the Earth over the span, and the times at which the set changes or SGP4 steps."""
        records, wide = self.records, span.padded(LIGHT_TIME_PAD_S)
        epochs = np.array([record.epoch for record in records])
        if message := self._too_old(span, epochs):
            raise CoverageError(message)
        stretches, why = self._stretches(wide)
        whole = [(start, end) for start, end in stretches if start <= span.start and span.end <= end]
        if not whole:
            raise PropagationError(why + _CURE)
        middles, (first, last) = 0.5 * (epochs[:-1] + epochs[1:]), whole[0]
        edges = [first, *middles[(middles > first) & (middles < last)].tolist(), last]
        which = int(np.searchsorted(middles, first, "right"))
        arcs = [records[which + k].pieces(start, end) for k, (start, end) in enumerate(pairwise(edges))]
        return joined([arc for arc, _ in arcs]), np.sort(np.concatenate([edges[1:-1], *(steps for _, steps in arcs)]))

    @cached_property
    def _looked_at(self) -> dict[Span, Stretches]:
        return {}

    def _stretches(self, wide: Span) -> Stretches:
        """Stretches in which it is an orbit, TDB s, in order, and why each ends."""
        if wide not in self._looked_at:
            self._looked_at[wide] = self._look(wide)
        return self._looked_at[wide]

    def _look(self, wide: Span) -> Stretches:
        records: tuple[ElementSet, ...] = self.records
        whys: list[str] = []
        middles = [0.5 * (early.epoch + late.epoch) for early, late in pairwise(records)]
        found: list[tuple[float, float]] = []
        for record, start, end in zip(records, [-np.inf, *middles], [*middles, np.inf], strict=True):
            start, end = max(start, wide.start), min(end, wide.end)
            if start >= end:
                continue
            first, last, why = record.alive(start, end)
            whys += [why] if why else []
            if first < last:
                begun = found.pop()[0] if found and found[-1][1] == first else first
                found.append((begun, last))
        return found, some(whys, "; ") if whys else ""

    def _worst(self, span: Span, epochs: Array) -> tuple[float, float, float]:
        """Time of a span that is farthest from the nearest epoch, that epoch (both TDB s), and the days between."""
        middles = 0.5 * (epochs[:-1] + epochs[1:])  # the oldest a set becomes
        asked = np.array([span.start, span.end, *middles[(middles > span.start) & (middles < span.end)]])
        away = np.abs(asked[:, None] - epochs)
        worst = int(np.argmax(np.min(away, axis=1)))
        nearest = int(np.argmin(away[worst]))
        return float(asked[worst]), float(epochs[nearest]), float(away[worst, nearest]) / DAY_S

    def _too_old(self, span: Span, epochs: Array) -> str:
        asked, epoch, days = self._worst(span, epochs)
        if days <= self.max_age_days:
            return ""
        return (
            f"the nearest element set is of {utc(epoch, 0)}, {days:.1f} days from {utc(asked, 0)}; "
            f"its errors grow by 1 to 3 km per day. Give a nearer set, or raise max_age_days ({self.max_age_days:g})"
        )


