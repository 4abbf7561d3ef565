"""Provenance put into the products that have a place for it, and taken out again to compare what is left."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from pathlib import Path
from typing import Any

from sim.core.files import json_text
from sim.core.regular_files import read_bytes

MAX_BYTES = 1 << 30
"""A larger product is not taken apart."""

_PNG = b"\x89PNG\r\n\x1a\n"
_HEAD = len(_PNG) + 25
"""A PNG's signature and its first chunk, IHDR."""
_KEY = b"tEXtProvenance\0"
_DESC = "\n <desc>Provenance ", "</desc>"


def stamp(path: Path, told: str) -> None:
    """Puts a text (JSON in ASCII) into a picture, a JSON or a NetCDF file.

    PNG: a tEXt chunk `Provenance`; SVG: a <desc>; JSON: the key `provenance`; NetCDF: the attribute `provenance`. A web
    page says it already, and a CSV has no place for it: run.json tells the SHA-256 of each.
    """
    match path.suffix:
        case ".png":
            raw = path.read_bytes()
            if raw.startswith(_PNG):
                body = _KEY + told.encode("ascii")
                chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
                path.write_bytes(raw[:_HEAD] + chunk + raw[_HEAD:])
        case ".svg":
            text = path.read_text(encoding="utf-8")
            safe = told.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            at = text.index(">", text.index("<svg")) + 1
            path.write_text(f"{text[:at]}{_DESC[0]}{safe}{_DESC[1]}{text[at:]}", encoding="utf-8")
        case ".json":
            said = json.loads(path.read_text(encoding="utf-8"))
            path.write_text(json_text({**said, "provenance": json.loads(told)}), encoding="utf-8")
        case ".nc":
            import h5py

            with h5py.File(path, "a") as file:
                file.attrs["provenance"] = told


HELD_BY = (".png", ".svg", ".json", ".nc")
"""Products of these kinds hold their provenance."""


def content(path: Path) -> tuple[str | None, str | None]:
    """SHA-256 of a product as it was before its provenance was put in, and that provenance; None where there is none.

    NetCDF does not give back what it was before. Raises `DataError` for a file that cannot be read, and `ValueError`
    for one that is not of its kind.
    """
    if path.suffix == ".nc":
        import h5py

        with h5py.File(path) as file:
            return None, str(file.attrs.get("provenance"))
    raw, told = read_bytes(path, MAX_BYTES), None
    match path.suffix:
        case ".png" if raw.startswith(_PNG) and raw[_HEAD + 4 :].startswith(_KEY):
            end = _HEAD + 12 + int.from_bytes(raw[_HEAD : _HEAD + 4], "big")
            raw, told = raw[:_HEAD] + raw[end:], raw[_HEAD + 4 + len(_KEY) : end - 4].decode("ascii", "replace")
        case ".svg":
            text = raw.decode("utf-8")
            at = text.index(">", text.index("<svg")) + 1
            if text.startswith(_DESC[0], at):
                end = text.index(_DESC[1], at)
                told = text[at + len(_DESC[0]) : end]
                told = told.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
                raw = (text[:at] + text[end + len(_DESC[1]) :]).encode("utf-8")
        case ".json":
            said = _table(raw)
            if "provenance" in said:
                told = json.dumps(said.pop("provenance"), ensure_ascii=True, sort_keys=True)
            raw = json_text(said).encode("utf-8")
    return hashlib.sha256(raw).hexdigest(), told


def same_numbers(first: Path, second: Path) -> bool:
    """Whether two NetCDF files hold the same, but for the provenance."""
    import h5py

    def whole(path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}

        def take(name: str, each: Any) -> None:
            about = sorted((key, str(value)) for key, value in each.attrs.items() if key not in _OWN_ATTRIBUTES)
            values = each[()] if isinstance(each, h5py.Dataset) else None
            plain = None if values is None else (str(values.dtype), values.shape, values.tobytes())
            found[name] = about, plain

        with h5py.File(path) as file:
            take("/", file)
            file.visititems(take)
        return found

    try:
        return whole(first) == whole(second)
    except (OSError, RuntimeError, ValueError, TypeError, AttributeError):
        return False


_OWN_ATTRIBUTES = ("provenance", "REFERENCE_LIST", "DIMENSION_LIST")
"""Not compared: ours, and HDF5's addresses inside one file."""


def _table(raw: bytes) -> dict[str, Any]:
    try:
        said = json.loads(raw.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("it nests too deeply") from error
    if not isinstance(said, dict):
        raise ValueError("it is no table")
    return said
