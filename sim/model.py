"""What every declaration is made of: frozen, strict, and converted once, at the field.

The same class is what a notebook constructs, what a scenario file is read into, and where the JSON Schema comes from.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from sim.quantities import converted
from sim.time import instant, utc

DESCRIPTION_LENGTH = 4000


class Model(BaseModel):
    """A declaration: no unknown keys, no NaN, no strings for numbers, no change after construction."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, defer_build=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    def __eq__(self, other: object) -> bool:
        """Whether it declares the same; what was computed from it and kept does not count (nor can arrays be asked)."""
        return type(self) is type(other) and all(
            getattr(self, name) == getattr(other, name) for name in type(self).model_fields
        )


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


def _instant(value: Any) -> float:
    if isinstance(value, bool) or (isinstance(value, (dt.date, dt.time)) and not isinstance(value, dt.datetime)):
        raise ValueError(f"expected a time like 2019-01-03T02:26:00Z, got {value}")
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
