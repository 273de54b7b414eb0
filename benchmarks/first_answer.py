"""How soon a file that is opened into an empty index gives its first useful answer.

    python -m benchmarks.first_answer z3 [--file smt_context.cpp] [--rounds 3]

The server is started on the project without any index, the file is opened at once, and the
definition of one identifier after the other is asked until one leads somewhere. What counts is the
time from the start of the process, as an editor's user waits.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, Final, cast

from benchmarks.agreement import Place, identifiers
from benchmarks.client import Json, LspClient
from benchmarks.projects import NAMES, Project, load
from benchmarks.report import save, table
from benchmarks.servers import clangd_command, cppls_command, forget_clangd_index
from benchmarks.typist import largest_sources

PAUSE: Final = 0.02
"""Seconds between two questions."""
GIVEN_UP: Final = 120.0
"""Seconds after which there is none."""


async def first_answer(server: str, project: Project, path: Path) -> float:
    """Seconds from the start of the server to the first definition that leads somewhere."""
    text = await asyncio.to_thread(path.read_text, errors="replace")
    with tempfile.TemporaryDirectory(prefix="cppls-first-") as cache:
        if server == "clangd":
            forget_clangd_index(project)
            command = clangd_command(project, 2)
        else:
            command = cppls_command(project, 2, Path(cache))
        started = time.monotonic()
        client = await LspClient.start(command, project.root)
        await client.initialize(project.root)
        client.open(path, text)
        places = identifiers(path)
        while not await _leads_somewhere(client, places, started):
            await asyncio.sleep(PAUSE)
        seconds = time.monotonic() - started
        await client.stop()
        return seconds


async def _leads_somewhere(client: LspClient, places: list[Place], started: float) -> bool:
    if time.monotonic() - started > GIVEN_UP:
        raise SystemExit(f"no definition within {GIVEN_UP:.0f} s")
    place = places.pop(0)
    places.append(place)
    answer: Any = await client.ask("definition", place.path, place.line, place.column)
    found = cast("list[Json]", answer if isinstance(answer, list) else [answer] if answer else [])
    # The place itself is what a server says that knows no better.
    return any(
        (each.get("range") or each["targetSelectionRange"])["start"]["line"] != place.line
        for each in found
    )


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("project", help=NAMES)
    parser.add_argument("--file", default="*", help="the largest source named like this")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    project = load(options.project)
    (path,) = largest_sources(project, 1, options.file)
    found: dict[str, list[float]] = {"cppls": [], "clangd": []}
    for _ in range(options.rounds):
        for server, seconds in found.items():
            seconds.append(asyncio.run(first_answer(server, project, path)))
    rows = [[server, f"{statistics.median(all_):.2f} s"] for server, all_ in found.items()]
    print(table(["server", f"first definition in {path.name}"], rows))
    print(save("first_answer", {"project": project.name, "file": str(path), "seconds": found}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
