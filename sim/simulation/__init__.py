"""A scenario computed: once, many times, again, by others, or against sentences."""
