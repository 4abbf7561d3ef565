"""Products: files made from a result, one module per kind."""
