"""Recorders: how much data an end of a link can store, and when it deletes them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.core.model import Model


class Recorder(Model):
    """The memory in which a site or spacecraft stores data until it can send them.

    An end without a recorder stores nothing: a relay repeats at once what it receives (a bent pipe).

    Examples
    --------
    >>> Recorder(size_bits=1e9).acknowledged
    True
    """

    size_bits: Annotated[float, Field(gt=0, le=1e21)] | None = None
    """what it holds; no limit if not given. What is made or arrives while it is full is lost"""
    acknowledged: bool = True
    """whether data are deleted when the receiver's acknowledgment has come back, a round trip of light after they are
    sent; otherwise when they are sent"""
