"""Search: margins, conditions, and the windows in which they hold. Independent of geometry and astronomy."""
