"""Experiments: TOML files, expanded into blocks of runs, run in parallel, kept in result folders."""
