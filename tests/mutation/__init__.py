"""Whether the laws notice when the code is wrong: small mistakes made on purpose, one at a time."""
