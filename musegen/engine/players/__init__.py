"""Players: exported networks, one step at a time, their state passed as a value."""
