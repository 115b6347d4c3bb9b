"""Numbers to figures: PDF and PNG files, and SVG for the page."""
