"""When a number is positive: margins, conditions, and the windows in which they hold. It knows nothing of space."""
