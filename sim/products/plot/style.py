"""The style of all plots: light and dark themes, line style by basis, UTC axes, and texts that do not overlap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal
from unicodedata import east_asian_width

import numpy as np
from numpy.typing import NDArray

from sim.core.time import utc, utc_datetime64
from sim.products.plot.fonts import drawable, fonts, no_font_warnings
from sim.trajectories.trajectory import BASES, Basis

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.dates import AutoDateLocator
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.patches import Patch
    from matplotlib.patheffects import AbstractPathEffect
    from matplotlib.text import Annotation, Text
    from matplotlib.transforms import Bbox, BboxBase

Array = NDArray[np.float64]
Theme = Literal["light", "dark"]
Palette = dict[str, str]
LineStyle = Literal["-"] | tuple[float, tuple[float, ...]]
Point = tuple[float, float, str]
"""x, y and a label."""

LIGHT: Palette = {
    "paper": "#ffffff", "ink": "#222222", "faint": "#666666", "grid": "#d8d8d8", "land": "#ece7dc", "edge": "#9a948a",
    "night": "#54617a", "body": "#c9c5bc", "sea": "#b4b6bb", "mark": "#8a1c3c", "good": "#12304f", "bad": "#c8641e",
}  # fmt: skip
"""Dark ink on white paper."""

DARK: Palette = {
    "paper": "#12161d", "ink": "#eceff4", "faint": "#a3abb8", "grid": "#343c49", "land": "#2a3038", "edge": "#6d7684",
    "night": "#000000", "body": "#4b525e", "sea": "#363c47", "mark": "#ff9db5", "good": "#9cc9ea", "bad": "#f0a05a",
}  # fmt: skip
"""Light ink on near-black paper."""

PALETTES = {"light": LIGHT, "dark": DARK}

HUES = {
    "light": ("#0b4f8a", "#c8500a", "#007a58", "#a03a78", "#5b5b00", "#4b9cd3", "#7a4a1e"),
    "dark": ("#9fd8ff", "#e8912d", "#4fd6a8", "#c86ad0", "#e6e67a", "#b8dcf5", "#d9a877"),
}
"""Colors that color-blind readers can distinguish (after Okabe & Ito 2008); labels or line styles say the same."""

LINES: dict[Basis, LineStyle] = {
    "definitive": "-", "reconstructed": (0, (6, 2)), "predicted": (0, (6, 2, 1.2, 2)),
    "unsourced": (0, (6, 2, 1.2, 2, 1.2, 2)), "designed": (0, (1.2, 1.6)),
}  # fmt: skip
"""Solid: definitive. Dashed: reconstructed. Dash-dotted: predicted. Dash-dot-dotted: unsourced. Dotted: designed."""


def figure(width: float, height: float, theme: Theme = "light") -> Figure:
    """Create an empty figure (inches) without pyplot, which would keep it open."""
    from matplotlib import rcParams
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    if rcParams["svg.hashsalt"] is None:
        rcParams["svg.hashsalt"] = "farside-sim"  # otherwise element ids in an SVG are random
    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
    made = Figure(figsize=(width, height), dpi=130, layout=layout, facecolor=PALETTES[theme]["paper"])
    FigureCanvasAgg(made)
    return made


def short_label(text: str, longest: int = 28) -> str:
    """Shorten a name to a width (in Latin letters), on one line, with `$` escaped: it would start a formula."""
    return drawable(_cut(" ".join(text.split()), longest)).replace("$", r"\$")


def add_title(ax: Axes, text: str, theme: Theme, detail: str = "", across: int = 1) -> None:
    """Add a title of at most two lines at the left, with lines of detail below it.

    detail : lines wider than the figure are split between their parts (" · ")
    across : number of panels side by side in the figure
    """
    room = int(14.0 * (figure_of(ax).get_figwidth() - 1.0) / across)
    width = int(8.5 * (figure_of(ax).get_figwidth() - 1.5))
    lines, left = [""], " ".join(text.split())
    for word in left.split(" "):
        for part in _pieces(word, width):
            joined = f"{lines[-1]} {part}".strip()
            lines = [*lines[:-1], joined] if columns(joined) <= width else [*lines, part]
    detail = "\n".join(part for line in detail.split("\n") for part in _wrapped(line, room))
    words = "\n".join([lines[0], *([_cut(" ".join(lines[1:]), width)] if len(lines) > 1 else [])]).replace("$", r"\$")
    words = drawable(words)
    if words:
        pad = 10 + 13 * (detail.count("\n") + 1 if detail else 0)
        ax.set_title(words, loc="left", fontsize=12, fontweight="bold", color=PALETTES[theme]["ink"], pad=pad,
                     fontfamily=fonts())  # fmt: skip
    if detail:
        ax.annotate(detail, (0, 1), xycoords="axes fraction", xytext=(0, 6), textcoords="offset points", ha="left",
                    va="bottom", fontsize=8, color=PALETTES[theme]["faint"], fontfamily=fonts())  # fmt: skip


def _wrapped(line: str, width: int) -> Iterator[str]:
    """Split a line that is too wide between its parts."""
    made = ""
    for part in line.split(" · "):
        if made and columns(f"{made} · {part}") > width:
            yield made
            made = part
        else:
            made = f"{made} · {part}" if made else part
    yield made


def columns(text: str) -> int:
    """Width in Latin letters; an East Asian letter counts as two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _cut(text: str, longest: int) -> str:
    if columns(text) <= longest:
        return text
    while columns(text) > longest - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _pieces(word: str, width: int) -> Iterator[str]:
    """Split a word that is wider than a line."""
    while columns(word) > width:
        end = next(i for i in range(len(word), 0, -1) if columns(word[:i]) <= width)
        yield word[:end]
        word = word[end:]
    yield word


def figure_of(ax: Axes) -> Figure:
    """The figure that an axes belongs to, also if it is in a subfigure."""
    from matplotlib.figure import Figure

    found = ax.figure.figure
    assert isinstance(found, Figure)
    return found


def apply_theme(ax: Axes, theme: Theme) -> Palette:
    """Set the colors of an axes and return the palette."""
    palette = PALETTES[theme]
    ax.set_facecolor(palette["paper"])
    ax.tick_params(colors=palette["ink"], labelsize=8.5)
    for spine in ax.spines.values():
        spine.set_color(palette["edge"])
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_color(palette["ink"])
        axis.label.set_fontsize(9)
    ax.grid(color=palette["grid"], linewidth=0.6)
    ax.set_axisbelow(True)
    return palette


def hue(index: int, theme: Theme) -> str:
    """The color of an item by its index."""
    return HUES[theme][index % len(HUES[theme])]


def time_axis(ax: Axes, start: float, end: float, most: int = 9) -> None:
    """Set up a horizontal UTC axis from start to end (TDB s) whose label has the year."""
    from matplotlib.dates import DateFormatter

    days = (end - start) / 86400.0
    ax.set_xlim(*utc_datetime64(np.array([start, end])))
    ax.xaxis.set_major_locator(_locator(most))
    style = "%d %b\n%Y" if days > 400 else "%d %b" if days > 6 else "%H:%M\n%d %b" if days > 0.02 else "%H:%M:%S\n%d %b"
    ax.xaxis.set_major_formatter(DateFormatter(style))  # type: ignore[no-untyped-call]
    years = sorted({utc(start, 0)[:4], utc(end, 0)[:4]})
    ax.set_xlabel("time (UTC)" if days > 400 else f"time (UTC, {'–'.join(years)})")


def _locator(most: int) -> AutoDateLocator:
    """Ticks of a time axis without those too close to the next: day ticks restart each month (29 Feb, 1 Mar)."""
    from matplotlib.dates import AutoDateLocator

    class SpacedLocator(AutoDateLocator):
        def __call__(self) -> Sequence[float]:
            return list(spaced_ticks(np.asarray(super().__call__(), dtype=np.float64)))  # type: ignore[no-untyped-call]

        def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
            return list(spaced_ticks(np.asarray(super().tick_values(vmin, vmax), dtype=np.float64)))  # type: ignore[no-untyped-call]

    return SpacedLocator(minticks=3, maxticks=most)  # type: ignore[no-untyped-call]


def spaced_ticks(ticks: Array) -> Array:
    """Ticks (n,) without those whose step to the next is much shorter than the median step."""
    steps = np.diff(ticks)
    return ticks if len(steps) < 2 else ticks[np.append(steps > 0.7 * np.median(steps), True)]


def clock(t: float, day: bool = False) -> str:
    """An instant (TDB s) as UTC HH:MM, or MM-DD HH:MM."""
    text = utc(t, 0)
    return f"{text[5:10]} {text[11:16]}" if day else text[11:16]


def day_and_time(t: float) -> str:
    """An instant (TDB s) as UTC YYYY-MM-DD HH:MM."""
    return str(utc(t, 0))[:16].replace("T", " ")


def legend(ax: Axes, handles: Sequence[Artist], theme: Theme, below: bool = True) -> Legend | None:
    """Add a frameless legend below the figure, or at the best place inside the axes."""
    if not handles:
        return None
    palette = PALETTES[theme]
    look = {"frameon": False, "fontsize": 8.5, "labelcolor": palette["ink"], "prop": {"family": fonts(), "size": 8.5}}
    if below:
        letters = max(columns(str(handle.get_label())) for handle in handles) + 6
        across = int(np.clip(11.5 * figure_of(ax).get_figwidth() // letters, 1, len(handles)))
        return ax.figure.legend(handles=handles, loc="outside lower center", ncol=across, **look)
    return ax.legend(handles=handles, loc="best", **look)


def legend_entries(
    things: Sequence[tuple[str, Basis | None]], theme: Theme, what: str = "", most: int = 7
) -> list[Artist]:
    """Legend entries of lines with their basis; the last entry counts those beyond the limit.

    things  : label and basis of every line drawn. A label has one entry, with the line style of the weakest basis of
              its lines and the names of all
    what    : what the lines are, after the label
    """
    from matplotlib.lines import Line2D

    named: dict[str, list[Basis]] = {}
    for label, basis in things:
        named.setdefault(label, []).extend([basis] if basis else [])
    shown: list[Artist] = []
    for index, (label, bases) in enumerate(list(named.items())[:most]):
        basis = weakest_basis(bases)
        named_bases = ", ".join(sorted(set(bases), key=BASES.index))
        words = f"{short_label(label)} {what}".rstrip() + (f" ({named_bases})" if named_bases else "")
        shown.append(Line2D([], [], color=hue(index, theme), linestyle=line_style(basis), linewidth=1.8, label=words))
    return limit_entries(shown, len(named), most)


def limit_entries(handles: Sequence[Artist], whole: int | None = None, most: int = 7) -> list[Artist]:
    """The first entries of a legend and a count of the rest; colors repeat after that many.

    whole : total number of entries, if not those given
    """
    from matplotlib.lines import Line2D

    left = (len(handles) if whole is None else whole) - min(len(handles), most)
    more = [Line2D([], [], linestyle="", label=f"and {left} more")] if left else []
    return [*handles[:most], *more]


HATCH = "/////"
"""Hatching for time without a known orbit: visible without color and in print."""


def unknown_patch(theme: Theme) -> Patch:
    """Legend entry for time without a known orbit."""
    from matplotlib.patches import Patch

    return Patch(label="no orbit known", **hatch_style(theme))


def hatch_style(theme: Theme) -> dict[str, Any]:  # keyword arguments of patches and collections
    """Style of patches for time without a known orbit."""
    palette = PALETTES[theme]
    return {"facecolor": palette["paper"], "edgecolor": palette["edge"], "hatch": HATCH, "linewidth": 0.0}


def night_patch(palette: Palette, alpha: float) -> Patch:
    """Legend entry for the night; outlined because it has little contrast with dark paper."""
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Patch

    return Patch(facecolor=to_rgba(palette["night"], alpha), edgecolor=palette["edge"], linewidth=0.8, label="night")


def weakest_basis(bases: Sequence[Basis]) -> Basis | None:
    """The weakest basis; None if there is none."""
    return max(bases, key=BASES.index) if bases else None


def line_style(basis: Basis | None) -> LineStyle:
    """Line style of a basis; solid if there is none."""
    return LINES[basis] if basis else "-"


_Across = Literal["left", "center", "right"]
_Up = Literal["bottom", "center", "top"]
_PLACES: tuple[tuple[int, int, _Across, _Up], ...] = (
    (6, 4, "left", "bottom"), (6, -4, "left", "top"), (-6, 4, "right", "bottom"), (-6, -4, "right", "top"),
    (0, 8, "center", "bottom"), (0, -8, "center", "top"), (14, 12, "left", "bottom"), (-14, 12, "right", "bottom"),
    (14, -12, "left", "top"), (-14, -12, "right", "top"),
)  # fmt: skip
"""Positions of a label beside its point (points) and its alignment, in the order in which they are tried."""
_SHARES = {"left": 0.0, "bottom": 0.0, "center": 0.5, "right": 1.0, "top": 1.0}
"""The part of a label's width or height that is left of or below its point."""


def add_labels(ax: Axes, points: Sequence[Point], theme: Theme, size: float = 8.0, color: str = "",
               laid_out: bool = False, centered: bool = False, weight: str = "normal") -> list[Annotation]:  # fmt: skip
    """Add labels beside points, in order; labels without free space are left out. Returns the labels shown.

    points   : x, y (data coordinates) and text
    laid_out : whether the layout of the figure is already computed
    centered : whether to try the point itself first
    """
    figure = figure_of(ax)
    if not points:
        return []
    if not laid_out:
        lay_out(figure)
    taken = text_boxes([text for text in ax.texts if text.get_visible() and text.get_text()])
    renderer, frame = renderer_of(figure), ax.get_window_extent()
    palette, shown = PALETTES[theme], []
    on_point: tuple[int, int, _Across, _Up] = (0, 0, "center", "center")
    places = (on_point, *_PLACES) if centered else _PLACES
    with no_font_warnings():
        for x, y, words in points[:120]:
            text = ax.annotate(words, (x, y), xytext=(0, 0), textcoords="offset points", fontsize=size, zorder=6,
                               ha="left", va="bottom", color=color or palette["ink"], fontweight=weight,
                               fontfamily=fonts())  # fmt: skip
            text.set_path_effects(_halo(palette["paper"]))
            at_point = text.get_window_extent(renderer)  # moved, not found again, for each place: texts take long
            for dx, dy, across, up in places:
                right = dx * figure.dpi / 72.0 - _SHARES[across] * at_point.width
                box = at_point.translated(right, dy * figure.dpi / 72.0 - _SHARES[up] * at_point.height).padded(1.0)
                if not any(box.overlaps(other) for other in taken) and _inside(frame, box):
                    text.xyann = (dx, dy)
                    text.set(ha=across, va=up)
                    taken.append(box)
                    shown.append(text)
                    break
            else:
                text.remove()
    return shown


def lay_out(figure: Figure) -> None:
    """Compute the layout, so that labels can be placed in the axes."""
    engine = figure.get_layout_engine()
    with no_font_warnings():
        if engine is None or any(hasattr(ax, "zaxis") for ax in figure.axes):
            return figure.draw_without_rendering()
        engine.execute(figure)
        for ax in figure.axes:  # what drawing would do before it draws
            place = ax.get_axes_locator()
            ax.apply_aspect(None if place is None else place(ax, renderer_of(figure)))


def clip(artist: Artist, rim: Patch) -> None:
    """Clip an artist to a patch that lies in its axes: then it needs no room beside them, and none is looked for."""
    artist.set_clip_path(rim)
    artist.set_in_layout(False)


def text_boxes(texts: Sequence[Text]) -> list[Bbox]:
    """Bounding boxes of texts (pixels), after the layout of the figure."""
    from matplotlib.axes import Axes

    if not texts:
        return []
    axes = texts[0].axes
    assert isinstance(axes, Axes)
    renderer = renderer_of(figure_of(axes))
    return [text.get_window_extent(renderer) for text in texts]


def renderer_of(figure: Figure) -> RendererAgg:
    """The renderer of a figure made by `figure`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    assert isinstance(figure.canvas, FigureCanvasAgg)
    renderer: RendererAgg = figure.canvas.get_renderer()  # type: ignore[no-untyped-call]
    return renderer


def _halo(paper: str) -> list[AbstractPathEffect]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.2, foreground=paper)]


def _inside(frame: BboxBase, box: BboxBase) -> bool:
    return bool(box.x0 >= frame.x0 and box.x1 <= frame.x1 and box.y0 >= frame.y0 and box.y1 <= frame.y1)


def split_line(x: Array, y: Array, jump: float) -> tuple[Array, Array]:
    """A line with a gap wherever x jumps by more than a limit: azimuth at north, longitude at the date line."""
    cuts = np.flatnonzero(np.abs(np.diff(x)) > jump) + 1
    return np.insert(x, cuts, np.nan), np.insert(y, cuts, np.nan)
