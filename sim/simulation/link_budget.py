"""Link budgets of a scenario: which channels of a link are meant, and their budget at an instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.core.arguments import typed
from sim.core.errors import CoverageError, SimError
from sim.core.text import nearest, shown, some
from sim.core.time import instant, utc
from sim.scenario.channels import channels_of
from sim.scenario.scenario import Scenario
from sim.trajectories.radios.channel import Channel
from sim.visibility.budget_lines import LinkBudget, budget_of

if TYPE_CHECKING:
    from sim.core.values import OneTime
else:  # checked by `instant`, whose messages are about times
    OneTime = object

Pair = tuple[str, str]


@typed
def link_budget(
    scenario: Scenario, link: str, at: OneTime, transmitter: str | None = None, receiver: str | None = None
) -> LinkBudget:
    """Compute the link budget of a link's signal at one instant, line by line.

    Parameters
    ----------
    scenario
        The scenario.
    link
        Name of a link with a signal.
    at
        Time of reception: UTC text with `Z`, an aware datetime, an astropy `Time`, or TDB s past J2000.
    transmitter, receiver
        Names of the ends, if the link has several on a side.

    Returns
    -------
    LinkBudget
        Every term with its unit and origin; `print` shows it as a table.

    Raises
    ------
    SimError
        If there is no such link, or the other end is below the horizontal plane.
    CoverageError
        If the time is outside the span, or no orbit is known then.

    Examples
    --------
    >>> import sim
    >>> lro = {"frequency_mhz": 25650.0, "diameter_m": 0.75, "efficiency": 0.6, "power_w": 40.0}
    >>> ws1 = {"frequency_mhz": 25650.0, "gain_dbi": 70.5, "g_over_t_db_k": 46.98}
    >>> signal = {"data_rate_bps": 100e6, "required_eb_n0_db": 2.5}
    >>> sites = {
    ...     "base": {"body": "moon", "latitude_deg": 0.0, "longitude_deg": 0.0, "radio": "lro"},
    ...     "ws1": {"latitude_deg": 32.5, "longitude_deg": -106.6, "radio": "ws1"},
    ... }
    >>> scenario = sim.Scenario(
    ...     start="2019-01-03T00:00:00Z", days=1, sites=sites, radios={"lro": lro, "ws1": ws1},
    ...     links={"down": {"between": ("base", "ws1"), "signal": signal}},
    ... )
    >>> budget = sim.link_budget(scenario, "down", "2019-01-03T17:00:00Z")
    >>> round(budget.margin_db, 1)
    17.8
    """
    try:
        when = instant(at)
    except (TypeError, ValueError) as error:
        raise SimError(str(error)) from error
    if not scenario.span.start <= when <= scenario.span.end:
        first, last = utc([scenario.span.start, scenario.span.end], 0)
        raise CoverageError(f"{utc(when, 0)} is outside the span of the scenario ({first} to {last})")
    channels = channels_by_pair(scenario, link)
    chosen = between(channels, transmitter, receiver)
    if len(chosen) != 1:
        told = some(f"{a} to {b}" for a, b in channels)
        raise SimError(f"link {link!r} goes from {told}. Say which by transmitter and receiver")
    ((pair, channel),) = chosen.items()
    return budget_of(link, channel, scenario[pair[0]], scenario[pair[1]], when, scenario.light_time)


def channels_by_pair(scenario: Scenario, link: str) -> dict[Pair, Channel]:
    """Return the channels of a link by transmitter and receiver. Raises `SimError` if it has no signal."""
    signals = [name for name, each in scenario.links.items() if each.signal is not None]
    if link not in scenario.links:
        cure = nearest(link, signals) or " Add [links.NAME.signal]"
        raise SimError(f"no link is called {shown(link)}.{cure}")
    if link not in signals:
        raise SimError(f"link {link!r} has no signal. Add [links.{link}.signal]")
    return channels_of(scenario, scenario.links[link])


def between(channels: dict[Pair, Channel], transmitter: str | None, receiver: str | None) -> dict[Pair, Channel]:
    """Return the channels between some ends; None for any."""
    return {
        pair: channel for pair, channel in channels.items()
        if transmitter in (None, pair[0]) and receiver in (None, pair[1])
    }  # fmt: skip


