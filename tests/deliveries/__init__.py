"""Simulated senders deliver to the real receiver, while everything around it fails."""
