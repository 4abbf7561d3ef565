"""What a whole surface sees: grids, windows of their points, figures of merit."""
