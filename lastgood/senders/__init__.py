"""Whether a request is from the sender that its road is for: pure, each sender by its own rules."""
