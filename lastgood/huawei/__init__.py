"""The only room that knows the generated client, and with it the wire."""
