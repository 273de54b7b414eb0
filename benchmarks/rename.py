"""Rename symbols in a copy of a project, and have every unit that this touches compiled again.

    python -m benchmarks.rename z3 --names ast_manager,rational [--jobs 2]

The project is copied, indexed, and each symbol renamed through the server; the edits are written
and the server indexes what changed. The project still compiles when no file has errors then in
lines that had none before. (Of units errors cannot be counted: those in bodies of headers count for
the unit that a worker was the first to parse them with.) A unit that includes a file with more
errors is given to the project's own compiler, too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.client import Json, LspClient, path_of
from benchmarks.projects import NAMES, Project, load
from benchmarks.report import save, table
from benchmarks.servers import IndexWatch, cppls_command
from cppls.core.model import Severity
from cppls.core.text import Text
from cppls.index.store import Index, project_folder_path


@dataclass(frozen=True, slots=True)
class Renamed:
    """One rename: what the server said, and what became of the units."""

    name: str
    refusal: str
    seconds: float
    edits: int
    files: int
    indexed_again: int
    worse: Sequence[str]
    """Files with more errors than before, as ``path: before -> after``, in lines."""
    broken: Sequence[str]
    """Units that include those and the project's compiler takes no more: what it says."""


def copied(project: Project, folder: Path) -> Project:
    """A copy of ``project`` below ``folder`` whose compile database names the copies."""
    root = folder / project.name
    ignored = shutil.ignore_patterns(".cache", ".git")
    shutil.copytree(project.root, root, symlinks=True, ignore=ignored)
    database = root / os.path.relpath(project.database, project.root)
    commands = database / "compile_commands.json"
    original = os.path.realpath(project.root)
    commands.write_text(commands.read_text().replace(original, str(root)))
    return Project(project.name, root, database)


async def rename(
    client: LspClient, watch: IndexWatch, cache: Path, name: str, project: Project
) -> Renamed:
    """Rename the class or function ``name``, write the edits and wait for the index."""
    place, root = await _place(client, name), project.root
    before = look(cache, root)
    started = time.monotonic()
    try:
        edit = await client.request("textDocument/rename", {**place, "newName": f"{name}_renamed"})
    except RuntimeError as error:
        return Renamed(name, str(error), time.monotonic() - started, 0, 0, 0, (), ())
    seconds = time.monotonic() - started
    changes: dict[str, list[Json]] = edit["changes"]
    watch.done.clear()
    for uri, edits in changes.items():
        apply(Path(path_of(uri)), edits)
    hints = [{"uri": uri, "type": 2} for uri in changes]
    client.notify("workspace/didChangeWatchedFiles", {"changes": hints})
    await watch.complete()
    after = look(cache, root)
    paths = [path for path, lines in sorted(after.errors.items()) if lines - before.lines(path)]
    worse = [f"{p}: {len(before.lines(p))} -> {len(after.lines(p))}" for p in paths]
    donors = {donor for path in paths if (donor := after.donors[path]) is not None}
    broken = await asyncio.to_thread(compiled, project, sorted(donors))
    again = sum(before.units.get(path) != cost for path, cost in after.units.items())
    count = sum(map(len, changes.values()))
    return Renamed(name, "", seconds, count, len(changes), again, worse, broken)


async def _place(client: LspClient, name: str) -> Json:
    """Where a symbol of this name is declared, as the parameters of a request."""
    found = await client.request("workspace/symbol", {"query": name})
    exact = [symbol for symbol in found if symbol["name"] == name.rpartition("::")[2]]
    if not exact:
        raise SystemExit(f"no symbol is called {name}")
    location = exact[0]["location"]
    return {"textDocument": {"uri": location["uri"]}, "position": location["range"]["start"]}


def apply(path: Path, edits: Sequence[Json]) -> None:
    """Write ``edits`` (in UTF-8 columns) to a file, the last one first."""
    text = Text(path.read_bytes())
    data = bytearray(text.data)

    def offset(position: Json) -> int:
        at = text.to_position(position["line"], position["character"], "utf-8")
        return text.offset(at)

    for edit in sorted(edits, key=lambda edit: -offset(edit["range"]["start"])):
        start, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        data[start:end] = edit["newText"].encode()
    path.write_bytes(data)


@dataclass(frozen=True, slots=True)
class Look:
    """What the index says at one moment."""

    units: dict[str, float]
    """CPU seconds of each translation unit: another time it was indexed it took others."""
    errors: dict[str, set[int]]
    """The lines of each file that have errors."""
    donors: dict[str, str | None]
    """For each of these files a translation unit that includes it."""

    def lines(self, path: str) -> set[int]:
        """The lines of a file that have errors."""
        return self.errors.get(path, set())


def look(cache: Path, root: Path) -> Look:
    """Read the index of the project at ``root``."""
    index = Index.open(project_folder_path(str(cache), str(root)), str(root), write=False)
    with closing(index), closing(index.reader()) as reader:
        units = {i.path: i.cpu_seconds for i in reader.all_files() if i.is_translation_unit}
        errors: dict[str, set[int]] = {}
        for each in reader.diagnostics():
            if each.severity is Severity.ERROR:
                errors.setdefault(each.path, set()).add(each.span.line)
        donors = {path: path if path in units else reader.donor(path) for path in errors}
        return Look(units, errors, donors)


def compiled(project: Project, paths: Sequence[str]) -> list[str]:
    """What the compiler of the database says of those ``paths`` that it does not take."""
    text = (project.database / "compile_commands.json").read_bytes()
    entries: dict[str, Json] = {entry["file"]: entry for entry in json.loads(text)}
    said: list[str] = []
    for path in paths:
        entry = entries[path]
        command = [*shlex.split(entry["command"].partition(" -o ")[0]), "-fsyntax-only", path]
        done = subprocess.run(
            command, cwd=entry["directory"], capture_output=True, text=True, check=False
        )
        if done.returncode:
            said.append(f"{path}: {done.stderr[-500:]}")
    return said


async def measure(project: Project, names: Sequence[str], jobs: int, cache: Path) -> list[Renamed]:
    """Rename one after the other, in one server."""
    client = await LspClient.start(cppls_command(project, jobs, cache), project.root)
    try:
        watch = IndexWatch(client)
        await client.initialize(project.root)
        print(f"{project.name}: waiting for the index", file=sys.stderr)
        await watch.complete()
        return [await rename(client, watch, cache, name, project) for name in names]
    finally:
        await client.stop()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("project", help=NAMES)
    parser.add_argument("--names", required=True, help="comma-separated")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cppls-rename-") as temporary:
        folder = Path(os.path.realpath(temporary))
        project = copied(load(options.project), folder)
        names: list[str] = options.names.split(",")
        found = asyncio.run(measure(project, names, options.jobs, folder / "cache"))
    header = ["symbol", "edits", "files", "seconds", "units indexed again", "new errors", "broken"]
    rows = [
        (
            r.name,
            r.edits,
            r.files,
            f"{r.seconds:.2f}",
            r.indexed_again,
            len(r.worse),
            r.refusal or len(r.broken),
        )
        for r in found
    ]
    print(table(header, rows))
    for each in found:
        for line in (*each.worse, *each.broken):
            print(f"{each.name}: {line}")
    result: dict[str, Any] = {
        each.name: {
            "edits": each.edits,
            "indexed_again": each.indexed_again,
            "files": each.files,
            "seconds": each.seconds,
            "refusal": each.refusal,
            "worse": list(each.worse),
            "broken": list(each.broken),
        }
        for each in found
    }
    print(f"saved to {save(f'rename-{options.project}', result)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
