"""The steps of a run, each with the work that is estimated before it: what progress shows, and how long is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.scenario.cost import parts
from sim.scenario.cost.tables import get


class Step(str):
    """A few words about a step, which know where in the work of a run it is.

    Attributes
    ----------
    before_s
        Estimated processor time of all steps before it (s).
    total_s
        Estimated processor time of all steps (s).

    Examples
    --------
    >>> step = Step("searching 3 hops", before_s=2.0, total_s=10.0)
    >>> step
    'searching 3 hops'
    >>> step.left_s(since_start_s=6.0, in_step_s=2.0)  # so far it took twice the estimate: 8 s are 16 s
    14.0
    """

    before_s: float
    total_s: float

    def __new__(cls, text: str, before_s: float, total_s: float) -> Step:
        made = super().__new__(cls, text)
        made.before_s, made.total_s = before_s, total_s
        return made

    def left_s(self, since_start_s: float, in_step_s: float) -> float:
        """Time that is left (s), if what is left takes as much longer than estimated as what is done has taken.

        Parameters
        ----------
        since_start_s
            Time since the first step began.
        in_step_s
            Time since this step began.

        Returns
        -------
        float
            Not below 0: a step that takes longer than estimated says nothing of those after it.
        """
        done_s = since_start_s - in_step_s
        pace = done_s / self.before_s if self.before_s >= _TELLING_S else 1.0
        return max(0.0, pace * (self.total_s - self.before_s) - in_step_s)


_TELLING_S = 1.0
"""What was estimated to take less does not tell how quick the machine is."""


@dataclass(frozen=True)
class Steps:
    """The steps of a run.

    Attributes
    ----------
    moving
        A step for each end, by name.
    searching
        The search of all hops.
    writing
        A step for each product, in the order in which they are written.
    """

    moving: Mapping[str, Step]
    searching: Step
    writing: tuple[Step, ...]


def steps(
    scenario: object,
    seconds: float,
    ends: Sequence[str],
    hops: int,
    products: Sequence[object],
    estimated: bool = True,
) -> Steps:
    """The steps of a run of a scenario.

    Parameters
    ----------
    scenario
        A `Scenario`.
    seconds
        Length of its span (s).
    ends
        The ends that are moved, in order.
    hops
        Number of hops that are searched.
    products
        The products that are written, in order.
    estimated
        Whether the work is estimated; else every step counts as none.
    """
    own = _seconds(scenario, seconds, ends, products) if estimated else [0.0] * (len(ends) + 1 + len(products))
    places = _sums(own)
    total = sum(own)
    moving = {
        name: Step(f"moving {name} ({number} of {len(ends)})", next(places), total)
        for number, name in enumerate(ends, 1)
    }
    searching = Step(f"searching {hops} hop{'' if hops == 1 else 's'}", next(places), total)
    kinds = [f"writing {get(each, 'kind')} ({number} of {len(products)})" for number, each in enumerate(products, 1)]
    return Steps(moving, searching, tuple(Step(kind, next(places), total) for kind in kinds))


def _seconds(scenario: object, seconds: float, ends: Sequence[str], products: Sequence[object]) -> list[float]:
    """Estimated processor time of every step, s."""
    estimated = parts(scenario, seconds)
    asked = get(scenario, "products") or products
    written = {id(each): cost.seconds for each, cost in zip(asked, estimated.written, strict=False)}  # type: ignore[call-overload]
    own = [estimated.moved[name].seconds if name in estimated.moved else 0.0 for name in ends]
    return [*own, estimated.searched.seconds, *(written.get(id(each), 0.0) for each in products)]


def _sums(values: Sequence[float]) -> Iterator[float]:
    """The sum of the values before each."""
    sum_before = 0.0
    for value in values:
        yield sum_before
        sum_before += value
