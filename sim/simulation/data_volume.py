"""How much data a link carries in every pass: at the best constant rate, and at rates that follow the margin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from sim.core.arguments import typed
from sim.core.errors import SimError
from sim.core.text import some
from sim.core.time import Span, utc
from sim.scenario.scenario import Scenario
from sim.search.windows import Windows
from sim.simulation.link_budget import between, channels_by_pair
from sim.trajectories.radios.signal import Mode
from sim.visibility.hops import hop
from sim.visibility.link_budget import margin_scalar

COLUMNS = (
    "link", "transmitter", "receiver", "start_utc", "end_utc", "duration_s", "constant_mode", "constant_rate_bps",
    "constant_s", "constant_mbit", "adaptive_mbit",
)  # fmt: skip


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

    def row(self) -> tuple[object, ...]:
        """Return its row under `COLUMNS`."""
        start, end = utc([self.start, self.end], 3)
        mode = ("", "") if self.mode is None else (self.mode.name, self.mode.rate_bps)
        sizes = (round(self.constant_bit / 1e6, 6), round(self.adaptive_bit / 1e6, 6))
        names = self.link, self.transmitter, self.receiver
        return (*names, start, end, round(self.end - self.start, 3), *mode, round(self.constant_s, 3), *sizes)


@typed
def data_volume(
    scenario: Scenario,
    link: str,
    transmitter: str | None = None,
    receiver: str | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> list[PassVolume]:
    """Compute the data that a link carries in each of its windows.

    A mode is used while its margin is at least what the signal requires. The times at which it is are found as windows
    are, so volumes are exact: rate times duration, without steps of time.

    Parameters
    ----------
    scenario
        The scenario.
    link
        Name of a link with a signal.
    transmitter, receiver
        Only these ends, if the link has several on a side.
    progress
        Called with a few words before each step.

    Returns
    -------
    list of PassVolume
        One for each window in which the line of sight is open and its limits are met.

    Raises
    ------
    SimError
        If there is no such link.
    """
    channels = channels_by_pair(scenario, link)
    chosen = between(channels, transmitter, receiver)
    if not chosen:
        raise SimError(f"link {link!r} goes from {some(f'{a} to {b}' for a, b in channels)}, not between these ends")
    found = []
    for (one, other), channel in chosen.items():
        progress(f"searching {one} – {other}")
        ends = scenario[one], scenario[other]
        passes = hop(*ends, scenario.light_time).windows(scenario.span)
        closing = {}
        for mode in channel.signal.modes:
            required = channel.required_db_hz(mode, channel.signal.margin_db)
            over = margin_scalar(channel, *ends, scenario.light_time, required)
            closing[mode] = (over > 0.0).windows_in(passes)
        at_least = _at_least(closing)
        for start, end in passes:
            found.append(_volume((link, one, other), Span(start, end), closing, at_least))
    return found


def _at_least(closing: Mapping[Mode, Windows]) -> dict[Mode, Windows]:
    """When a mode, or a faster one, closes."""
    modes = list(closing)
    return {mode: reduce(or_, (closing[each] for each in modes[index:])) for index, mode in enumerate(modes)}


def _volume(
    names: tuple[str, str, str], span: Span, closing: Mapping[Mode, Windows], at_least: Mapping[Mode, Windows]
) -> PassVolume:
    durations = {mode: windows.within(span).total_s for mode, windows in closing.items()}
    best = max(durations, key=lambda mode: mode.rate_bps * durations[mode])
    total, before = 0.0, 0.0
    for mode, windows in at_least.items():
        total += (mode.rate_bps - before) * windows.within(span).total_s
        before = mode.rate_bps
    bits = best.rate_bps * durations[best]
    return PassVolume(*names, span.start, span.end, best if bits else None, durations[best], bits, total)
