"""A link budget line by line: every term with its unit and where it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.core.files import csv_text
from sim.core.time import utc
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.radios.antennas import LEAST_ELEVATION_DEG
from sim.trajectories.radios.channel import Channel
from sim.trajectories.radios.decibels import BOLTZMANN_DBW_K_HZ, db
from sim.trajectories.radios.mount import Mount
from sim.trajectories.radios.rain import LEAST_PERCENT, MOST_PERCENT
from sim.trajectories.radios.signal import Mode, Signal, rate_text
from sim.trajectories.trajectory import Trajectory
from sim.visibility.hops import hop
from sim.visibility.link_budget import Moment, at_instant

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """One line of a link budget.

    Attributes
    ----------
    part
        `transmitter`, `path`, `receiver` or `signal`.
    name, unit
        What it is, and its unit.
    value
        None if it is not known.
    sums
        Whether it is added to give C/N0: losses are negative.
    note
        Where it comes from.
    """

    part: str
    name: str
    value: float | None
    unit: str
    sums: bool = False
    note: str = ""


@dataclass(frozen=True)
class LinkBudget:
    """A link budget at an instant.

    Its lines that are in dB and marked as terms add up to C/N0, so that it can be checked by hand.

    Attributes
    ----------
    link, transmitter, receiver
        Names.
    at_tdb
        Time of reception (TDB seconds past J2000).
    lines
        All lines, in the order of the signal.
    required_margin_db
        What is asked of the margin.
    is_open
        Whether the line of sight is clear and every limit of it is met.
    notes
        What a user should know, a sentence each.
    """

    link: str
    transmitter: str
    receiver: str
    at_tdb: float
    lines: tuple[Line, ...]
    required_margin_db: float
    is_open: bool
    notes: tuple[str, ...] = ()

    @cached_property
    def values(self) -> dict[str, float | None]:
        """Every line's value by its name."""
        return {line.name: line.value for line in self.lines}

    @property
    def margin_db(self) -> float:
        """Margin over the required Eb/N0 and the loss of implementation."""
        return float(self.values["margin"] or 0.0)

    @property
    def cn0_db_hz(self) -> float:
        """Ratio of the carrier to the noise density."""
        return float(self.values["C/N0"] or 0.0)

    def __str__(self) -> str:
        """The budget as a table for people: terms of the sum have a sign."""
        lines = [f"{self.link}: {self.transmitter} to {self.receiver}, {utc(self.at_tdb, 3)} at {self.receiver}"]
        wide = max(len(line.name) for line in self.lines)
        part = ""
        for line in self.lines:
            if line.part != part:
                lines, part = [*lines, "", line.part], line.part
            number = "unknown" if line.value is None else f"{line.value + 0.0:{'+' if line.sums else ''},.2f}"
            lines.append(f"  {line.name:<{wide}}  {number:>12} {line.unit:<8} {line.note}".rstrip())
        word = "meets" if self.margin_db >= self.required_margin_db else "is below"
        lines += ["", f"The margin {word} the required {self.required_margin_db:g} dB."]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    def csv(self) -> str:
        """Return the lines as CSV."""
        head = "link", "transmitter", "receiver", "time_utc", "part", "line", "value", "unit", "note"
        about = self.link, self.transmitter, self.receiver, utc(self.at_tdb, 3)
        rows = [
            (*about, line.part, line.name, "" if line.value is None else round(line.value, 6), line.unit, line.note)
            for line in self.lines
        ]
        return csv_text(head, rows)

    def as_json(self) -> dict[str, object]:
        """Return everything as values of a JSON file."""
        lines = [
            {"part": x.part, "line": x.name, "value": x.value, "unit": x.unit, "term": x.sums, "note": x.note}
            for x in self.lines
        ]
        return {
            "link": self.link,
            "transmitter": self.transmitter,
            "receiver": self.receiver,
            "time_utc": utc(self.at_tdb, 3),
            "margin_db": self.margin_db,
            "required_margin_db": self.required_margin_db,
            "open": self.is_open,
            "lines": lines,
            "notes": list(self.notes),
        }

    def json(self) -> str:
        """Return everything as JSON text."""
        return json.dumps(self.as_json(), indent=2, ensure_ascii=False, allow_nan=False)


def budget_of(
    link: str, channel: Channel, transmitter: Trajectory, receiver: Trajectory, t: float, light: bool
) -> LinkBudget:
    """Return the budget of a channel between two ends when light arrives at the receiver (TDB s).

    link : name of the link

    Raises as `at_instant` does.
    """
    moment = at_instant(channel, transmitter, receiver, t, light)
    is_open = bool(hop(transmitter, receiver, light).holds(t))
    lines, notes = tuple(_lines(channel, moment, channel.mode)), tuple(_notes(channel, moment, is_open))
    return LinkBudget(link, transmitter.name, receiver.name, t, lines, channel.signal.margin_db, is_open, notes)


def _lines(channel: Channel, moment: Moment, mode: Mode) -> Iterator[Line]:
    """Every line of a budget."""
    yield from _transmitter(channel, moment)
    yield from _path(channel, moment)
    yield from _receiver(channel, moment)
    signal, cn0 = channel.signal, _one(moment.terms.cn0_db_hz)
    rate = float(db(mode.rate_bps))
    yield Line("signal", "C/N0", cn0, "dB-Hz", note="sum of the terms with a sign")
    yield Line(
        "signal", "data rate", rate, "dB-Hz", note=mode.name if len(signal.modes) > 1 else rate_text(mode.rate_bps)
    )
    yield Line("signal", "Eb/N0", cn0 - rate, "dB", note="C/N0 - data rate")
    yield Line(
        "signal",
        "implementation loss",
        signal.implementation_loss_db,
        "dB",
        note=_mark(signal, "implementation_loss_db"),
    )
    yield Line("signal", "required Eb/N0", mode.required_eb_n0_db, "dB", note=mode.source)
    margin = cn0 - channel.required_db_hz(mode)
    yield Line("signal", "margin", margin, "dB", note="Eb/N0 - implementation loss - required Eb/N0")


def _transmitter(channel: Channel, moment: Moment) -> Iterator[Line]:
    mount, terms, part = channel.transmitter, moment.terms, "transmitter"
    radio = mount.radio
    yield Line(part, "frequency", channel.frequency_mhz, "MHz")
    if terms.power_dbw is not None:
        yield Line(part, "power", terms.power_dbw, "dBW", True, f"{radio.power_w:g} W, {_from(mount, 'power_w')}")
        yield Line(part, "line loss", -radio.line_loss_db, "dB", True, _from(mount, "line_loss_db"))
        gain = _one(terms.transmitter_gain_dbi)
        yield Line(part, "transmitter gain", gain, "dBi", True, _gain_note(mount))
        yield Line(part, "EIRP", _one(terms.eirp_dbw), "dBW", note="sum of the lines above")
    else:
        yield Line(part, "EIRP", _one(terms.eirp_dbw), "dBW", True, _from(mount, "eirp_dbw"))
    yield _pointing("transmitter", mount, channel)


def _path(channel: Channel, moment: Moment) -> Iterator[Line]:
    terms, at, signal, part = moment.terms, moment.geometry, channel.signal, "path"
    yield Line(part, "range", _one(at.range_km), "km")
    levels = at.transmitter_elevation_deg, at.receiver_elevation_deg
    mhz = channel.frequency_mhz
    told: list[str] = []
    wet: list[Mount] = []
    for word, mount, level in zip(
        ("transmitter", "receiver"), (channel.transmitter, channel.receiver), levels, strict=True
    ):
        if level is not None:
            yield Line(part, f"{word} elevation", _one(level), "deg")
            told += mount.told(mhz, signal)
            wet += [mount] if mount.has_rain(signal) else []
    yield Line(part, "free-space loss", -_one(terms.free_space_db), "dB", True)
    yield Line(part, "atmosphere", -_one(terms.atmosphere_db), "dB", True, "; ".join(told) or "no end on the Earth")
    if wet:
        note = "; ".join(f"{mount.rain_rate_mm_h:g} mm/h of rain to {mount.rain_top_km:.2g} km" for mount in wet)
        share = max(1.0 - signal.weather, LEAST_PERCENT / 100.0)
        note = f"exceeded {100.0 * share:.3g} % of the time; {note}"
        yield Line(part, "rain", -_one(terms.rain_db), "dB", True, note)
    if at.sun_km is not None:
        angle = _one(at.bodies["sun"][0])
        note = f"the Sun {angle:.2f} deg away, not exceeded {100.0 * signal.weather:.3g} % of the time"
        yield Line(part, "solar corona", -_one(terms.corona_db), "dB", True, note)
    ends = [mount.radio.polarization for mount in (channel.transmitter, channel.receiver)]
    if None in ends:
        yield Line(part, "polarization loss", None, "dB", True, "not given: counted as 0 dB")
    else:
        yield Line(part, "polarization loss", -terms.polarization_db, "dB", True, " to ".join(map(str, ends)))
    yield Line(part, "other losses", -terms.other_db, "dB", True, _mark(signal, "other_loss_db"))


def _receiver(channel: Channel, moment: Moment) -> Iterator[Line]:
    mount, terms, part = channel.receiver, moment.terms, "receiver"
    radio = mount.radio
    yield _pointing("receiver", mount, channel)
    if terms.receiver_gain_dbi is None:
        yield Line(part, "G/T", _one(terms.g_over_t_db_k), "dB/K", True, _from(mount, "g_over_t_db_k"))
    else:
        yield Line(part, "receiver gain", _one(terms.receiver_gain_dbi), "dBi", note=_gain_note(mount))
        names = ("receiver_temperature_k", "system_temperature_k", "g_over_t_db_k")
        given = next(name for name in names if getattr(radio, name) is not None)
        text = f"gain and {_from(mount, given)}" if given == "g_over_t_db_k" else _from(mount, given)
        yield Line(part, "receiver noise", _one(terms.own_noise_k), "K", note=text)
        if terms.sky_k is not None:
            yield Line(part, "atmospheric noise", _one(terms.sky_k), "K")
            yield Line(part, "cosmic background", _one(terms.cosmic_k), "K")
        for name, kelvin in terms.bodies_k.items():
            away = _one(moment.geometry.bodies[name][0])
            bright = channel.brightness_k[name]
            note = f"{bright:,.0f} K, {away:.2f} deg away"
            yield Line(part, f"noise of {BODIES[name].called}", _one(kelvin), "K", note=note)
        yield Line(part, "system noise", _one(terms.system_k), "K", note="sum of the lines above in K")
        yield Line(part, "G/T", _one(terms.g_over_t_db_k), "dB/K", True, "receiver gain - system noise in dBK")
    yield Line(part, "Boltzmann's constant", -BOLTZMANN_DBW_K_HZ, "dBW/K/Hz", True, "subtracted")


def _notes(channel: Channel, moment: Moment, is_open: bool) -> Iterator[str]:
    if not is_open:
        yield "the link is closed at this time: something is in the way, or a limit is not met. See `sim why`"
    for mount, level in (
        (channel.transmitter, moment.geometry.transmitter_elevation_deg),
        (channel.receiver, moment.geometry.receiver_elevation_deg),
    ):
        if level is not None and mount.height_m is not None and level[0] < LEAST_ELEVATION_DEG:
            told = f"the elevation is below {LEAST_ELEVATION_DEG:g} deg"
            yield f"{told}, where the models of {mount.name} are extrapolated"
        if assumed := mount.radio.assumed:
            yield f"assumed of {mount.name}: {', '.join(assumed)}"
        if mount.has_rain(channel.signal) and 100.0 * (1.0 - channel.signal.weather) > MOST_PERCENT:
            yield f"rain is that of {MOST_PERCENT:g} % of the time, an upper bound: ITU-R P.618 says no more"
        if mount.has_rain(channel.signal) and mount.rain_height_km is None:
            yield f"the height of rain at {mount.name} is assumed by latitude. Give rain_height_km (ITU-R P.839)"
    if not channel.receiver.radio.has_gain:
        yield f"bodies in the beam are not counted: G/T alone does not say the beam of {channel.receiver.name}"
    elif channel.receiver.height_m is None and not channel.receiver.radio.body_temperatures_k:
        yield (
            f"bodies in the beam of {channel.receiver.name} are not counted, as it is not on the Earth. "
            "Name them in body_temperatures_k, unless its noise temperature contains them"
        )
    if channel.signal.assumed:
        yield f"assumed of the signal: {', '.join(channel.signal.assumed)}"


def _one(value: Array | None) -> float:
    return float(np.ravel(np.asarray(value))[0])


def _from(mount: Mount, field: str) -> str:
    name, radio = mount.name, mount.radio
    return f"radios.{name}.{field}" + (" (assumed)" if field in radio.assumed else "")


def _gain_note(mount: Mount) -> str:
    radio = mount.radio
    if radio.gain_dbi is not None:
        return _from(mount, "gain_dbi")
    return f"{radio.diameter_m:g} m, efficiency {radio.efficiency:g}, {_from(mount, 'diameter_m')}"


def _pointing(part: str, mount: Mount, channel: Channel) -> Line:
    radio, name = mount.radio, f"{part} pointing loss"
    loss = -radio.pointing_db(channel.frequency_mhz)
    if radio.pointing_error_deg is not None:
        width = radio.width_deg(channel.frequency_mhz)
        note = f"{radio.pointing_error_deg:g} deg in a beam of {width:.3g} deg, {_from(mount, 'pointing_error_deg')}"
        return Line(part, name, loss, "dB", True, note)
    if radio.pointing_loss_db is not None:
        return Line(part, name, loss, "dB", True, _from(mount, "pointing_loss_db"))
    return Line(part, name, None, "dB", True, "not given: counted as 0 dB")


def _mark(signal: Signal, field: str) -> str:
    return "assumed" if field in signal.assumed else ""
