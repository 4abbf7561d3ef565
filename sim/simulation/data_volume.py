"""How much data a link carries in every pass: at the best constant rate, and at rates that follow the margin."""

from __future__ import annotations

from collections.abc import Callable

from sim.core.arguments import typed
from sim.core.errors import SimError
from sim.core.text import some
from sim.scenario.scenario import Scenario
from sim.simulation.link_budget import between, channels_by_pair
from sim.visibility.hops import hop
from sim.visibility.link_volume import PassVolume, pass_volumes


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
        found += pass_volumes(link, channel, ends, scenario.light_time, passes)
    return found
