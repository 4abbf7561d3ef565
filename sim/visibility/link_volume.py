"""How much data a channel carries in every window: at the best constant rate, and at rates that follow the margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import itemgetter, or_

from sim.core.time import Span, utc
from sim.search.windows import Windows
from sim.trajectories.radios.channel import Channel
from sim.trajectories.radios.signal import Mode
from sim.trajectories.trajectory import Trajectory
from sim.visibility.link_budget import closing_times
from sim.visibility.margin_spread import sides

COLUMNS = (
    "link", "transmitter", "receiver", "start_utc", "end_utc", "duration_s", "constant_mode", "constant_rate_bps",
    "constant_s", "constant_mbit", "adaptive_mbit", "adaptive_low_mbit", "adaptive_high_mbit",
)  # fmt: skip

UNITS = ((1e12, "Tbit"), (1e9, "Gbit"), (1e6, "Mbit"), (1e3, "kbit"), (1.0, "bit"))
"""Units of volumes, the largest first, in bits."""

Ends = tuple[Trajectory, Trajectory]


@dataclass(frozen=True)
class PassVolume:
    """The data of one window of a link.

    Attributes
    ----------
    link, transmitter, receiver
        Names.
    start, end
        Of the window (TDB seconds past J2000).
    mode
        The mode that carries most if it is used alone; None if none closes with the required margin.
    constant_s
        How long it closes.
    constant_bit, adaptive_bit
        Bits at that rate, and with the fastest mode that closes at every instant.
    low_bit, high_bit
        The latter if weather and antennas are worse or better by one standard deviation each; None if neither the
        spread of the weather nor that of an antenna is known.
    """

    link: str
    transmitter: str
    receiver: str
    start: float
    end: float
    mode: Mode | None
    constant_s: float
    constant_bit: float
    adaptive_bit: float
    low_bit: float | None = None
    high_bit: float | None = None

    def row(self) -> tuple[object, ...]:
        """Return its row under `COLUMNS`."""
        start, end = utc([self.start, self.end], 3)
        mode = ("", "") if self.mode is None else (self.mode.name, self.mode.rate_bps)
        sizes = (self.constant_bit, self.adaptive_bit, self.low_bit, self.high_bit)
        told = ("" if bits is None else round(bits / 1e6, 6) for bits in sizes)
        names = self.link, self.transmitter, self.receiver
        return (*names, start, end, round(self.end - self.start, 3), *mode, round(self.constant_s, 3), *told)


def pass_volumes(link: str, channel: Channel, ends: Ends, light: bool, passes: Windows) -> list[PassVolume]:
    """Return the data of a channel between two ends in each of some windows."""
    return volumes_in(link, channel, ends, light, passes, [Span(*bounds) for bounds in passes])


def volumes_in(
    link: str, channel: Channel, ends: Ends, light: bool, passes: Windows, spans: Sequence[Span]
) -> list[PassVolume]:
    """Return the data of a channel between two ends in some windows, for each of some spans.

    A mode is used while its margin is at least what the signal requires; times are found as windows are.
    """
    closing = closing_times(channel, *ends, light, passes)
    at_least, spread = _at_least(closing), sides(channel)
    around: list[dict[Mode, Windows]] = []
    if spread.counted:
        for of, shift in ((spread.worse, spread.shift_db), (spread.better, -spread.shift_db)):
            signal = of.signal.model_copy(update={"margin_db": of.signal.margin_db + shift})
            around.append(_at_least(closing_times(replace(of, signal=signal), *ends, light, passes)))
    found = []
    for span in spans:
        durations = {mode: windows.within(span).total_s for mode, windows in closing.items()}
        best, bits = max(((m, m.rate_bps * lasts) for m, lasts in durations.items()), key=itemgetter(1))
        low, high = (_adaptive(each, span) for each in around) if around else (None, None)
        found.append(
            PassVolume(link, ends[0].name, ends[1].name, span.start, span.end, best if bits else None,
                       durations[best], bits, _adaptive(at_least, span), low, high)
        )  # fmt: skip
    return found


def _adaptive(at_least: Mapping[Mode, Windows], span: Span) -> float:
    """Bits with the fastest mode that closes at every instant."""
    total, before = 0.0, 0.0
    for mode, windows in at_least.items():
        total += (mode.rate_bps - before) * windows.within(span).total_s
        before = mode.rate_bps
    return total


def _at_least(closing: Mapping[Mode, Windows]) -> dict[Mode, Windows]:
    """When a mode, or a faster one, closes."""
    modes = list(closing)
    return {mode: reduce(or_, (closing[each] for each in modes[index:])) for index, mode in enumerate(modes)}
