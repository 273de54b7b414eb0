"""``cppls``: from the command line to a subcommand.

Imports nothing heavy: ``cppls query`` must answer within 0.3 s, so each command's module is
imported when it runs. This is the one module that knows both doors, ``lsp/`` and ``cli/``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cppls.cli.options import Arguments, parse
from cppls.cli.output import CommandError, Exit, emit_error


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``cppls`` with ``argv`` (default: the process's own); the exit code.

    Raises ``SystemExit`` as argparse does: 0 after ``--help``, 2 for a usage error.
    """
    arguments = parse(sys.argv[1:] if argv is None else argv)
    try:
        code = run(arguments)
        sys.stdout.flush()
    except CommandError as error:
        return emit_error(arguments.json, error)
    except KeyboardInterrupt:
        print("cppls: interrupted", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Who reads us has seen enough (``| head``); the interpreter's last flush must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    return code


def run(arguments: Arguments) -> int:
    """Run the subcommand; the exit code. Raises :class:`CommandError`."""
    match arguments.command:
        case "index":
            from cppls.cli.index import run_index

            return run_index(arguments)
        case "query":
            from cppls.cli.query import run_query

            return run_query(arguments)
        case "status":
            from cppls.cli.status import run_status

            return run_status(arguments)
        case "doctor":
            from cppls.cli.doctor import run_doctor

            return run_doctor(arguments)
        case _:
            return serve(arguments)


def serve(arguments: Arguments) -> int:
    """The language server on stdio or TCP, until its client leaves.

    Raises :class:`CommandError` for a memory budget that cannot be kept.
    """
    import asyncio

    from cppls.core.budget import BudgetError, budget_bytes
    from cppls.core.system import use_one_arena
    from cppls.lsp.server import serve_stdio, serve_tcp

    settings = arguments.settings()
    try:
        # A profile fits every machine; what can be refused is a size in the environment.
        budget_bytes(settings.memory, ram=0)
    except BudgetError as problem:
        raise CommandError(str(problem), code=Exit.USAGE) from problem
    # Readers have threads of their own: each with an arena, the server would keep 12 MB more.
    use_one_arena()
    if arguments.tcp is None:
        return asyncio.run(serve_stdio(settings))
    return asyncio.run(serve_tcp(*arguments.tcp, settings))


if __name__ == "__main__":
    sys.exit(main())
