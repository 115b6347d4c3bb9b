"""Tables that ship with nasgauge."""
