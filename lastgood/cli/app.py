"""The application: its verbs, and how a run ends.

Exit codes: 0 yes, 1 could not run, 2 usage, 3 ran and the answer is no, 130 interrupted.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence

import typer

from lastgood.cli import failures
from lastgood.cli.plan import plan
from lastgood.cli.verify import verify
from lastgood.cli.windows import windows
from lastgood.domain.errors import LastgoodError

COMMAND = "lastgood"

app = typer.Typer(
    name=COMMAND,
    help="Takes a database back to its last good point, once; and proves that it could.",
    epilog="Exit codes: 0 yes, 1 could not run, 2 usage, 3 the answer is no.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(windows)
app.command(options_metavar="--event FILE | --instance NAME --before TIME")(plan)
app.command()(verify)

INTERRUPTED = 130


def run(argv: Sequence[str]) -> int:
    """Run one command, and tell a person whatever goes wrong; never a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that cannot show a character shows a question mark in its place.
        sys.stdout.reconfigure(errors="replace")
    failure: LastgoodError
    try:
        return _parse_and_do(list(argv) or ["--help"])
    except KeyboardInterrupt:
        return INTERRUPTED
    except typer.TyperException as mistake:
        failure = failures.from_usage(mistake)
    except LastgoodError as error:
        failure = error
    except Exception as error:  # noqa: BLE001 - the outermost place: here it is told, or nowhere
        if os.environ.get("LASTGOOD_DEBUG"):
            traceback.print_exception(error)
        failure = failures.from_aws(error) or failures.from_bug(error)
    # Not by the option itself: arguments that cannot be parsed must be answered in JSON as well.
    tell = failures.tell_scripts if "--json" in argv else failures.tell_people
    tell(failure)
    return failures.USAGE if isinstance(failure, failures.UsageError) else failures.COULD_NOT_RUN


def _parse_and_do(argv: list[str]) -> int:
    # Called like this, typer installs no hook of its own for what nobody catches.
    command = typer.main.get_command(app)
    return int(command.main(argv, prog_name=COMMAND, standalone_mode=False) or 0)
