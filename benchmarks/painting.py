"""Ask clangd and cppls what an editor paints, side by side: is it the same, how long does it take.

    python -m benchmarks.painting z3 [leveldb ...] [--files 12] [--seed 1] [--file PATH ...]
                                     [--show 5]

Files are drawn from each project's sources and headers; ``--file`` adds some. Each is opened in
both servers, without a background index; once it is parsed, every question is asked three times
and the fastest answer counts. Equality is counted by item of clangd's answer: a semantic token
with its type and modifiers, a hint with its label, a symbol by name and line, a range of a
highlight, a fold by its lines, a link by its line and target.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.agreement import identifiers
from benchmarks.client import Json, LspClient, path_of, uri_of
from benchmarks.projects import NAMES, Project, load
from benchmarks.report import save, table
from benchmarks.servers import clangd_command, cppls_command

ROUNDS: Final = 3
HIGHLIGHTS: Final = 20
"""Identifiers of each file that are asked for their highlights."""
EVERYTHING: Final = {
    "start": {"line": 0, "character": 0},
    "end": {"line": 1_000_000, "character": 0},
}
LONG: Final = 3_000
"""Lines: times of files that are longer are told apart."""

Items = Counter[tuple[Any, ...]]


@dataclass
class Asked:
    """What one server answers about one file, and the fastest it did, in seconds."""

    items: dict[str, Items] = field(default_factory=dict[str, Items])
    seconds: dict[str, float] = field(default_factory=dict[str, float])


@dataclass
class Tally:
    """One question, over all files of a project."""

    equal: int = 0
    missing: int = 0
    extra: int = 0
    seconds: dict[str, list[float]] = field(default_factory=dict[str, "list[float]"])
    """By server, of the long files."""
    examples: list[str] = field(default_factory=list[str])

    @property
    def share(self) -> float:
        """Of clangd's items, those that cppls has as well."""
        return self.equal / (self.equal + self.missing) if self.equal + self.missing else 1.0


def draw(project: Project, count: int, seed: int, more: Sequence[Path]) -> list[Path]:
    """``count`` random files of the project, and ``more``."""
    folders = {path.parent for path in project.translation_units()}
    files = [
        path
        for folder in sorted(folders)
        if folder.is_relative_to(project.root) and not folder.is_relative_to(project.database)
        for path in sorted(folder.iterdir())
        if path.suffix in {".c", ".cc", ".cpp", ".h", ".hpp"}
    ]
    drawn = random.Random(seed).sample(files, min(count, len(files)))
    return sorted({*drawn, *(path.resolve() for path in more)})


async def ask_files(
    command: list[str], project: Project, files: Iterable[Path]
) -> dict[Path, Asked]:
    """Everything about each file, one after the other."""
    client = await LspClient.start(command, project.root)
    told = await client.initialize(project.root, {"backgroundIndex": False})
    legend = told["capabilities"]["semanticTokensProvider"]["legend"]
    found: dict[Path, Asked] = {}
    for path in files:
        client.open(path, path.read_bytes().decode("utf-8", "replace"))
        await client.parsed(path)
        found[path] = await ask_file(client, path, legend)
        client.close(path)
    await client.stop()
    return found


async def ask_file(client: LspClient, path: Path, legend: Json) -> Asked:
    """Everything about an open, parsed file."""
    asked = Asked()

    async def ask(method: str, **more: Any) -> Any:
        params = {"textDocument": {"uri": uri_of(path)}, **more}
        best, answer = float("inf"), None
        for _ in range(ROUNDS):
            start = time.perf_counter()
            answer = await client.request(f"textDocument/{method}", params)
            best = min(best, time.perf_counter() - start)
        asked.seconds[method] = best
        return answer

    tokens: Json | None = await ask("semanticTokens/full")
    asked.items["semanticTokens/full"] = Counter(_tokens(tokens["data"] if tokens else [], legend))
    hints: list[Json] = await ask("inlayHint", range=EVERYTHING) or []
    asked.items["inlayHint"] = Counter(map(_hint, hints))
    symbols: list[Json] = await ask("documentSymbol") or []
    asked.items["documentSymbol"] = Counter(_symbols(symbols))
    folds: list[Json] = await ask("foldingRange") or []
    asked.items["foldingRange"] = Counter((fold["startLine"], fold["endLine"]) for fold in folds)
    links: list[Json] = await ask("documentLink") or []
    asked.items["documentLink"] = Counter(map(_link, links))
    asked.items["documentHighlight"] = Counter(await _highlights(client, path, asked))
    return asked


async def _highlights(client: LspClient, path: Path, asked: Asked) -> list[tuple[Any, ...]]:
    places = identifiers(path)
    chosen = random.Random(path.name).sample(places, min(HIGHLIGHTS, len(places)))
    found: list[tuple[Any, ...]] = []
    spent = 0.0
    for place in chosen:
        start = time.perf_counter()
        answer = await client.ask("documentHighlight", path, place.line, place.column)
        spent = max(spent, time.perf_counter() - start)
        at = (place.line, place.column)
        found += [
            (at, each["range"]["start"]["line"], each["range"]["start"]["character"])
            for each in answer or ()
        ]
    asked.seconds["documentHighlight"] = spent
    return found


def _tokens(data: Sequence[int], legend: Json) -> Iterator[tuple[Any, ...]]:
    line = column = 0
    for at in range(0, len(data), 5):
        down, right, length, kind, bits = data[at : at + 5]
        line, column = line + down, right if down else column + right
        modifiers = [name for bit, name in enumerate(legend["tokenModifiers"]) if bits >> bit & 1]
        yield line, column, length, legend["tokenTypes"][kind], *modifiers


def _hint(hint: Json) -> tuple[Any, ...]:
    label: Any = hint["label"]
    text = label if isinstance(label, str) else "".join(part["value"] for part in label)
    return hint["position"]["line"], hint["position"]["character"], text


def _link(link: Json) -> tuple[Any, ...]:
    return link["range"]["start"]["line"], os.path.realpath(path_of(link["target"]))


def _symbols(symbols: Iterable[Json]) -> Iterator[tuple[Any, ...]]:
    for symbol in symbols:
        yield symbol["selectionRange"]["start"]["line"], symbol["name"]
        yield from _symbols(symbol.get("children") or ())


async def compare(project: Project, files: list[Path]) -> dict[str, Tally]:
    """Both servers on the files of a project, one after the other."""
    with tempfile.TemporaryDirectory() as cache:
        ours = await ask_files(cppls_command(project, 1, Path(cache)), project, files)
    command = [*clangd_command(project, 1), "--background-index=false"]
    theirs = await ask_files(command, project, files)
    tallies: dict[str, Tally] = {}
    for path in files:
        is_long = path.read_bytes().count(b"\n") > LONG
        for question, wanted in theirs[path].items.items():
            tally = tallies.setdefault(question, Tally())
            got = ours[path].items[question]
            tally.equal += (wanted & got).total()
            tally.missing += (wanted - got).total()
            tally.extra += (got - wanted).total()
            tally.examples += [f"- {path.name}: {item}" for item in wanted - got]
            tally.examples += [f"+ {path.name}: {item}" for item in got - wanted]
            for server, asked in (("cppls", ours[path]), ("clangd", theirs[path])):
                if is_long:
                    tally.seconds.setdefault(server, []).append(asked.seconds[question])
    return tallies


def _milliseconds(seconds: Sequence[float] | None) -> str:
    return f"{1000 * max(seconds):.0f}" if seconds else "-"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("projects", nargs="+", metavar="PROJECT", help=NAMES)
    parser.add_argument("--files", type=int, default=12, help="files drawn from each project")
    parser.add_argument("--file", type=Path, action="append", default=[], help="one more file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="differences to print, by question")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    for name in options.projects:
        project = load(name)
        inside = [path for path in options.file if path.resolve().is_relative_to(project.root)]
        files = draw(project, options.files, options.seed, inside)
        tallies = asyncio.run(compare(project, files))
        rows = [
            (
                question,
                tally.equal + tally.missing,
                f"{100 * tally.share:.2f} %",
                tally.extra,
                _milliseconds(tally.seconds.get("cppls")),
                _milliseconds(tally.seconds.get("clangd")),
            )
            for question, tally in tallies.items()
        ]
        header = (
            f"{name}, {len(files)} files",
            "clangd's",
            "equal",
            "more",
            "cppls ms",
            "clangd ms",
        )
        print(table(header, rows))
        for question, tally in tallies.items():
            for example in tally.examples[: options.show]:
                print(question, example)
        results[name] = {
            question: {
                "share": tally.share,
                "items": tally.equal + tally.missing,
                "extra": tally.extra,
                "seconds": tally.seconds,
            }
            for question, tally in tallies.items()
        }
    print(save("painting", results))


if __name__ == "__main__":
    main()
