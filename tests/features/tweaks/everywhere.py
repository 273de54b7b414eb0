"""All tweaks, asked all over a file, and everything that they would make of it parsed.

    python -m tests.features.tweaks.everywhere PROJECT [--step N] FILE ...

``PROJECT`` holds the compile database, itself or in ``build``, ``FILE`` are sources that it has,
and headers. Says how many edits each tweak made and refused, and which have new problems.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shlex
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cppls.core.model import Span
from cppls.core.text import Text
from cppls.features.tweaks import offers
from cppls.features.tweaks.selection import Refused
from tests.features.tweaks.changed import Checker, applied
from tests.markers import Fixture, SourceFile
from tests.world import World

_TOKEN = re.compile(rb"\w+|[^\w\s]")


@dataclass
class Survey:
    """What became of the offers, by the tweak's name; ``problems`` say where, and what."""

    refused: Counter[str] = field(default_factory=Counter[str])
    made: Counter[str] = field(default_factory=Counter[str])
    reasons: Counter[str] = field(default_factory=Counter[str])
    problems: list[str] = field(default_factory=list[str])


async def survey(world: World, path: str, step: int = 1) -> Survey:
    """Ask all tweaks at every ``step``-th token of an open file, and for as many runs of lines."""
    found = Survey()
    seen: set[str] = set()
    text = world.texts[path]
    checker = Checker(world)
    for span in list(_selections(text))[::step]:
        for name, offer in (await offers(world.snapshot, path, span)).items():
            try:
                edits = await offer.edits()
            except Refused as reason:
                found.refused[name] += 1
                found.reasons[f"{name}: {reason}"] += 1
                continue
            key = f"{name} {sorted(edits.items())}"
            if key in seen:
                continue
            seen.add(key)
            found.made[name] += 1
            files = {p: applied(_text(world, p), each) for p, each in edits.items()}
            for problem in checker.new_problems(files):
                where = f"{os.path.basename(path)}:{span.line + 1}:{span.column + 1}"
                found.problems.append(f"{name} {where} {problem}")
    checker.close()
    return found


def project_world(project: Path, names: list[str], folder: Path) -> World:
    """Files of a real project, the sources among them indexed, the first one open."""
    folders = (project, project / "build")
    database = next(each for at in folders if (each := at / "compile_commands.json").exists())
    entries: list[dict[str, Any]] = json.loads(database.read_text())
    flags = {os.path.realpath(each["file"]): _flags(each) for each in entries}
    paths = [os.path.realpath(project / name) for name in names]
    files = [SourceFile(path, flags.get(path, ()), Path(path).read_bytes()) for path in paths]
    (folder / ".index").mkdir()
    world = World(Fixture(tuple(files), {}, {}), folder)
    world.index_all()
    for path in paths:
        world.open(path)
    return world


def _flags(entry: dict[str, Any]) -> tuple[str, ...]:
    words = [*entry["arguments"]] if "arguments" in entry else shlex.split(entry["command"])
    kept: list[str] = []
    for at, word in enumerate(words[1:], 1):
        if word in ("-c", "-o") or words[at - 1] == "-o" or word.endswith(entry["file"]):
            continue
        kept.append(word)
    return tuple(kept)


def _selections(text: Text) -> Iterator[Span]:
    """A cursor at each token; then each run of up to four lines."""
    for line in range(text.line_count):
        for token in _TOKEN.finditer(text.line(line)):
            yield Span(line, token.start(), line, token.start())
        for end in range(line, min(line + 4, text.line_count)):
            whole = text.line(end).rstrip(b"\r\n")
            yield Span(line, 0, end, len(whole))


def _text(world: World, path: str) -> Text:
    text = world.snapshot.text(path)
    assert text is not None, path
    return text


async def _main(arguments: argparse.Namespace) -> None:
    whole = Survey()
    with tempfile.TemporaryDirectory() as folder:
        world = project_world(arguments.project, arguments.files, Path(folder))
        for file in world.fixture.files:
            found = await survey(world, file.path, arguments.step)
            whole.refused += found.refused
            whole.made += found.made
            whole.reasons += found.reasons
            whole.problems += found.problems
    for name in sorted(whole.made | whole.refused):
        print(f"{name}: {whole.made[name]} made, {whole.refused[name]} refused")
    print(f"{len(whole.problems)} new problems")
    print("\n".join(whole.problems))
    if arguments.reasons:
        print("\n".join(f"{count} {reason}" for reason, count in whole.reasons.most_common(40)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--reasons", action="store_true")
    parser.add_argument("files", nargs="+")
    asyncio.run(_main(parser.parse_args()))
