"""The map in docs/ARCHITECTURE.md holds: imports point down, and each part knows what it may."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "cppls"
MAP = ROOT / "docs" / "ARCHITECTURE.md"
FLOORS = {
    "core": 0,
    "project": 1,
    "clang": 1,
    "preambles": 1,
    "index": 2,
    "engine": 3,
    "features": 4,
    "lsp": 5,
    "cli": 5,
}
PRIVATE = {
    "clang.cindex": {"clang"},
    "sqlite3": {"index"},
    "pygls": {"lsp"},
    "lsprotocol": {"lsp"},
}
"""Modules that one package alone may import."""
HOLDERS = (
    *("Queue", "Cache", "Scheduler", "Governor", "Engine", "Pool", "Child", "Worker", "Host"),
    *("Lane", "Gate", "Reader", "Readers", "Writer", "Documents", "LiveUnit", "Session"),
    *("Background", "Committer", "Project", "Thread", "Toolchains", "Watcher", "Meter"),
    *("Index", "Workspace"),
)
"""A public class whose name ends so holds work, memory or a process, and says how much."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Dotted names that the module imports, ``from a import b`` as ``a.b``."""
    for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def part(path: Path) -> str:
    """The package below cppls/ that the module belongs to; empty for cppls/ itself."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def within(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


def test_every_package_has_a_floor() -> None:
    assert {part(path) for path in modules()} - {""} <= set(FLOORS)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    here = part(path)
    if not here:
        return
    for name in imports(path):
        root, *rest = name.split(".")
        if root == "cppls" and rest and rest[0] in FLOORS and rest[0] != here:
            assert FLOORS[rest[0]] < FLOORS[here], f"{here}/ must not import {name}"
            assert rest[0] != "clang", f"{here}/ must not import {name}: children are processes"


@pytest.mark.parametrize("module", PRIVATE)
def test_what_one_package_alone_may_know(module: str) -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for path in modules()
        if part(path) not in PRIVATE[module] and any(within(n, module) for n in imports(path))
    ]
    assert offenders == []


def loaded_by(module: str) -> set[str]:
    """Names of all modules that importing ``module`` loads into a fresh interpreter."""
    program = f"import sys, {module}; print(*sys.modules, sep='\\n')"
    command = [sys.executable, "-c", program]
    return set(
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    )


@pytest.mark.parametrize(
    "module", ["cppls.clang.worker", "cppls.clang.host", "cppls.preambles.planner"]
)
def test_children_load_nothing_of_the_server(module: str) -> None:
    assert loaded_by(module).isdisjoint({"asyncio", "pygls", "lsprotocol", "sqlite3"})


def test_the_command_line_starts_light() -> None:
    heavy = {"asyncio", "pygls", "lsprotocol", "sqlite3", "clang.cindex", "psutil", "watchfiles"}
    assert loaded_by("cppls.__main__").isdisjoint(heavy | {"msgspec"})


def test_the_server_never_loads_libclang() -> None:
    loaded = loaded_by("cppls.lsp.server")
    assert not [name for name in loaded if within(name, "clang") or within(name, "cppls.clang")]


def holders() -> Iterator[tuple[Path, ast.ClassDef]]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_bytes())):
            if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
                continue
            if node.name.endswith(HOLDERS):
                yield path, node


def test_every_queue_cache_and_process_has_statistics() -> None:
    mute = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path, node in holders()
        if not any(
            isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name == "statistics"
            for item in node.body
        )
    ]
    assert mute == []


def sections() -> dict[str, str]:
    """The map's text by folder: what stands below a heading like ``### cppls/core``."""
    _, *parts = re.split(r"^### (cppls/\S+)$", MAP.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_the_map_names_every_module() -> None:
    folders = sections()
    files = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".c")]
    lost = [
        str(path.relative_to(ROOT))
        for path in files
        if path.stem not in ("__init__", "__main__")
        and f"`{path.name}`" not in folders.get(str(path.parent.relative_to(ROOT)), "")
    ]
    assert lost == [], f"to be named in {MAP}"


def test_the_map_names_tests_that_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", MAP.read_text()))
    written = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert named
    assert named <= set(re.findall(r"^(?:async )?def (test_\w+)", written, re.MULTILINE))
