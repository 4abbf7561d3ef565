"""From a result to files: one kind a file. Each product draws or writes what a result holds; few search anew."""
