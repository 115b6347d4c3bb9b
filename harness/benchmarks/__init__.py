"""Live benchmarks: one file each."""
