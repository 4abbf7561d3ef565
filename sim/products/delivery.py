"""Delivery: when data arrive, what waits in which recorder, and what is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.core.durations import duration
from sim.core.errors import SimError
from sim.core.files import csv_text, json_text
from sim.core.model import Listed, Name
from sim.core.text import nearest, shown
from sim.core.time import instant, utc
from sim.core.values import TimeLike
from sim.planning.volume_text import bits_text, delays_text
from sim.products.columns import Cell
from sim.products.ground_points import shown_span
from sim.products.pictures import Picture
from sim.scenario.draft import Complaint, Draft, get, listed
from sim.scenario.product import NOTHING, Job
from sim.trajectories.radios.signal import rate_text
from sim.visibility.routes import ARROW

if TYPE_CHECKING:
    from sim.planning.arrival_profile import ArrivalProfile, DelayFigures
    from sim.planning.deliveries import DataDelivery, Deliveries
    from sim.visibility.result import Result

ARRIVALS = (
    "data", "created_utc", "arrival_utc", "delay_s", "queued_arrival_utc", "queued_delay_s", "sure_arrival_utc",
    "sure_delay_s",
)  # fmt: skip
VOLUMES = ("data", "start_utc", "end_utc", "route", "bits", "low_bits", "high_bits")
BUFFERS = ("end", "time_utc", "bits")

MOST_ROWS = 2_000_000
"""Most rows of the table of arrivals."""


class DataArrival(Picture):
    """When data arrive, what waits in which recorder and what is lost: CSV, JSON and a picture (PNG or SVG).

    The table `delivery.csv` has a row for each time of creation: arrival of data that are alone in the network, of data
    beside all others (`queued`), and the time by which they are there with the confidence asked for (`sure`).
    `delivery-volumes.csv` has what arrives a day and way, with bounds by one standard deviation of edges;
    `delivery-buffers.csv` how full recorders are, with straight lines between its rows. What is unknown is left empty.

    Examples
    --------
    >>> DataArrival.files(DataArrival())
    ['delivery.csv', 'delivery-volumes.csv', 'delivery-buffers.csv', 'delivery.json', 'delivery.png']
    """

    kind: Literal["delivery"] = "delivery"
    file: Name = "delivery"
    """beginning of the names of the files, without their endings"""
    data: Annotated[tuple[Name, ...], Listed, Field(min_length=1, max_length=100)] | None = None
    """names of data, the most urgent first; all in the order of the scenario if not given. Others are not sent"""
    step_s: Annotated[float, Field(ge=1, le=86_400)] = 600.0
    """between times of creation in the table"""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """least probability of the arrivals that are called sure"""

    of_routes: ClassVar[bool] = True

    @classmethod
    def files(cls, product: object) -> list[str]:
        """The three tables, the tree and the picture."""
        file = cls.field_value(product, "file")
        ends = (".csv", "-volumes.csv", "-buffers.csv", ".json", f".{cls.field_value(product, 'format')}")
        return [f"{file}{end}" for end in ends]

    @classmethod
    def problems(cls, product: object, draft: Draft) -> Iterator[Complaint]:
        if not draft.data and draft.routes:
            yield ("kind",), "the scenario makes no data. Add [data.NAME], with at and to"
        for place, name in enumerate(listed(get(product, "data")) if draft.data else ()):
            if isinstance(name, str) and name not in draft.data:
                yield ("data", place), f"no data are called {shown(name)}.{nearest(name, draft.data)}"

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write the tables, the tree and the picture."""
        from sim.products.plot.delivery import delivery_chart

        made = job.once((self.kind, self.data, self.confidence), lambda: self.made(result))
        texts = [arrivals_csv(made, self.step_s), volumes_csv(made), buffers_csv(made), json_text(tree(result, made))]
        paths = [folder / name for name in self.files(self)]
        for path, text in zip(paths, texts, strict=False):
            path.write_text(text, encoding="utf-8")
        span = shown_span(result.span, None, None, self.kind)
        ax = delivery_chart(made, span, self.title or result.title, self.theme)
        return [*paths[:-1], *self.save(ax, folder, self.file)]

    def made(self, result: Result) -> Deliveries:
        """What it shows."""
        from sim.planning.deliveries import delivery

        return delivery(result, self.data, self.confidence)


def arrivals_csv(made: Deliveries, step_s: float) -> str:
    """Arrivals by time of creation, for times at which data are made."""
    count = int(made.span.duration_s // step_s) + 1
    if count * len(made.data) > MOST_ROWS:
        raise SimError(f"product 'delivery': more than {MOST_ROWS:,} rows. Choose a larger step_s, or less data")
    times = made.span.start + step_s * np.arange(count)
    rows: list[list[Cell]] = []
    for name, each in made.data.items():
        created = [float(t) for t in times[each.made.holds(times)]]
        columns = [_arrivals(profile, created) for profile in (each.earliest, each.queued, each.sure)]
        for row, t in enumerate(utc(created) if created else ()):
            rows.append([name, t, *(cell for column in columns for cell in column[row])])
    return csv_text(ARRIVALS, rows)


def volumes_csv(made: Deliveries) -> str:
    """What arrives by period and way."""
    rows: list[list[Cell]] = []
    for name, each in made.data.items():
        for one in each.volumes:
            bits = [None if x is None else round(x, 3) for x in (one.bits, one.low_bits, one.high_bits)]
            rows.append([name, utc(one.day.start), utc(one.day.end), ARROW.join(one.way), *bits])
    return csv_text(VOLUMES, rows)


def buffers_csv(made: Deliveries) -> str:
    """How full recorders are, at every time at which that changes differently."""
    rows = [
        [name, t, round(bits, 3)]
        for name, level in made.levels.items()
        for t, bits in zip(utc(np.array(level.times)), level.bits, strict=True)
    ]
    return csv_text(BUFFERS, rows)


def tree(result: Result, made: Deliveries) -> dict[str, object]:
    """What the JSON file holds."""
    return {
        "title": result.title,
        "start_utc": utc(made.span.start),
        "end_utc": utc(made.span.end),
        "times": "UTC: creation at the end that makes the data, arrival of the last bit at a desk",
        "confidence": made.confidence,
        "data": [_told(each, made.confidence) for each in made.data.values()],
        "recorders": [
            {
                "end": name,
                "size_bits": made.limits_bits.get(name),
                "peak_bits": round(level.peak_bits, 3),
                "end_bits": round(level.bits[-1], 3),
                "lost_bits": round(level.lost_bits, 3),
                "lost": [{"start_utc": utc(a), "end_utc": utc(b)} for a, b in level.lost_times],
            }
            for name, level in made.levels.items()
        ],
    }


def delivery_summary(made: Deliveries) -> list[str]:
    """What it comes to, in sentences."""
    lines = []
    for name, each in made.data.items():
        lines.append(f"{name}: {figures_text(each)}")
        if each.sure is not None:
            lines.append(f"  with {100 * made.confidence:g} %: {_delays(each.sure.figures(list(each.made)))}")
        if (own := each.flow) is not None:
            lost, waiting = sum(own.lost_bits.values()), sum(own.waiting_bits.values())
            text = f"{bits_text(own.made_bits)} made, {bits_text(own.arrived_bits)} arrived, {bits_text(lost)} lost"
            lines.append(f"  {text}, {bits_text(waiting)} waiting at the end")
            alone = _delays(each.figures)
            lines.append(f"  if alone in the network: {alone}")
        if each.capacities:
            whole = [one.bits for one in each.capacities]
            lines.append(f"  the network could carry {bits_text(min(whole))} to {bits_text(max(whole))} a day")
        lines += [f"  note: {note}" for note in each.notes]
    for name, level in made.levels.items():
        size = made.limits_bits.get(name)
        of = "" if size is None else f" of {bits_text(size)}"
        gone = f", {bits_text(level.lost_bits)} lost" if level.lost_bits else ""
        lines.append(f"recorder of {name}: at most {bits_text(level.peak_bits)}{of}{gone}")
    return lines


def arrival_text(made: Deliveries, at: TimeLike) -> list[str]:
    """When data arrive that are made at a time, and by which way."""
    when = instant(at)
    if not made.span.start <= when <= made.span.end:
        first, last = utc([made.span.start, made.span.end], 0)
        raise SimError(f"{utc(when, 0)} is outside the span of the scenario ({first} to {last})")
    lines = []
    for name, each in made.data.items():
        if not each.made.holds(np.array([when]))[0]:
            lines.append(f"{name}: none are made at {utc(when, 0)}")
            continue
        way = each.way(when)
        if way.arrival is None:
            lines.append(f"{name}: does not arrive within the span")
            continue
        later, by = duration(way.arrival - when), ARROW.join(way.route)
        text = f"{name}: arrives {utc(way.arrival, 0)}, {later} later, by {by}"
        sure = None if each.sure is None else each.sure.arrival(when)
        if sure is not None:
            text += f"; by {utc(sure, 0)} with {100 * made.confidence:g} %"
        elif each.sure is None:
            text += "; how likely is unknown"
        lines.append(text)
        queued = None if each.queued is None else each.queued.arrival(when)
        if queued is not None and queued - way.arrival > 0.5:
            lines.append(f"  beside all other data: {utc(queued, 0)}, {duration(queued - when)} later")
    return lines


def figures_text(each: DataDelivery) -> str:
    """The delays of data, beside others where these are known."""
    profile = each.queued or each.earliest
    return _delays(profile.figures(list(each.made)))


def _delays(figures: DelayFigures) -> str:
    if figures.worst_delivered_s is None:
        return "nothing arrives within the span"
    text = f"delay {delays_text(figures)}"
    missing = 1.0 - figures.delivered_share
    share = f"{100 * missing:.1f} %" if missing > 5e-4 else f"{100 * missing:.1g} %"
    return f"{text} of what arrives; {share} does not within the span" if missing > 0.0 else text


def _arrivals(profile: ArrivalProfile | None, created: Sequence[float]) -> list[tuple[Cell, Cell]]:
    """Arrival and delay of what is made at some times; None where unknown."""
    found = [None if profile is None else profile.arrival(t) for t in created]
    known = [t for t in found if t is not None]
    texts = iter(utc(known) if known else ())
    return [
        (None, None) if arrival is None else (next(texts), round(arrival - t, 3))
        for t, arrival in zip(created, found, strict=True)
    ]


def _told(each: DataDelivery, confidence: float) -> dict[str, object]:
    what, own, made = each.what, each.flow, list(each.made)
    rate = None if what.rate_bit_s is None else rate_text(what.rate_bit_s)
    return {
        "data": each.name,
        "at": what.at,
        "to": list(what.to),
        "rate": rate,
        "rate_bit_s": what.rate_bit_s,
        "bundle_bits": what.bundle_bits,
        "made_s": round(each.made.total_s, 3),
        "delay_alone": _figures(each.figures),
        "delay_queued": None if each.queued is None else _figures(each.queued.figures(made)),
        "delay_sure": None if each.sure is None else _figures(each.sure.figures(made)),
        "made_bits": None if own is None else round(own.made_bits, 3),
        "arrived_bits": None if own is None else round(own.arrived_bits, 3),
        "lost_bits": None if own is None else {end: round(bits, 3) for end, bits in own.lost_bits.items()},
        "waiting_bits": None if own is None else {end: round(bits, 3) for end, bits in own.waiting_bits.items()},
        "capacity": [
            {"start_utc": utc(one.day.start), "end_utc": utc(one.day.end), "bits": round(one.bits, 3)}
            for one in each.capacities
        ],
        "notes": list(each.notes),
    }


def _figures(figures: DelayFigures) -> dict[str, object]:
    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, 3)

    return {
        "delivered_share": round(figures.delivered_share, 9),
        "median_s": rounded(figures.median_s),
        "percentile_95_s": rounded(figures.percentile_95_s),
        "worst_s": rounded(figures.worst_s),
        "worst_delivered_s": rounded(figures.worst_delivered_s),
    }
