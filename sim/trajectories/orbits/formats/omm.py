"""Files of element sets: two-line sets, and CCSDS Orbit Mean-elements Messages as JSON, CSV, KVN and XML.

Source: CCSDS 502.0-B-3, section 4; CelesTrak, "A New Way to Obtain GP Data" (keywords as JSON keys and CSV columns).
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sgp4 import omm
from sgp4.api import Satrec

from sim.core.errors import DataError
from sim.core.time import utc
from sim.trajectories.orbits.formats import text_lines
from sim.trajectories.orbits.formats.ndm import known_version
from sim.trajectories.orbits.formats.sgp4_set import ElementSet, checked_line

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_BYTES = 64 * 1024 * 1024
"""A file of element sets is not larger: 64 MiB, decades of one object's sets."""

Fields = dict[str, str]
Reader = Callable[[str, Sequence[str]], Iterator[tuple[str, Fields]]]

_FIXED = {
    "CENTER_NAME": ("EARTH",),
    "REF_FRAME": ("TEME",),
    "TIME_SYSTEM": ("UTC",),
    "MEAN_ELEMENT_THEORY": ("SGP4", "SGP/SGP4", "SGP"),
    "EPHEMERIS_TYPE": ("0", "1", "2", "3"),  # 4 is SGP4-XP
}
"""What a message may say of itself, and SGP4 can take."""
_NUMBERS = {
    "MEAN_MOTION": (0.0, 20.0, "rev/day"),
    "ECCENTRICITY": (0.0, 1.0, ""),
    "INCLINATION": (0.0, 180.0, "deg"),
    "RA_OF_ASC_NODE": (-360.0, 360.0, "deg"),
    "ARG_OF_PERICENTER": (-360.0, 360.0, "deg"),
    "MEAN_ANOMALY": (-360.0, 360.0, "deg"),
    "BSTAR": (-10.0, 10.0, "1/ER"),
}
"""What SGP4 takes from it: least and greatest value, unit."""
_NEVER = {"MEAN_MOTION": 0.0, "ECCENTRICITY": 1.0}
"""Bounds that are no values themselves."""
_UNUSED = ("EPHEMERIS_TYPE", "ELEMENT_SET_NO", "REV_AT_EPOCH", "MEAN_MOTION_DOT", "MEAN_MOTION_DDOT")
_NUMBERED = re.compile(r"[12] [ 0-9A-HJ-NP-Z][ 0-9]{3}[0-9]")
_MOST_ID = 339_999
"""The highest catalogue number that sgp4 itself can keep."""


def read(file: str) -> tuple[ElementSet, ...]:
    """Read the element sets of a file, in its order. Raises `DataError`."""
    path = Path(file)
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise DataError(f"{path}: expected at most {MOST_BYTES >> 20} MiB, got {path.stat().st_size >> 20} MiB")
    text_lines.lines(file)
    about = path.stat()
    return _read(file, about.st_mtime_ns, about.st_size)


def one_object(records: Sequence[ElementSet], number: int | None, file: str) -> tuple[ElementSet, ...]:
    """The sets of one object in order of time; the last one where epochs are equal. Raises `DataError`."""
    numbers = sorted({record.number for record in records})
    known = ", ".join(map(str, numbers[:10])) + (f" and {len(numbers) - 10} more" if len(numbers) > 10 else "")
    if number is None and len(numbers) > 1:
        raise DataError(f"{file} has element sets of {len(numbers)} objects: select one with norad_id ({known})")
    chosen = {record.epoch: record for record in records if number in (None, record.number)}
    if not chosen:
        raise DataError(f"{file} has no element set of object {number}; it has {known}")
    return tuple(chosen[epoch] for epoch in sorted(chosen))


@lru_cache(maxsize=16)
def _read(file: str, changed: int, size: int) -> tuple[ElementSet, ...]:
    if (reader := _reader(file)) is None:
        return tuple(_two_lines(file, text_lines.lines(file)))
    found = tuple(element_set(file, place, fields) for place, fields in reader(file, text_lines.lines(file)))
    if not found:
        raise DataError(f"{file} has no element sets. Download it again")
    return found


def messages(file: str) -> list[Fields]:
    """Keywords and values of all messages of a file; empty for a file of two-line sets. Raises `DataError`."""
    reader = _reader(file)
    return [] if reader is None else [fields for _, fields in reader(file, text_lines.lines(file))]


def _reader(file: str) -> Reader | None:
    """The reader of a file of messages; None for a file of two-line sets."""
    lines = text_lines.lines(file)
    first = next((line for line in lines if line.strip()), "").lstrip()
    if not first:
        raise DataError(f"{file} is blank. Download it again")
    if first[0] in "{[":
        return _json
    if first[0] == "<":
        return _xml
    if any(element_line(line) for line in lines) or not set(first) & {"=", ","}:
        return None
    return _kvn if "=" in first else _csv


def element_line(line: str) -> bool:
    """Whether a line is one of an element set, even a damaged one, and not text such as `2 new satellites`."""
    if not line.startswith(("1 ", "2 ")):
        return False
    letters = line.replace(" ", "")
    share = sum(letter.isdigit() for letter in letters) / len(letters)
    return share > 0.5 if len(line) > 50 else share > 0.6 and _NUMBERED.match(line) is not None


def _two_lines(file: str, lines: Sequence[str]) -> Iterator[ElementSet]:
    """Pairs of lines, with or without a name above them."""
    numbered = [(i, line) for i, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    one = [(i, line) for i, line in numbered if element_line(line)]
    if not any(line.startswith("1 ") for _, line in one):
        told = f"{file} is not a file of element sets: expected two lines each, that begin with 1 and 2, or an OMM"
        raise DataError(f"{told} as JSON, CSV, KVN or XML")
    place = 0
    while place < len(one):
        (number, line1), (after, line2) = one[place], one[place + 1] if place + 1 < len(one) else (len(lines), "")
        try:
            line1 = checked_line(line1, 1)
            number = after
            yield ElementSet.read(line1, checked_line(line2, 2))
        except ValueError as error:
            raise DataError(f"{file}: line {number}: {error}") from error
        place += 2


def _json(file: str, lines: Sequence[str]) -> Iterator[tuple[str, Fields]]:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        for i, (key, _) in enumerate(pairs):
            if any(key == other for other, _ in pairs[:i]):
                raise ValueError(f"{key} appears twice")
        return dict(pairs)

    try:
        found = json.loads("\n".join(lines), object_pairs_hook=once, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        told = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise DataError(f"{file} is not readable JSON: {told}") from error
    for i, each in enumerate(found if isinstance(found, list) else [found], 1):
        if not isinstance(each, dict):
            raise DataError(f"{file}: set {i}: expected keys and values, got {str(each)[:40]!r}")
        yield f"set {i}", {key: value for key, value in each.items() if isinstance(value, str)}


def _csv(file: str, lines: Sequence[str]) -> Iterator[tuple[str, Fields]]:
    rows = csv.reader(lines)
    try:
        header = [name.strip() for name in next(row for row in rows if row)]
        if len(set(header)) < len(header):
            raise DataError(f"{file}: line {rows.line_num}: two columns have the same name")
        for row in rows:
            if row and len(row) != len(header):
                raise DataError(f"{file}: line {rows.line_num}: expected {len(header)} cells, got {len(row)}")
            if row:
                yield f"line {rows.line_num}", dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise DataError(f"{file}: line {rows.line_num}: {error}") from error


def _kvn(file: str, lines: Sequence[str]) -> Iterator[tuple[str, Fields]]:
    begun, fields = 0, Fields()
    for i, line in enumerate(lines, 1):
        key, equals, value = (part.strip() for part in line.partition("="))
        if not key or key.split()[0] == "COMMENT" or key.startswith("USER_DEFINED"):
            continue
        if not equals:
            raise DataError(f"{file}: line {i}: expected KEYWORD = value, got {line.strip()[:40]!r}")
        if key == "CCSDS_OMM_VERS":
            if begun:
                yield f"line {begun}", fields
            begun, fields = i, Fields()
        elif not begun:
            raise DataError(f"{file}: line {i}: expected CCSDS_OMM_VERS first, got {key[:40]!r}")
        elif key in fields:
            raise DataError(f"{file}: line {i}: {key} appears twice")
        fields[key] = value
    yield f"line {begun}", fields


def _xml(file: str, lines: Sequence[str]) -> Iterator[tuple[str, Fields]]:
    """Parse XML with defusedxml: no entities, no document type, no external files."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring("\n".join(lines).encode(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise DataError(f"{file}: an OMM has no document type and no entities. The file may be malicious") from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise DataError(f"{file} is not readable XML: {error}") from error
    messages = [each for each in root.iter() if _tag(each) == "omm"] or [root]
    segments = ((message, each) for message in messages for each in message.iter() if _tag(each) == "segment")
    for i, (message, segment) in enumerate(segments, 1):
        fields = Fields({"CCSDS_OMM_VERS": message.get("version", "2.0")})
        for leaf in segment.iter():
            key, value = _tag(leaf), (leaf.text or "").strip()
            if len(leaf) or not value or key in ("COMMENT", "USER_DEFINED"):
                continue
            if key in fields:
                raise DataError(f"{file}: set {i}: {key} appears twice")
            units = leaf.get("units")
            fields[key] = f"{value} [{units}]" if units else value
        yield f"set {i}", fields


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def element_set(file: str, place: str, fields: Mapping[str, str]) -> ElementSet:
    """The element set of a message; file and place are for error messages. Raises `DataError`."""

    def refused(key: str, expected: str) -> DataError:
        got = f"is {fields[key][:40]!r}" if key in fields else "is not there"
        return DataError(f"{file}: {place}: {key} {got}: expected {expected}")

    try:
        known_version(fields.get("CCSDS_OMM_VERS", "2.0"))
    except ValueError as error:
        raise DataError(f"{file}: {place}: {error}") from error
    for key, known in _FIXED.items():
        if key in fields and fields[key].strip().upper() not in known:
            raise refused(key, " or ".join(known))
    number = fields.get("NORAD_CAT_ID", "").strip()
    if not re.fullmatch(r"\d{1,9}", number) or int(number) == 0:
        raise refused("NORAD_CAT_ID", "a catalogue number")
    if "EPOCH" not in fields:
        raise refused("EPOCH", "a time like 2025-09-01T04:49:39.998848")
    said = re.sub(r"\+00:?00$", "Z", fields["EPOCH"].strip())
    epoch = float(text_lines.epochs(file, [said], "UTC", [f"{place}: EPOCH"])[0])
    values = {}
    for key, (least, most, unit) in _NUMBERS.items():
        value, _, given = fields.get(key, "").partition("[")
        values[key] = text_lines.number(value.strip() or "nan")
        if given and given.rstrip("] ").strip().lower().replace("**", "") != unit.lower():
            raise refused(key, f"a number in {unit}" if unit else "a plain number")
        if not least <= values[key] <= most or values[key] == _NEVER.get(key):
            beyond = f" but not {_NEVER[key]:g}" if key in _NEVER else ""
            raise refused(key, f"a number from {least:g} to {most:g}{beyond}{unit and f' ({unit})'}")
    satrec = Satrec()
    told = {
        **{key: repr(value) for key, value in values.items()},
        **dict.fromkeys(_UNUSED, "0"),
        "CLASSIFICATION_TYPE": "U",
        "OBJECT_ID": "",
        "NORAD_CAT_ID": number if int(number) <= _MOST_ID else "0",
        # the Sun's and the Moon's places only: it does not know leap seconds
        "EPOCH": utc(epoch, 6).removesuffix("Z").replace(":60.", ":59."),
    }
    try:
        omm.initialize(satrec, told)
        return ElementSet.of(int(number), epoch, satrec)
    except ValueError as error:
        raise DataError(f"{file}: {place}: {error}") from error
