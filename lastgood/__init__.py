"""Takes a database back to its last good point when an alarm says it went bad, once."""
