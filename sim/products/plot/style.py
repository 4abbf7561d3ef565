"""What all plots look like: two dresses, lines by basis, UTC axes, texts that fit and keep off each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal
from unicodedata import east_asian_width

import numpy as np
from numpy.typing import NDArray

from sim.core.time import utc, utc_datetime64
from sim.products.plot.fonts import drawable, fonts, quiet
from sim.trajectories.trajectory import BASES, Basis

Array = NDArray[np.float64]
Theme = Literal["light", "dark"]

LIGHT = {
    "paper": "#ffffff", "ink": "#222222", "faint": "#666666", "grid": "#d8d8d8", "land": "#ece7dc", "edge": "#9a948a",
    "night": "#54617a", "body": "#c9c5bc", "sea": "#b4b6bb", "mark": "#8a1c3c", "good": "#12304f", "bad": "#c8641e",
}  # fmt: skip
"""Dark ink on white paper."""

DARK = {
    "paper": "#12161d", "ink": "#eceff4", "faint": "#a3abb8", "grid": "#343c49", "land": "#2a3038", "edge": "#6d7684",
    "night": "#000000", "body": "#4b525e", "sea": "#363c47", "mark": "#ff9db5", "good": "#9cc9ea", "bad": "#f0a05a",
}  # fmt: skip
"""Light ink on near-black paper."""

DRESSES = {"light": LIGHT, "dark": DARK}

HUES = {
    "light": ("#0b4f8a", "#c8500a", "#007a58", "#a03a78", "#5b5b00", "#4b9cd3", "#7a4a1e"),
    "dark": ("#9fd8ff", "#e8912d", "#4fd6a8", "#c86ad0", "#e6e67a", "#b8dcf5", "#d9a877"),
}
"""Told apart by colour-blind eyes (after Okabe & Ito 2008); names or line kinds say the same without colour."""

LINES: dict[Basis, Any] = {
    "definitive": "-", "reconstructed": (0, (6, 2)), "predicted": (0, (6, 2, 1.2, 2)),
    "unsourced": (0, (6, 2, 1.2, 2, 1.2, 2)), "designed": (0, (1.2, 1.6)),
}  # fmt: skip
"""Solid is measured, dashed reconstructed, dash-dotted predicted, dash-dot-dotted unsourced, dotted designed."""

def figure(width: float, height: float, theme: Theme = "light") -> Any:
    """An empty figure, free of pyplot so that nothing stays open; inches."""
    from matplotlib import rcParams
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    if rcParams["svg.hashsalt"] is None:
        rcParams["svg.hashsalt"] = "farside-sim"  # names in an SVG are drawn by lot else: same picture, same file
    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
    made = Figure(figsize=(width, height), dpi=130, layout=layout, facecolor=DRESSES[theme]["paper"])
    FigureCanvasAgg(made)
    return made


def said(text: str, longest: int = 28) -> str:
    """A name cut to a width (in Latin letters), on one line and with nothing in it that a plot takes for a formula."""
    return drawable(_cut(" ".join(text.split()), longest)).replace("$", r"\$")


def titled(ax: Any, text: str, theme: Theme, detail: str = "", across: int = 1) -> None:
    """A title at the left, of two lines at the most, with fainter lines below it.

    detail : its lines are broken between their parts (" · ") where they are wider than the figure
    across : of how many panels, side by side, this is one
    """
    room = int(14.0 * (ax.figure.figure.get_figwidth() - 1.0) / across)
    width = int(8.5 * (ax.figure.figure.get_figwidth() - 1.5))
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
        ax.set_title(words, loc="left", fontsize=12, fontweight="bold", color=DRESSES[theme]["ink"], pad=pad,
                     fontfamily=fonts())  # fmt: skip
    if detail:
        ax.annotate(detail, (0, 1), xycoords="axes fraction", xytext=(0, 6), textcoords="offset points", ha="left",
                    va="bottom", fontsize=8, color=DRESSES[theme]["faint"], fontfamily=fonts())  # fmt: skip


def _wrapped(line: str, width: int) -> Iterator[str]:
    """A line, broken between its parts where it is wider than that."""
    made = ""
    for part in line.split(" · "):
        if made and columns(f"{made} · {part}") > width:
            yield made
            made = part
        else:
            made = f"{made} · {part}" if made else part
    yield made


def columns(text: str) -> int:
    """Width in Latin letters: a Chinese one is as wide as two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _cut(text: str, longest: int) -> str:
    if columns(text) <= longest:
        return text
    while columns(text) > longest - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _pieces(word: str, width: int) -> Iterator[str]:
    """A word, in pieces where it is wider than a line."""
    while columns(word) > width:
        end = next(i for i in range(len(word), 0, -1) if columns(word[:i]) <= width)
        yield word[:end]
        word = word[end:]
    yield word


def dressed(ax: Any, theme: Theme) -> dict[str, str]:
    """Colours of an axes set; returns the dress."""
    dress = DRESSES[theme]
    ax.set_facecolor(dress["paper"])
    ax.tick_params(colors=dress["ink"], labelsize=8.5)
    for spine in ax.spines.values():
        spine.set_color(dress["edge"])
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_color(dress["ink"])
        axis.label.set_fontsize(9)
    ax.grid(color=dress["grid"], linewidth=0.6)
    ax.set_axisbelow(True)
    return dress


def hue(index: int, theme: Theme) -> str:
    """The colour of the index-th thing."""
    return HUES[theme][index % len(HUES[theme])]


def time_axis(ax: Any, start: float, end: float, most: int = 9) -> None:
    """A horizontal UTC axis from start to end (TDB s), labelled with its year."""
    from matplotlib.dates import DateFormatter

    days = (end - start) / 86400.0
    ax.set_xlim(*utc_datetime64(np.array([start, end])))
    ax.xaxis.set_major_locator(_locator(most))
    style = "%d %b\n%Y" if days > 400 else "%d %b" if days > 6 else "%H:%M\n%d %b" if days > 0.02 else "%H:%M:%S\n%d %b"
    ax.xaxis.set_major_formatter(DateFormatter(style))  # type: ignore[no-untyped-call]
    years = sorted({utc(start, 0)[:4], utc(end, 0)[:4]})
    ax.set_xlabel("time (UTC)" if days > 400 else f"time (UTC, {'–'.join(years)})")


def _locator(most: int) -> Any:
    """Ticks on a time axis that keep off each other: those of days begin anew with each month, as 29 Feb and 1 Mar."""
    from matplotlib.dates import AutoDateLocator

    class Apart(AutoDateLocator):
        def __call__(self) -> Any:
            return apart(np.asarray(super().__call__(), dtype=np.float64))  # type: ignore[no-untyped-call]

        def tick_values(self, vmin: Any, vmax: Any) -> Any:
            return apart(np.asarray(super().tick_values(vmin, vmax), dtype=np.float64))  # type: ignore[no-untyped-call]

    return Apart(minticks=3, maxticks=most)  # type: ignore[no-untyped-call]


def apart(ticks: Array) -> Array:
    """Ticks (n,) without those that the next one follows much sooner than they follow each other."""
    steps = np.diff(ticks)
    return ticks if len(steps) < 2 else ticks[np.append(steps > 0.7 * np.median(steps), True)]


def clock(t: float, day: bool = False) -> str:
    """An instant as HH:MM, or with its day."""
    text = utc(t, 0)
    return f"{text[5:10]} {text[11:16]}" if day else text[11:16]


def day_and_time(t: float) -> str:
    """An instant to the minute."""
    return str(utc(t, 0))[:16].replace("T", " ")


def legend(ax: Any, handles: Sequence[Any], theme: Theme, below: bool = True) -> Any:
    """A frameless legend below the figure, or at the best place of the axes."""
    if not handles:
        return None
    dress = DRESSES[theme]
    look = {"frameon": False, "fontsize": 8.5, "labelcolor": dress["ink"], "prop": {"family": fonts(), "size": 8.5}}
    if below:
        letters = max(columns(handle.get_label()) for handle in handles) + 6
        across = int(np.clip(11.5 * ax.figure.get_figwidth() // letters, 1, len(handles)))
        return ax.figure.legend(handles=handles, loc="outside lower center", ncol=across, **look)
    return ax.legend(handles=handles, loc="best", **look)


def entries(things: Sequence[tuple[str, Basis | None]], theme: Theme, before: str = "", most: int = 7) -> list[Any]:
    """Legend entries of named lines, each with its basis; what is too much is counted.

    things : label and basis of every line drawn; a label stands once, with the line of the weakest basis of its lines
             and the words of all
    """
    from matplotlib.lines import Line2D

    named: dict[str, list[Basis]] = {}
    for label, basis in things:
        named.setdefault(label, []).extend([basis] if basis else [])
    shown: list[Any] = []
    for index, (label, bases) in enumerate(list(named.items())[:most]):
        basis = worst_basis_of(bases)
        told = ", ".join(sorted(set(bases), key=BASES.index))
        words = f"{before}{said(label)}" + (f" ({told})" if told else "")
        shown.append(Line2D([], [], color=hue(index, theme), linestyle=line_of(basis), linewidth=1.8, label=words))
    return counted(shown, len(named), most)


def counted(handles: Sequence[Any], whole: int | None = None, most: int = 7) -> list[Any]:
    """The first entries of a legend, and how many more there are: hues begin anew after as many.

    whole : of how many, if not those given
    """
    from matplotlib.lines import Line2D

    left = (len(handles) if whole is None else whole) - min(len(handles), most)
    more = [Line2D([], [], linestyle="", label=f"and {left} more")] if left else []
    return [*handles[:most], *more]


HATCH = "/////"
"""Where no orbit is known: reads in grey, to every eye and on paper, and is neither open nor closed."""


def unknown_patch(theme: Theme) -> Any:
    """A legend's entry for time in which no orbit is known."""
    from matplotlib.patches import Patch

    return Patch(label="no orbit known: neither open nor closed", **hatched(theme))


def hatched(theme: Theme) -> dict[str, Any]:
    """How patches look that stand for what is not known."""
    dress = DRESSES[theme]
    return {"facecolor": dress["paper"], "edgecolor": dress["edge"], "hatch": HATCH, "linewidth": 0.0}


def night_patch(dress: dict[str, str], alpha: float) -> Any:
    """A legend's entry for the night: outlined, since on dark paper it is hardly darker."""
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Patch

    return Patch(facecolor=to_rgba(dress["night"], alpha), edgecolor=dress["edge"], linewidth=0.8, label="night")


def worst_basis_of(bases: Sequence[Basis]) -> Basis | None:
    """The weakest of some bases."""
    return max(bases, key=BASES.index) if bases else None


def line_of(basis: Basis | None) -> Any:
    """The kind of line of a basis; solid where there is none."""
    return LINES[basis] if basis else "-"


_PLACES = ((6, 4, "left", "bottom"), (6, -4, "left", "top"), (-6, 4, "right", "bottom"), (-6, -4, "right", "top"),
           (0, 8, "center", "bottom"), (0, -8, "center", "top"), (14, 12, "left", "bottom"),
           (-14, 12, "right", "bottom"), (14, -12, "left", "top"), (-14, -12, "right", "top"))  # fmt: skip


def labelled(ax: Any, points: Sequence[tuple[float, float, str]], theme: Theme, size: float = 8.0, color: str = "",
             laid_out: bool = False, centered: bool = False, weight: str = "normal") -> list[Any]:  # fmt: skip
    """Texts beside points, the first ones first; one that finds no free place is left out. Returns the texts shown.

    points   : x, y (data) and the text
    laid_out : the figure's layout is done already
    centered : on the point itself where that is free
    """
    figure = ax.figure.figure
    if not points:
        return []
    if not laid_out:
        lay_out(figure)
    taken = boxes([text for text in ax.texts if text.get_visible() and text.get_text()])
    renderer, frame = figure.canvas.get_renderer(), ax.get_window_extent()
    dress, shown = DRESSES[theme], []
    places = ((0, 0, "center", "center"), *_PLACES) if centered else _PLACES
    with quiet():
        for x, y, words in points[:120]:
            text = ax.annotate(words, (x, y), xytext=(0, 0), textcoords="offset points", fontsize=size, zorder=6,
                               color=color or dress["ink"], fontweight=weight, fontfamily=fonts())  # fmt: skip
            text.set_path_effects(_halo(dress["paper"]))
            for dx, dy, across, up in places:
                text.xyann = (dx, dy)
                text.set_horizontalalignment(across)
                text.set_verticalalignment(up)
                box = text.get_window_extent(renderer).padded(1.0)
                if not any(box.overlaps(other) for other in taken) and _inside(frame, box):
                    taken.append(box)
                    shown.append(text)
                    break
            else:
                text.remove()
    return shown


def lay_out(figure: Any) -> None:
    """Give every axes its place, so that texts can be placed in it."""
    with quiet():
        figure.draw_without_rendering()


def boxes(texts: Sequence[Any]) -> list[Any]:
    """Where texts stand (pixels), once the figure is laid out."""
    if not texts:
        return []
    figure = texts[0].axes.figure.figure
    renderer = figure.canvas.get_renderer()
    return [text.get_window_extent(renderer) for text in texts]


def _halo(paper: str) -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.2, foreground=paper)]


def _inside(frame: Any, box: Any) -> bool:
    return bool(box.x0 >= frame.x0 and box.x1 <= frame.x1 and box.y0 >= frame.y0 and box.y1 <= frame.y1)


def broken(x: Array, y: Array, jump: float) -> tuple[Array, Array]:
    """A line with a gap wherever x jumps by more than that: an azimuth at north, a longitude at the date line."""
    cuts = np.flatnonzero(np.abs(np.diff(x)) > jump) + 1
    return np.insert(x, cuts, np.nan), np.insert(y, cuts, np.nan)
