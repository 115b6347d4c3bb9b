"""Live training in plain torch: networks, the training loop, and what it needs."""
