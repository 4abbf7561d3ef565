"""Remake the pictures of docs/gallery.md: run the scenarios it names and shrink what they draw.

    python docs/make_gallery.py
"""

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
    for path in sorted(HERE.glob("gallery-*.toml")):
        scenario = sim.load(path, allow_paths=True)
        with TemporaryDirectory() as folder:
            for written in sim.write(scenario, sim.run(scenario), Path(folder)):
                if written.suffix == ".png":
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
