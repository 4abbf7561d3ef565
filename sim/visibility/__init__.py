"""Who sees whom: lines of sight, hops, routes, and the result of a run."""
