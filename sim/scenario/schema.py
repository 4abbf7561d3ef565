"""JSON Schemas of scenario files for editors and error messages, and the fields of every kind."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any, cast

from pydantic import BaseModel

from sim.core.errors import SimError
from sim.core.kinds import Kinds
from sim.core.text import nearest, shown
from sim.scenario.messages import Schema, expectation
from sim.scenario.product import PRODUCTS
from sim.trajectories.limits.limit import LIMITS
from sim.trajectories.orbits.orbit import ORBITS

Field = tuple[str, str, str, str]
"""A field of a kind: name, accepted values, default (or `required`), description."""

NOUNS: tuple[Kinds[Any], ...] = (ORBITS, LIMITS, PRODUCTS)
"""The parts of a scenario that have kinds."""

_BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
_LENGTHS = {"minLength": "minItems", "maxLength": "maxItems"}


def schema_of(model: type[BaseModel]) -> Schema:
    """The JSON Schema of a model, without null, which TOML cannot write, and without pydantic's titles."""
    return cast(Schema, _tidy(model.model_json_schema()))


def _tidy(schema: Any) -> Any:  # any JSON value: a schema, a list of schemas, or the value of a keyword
    if isinstance(schema, list):
        return [_tidy(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(options := schema.get("anyOf"), list) and {"type": "null"} in options:
        left = [option for option in options if option != {"type": "null"}]
        rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
        return _tidy({**rest, **left[0]} if len(left) == 1 else {**rest, "anyOf": left})
    # Behind a converter, bounds have pydantic's own names, and lengths of lists those of strings.
    names = {**_BOUNDS, **(_LENGTHS if schema.get("type") == "array" else {})}
    result = {}
    for key, value in schema.items():
        if key == "title" and isinstance(value, str):
            continue
        result[names.get(key, key) if isinstance(value, (int, float)) else key] = _tidy(value)
    if "properties" in result and "description" in result:  # of a docstring, the summary
        result["description"] = result["description"].split("\n\n")[0]
    if "patternProperties" in result:
        result["additionalProperties"] = False
    if "const" in result.get("properties", {}).get("kind", {}):
        result["required"] = ["kind", *result.get("required", [])]
    return result


def fields(model: type[BaseModel]) -> list[Field]:
    """The fields of a kind."""
    schema = schema_of(model)
    required = schema.get("required", [])
    rows = []
    for name, field in schema.get("properties", {}).items():
        accepted = expectation(field, schema).removeprefix("a ")
        default = "required" if name in required else json.dumps(field["default"]) if "default" in field else ""
        text = " ".join(field.get("description", "").split())
        rows.append((name, accepted, default, text if text not in accepted else ""))
    return rows


def kinds_text() -> str:
    """Every kind of orbit, limit and product with its fields, as `sim kinds` prints them."""
    return listed({kinds.noun: list(kinds.classes.values()) for kinds in NOUNS})


def kind_text(name: str, others: Mapping[str, Sequence[type[BaseModel]]]) -> str:
    """The kinds of a name with their fields, as `sim kinds NAME` prints them, at most 80 columns wide.

    Parameters
    ----------
    name
        Name of a kind of orbit, limit or product, or of one of the others.
    others
        More nouns, each with its kinds.

    Raises
    ------
    SimError
        If no kind has that name.
    """
    nouns = {kinds.noun: list(kinds.classes.values()) for kinds in NOUNS} | dict(others)
    named = [(noun, str(model.model_fields["kind"].default), model) for noun, each in nouns.items() for model in each]
    lines = []
    for noun, kind, model in named:
        if kind == name:
            summary = (model.__doc__ or "").strip().split("\n")[0]
            lines += [f"{noun} {kind}", *wrap(summary, 78, initial_indent="  ", subsequent_indent="  "), ""]
            for field, accepted, default, text in fields(model):
                head = f"  {field}" + (f", {default}" if default == "required" else f" = {default}" if default else "")
                lines += [head, *wrap(accepted, 78, initial_indent=_DEEP, subsequent_indent=_DEEP)]
                lines += wrap(text, 78, initial_indent=_DEEP, subsequent_indent=_DEEP)
    if not lines:
        raise SimError(f"no kind is called {shown(name)}.{nearest(name, [kind for _, kind, _ in named])}")
    return "\n".join(lines)


_DEEP = " " * 6


def kinds_problems() -> tuple[str, ...]:
    """Problems with kinds from other packages, one sentence each."""
    return tuple(problem for kinds in NOUNS for problem in kinds.problems)


def listed(nouns: Mapping[str, Sequence[type[BaseModel]]]) -> str:
    """The kinds of each noun, with their fields, as text."""
    lines = []
    for noun, models in nouns.items():
        for model in models:
            kind = model.model_fields["kind"].default
            summary = (model.__doc__ or "").strip().split("\n")[0]
            lines += [f"{noun} {kind}", f"  {summary}"]
            rows = [row for row in fields(model) if row[0] != "kind"]
            wide = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
            for name, accepted, default, text in rows:
                lines.append(f"    {name:<{wide[0]}}  {accepted:<{wide[1]}}  {default:<{wide[2]}}  {text}".rstrip())
            lines.append("")
    return "\n".join(lines).rstrip()
