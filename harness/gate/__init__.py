"""The gate: is a proxy worse than when its scores were stored? One question about it in each file."""
