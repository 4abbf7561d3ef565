"""Orbit Ephemeris Messages in XML, alone or in a Navigation Data Message. Source: CCSDS 505.0-B-3, 502.0-B-3."""

from __future__ import annotations

from typing import Any

_STATE = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_UNITS = {"km", "km/s"}

Segment = dict[str, Any]


def xml_segments(text: str) -> tuple[str, list[Segment]]:
    """The version, and the segments as the package `oem` has them: `header` with keys and values, `data` with rows.

    Whatever the root is, and whatever names spaces have: all messages `oem` in it. Raises `ValueError`, and what a
    parser raises that allows no entities and no document type.
    """
    from defusedxml.ElementTree import fromstring

    root = fromstring(text.encode(), forbid_dtd=True)
    messages = [each for each in root.iter() if tag(each) == "oem"]
    if not messages:
        raise ValueError(f"the root <{tag(root)[:40]}> has no <oem>")
    segments = [_segment(each) for message in messages for each in message.iter() if tag(each) == "segment"]
    return str(messages[0].get("version", "2.0")), segments


def tag(element: Any) -> str:
    """The name of an element without its name space."""
    return str(element.tag).rpartition("}")[2]


def _segment(element: Any) -> Segment:
    header = {tag(leaf): _text(leaf) for part in _named(element, "metadata") for leaf in part if tag(leaf) != "COMMENT"}
    rows = [_row(each) for part in _named(element, "data") for each in _named(part, "stateVector")]
    return {"header": header, "data": rows}


def _named(element: Any, name: str) -> list[Any]:
    return [each for each in element if tag(each) == name]


def _row(element: Any) -> tuple[Any, ...]:
    leaves = {tag(leaf): leaf for leaf in element}
    missing = [name for name in ("EPOCH", *_STATE) if name not in leaves]
    if missing:
        raise ValueError(f"a stateVector has no {missing[0]}")
    for name in _STATE:
        unit = leaves[name].get("units", "km").strip().lower()
        if unit not in _UNITS:
            raise ValueError(f"{name} is in {unit[:20]}: expected km and km/s")
    return (_text(leaves["EPOCH"]), *(float(_text(leaves[name])) for name in _STATE))


def _text(element: Any) -> str:
    return (element.text or "").strip()
