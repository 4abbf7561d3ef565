"""Tables that ship with the package, and files that users fetched."""
