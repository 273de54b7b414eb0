"""What the one writer of an index can take: the pace at which many cores saturate.

    python -m benchmarks.store [--units 2000] [--batch 16] [--jobs 1]

Shards like z3's are made first (from ``--units`` made-up translation units), as workers send them;
then one process commits them in batches, without anything else. The rate is occurrences written a
second of that process's CPU time, decoding, writing and merging counted. The second figure is how
long a client waits for the references of a symbol with 100,000 uses, from a server that has the
index of a made-up project: from the request to the last byte of the answer.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil

from benchmarks.client import LspClient
from benchmarks.projects import Project
from benchmarks.report import megabytes, save, table
from benchmarks.servers import IndexWatch, cppls_command
from cppls.core.messages import SHARD_VERSION, FileShard, IncludeRecord, Shard, SymbolRecord
from cppls.core.model import FileStatus, Role
from cppls.core.packing import pack
from cppls.core.spots import PackedSpot
from cppls.core.spots import pack as pack_spots
from cppls.index.batch import TranslationUnitResult
from cppls.index.store import Index

SYMBOLS: Final = 200
"""Declared by each made-up unit and its header; this and what follows as in z3's mean unit."""
USED: Final = 130
"""Symbols of others that it uses."""
SPOTS: Final = 6
"""Occurrences of a symbol in a file, from 1 on; half of it on average."""
USES: Final = 100_000
_FILES: Final = 100
_ROUNDS: Final = 5


def units(count: int) -> Iterator[TranslationUnitResult]:
    """Results as an engine gives them to the writer: a main file and a header each."""
    chance = random.Random(4)
    for number in range(count):
        header = _file(f"/p/include/h{number}.h", number, SYMBOLS // 2, 0, chance)
        main = _file(f"/p/src/m{number}.cpp", number, SYMBOLS // 2, USED, chance, includes=8)
        shard = Shard(SHARD_VERSION, [pack(main), pack(header)], 0, "")
        yield TranslationUnitResult(
            path=f"/p/src/m{number}.cpp",
            flags_hash=1,
            status=FileStatus.INDEXED,
            shard=msgspec.Raw(msgspec.msgpack.encode(shard)),
        )


def measure_writing(count: int, batch: int) -> dict[str, Any]:
    """Commit ``count`` units in an empty index."""
    seconds: list[float] = []
    cpu = 0.0
    with (
        tempfile.TemporaryDirectory(prefix="cppls-bench-") as folder,
        Index.open(folder, "/p", write=True) as index,
    ):
        waiting: list[TranslationUnitResult] = []
        for unit in units(count):
            waiting.append(unit)
            if len(waiting) == batch:
                cpu -= time.process_time()
                started = time.perf_counter()
                index.writer.commit(waiting)
                seconds.append(time.perf_counter() - started)
                cpu += time.process_time()
                waiting.clear()
        cpu -= time.process_time()
        index.writer.tidy()
        cpu += time.process_time()
        with closing(index.reader()) as reader:
            counts = reader.counts()
    return {
        "units": counts.translation_units,
        "references": counts.references,
        "cpu_seconds": cpu,
        "references_per_second": counts.references / cpu,
        "median_commit_seconds": statistics.median(seconds),
        "longest_commit_seconds": max(seconds),
        "index_bytes": counts.index_bytes,
        "peak_rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


async def measure_answer(jobs: int) -> dict[str, Any]:
    """Have a server index a project in which one function is called ``USES`` times; ask it."""
    with tempfile.TemporaryDirectory(prefix="cppls-bench-") as folder:
        project = _project(Path(folder) / "project")
        command = cppls_command(project, jobs, Path(folder))
        client = await LspClient.start(command, project.root, Path(folder) / "stderr.txt")
        watch = IndexWatch(client)
        await client.initialize(project.root)
        await watch.complete()
        seconds: list[float] = []
        found = 0
        server = psutil.Process(client.process.pid)
        before = sum(server.cpu_times()[:2])
        for _ in range(_ROUNDS):
            started = time.perf_counter()
            context = {"includeDeclaration": True}
            path = project.root / "used.h"
            answer = await client.ask("references", path, 1, 5, context=context)
            seconds.append(client.arrived - started)
            found = len(answer)
        cpu = sum(server.cpu_times()[:2]) - before
        await client.stop()
    return {
        "answers": found,
        "seconds": statistics.median(seconds),
        "best": min(seconds),
        "cpu_seconds": cpu / _ROUNDS,
    }


def _file(
    path: str, number: int, symbols: int, used: int, chance: random.Random, includes: int = 0
) -> FileShard:
    own = [_id(f"{path} {each}") for each in range(symbols)]
    others = [
        _id(f"/p/include/h{max(number - 1 - each // 10, 0)}.h {chance.randrange(SYMBOLS // 2)}")
        for each in range(used)
    ]
    content = _id(path)
    return FileShard(
        path=path.encode(),
        key=content & (1 << 64) - 1,
        content_hash=content,
        token_hash=content,
        size=10_000,
        mtime_ns=1,
        ascii=True,
        part=0,
        partial=False,
        branches=b"",
        symbols=[_record(id, place, chance) for place, id in enumerate(own)],
        containers=[b"".join(id.to_bytes(8, "little", signed=True) for id in own)[:960]],
        postings=[(id, _spots(chance), id in own) for id in sorted({*own, *others})],
        relations=[],
        includes=[
            IncludeRecord(each, 9, 8, False, "h.h", b"/p/include/h%d.h" % max(number - each, 0))
            for each in range(includes)
        ],
        diagnostics=[],
    )


def _record(id: int, line: int, chance: random.Random) -> SymbolRecord:
    name = f"{chance.choice(_WORDS)}_{chance.choice(_WORDS)}_{chance.randrange(100)}"
    extent = (line, 4, len(name), line, 0, line + 3, 1)
    return SymbolRecord(id, name, "project::part", 12, 1, *extent, f"void {name}(int value)", "")


def _spots(chance: random.Random) -> bytes:
    count = chance.randrange(1, SPOTS + 1)
    places = sorted({(chance.randrange(2_000), chance.randrange(60)) for _ in range(count)})
    roles = Role.REFERENCE | Role.CALL
    return pack_spots(
        PackedSpot(line, column, 12, roles, chance.randrange(1, 80)) for line, column in places
    )


def _id(text: str) -> int:
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _project(folder: Path) -> Project:
    folder.mkdir()
    (folder / "used.h").write_text("#pragma once\nvoid used(int);\n")
    calls = "".join(f"    used({line}); used({line});\n" for line in range(USES // _FILES // 2))
    commands: list[dict[str, object]] = []
    for number in range(_FILES):
        name = f"unit_{number}.cpp"
        text = f'#include "used.h"\nvoid unit_{number}() {{\n{calls}}}\n'
        (folder / name).write_text(text)
        commands.append({"directory": str(folder), "file": name, "arguments": ["c++", "-c", name]})
    (folder / "compile_commands.json").write_text(json.dumps(commands))
    return Project("uses", folder, folder)


_WORDS: Final = "add get set make find read write parse node term value context solver".split()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--units", type=int, default=2_000)
    parser.add_argument("--batch", type=int, default=16, help="units in a transaction")
    parser.add_argument("--jobs", type=int, default=1, help="workers of the server that is asked")
    options = parser.parse_args()
    writing = measure_writing(options.units, options.batch)
    print(
        table(
            ["writing", ""],
            [
                ["references", f"{writing['references']:,}"],
                ["references a CPU second", f"{writing['references_per_second']:,.0f}"],
                ["median commit", f"{writing['median_commit_seconds'] * 1000:.0f} ms"],
                ["longest commit", f"{writing['longest_commit_seconds'] * 1000:.0f} ms"],
                ["index on disk", megabytes(writing["index_bytes"])],
                ["peak memory", megabytes(writing["peak_rss"])],
            ],
        ),
        flush=True,
    )
    answer = asyncio.run(measure_answer(options.jobs))
    figures = [f"{answer[name] * 1000:.0f} ms" for name in ("seconds", "best", "cpu_seconds")]
    rows = [[f"{answer['answers']:,} references", *figures]]
    print(f"\n{table(['answer', 'median', 'best', 'CPU'], rows)}")
    print(f"\n{save('store', {'writing': writing, 'answer': answer})}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
