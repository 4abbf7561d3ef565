"""Common parts of products of a link's signal: which channel is meant, and its windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.core.text import nearest, shown, some
from sim.products.pictures import Picture, product_error
from sim.scenario.draft import Complaint, Draft, get, listed, names

if TYPE_CHECKING:
    from sim.search.windows import Windows
    from sim.trajectories.radios.channel import Channel
    from sim.trajectories.trajectory import Trajectory
    from sim.visibility.result import Result
    from sim.visibility.routes import Hop

    Ends = tuple[Trajectory, Trajectory]


@dataclass(frozen=True)
class Sent:
    """One channel of a link in a result.

    link, pair : names of the link, and of transmitter and receiver
    ends       : their trajectories
    passes     : windows in which the line of sight is open and its limits are met
    """

    link: str
    pair: Hop
    channel: Channel
    ends: Ends
    passes: Windows

    @property
    def title(self) -> str:
        """The link and its ends."""
        return f"{self.link}: {self.pair[0]} to {self.pair[1]}"


def sent_signals(result: Result) -> Iterator[Sent]:
    """Yield every channel of every link whose ends the result has."""
    from sim.visibility.hops import hop

    for link, channels in result.channels.items():
        for pair, channel in channels.items():
            if all(name in result.ends for name in pair):
                ends = result.ends[pair[0]], result.ends[pair[1]]
                known = result.hops.get(pair)
                passes = hop(*ends, result.light).windows(result.span) if known is None else known
                yield Sent(link, pair, channel, ends, passes)


class OfLink(Picture):
    """Base class of pictures of a link's signal."""

    if TYPE_CHECKING:

        @property
        def link(self) -> str | None:
            """Name of the link; None for the first with a signal."""

        @property
        def transmitter(self) -> str | None:
            """Name of the transmitter; None for the first."""

        @property
        def receiver(self) -> str | None:
            """Name of the receiver; None for the first."""

    @classmethod
    def problems(cls, product: object, draft: Draft) -> Iterator[Complaint]:
        """Report a link that does not exist, has no signal, or whose ends are on no route."""
        signals = {name: link for name, link in draft.links.items() if get(link, "signal") is not None}
        name = cls.field_value(product, "link")
        if not signals:
            yield (), "no link has a signal. Add [links.NAME.signal]"
            return
        if name is not None and name not in signals:
            yield ("link",), f"no link with a signal is called {shown(name)}.{nearest(name, signals)}"
            return
        of = signals[str(name)] if name is not None else next(iter(signals.values()))
        sides = [names(side) for side in listed(get(of, "between"))]
        for key, side in zip(("transmitter", "receiver"), sides, strict=False):
            end = cls.field_value(product, key)
            if end is not None and end not in side:
                yield (key,), f"expected one of {some(side)}, got {shown(end)}"
            elif not any(each in draft.on_routes for each in side):
                yield (), f"{some(side)} is on no route. {draft.some_route()}"

    def sent(self, result: Result) -> Sent:
        """Return the channel that is meant. Raises `SimError` if the result has none."""
        asked = (self.link, self.transmitter, self.receiver)
        for each in sent_signals(result):
            if all(name in (None, own) for name, own in zip(asked, (each.link, *each.pair), strict=True)):
                return each
        told = some(f"{each.link} from {each.pair[0]} to {each.pair[1]}" for each in sent_signals(result))
        raise product_error(self.kind, f"no signal is like that. Signals: {told or 'none with both ends on a route'}")
