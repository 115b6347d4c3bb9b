"""Numbers to tables: one description, written as LaTeX, Markdown, CSV and HTML."""
