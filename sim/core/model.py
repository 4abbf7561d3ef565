"""Base class and field types of declarations: immutable, strict, with units converted at the field.

Notebooks construct these classes, scenario files are read into them, and the JSON Schema is made from them.
"""

from __future__ import annotations

import ast
import copy
import datetime as dt
import inspect
import sys
from collections.abc import Mapping, Set
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, NoReturn, Self

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue

from sim.core.arguments import typed
from sim.core.quantities import converted
from sim.core.text import nearest, shown
from sim.core.time import instant, utc
from sim.core.values import TimeLike

DESCRIPTION_LENGTH = 4000

A_TIME = "expected a time like 2019-01-03T02:26:00Z"
"""Beginning of messages about invalid times."""


class Table(dict[Any, Any]):
    """An immutable dict; its copies and pickles are immutable too."""

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError(
            "this table is immutable. Use model_copy(update={…}), or construct another with a changed dict(…)"
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __missing__(self, key: object) -> NoReturn:
        raise KeyError(f"unknown name {shown(key)}.{nearest(key, map(str, self))}")

    def __reduce__(self) -> tuple[type[Table], tuple[dict[object, object]]]:
        return Table, (dict(self),)

    def __copy__(self) -> Table:
        return self


def frozen(value: object) -> object:
    """Return a dict, and the dicts in it, as immutable tables; other values are returned unchanged."""
    return Table({key: frozen(each) for key, each in value.items()}) if type(value) is dict else value


class Model(BaseModel):
    """Base class of declarations: immutable, without unknown keys, NaN, or strings for numbers.

    Cached properties belong to one object: copies and pickles do not include them.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, defer_build=True, allow_inf_nan=False
    )

    def model_post_init(self, context: object, /) -> None:
        """Make dicts immutable, and count `kind` as given, so that it is always written."""
        if "kind" in type(self).model_fields:
            self.__pydantic_fields_set__.add("kind")
        for name, value in self.__dict__.items():
            if type(value) is dict:
                self.__dict__[name] = frozen(value)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Use the docstrings of fields as descriptions; they are read only when a schema is made."""
        found = handler(schema)
        properties = handler.resolve_ref_schema(found).get("properties", {})
        for owner in cls.__mro__:
            for name, text in field_texts(owner.__module__).get(owner.__qualname__, {}).items():
                if name in properties and cls.model_fields[name].description is None:
                    properties[name].setdefault("description", text)
        return found

    def __eq__(self, other: object) -> bool:
        """Whether the fields are equal; cached properties are not compared."""
        return type(self) is type(other) and all(
            getattr(self, name) == getattr(other, name) for name in type(self).model_fields
        )

    @typed
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with some fields changed. It is validated like a new object.

        Parameters
        ----------
        update : mapping, optional
            Field → new value, in any form that the constructor accepts.
        deep : bool
            Whether the values of fields are copied too.

        Raises
        ------
        pydantic.ValidationError
            A `ValueError`, as from the constructor.
        """
        if not update:
            return copy.deepcopy(self) if deep else copy.copy(self)
        made = type(self).model_validate({**self._given(update.keys()), **update})
        given = self.model_fields_set | update.keys()
        made.__pydantic_fields_set__.intersection_update(given)
        made._keep_private(self)
        return copy.deepcopy(made) if deep else made

    def copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # type: ignore[override]
        """Same as `model_copy`; pydantic's method of this name does not validate and keeps cached properties."""
        return self.model_copy(update=update, deep=deep)

    def unchecked(self, **changes: object) -> Self:
        """Return a copy with fields changed without validation."""
        made = copy.copy(self)
        made.__dict__.update({name: frozen(value) for name, value in changes.items()})
        made.__pydantic_fields_set__.update(changes)
        return made

    def __copy__(self) -> Self:
        copied = super().__copy__()
        object.__setattr__(copied, "__dict__", self._declared)
        return copied

    def __deepcopy__(self, memo: dict[int, object] | None = None) -> Self:
        memo = {} if memo is None else memo
        copied: Self = BaseModel.__deepcopy__(copy.copy(self), memo)
        memo[id(self)] = copied
        return copied

    def __getstate__(self) -> dict[Any, object]:
        return {**super().__getstate__(), "__dict__": self._declared}

    @property
    def _declared(self) -> dict[str, object]:
        """Its fields, without cached properties."""
        return {name: self.__dict__[name] for name in type(self).model_fields if name in self.__dict__}

    def _given(self, changed: Set[str]) -> dict[str, object]:
        """The fields to construct a copy from: those that were given or differ from their default, and stay valid."""
        fields, stale = type(self).model_fields, self._stale(changed)
        return {
            name: getattr(self, name)
            for name, field in fields.items()
            if name not in stale
            and (name in self.model_fields_set or getattr(self, name) != field.get_default(call_default_factory=True))
        }

    def _stale(self, changed: Set[str]) -> Set[str]:
        """Fields that were derived from others of which some change."""
        return frozenset()

    def _keep_private(self, other: Model) -> None:
        if other.__pydantic_private__ is not None:
            object.__setattr__(self, "__pydantic_private__", dict(other.__pydantic_private__))


@cache
def field_texts(module: str) -> dict[str, dict[str, str]]:
    """Return the docstrings of fields in a module: class → field → text."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (KeyError, OSError, TypeError):  # a notebook has no source file
        return {}
    found: dict[str, dict[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            texts = found.setdefault(node.name, {})
            for field, below in pairwise(node.body):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and (text := _text(below)):
                    texts.setdefault(field.target.id, text)
    return found


def _text(node: ast.stmt) -> str:
    plain = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return inspect.cleandoc(node.value.value) if plain else ""  # type: ignore[attr-defined]


def _plain(unit: str) -> BeforeValidator:
    """Convert an astropy quantity to the field's unit; other values are unchanged."""
    return BeforeValidator(lambda value: _single(converted(value, unit)))


def _single(value: object) -> object:
    """Convert a numpy number or 0-dimensional array to a float; other values are unchanged."""
    if isinstance(value, np.ndarray | np.number) and value.ndim == 0 and value.dtype.kind in "fiu":
        return float(value)
    return value


def _several(value: object) -> object:
    """One name, or a list of names, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _vector(unit: str) -> BeforeValidator:
    def convert(value: Any) -> object:
        value = converted(value, unit)
        return tuple(float(x) for x in value) if hasattr(value, "dtype") else _tuple(value)

    return BeforeValidator(convert)


FROM_FILE = "from file"
"""Key of a validation context: the values come from a file, in which times are UTC text."""


def _instant(value: TimeLike, info: ValidationInfo) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and info.context is not None and info.context.get(FROM_FILE):  # only notebooks may give TDB seconds
        raise ValueError(f"{A_TIME}, got {shown(value)}")
    if isinstance(value, bool) or (isinstance(value, (dt.date, dt.time)) and not isinstance(value, dt.datetime)):
        raise ValueError(f"{A_TIME}, got {value}")
    try:
        return instant(value)
    except TypeError as error:
        raise ValueError(str(error)) from error


def _readable(text: str) -> str:
    """Refuse text with control characters, such as escapes and changes of direction."""
    for letter in text:
        if (letter < " " and letter not in "\n\t") or "\x7f" <= letter <= "\x9f" or letter in _TURNING:
            raise ValueError(f"expected printable text, got the control character U+{ord(letter):04X}")
    return text


_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

Degrees = Annotated[float, _plain("deg")]
Kilometers = Annotated[float, _plain("km")]
Meters = Annotated[float, _plain("m")]
KilometersPerSecond = Annotated[float, _plain("km/s")]
DegreesPerSecond = Annotated[float, _plain("deg/s")]
Seconds = Annotated[float, _plain("s")]
Hours = Annotated[float, _plain("h")]
Kilograms = Annotated[float, _plain("kg")]
SquareMeters = Annotated[float, _plain("m2")]
PositionKm = Annotated[tuple[float, float, float], _vector("km")]
VelocityKmS = Annotated[tuple[float, float, float], _vector("km/s")]

Epoch = Annotated[
    float,
    BeforeValidator(_instant),
    PlainSerializer(lambda t: utc(t, 6), when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A time: UTC in files, TDB seconds past J2000 in the attribute."""

Listed = BeforeValidator(_tuple)
"""For tuples, which are lists in TOML."""

Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$",
        description="letters, digits, - and _; starts with a letter or digit",
    ),
]
OneOrMore = BeforeValidator(_several)
"""For tuples of names, which are one name or a list in TOML; `one_or_more` is their schema."""


def one_or_more(least: int, most: int) -> WithJsonSchema:
    """Return the schema of names that are one name or a list of so many."""
    name = {"type": "string", "minLength": 1, "maxLength": 64}
    return WithJsonSchema({"anyOf": [name, {"type": "array", "items": name, "minItems": least, "maxItems": most}]})


Readable = AfterValidator(_readable)
"""For text that is shown to users."""

Text = Annotated[str, Field(max_length=DESCRIPTION_LENGTH), Readable]


class StartAndEnd(Model):
    """An interval of time."""

    start: Epoch
    end: Epoch

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"expected an end after the start, {utc(self.start, 0)}, got {utc(self.end, 0)}")
        return self
