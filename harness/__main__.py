"""`python -m harness` is the command `nasgauge`."""

from harness.cli import main

main()
