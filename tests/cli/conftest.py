"""A project whose index is made by hand: sources on disk, and what a worker would say of them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from cppls.__main__ import main
from cppls.core.model import RelationKind, SymbolFlag, SymbolKind
from cppls.index.store import Index, project_folder
from tests.index.shards import CALL, SourceFile, failed, indexed

HEADER = """\
int twice(int v);
struct Shape {
    virtual double area() const;
};
"""
SOURCE = """\
#include "lib.h"
int twice(int v) { return 2 * v; }
int four() { return twice(2); }
double Circle::area() const { return 3; }
double ask(Shape& s) { return s.area(); }
"""


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run: TypeAlias = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """``run("query", "symbols", "f")`` in this process."""

    def run_command(*arguments: str) -> Outcome:
        try:
            code = main(arguments)
        except SystemExit as error:  # argparse: --help and usage errors
            code = error.code if isinstance(error.code, int) else 1
        printed = capsys.readouterr()
        return Outcome(int(code), printed.out, printed.err)

    return run_command


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the sources, indexed; the current folder of the test."""
    root = tmp_path.resolve() / "project"
    root.mkdir()
    (root / "lib.h").write_text(HEADER)
    (root / "lib.cpp").write_text(SOURCE)
    (root / "broken.cpp").write_text("#error\n")
    monkeypatch.chdir(root)
    with Index.open(project_folder("", str(root)), str(root), write=True) as index:
        index.writer.commit([
            indexed(source_file(root), header_file(root)),
            failed(str(root / "broken.cpp"), "nothing parsed"),
        ])  # fmt: skip
    return root


def header_file(root: Path) -> SourceFile:
    return (
        SourceFile(str(root / "lib.h"), HEADER)
        .declares("twice", 0, signature="(int v) -> int", brief="Twice as much.")
        .declares("Shape", 1, kind=SymbolKind.STRUCT, defines=True, end_line=3)
        .declares(
            "Shape::area", 2, kind=SymbolKind.METHOD, flags=SymbolFlag.VIRTUAL, signature="() const"
        )
    )


def source_file(root: Path) -> SourceFile:
    return (
        SourceFile(str(root / "lib.cpp"), SOURCE)
        .includes_file(str(root / "lib.h"), 0)
        .declares("twice", 1, defines=True, signature="(int v) -> int")
        .declares("four", 2, defines=True, signature="() -> int")
        .uses("twice", 2, 20, CALL, inside="four")
        .declares("Circle::area", 3, kind=SymbolKind.METHOD, defines=True, flags=SymbolFlag.VIRTUAL)
        .relates("Shape::area", RelationKind.OVERRIDDEN_BY, "Circle::area")
        .declares("ask", 4, defines=True)
        .uses("Shape::area", 4, 32, CALL, inside="ask")
    )


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True
