"""Which test fails when a module is broken: the table in tests/README.md, proved by breaking each module."""
