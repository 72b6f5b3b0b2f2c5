"""Alarm formats: one file for each, which turns what a sender writes into the domain's Alarm."""

from lastgood.dialects.envelopes import read

__all__ = ["read"]
