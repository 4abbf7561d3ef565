"""Kinds: classes among which the word `kind` of a table chooses, ours and those of other packages.

Ours are found where they lie: one file a kind, no list of them. A package of somebody else's adds its own by an entry
point, whose name is the word and whose value is the class. A class is imported when it is asked for, not before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Discriminator, GetCoreSchemaHandler, GetJsonSchemaHandler, Tag, TypeAdapter, ValidationError
from pydantic.json_schema import JsonSchemaValue

from sim.core.errors import SimError
from sim.core.model import Model

T = TypeVar("T", bound=Model)


class KindError(SimError):
    """A kind that another package should add, and does not: it cannot be imported, or its word is taken."""


class Kinds(Generic[T]):
    """All kinds of one noun, by their words.

    Parameters
    ----------
    noun
        What they are, in messages: `orbit`.
    base
        The class that every kind derives from.
    group
        The group of entry points by which other packages add theirs.
    places
        The packages, or modules, in which ours lie, as dotted names. In a package a kind's file has the kind's name.
    """

    def __init__(self, noun: str, base: type[T], group: str, *places: str) -> None:
        self.noun, self.base, self.group, self.places = noun, base, group, places

    def get(self, word: str) -> type[T] | None:
        """The class of a kind; None where there is none of that name.

        Raises
        ------
        KindError
            If another package claims the word and its class cannot be had, or the word is taken already.
        """
        claims = self._entries.get(word, ())
        own = self._own(word, everywhere=bool(claims))
        if len(claims) + (own is not None) > 1:
            owners = [*(["farside-sim"] if own is not None else []), *map(owner, claims)]
            raise KindError(
                f"{self.noun} kind {word!r} is claimed by {' and by '.join(owners)}. Remove one of these packages, or "
                "ask for another name"
            )
        if own is not None or not claims:
            return own
        return self._loaded(claims[0])

    def find(self, word: Any) -> type[T] | None:
        """The class of a kind, whatever stands for its word; None where there is none, or none that can be had."""
        try:
            return self.get(word) if isinstance(word, str) else None
        except KindError:
            return None

    @cached_property
    def classes(self) -> Mapping[str, type[T]]:
        """Every kind that can be had, by its word, in alphabetical order. Imports them all."""
        words = sorted({*self._all_own, *self._entries})
        return {word: cls for word in words if (cls := self.find(word)) is not None}

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with kinds that other packages should add, a sentence each."""
        found = []
        for word in sorted(self._entries):
            try:
                self.get(word)
            except KindError as error:
                found.append(str(error))
        return tuple(found)

    def owner(self, word: str) -> tuple[str, str] | None:
        """Name and version of the package that adds a kind; None for one of ours."""
        claims = self._entries.get(word, ())
        return (claims[0].dist.name, claims[0].dist.version) if claims and claims[0].dist is not None else None

    @property
    def outside(self) -> tuple[str, ...]:
        """The words that other packages claim."""
        return tuple(sorted(self._entries))

    def field(self, fits: Callable[[type[T]], bool] = lambda cls: True) -> Any:
        """What makes a field of any kind: `Annotated[Orbit, ORBITS.field()]`.

        fits : which of the kinds may stand there; all if not given
        """
        return _Field(self, fits)

    @cached_property
    def _entries(self) -> dict[str, tuple[EntryPoint, ...]]:
        """What other packages add, by words; importing none of it."""
        found: dict[str, tuple[EntryPoint, ...]] = {}
        for entry in entry_points(group=self.group):
            if all(entry.value != other.value for other in found.get(entry.name, ())):  # a path may be listed twice
                found[entry.name] = (*found.get(entry.name, ()), entry)
        return found

    def _own(self, word: str, everywhere: bool) -> type[T] | None:
        """Our class of a word: looked for in the file of its name, and if that is not enough, in all files."""
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
        """The kinds that a module defines."""
        for value in vars(import_module(module)).values():
            own = isinstance(value, type) and value.__module__ == module
            if own and issubclass(value, self.base) and kind_of(value):
                yield value

    def _loaded(self, entry: EntryPoint) -> type[T]:
        """The class that an entry point names. Raises `KindError`."""
        what = f"{self.noun} kind {entry.name!r} of {owner(entry)}"
        try:
            cls = entry.load()
        except Exception as error:  # whatever a stranger's module raises
            raise KindError(
                f"{what} cannot be loaded: {type(error).__name__}: {error}. Update or remove that package"
            ) from error
        if not (isinstance(cls, type) and issubclass(cls, self.base)):
            raise KindError(f"{what} is {entry.value}: expected a class that derives from {self.base.__name__}")
        if kind_of(cls) != entry.name:
            raise KindError(f"{what} is {entry.value}, whose field kind is {kind_of(cls)!r}: expected {entry.name!r}")
        return cls


def kind_of(cls: type[Model]) -> str:
    """The word that chooses a class; empty for one that no word chooses."""
    field = cls.model_fields.get("kind")
    return str(field.default) if field is not None and isinstance(field.default, str) else ""


def owner(entry: EntryPoint) -> str:
    """The package that an entry point is of, with its version."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else entry.value


class _Field:
    """How pydantic reads a field whose class `kind` picks: only the class that is picked is imported."""

    def __init__(self, kinds: Kinds[Any], fits: Callable[[type[Any]], bool]) -> None:
        self.kinds, self.fits = kinds, fits

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return {"type": "function-plain", "function": {"type": "with-info", "function": self._validated}}

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        choices = {}
        for word, cls in self._options().items():
            cls.model_rebuild()
            choices[word] = cls.__pydantic_core_schema__
        union: Any = {"type": "tagged-union", "choices": choices, "discriminator": "kind"}
        return handler(union)

    def _options(self) -> dict[str, type[Any]]:
        return {word: cls for word, cls in self.kinds.classes.items() if self.fits(cls)}

    def _validated(self, value: Any, info: Any) -> Any:
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
        reader: TypeAdapter[Any] = _adapter(cls)  # type: ignore[arg-type]  # a class can be hashed
        return reader.validate_python(value, context=info.context)


def _error(kind: Any, value: Any, **context: Any) -> ValidationError:
    """One of pydantic's own errors, at the place where a validator raises it."""
    return ValidationError.from_exception_data("kind", [{"type": kind, "input": value, "ctx": context}])


@cache
def _adapter(cls: type[Any]) -> TypeAdapter[Any]:
    """What reads one kind, with its word in the places of errors, as in any tagged union of pydantic's."""
    word, kind = kind_of(cls), cls
    union: Any = Annotated[kind, Tag(word)] | Annotated[None, Tag("")]  # of one member alone a union is none
    return TypeAdapter(Annotated[union, Discriminator(lambda value: word)])
