"""What may stand in a scenario: JSON Schemas as editors and error messages want them, and the fields of every kind."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from sim.core.kinds import Kinds
from sim.scenario.messages import expectation
from sim.scenario.product import PRODUCTS
from sim.trajectories.limits import LIMITS
from sim.trajectories.orbits.orbit import ORBITS

Field = tuple[str, str, str, str]

NOUNS: tuple[Kinds[Any], ...] = (ORBITS, LIMITS, PRODUCTS)
"""What of a scenario comes in kinds."""

_BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
_LENGTHS = {"minLength": "minItems", "maxLength": "maxItems"}


def tidy(schema: Any) -> Any:
    """A JSON Schema without what TOML cannot write (null) and pydantic adds for itself (titles, unnamed bounds)."""
    if isinstance(schema, list):
        return [tidy(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(options := schema.get("anyOf"), list) and {"type": "null"} in options:
        left = [option for option in options if option != {"type": "null"}]
        rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
        return tidy({**rest, **left[0]} if len(left) == 1 else {**rest, "anyOf": left})
    # Bounds that stand behind a converter keep pydantic's own names, lengths of lists get those of texts.
    names = {**_BOUNDS, **(_LENGTHS if schema.get("type") == "array" else {})}
    result = {}
    for key, value in schema.items():
        if key == "title" and isinstance(value, str):
            continue
        result[names.get(key, key) if isinstance(value, (int, float)) else key] = tidy(value)
    if "patternProperties" in result:
        result["additionalProperties"] = False
    if "const" in result.get("properties", {}).get("kind", {}):
        result["required"] = ["kind", *result.get("required", [])]
    return result


def fields(model: type[BaseModel]) -> list[Field]:
    """The fields of a kind: name, what it asks for, default (or `required`), help."""
    schema = tidy(model.model_json_schema())
    required = schema.get("required", [])
    rows = []
    for name, field in schema.get("properties", {}).items():
        asked = expectation(field, schema).removeprefix("a ")
        default = "required" if name in required else json.dumps(field["default"]) if "default" in field else ""
        told = str(field.get("description", ""))
        rows.append((name, asked, default, told if told not in asked else ""))
    return rows


def kinds_text() -> str:
    """Every kind of orbit, limit and product with its fields, as `sim kinds` prints them."""
    return listed({kinds.noun: list(kinds.classes.values()) for kinds in NOUNS})


def kinds_problems() -> tuple[str, ...]:
    """What is wrong with the kinds that other packages should add, a sentence each."""
    return tuple(problem for kinds in NOUNS for problem in kinds.problems)


def listed(nouns: Mapping[str, Sequence[type[BaseModel]]]) -> str:
    """The kinds of some nouns, each with its fields."""
    lines = []
    for noun, models in nouns.items():
        for model in models:
            kind = model.model_fields["kind"].default
            summary = (model.__doc__ or "").strip().split("\n")[0]
            lines += [f"{noun} {kind}", f"  {summary}"]
            rows = [(name, asked, default, told) for name, asked, default, told in fields(model) if name != "kind"]
            wide = [max(len(row[column]) for row in rows) for column in range(3)]
            for name, asked, default, told in rows:
                lines.append(f"    {name:<{wide[0]}}  {asked:<{wide[1]}}  {default:<{wide[2]}}  {told}".rstrip())
            lines.append("")
    return "\n".join(lines).rstrip()
