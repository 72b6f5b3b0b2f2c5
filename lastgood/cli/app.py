"""The application: its verbs, and what becomes of everything that goes wrong in them."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence

import typer

from lastgood.cli import asking, exits, failures
from lastgood.cli.answer import approve, reject, release
from lastgood.cli.demo import demo
from lastgood.cli.doctor import doctor
from lastgood.cli.halting import halt, resume
from lastgood.cli.history import history
from lastgood.cli.plan import plan
from lastgood.cli.recover import recover
from lastgood.cli.replay import replay
from lastgood.cli.sandbox import sandbox
from lastgood.cli.status import status
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
app.command(options_metavar=asking.USAGE)(plan)
app.command(options_metavar=asking.USAGE)(recover)
app.command(options_metavar="--plan HASH")(approve)
app.command(options_metavar="--reason TEXT")(reject)
app.command(options_metavar="--reason TEXT")(release)
app.command()(status)
app.command()(history)
app.command()(replay)
app.command()(verify)
app.command()(doctor)
app.command(options_metavar="--reason TEXT")(halt)
app.command()(resume)
app.command()(demo)
app.command()(sandbox)


def run(argv: Sequence[str]) -> int:
    """Run one command, and tell whoever asked what goes wrong; never a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that cannot show a character shows a question mark in its place.
        sys.stdout.reconfigure(errors="replace")
    try:
        return _run(list(argv) or ["--help"])
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except OSError as error:
        # Nothing can be written to stdout; the interpreter would complain about what is left in it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            failures.tell_people(failures.from_system(error))
        return exits.COULD_NOT_RUN


def _run(argv: list[str]) -> int:
    failure: LastgoodError
    try:
        # Called like this, typer installs no hook of its own for what nobody catches.
        command = typer.main.get_command(app)
        return int(command.main(argv, prog_name=COMMAND, standalone_mode=False) or 0)
    except typer.TyperException as mistake:
        failure = failures.from_usage(mistake)
    except LastgoodError as error:
        failure = error
    except OSError as error:
        failure = failures.from_system(error)
    except Exception as error:  # noqa: BLE001 - the outermost place: here it is told, or nowhere
        if os.environ.get("LASTGOOD_DEBUG"):
            traceback.print_exception(error)
        failure = failures.from_aws(error) or failures.from_bug(error)
    # Not by the option itself: arguments that cannot be parsed must be answered in JSON as well.
    tell = failures.tell_scripts if "--json" in argv else failures.tell_people
    tell(failure)
    return exits.USAGE if isinstance(failure, failures.UsageError) else exits.COULD_NOT_RUN
