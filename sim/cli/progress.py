"""Progress on stderr: on a terminal a spinner with the time that is left, elsewhere a line of text per step."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

    from sim.scenario.cost.steps import Step


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Report on stderr what is being done: a spinner on a terminal, elsewhere a line per step."""
    if not sys.stderr.isatty():
        yield lambda text: print(f"{text} …", file=sys.stderr)
        return
    from rich.console import Console

    shown = Shown(monotonic())
    with Console(file=sys.__stderr__).status("starting") as status:

        def tell(text: str) -> None:
            shown.tell(text, monotonic())
            status.update(shown)

        yield tell


class Shown:
    """What the spinner says: the step, and how long it and the steps after it will take.

    The times follow the clock between two steps, because the spinner asks for the text whenever it turns.
    """

    def __init__(self, began: float) -> None:
        self.began = self.step_began = began
        self.text = "starting"
        self.step: Step | None = None

    def tell(self, text: str, now: float) -> None:
        """Show a step, or a few words about the present one, from a time on."""
        from sim.scenario.cost.steps import Step

        self.text = text
        if isinstance(text, Step):
            self.step, self.step_began = text, now

    def line(self, now: float) -> str:
        """The text at a time: with the time that is left if that is more than some seconds."""
        from sim.scenario.cost import time_text

        left = 0.0 if self.step is None else self.step.left_s(now - self.began, now - self.step_began)
        return f"{self.text} …" + (f" about {time_text(left)} left" if left >= _WORTH_TELLING_S else "")

    def __rich__(self) -> Text:
        from rich.text import Text

        return Text(self.line(monotonic()))  # as plain text: a file name may look like markup


_WORTH_TELLING_S = 3.0
