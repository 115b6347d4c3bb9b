"""Several results folders as one comparison."""
