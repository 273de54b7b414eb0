"""``cppls doctor``: what cppls stands on here, what is wrong with it, and what to do about it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Final, Literal, TypeAlias

import msgspec

from cppls.cli.options import Arguments
from cppls.cli.output import Exit, Json, emit, megabytes, shown, table
from cppls.cli.places import ancestors, existing_folder, find_file
from cppls.cli.trial import Trial, run_trial
from cppls.core.budget import BudgetError, budget_bytes, show_size
from cppls.core.control_group import usable_group
from cppls.core.machine import total_memory
from cppls.core.model import Diagnostic
from cppls.core.settings import Settings
from cppls.index.errors import IndexProblem
from cppls.index.lock import owner
from cppls.index.store import Index, project_folder, project_folder_path
from cppls.project import Explanation, Problem, Project
from cppls.project.locate import DATABASE, FLAGS_FILE

Status: TypeAlias = Literal["ok", "warning", "error"]

ERRORS_SHOWN: Final = 10
"""Errors of the trial parse at the most."""
PROBLEMS_SHOWN: Final = 10
OTHERS_SHOWN: Final = 5
"""Entries of one file in the compile database, besides the first."""
COMPILERS_SHOWN: Final = 5
"""Compilers at the most that are looked for among a project's files."""
FILES_LOOKED_AT: Final = 200

_MISSING_INCLUDE: Final = re.compile(r"'([^']+)' file not found")
_HOW_TO_DESCRIBE: Final = (
    "make a compile_commands.json: cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, meson, bear -- make; "
    "or write the flags into compile_flags.txt, one a line"
)
_MARKS: Final = {"ok": "ok", "warning": "!!", "error": "XX"}


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at. ``hint`` says what to do, where something is to be done."""

    name: str
    status: Status
    message: str
    hint: str = ""


def run_doctor(arguments: Arguments) -> int:
    """Look at everything; 1 when something is an error. Raises :class:`CommandError`."""
    root, file = _subject(arguments)
    settings = arguments.settings()
    checks = [_python()]
    cache = _cache_folder(settings, root, checks)
    project = Project.open(root, settings, cache)
    explanation = project.explain(file, donor=_donor(settings, root, file)) if file else None
    trial = run_trial(explanation.command if explanation else None)
    checks += _library(trial)
    checks += _sources(project)
    checks += _compilers(project, explanation)
    checks.append(_memory(settings))
    checks.append(_index(settings, root))
    if explanation is not None:
        checks += _flags(project, explanation)
        if trial.libclang:
            checks.append(_parse(trial))
    result: Json = {
        "root": root,
        "file": file,
        "checks": msgspec.to_builtins(checks),
        "flags": _flags_json(explanation),
        "errors": [_error_json(error) for error in trial.errors[:ERRORS_SHOWN]],
    }
    emit(arguments.json, result, _lines(checks, explanation, trial.errors))
    return Exit.FAILED if any(check.status == "error" for check in checks) else Exit.OK


def _subject(arguments: Arguments) -> tuple[str, str]:
    """The root and the file (or none) that are meant."""
    if not arguments.file:
        return existing_folder(arguments.root or "."), ""
    root = existing_folder(arguments.root) if arguments.root else ""
    file = find_file(arguments.file, root or ".")
    return root or _root_of(os.path.dirname(file), arguments.cache_dir), file


def _root_of(folder: str, cache_dir: str) -> str:
    """The nearest folder that has an index, is under version control or says how to compile."""
    marks = (".git", DATABASE, FLAGS_FILE, f"build/{DATABASE}")
    for candidate in ancestors(folder):
        if os.path.isdir(project_folder_path(cache_dir, candidate)):
            return candidate
        if any(os.path.exists(os.path.join(candidate, mark)) for mark in marks):
            return candidate
    return folder


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("python", "ok", f"{version} ({sys.executable})")


def _cache_folder(settings: Settings, root: str, checks: list[Check]) -> str:
    """The project's cache folder; a check says so when it cannot be used."""
    try:
        return project_folder(settings.cache_dir, root)
    except IndexProblem as problem:
        checks.append(Check("cache", "error", str(problem)))
        return project_folder_path(settings.cache_dir, root)


def _donor(settings: Settings, root: str, file: str) -> str | None:
    """The indexed file whose flags a header takes; nobody when there is no index."""
    reader = Index.open(project_folder_path(settings.cache_dir, root), root, write=False).reader()
    try:
        return reader.donor(file)
    except IndexProblem:
        return None
    finally:
        reader.close()


def _library(trial: Trial) -> Iterator[Check]:
    """The C library and libclang: whether a worker starts with them."""
    if not trial.libclang:
        yield Check(
            "libclang", "error", trial.failure, "reinstall: pip install --force-reinstall cppls"
        )
        return
    yield Check("libclang", "ok", trial.libclang)


def _sources(project: Project) -> Iterator[Check]:
    """Where files and flags come from."""
    units = len(project.translation_units())
    origin = project.origin
    guessed = "" if origin.path else ", flags guessed"
    message = f"{origin.path or 'no description of the build'}: {units} translation units{guessed}"
    if origin.path and units:
        yield Check("build", "ok", message)
    else:
        yield Check("build", "warning" if units else "error", message, _HOW_TO_DESCRIBE)
    problems = project.problems
    yield from (_problem(each) for each in problems[:PROBLEMS_SHOWN])
    if len(problems) > PROBLEMS_SHOWN:
        more = len(problems) - PROBLEMS_SHOWN
        yield Check("build", "warning", f"{more} more problems", "start with the first ones")


def _problem(problem: Problem) -> Check:
    place = f"{problem.path}: " if problem.path else ""
    return Check("build", "warning", f"{place}{problem.message}", problem.hint)


def _compilers(project: Project, explanation: Explanation | None) -> Iterator[Check]:
    """Each compiler that was asked for its folders, or why it was not, and the builtin headers."""
    if explanation is not None:
        explanations: Iterable[Explanation] = [explanation]
    else:
        explanations = map(project.explain, project.translation_units()[:FILES_LOOKED_AT])
    known: dict[str, Explanation] = {}
    for each in explanations:
        driver = each.toolchain.driver or "system compiler"
        known.setdefault(f"{driver} for {each.language}", each)
    for name, each in list(known.items())[:COMPILERS_SHOWN]:
        chain = each.toolchain
        status: Status = "ok" if chain.asked else "warning"
        target = f", target {chain.target}" if chain.target else ""
        message = f"{name}: {chain.note}{target}, {len(chain.includes)} include folders"
        yield Check("compiler", status, message, chain.hint)
    folders = next(iter(known.values())).toolchain.includes if known else ()
    # float.h is the compiler's own: neither the C library nor the C++ one has it.
    builtin = [f for f in folders if os.path.isfile(os.path.join(f, "float.h"))]
    if builtin:
        yield Check("builtin headers", "ok", builtin[0])
    elif known:
        yield Check(
            "builtin headers",
            "error",
            "no folder holds the compiler's builtin headers (stddef.h, float.h)",
            "reinstall libclang-ng, which brings them: pip install --force-reinstall libclang-ng",
        )


def _memory(settings: Settings) -> Check:
    """The budget as it would be here, and whether the kernel can help to keep it."""
    try:
        budget = budget_bytes(settings.memory, total_memory())
    except BudgetError as problem:
        return Check("memory", "error", str(problem), "set another: cppls serve --memory 512M")
    _, problem = usable_group()
    groups = f"no limits by control group ({problem})" if problem else "limits by control group"
    return Check("memory", "ok", f"a budget of {show_size(budget)}; {groups}")


def _index(settings: Settings, root: str) -> Check:
    index = Index.open(project_folder_path(settings.cache_dir, root), root, write=False)
    if not os.path.exists(index.path):
        return Check("index", "warning", "there is none yet", f"make one: cppls index {root}")
    reader = index.reader()
    try:
        counts = reader.counts()
    except IndexProblem as problem:
        return Check("index", "error", str(problem), "index again: the database is made anew")
    finally:
        reader.close()
    writer = owner(index.folder)
    message = (
        f"{index.folder}: {counts.translation_units} translation units, {counts.failed} failed, "
        f"{megabytes(counts.index_bytes)}" + (f", written by process {writer}" if writer else "")
    )
    if counts.failed:
        return Check("index", "warning", message, "see which: cppls status")
    return Check("index", "ok", message)


def _flags(project: Project, explanation: Explanation) -> Iterator[Check]:
    command = explanation.command
    count = len(command.arguments)
    origin = f"{count} flags from {command.source}"
    if explanation.donor:
        origin += f", those of {shown(explanation.donor)}"
    guessed = command.source == "guessed"
    hint = "add the file to the build, or write compile_flags.txt" if guessed else ""
    yield Check("flags", "warning" if guessed else "ok", origin, hint)
    others = project.commands(command.path)[1:]
    for number, other in enumerate(others[:OTHERS_SHOWN], 2):
        added = " ".join(flag for flag in other.arguments if flag not in command.arguments)
        message = f"entry {number} of {len(others) + 1} is not used: the first one counts"
        yield Check("flags", "ok", f"{message} (it adds {added})" if added else message)
    for dropped in explanation.dropped:
        yield Check("flags", "ok", f"dropped {dropped.flag}: {dropped.reason}")


def _parse(trial: Trial) -> Check:
    if not trial.parsed:
        hint = "run with the compiler itself: does it accept the file with these flags?"
        return Check("parse", "error", trial.failure or "no result", hint)
    cost = f"{trial.cpu_seconds:.1f} s of CPU, {megabytes(trial.peak_rss)}"
    note = f"; {trial.note}" if trial.note else ""
    if not trial.errors:
        return Check("parse", "warning" if note else "ok", f"no errors, {cost}{note}")
    hint = _advice(trial.errors)
    count = "1 error" if len(trial.errors) == 1 else f"{len(trial.errors)} errors"
    return Check("parse", "warning", f"{count}, {cost}{note}", hint)


def _advice(errors: Iterable[Diagnostic]) -> str:
    """What the first errors call for: a missing header explains most of those after it."""
    missing = [found[1] for each in errors if (found := _MISSING_INCLUDE.search(each.message))]
    if missing:
        return (
            f"{missing[0]} was not found: is its package installed, is it generated by a build "
            "that has not run, is its folder among the flags (-I)?"
        )
    return "see whether the flags are those of the build, above all -std and -I"


def _flags_json(explanation: Explanation | None) -> Json | None:
    if explanation is None:
        return None
    command = explanation.command
    return {
        "source": command.source,
        "donor": explanation.donor,
        "directory": command.directory,
        "language": explanation.language,
        "arguments": list(command.arguments),
        "dropped": [{"flag": d.flag, "reason": d.reason} for d in explanation.dropped],
    }


def _error_json(error: Diagnostic) -> Json:
    span = error.span
    place = {"path": error.path, "line": span.line + 1, "column": span.column + 1}
    return {**place, "message": error.message}


def _lines(
    checks: Iterable[Check], explanation: Explanation | None, errors: Iterable[Diagnostic]
) -> Iterator[str]:
    rows: list[list[str]] = []
    for check in checks:
        rows.append([_MARKS[check.status], check.name, check.message])
        if check.hint and check.status != "ok":
            rows.append(["", "", f"-> {check.hint}"])
    yield from table(rows)
    if explanation is not None:
        yield from ("", f"flags, in {explanation.command.directory}:")
        yield from _grouped(explanation.command.arguments)
    for number, error in enumerate(errors):
        if number == 0:
            yield from ("", "errors:")
        if number == ERRORS_SHOWN:
            yield "  ..."
            return
        at = f"{shown(error.path)}:{error.span.line + 1}:{error.span.column + 1}"
        yield f"  {at}: {error.message}"


def _grouped(arguments: Iterable[str]) -> Iterator[str]:
    """Flags one a line, an option with its value."""
    held = ""
    for argument in arguments:
        if held:
            yield f"  {held} {argument}"
            held = ""
        elif argument in ("-x", "-isystem", "-include", "-iquote", "-idirafter", "-isysroot"):
            held = argument
        else:
            yield f"  {argument}"
    if held:
        yield f"  {held}"
