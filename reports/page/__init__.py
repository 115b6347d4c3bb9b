"""Everything on one HTML page that asks nothing of the network."""
