"""``cppls status``: what the index on disk holds, what failed, and who writes it now."""

from __future__ import annotations

from contextlib import closing
from typing import Final

from cppls.cli.options import Arguments
from cppls.cli.output import CommandError, Exit, Json, emit, megabytes, shown, table
from cppls.cli.places import open_index
from cppls.core.model import FileInfo
from cppls.index.errors import IndexProblem
from cppls.index.lock import owner

LISTED: Final = 20
"""Files that failed, and costly ones, at the most."""


def run_status(arguments: Arguments) -> int:
    """Print it; the exit code. Raises :class:`CommandError`."""
    index = open_index("", arguments.folder, arguments.cache_dir)
    try:
        with closing(index.reader()) as reader:
            counts = reader.counts()
            failures = reader.failures(LISTED)
            costliest = reader.costliest(LISTED)
    except IndexProblem as problem:
        raise CommandError(str(problem), code=Exit.UNAVAILABLE) from problem
    writer = owner(index.folder)
    result: Json = {
        "root": index.root,
        "folder": index.folder,
        "writer_pid": writer,
        "translation_units": counts.translation_units,
        "failed": counts.failed,
        "files": counts.files,
        "symbols": counts.symbols,
        "references": counts.references,
        "index_bytes": counts.index_bytes,
        "failures": [_failure(each) for each in failures],
        "costliest": [_cost(each) for each in costliest],
    }
    rows = [
        ["project", index.root],
        ["index", f"{index.folder} ({megabytes(counts.index_bytes)})"],
        ["written by", f"process {writer}" if writer else "nobody now"],
        ["translation units", f"{counts.translation_units} ({counts.failed} failed)"],
        ["files", str(counts.files)],
        ["symbols", str(counts.symbols)],
        ["references", str(counts.references)],
    ]
    lines = table(rows)
    if failures:
        lines += ["", "failed:", *(f"  {shown(f.path)}: {f.message}" for f in failures)]
        if counts.failed > len(failures):
            lines.append(f"  ... {counts.failed - len(failures)} more")
        lines.append("what to do: cppls doctor FILE")
    emit(arguments.json, result, lines)
    return Exit.OK


def _failure(file: FileInfo) -> Json:
    return {"path": file.path, "status": file.status.name.lower(), "message": file.message}


def _cost(file: FileInfo) -> Json:
    return {
        "path": file.path,
        "cpu_seconds": round(file.cpu_seconds, 3),
        "peak_memory_bytes": file.peak_rss,
        "errors": file.errors,
    }
