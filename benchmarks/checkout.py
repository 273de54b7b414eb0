"""What switching between two branches costs: the way there, the way back, and there once more.

    python -m benchmarks.checkout z3                     100 sources and 20 headers differ
    python -m benchmarks.checkout leveldb --sources 20 --headers 5

The project is copied and made a git repository with two tags; the second one has a function more in
each of some sources and headers. ``cppls
index`` runs after each checkout, so every figure holds its start and its look at all files.

Exits with 1 when the index after the way back is not the one before, or the way back takes more
than a tenth of the CPU of the way there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from benchmarks.projects import NAMES, Project, load
from benchmarks.query import run_cppls
from benchmarks.report import save, table

CHEAPER: Final = 10.0
"""How many times less CPU the way back is to take."""

_GIT: Final = (
    *("git", "-c", "user.name=benchmark", "-c", "user.email=benchmark@example.invalid"),
    *("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "-c", "gc.auto=0"),
)


def copy(project: Project, folder: Path) -> Project:
    """The project in ``folder``, with a compile database that names the copy."""
    root = folder / project.root.name
    shutil.copytree(project.root, root, symlinks=True, ignore=shutil.ignore_patterns(".git", "*.o"))
    database = root / project.database.relative_to(project.root)
    entries = database / "compile_commands.json"
    text = entries.read_text()
    for original in {project.root.resolve(), project.root}:  # It may lie behind a link.
        text = text.replace(f"{original}/", f"{root}/").replace(f'{original}"', f'{root}"')
    entries.write_text(text)
    return Project(project.name, root, database)


def make_history(project: Project, sources: int, headers: int) -> int:
    """Tags ``one`` and ``two``; ``one`` is checked out. Returns the number of files that differ."""
    (project.root / ".gitignore").write_text("*\n!*/\n!*.[ch]\n!*.cc\n!*.cpp\n!*.hpp\n")
    _git(project.root, "init", "-q", ".")
    _commit(project.root, "one")
    units = [path for path in project.translation_units() if _is_below(path, project.root)]
    chosen = [*_spread(units, sources), *_spread(_headers(project.root), headers)]
    for number, path in enumerate(chosen):
        with path.open("a") as stream:
            stream.write(f"\nstatic inline int cppls_there_{number}(int v) {{ return v; }}\n")
    _commit(project.root, "two")
    _git(project.root, "checkout", "-q", "one")
    return len(chosen)


def index(project: Project, cache: Path, arguments: list[str]) -> dict[str, Any]:
    """One run of ``cppls index``; its summary."""
    place = ["--compile-commands", str(project.database), "--cache-dir", str(cache)]
    _, summary = run_cppls("index", str(project.root), *place, "--digest", *arguments)
    return summary


def measure(project: Project, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Index at one tag after the other; the summaries by name."""
    differ = make_history(project, options.sources, options.headers)
    print(f"{project.name}: {differ} files differ\n", flush=True)
    arguments = options.options.split()
    runs: dict[str, Any] = {}
    for name, tag in (("whole", "one"), ("there", "two"), ("back", "one"), ("there again", "two")):
        _git(project.root, "checkout", "-q", tag)
        runs[name] = index(project, folder / "cache", arguments)
    runs["there, from nothing"] = index(project, folder / "fresh", arguments)
    return runs


def report(runs: dict[str, Any]) -> bool:
    """Print the table; whether all is as it should be."""
    rows = [
        [
            name,
            run["indexed_now"],
            f"{run['wall_seconds']:.2f} s",
            f"{run['cpu_seconds']:.2f} s",
            run["digest"]["all"],
        ]
        for name, run in runs.items()
    ]
    print(table(["checkout", "units indexed", "wall", "CPU", "digest"], rows))
    cheaper = runs["there"]["cpu_seconds"] / runs["back"]["cpu_seconds"]
    same = runs["back"]["digest"]["all"] == runs["whole"]["digest"]["all"]
    print(f"\nthe way back takes {cheaper:.1f} times less CPU; the index is", end=" ")
    print("what it was before" if same else "NOT what it was before")
    return same and cheaper >= CHEAPER


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("project", help=NAMES)
    parser.add_argument("--sources", type=int, default=100, metavar="N", help="that differ")
    parser.add_argument("--headers", type=int, default=20, metavar="N", help="that differ")
    parser.add_argument("--options", default="", help="more options of cppls index")
    parser.add_argument("--keep", default="", metavar="DIR", help="work in this folder, keep it")
    options = parser.parse_args()
    folder = Path(options.keep or tempfile.mkdtemp(prefix="checkout-")).resolve()
    try:
        runs = measure(copy(load(options.project), folder), folder, options)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    passed = report(runs)
    print(f"\n{save('checkout', {'project': options.project, 'runs': runs})}", file=sys.stderr)
    return 0 if passed else 1


def _headers(root: Path) -> list[Path]:
    found = (path for path in root.rglob("*.h*") if path.suffix in (".h", ".hpp"))
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def _spread(paths: list[Path], count: int) -> list[Path]:
    """``count`` of them, from all over."""
    step = max(1, len(paths) // max(count, 1))
    return sorted(paths)[::step][:count]


def _is_below(path: Path, root: Path) -> bool:
    return os.path.commonpath([path, root]) == str(root)


def _commit(root: Path, tag: str) -> None:
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", tag)
    _git(root, "tag", tag)


def _git(root: Path, *arguments: str) -> None:
    subprocess.run([*_GIT, *arguments], cwd=root, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
