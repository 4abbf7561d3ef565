"""Turns pydantic's errors into messages about the keys and values of a scenario file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, cast

from sim.core.text import MANY, nearest, shown
from sim.core.toml_file import Key, Keys
from sim.core.values import JsonValue

if TYPE_CHECKING:  # a scenario that costs too much is refused before pydantic is imported
    from pydantic import ValidationError

Complaint = tuple[Keys, str]
"""The path of keys of a problem, and its message."""

class Discriminator(TypedDict, total=False):
    """The schema of each kind, by its word."""
    mapping: dict[str, str]

Schema = TypedDict(
    "Schema",
    {
        "$ref": str, "$defs": "dict[str, Schema]", "$schema": str, "title": str, "description": str,
        "default": JsonValue, "type": str, "format": str, "pattern": str, "enum": list[JsonValue], "const": JsonValue,
        "minimum": float, "maximum": float, "exclusiveMinimum": float, "exclusiveMaximum": float, "maxLength": int,
        "anyOf": "list[Schema]", "oneOf": "list[Schema]", "discriminator": Discriminator,
        "properties": "dict[str, Schema]", "patternProperties": "dict[str, Schema]", "additionalProperties": object,
        "required": list[str], "prefixItems": "list[Schema]", "items": "Schema", "minItems": int, "maxItems": int,
    },
    total=False,
)  # fmt: skip
"""A JSON Schema, with the keywords that occur in those of scenarios and claims."""

class _Error(TypedDict):
    """What is used of one of pydantic's errors."""

    type: str
    loc: tuple[int | str, ...]
    ctx: NotRequired[dict[str, Any]]


NEEDS = "missing key"
"""Begins messages that belong to a table and not to the value of a key."""


def complaints(error: ValidationError, data: object, schema: Schema) -> list[Complaint]:
    """Every problem that pydantic found in the data of a file, once, with keys as they are in the file."""
    certain: dict[Complaint, None] = {}
    best: dict[Keys, tuple[int, str]] = {}
    misnamed: set[Keys] = set()
    for item in error.errors(include_url=False)[:MANY]:
        kind = item["type"]
        keys, message = _complaint(item, _keys(item["loc"], data, kind), data, schema)
        if item["loc"][-1:] == ("[key]",):
            misnamed.add(keys)  # its name field, which is taken from the key, has the same error
            certain[keys, message] = None
        elif kind in ("missing", "extra_forbidden"):
            certain[keys, message] = None
        elif _weight(kind) > best.get(keys, (-1, ""))[0]:
            best[keys] = (_weight(kind), message)
    # A misspelled key is also a missing one: report it once, where it is.
    for keys, message in list(certain):
        if meant := re.fullmatch(r"unknown key\. Did you mean ('.+')\?", message):
            certain.pop((keys[:-1], f"{NEEDS} {meant[1]}"), None)
    # If a value may be of several types, each type reports errors: those deepest in the value are the most specific.
    entered = {keys[:end] for keys in (*best, *(keys for keys, _ in certain)) for end in range(len(keys))}
    return [*certain, *((keys, message) for keys, (_, message) in best.items() if keys not in entered | misnamed)]


def expectation(schema: Schema, root: Schema) -> str:
    """What a JSON Schema accepts, in words.

    Examples
    --------
    >>> expectation({"type": "number", "minimum": -90, "maximum": 90}, {})
    'a number between -90 and 90'
    >>> expectation({"type": "array", "items": {"type": "string"}, "minItems": 1}, {})
    'a list of texts (at least 1)'
    """
    schema = _dereferenced(schema, root)
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(expectation(option, root) for option in options))
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else None):
        return _either([repr(value) for value in values])
    match schema.get("type"):
        case "number":
            return "a number" + _bounds(schema)
        case "integer":
            return "a whole number" + _bounds(schema)
        case "boolean":
            return "true or false"
        case "string" if schema.get("format") == "date-time":
            return "a time like 2019-01-03T02:26:00Z"
        case "string" if "pattern" in schema:
            return f"a name ({schema.get('description', schema['pattern'])})"
        case "string":
            return "text" + (f" of at most {schema['maxLength']:,} characters" if "maxLength" in schema else "")
        case "array" if "prefixItems" in schema:
            return f"a list of {len(schema['prefixItems'])} {_members(schema['prefixItems'], root)}"
        case "array":
            least, things = schema.get("minItems", 0), _members([schema["items"]] if "items" in schema else [], root)
            if "maxItems" in schema:
                return f"a list of {things} ({least} to {schema['maxItems']:,})"
            return f"a list of {things}" + (f" (at least {least})" if least > 0 else "")
    return "a table"


_PLURALS = {
    "a number": "numbers", "a whole number": "whole numbers", "a name": "names", "text": "texts", "a table": "tables",
    "a list of 2 numbers": "pairs of numbers",
}  # fmt: skip


def _members(items: Sequence[Schema], root: Schema) -> str:
    """What a list contains, in the plural: numbers, names, or values."""
    kinds = set[str]()
    for item in items:
        whole = _dereferenced(item, root)
        options = whole.get("anyOf") or whole.get("oneOf") or [item]
        kinds |= {re.split(r" \(| between| above| below| at | of at", expectation(each, root))[0] for each in options}
    plurals = {_PLURALS.get(kind, "values") for kind in kinds if kind != "a list of names"}  # a step of a route
    return plurals.pop() if len(plurals) == 1 else "values"


def schema_at(root: Schema, keys: Sequence[Key], data: object) -> Schema:
    """The part of a JSON Schema that describes the value at a path of keys; an empty one if none does."""
    schema = root
    for key in keys:
        schema = _chosen(schema, data, root)
        schema = _item_schema(schema, key) if isinstance(key, int) else _property_schema(schema, key)
        data = _child(data, key)
    return _chosen(schema, data, root)


def _item_schema(schema: Schema, index: int) -> Schema:
    items = schema.get("prefixItems", [])
    return items[index] if index < len(items) else schema.get("items", Schema())


def _property_schema(schema: Schema, key: str) -> Schema:
    if found := schema.get("properties", {}).get(key):
        return found
    if others := schema.get("patternProperties"):
        return next(iter(others.values()))
    other = schema.get("additionalProperties")
    return cast(Schema, other) if isinstance(other, dict) else Schema()


_NOUNS = {"orbit": "orbit", "limits": "limit", "products": "product", "tests": "test"}


def _complaint(item: _Error, keys: Keys, data: object, schema: Schema) -> Complaint:
    kind, above = item["type"], keys[:-1]
    value = _reached(data, keys)
    if kind == "missing" and keys and isinstance(keys[-1], str):
        return above, f"{NEEDS} {keys[-1]!r}"
    if item["loc"] and item["loc"][-1] == "[key]":
        rule = "letters, digits, - and _; starts with a letter or digit; at most 64 characters"
        return keys, f"expected a name as the key ({rule})"
    if kind == "extra_forbidden":
        known = schema_at(schema, above, data).get("properties", {})
        if keys[-1] in known:  # a key of files that objects do not have
            return keys, f"{keys[-1]!r} is allowed only at the top level of a file"
        return keys, f"unknown key.{nearest(keys[-1], known)}"
    if kind.startswith("union_tag") and isinstance(value, Mapping):
        options = _dereferenced(schema_at(schema, keys, data), schema)
        kinds = list(options.get("discriminator", {}).get("mapping", {}))
        if "kind" not in value:
            return keys, f"{NEEDS} 'kind': expected {_either([repr(each) for each in kinds])}"
        noun = next((_NOUNS[key] for key in reversed(keys) if key in _NOUNS), "such")
        return (*keys, "kind"), f"no {noun} kind is called {shown(value['kind'])}.{nearest(value['kind'], kinds)}"
    if kind in ("value_error", "assertion_error"):
        return keys, str(item["ctx"]["error"])
    if kind == "missing":  # an item of a list that is too short
        keys, value = above, _reached(data, above)
    return keys, f"expected {expectation(schema_at(schema, keys, data), schema)}, got {shown(value)}"


def _keys(loc: Sequence[Key], data: object, kind: str) -> Keys:
    """Pydantic's location without the names of kinds, types and validators, which are not keys of the file."""
    keys: list[Key] = []
    tagged = False
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if isinstance(data, Mapping):
            if data.get("kind") == part and not tagged:
                tagged = True
                continue
            known = part in data
        else:
            known = isinstance(data, (list, tuple)) and isinstance(part, int) and part < len(data)
        if known or (last and kind == "missing"):
            keys.append(part)
            data, tagged = _child(data, part), False
    return tuple(keys)


def _weight(kind: str) -> int:
    """How specific an error is: a broken rule more than a bound, a bound more than a type."""
    return 2 if kind == "value_error" else 0 if kind.endswith("_type") else 1


def _chosen(schema: Schema, data: object, root: Schema) -> Schema:
    """The branch of a schema that describes these data; the schema itself if it is not clear which."""
    schema = _dereferenced(schema, root)
    options = schema.get("anyOf") or schema.get("oneOf")
    if not options:
        return schema
    mapping = schema.get("discriminator", {}).get("mapping", {})
    if mapping:
        kind = data.get("kind") if isinstance(data, Mapping) else None
        if not isinstance(kind, str) or kind not in mapping:
            return schema
        return _dereferenced({"$ref": mapping[kind]}, root)
    if isinstance(data, Mapping):  # of several tables, the one that has most of these keys
        tables = [table for o in options if "properties" in (table := _dereferenced(o, root))]
        return max(tables, key=lambda table: len(data.keys() & table["properties"].keys()), default=schema)
    if isinstance(data, (list, tuple)):
        return next((_dereferenced(o, root) for o in options if _dereferenced(o, root).get("type") == "array"), schema)
    return schema


def _dereferenced(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _child(data: object, key: Key) -> object:
    if isinstance(data, Mapping):
        return data.get(key)
    return data[key] if isinstance(data, (list, tuple)) and isinstance(key, int) and key < len(data) else None


def _reached(data: object, keys: Keys) -> object:
    for key in keys:
        data = _child(data, key)
    return data


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" between {_number(low)} and {_number(high)}"
    bounds = (
        ("of at least", low), ("above", schema.get("exclusiveMinimum")),
        ("at most", high), ("below", schema.get("exclusiveMaximum")),
    )  # fmt: skip
    parts = [f"{word} {_number(bound)}" for word, bound in bounds if bound is not None]
    return " " + " and ".join(parts) if parts else ""


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else repr(value)


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def with_more(found: list[Complaint], more: Iterable[Complaint]) -> list[Complaint]:
    """Return problems with others added, except those of a value that already has one."""
    known = {keys for keys, text in found if keys and not text.startswith(NEEDS)}
    return found + [(keys, text) for keys, text in more if keys not in known or text.startswith(NEEDS)]
