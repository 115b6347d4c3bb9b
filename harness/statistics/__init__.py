"""Statistics on plain arrays, each with its interval: one idea per file."""
