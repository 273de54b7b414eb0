"""Does completion offer what the developer typed, and how soon: cppls and clangd side by side.

    python -m benchmarks.completion z3 leveldb [--places 300] [--seed 1] [--no-index]

Identifiers are drawn at random from sources, and what follows the letters typed so far is taken out
of the text: half of the places are members, with nothing typed behind ``.``, ``->`` or ``::``, half
are other names with two letters typed. What stood there is what is looked for in the answer. Five
files are open at a time; each place is an edit and, at once, the request, as an editor does it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from benchmarks.client import Json, LspClient, uri_of
from benchmarks.projects import NAMES, Project, load
from benchmarks.report import save, table
from benchmarks.servers import IndexWatch, clangd_command, cppls_command

OPEN: Final = 5
"""Files that are open at a time."""
IN_FILE: Final = 10
"""Places in one file at the most."""
PAUSE: Final = 0.3
"""Seconds from an answer to the next edit: parses are under way then as when somebody types."""
BEGINS: Final = 5.0
"""Seconds within which a server begins to say how its index goes."""
TYPED: Final = 2
"""Letters of a name that is no member."""

CAPABILITIES: Final[Json] = {
    "completionItem": {
        "snippetSupport": True,
        "labelDetailsSupport": True,
        "deprecatedSupport": True,
    }
}

_TOKEN: Final = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|^[ \t]*#[^\n]*(?:\\\n[^\n]*)*"
    r"|(?P<name>[A-Za-z_]\w*)|\d[\w.']*|->|::|\S",
    re.MULTILINE | re.DOTALL,
)
_KEYWORDS: Final = frozenset(
    "alignas alignof and asm auto bool break case catch char class const constexpr const_cast"
    " continue decltype default delete do double dynamic_cast else enum explicit extern false"
    " final float for friend goto if inline int long mutable namespace new noexcept nullptr"
    " operator override private protected public register reinterpret_cast return short signed"
    " sizeof static static_assert static_cast struct switch template this throw true try typedef"
    " typename union unsigned using virtual void volatile while NULL".split()
)
_BEFORE_USES: Final = frozenset("( , = ; { } ! + - / < ? : [ | & return".split())
"""Behind any other token a name may be a new one, which nobody can offer."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place to complete at: ``cut`` is the text without the rest of ``name``."""

    path: str
    offset: int
    """Of the name, in characters."""
    typed: int
    name: str

    def cut(self, text: str) -> tuple[str, int, int]:
        """The text without the rest of the name; line and column (bytes) of the cursor."""
        cursor = self.offset + self.typed
        shorter = text[:cursor] + text[self.offset + len(self.name) :]
        line_start = text.rfind("\n", 0, cursor) + 1
        return shorter, text.count("\n", 0, cursor), len(text[line_start:cursor].encode())


@dataclass(slots=True)
class Found:
    """What one server answered: the rank of each place's name (0: the first; -1: not there)."""

    ranks: list[int] = field(default_factory=list[int])
    seconds: list[float] = field(default_factory=list[float])


def places(project: Project, count: int, seed: int) -> list[Place]:
    """``count`` places in as many sources as needed, half of them members; the same for a seed."""
    chance = random.Random(seed)
    sources = sorted(path for path in project.translation_units() if path.is_file())
    chance.shuffle(sources)
    found: list[Place] = []
    for path in sources:
        text = path.read_text(errors="replace")
        if text.isascii():
            found += _in_file(str(path), text, chance)
        if len(found) >= count:
            break
    return found[:count]


def _in_file(path: str, text: str, chance: random.Random) -> list[Place]:
    members = [Place(path, at, 0, name) for at, name, before in _names(text) if before in _MEMBER]
    others = [
        Place(path, at, TYPED, name)
        for at, name, before in _names(text)
        if before in _BEFORE_USES and len(name) > TYPED + 1
    ]
    half = min(IN_FILE // 2, len(members), len(others))
    chosen = [*chance.sample(members, half), *chance.sample(others, half)]
    chance.shuffle(chosen)
    return chosen


_MEMBER: Final = frozenset({".", "->", "::"})


def _names(text: str) -> Iterator[tuple[int, str, str]]:
    """Offset, name, and the token before it."""
    before = ""
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word.startswith(("//", "/*")):
            continue
        if token["name"] and word not in _KEYWORDS:
            yield token.start(), word, before
        before = word


async def measure(
    server: str, project: Project, asked: Sequence[Place], cache: Path, *, index: bool
) -> Found:
    """Ask one server at every place."""
    if server == "clangd":
        command = [*clangd_command(project, 2), "--limit-results=100"]
        if not index:
            command.append("--background-index=false")
    else:
        command = cppls_command(project, 2, cache)
    client = await LspClient.start(command, project.root)
    watch = IndexWatch(client)
    options = {} if index else {"backgroundIndex": False}
    await client.initialize(project.root, options, completion=CAPABILITIES)
    by_file: dict[str, list[Place]] = {}
    for place in asked:
        by_file.setdefault(place.path, []).append(place)
    paths = list(by_file)
    found = Found()
    for start in range(0, len(paths), OPEN):
        group = paths[start : start + OPEN]
        texts = {path: await asyncio.to_thread(_read, path) for path in group}
        for path in group:
            client.open(Path(path), texts[path])
        for path in group:
            await client.parsed(Path(path), 120)
        if start == 0 and index:
            await _indexed(watch)
        for path in group:
            for version, place in enumerate(by_file[path], 2):
                await _ask(client, place, texts[path], 2 * version, found)
        for path in group:
            client.close(Path(path))
    await client.stop()
    return found


async def _indexed(watch: IndexWatch) -> None:
    """Wait for the index; a server that has found it complete may say nothing of it."""
    await asyncio.sleep(BEGINS)
    if watch.last:
        await watch.complete()


async def _ask(client: LspClient, place: Place, text: str, version: int, found: Found) -> None:
    shorter, line, column = place.cut(text)
    _change(client, place.path, shorter, version)
    started = time.perf_counter()
    answer = await client.ask("completion", Path(place.path), line, column)
    found.seconds.append(client.arrived - started)
    found.ranks.append(_rank(answer, place.name))
    _change(client, place.path, text, version + 1)
    await asyncio.sleep(PAUSE)


def _change(client: LspClient, path: str, text: str, version: int) -> None:
    document = {"uri": uri_of(Path(path)), "version": version}
    params = {"textDocument": document, "contentChanges": [{"text": text}]}
    client.notify("textDocument/didChange", params)


def _rank(answer: Any, name: str) -> int:
    items = cast("list[Json]", answer["items"] if answer else [])
    items = sorted(items, key=lambda item: str(item.get("sortText") or item["label"]))
    for rank, item in enumerate(items):
        text = str(item.get("filterText") or item["label"]).strip(" •")
        if re.split(r"[(<:]", text)[0] == name:
            return rank
    return -1


def _read(path: str) -> str:
    return Path(path).read_text(errors="replace")


def _row(server: str, found: Found) -> list[str]:
    asked = len(found.ranks)

    def share(below: int) -> str:
        return f"{100 * sum(0 <= rank < below for rank in found.ranks) / asked:.1f} %"

    milliseconds = sorted(1000 * seconds for seconds in found.seconds)
    p50, p99 = statistics.median(milliseconds), milliseconds[int(0.99 * (asked - 1))]
    mean = statistics.fmean(1 / (rank + 1) if rank >= 0 else 0 for rank in found.ranks)
    latencies = [f"{p50:.0f} ms", f"{p99:.0f} ms"]
    return [server, share(1), share(3), share(10), share(100), f"{mean:.3f}", *latencies]


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("projects", nargs="+", help=NAMES)
    parser.add_argument("--places", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--servers", nargs="+", default=["cppls", "clangd"])
    parser.add_argument("--cache-dir", type=Path, help="cppls's index, kept from run to run")
    parser.add_argument("--no-index", action="store_true", help="without a background index")
    parser.add_argument("--misses", action="store_true", help="list what was not among ten")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    for name in options.projects:
        project = load(name)
        asked = places(project, options.places, options.seed)
        rows: list[list[str]] = []
        for server in options.servers:
            with tempfile.TemporaryDirectory(prefix="cppls-completion-") as folder:
                cache = options.cache_dir or Path(folder)
                found = asyncio.run(
                    measure(server, project, asked, cache, index=not options.no_index)
                )
            rows.append(_row(server, found))
            results[f"{name} {server}"] = asdict(found)
            if options.misses:
                for place, rank in zip(asked, found.ranks, strict=True):
                    if not 0 <= rank < 10:
                        print(f"{server} {rank:4} {place.path}:{place.offset} {place.name}")
        print(f"{name}: {len(asked)} places")
        print(table(["server", "first", "of 3", "of 10", "at all", "MRR", "p50", "p99"], rows))
    print(save("completion", results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
