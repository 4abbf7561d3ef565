"""The web report: a result as one self-contained web page with adjustable masks."""
