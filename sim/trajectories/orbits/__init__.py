"""How spacecraft move: one kind a file."""
