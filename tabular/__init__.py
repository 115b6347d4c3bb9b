"""Tables as benchmarks: the on-disk format, the importers, and the embedded benchmark with its minting."""
