"""Remake the pictures of docs/gallery.md: run the scenarios it names and shrink what they draw.

    python docs/make_gallery.py
"""

import re
import sys
from pathlib import Path

from PIL import Image

import sim

HERE = Path(__file__).parent
WIDTH, COLORS, MOST_BYTES = 720, (256, 160, 96, 64), 60_000


def main() -> None:
    """Write one small PNG a picture."""
    from tempfile import TemporaryDirectory

    (HERE / "gallery").mkdir(exist_ok=True)
    shown = set(re.findall(r"\]\(gallery/([\w.-]+\.png)\)", (HERE / "gallery.md").read_text(encoding="utf-8")))
    named = re.findall(r"`sim run (\S+\.toml)` → `([\w.-]+)`", (HERE / "gallery.md").read_text(encoding="utf-8"))
    for path in sorted({HERE.parent / name for name, picture in named if picture in shown}):
        scenario = sim.load(path, allow_paths=True)
        with TemporaryDirectory() as folder:
            for written in sim.write(scenario, sim.run(scenario), Path(folder)):
                if written.name in shown:
                    print(written.name, shrunk(written, HERE / "gallery" / written.name), file=sys.stderr)


def shrunk(source: Path, target: Path) -> int:
    """Scale a PNG to the page, in few colors; returns its size in bytes."""
    with Image.open(source) as image:
        flat = image.convert("RGB")
        flat.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
        for colors in COLORS:  # an octree keeps the rare colors, which mean something
            flat.quantize(colors, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(target, optimize=True)
            if target.stat().st_size < MOST_BYTES:
                break
    return target.stat().st_size


if __name__ == "__main__":
    main()
