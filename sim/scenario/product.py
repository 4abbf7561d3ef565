"""The base class of products: what a kind needs of a scenario, which files it writes, and how.

A kind is a class in a file of its own in `sim.products`, or in another package that lists it in the entry points
`farside_sim.products` (docs/extending.md). Reading a scenario imports the kinds that it names; plotting libraries are
imported when a product is written.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeVar, cast

from sim.core.kinds import Kinds
from sim.core.model import Model
from sim.scenario.draft import Complaint, Draft, get

if TYPE_CHECKING:
    from sim.visibility.result import Result

T = TypeVar("T")


def _quiet(text: str) -> None:
    """Discard a progress message."""


def _no_verdicts(files: Sequence[str]) -> str:
    return ""


@dataclass(frozen=True)
class Job:
    """What a product receives besides the result.

    Attributes
    ----------
    progress
        Called with a few words about each step.
    pictures
        Captions and files of the pictures that earlier products drew and that reports show.
    verdicts
        Judges claim files in the scenario, and returns the verdicts as a section of a web page (HTML).
    shared
        What products of one result have computed, for those after them; None if nothing is kept.
    """

    progress: Callable[[str], None] = _quiet
    pictures: Sequence[tuple[str, Path]] = ()
    verdicts: Callable[[Sequence[str]], str] = _no_verdicts
    shared: dict[Hashable, object] | None = None

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What a product computes, or what an earlier product with the same key computed.

        Examples
        --------
        >>> job = Job(shared={})
        >>> job.once(("plan", "highest"), lambda: [1, 2]) is job.once(("plan", "highest"), lambda: [3])
        True
        """
        if self.shared is None:
            return make()
        if key not in self.shared:
            self.shared[key] = make()
        return cast("T", self.shared[key])


NOTHING = Job()
"""A job without progress messages, pictures and claims."""


class Product(Model):
    """Base class of products: files that are made from a result.

    A kind defines the fields `kind` and `file` and the method `write`; everything else has a default.

    Examples
    --------
    >>> from sim.products.passes import Passes
    >>> Passes.files(Passes(file="tonight"))
    ['tonight.csv']
    """

    if TYPE_CHECKING:

        @property
        def kind(self) -> str:
            """The word that selects the class in a scenario file."""

        @property
        def file(self) -> str:
            """Name of its files, without an extension."""

    endings: ClassVar[tuple[str, ...]] = ()
    """extensions of its files; if empty, it writes one file with the extension in its field `format`"""
    of_routes: ClassVar[bool] = False
    """whether it shows routes and needs at least one"""
    over_sites: ClassVar[bool] = False
    """whether it shows hops that end at a site and needs at least one"""
    in_reports: ClassVar[bool] = False
    """whether a report shows its pictures"""
    comes_last: ClassVar[bool] = False
    """whether it is written after all others, because it shows their pictures"""

    def write(self, result: Result, folder: Path, job: Job = NOTHING) -> list[Path]:
        """Write its files.

        Parameters
        ----------
        result
            The windows, and everything they were computed from.
        folder
            An empty temporary folder for the files of all products.
        job
            Receives progress messages, and has the pictures of earlier products.

        Returns
        -------
        list of Path
            The files that were written: those that `files` announces.

        Raises
        ------
        SimError
            If the result has nothing to show.
        """
        raise NotImplementedError(f"product kind {self.kind!r} has no method write")

    @classmethod
    def files(cls, product: object) -> list[str]:
        """The names of the files that a product of this kind writes.

        Parameters
        ----------
        product
            A product of this kind, or its table in a scenario file.
        """
        file = cls.field_value(product, "file")
        return [f"{file}.{ending}" for ending in cls.endings or (cls.field_value(product, "format"),)]

    @classmethod
    def problems(cls, product: object, draft: Draft) -> Iterator[Complaint]:
        """Report what a product of this kind needs and the scenario does not have.

        Routes, sites, hops and spacecraft in fields of those names are checked elsewhere.

        Parameters
        ----------
        product
            A product of this kind, or its table in a scenario file.
        draft
            The scenario.

        Yields
        ------
        keys : tuple of str and int
            Path of keys within the product's table; empty for the table itself.
        message : str
            What is wrong, and what to do.
        """
        yield from ()

    @classmethod
    def field_value(cls, product: object, key: str) -> object:
        """A field of a product or of its table; the default if it is not set."""
        field = cls.model_fields.get(key)
        return get(product, key, field.default if field is not None else None)

    @property
    def ends(self) -> tuple[str, ...]:
        """Names of the sites, spacecraft and bodies that it needs, whether or not they are on a route."""
        return ()

    @property
    def shows_all_spacecraft(self) -> bool:
        """Whether it shows all spacecraft if the scenario has no routes."""
        return False

    @property
    def claim_files(self) -> tuple[str, ...]:
        """The claim files that it tests."""
        return ()

    @property
    def input_files(self) -> tuple[str, ...]:
        """Other files that it reads."""
        return ()

    @property
    def caption(self) -> str:
        """The caption of its pictures in a report."""
        summary = type(self).__doc__ or self.kind.replace("_", " ")  # python -OO removes docstrings
        return summary.split("\n")[0].split(" (PNG")[0].rstrip(".")


PRODUCTS: Kinds[Product] = Kinds("product", Product, "farside_sim.products", "sim.products")
"""All kinds of products."""

AnyProduct = Annotated[Product, PRODUCTS.field()]
"""A field for any kind of product; `kind` selects the class."""


def class_of(product: object) -> type[Product] | None:
    """The class of a product or of its table; None if its kind is unknown."""
    return type(product) if isinstance(product, Product) else PRODUCTS.find(get(product, "kind"))
