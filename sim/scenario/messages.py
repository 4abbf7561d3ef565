"""What is wrong with a scenario, in the words of its file: pydantic's errors as sentences about keys and values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.core.text import MANY, nearest, shown
from sim.core.toml_file import Key, Keys

if TYPE_CHECKING:  # a scenario that costs too much is refused before pydantic is there
    from pydantic import ValidationError

Complaint = tuple[Keys, str]
"""The path of keys that a mistake stands at, and what is wrong there."""

NEEDS = "needs the key"
"""How complaints begin that stand at a table, not at the value of a key."""


def complaints(error: ValidationError, data: Any, schema: Mapping[str, Any]) -> list[Complaint]:
    """Every mistake that pydantic found in the data of a file, once, with the keys that the file has."""
    certain: dict[Complaint, None] = {}
    best: dict[Keys, tuple[int, str]] = {}
    misnamed: set[Keys] = set()
    for item in error.errors(include_url=False)[:MANY]:
        kind = item["type"]
        keys, message = _complaint(item, _keys(item["loc"], data, kind), data, schema)
        if item["loc"][-1:] == ("[key]",):
            misnamed.add(keys)  # and so is what learned its name from this key
            certain[keys, message] = None
        elif kind in ("missing", "extra_forbidden"):
            certain[keys, message] = None
        elif _weight(kind) > best.get(keys, (-1, ""))[0]:
            best[keys] = (_weight(kind), message)
    # A key that is misspelt is also missing: one mistake, told where it stands.
    for keys, message in list(certain):
        if meant := re.fullmatch(r"unknown key\. Did you mean ('.+')\?", message):
            certain.pop((keys[:-1], f"{NEEDS} {meant[1]}"), None)
    # Where a value may be of several types, each type complains: the one that got farthest into it means most.
    entered = {keys[:end] for keys in (*best, *(keys for keys, _ in certain)) for end in range(len(keys))}
    return [*certain, *((keys, message) for keys, (_, message) in best.items() if keys not in entered | misnamed)]


def expectation(schema: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    """What a JSON Schema asks for, in words: `a number between -90 and 90`."""
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
            return "text" + (f" of at most {schema['maxLength']} characters" if "maxLength" in schema else "")
        case "array" if "prefixItems" in schema:
            return f"a list of {len(schema['prefixItems'])} {_members(schema['prefixItems'], root)}"
        case "array":
            if "maxItems" in schema:
                return f"a list of {schema.get('minItems', 0)} to {schema['maxItems']}"
            return "a list" + (f" of at least {schema['minItems']}" if schema.get("minItems", 0) > 0 else "")
    return "a table"


def _members(items: Sequence[Mapping[str, Any]], root: Mapping[str, Any]) -> str:
    """What the places of a list hold, in one word: numbers, names, or values."""
    kinds = {expectation(item, root).split(" (")[0].split(" between")[0].split(" above")[0] for item in items}
    many = {"a number": "numbers", "a name": "names", "text": "texts"}
    return many.get(kinds.pop(), "values") if len(kinds) == 1 else "values"


def schema_at(root: Mapping[str, Any], keys: Sequence[Key], data: Any) -> Mapping[str, Any]:
    """The part of a JSON Schema that speaks of the value at a path of keys; empty where none does."""
    schema: Mapping[str, Any] = root
    for key in keys:
        schema = _chosen(schema, data, root)
        if isinstance(key, int):
            items = schema.get("prefixItems", ())
            schema = items[key] if key < len(items) else schema.get("items", {})
        else:
            others = schema.get("patternProperties") or {"": schema.get("additionalProperties")}
            schema = schema.get("properties", {}).get(key) or next(iter(others.values())) or {}
        data = _child(data, key)
    return _chosen(schema, data, root)


_NOUNS = {"orbit": "orbit", "limits": "limit", "products": "product", "tests": "test"}


def _complaint(item: Any, keys: Keys, data: Any, schema: Mapping[str, Any]) -> Complaint:
    kind, above = item["type"], keys[:-1]
    value = _reached(data, keys)
    if kind == "missing" and keys and isinstance(keys[-1], str):
        return above, f"{NEEDS} {keys[-1]!r}"
    if item["loc"] and item["loc"][-1] == "[key]":
        return keys, "expected a name (letters, digits, - and _; at most 64; starts with a letter or digit) as the key"
    if kind == "extra_forbidden":
        known = schema_at(schema, above, data).get("properties", {})
        if keys[-1] in known:  # what files have and objects do not
            return keys, f"{keys[-1]!r} may stand only at the top of a file, where it is followed as the file is read"
        return keys, f"unknown key.{nearest(keys[-1], known)}"
    if kind.startswith("union_tag") and isinstance(value, Mapping):
        options = _dereferenced(schema_at(schema, keys, data), schema)
        kinds = list(options.get("discriminator", {}).get("mapping", {}))
        if "kind" not in value:
            return keys, f"{NEEDS} 'kind': {_either([repr(each) for each in kinds])}"
        noun = next((_NOUNS[key] for key in reversed(keys) if key in _NOUNS), "such")
        return (*keys, "kind"), f"no {noun} kind is called {shown(value['kind'])}.{nearest(value['kind'], kinds)}"
    if kind in ("value_error", "assertion_error"):
        return keys, str(item["ctx"]["error"])
    if kind == "missing":  # a list that is too short
        keys, value = above, _reached(data, above)
    return keys, f"expected {expectation(schema_at(schema, keys, data), schema)}, got {shown(value)}"


def _keys(loc: Sequence[Key], data: Any, kind: str) -> Keys:
    """Pydantic's place without what no file contains: the names of kinds, types and validators."""
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
    """How much an error says: a rule broken more than a bound, a bound more than a type."""
    return 2 if kind == "value_error" else 0 if kind.endswith("_type") else 1


def _chosen(schema: Mapping[str, Any], data: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The branch of a schema with several that speaks of these data; the schema itself where that is open."""
    schema = _dereferenced(schema, root)
    options = schema.get("anyOf") or schema.get("oneOf")
    if not options:
        return schema
    mapping = schema.get("discriminator", {}).get("mapping", {})
    if mapping:
        kind = data.get("kind") if isinstance(data, Mapping) else None
        return _dereferenced({"$ref": mapping[kind]}, root) if isinstance(kind, str) and kind in mapping else schema
    if isinstance(data, (list, tuple)):
        return next((_dereferenced(o, root) for o in options if _dereferenced(o, root).get("type") == "array"), schema)
    return schema


def _dereferenced(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _child(data: Any, key: Key) -> Any:
    try:
        return data[key]
    except (KeyError, IndexError, TypeError):
        return None


def _reached(data: Any, keys: Keys) -> Any:
    for key in keys:
        data = _child(data, key)
    return data


def _bounds(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" between {_number(low)} and {_number(high)}"
    words = {"minimum": "of at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
    parts = [f"{word} {_number(schema[key])}" for key, word in words.items() if key in schema]
    return " " + " and ".join(parts) if parts else ""


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
