"""What the commands do: one file each, each printing for people."""
