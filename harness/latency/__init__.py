"""How long networks and their operations take on a device."""
