"""What holds for every test."""

from __future__ import annotations

import os

# Every server of a test is on this machine; a proxy of the person's must not come in between.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
