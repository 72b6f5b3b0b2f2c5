"""Runs `sam package` on dist/ against moto's S3; fails unless every zip file arrives as it is.

    python -m tools.bundle_package sam...

What follows is the command by which sam is run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from sandbox.aws.account import BUCKET, AwsSandbox

BUILT = Path(__file__).parent.parent / "dist"


def main() -> int:
    """Package, and compare what is in the bucket with what was built."""
    built = {sha256(path.read_bytes()).hexdigest(): path.name for path in BUILT.glob("*.zip")}
    with AwsSandbox() as aws, tempfile.TemporaryDirectory() as scratch:
        command = [*sys.argv[1:], "package", "--template-file", str(BUILT / "template.yaml")]
        command += ["--s3-bucket", BUCKET, "--no-progressbar"]
        command += ["--output-template-file", str(Path(scratch, "packaged.yaml"))]
        environment = os.environ | aws.environment()
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - what the Makefile says
        objects = aws.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
        bodies = (aws.client("s3").get_object(Bucket=BUCKET, Key=o["Key"]) for o in objects)
        arrived = {sha256(body["Body"].read()).hexdigest() for body in bodies}
    if not built or arrived != built.keys():
        sys.stderr.write(f"error: of {len(built)} zip files in dist/, other bytes arrived\n")
        return 1
    sys.stdout.write(f"sam package uploads {', '.join(sorted(built.values()))} as they are\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
