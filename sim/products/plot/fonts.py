"""Which fonts letters are drawn with, and what is drawn for a letter that none has."""

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
"""Fonts tried in turn for a letter; those that are installed are used. DejaVu comes with matplotlib and has Latin,
Greek, Cyrillic and Arabic letters; a letter that none has becomes `UNKNOWN`."""

UNKNOWN = "\N{WHITE SQUARE}"
LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
"""After a name in Arabic or Hebrew, so that it does not draw the numbers behind it to its own side."""


@contextmanager
def quiet() -> Iterator[None]:
    """Without a warning for every letter that no installed font has: a box stands for it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        yield


@lru_cache(maxsize=1)
def fonts() -> list[str]:
    """The installed fonts of `SCRIPTS`; that one of them comes in a single weight is not worth a word."""
    from matplotlib.font_manager import fontManager

    told = logging.getLogger("matplotlib.font_manager")
    told.addFilter(lambda record: "Failed to find font weight" not in str(record.msg))
    there = {font.name for font in fontManager.ttflist}
    return [name for name in SCRIPTS if name in there]


def drawable(text: str) -> str:
    """A text whose letters some installed font has: each that none has is a square, combining marks are left out."""
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
    """The code points that the fonts of `fonts` have."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    found: set[int] = set()
    for name in fonts():
        found |= get_font(findfont(FontProperties(family=name))).get_charmap().keys()
    return frozenset(found)
