"""What every kind of product answers: what it needs of a scenario, which files it makes, and how.

A kind is a class in a file of its own in `sim.products`, or in another package that names it in the entry points
`farside_sim.products`: docs/extending.md. Reading a scenario imports the kinds that it names: what draws is imported
when they write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from sim.core.kinds import Kinds
from sim.core.model import Model
from sim.scenario.draft import Complaint, Draft, get

if TYPE_CHECKING:
    from sim.visibility.result import Result


def _quiet(text: str) -> None:
    """Tells nobody."""


def _no_verdicts(files: Sequence[str]) -> str:
    return ""


@dataclass(frozen=True)
class Job:
    """What a product is handed beside the result.

    progress : told in a few words what is being done
    pictures : what the products before it drew and reports show: captions and files
    verdicts : what claim files say about the scenario, as a section of a web page
    """

    progress: Callable[[str], None] = _quiet
    pictures: Sequence[tuple[str, Path]] = ()
    verdicts: Callable[[Sequence[str]], str] = _no_verdicts


NOTHING = Job()
"""Tells nobody, shows nothing of others."""


class Product(Model):
    """Files that are made from a result. A kind has the fields `kind` and `file`, and a method `write`."""

    if TYPE_CHECKING:

        @property
        def kind(self) -> str:
            """The word that chooses the class."""

        @property
        def file(self) -> str:
            """Name of its files, without an ending."""

    endings: ClassVar[tuple[str, ...]] = ()
    """of its files; none means one file that ends as its field `format` says"""
    of_routes: ClassVar[bool] = False
    """whether it shows routes, and is nothing without any"""
    over_sites: ClassVar[bool] = False
    """whether it shows hops with a site at an end, and is nothing without any"""
    in_reports: ClassVar[bool] = False
    """whether a report shows its pictures as they are"""
    comes_last: ClassVar[bool] = False
    """whether it is written after all others, as it shows what these drew"""

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Make its files.

        Parameters
        ----------
        result
            The windows and all they were found from.
        folder
            Where the files go; nothing else is written there meanwhile.
        job
            Whom to tell of progress, and what other products made.

        Returns
        -------
        list of Path
            The files that were written: those that `files` promised.

        Raises
        ------
        SimError
            Where the result has nothing to show.
        """
        raise NotImplementedError(f"a product of kind {self.kind!r} does not say how it is made: it has no write")

    @classmethod
    def files(cls, product: Any) -> list[str]:
        """The names of the files that one of this kind, finished or still a plain table, will write."""
        file = cls.field_value(product, "file")
        return [f"{file}.{ending}" for ending in cls.endings or (cls.field_value(product, "format"),)]

    @classmethod
    def problems(cls, product: Any, draft: Draft) -> Iterator[Complaint]:
        """What one of this kind, finished or still a plain table, needs that the scenario has not.

        Each with the path of keys inside the product's table at which it stands; none is the table itself. That routes,
        sites, hops and spacecraft exist which fields of these names name is checked without it.
        """
        yield from ()

    @classmethod
    def field_value(cls, product: Any, key: str) -> Any:
        """What a finished product or a plain table says of a field: its default where it says nothing."""
        field = cls.model_fields.get(key)
        return get(product, key, field.default if field is not None else None)

    @property
    def ends(self) -> tuple[str, ...]:
        """The sites, spacecraft and bodies that it needs by name, on a route or not."""
        return ()

    @property
    def shows_all_spacecraft(self) -> bool:
        """Whether it shows all spacecraft of a scenario that has no routes."""
        return False

    @property
    def claim_files(self) -> tuple[str, ...]:
        """The claim files that it asks."""
        return ()

    @property
    def caption(self) -> str:
        """What a report writes below its pictures."""
        told = type(self).__doc__ or self.kind.replace("_", " ")  # python -OO leaves the docstrings out
        return told.split("\n")[0].split(" (PNG")[0].rstrip(".")


PRODUCTS: Kinds[Product] = Kinds("product", Product, "farside_sim.products", "sim.products")
"""All kinds of products."""

AnyProduct = Annotated[Product, PRODUCTS.field()]
"""Any kind of product; `kind` picks the class."""


def class_of(product: Any) -> type[Product] | None:
    """The class of a product, finished or still a plain table; None where it says none that there is."""
    return type(product) if isinstance(product, Product) else PRODUCTS.find(get(product, "kind"))
