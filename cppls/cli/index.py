"""``cppls index``: the whole project into the index, without a client."""

from __future__ import annotations

import sys
import time

import msgspec

from cppls.cli.options import Arguments
from cppls.cli.output import (
    CommandError,
    Exit,
    Json,
    ProgressBar,
    emit,
    megabytes,
    printable,
    table,
)
from cppls.cli.places import existing_folder, open_index
from cppls.core.budget import BudgetError
from cppls.core.model import Severity
from cppls.engine.events import Event, Notice, Progress
from cppls.engine.headless import Summary, index_project
from cppls.index.digest import IndexDigest
from cppls.index.errors import IndexProblem

_SEVERITIES = {Severity.WARNING: "warning", Severity.ERROR: "error", Severity.FATAL: "error"}


def run_index(arguments: Arguments) -> int:
    """Index and print the summary; the exit code. Raises :class:`CommandError`."""
    root = existing_folder(arguments.folder)
    bar = ProgressBar()
    notices: list[Notice] = []

    def show(progress: Progress) -> None:
        bar.update(progress.done, progress.total, progress.current)

    def note(event: Event) -> None:
        if isinstance(event, Notice):
            notices.append(event)

    try:
        summary = index_project(root, arguments.settings(), show, note)
        digest = _digest(root, arguments.settings().cache_dir) if arguments.digest else None
    except IndexProblem as problem:
        raise CommandError(str(problem), code=Exit.UNAVAILABLE) from problem
    except BudgetError as problem:
        raise CommandError(str(problem), code=Exit.USAGE) from problem
    finally:
        bar.close()
    result: Json = {
        **msgspec.to_builtins(summary),
        "notices": [
            {"severity": each.severity.name.lower(), "message": each.message} for each in notices
        ],
    }
    if digest is not None:
        result["digest"] = msgspec.to_builtins(digest)
    if not arguments.json:
        for each in notices:
            label = _SEVERITIES.get(each.severity, "note")
            print(f"cppls: {label}: {printable(each.message)}", file=sys.stderr)
    emit(arguments.json, result, _lines(summary) + (_digest_lines(digest) if digest else []))
    return Exit.FAILED if summary.failed or summary.problem else Exit.OK


def _digest(root: str, cache_dir: str) -> IndexDigest:
    reader = open_index(root, root, cache_dir).reader()
    try:
        return reader.digest()
    finally:
        reader.close()


def _digest_lines(digest: IndexDigest) -> list[str]:
    rows = [[name, str(each.count), each.digest] for name, each in digest.tables.items()]
    return ["", *table([["digest", "", digest.all], *rows], right=[1])]


def _over(summary: Summary) -> str:
    count = summary.over_budget_samples
    return f", above the budget in {count} measurements" if count else ""


def _lines(summary: Summary) -> list[str]:
    taken = time.strftime("%H:%M:%S", time.gmtime(summary.wall_seconds))
    if summary.wall_seconds < 60:
        taken = f"{summary.wall_seconds:.1f} s"
    failed = f", {summary.failed} failed (cppls status names them)" if summary.failed else ""
    if summary.quarantined:
        failed += f", {summary.quarantined} of them need more memory than the budget leaves"
    rows = [
        ["translation units", f"{summary.translation_units}{failed}"],
        ["indexed now", str(summary.indexed_now)],
        ["files", str(summary.files)],
        ["symbols", str(summary.symbols)],
        ["references", str(summary.references)],
        ["time", f"{taken}, {summary.cpu_seconds:.1f} s of CPU"],
        ["peak memory", f"{megabytes(summary.peak_memory_bytes)} (all processes){_over(summary)}"],
        ["memory budget", megabytes(summary.budget_bytes)],
        ["index", megabytes(summary.index_bytes)],
    ]
    return table(rows) + ([f"stopped early: {summary.problem}"] if summary.problem else [])
