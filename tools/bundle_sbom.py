"""Validates SBOM files against CycloneDX's own schema: `python tools/bundle_sbom.py FILE...`.

Runs where cyclonedx-python-lib is, isolated from the project.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cyclonedx.schema import (  # type: ignore[import-not-found]  # isolated from the project
    SchemaVersion,
)
from cyclonedx.validation.json import (  # type: ignore[import-not-found]  # the same
    JsonStrictValidator,
)


def main() -> int:
    """Print the first error of each file."""
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    told = {path: validator.validate_str(Path(path).read_text("utf-8")) for path in sys.argv[1:]}
    for path, error in told.items():
        sys.stdout.write(f"{path}: {error or 'valid'}\n")
    return 1 if any(told.values()) or not told else 0


if __name__ == "__main__":
    sys.exit(main())
