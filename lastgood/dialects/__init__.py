"""Alarms as their senders write them, in: one file per format, what comes out is the domain's."""

from lastgood.dialects.envelopes import read

__all__ = ["read"]
