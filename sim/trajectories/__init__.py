"""Where things are: bodies, sites and spacecraft, as functions of time."""
