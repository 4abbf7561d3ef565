"""Data that an end makes, and the desks that wait for them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from sim.core.model import Listed, Model, Name, OneOrMore, Text, one_or_more
from sim.trajectories.limits.limit import AnyLimit, Limit

OF_THE_SUN = "sun_elevation"
"""A limit that does not depend on the other end either."""


def _alone(limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
    for limit in limits:
        if not limit.of_end_alone and limit.kind != OF_THE_SUN:
            raise ValueError(
                f"limit kind {limit.kind!r} is about two ends, and data are made at one. Expected a limit of one end, "
                "such as sun_elevation or operating_hours"
            )
    return limits


Names = Annotated[tuple[Name, ...], OneOrMore, Field(min_length=1, max_length=100), one_or_more(1, 100)]


class MadeData(Model):
    """Data that are made at one end of a scenario and sent to others, of which any will do.

    Without a rate, the question is when a bundle that is made at any time arrives, if it is alone in the network. With
    one, data fill recorders, wait for each other and may be lost.

    Examples
    --------
    >>> MadeData(at="lander", to="kourou", rate_bit_s=1e3).to
    ('kourou',)
    """

    at: Name
    """the site or spacecraft where they are made"""
    to: Names
    """the desk, or the desks of which any will do: ends of routes"""
    rate_bit_s: Annotated[float, Field(gt=0, le=1e15)] | None = None
    """made every second, while the limits hold"""
    bundle_bits: Annotated[float, Field(ge=0, le=1e18)] = 0.0
    """size of a bundle, which is sent whole in one contact; 0 for data that may be divided anywhere"""
    routes: Annotated[tuple[Name, ...], Listed, Field(min_length=1, max_length=1000)] | None = None
    """routes that they may take; all if not given"""
    limits: Annotated[tuple[AnyLimit, ...], Listed, AfterValidator(_alone)] = ()
    """limits of the end that makes them: data are made while all hold, such as by day"""
    source: Text = ""
    """source of rate and size; without one they are assumed"""
