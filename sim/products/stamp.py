"""Provenance put into the products that have a place for it."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

from sim.products.files import json_text

_PNG = b"\x89PNG\r\n\x1a\n"


def stamp(path: Path, told: str) -> None:
    """Puts a text (JSON in ASCII) into a picture, a JSON or a NetCDF file.

    PNG: a tEXt chunk `Provenance`; SVG: a <desc>; JSON: the key `provenance`; NetCDF: the attribute `provenance`. A web
    page says it already, and a CSV has no place for it: run.json tells the SHA-256 of each.
    """
    match path.suffix:
        case ".png":
            raw = path.read_bytes()
            if raw.startswith(_PNG):
                end = len(_PNG) + 25  # after the header, IHDR
                body = b"tEXtProvenance\0" + told.encode("ascii")
                chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
                path.write_bytes(raw[:end] + chunk + raw[end:])
        case ".svg":
            text = path.read_text(encoding="utf-8")
            safe = told.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            at = text.index(">", text.index("<svg")) + 1
            path.write_text(f"{text[:at]}\n <desc>Provenance {safe}</desc>{text[at:]}", encoding="utf-8")
        case ".json":
            said = json.loads(path.read_text(encoding="utf-8"))
            path.write_text(json_text({**said, "provenance": json.loads(told)}), encoding="utf-8")
        case ".nc":
            import h5py

            with h5py.File(path, "a") as file:
                file.attrs["provenance"] = told
