"""Pictures of other products, embedded in the page up to a total size."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from io import BytesIO
from pathlib import Path

WIDTH = 1300
"""Maximum width (pixels)."""

COLORS = 128

MOST_BYTES = 2_500_000
"""Maximum size of all pictures of a page together; pictures beyond it are named and left out."""


def embedded_pictures(pictures: Sequence[tuple[str, Path]]) -> str:
    """A section with pictures and their captions; empty if there are none."""
    shown, left_out, size = [], [], 0
    for caption, path in pictures:
        data = _as_data(path)
        if size + len(data) > MOST_BYTES:
            left_out.append(path.name)
            continue
        size += len(data)
        words, name = escape(caption), escape(path.name)
        shown.append(f'<figure><img src="{data}" alt="{words}"><figcaption>{words} ({name})</figcaption></figure>')
    if not pictures:
        return ""
    more = f"<p>Not included because of their size: {escape(', '.join(left_out))}.</p>" if left_out else ""
    return (
        '<section aria-labelledby="pictures-head"><h2 id="pictures-head">Maps and pictures</h2>'
        '<p class="soft">Drawn with the scenario’s own settings; changes above do not affect them.</p>'
        f"{''.join(shown)}{more}</section>"
    )


def _as_data(path: Path) -> str:
    content, kind = path.read_bytes(), "svg+xml"
    if path.suffix == ".png":
        content, kind = _shrunk(content), "png"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _shrunk(content: bytes) -> bytes:
    """A PNG in few colors, scaled to the page."""
    from PIL import Image

    with Image.open(BytesIO(content)) as image:
        flat = image.convert("RGB")
        flat.thumbnail((WIDTH, 4 * WIDTH), Image.Resampling.LANCZOS)
        small = BytesIO()
        flat.quantize(COLORS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()
