"""What every declaration is made of: frozen, strict, and converted once, at the field.

The same class is what a notebook constructs, what a scenario file is read into, and where the JSON Schema comes from.
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
)
from pydantic.json_schema import JsonSchemaValue

from sim.core.arguments import typed
from sim.core.quantities import converted
from sim.core.text import nearest, shown
from sim.core.time import instant, utc

DESCRIPTION_LENGTH = 4000

A_TIME = "expected a time like 2019-01-03T02:26:00Z"
"""How complaints of times begin."""


class Table(dict[Any, Any]):
    """A dict that cannot be changed, nor can what is pickled or copied of it: what was computed of it stays true."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(
            "this table is part of something immutable: make another with model_copy(update={…}), or give a "
            "changed dict(…) of it to the constructor"
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __missing__(self, key: Any) -> NoReturn:
        raise KeyError(f"nothing here is called {shown(key)}.{nearest(key, map(str, self))}")

    def __reduce__(self) -> tuple[type[Table], tuple[dict[Any, Any]]]:
        return Table, (dict(self),)

    def __copy__(self) -> Table:
        return self


def frozen(value: Any) -> Any:
    """A dict, and the dicts in it, as tables that cannot be changed; everything else as it is."""
    return Table({key: frozen(each) for key, each in value.items()}) if type(value) is dict else value


class Model(BaseModel):
    """A declaration: no unknown keys, no NaN, no strings for numbers, no change after construction.

    What is computed of it and kept (cached properties) belongs to the one object: copies, changed or not, and what is
    pickled start without.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, defer_build=True, allow_inf_nan=False
    )

    def model_post_init(self, context: Any, /) -> None:
        """Dicts become tables that cannot be changed; a kind is always given, so that what is given alone says it."""
        if "kind" in type(self).model_fields:
            self.__pydantic_fields_set__.add("kind")
        for name, value in self.__dict__.items():
            if type(value) is dict:
                self.__dict__[name] = frozen(value)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The texts below fields become their descriptions: looked for here, where a schema is wanted, not before."""
        found = handler(schema)
        properties = handler.resolve_ref_schema(found).get("properties", {})
        for owner in cls.__mro__:
            for name, told in field_texts(owner.__module__).get(owner.__qualname__, {}).items():
                if name in properties and cls.model_fields[name].description is None:
                    properties[name].setdefault("description", told)
        return found

    def __eq__(self, other: object) -> bool:
        """Whether it declares the same; what was computed from it and kept does not count (nor can arrays be asked)."""
        return type(self) is type(other) and all(
            getattr(self, name) == getattr(other, name) for name in type(self).model_fields
        )

    @typed
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, with some fields changed: checked as if it were constructed so, and everything is computed anew.

        update : field → its new value, in any form that the constructor takes
        deep   : whether what it holds is copied too

        Raises pydantic's `ValidationError`, a `ValueError`, where the constructor would.
        """
        if not update:
            return copy.deepcopy(self) if deep else copy.copy(self)
        made = type(self).model_validate({**self._given(update.keys()), **update})
        given = self.model_fields_set | update.keys()
        made.__pydantic_fields_set__.intersection_update(given)
        made._keep_private(self)
        return copy.deepcopy(made) if deep else made

    def copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # type: ignore[override]
        """The same as `model_copy`: pydantic's own of that name checks nothing, and keeps what was computed."""
        return self.model_copy(update=update, deep=deep)

    def unchecked(self, **changes: Any) -> Self:
        """A copy with fields that are known to be right, for what would take long to check, or that no user may say."""
        made = copy.copy(self)
        made.__dict__.update({name: frozen(value) for name, value in changes.items()})
        made.__pydantic_fields_set__.update(changes)
        return made

    def __copy__(self) -> Self:
        copied = super().__copy__()
        object.__setattr__(copied, "__dict__", self._declared)
        return copied

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        memo = {} if memo is None else memo
        copied: Self = BaseModel.__deepcopy__(copy.copy(self), memo)
        memo[id(self)] = copied
        return copied

    def __getstate__(self) -> dict[Any, Any]:
        return {**super().__getstate__(), "__dict__": self._declared}

    @property
    def _declared(self) -> dict[str, Any]:
        """Its fields alone, without what was computed of them and kept."""
        return {name: self.__dict__[name] for name in type(self).model_fields if name in self.__dict__}

    def _given(self, changed: Set[str]) -> dict[str, Any]:
        """What it was made of, as far as some fields that change leave it: what was given, or has become another than
        the default."""
        fields, stale = type(self).model_fields, self._stale(changed)
        return {
            name: getattr(self, name)
            for name, field in fields.items()
            if name not in stale
            and (name in self.model_fields_set or getattr(self, name) != field.get_default(call_default_factory=True))
        }

    def _stale(self, changed: Set[str]) -> Set[str]:
        """Fields that were filled in from others, of which some change."""
        return frozenset()

    def _keep_private(self, other: Model) -> None:
        if other.__pydantic_private__ is not None:
            object.__setattr__(self, "__pydantic_private__", dict(other.__pydantic_private__))


@cache
def field_texts(module: str) -> dict[str, dict[str, str]]:
    """The texts below the fields of a module's classes: by the class, then by the field."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (KeyError, OSError, TypeError):  # of a notebook, there is no source
        return {}
    found: dict[str, dict[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            texts = found.setdefault(node.name, {})
            for field, below in pairwise(node.body):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and (told := _text(below)):
                    texts.setdefault(field.target.id, told)
    return found


def _text(node: ast.stmt) -> str:
    plain = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return inspect.cleandoc(node.value.value) if plain else ""  # type: ignore[attr-defined]


def _plain(unit: str) -> BeforeValidator:
    """An astropy quantity as a plain number in the field's unit; everything else passes."""
    return BeforeValidator(lambda value: _single(converted(value, unit)))


def _single(value: Any) -> Any:
    """Of a quantity's number, which numpy may have as an array of no dimensions; everything else passes."""
    plain = isinstance(value, np.ndarray | np.number) and value.ndim == 0 and value.dtype.kind in "fiu"
    return float(value) if plain else value


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _vector(unit: str) -> BeforeValidator:
    def convert(value: Any) -> Any:
        value = converted(value, unit)
        return tuple(float(x) for x in value) if hasattr(value, "dtype") else _tuple(value)

    return BeforeValidator(convert)


FROM_FILE = "from file"
"""In the context of a validation: the values are those of a file, in which a time is written as UTC."""


def _instant(value: Any, info: ValidationInfo) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and info.context is not None and info.context.get(FROM_FILE):  # TDB seconds are for notebooks
        raise ValueError(f"{A_TIME}, got {shown(value)}")
    if isinstance(value, bool) or (isinstance(value, (dt.date, dt.time)) and not isinstance(value, dt.datetime)):
        raise ValueError(f"{A_TIME}, got {value}")
    try:
        return instant(value)
    except TypeError as error:
        raise ValueError(str(error)) from error


def _readable(text: str) -> str:
    """Text that says to a terminal or a page only what can be read: without escapes, and without turned directions."""
    for letter in text:
        if (letter < " " and letter not in "\n\t") or "\x7f" <= letter <= "\x9f" or letter in _TURNING:
            raise ValueError(f"expected text that can be read, got the control character U+{ord(letter):04X}")
    return text


_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

Degrees = Annotated[float, _plain("deg")]
Kilometers = Annotated[float, _plain("km")]
Meters = Annotated[float, _plain("m")]
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
"""An instant: UTC outside, TDB seconds past J2000 inside."""

Listed = BeforeValidator(_tuple)
"""For tuples, which TOML writes as lists."""

Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$",
        description="letters, digits, - and _; starts with a letter or digit",
    ),
]
Readable = AfterValidator(_readable)
"""For texts that are shown as they are."""

Text = Annotated[str, Field(max_length=DESCRIPTION_LENGTH), Readable]
