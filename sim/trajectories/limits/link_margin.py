"""Least margin of a link's signal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, PrivateAttr

from sim.trajectories.limits.limit import Limit, SightLine

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.radios.channel import Channel
    from sim.trajectories.trajectory import Trajectory


class LinkMargin(Limit):
    """Minimum margin of the signal of a link, in the direction in which it is sent.

    It belongs in the limits of a link with a signal. Of several modes it is the margin of that which needs least.

    Examples
    --------
    >>> LinkMargin(min_db=3.0).min_db
    3.0
    """

    kind: Literal["link_margin"] = "link_margin"
    min_db: Annotated[float, Field(ge=-60, le=100)] | None = None
    """minimum margin over the required Eb/N0; by default margin_db of the signal"""

    needs_end = False

    _channels: Mapping[tuple[str, str], Channel] = PrivateAttr(default_factory=dict)

    def of_link(self, channels: Mapping[tuple[str, str], Channel]) -> LinkMargin:
        """Return the same limit with the channels of its link."""
        made = self.model_copy()
        made._channels = channels
        return made

    def applies(self, sight: SightLine, own: Trajectory) -> bool:
        """Return whether the signal is sent this way."""
        return (sight.transmitter.name, sight.receiver.name) in self._channels

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the margin."""
        from sim.trajectories.radios.line_of_sight import margin_db

        channel = self._channels[sight.transmitter.name, sight.receiver.name]
        return margin_db(sight, channel) > (channel.signal.margin_db if self.min_db is None else self.min_db)
