"""Run by a fresh interpreter: imports one module, and reports what that opened or connected to.

A script with nothing but `sys`, so that what it sees is what the module brought. One line for
each thing touched: what, a tab, and the module that did it.
"""

from __future__ import annotations

import sys

WATCHED = ("open", "socket.", "subprocess.", "os.system", "os.fork", "os.posix_spawn")


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """Report what is opened or connected to, unless the import system itself reads a module."""
    if not event.startswith(WATCHED):
        return
    caller = sys._getframe(1)  # noqa: SLF001 - the hook is not given who did it
    while caller.f_back is not None and caller.f_globals.get("__name__") == "socket":
        caller = caller.f_back
    if not caller.f_code.co_filename.startswith("<frozen importlib"):
        what = " ".join(str(argument) for argument in arguments[:2])
        sys.stdout.write(f"{event} {what}\t{caller.f_globals.get('__name__')}\n")


sys.addaudithook(watch)
__import__(sys.argv[1])
