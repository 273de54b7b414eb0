"""Ask clangd and cppls the same questions about random identifiers and list every difference.

    python -m benchmarks.agreement z3 leveldb [--count 1000] [--seed 1] [--show 20] [--keep FOLDER]

Identifiers are drawn from the project's translation units and its headers; each is asked for its
definition, its references (declaration included) and its incoming calls in both servers, with the
file open and both indexes complete. An answer is the set of (file, line) inside the project.
Positions where clangd has no answer inside the project are counted apart. What clangd answered is
kept in the folder of ``--keep`` and not asked again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.client import Json, LspClient, path_of
from benchmarks.projects import NAMES, Project, load
from benchmarks.report import save, table
from benchmarks.servers import IndexWatch, clangd_command, cppls_command

QUESTIONS: Final = ("definition", "references", "incoming calls")
Answer = frozenset[tuple[str, int]]
_TOKEN: Final = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"\(.*?\)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[A-Za-z_]\w*""", re.S
)
_KEYWORDS: Final = frozenset(
    """
    alignas alignof asm auto bool break case catch char class concept const consteval constexpr
    constinit const_cast continue co_await co_return co_yield decltype default delete do double
    dynamic_cast else enum explicit export extern false float for friend goto if inline int long
    mutable namespace new noexcept nullptr operator private protected public register
    reinterpret_cast requires return short signed sizeof static static_assert static_cast struct
    switch template this thread_local throw true try typedef typeid typename union unsigned using
    virtual void volatile wchar_t while define include ifdef ifndef endif elif undef pragma
    defined override final
    """.split()
)


@dataclass(frozen=True, order=True)
class Place:
    """An identifier: file, 0-based line, 0-based byte column."""

    path: Path
    line: int
    column: int
    name: str


@dataclass
class Tally:
    """How the answers to one question compare."""

    equal: int = 0
    different: int = 0
    more: int = 0
    """Of the different ones those that hold all of clangd's, and more."""
    only_cppls: int = 0
    neither: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def share(self) -> float:
        """Equal answers among the positions where clangd has one."""
        asked = self.equal + self.different
        return self.equal / asked if asked else 1.0

    @property
    def covered(self) -> float:
        """Answers that hold all of clangd's."""
        asked = self.equal + self.different
        return (self.equal + self.more) / asked if asked else 1.0


def draw(project: Project, count: int, seed: int) -> list[Place]:
    """``count`` random identifiers, from sources and headers alike, grouped by file."""
    chooser = random.Random(seed)
    units = project.translation_units()
    folders = {path.parent for path in units if path.is_relative_to(project.root)}
    headers = [
        path
        for folder in sorted(folders)
        for path in sorted(folder.iterdir())
        if path.suffix in {".h", ".hpp", ".hh", ".inc"}
    ]
    files = [path for path in [*units, *headers] if path.is_relative_to(project.root)]
    places: set[Place] = set()
    while len(places) < count:
        found = identifiers(chooser.choice(files))
        if found:
            places.update(chooser.sample(found, min(3, len(found), count - len(places))))
    return sorted(places)


def identifiers(path: Path) -> list[Place]:
    """Every identifier of a file, keywords, comments and strings left out."""
    data = path.read_bytes().decode("latin-1")  # one character a byte: columns are bytes
    places: list[Place] = []
    line_starts = [0, *(match.end() for match in re.finditer("\n", data))]
    line = 0
    for match in _TOKEN.finditer(data):
        word = match.group()
        if not (word[0].isalpha() or word[0] == "_") or word in _KEYWORDS or word.startswith('R"'):
            continue
        while line + 1 < len(line_starts) and line_starts[line + 1] <= match.start():
            line += 1
        places.append(Place(path, line, match.start() - line_starts[line], word))
    return places


Answers = dict[Place, dict[str, Answer | str]]
"""Every place's answers; a string where the server answered with an error."""


async def ask_files(
    client: LspClient, project: Project, files: list[list[Place]], found: Answers, *, brittle: bool
) -> None:
    """Ask about the places of each file and take it off ``files``.

    With ``brittle``, stop after a file with errors.
    """
    while files:
        inside = files.pop()
        path = inside[0].path
        print(f"\r{len(files)} files left ", end="", file=sys.stderr)
        client.open(path, path.read_bytes().decode("utf-8", "replace"))
        await client.parsed(path)
        failed = _has_errors(client, path)
        for place in inside:
            found[place] = {q: await _ask(client, project, place, q) for q in QUESTIONS}
        client.close(path)
        if brittle and failed:
            return


def _has_errors(client: LspClient, path: Path) -> bool:
    report = client.diagnostics.get(str(path), {})
    return any(each.get("severity") == 1 for each in report.get("diagnostics", []))


async def _ask(client: LspClient, project: Project, place: Place, question: str) -> Answer | str:
    try:
        if question == "incoming calls":
            return _inside(project, [call async for call in _incoming(client, place)])
        more = {"context": {"includeDeclaration": True}} if question == "references" else {}
        result = await client.ask(question, place.path, place.line, place.column, **more)
    except (RuntimeError, asyncio.TimeoutError) as error:
        return f"error: {error}"
    return _inside(project, result)


async def _incoming(client: LspClient, place: Place) -> AsyncIterator[Json]:
    """Where what the place names is called from, as ``Location``s."""
    asked = await client.ask("prepareCallHierarchy", place.path, place.line, place.column)
    for item in asked or ():
        calls = await client.request("callHierarchy/incomingCalls", {"item": item})
        for call in calls or ():
            for span in call["fromRanges"]:
                yield {"uri": call["from"]["uri"], "range": span}


def _inside(project: Project, result: Any) -> Answer:
    """The (file, 1-based line) pairs of ``Location``s or ``LocationLink``s inside the project."""
    locations: list[Json] = [result] if isinstance(result, dict) else result or []
    inside: set[tuple[str, int]] = set()
    for location in locations:
        uri: str = location.get("uri") or location["targetUri"]
        span: Json = location.get("range") or location["targetSelectionRange"]
        path = os.path.realpath(path_of(uri))
        if Path(path).is_relative_to(project.root):
            inside.add((os.path.relpath(path, project.root), span["start"]["line"] + 1))
    return frozenset(inside)


async def ask_server(
    server: str,
    project: Project,
    places: Sequence[Place],
    jobs: int,
    cache: Path,
    found: Answers,
) -> Answers:
    """Start ``server``, wait for its index, ask about every place that is not ``found`` yet.

    What clangd saw in an opened file goes before its index for as long as it runs. A header that
    does not parse alone so hides what all others know of its symbols, in later answers too: after
    each file with errors clangd is started again. Its index is on disk by then.
    """
    command = (
        clangd_command(project, jobs) if server == "clangd" else cppls_command(project, jobs, cache)
    )
    by_file: dict[Path, list[Place]] = {}
    for place in places:
        if place not in found:
            by_file.setdefault(place.path, []).append(place)
    files = list(reversed(by_file.values()))
    while files:
        client = await LspClient.start(command, project.root)
        try:
            await _indexed(server, project, client)
            await ask_files(client, project, files, found, brittle=server == "clangd")
        finally:
            await client.stop()
    print(file=sys.stderr)
    return found


def kept(path: Path) -> Answers:
    """The answers that :func:`keep` wrote to ``path``; none when there is no such file."""
    rows = msgspec.json.decode(path.read_bytes(), type=_KEPT) if path.exists() else []
    return {
        Place(Path(file), line, column, name): {
            question: answer if isinstance(answer, str) else frozenset(answer)
            for question, answer in answers.items()
        }
        for file, line, column, name, answers in rows
    }


def keep(path: Path, answers: Answers) -> None:
    """Write ``answers`` to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        msgspec.json.encode(
            [
                (str(place.path), place.line, place.column, place.name, found)
                for place, found in answers.items()
            ]
        )
    )


_KEPT: Final = list[tuple[str, int, int, str, dict[str, list[tuple[str, int]] | str]]]
"""Path, line, column and name of a place, and its answers."""


async def _indexed(server: str, project: Project, client: LspClient) -> None:
    """The handshake, and the wait for the whole index."""
    watch = IndexWatch(client)
    await client.initialize(project.root)
    if server == "clangd":  # clangd begins to index when a file is opened
        first = project.translation_units()[0]
        client.open(first, first.read_text(errors="replace"))
    print(f"{project.name}: waiting for {server}'s index", file=sys.stderr)
    await watch.complete()


def compare(places: Sequence[Place], theirs: Answers, ours: Answers) -> dict[str, Tally]:
    """Tally both servers' answers by question."""
    tallies = {question: Tally() for question in QUESTIONS}
    for place in places:
        for question, tally in tallies.items():
            peer, mine = theirs[place][question], ours[place][question]
            if not peer and not mine:
                tally.neither += 1
            elif not peer:
                tally.only_cppls += 1
            elif peer == mine:
                tally.equal += 1
            else:
                tally.different += 1
                if isinstance(peer, frozenset) and isinstance(mine, frozenset):
                    tally.more += mine >= peer
                tally.differences.append(_difference(place, peer, mine))
    return tallies


def _difference(place: Place, peer: Answer | str, mine: Answer | str) -> dict[str, Any]:
    where = f"{place.path}:{place.line + 1}:{place.column + 1}"
    if isinstance(peer, str) or isinstance(mine, str):
        return {"at": where, "name": place.name, "clangd": str(peer), "cppls": str(mine)}
    return {
        "at": where,
        "name": place.name,
        "missing": sorted(peer - mine),
        "extra": sorted(mine - peer),
        "common": len(peer & mine),
    }


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("projects", nargs="+", help=NAMES)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cache-dir", help="keep cppls's index here, and use one that is there")
    parser.add_argument("--keep", help="keep clangd's answers here, and use those that are there")
    parser.add_argument("--show", type=int, default=10, help="differences to print per question")
    options = parser.parse_args()
    rows: list[list[object]] = []
    result: dict[str, Any] = {}
    for name in options.projects:
        project = load(name)
        places = draw(project, options.count, options.seed)
        with tempfile.TemporaryDirectory(prefix="cppls-agreement-") as temporary:
            cache = Path(options.cache_dir or temporary)
            known = Path(options.keep or temporary) / f"clangd-{project.name}.json"
            theirs = kept(known)
            try:
                asyncio.run(ask_server("clangd", project, places, options.jobs, cache, theirs))
            finally:
                keep(known, theirs)
            ours = asyncio.run(ask_server("cppls", project, places, options.jobs, cache, Answers()))
        for question, tally in compare(places, theirs, ours).items():
            rows.append(
                [project.name, question, len(places), tally.equal, tally.different,
                 tally.only_cppls, tally.neither, f"{tally.share:.1%}", f"{tally.covered:.1%}"]
            )  # fmt: skip
            result.setdefault(project.name, {})[question] = {
                "share": tally.share,
                "differences": tally.differences,
            }
            for difference in tally.differences[: options.show]:
                print(f"{project.name} {question}: {difference}")
    header = [
        "project",
        "question",
        "asked",
        "equal",
        "different",
        "only cppls",
        "neither",
        "share",
        "all of clangd's",
    ]
    print(table(header, rows))
    print(f"every difference: {save('agreement', result)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
