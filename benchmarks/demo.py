"""Index a C++ project through a real server and ask it questions.

    python3 benchmarks/demo.py                          the sample that ships with the repository
    PROJECT=/path/to/project python3 benchmarks/demo.py any folder
    PROJECT=... SYMBOL=Class::f python3 benchmarks/demo.py

Sets up ``.venv`` the first time. Starts ``cppls serve``, waits until its index is complete, asks
for a definition and the references of a symbol (``SYMBOL``, else the function of the first source
file that is used most), and prints the answers, the time and the memory that each step took.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.client import Json, LspClient, path_of  # noqa: E402 (stdlib only)
from tests.bootstrap import enter  # noqa: E402

SAMPLE: Final = ROOT / "benchmarks" / "sample"
SOURCES: Final = {".c", ".cc", ".cpp", ".cxx"}
FUNCTIONS: Final = {6, 9, 12}
"""LSP's SymbolKind: Method, Constructor, Function."""
SHOWN: Final = 12
"""References printed at the most."""


class DemoError(Exception):
    """The project or the server does not answer; the message says why."""


def main() -> int:
    """Run the demo; 0 when both questions were answered."""
    if sys.argv[1:]:
        print(__doc__)
        return 0 if sys.argv[1] in ("-h", "--help") else 2
    enter()
    root = Path(os.environ.get("PROJECT") or SAMPLE).expanduser().resolve()
    symbol = os.environ.get("SYMBOL") or ("follow_back" if root == SAMPLE else "")
    if not root.is_dir():
        print(f"demo: {root}: no such folder", file=sys.stderr)
        return 2
    try:
        return asyncio.run(demonstrate(root, symbol))
    except (DemoError, RuntimeError, asyncio.TimeoutError) as error:
        print(f"demo: {error or 'no answer in time'}", file=sys.stderr)
        return 1


async def demonstrate(root: Path, symbol: str) -> int:
    """Start the server on ``root``, ask, print. Raises :class:`DemoError`."""
    from benchmarks.report import megabytes, table
    from benchmarks.tree import Sampler

    log = ROOT / "build" / "demo.log"
    cache = ROOT / "build" / "demo-index"
    shutil.rmtree(cache, ignore_errors=True)  # each run shows a whole index
    cache.mkdir(parents=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "cppls", "serve", "--cache-dir", str(cache)]
    client = await LspClient.start(command, root, log)
    rows: list[list[str]] = []

    def step(name: str) -> None:
        nonlocal started
        memory = sampler.samples[-1].total if sampler.samples else 0
        seconds = time.monotonic() - started
        rows.append([name, f"{seconds * 1000:.0f} ms", megabytes(memory)])
        started = time.monotonic()

    try:
        with Sampler(client.process.pid) as sampler:
            indexed = watch(client)
            await client.initialize(root)
            step("server ready")
            counts = await indexed
            step(f"index complete ({counts})")
            target = await choose(client, root, symbol)
            started = time.monotonic()
            references = await ask(client, "references", target)
            step("references")
            others = [each for each in references if each["uri"] != target["uri"]]
            elsewhere = others[0] if others else target
            definition = await ask(client, "definition", elsewhere)
            step("definition")
            await asyncio.sleep(2 * sampler.period)
            step("at rest")
    except RuntimeError as error:
        raise DemoError(f"the server does not answer ({error}); its log is {log}") from error
    finally:
        await client.stop()
    name = word(target)
    show(f"{name} at {place(elsewhere, root)} is defined at", definition, root)
    show(f"references of {name}", references, root)
    print()
    print(table(["step", "time", "memory"], rows))
    print(f"\npeak memory {megabytes(sampler.peak)} (PSS of all processes)")
    return 0 if definition and references else 1


def watch(client: LspClient) -> asyncio.Future[str]:
    """Resolves to the number of files indexed when the background index is complete."""
    done: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    total = 0

    def listen(method: str, params: Json) -> None:
        nonlocal total
        if method == "cppls/state":
            total = max(total, params.get("total") or 0)
            if params["state"] == "idle" and not done.done():
                done.set_result(f"{total} files" if total else "nothing to do")

    client.listeners.append(listen)
    return done


async def choose(client: LspClient, root: Path, symbol: str) -> Json:
    """A place that names the symbol to ask about, open in the client."""
    if symbol:
        found: list[Json] = await client.request("workspace/symbol", {"query": symbol}) or []
        if not found:
            raise DemoError(f"no symbol {symbol!r} in {root}")
        target: Json = found[0]["location"]
        open_file(client, Path(path_of(target["uri"])))
        return target
    best: tuple[int, Json] | None = None
    path = next(sources(root), None)
    if path is None:
        raise DemoError(f"no source file in {root}")
    open_file(client, path)
    await client.parsed(path)
    params = {"textDocument": {"uri": path.as_uri()}}
    outline: list[Json] = await client.request("textDocument/documentSymbol", params) or []
    for item in list(functions(outline))[:SHOWN]:
        target = {"uri": path.as_uri(), "range": item["selectionRange"]}
        count = len(await ask(client, "references", target))
        if best is None or count > best[0]:
            best = count, target
    if best is None:
        raise DemoError(f"no function in {path}; set SYMBOL=name")
    return best[1]


def functions(outline: list[Json]) -> Iterator[Json]:
    """The functions of an outline, at any depth."""
    for item in outline:
        if item["kind"] in FUNCTIONS:
            yield item
        yield from functions(item.get("children") or [])


def sources(root: Path) -> Iterator[Path]:
    """The project's source files; the way there is the sorted one, hidden folders left out."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "build")))
        for name in sorted(files):
            if Path(name).suffix in SOURCES:
                yield Path(folder, name)


def open_file(client: LspClient, path: Path) -> None:
    client.open(path, path.read_text(encoding="utf-8", errors="replace"))


async def ask(client: LspClient, method: str, at: Json) -> list[Json]:
    """The locations that a request at the start of a location answers."""
    start = at["range"]["start"]
    more: dict[str, Any] = (
        {"context": {"includeDeclaration": True}} if method == "references" else {}
    )
    path = Path(path_of(at["uri"]))
    answer: Any = await client.ask(method, path, start["line"], start["character"], **more)
    found: list[Json] = [answer] if isinstance(answer, dict) else answer or []
    return [
        {"uri": each.get("uri") or each["targetUri"],
         "range": each.get("range") or each["targetSelectionRange"]}
        for each in found
    ]  # fmt: skip


def show(title: str, locations: list[Json], root: Path) -> None:
    """Print locations with the lines of source they are on."""
    print(f"\n{title}" + (f" ({len(locations)})" if len(locations) > 1 else ""))
    shown = [(place(each, root), source_line(each)) for each in locations[:SHOWN]]
    width = max((len(where) for where, _ in shown), default=0)
    for where, line in shown:
        print(f"  {where.ljust(width)}  {line}")
    if len(locations) > SHOWN:
        print(f"  ... {len(locations) - SHOWN} more")


def place(at: Json, root: Path) -> str:
    """``file:line:column``, 1-based, as compilers print it."""
    path = Path(path_of(at["uri"]))
    start = at["range"]["start"]
    name = path.relative_to(root) if path.is_relative_to(root) else path
    return f"{name}:{start['line'] + 1}:{start['character'] + 1}"


def source_line(at: Json) -> str:
    return line_at(at).decode("utf-8", "replace").strip()


def word(at: Json) -> str:
    """The name at a location."""
    start, end = at["range"]["start"]["character"], at["range"]["end"]["character"]
    return line_at(at)[start:end].decode("utf-8", "replace")


def line_at(at: Json) -> bytes:
    """The source line that a location starts on; empty when the file has changed under it."""
    lines: list[bytes] = Path(path_of(at["uri"])).read_bytes().splitlines()
    number: int = at["range"]["start"]["line"]
    return lines[number] if number < len(lines) else b""


if __name__ == "__main__":
    sys.exit(main())
