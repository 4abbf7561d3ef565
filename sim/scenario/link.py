"""Links: limits of the hops between some ends only, and the signal or data rate from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Discriminator, Field, Tag, model_validator

from sim.core.model import Listed, Model, Name, Text
from sim.core.text import nearest, shown
from sim.core.toml_file import Keys
from sim.scenario.draft import Draft, get, listed, names
from sim.scenario.messages import Complaint
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.limits.limit import LIMITS, AnyLimit, Limit, SightLine
from sim.trajectories.radios.declared import DeclaredSignal

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.radios.channel import Channel
    from sim.trajectories.trajectory import Trajectory

Step = Annotated[
    Annotated[Name, Tag("one")] | Annotated[tuple[Name, ...], Field(min_length=1), Listed, Tag("any")],
    Discriminator(lambda value: "any" if isinstance(value, (list, tuple)) else "one"),
]
"""An end, or a list of ends of which any will do."""


class OnLink(Limit):
    """A limit of an end on the lines of sight to some other ends only."""

    limit: AnyLimit
    others: tuple[Name, ...]
    """names of the other ends"""

    @property
    def kind(self) -> str:
        """The word of the limit."""
        return self.limit.kind

    @property
    def files(self) -> tuple[str, ...]:
        return self.limit.files

    def applies(self, sight: SightLine, own: Trajectory) -> bool:
        return sight.other_end(own).name in self.others and self.limit.applies(sight, own)

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition of the limit."""
        return self.limit.condition(sight, own)


class Link(Model):
    """Limits of the hops between some ends, in both directions, beside the limits of the ends themselves.

    A signal or data rate goes one way: from the first of the two ends to the second, by the radios of both.

    Examples
    --------
    >>> floor = {"kind": "elevation", "min_deg": 10.0}
    >>> Link(between=("lro", ("kourou", "cebreros")), at="kourou", limits=(floor,)).at
    'kourou'
    """

    between: Annotated[tuple[Step, Step], Listed]
    """the two ends; a list means each of them"""
    limits: Annotated[tuple[AnyLimit, ...], Listed] = ()
    """limits on the lines of sight between them"""
    signal: DeclaredSignal | None = None
    """what the first end sends to the second"""
    rate_bit_s: Annotated[float, Field(gt=0, le=1e15)] | None = None
    """bits of data that the first end sends to the second every second while the link is open, where a rate is known
    and radios are not"""
    rate_source: Text = ""
    """source of rate_bit_s; without one it is assumed"""
    antenna: Name | None = None
    """an antenna that serves one link at a time: links that name the same one share its time equally while several are
    open. A half-duplex radio is one that a link and the link back have in common"""
    at: Step | None = None
    """the end or ends that have the limits; needed unless a limit is the same for both ends, such as a range"""

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.limits and self.signal is None and self.rate_bit_s is None:
            raise ValueError("expected limits, a signal or rate_bit_s. Add one, or leave the link out")
        if self.signal is not None and self.rate_bit_s is not None:
            raise ValueError("give a signal, whose budget says the rate, or rate_bit_s, not both")
        if self.rate_source and self.rate_bit_s is None:
            raise ValueError("rate_source is the source of rate_bit_s. Add that, or leave it out")
        if self.antenna is not None and self.signal is None and self.rate_bit_s is None:
            raise ValueError("antenna is for a link that sends data. Add rate_bit_s or a signal")
        return self

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield each transmitter of its signal with each receiver."""
        first, last = (tuple(names(side)) for side in self.between)
        yield from ((one, other) for one in first for other in last)

    def holders(self, limit: Limit) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each end that has one of the limits, with the other ends it is for."""
        sides = [tuple(names(side)) for side in self.between]
        for side, far in (sides, sides[::-1]):
            for name in side:
                if self.at is not None:
                    if name in names(self.at):
                        yield name, far
                elif name not in BODIES and (side is sides[0] or (bodies := tuple(n for n in far if n in BODIES))):
                    yield name, far if side is sides[0] else bodies


def limits_on_links(
    links: Mapping[str, Link], channels: Callable[[Link], Mapping[tuple[str, str], Channel]]
) -> dict[str, tuple[OnLink, ...]]:
    """Return the limits that ends have by links, by the names of the ends.

    channels : a link with a signal → its channels, by transmitter and receiver
    """
    found: dict[str, tuple[OnLink, ...]] = {}
    for link in links.values():
        made = channels(link) if link.signal is not None else {}
        for limit in link.limits:
            own = limit.of_link(made)
            for name, others in link.holders(limit):
                found[name] = (*found.get(name, ()), OnLink(limit=own, others=others))
    return found


def misplaced(scenario: object) -> Iterator[Complaint]:
    """Links between ends that do not exist, and limits at ends that cannot have them."""
    draft = Draft(scenario)
    for name, link in draft.links.items():
        sides = [names(side) for side in listed(get(link, "between"))]
        for keys, end in _named(("links", name, "between"), get(link, "between")):
            if end not in draft.ends and end not in BODIES:
                yield keys, f"no site or spacecraft is called {shown(end)}.{nearest(end, [*draft.ends, *BODIES])}"
        if len(sides) == 2 and (same := [end for end in sides[0] if end in sides[1]]):
            yield ("links", name, "between"), f"expected two different ends, and {same[0]!r} is on both sides"
        if sides and all(end in BODIES for side in sides for end in side):
            yield ("links", name, "between"), "expected a site or spacecraft on one side: a body has no limits"
        known = [end for side in sides for end in side if end not in BODIES]
        for keys, end in _named(("links", name), {"at": get(link, "at")}):
            if end not in known:
                told = f"expected an end of the link that is a site or spacecraft, got {shown(end)}"
                yield keys, f"{told}.{nearest(end, known)}"
        yield from _needing_ends(draft, name, link, known)


def _needing_ends(draft: Draft, name: str, link: object, known: list[str]) -> Iterator[Complaint]:
    at = names(get(link, "at"))
    for index, limit in enumerate(listed(get(link, "limits"))):
        cls, keys = _class(limit), ("links", name, "limits", index)
        if cls is None:
            continue
        if cls.needs_end and not at:
            fitting = [end for end in known if (cls.on_sites if end in draft.sites else cls.on_spacecraft)]
            some = fitting[0] if fitting else "NAME"
            yield keys, f'a limit of kind {get(limit, "kind")!r} is of one end. Say which: at = "{some}"'
        elif not cls.on_spacecraft and (wrong := [end for end in at if end in draft.spacecraft]):
            yield keys, f"limit kind {get(limit, 'kind')!r} is for sites only, and {wrong[0]!r} is a spacecraft"
        elif not cls.on_sites and (wrong := [end for end in at if end in draft.sites]):
            yield keys, f"limit kind {get(limit, 'kind')!r} is for spacecraft only, and {wrong[0]!r} is a site"


def _class(limit: object) -> type[Limit] | None:
    """The class of a limit, finished or still a plain table."""
    return type(limit) if isinstance(limit, Limit) else LIMITS.find(get(limit, "kind"))


def _named(keys: Keys, holder: object) -> Iterator[tuple[Keys, str]]:
    """Every name in a table or list of steps, and where it stands."""
    for key, step in holder.items() if isinstance(holder, Mapping) else enumerate(listed(holder)):
        if isinstance(step, str):
            yield (*keys, key), step
        for index, each in enumerate(listed(step)):
            if isinstance(each, str):
                yield (*keys, key, index), each
