"""How soon what was changed is in the answers, on a copy of a project.

    python -m benchmarks.fresh source z3 [--rounds 20]    a source is saved with a new function
    python -m benchmarks.fresh header z3 [--units 300]    a header that so many units include, too

Both index the copy first, in ``--cache`` or a folder that is removed afterwards. The server is
asked by LSP, as an editor would; what the index itself holds is looked up beside it, as another
process may. Reported against the units' own parses, as the worker told them.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.agreement import identifiers
from benchmarks.checkout import copy
from benchmarks.client import LspClient, uri_of
from benchmarks.projects import NAMES, Project, load
from benchmarks.report import save, table
from benchmarks.servers import IndexWatch, cppls_command
from benchmarks.typist import largest_sources
from cppls.index.errors import IndexProblem
from cppls.index.reader import Reader

LOOK: Final = 0.01
"""Seconds between two looks whether something is there."""
ASK: Final = 0.05
"""Seconds between two questions whether it is: background jobs give way to each."""
GIVEN_UP: Final = 1800.0
TYPING: Final = 1.0
"""Seconds between the first key and the save."""
ASKED_EVERY: Final = 0.1
"""Seconds between two questions while units are indexed."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server whose index is complete, and the index itself."""

    project: Project
    client: LspClient
    states: list[str]
    """The server's, as it told them."""
    reader: Reader

    async def finds(self, name: str) -> bool:
        """Whether workspace/symbol knows the name."""
        found: list[Any] | None = await self.client.request("workspace/symbol", {"query": name})
        return bool(found)

    def holds(self, name: str) -> bool:
        """Whether the index does."""
        with suppress(IndexProblem):
            return bool(self.reader.symbols_named(name))
        return False

    def is_fresh(self) -> bool:
        """Whether nothing in the index rests on an earlier content of a file."""
        return not self.reader.stale_units() and self.states[-1:] == ["idle"]

    def save(self, path: Path, text: str) -> None:
        """Write a file and say so. Raises ``SystemExit`` for one that is not the copy's."""
        if not path.is_relative_to(self.project.root.resolve()):
            raise SystemExit(f"{path} is not in the copy at {self.project.root}: it is not changed")
        path.write_text(text)
        document = {"textDocument": {"uri": uri_of(path)}}
        self.client.notify("textDocument/didSave", document)

    def parse_seconds(self, path: Path) -> float:
        """CPU seconds that a worker took for the unit the last time."""
        info = self.reader.file(str(path))
        return info.cpu_seconds if info is not None else 0.0


async def started(project: Project, cache: Path, jobs: int) -> Server:
    """A server on ``project`` once it is idle."""
    client = await LspClient.start(cppls_command(project, jobs, cache), project.root)
    watch, states = IndexWatch(client), list[str]()
    client.listeners.append(
        lambda method, params: states.append(params["state"]) if method == "cppls/state" else None
    )
    await client.initialize(project.root)
    await watch.complete()
    (database,) = await asyncio.to_thread(lambda: list(cache.rglob("index.db")))
    return Server(project, client, states, Reader(str(database), str(project.root)))


async def until(condition: Callable[[], bool]) -> float:
    """The time at which it holds."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > GIVEN_UP:
            raise SystemExit(f"not seen within {GIVEN_UP:.0f} s")
        await asyncio.sleep(LOOK)
    return time.monotonic()


# --- a source -----------------------------------------------------------------------------------


async def source(server: Server, options: argparse.Namespace) -> dict[str, Any]:
    """Save one source after the other, each with a new function, as an editor does."""
    units = server.project.translation_units()
    chosen = random.Random(options.seed).sample(units, min(options.rounds, len(units)))
    rounds: list[dict[str, Any]] = []
    for number, path in enumerate(chosen):
        rounds.append({"file": path.name} | await _save_source(server, path, f"{_word()}_{number}"))
        print(rounds[-1], flush=True)
    rows = [
        _row("workspace/symbol finds it", [each["found"] for each in rounds]),
        _row("the index holds it", [each["held"] for each in rounds]),
        _row("the unit's own parse, CPU", [each["parse"] for each in rounds]),
        _row("index / parse", [each["held"] / each["parse"] for each in rounds], "x"),
    ]
    print(table(["a source is saved", "p50", "p90", "worst"], rows))
    return {"rounds": rounds}


async def _save_source(server: Server, path: Path, name: str) -> dict[str, float]:
    text = await asyncio.to_thread(path.read_text)
    client = server.client
    client.open(path, text)
    await client.parsed(path)
    document = {"uri": uri_of(path), "version": 2}
    changed = f"{text}\nint {name}(int v) {{ return v; }}\n"
    # The first key, and the whole text only with the save: unsaved text is in the answers too.
    blank = {"textDocument": document, "contentChanges": [{"text": text + "\n"}]}
    client.notify("textDocument/didChange", blank)
    await asyncio.sleep(TYPING)
    saved = time.monotonic()
    full = {"textDocument": document | {"version": 3}, "contentChanges": [{"text": changed}]}
    client.notify("textDocument/didChange", full)
    server.save(path, changed)
    held = asyncio.ensure_future(until(lambda: server.holds(name)))
    while not await server.finds(name):
        await asyncio.sleep(ASK)
    found = time.monotonic() - saved
    in_index = await held - saved
    await until(server.is_fresh)
    client.close(path)
    return {"found": found, "held": in_index, "parse": server.parse_seconds(path)}


# --- a header -----------------------------------------------------------------------------------


async def header(server: Server, options: argparse.Namespace) -> dict[str, Any]:
    """Add a function to a header that many include, and ask all the while."""
    path, units = _shared_header(server, options.units)
    (opened,) = largest_sources(server.project, 1)
    server.client.open(opened, opened.read_text(errors="replace"))
    await server.client.parsed(opened)
    text, name = path.read_text(), _word()
    saved = time.monotonic()
    server.save(path, f"{text}\nstatic inline int {name}(int v) {{ return v; }}\n")
    held = await until(lambda: server.holds(name)) - saved
    asking = asyncio.ensure_future(_ask_on(server.client, opened))
    fresh = await until(server.is_fresh) - saved
    asking.cancel()
    answers = await asking
    saved = time.monotonic()
    server.save(path, f"// A comment.\n{path.read_text()}")
    await asyncio.sleep(1)
    comment = await until(server.is_fresh) - saved
    rows = [[f"{path.name}, {units} units", "", "", ""]]
    rows += [["the index holds the function", _seconds(held), "", ""]]
    rows += [["all units are fresh", _seconds(fresh), "", ""]]
    rows += [["all are fresh after a comment", _seconds(comment), "", ""]]
    rows += [_row(f"{method} meanwhile", taken) for method, taken in answers.items()]
    print(table(["a header is saved", "p50", "p99", "worst"], rows))
    return {"header": path.name, "units": units, "held": held, "fresh": fresh, "asked": answers}


def _shared_header(server: Server, units: int) -> tuple[Path, int]:
    """The project's header whose number of units is the next above ``units``, and that number."""
    root = str(server.project.root.resolve())
    counts = {
        info.path: len(server.reader.dependents([info.path]))
        for info in list(server.reader.all_files())
        if not info.is_translation_unit and info.path.startswith(root)
    }
    shared = [(count, path) for path, count in counts.items() if count >= units]
    count, path = min(shared, default=max((count, path) for path, count in counts.items()))
    return Path(path), count


async def _ask_on(client: LspClient, path: Path) -> dict[str, list[float]]:
    """Hover and definition, one after the other, until it is cancelled: their seconds."""
    taken: dict[str, list[float]] = {"hover": [], "definition": []}
    places = identifiers(path)
    random.Random(1).shuffle(places)
    with suppress(asyncio.CancelledError):
        while True:
            for method, seconds in taken.items():
                place = places.pop()
                places.insert(0, place)
                begun = time.monotonic()
                await client.ask(method, place.path, place.line, place.column)
                seconds.append(time.monotonic() - begun)
                await asyncio.sleep(ASKED_EVERY)
    return taken


# --- reporting ----------------------------------------------------------------------------------


def _word() -> str:
    """A name that no earlier run has used on a kept copy."""
    return f"fresh_{time.time_ns():x}"


def _row(what: str, values: Sequence[float], unit: str = "s") -> list[str]:
    ordered = sorted(values) or [0.0]
    high = ordered[
        min(int(len(ordered) * (0.99 if len(ordered) >= 100 else 0.9)), len(ordered) - 1)
    ]
    return [what, *(f"{v:.2f} {unit}" for v in (statistics.median(ordered), high, ordered[-1]))]


def _seconds(value: float) -> str:
    return f"{value:.2f} s"


Scenario = Callable[[Server, argparse.Namespace], Coroutine[Any, Any, dict[str, Any]]]
SCENARIOS: Final[dict[str, Scenario]] = {"source": source, "header": header}


async def run(scenario: Scenario, project: Project, options: argparse.Namespace) -> dict[str, Any]:
    """Index the copy, run the scenario on it."""
    server = await started(project, Path(options.cache), options.jobs)
    try:
        return await scenario(server, options)
    finally:
        await server.client.stop()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("project", help=NAMES)
    parser.add_argument("--rounds", type=int, default=20, help="sources that are saved")
    parser.add_argument("--units", type=int, default=300, help="that include the header, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cache", help="a folder that is kept, with the copy in it")
    options = parser.parse_args()
    original = load(options.project)
    with tempfile.TemporaryDirectory(prefix="cppls-fresh-") as folder:
        base = Path(options.cache or folder)
        options.cache = str(base / "cache")
        kept = base / original.root.name
        project = load(str(kept)) if kept.is_dir() else copy(original, base)
        result = asyncio.run(run(SCENARIOS[options.scenario], project, options))
    print(save(f"fresh_{options.scenario}", {"project": original.name} | result))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
