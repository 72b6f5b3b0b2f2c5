"""The rules, pure: no I/O, no clock, no SDK. Everything else may import it; it imports nothing."""
