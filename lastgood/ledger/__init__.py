"""The memory of all recoveries, over a store that compares and swaps."""

from lastgood.ledger.hooks import may_let_in
from lastgood.ledger.incidents import Opened
from lastgood.ledger.ledger import Ledger
from lastgood.ledger.records import NewerRecordError
from lastgood.ledger.recoveries import Intent
from lastgood.ledger.transactions import (
    HaltedError,
    LostRaceError,
    Moved,
    NewSuspicionError,
    NotStoppedError,
    NoUndoPointError,
)

__all__ = [
    "HaltedError",
    "Intent",
    "Ledger",
    "LostRaceError",
    "Moved",
    "NewSuspicionError",
    "NewerRecordError",
    "NoUndoPointError",
    "NotStoppedError",
    "Opened",
    "may_let_in",
]
