"""What answers cost while many open files are edited and not saved.

    python -m benchmarks.unsaved leveldb --open 20

Opens the project's largest sources, asks, types a function at the start and one at the end of each
without saving, and asks again: at once, when every file is at its parse, and when all are parsed.
Milliseconds; the index is made first. Exits with 1 when what was typed is not found at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from benchmarks.projects import NAMES, Project, load
from benchmarks.report import save, table
from cppls.core.model import Position
from cppls.core.settings import Settings
from cppls.core.text import Text
from cppls.engine.engine import Engine
from cppls.features.answer import Answer
from cppls.features.definition import definition
from cppls.features.hover import hover
from cppls.features.outline import outline
from cppls.features.references import references
from cppls.features.workspace_symbols import workspace_symbols

ROUNDS: Final = 15
HEAD: Final = b"int typed_at_the_start();\n"
TAIL: Final = b"\nint typed_at_the_end() { return 1; }\n"


class Session:
    """An engine with the project's largest sources open."""

    def __init__(self, engine: Engine, project: Project, count: int) -> None:
        units = sorted(project.translation_units(), key=lambda unit: -unit.stat().st_size)
        self.engine = engine
        self.texts = {str(unit.resolve()): unit.read_bytes() for unit in units[:count]}
        self.path = next(iter(self.texts))
        self.position = Position(0, 0)

    async def open(self) -> None:
        """Open all, and find a function to ask about."""
        for path, text in self.texts.items():
            self.engine.open_document(path, Text(text), 1)
        await self.parsed()
        items = (await outline(self.engine.snapshot(), self.path)).items
        chosen = max(items, key=lambda item: item.extent.end_line - item.extent.line)
        self.position = Position(chosen.selection.line, chosen.selection.column)

    def edit(self) -> None:
        """Type into each file, without saving it."""
        for path, text in self.texts.items():
            self.engine.change_document(path, Text(HEAD + text + TAIL), 2)
        self.position = Position(self.position.line + 1, self.position.column)

    async def parsed(self) -> None:
        """Return when every file's TU shows its text."""
        for path in self.texts:
            while await self.engine.snapshot().live(path) is None:
                await asyncio.sleep(0.05)

    async def ask(self, rounds: int) -> dict[str, float]:
        """The median time of each question, in milliseconds."""
        snapshot, path, at = self.engine.snapshot, self.path, self.position
        questions: dict[str, Callable[[], Awaitable[Answer[Any]]]] = {
            "workspace/symbol": lambda: workspace_symbols(snapshot(), "typed"),
            "references": lambda: references(snapshot(), path, at),
            "definition": lambda: definition(snapshot(), path, at),
            "hover": lambda: hover(snapshot(), path, at),
        }
        return {name: await median(ask, rounds) for name, ask in questions.items()}


async def median(ask: Callable[[], Awaitable[Answer[Any]]], rounds: int) -> float:
    """Of so many times, in milliseconds."""
    times: list[float] = []
    for _ in range(rounds):
        started = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


async def measure(project: Project, cache: str, count: int) -> tuple[dict[str, Any], int]:
    """Times by moment and question; in how many files what was typed is found in the end."""
    settings = Settings(cache_dir=cache, compile_commands=str(project.database))
    engine = Engine(str(project.root), settings)
    await engine.start()
    try:
        while engine.state != "idle":
            await asyncio.sleep(0.1)
        session = Session(engine, project, count)
        await session.open()
        await session.ask(1)  # What is read for the first time comes from the disk.
        result = {"none edited": await session.ask(ROUNDS)}
        session.edit()
        result["all edited, at their parse"] = await session.ask(1)
        await session.parsed()
        await session.ask(1)
        result["all edited, parsed"] = await session.ask(ROUNDS)
        found = await workspace_symbols(engine.snapshot(), "typed_at_the_end", limit=count + 1)
        places = {place.path for each in found.items if (place := each.definition) is not None}
        return result, len(places & session.texts.keys())
    finally:
        await engine.stop()


def main() -> int:
    """Measure and print; see the module's docstring."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("project", choices=NAMES)
    parser.add_argument("--open", type=int, default=20, help="files (default: %(default)s)")
    parser.add_argument("--cache-dir", help="where the index is kept; else it is made and removed")
    options = parser.parse_args()
    project = load(options.project)
    with tempfile.TemporaryDirectory() as folder:
        cache = options.cache_dir or str(Path(folder) / "cache")
        result, found = asyncio.run(measure(project, cache, options.open))
    names = list(next(iter(result.values())))
    rows = [[moment, *(f"{times[name]:.1f}" for name in names)] for moment, times in result.items()]
    print(table([f"{project.name}, {options.open} open", *names], rows))
    save(f"unsaved-{project.name}", {"open": options.open, "found": found, "milliseconds": result})
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
