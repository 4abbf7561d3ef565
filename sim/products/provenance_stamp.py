"""Embeds provenance in products, and separates it again to compare their content."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from pathlib import Path

from sim.core.files import json_text
from sim.core.regular_files import read_bytes

MAX_BYTES = 1 << 30
"""Larger products are not read."""

_PNG = b"\x89PNG\r\n\x1a\n"
_HEAD = len(_PNG) + 25
"""Length of the PNG signature and the first chunk, IHDR."""
_KEY = b"tEXtProvenance\0"
_DESC = "\n <desc>Provenance ", "</desc>"


def stamp(path: Path, provenance: str) -> None:
    """Embed provenance (JSON in ASCII) in a picture, a JSON or a NetCDF file.

    PNG: a tEXt chunk `Provenance`. SVG: a <desc> element. JSON: the key `provenance`. NetCDF: the attribute
    `provenance`. Web pages already contain it. CSV has no place for it; run.json has the SHA-256 of every product.
    """
    match path.suffix:
        case ".png":
            raw = path.read_bytes()
            if raw.startswith(_PNG):
                body = _KEY + provenance.encode("ascii")
                chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
                path.write_bytes(raw[:_HEAD] + chunk + raw[_HEAD:])
        case ".svg":
            text = path.read_text(encoding="utf-8")
            safe = provenance.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            at = text.index(">", text.index("<svg")) + 1
            path.write_text(f"{text[:at]}{_DESC[0]}{safe}{_DESC[1]}{text[at:]}", encoding="utf-8")
        case ".json":
            table = json.loads(path.read_text(encoding="utf-8"))
            path.write_text(json_text({**table, "provenance": json.loads(provenance)}), encoding="utf-8")
        case ".nc":
            import h5py

            with h5py.File(path, "a") as file:
                file.attrs["provenance"] = provenance


HELD_BY = (".png", ".svg", ".json", ".nc")
"""Extensions of products that hold provenance."""


def content(path: Path) -> tuple[str | None, str | None]:
    """SHA-256 of a product without its provenance, and the provenance; None if there is none.

    The hash is None for NetCDF, whose original bytes cannot be restored. Raises `DataError` for a file that cannot be
    read and `ValueError` for one that is not in its format.
    """
    if path.suffix == ".nc":
        import h5py

        with h5py.File(path) as file:
            return None, str(file.attrs.get("provenance"))
    raw, provenance = read_bytes(path, MAX_BYTES), None
    match path.suffix:
        case ".png" if raw.startswith(_PNG) and raw[_HEAD + 4 :].startswith(_KEY):
            end = _HEAD + 12 + int.from_bytes(raw[_HEAD : _HEAD + 4], "big")
            raw, provenance = raw[:_HEAD] + raw[end:], raw[_HEAD + 4 + len(_KEY) : end - 4].decode("ascii", "replace")
        case ".svg":
            text = raw.decode("utf-8")
            at = text.index(">", text.index("<svg")) + 1
            if text.startswith(_DESC[0], at):
                end = text.index(_DESC[1], at)
                safe = text[at + len(_DESC[0]) : end]
                provenance = safe.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
                raw = (text[:at] + text[end + len(_DESC[1]) :]).encode("utf-8")
        case ".json":
            table = _table(raw)
            if "provenance" in table:
                provenance = json.dumps(table.pop("provenance"), ensure_ascii=True, sort_keys=True)
            raw = json_text(table).encode("utf-8")
    return hashlib.sha256(raw).hexdigest(), provenance


def same_numbers(first: Path, second: Path) -> bool:
    """Whether two NetCDF files are equal apart from their provenance."""
    import h5py

    def whole(path: Path) -> dict[str, object]:
        found: dict[str, object] = {}

        def take(name: str, each: h5py.Group | h5py.Dataset) -> None:
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
"""Attributes not compared: provenance, and addresses inside an HDF5 file."""


def _table(raw: bytes) -> dict[str, object]:
    try:
        value = json.loads(raw.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("its values are nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")
    return value
