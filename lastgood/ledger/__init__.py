"""The memory of all recoveries, over a store that compares and swaps."""

from lastgood.ledger.ledger import HaltedError, Ledger, LostRaceError, Opened

__all__ = ["HaltedError", "Ledger", "LostRaceError", "Opened"]
