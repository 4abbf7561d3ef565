"""One scenario many times: what varies, the cases, who computes them, and what is kept."""
