"""The application: its verbs, and how everything that goes wrong in them is reported."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence

import typer

from lastgood.cli import exits, failures, incidents
from lastgood.cli.approve import approve
from lastgood.cli.copies import app as copies
from lastgood.cli.demo import demo, sandbox
from lastgood.cli.dismiss import dismiss
from lastgood.cli.doctor import doctor
from lastgood.cli.drill import drill
from lastgood.cli.events import app as events
from lastgood.cli.explain import explain
from lastgood.cli.halt import halt
from lastgood.cli.history import history
from lastgood.cli.plan import plan
from lastgood.cli.policy import app as policy
from lastgood.cli.recover import recover
from lastgood.cli.reject import reject
from lastgood.cli.release import release
from lastgood.cli.replay import replay
from lastgood.cli.resume import resume
from lastgood.cli.status import status
from lastgood.cli.undo import undo
from lastgood.cli.verify import verify
from lastgood.cli.windows import windows
from lastgood.domain.errors import LastgoodError

COMMAND = "lastgood"

app = typer.Typer(
    name=COMMAND,
    help="Restores a database to its last good point, once, and verifies that it can.",
    epilog="Exit codes: 0 yes, 1 could not run, 2 usage, 3 the answer is no.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(windows)
app.command(options_metavar=incidents.USAGE)(plan)
app.command(options_metavar="--event FILE")(explain)
app.command(options_metavar=incidents.USAGE)(recover)
app.command(options_metavar="--plan HASH")(approve)
app.command(options_metavar="--reason TEXT")(reject)
app.command(options_metavar="--reason TEXT")(release)
app.command(options_metavar="--reason TEXT")(dismiss)
app.command()(undo)
app.command()(status)
app.command()(history)
app.command()(replay)
app.command()(verify)
app.command()(drill)
app.command()(doctor)
app.add_typer(policy, name="policy")
app.add_typer(events, name="events")
app.add_typer(copies, name="copies")
app.command(options_metavar="--reason TEXT")(halt)
app.command()(resume)
app.command()(demo)
app.command()(sandbox)


def run(argv: Sequence[str]) -> int:
    """Run one command, and report what goes wrong in a sentence, never in a traceback."""
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
            failures.print_for_people(failures.from_system(error))
        return exits.COULD_NOT_RUN


def _run(argv: list[str]) -> int:
    failure: LastgoodError
    try:
        # Called like this, typer installs no hook of its own for uncaught exceptions.
        command = typer.main.get_command(app)
        return int(command.main(argv, prog_name=COMMAND, standalone_mode=False) or 0)
    except typer.TyperException as mistake:
        failure = failures.from_usage(mistake)
    except LastgoodError as error:
        failure = error
    except OSError as error:
        failure = failures.from_system(error)
    except Exception as error:  # noqa: BLE001 - the outermost place: reported here, or nowhere
        if os.environ.get("LASTGOOD_DEBUG"):
            traceback.print_exception(error)
        failure = failures.from_aws(error) or failures.from_bug(error)
    # Not by the option itself: arguments that cannot be parsed must be answered in JSON as well.
    report = failures.print_for_scripts if "--json" in argv else failures.print_for_people
    report(failure)
    return exits.USAGE if isinstance(failure, failures.UsageError) else exits.COULD_NOT_RUN
