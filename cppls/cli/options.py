"""The command line: its commands, options and help, as argparse sees them.

Knows names and defaults only; must not import what the commands need to run.
"""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cppls import __version__

if TYPE_CHECKING:
    from cppls.core.settings import Settings

QUERIES: Final = {
    "symbols": "symbols by name, fuzzily, best match first",
    "definition": "where a symbol is defined",
    "references": "every occurrence of a symbol, its declarations included",
    "callers": "which functions call it, and where",
    "callees": "which functions it calls, and where",
    "file": "what a file declares and includes, and what includes it",
}

_ABOUT: Final = """\
cppls answers C and C++ questions for editors and scripts.

Without a command it is a language server on standard input and output, as editors
start it. The other commands work without a server.
"""
_EXAMPLES: Final = """\
examples:
  cppls                                 serve an editor on stdio
  cppls index                           index the project in this folder
  cppls query definition ns::Class::f   where is it defined?
  cppls query references src/a.cpp:12:7 who uses the name at line 12, column 7?
  cppls status                          what does the index hold?
  cppls doctor src/a.cpp                which flags, from where, and what goes wrong

exit codes:
  0  done
  1  nothing found, or something failed (the message says what)
  2  the command line is wrong
  3  there is no index to answer from, or another cppls is writing it
  130  interrupted
"""
_SERVE: Final = """\
The language server. Editors start it without arguments and talk to it on standard
input and output; with --tcp several clients can share one server.

examples:
  cppls serve --jobs 2
  cppls serve --tcp 127.0.0.1:7777

It ends with 0 after `shutdown` and `exit`, with 1 when the client just goes away.
"""
_INDEX: Final = """\
Index a project completely and leave. Files whose content and flags have not changed
are not parsed again; an interrupted run goes on where it was.

examples:
  cppls index
  cppls index ~/src/z3 --compile-commands ~/src/z3/build --jobs 2
  cppls index --fallback-flags="-std=c++20 -Iinclude"

--json prints one object: root, translation_units, failed, files, symbols, references,
wall_seconds, cpu_seconds, peak_memory_bytes, budget_bytes, over_budget_samples,
quarantined, index_bytes, indexed_now, over_preambles, problem, notices (severity,
message); with --digest also digest (all, tables: count and digest of each). CPU and
memory are those of all processes together; memory is the peak of their PSS (RSS where
there is none), measured ten times a second and more. over_budget_samples counts the
measurements above the budget, quarantined the files that need more memory than it
leaves, indexed_now the translation units that were not up to date, over_preambles those
of them that were parsed over a shared preamble.
Exit code 1 when a translation unit failed, 3 when another cppls writes the index.

--digest hashes what the index holds, table by table: two indexes of one project are the
same when their digests are. The order of indexing, the number of workers, what a file cost
and when it was written do not count.
"""
_QUERY: Final = """\
Answer a question from the index on disk; no server is needed.

WHAT is one of
  NAME           f, Class::f, ns::Class::f, ::f (from the global scope)
  FILE:LINE:COL  the name at that place; line and column count from 1, the column in
                 bytes, as compilers print them
  FILE           for `file`

questions:
{questions}

examples:
  cppls query symbols smtctx
  cppls query definition leveldb::DBImpl::Write
  cppls query references db/db_impl.cc:1200:16 --json
  cppls query file include/leveldb/db.h

--json prints one object with the key `results`. An answer's lines and columns count from
1, the end is exclusive: path, line, column, end_line, end_column, roles, container; of a
symbol also name, scope, kind, signature, brief.
Exit code 1 when nothing was found, 3 when there is no index (run `cppls index`).
"""
_STATUS: Final = """\
What the index holds, how large it is, which files failed, which cost most and which are set
aside until they change (they crash libclang, or need more memory than the budget leaves), which
cppls is writing it now; and of each server that runs its memory budget, what it takes, its
processes and what it did about its memory.

--json keys: root, folder, writer_pid, translation_units, failed, files, symbols,
references, index_bytes, failures (path, status, message), quarantined and costliest
(path, cpu_seconds, peak_memory_bytes, errors, status), servers (pid, written, health, budget, now,
peak, available, processes, documents, workers, control_group, queue, paused, actions).
Exit code 3 when there is no index.
"""
_DOCTOR: Final = """\
Check what cppls stands on and say what to do about each problem: native library,
libclang and its builtin headers, the compilers that were asked (or not, and why), the
compile database, the index. With FILE also its flags, where they come from, which were
dropped and why, and the errors of a trial parse (in a process of its own).

--json keys: root, file, checks (name, status ok|warning|error, message, hint), flags
(source, donor, directory, language, arguments, dropped), errors (path, line, column,
message; counted from 1).
Exit code 1 when a check is an error.
"""


class Arguments(argparse.Namespace):
    """What the command line says, with its types. Options a command lacks keep their default."""

    command: str = "serve"
    json: bool = False
    folder: str = "."
    cache_dir: str = ""
    compile_commands: str = ""
    memory: str = ""
    jobs: int = 0
    index_first: list[str]
    fallback_flags: list[str]
    exclude: list[str]
    allow_compiler: list[str]
    background_index: bool = True
    shared_preambles: bool = True
    digest: bool = False
    tcp: tuple[str, int] | None = None
    question: str = ""
    what: str = ""
    root: str = ""
    limit: int = 0
    file: str = ""

    def settings(self) -> Settings:
        """The settings these options stand for. Paths become absolute: the user's folder counts."""
        from cppls.core.settings import IndexHints, Settings

        return Settings(
            compile_commands=_absolute(self.compile_commands),
            cache_dir=_absolute(self.cache_dir),
            memory=self.memory,
            jobs=self.jobs,
            index=IndexHints(getattr(self, "index_first", [])),
            fallback_flags=getattr(self, "fallback_flags", []),
            allowed_compilers=getattr(self, "allow_compiler", []),
            exclude=getattr(self, "exclude", []),
            background_index=self.background_index,
            shared_preambles=self.shared_preambles,
        )


def parse(argv: Sequence[str]) -> Arguments:
    """The arguments; no command at all means ``serve``. Exits with 2 on a usage error."""
    arguments = list(argv)
    if not arguments or (
        arguments[0].startswith("-") and arguments[0] not in ("-h", "--help", "--version")
    ):
        arguments.insert(0, "serve")
    return parser().parse_args(arguments, namespace=Arguments())


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    main = argparse.ArgumentParser(
        "cppls", description=_ABOUT, epilog=_EXAMPLES, formatter_class=_Formatter
    )
    main.add_argument("--version", action="version", version=f"cppls {__version__}")
    commands = main.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, summary: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=summary, description=text, formatter_class=_Formatter, allow_abbrev=False
        )

    serve = command("serve", "language server on stdio or TCP (the default)", _SERVE)
    serve.add_argument(
        "--tcp", type=_address, metavar="HOST:PORT", help="listen here; :PORT means 127.0.0.1:PORT"
    )
    serve.add_argument("--stdio", action="store_true", help="the default; editors may say it")
    serve.add_argument(
        "--no-background-index",
        dest="background_index",
        action="store_false",
        help="index only what is opened",
    )
    index = command("index", "index a project without an editor", _INDEX)
    _add_folder(index)
    index.add_argument(
        "--digest", action="store_true", help="say what the index holds as one hash a table"
    )
    for each in (serve, index):
        _add_project_options(each)
    questions = "\n".join(f"  {name:<13}{text}" for name, text in QUERIES.items())
    query = command("query", "ask the index", _QUERY.format(questions=questions))
    query.add_argument("question", choices=QUERIES, metavar="QUESTION")
    query.add_argument("what", metavar="WHAT")
    query.add_argument("--root", default="", metavar="DIR", help="the project's root folder")
    query.add_argument(
        "--limit", type=_count, default=0, metavar="N", help="answers at the most (0: all)"
    )
    status = command("status", "what the index holds", _STATUS)
    _add_folder(status)
    doctor = command("doctor", "check the installation and a file's flags", _DOCTOR)
    doctor.add_argument("file", nargs="?", default="", metavar="FILE")
    doctor.add_argument("--root", default="", metavar="DIR", help="the project's root folder")
    _add_project_options(doctor)
    for each in (query, status):
        _add_cache_option(each)
    for each in (index, query, status, doctor):
        each.add_argument("--json", action="store_true", help="print one JSON object")
    return main


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Descriptions as they are written, options in one column."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=92)


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "folder", nargs="?", default=".", metavar="DIR", help="the project's root (default: here)"
    )


def _add_cache_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--cache-dir",
        default="",
        metavar="DIR",
        help="where indexes lie (default: $CPPLS_CACHE_DIR, else the user's cache folder)",
    )


def _add_project_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("project")
    add = group.add_argument
    add(
        "--compile-commands",
        default="",
        metavar="DIR",
        help="folder of compile_commands.json (default: the root and build*/)",
    )
    add(
        "--fallback-flags",
        type=_flags,
        default=[],
        metavar="FLAGS",
        help='flags of files that no compile database names ("-std=c++20 -DX")',
    )
    add("--exclude", action="append", default=[], metavar="GLOB", help="never index these files")
    add(
        "--allow-compiler",
        action="append",
        default=[],
        metavar="GLOB",
        help="this compiler may be run to ask for its include folders, besides gcc and clang "
        "in system folders",
    )
    _add_cache_option(command)
    _add_work_options(command)


def _add_work_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument_group("work").add_argument
    add(
        "--memory",
        type=_budget,
        default=argparse.SUPPRESS,  # A default that is text would be checked as if it were said.
        metavar="SIZE",
        help="all processes together stay below this: 512M, 1.5G, or small (256M), normal (a "
        "quarter of RAM, 2G at the most), large (half of RAM); default: $CPPLS_MEMORY, else normal",
    )
    add("--jobs", type=_count, default=0, metavar="N", help="index workers (0: one per core)")
    add(
        "--index-first",
        action="append",
        default=[],
        metavar="GLOB",
        help="index these files before the others",
    )
    add(
        "--no-shared-preamble",
        dest="shared_preambles",
        action="store_false",
        help="parse every header in each translation unit: slower, the index is the same",
    )


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path)) if path else ""


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text}: a number from 0 on is meant")
    return int(text)


def _budget(text: str) -> str:
    from cppls.core.budget import BudgetError, budget_bytes

    try:
        # A profile fits every machine; only a size can be refused.
        budget_bytes(text, ram=0)
    except BudgetError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _flags(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from error


def _address(text: str) -> tuple[str, int]:
    """``HOST:PORT``, ``:PORT``, ``[::1]:PORT``; loopback where no host is said."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text}: HOST:PORT or :PORT is meant")
    return host.strip("[]") or "127.0.0.1", int(port)
