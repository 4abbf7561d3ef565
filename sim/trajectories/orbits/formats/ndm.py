"""Orbit Ephemeris Messages in XML, alone or in a Navigation Data Message. Source: CCSDS 505.0-B-3, 502.0-B-3."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_STATE = {"X": "km", "Y": "km", "Z": "km", "X_DOT": "km/s", "Y_DOT": "km/s", "Z_DOT": "km/s"}
"""The numbers of a state and their units; no other units are allowed."""
_VERSION = re.compile(r"[123](\.0)?")

Row = tuple[str | float, ...]
"""Time of a state, and its numbers."""


class Segment(TypedDict):
    """A segment in the form of the package `oem`."""

    header: dict[str, str]
    data: list[Row]


def xml_segments(text: str) -> tuple[str, list[Segment]]:
    """Return the version and the segments of all messages `oem` below the root, with any namespaces.

    Raises `ValueError`, and the errors of a parser that refuses entities and document types.
    """
    from defusedxml.ElementTree import fromstring

    root = fromstring(text.encode(), forbid_dtd=True)
    messages = [each for each in root.iter() if tag(each) == "oem"]
    if not messages:
        raise ValueError(f"the root <{tag(root)[:40]}> has no <oem>")
    segments = [_segment(each) for message in messages for each in message.iter() if tag(each) == "segment"]
    versions = {known_version(message.get("version", "2.0")) for message in messages}
    return max(versions), segments


def known_version(text: str) -> str:
    """Check the version of a message: 1.0, 2.0 or 3.0. Raises `ValueError`."""
    if _VERSION.fullmatch(text.strip()) is None:
        raise ValueError(f"the version is {text.strip()[:20]!r}: expected 1.0, 2.0 or 3.0")
    return f"{text.strip()[0]}.0"


def tag(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _segment(element: Element) -> Segment:
    header = {tag(leaf): _text(leaf) for part in _named(element, "metadata") for leaf in part if tag(leaf) != "COMMENT"}
    rows = [_row(each) for part in _named(element, "data") for each in _named(part, "stateVector")]
    return {"header": header, "data": rows}


def _named(element: Element, name: str) -> list[Element]:
    return [each for each in element if tag(each) == name]


def _row(element: Element) -> Row:
    leaves = {tag(leaf): leaf for leaf in element}
    missing = [name for name in ("EPOCH", *_STATE) if name not in leaves]
    if missing:
        raise ValueError(f"a stateVector has no {missing[0]}")
    for name, expected in _STATE.items():
        unit = leaves[name].get("units", leaves[name].get("unit", expected)).strip()
        if unit.lower() != expected:
            raise ValueError(f"{name} is in {unit[:20]!r}: expected {expected}")
    return (_text(leaves["EPOCH"]), *(float(_text(leaves[name])) for name in _STATE))


def _text(element: Element) -> str:
    return (element.text or "").strip()
