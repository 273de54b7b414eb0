"""Index a project twice, with and without something, and list every difference by class.

    python -m benchmarks.equality z3 leveldb                 with and without shared preambles
    python -m benchmarks.equality z3 --sample 60 --explain   ... and what varies by order alone
    python -m benchmarks.equality leveldb --small 256M       under a small budget and without one
    python -m benchmarks.equality z3 --sample 60 --repeat    how much it varies by itself
    python -m benchmarks.equality z3 --sample 60 --reorder   ... when files come in reverse order

A unit's own file is always extracted by itself: what differs there is no matter of order. Which
unit extracts a header depends on the order in which units are indexed: ``--repeat`` and
``--reorder`` tell what that alone changes. ``--explain`` makes a third index, in reverse order, and
names apart what differs where that one differs from the first, too.

A difference is *lost* when the second index lacks it, *gained* when only the second one has it,
*beside others* when the place still names something else. Exits with 1 when something differs
beyond the limits: no difference in any table, but in the references 0.02 %. All differences are
written to ``benchmarks/results/equality-PROJECT.txt``.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Set
from pathlib import Path
from typing import Any, Final

from benchmarks.differences import TABLES, Comparison, Difference, compare
from benchmarks.projects import Project, load
from benchmarks.query import run_cppls
from benchmarks.report import RESULTS, megabytes, save, table
from cppls.core.model import SymbolKind, qualified
from cppls.index.store import Index, project_folder_path

LIMITS: Final = {name: 0.0002 if name == "references" else 0.0 for name in TABLES}
"""Differences at the most, as a share of a table's rows."""

Class = tuple[str, str, str, str, str]
"""Table, change, whose file it is in, kind of the symbol, whether order alone does that too."""
Place = tuple[str, str, int]
"""Table, path, line."""


def sides(options: argparse.Namespace) -> list[tuple[str, list[str]]]:
    """The two ways to index, each with its name and the options of ``cppls index``."""
    common = ["--jobs", str(options.jobs), *shlex.split(options.options)]
    if options.small:
        return [("unbounded", common), (options.small, [*common, "--memory", options.small])]
    if options.repeat or options.reorder:
        again = ["--jobs", str(options.jobs_again or options.jobs), *common[2:]]
        return [("once", common), ("reordered" if options.reorder else "again", again)]
    return [("without", [*common, "--no-shared-preamble"]), ("with", common)]


def write_database(project: Project, folder: Path, sample: int, backwards: bool) -> Path:
    """A compile database of some entries of the project's, evenly spread; its folder."""
    text = (project.database / "compile_commands.json").read_bytes()
    entries: list[dict[str, Any]] = json.loads(text)
    if sample:
        entries = entries[:: max(len(entries) // sample, 1)][:sample]
    folder.mkdir()
    chosen = entries[::-1] if backwards else entries
    (folder / "compile_commands.json").write_text(json.dumps(chosen))
    return folder


def index(project: Project, database: Path, cache: Path, arguments: list[str]) -> tuple[str, Any]:
    """Index from nothing; the path of the database, and the summary that cppls prints."""
    place = ["--compile-commands", str(database), "--cache-dir", str(cache)]
    _, summary = run_cppls("index", str(project.root), "--digest", *place, *arguments)
    if summary.get("error") or summary["problem"]:
        raise SystemExit(f"{project.root}: {summary.get('error') or summary['problem']}")
    folder = project_folder_path(str(cache), str(project.root))
    return Index.open(folder, str(project.root), write=False).path, summary


def place_of(each: Difference) -> Place:
    """Where a difference lies, for looking whether another one lies there."""
    return each.table, each.path, each.line


def classes(
    project: Project, found: Comparison, unstable: Set[Place]
) -> dict[Class, list[Difference]]:
    """The differences by class: by table, the largest first."""
    groups: defaultdict[Class, list[Difference]] = defaultdict(list)
    for each in found.differences:
        record = found.symbols.get(each.symbol)
        kind = SymbolKind(record.kind).name.lower() if record else ""
        inside = "header" if each.path.startswith(f"{project.root}/") else "outside"
        where = "unit" if each.path in found.units else inside
        order = "by order" if place_of(each) in unstable else ""
        groups[each.table, each.change, where, kind, order].append(each)
    return dict(sorted(groups.items(), key=lambda item: (TABLES.index(item[0][0]), -len(item[1]))))


def shown(each: Difference, found: Comparison) -> str:
    """A difference as a line: ``path:line:column  name  what``; counted from 1."""
    place = f"{each.path}:{each.line + 1}:{each.column + 1}" if each.line >= 0 else each.path
    record = found.symbols.get(each.symbol)
    name = qualified(record.scope, record.name) + record.signature if record else ""
    return "  ".join(part for part in (place, name, each.detail) if part)


def report(project: Project, found: Comparison, unstable: Set[Place], examples: int) -> list[str]:
    """The tables, and each class with its examples."""
    rows: list[list[object]] = []
    for name in TABLES:
        differences = [each for each in found.differences if each.table == name]
        own = sum(each.path in found.units for each in differences)
        order = sum(place_of(each) in unstable for each in differences)
        share = found.share(name)
        limit = "ok" if share <= LIMITS[name] else "over"
        rows.append([name, found.rows[name], len(differences), f"{share:.4%}", own, order, limit])
    header = ["table", "rows", "differences", "share", "in units' own", "by order", "limit"]
    lines = [table(header, rows), ""]
    for group, members in classes(project, found, unstable).items():
        lines.append(f"{', '.join(filter(None, group))}: {len(members)}")
        lines += [f"    {shown(each, found)}" for each in members[:examples]]
    return lines


def measure(project: Project, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Index twice, compare, print; what to keep of it."""
    paths: list[str] = []
    rows: list[list[str]] = []
    summaries: dict[str, Any] = {}
    wanted = sides(options)
    if options.explain:
        wanted.append(("reordered", wanted[0][1]))
    for number, (name, arguments) in enumerate(wanted):
        backwards = name == "reordered"
        database = write_database(project, folder / f"db{number}", options.sample, backwards)
        path, summary = index(project, database, folder / f"cache{number}", arguments)
        paths.append(path)
        summaries[name] = summary
        units = f"{summary['translation_units']} ({summary['failed']} failed)"
        over = str(summary["over_preambles"])
        taken = f"{summary['wall_seconds']:.1f} s", f"{summary['cpu_seconds']:.1f} s"
        peak = megabytes(summary["peak_memory_bytes"])
        rows.append([name, units, over, *taken, peak, summary["digest"]["all"]])
    header = ["index", "units", "over preambles", "wall", "CPU", "peak", "digest"]
    print(f"{project.name}\n{table(header, rows)}\n")
    found = compare(paths[0], paths[1])
    reordered = compare(paths[0], paths[2]).differences if options.explain else []
    unstable = {place_of(each) for each in reordered}
    print("\n".join(report(project, found, unstable, options.examples)), flush=True)
    RESULTS.mkdir(exist_ok=True)
    listing = RESULTS / f"equality-{project.name}.txt"
    text = "\n".join(report(project, found, unstable, len(found.differences)))
    listing.write_text(text + "\n", errors="surrogateescape")
    over = [name for name in TABLES if found.share(name) > LIMITS[name]]
    counts = {
        ", ".join(filter(None, group)): len(members)
        for group, members in classes(project, found, unstable).items()
    }
    return {"runs": summaries, "rows": found.rows, "classes": counts, "over": over}


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("projects", nargs="+", help="z3, leveldb, fmt, llvm or a folder")
    parser.add_argument("--jobs", type=int, default=1, help="index workers")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="units at the most")
    parser.add_argument("--examples", type=int, default=3, metavar="N", help="shown of each class")
    parser.add_argument("--options", default="", help="more options of cppls index, for both")
    parser.add_argument("--keep", default="", metavar="DIR", help="keep the indexes below this")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--small", default="", metavar="SIZE", help="compare this budget with none")
    what.add_argument("--repeat", action="store_true", help="compare the same with the same")
    what.add_argument("--reorder", action="store_true", help="... indexed the other way round")
    parser.add_argument("--jobs-again", type=int, default=0, help="workers of the second index")
    parser.add_argument("--explain", action="store_true", help="tell what order alone changes")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    for name in options.projects:
        project = load(name)
        if options.keep:
            Path(options.keep).mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{project.name}-", dir=options.keep or None))
        try:
            results[project.name] = measure(project, options, folder)
        finally:
            if not options.keep:
                shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{save('equality', {'projects': results})}", file=sys.stderr)
    return 1 if any(result["over"] for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
