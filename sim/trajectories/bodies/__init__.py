"""The Sun, the planets and the Moon: position, orientation, shape."""
