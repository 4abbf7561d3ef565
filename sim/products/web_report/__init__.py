"""A result as one self-contained web page, whose limits can be moved: `page`."""
