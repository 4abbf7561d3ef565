"""The IERS tables are read quickly, and to the bit."""

import numpy as np
import pytest

from sim.trajectories.bodies import frames

TEXTS = (
    ["  -0.5000", "   2.0000", " 123.4567"],
    ["-.50", "-.25"],
    ["   5.", "  12."],
    ["    0.5", "  12.25"],  # the point in two columns
    ["1e5 ", "   2"],
)


def _cells(texts):
    width = max(map(len, texts))
    return np.array([text.ljust(width).encode() for text in texts], dtype=f"S{width}")


@pytest.mark.parametrize("texts", TEXTS)
def test_numbers_have_the_bits_that_numpy_gives_them(texts):
    cells = _cells(texts)
    assert frames._decimals(cells).tobytes() == cells.astype(float).tobytes()


@pytest.mark.parametrize("texts", [["1 2.0", "  1.0"], ["- 1.0", "  1.0"], [" 1-.0", "  1.0"], ["  1.0", "  1.x"]])
def test_what_is_no_number_is_refused(texts):
    with pytest.raises(ValueError, match="could not convert"):
        frames._decimals(_cells(texts))


def test_the_tables_have_the_bits_that_numpy_gives_them(monkeypatch):
    quick = frames.earth_orientation()
    monkeypatch.setattr(frames, "_decimals", lambda texts: texts.astype(float))
    slow = frames.earth_orientation.__wrapped__()
    for name, value in vars(slow).items():
        assert np.asarray(value).tobytes() == np.asarray(getattr(quick, name)).tobytes(), name
