"""What a picture must be, whatever it shows: not empty, nothing cut off, no text on another."""

import warnings
from itertools import combinations

import numpy as np
import pytest
from matplotlib.text import Text

TOUCH_PX = 1.5
"""Boxes of texts have some air in them."""


def _texts(figure):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    flat = [
        t for t in figure.findobj(Text) if not hasattr(t, "get_position_3d")
    ]  # others have no place in two dimensions
    shown = [t for t in flat if t.get_visible() and t.get_text().strip()]
    ticks = {t for axes in figure.axes for axis in _axes_of(axes) for t in _spare(axis)}
    return [(t.get_text(), t.get_window_extent(renderer)) for t in shown if t not in ticks]


def _axes_of(axes):
    return [axes.xaxis, axes.yaxis, *([axes.zaxis] if hasattr(axes, "zaxis") else [])]


def _spare(axis):
    """Labels of ticks that are not drawn: beyond the limits, or of axes that are off."""
    low, high = sorted(axis.get_view_interval())
    off = not axis.axes.axison or not axis.get_visible()
    for tick in axis.get_major_ticks() + axis.get_minor_ticks():
        if off or hasattr(axis.axes, "zaxis") or not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
            yield tick.label1
            yield tick.label2
    if off:
        yield axis.label


@pytest.fixture
def good():
    """A function that draws an axes' figure and holds it to that; returns what it says, as one text."""

    def check(axes, apart=True):
        figure = axes.figure.figure
        texts = _texts(figure)
        figure.set_dpi(60)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing")
            figure.canvas.draw()
        pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
        paper = np.array([round(255 * part) for part in figure.get_facecolor()[:3]])
        assert (np.abs(pixels.astype(int) - paper).max(axis=-1) > 40).mean() > 0.003
        size = 130 / 60 * np.array(figure.canvas.get_width_height())
        for text, box in texts:
            assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= size[0] + 2 and box.y1 <= size[1] + 2, f"{text!r} is cut"
        if apart:
            for (one, a), (other, b) in combinations(texts, 2):
                clear = TOUCH_PX
                assert a.x1 - clear <= b.x0 or b.x1 - clear <= a.x0 or a.y1 - clear <= b.y0 or b.y1 - clear <= a.y0, (
                    f"{one!r} lies on {other!r}"
                )
        return "\n".join(text for text, _ in texts)

    return check


LONG = "国际空间站 القمر Ω $x^{ a spacecraft with a name that is longer than any plot has room for, really"


@pytest.fixture
def long_name():
    return LONG
