"""What moves things: forces that add, one integrator for all of them, and how a halo orbit is found."""
