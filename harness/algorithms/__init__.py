"""Search algorithms: one file each, ask and tell."""
