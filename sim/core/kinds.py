"""Registry of kinds: classes that the key `kind` of a table selects, from this package and from others.

Kinds of this package are found by their files, one for each kind. Another package adds a kind with an entry point: its
name is the word, its value the class. A class is imported only when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any, Generic, TypeVar

from pydantic import (
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import SchemaValidator, core_schema

from sim.core.errors import SimError
from sim.core.model import Model

T = TypeVar("T", bound=Model)


class KindError(SimError):
    """A kind of another package that cannot be imported, or whose word is in use already."""


class Kinds(Generic[T]):
    """All kinds of orbits, limits or products, by their words.

    Parameters
    ----------
    noun : str
        Name in messages, such as `orbit`.
    base : type
        Base class of every kind.
    group : str
        Group of entry points of other packages.
    places : str
        Dotted names of this package's packages or modules with kinds. In a package, a kind's file has the kind's name.
    """

    def __init__(self, noun: str, base: type[T], group: str, *places: str) -> None:
        self.noun, self.base, self.group, self.places = noun, base, group, places

    def get(self, word: str) -> type[T] | None:
        """Return the class of a kind; None if there is no such kind.

        Raises
        ------
        KindError
            If the class of another package cannot be loaded, or the word is in use already.
        """
        claims = self._entries.get(word, ())
        own = self._own(word, everywhere=bool(claims))
        if len(claims) + (own is not None) > 1:
            owners = [*(["farside-sim"] if own is not None else []), *map(owner, claims)]
            raise KindError(
                f"{self.noun} kind {word!r} is defined by {' and by '.join(owners)}. Remove one of these packages"
            )
        if own is not None or not claims:
            return own
        return self._loaded(claims[0])

    def find(self, word: object) -> type[T] | None:
        """Return the class of a kind; None if there is none, or it cannot be loaded."""
        try:
            return self.get(word) if isinstance(word, str) else None
        except KindError:
            return None

    @cached_property
    def classes(self) -> Mapping[str, type[T]]:
        """Every kind that can be loaded, by its word, in alphabetical order. Imports them all."""
        words = sorted({*self._all_own, *self._entries})
        return {word: cls for word in words if (cls := self.find(word)) is not None}

    @property
    def problems(self) -> tuple[str, ...]:
        """Problems of the kinds of other packages, a sentence each."""
        found = []
        for word in sorted(self._entries):
            try:
                self.get(word)
            except KindError as error:
                found.append(str(error))
        return tuple(found)

    def owner(self, word: str) -> tuple[str, str] | None:
        """Return name and version of the package that adds a kind; None for this package."""
        claims = self._entries.get(word, ())
        return (claims[0].dist.name, claims[0].dist.version) if claims and claims[0].dist is not None else None

    @property
    def outside(self) -> tuple[str, ...]:
        """The words of the kinds of other packages."""
        return tuple(sorted(self._entries))

    def field(self, fits: Callable[[type[T]], bool] = lambda cls: True) -> _Field[T]:
        """Return the annotation of a field of any kind, as in `Annotated[Orbit, ORBITS.field()]`.

        fits : selects the allowed classes; all without it
        """
        return _Field(self, fits)

    @cached_property
    def _entries(self) -> dict[str, tuple[EntryPoint, ...]]:
        """The entry points of other packages by word, without importing them."""
        found: dict[str, tuple[EntryPoint, ...]] = {}
        for entry in _installed().select(group=self.group):
            if all(entry.value != other.value for other in found.get(entry.name, ())):  # sys.path may repeat
                found[entry.name] = (*found.get(entry.name, ()), entry)
        return found

    def _own(self, word: str, everywhere: bool) -> type[T] | None:
        """This package's class of a word: from the file of its name, or else from all files."""
        for place in () if everywhere or not word.isidentifier() else self.places:
            if find_spec(place).submodule_search_locations and find_spec(f"{place}.{word}"):  # type: ignore[union-attr]
                for cls in self._in(f"{place}.{word}"):
                    if kind_of(cls) == word:
                        return cls
        return self._all_own.get(word)

    @cached_property
    def _all_own(self) -> dict[str, type[T]]:
        found: dict[str, type[T]] = {}
        for place in self.places:
            where = getattr(import_module(place), "__path__", None)
            for name in [place] if where is None else [f"{place}.{each.name}" for each in iter_modules(where)]:
                found |= {kind_of(cls): cls for cls in self._in(name)}
        return found

    def _in(self, module: str) -> Iterator[type[T]]:
        """Yield the kinds that a module defines."""
        for value in vars(import_module(module)).values():
            own = isinstance(value, type) and value.__module__ == module
            if own and issubclass(value, self.base) and kind_of(value):
                yield value

    def _loaded(self, entry: EntryPoint) -> type[T]:
        """Load the class of an entry point. Raises `KindError`."""
        what = f"{self.noun} kind {entry.name!r} of {owner(entry)}"
        try:
            cls = entry.load()
        except Exception as error:  # another package may raise anything
            raise KindError(
                f"{what} cannot be loaded: {type(error).__name__}: {error}. Update or remove that package"
            ) from error
        if not (isinstance(cls, type) and issubclass(cls, self.base)):
            raise KindError(f"{what} is {entry.value}: expected a class that derives from {self.base.__name__}")
        if kind_of(cls) != entry.name:
            raise KindError(f"{what} is {entry.value}, whose field kind is {kind_of(cls)!r}: expected {entry.name!r}")
        return cls


@cache
def _installed() -> Any:
    """The entry points of all packages: looked through once for all nouns."""
    return entry_points()


def kind_of(cls: type[Model]) -> str:
    """Return the word that selects a class; empty if it has none."""
    field = cls.model_fields.get("kind")
    return str(field.default) if field is not None and isinstance(field.default, str) else ""


def owner(entry: EntryPoint) -> str:
    """Return name and version of the package of an entry point."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else entry.value


class _Field(Generic[T]):
    """Validation of a field whose class `kind` selects; only the selected class is imported."""

    def __init__(self, kinds: Kinds[T], fits: Callable[[type[T]], bool]) -> None:
        self.kinds, self.fits = kinds, fits

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> Any:
        return {"type": "function-plain", "function": {"type": "with-info", "function": self._validated}}

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        choices = {}
        for word, cls in self._options().items():
            cls.model_rebuild()
            choices[word] = cls.__pydantic_core_schema__
        union: Any = {"type": "tagged-union", "choices": choices, "discriminator": "kind"}
        return handler(union)

    def _options(self) -> dict[str, type[T]]:
        return {word: cls for word, cls in self.kinds.classes.items() if self.fits(cls)}

    def _validated(self, value: object, info: ValidationInfo) -> T:
        if isinstance(value, self.kinds.base) and self.fits(type(value)):
            return value
        if not isinstance(value, Mapping):
            raise _error("model_attributes_type", value)
        if "kind" not in value:
            raise _error("union_tag_not_found", value, discriminator="'kind'")
        word = value["kind"]
        try:
            cls = self.kinds.get(word) if isinstance(word, str) else None
        except KindError as error:
            raise ValueError(str(error)) from error
        if cls is None or not self.fits(cls):
            known = ", ".join(repr(option) for option in self._options())
            raise _error("union_tag_invalid", value, discriminator="'kind'", tag=str(word), expected_tags=known)
        made: T = _reader(cls).validate_python(value, context=info.context)
        return made


def _error(kind: str, value: object, **context: object) -> ValidationError:
    """One of pydantic's own errors, raised by a validator."""
    return ValidationError.from_exception_data("kind", [{"type": kind, "input": value, "ctx": context}])


@cache
def _reader(cls: type[Model]) -> SchemaValidator:
    """Validator of one kind, with its word in the location of errors as in pydantic's tagged unions.

    It is made of the model's own schema, which is built once for it and for the constructor.
    """
    cls.model_rebuild()
    word = kind_of(cls)
    return SchemaValidator(core_schema.tagged_union_schema({word: cls.__pydantic_core_schema__}, lambda value: word))
