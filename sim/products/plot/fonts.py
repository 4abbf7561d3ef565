"""Fonts for the letters of many scripts, and a substitute for letters that no installed font has."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from unicodedata import bidirectional, combining

SCRIPTS = ("DejaVu Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "PingFang SC",
           "Hiragino Sans GB", "Microsoft YaHei", "SimHei", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
           "Droid Sans Fallback", "AR PL UMing CN", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari",
           "Noto Sans Thai", "Arial Unicode MS", "Unifont")  # fmt: skip
"""Fonts searched in this order for a letter, if installed. DejaVu comes with matplotlib and has Latin, Greek,
Cyrillic and Arabic letters. A letter that no font has becomes `UNKNOWN`."""

UNKNOWN = "\N{WHITE SQUARE}"
LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
"""Appended to a name in Arabic or Hebrew, so that numbers after it stay on the right."""


@contextmanager
def no_font_warnings() -> Iterator[None]:
    """Suppress the warnings about letters that no installed font has: a box is drawn instead."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        yield


@lru_cache(maxsize=1)
def fonts() -> list[str]:
    """The installed fonts of `SCRIPTS`. Warnings that a font has only one weight are suppressed."""
    from matplotlib.font_manager import fontManager

    logger = logging.getLogger("matplotlib.font_manager")
    logger.addFilter(lambda record: "Failed to find font weight" not in str(record.msg))
    there = {font.name for font in fontManager.ttflist}
    return [name for name in SCRIPTS if name in there]


def drawable(text: str) -> str:
    """Replace letters that no installed font has by squares, and drop such combining marks."""
    if text.isascii():
        return text
    there = _letters()
    kept = [
        letter if ord(letter) in there or letter.isspace() else "" if combining(letter) else UNKNOWN for letter in text
    ]
    ends = LEFT_TO_RIGHT if any(bidirectional(letter) in ("R", "AL") for letter in text) else ""
    return "".join(kept) + ends


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """The code points of all fonts in `fonts`."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    found: set[int] = set()
    for name in fonts():
        found |= get_font(findfont(FontProperties(family=name))).get_charmap().keys()
    return frozenset(found)
