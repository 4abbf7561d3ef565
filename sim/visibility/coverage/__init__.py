"""Coverage of a surface: grids, the contacts of their points, figures of merit."""
