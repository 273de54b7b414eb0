"""How soon what was changed is in the answers, on a copy of a project.

    python -m benchmarks.fresh source z3 [--rounds 20]    a source is saved with a new function
    python -m benchmarks.fresh header z3 [--units 300]    a header that so many units include, too
    python -m benchmarks.fresh storm synthetic [--units 300]    two files for each unit, at once

All index the copy first, in ``--cache`` or a folder that is removed afterwards. The server is
asked by LSP, as an editor would; what the index itself holds is looked up beside it, as another
process may. Wall times are set against the units' own, see ``OwnParse``.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks import synthetic
from benchmarks.checkout import copy
from benchmarks.client import uri_of
from benchmarks.fresh_server import OwnParse, Server, asking, row, seconds_text, started, until
from benchmarks.projects import NAMES, Project, load
from benchmarks.report import megabytes, save, table
from benchmarks.typist import largest_sources

ASK: Final = 0.05
"""Seconds between two questions whether it is: background jobs give way to each."""
TYPING: Final = 1.0
"""Seconds between the first key and the save."""
LOOKED_AT: Final = 30
"""Sources that are compared with the index over and over."""
SYNTHETIC: Final = "synthetic"
"""The name of a generated project."""


# --- a source -----------------------------------------------------------------------------------


async def source(server: Server, options: argparse.Namespace) -> dict[str, Any]:
    """Save one source after the other, each with a new function, as an editor does."""
    units = server.project.translation_units()
    chosen = random.Random(options.seed).sample(units, min(options.rounds, len(units)))
    rounds: list[dict[str, Any]] = []
    own = await OwnParse.start(server.project, Path(options.cache))
    for number, path in enumerate(chosen):
        saved = await _save_source(server, path, f"{_word()}_{number}")
        rounds.append({"file": path.name, **saved, "parse": await own.seconds(path)})
        print(rounds[-1], flush=True)
    await own.stop()
    rows = [
        row("workspace/symbol finds it", [each["found"] for each in rounds]),
        row("the index holds it", [each["held"] for each in rounds]),
        row("the unit's own, in a warm worker", [each["parse"] for each in rounds]),
        row("index / parse", [each["held"] / each["parse"] for each in rounds], "x"),
    ]
    print(table(["a source is saved", "p50", "p90", "worst"], rows))
    return {"rounds": rounds}


async def _save_source(server: Server, path: Path, name: str) -> dict[str, float]:
    text = await asyncio.to_thread(path.read_text)
    saved = await _type_and_save(server, path, f"{text}\nint {name}(int v) {{ return v; }}\n")
    held = asyncio.ensure_future(until(lambda: server.holds(name)))
    while not await server.finds(name):
        await asyncio.sleep(ASK)
    found = time.monotonic() - saved
    in_index = await held - saved
    await until(server.is_fresh)
    server.client.close(path)
    return {"found": found, "held": in_index}


async def _type_and_save(server: Server, path: Path, changed: str) -> float:
    """Open a file, type into it, save it; when it was saved."""
    text, client = await asyncio.to_thread(path.read_text), server.client
    client.open(path, text)
    await client.parsed(path)
    document = {"uri": uri_of(path), "version": 2}
    # The first key, and the whole text only with the save: unsaved text is in the answers too.
    blank = {"textDocument": document, "contentChanges": [{"text": text + "\n"}]}
    client.notify("textDocument/didChange", blank)
    await asyncio.sleep(TYPING)
    saved = time.monotonic()
    full = {"textDocument": document | {"version": 3}, "contentChanges": [{"text": changed}]}
    client.notify("textDocument/didChange", full)
    server.save(path, changed)
    return saved


# --- a header -----------------------------------------------------------------------------------


async def header(server: Server, options: argparse.Namespace) -> dict[str, Any]:
    """Add a function to a header that many include, and ask all the while; before, as well."""
    path, units = _shared_header(server, options.units)
    (opened,) = largest_sources(server.project, 1)
    server.client.open(opened, opened.read_text(errors="replace"))
    await server.client.parsed(opened)
    async with asking(server.client, opened) as quiet:
        await asyncio.sleep(options.quiet)
    text, name = path.read_text(), _word()
    before, cpu = await server.engine(), _cpu_seconds(server)
    saved = await _type_and_save(server, path, _with_function(text, name))
    held = await until(lambda: server.holds(name)) - saved
    fresh, answers, paused = await _fresh_while_asked(server, opened, options.turns)
    fresh -= saved
    after, cpu = await server.engine(), _cpu_seconds(server) - cpu
    saved = time.monotonic()
    server.save(path, f"// A comment.\n{path.read_text()}")
    await asyncio.sleep(1)
    comment = await until(server.is_fresh) - saved
    rows = [[f"{path.name}, {units} units", "", "", ""]]
    rows += [["the index holds the function", seconds_text(held), "", ""]]
    rows += [["all units are fresh", seconds_text(fresh), "", ""]]
    rows += [["CPU, all processes", seconds_text(cpu), "", ""]]
    rows += [["units indexed", str(_indexed(after) - _indexed(before)), "", ""]]
    rows += [["all are fresh after a comment", seconds_text(comment), "", ""]]
    rows += [row(f"{method} before", taken) for method, taken in quiet.items()]
    rows += [row(f"{method} meanwhile", taken) for method, taken in answers.items()]
    rows += [row(f"{method} paused", taken) for method, taken in paused.items() if taken]
    print(table(["a header is saved", "p50", "p99", "worst"], rows))
    times = {"held": held, "fresh": fresh, "cpu": cpu, "comment": comment}
    asked = {"asked": answers, "asked_before": quiet, "asked_paused": paused}
    return {"header": path.name, "units": units, **times, **asked, "engine": after}


Asked = dict[str, list[float]]


async def _fresh_while_asked(
    server: Server, opened: Path, turns: float
) -> tuple[float, Asked, Asked]:
    """When all is fresh, and the answers meanwhile. With ``turns`` indexing rests every other so
    many seconds: the answers then tell what it adds, whatever else the machine is busy with."""
    answers, paused = Asked(), Asked()
    fresh = asyncio.ensure_future(until(server.is_fresh))
    while not fresh.done():
        for taken, command in ((answers, "resume"), (paused, "pause")) if turns else ():
            await _order(server, command)
            async with asking(server.client, opened) as more:
                await asyncio.wait([fresh], timeout=turns)
            for method, seconds in more.items():
                taken.setdefault(method, []).extend(seconds)
        if not turns:
            async with asking(server.client, opened) as answers:
                await fresh
    if turns:
        await _order(server, "resume")
    return fresh.result(), answers, paused


async def _order(server: Server, what: str) -> None:
    parameters: dict[str, Any] = {"command": f"cppls.{what}Indexing", "arguments": []}
    await server.client.request("workspace/executeCommand", parameters)


def _with_function(text: str, name: str) -> str:
    """The header with one more function, inside of its include guard."""
    function = f"\nstatic inline int {name}(int v) {{ return v; }}\n\n"
    end = len(text) if "#pragma once" in text else text.rfind("#endif")
    return text[:end] + function + text[end:] if end >= 0 else text + function


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


# --- a storm ------------------------------------------------------------------------------------


async def storm(server: Server, options: argparse.Namespace) -> dict[str, Any]:
    """Write all sources and headers of a generated project anew, as a checkout does, and ask all
    the while; then write what was there before."""
    root, units = server.project.root, options.units
    opened = largest_sources(server.project, 1)[0]
    server.client.open(opened, opened.read_text())
    await server.client.parsed(opened)
    every = server.project.translation_units()
    looked_at = random.Random(options.seed).sample(every, min(LOOKED_AT, units))
    runs: dict[str, Any] = {}
    for name, methods in (("there", synthetic.METHODS + 1), ("back", synthetic.METHODS)):
        before, cpu = await server.engine(), _cpu_seconds(server)
        async with asking(server.client, opened) as answers:
            begun = time.monotonic()
            write = synthetic.generate
            await asyncio.to_thread(write, root, units, options.seed, methods=methods)
            written = time.monotonic() - begun
            first = await until(lambda: any(server.has(path) for path in looked_at)) - begun
            await until(lambda: all(server.has(path) for path in looked_at))
            fresh = await until(server.is_fresh) - begun
        after = await server.engine()
        runs[name] = {
            "written": written,
            "first": first,
            "fresh": fresh,
            "cpu": _cpu_seconds(server) - cpu,
            "indexed": _indexed(after) - _indexed(before),
            "checks": _checks(after) - _checks(before),
            "peak": after["memory"]["peak"],
            "late_ms": after["event_loop"]["late_max_ms"],
            "late_before_ms": before["event_loop"]["late_max_ms"],
            "asked": answers,
        }
        _print_storm(name, runs[name], units)
    return {"units": units, "runs": runs}


def _indexed(engine: dict[str, Any]) -> int:
    """Units that were indexed so far, each as often as that happened."""
    scheduler = engine["background"]["scheduler"]
    return scheduler["commits"]["results"] - scheduler["preambles"]["builds"]


def _checks(engine: dict[str, Any]) -> int:
    return engine["background"]["checker"]["checks"]


def _cpu_seconds(server: Server) -> float:
    """Of the server and of all children that it had, ended ones too."""
    process = psutil.Process(server.client.process.pid)
    times = [process.cpu_times()]
    for child in process.children(recursive=True):
        with suppress(psutil.Error):
            times.append(child.cpu_times())
    return sum(t.user + t.system + t.children_user + t.children_system for t in times)


def _print_storm(name: str, run: dict[str, Any], units: int) -> None:
    rows = [
        ["files written", str(2 * units), seconds_text(run["written"]), ""],
        ["the first are in the index after", seconds_text(run["first"]), "", ""],
        ["all is fresh after", seconds_text(run["fresh"]), "", ""],
        ["CPU, all processes", seconds_text(run["cpu"]), "", ""],
        ["units indexed", str(run["indexed"]), f"{run['checks']} checks", ""],
        ["peak memory", megabytes(run["peak"]), "", ""],
        ["event loop late", "", "", f"{run['late_ms']} ms ({run['late_before_ms']} ms before)"],
    ]
    rows += [row(f"{method} meanwhile", taken) for method, taken in run["asked"].items()]
    print(table([f"all is written anew: {name}", "p50", "p99", "worst"], rows), flush=True)


# --- reporting ----------------------------------------------------------------------------------


def _word() -> str:
    """A name that no earlier run has used on a kept copy."""
    return f"fresh_{time.time_ns():x}"


Scenario = Callable[[Server, argparse.Namespace], Coroutine[Any, Any, dict[str, Any]]]
SCENARIOS: Final[dict[str, Scenario]] = {
    "source": source,
    "header": header,
    "storm": storm,
}


async def run(scenario: Scenario, project: Project, options: argparse.Namespace) -> dict[str, Any]:
    """Index the copy, run the scenario on it."""
    memory = ["--memory", options.memory] if options.memory else []
    # What it held up and took while it indexed the copy is no part of what is measured.
    await (await started(project, Path(options.cache), options.jobs)).client.stop()
    server = await started(project, Path(options.cache), options.jobs, *memory)
    try:
        return await scenario(server, options)
    finally:
        await server.client.stop()


def _project(options: argparse.Namespace, base: Path) -> Project:
    """The copy in ``base``, made if it is not there."""
    if options.project == SYNTHETIC:
        root = base / SYNTHETIC
        synthetic.generate(root, options.units, options.seed)
        return Project(SYNTHETIC, root, root / "build")
    original = load(options.project)
    kept = base / original.root.name
    return load(str(kept)) if kept.is_dir() else copy(original, base)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("project", help=f"{NAMES}; {SYNTHETIC}: one that is generated")
    parser.add_argument("--rounds", type=int, default=20, help="sources that are saved")
    parser.add_argument("--units", type=int, default=300, help="that include the header, at least")
    parser.add_argument("--quiet", type=float, default=30.0, help="seconds asked for before")
    parser.add_argument("--turns", type=float, default=0.0, help="seconds of indexing, and of none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--memory", default="", help="the server's budget: 512M")
    parser.add_argument("--cache", help="a folder that is kept, with the copy in it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cppls-fresh-") as folder:
        base = Path(options.cache or folder).resolve()
        options.cache = str(base / "cache")
        project = _project(options, base)
        result = asyncio.run(run(SCENARIOS[options.scenario], project, options))
    print(save(f"fresh_{options.scenario}", {"project": options.project} | result))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
