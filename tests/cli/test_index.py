"""``cppls index``: what is printed where, and the exit codes. The engine is a stand-in here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from cppls.cli.output import Exit
from cppls.core.model import Severity
from cppls.core.settings import Settings
from cppls.engine.events import Event, Notice, Progress
from cppls.engine.headless import Summary
from cppls.index.errors import IndexLocked
from tests.cli.conftest import Run

SUMMARY = Summary(
    root="/p",
    translation_units=2,
    failed=0,
    files=5,
    symbols=70,
    references=900,
    wall_seconds=1.5,
    cpu_seconds=2.5,
    peak_memory_bytes=50 << 20,
    budget_bytes=512 << 20,
    over_budget_samples=0,
    quarantined=0,
    index_bytes=1 << 20,
    indexed_now=2,
    over_preambles=1,
)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[str, Settings]]]:
    """``engine(summary or error, *events)`` stands in; gives the list of its calls."""

    def stand_in(outcome: Summary | BaseException, *events: Event) -> list[tuple[str, Settings]]:
        calls: list[tuple[str, Settings]] = []

        def index_project(
            root: str,
            settings: Settings,
            progress: Callable[[Progress], None],
            notice: Callable[[Event], None],
        ) -> Summary:
            calls.append((root, settings))
            for event in events:
                if isinstance(event, Progress):
                    progress(event)
                notice(event)
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        monkeypatch.setattr("cppls.cli.index.index_project", index_project)
        return calls

    return stand_in


Engine = Callable[..., list[tuple[str, Settings]]]


def test_the_json_has_every_figure_and_nothing_else_is_printed(
    tmp_path: Path, run: Run, engine: Engine
) -> None:
    notice = Notice(Severity.WARNING, "compile_commands.json: not JSON")
    calls = engine(SUMMARY, Progress(1, 2, "/p/a.cpp"), notice)
    outcome = run("index", str(tmp_path), "--json", "--jobs", "2")
    assert outcome.code == Exit.OK
    assert outcome.err == ""
    notices = [{"severity": "warning", "message": notice.message}]
    assert outcome.json == {**msgspec.to_builtins(SUMMARY), "notices": notices}
    assert calls == [(str(tmp_path.resolve()), Settings(jobs=2))]


def test_a_digest_is_shown_of_what_the_index_holds(project: Path, run: Run, engine: Engine) -> None:
    engine(SUMMARY)
    digest = run("index", "--digest", "--json").json["digest"]
    assert digest["tables"]["units"]["count"] == 2
    lines = [line.split() for line in run("index", "--digest").out.splitlines()]
    assert ["digest", digest["all"]] in lines
    for name, table in digest["tables"].items():
        assert [name, str(table["count"]), table["digest"]] in lines
    assert "digest" not in run("index", "--json").json


def test_the_help_documents_every_key(run: Run) -> None:
    text = run("index", "--help").out
    assert not [key for key in (*Summary.__struct_fields__, "notices", "digest") if key not in text]


def test_a_reader_gets_a_table_and_the_notices_apart(
    tmp_path: Path, run: Run, engine: Engine
) -> None:
    engine(SUMMARY, Progress(1, 2, "/p/a.cpp"), Notice(Severity.ERROR, "the disk is full"))
    outcome = run("index", str(tmp_path))
    assert outcome.err == "cppls: error: the disk is full\n"
    assert "references         900" in outcome.out
    assert "50.0 MB" in outcome.out
    assert "512.0 MB" in outcome.out


def test_a_budget_that_cannot_be_kept_is_a_usage_error(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CPPLS_MEMORY", "20M")
    outcome = run("index", str(tmp_path))
    assert outcome.code == Exit.USAGE
    assert "192M is the least" in outcome.err


def test_what_does_not_fit_into_the_budget_is_told_apart(
    tmp_path: Path, run: Run, engine: Engine
) -> None:
    engine(msgspec.structs.replace(SUMMARY, failed=3, quarantined=1, over_budget_samples=4))
    printed = run("index", str(tmp_path)).out
    assert "3 failed" in printed
    assert "1 of them need more memory" in printed
    assert "in 4 measurements" in printed


@pytest.mark.parametrize("change", [{"failed": 1}, {"problem": "no worker starts"}])
def test_what_failed_shows_in_the_exit_code(
    tmp_path: Path, run: Run, engine: Engine, change: dict[str, object]
) -> None:
    engine(msgspec.structs.replace(SUMMARY, **change))
    outcome = run("index", str(tmp_path))
    assert outcome.code == Exit.FAILED
    assert "1 failed" in outcome.out or "no worker starts" in outcome.out


def test_an_index_that_another_process_writes(tmp_path: Path, run: Run, engine: Engine) -> None:
    engine(IndexLocked("/c/p/lock", 77))
    outcome = run("index", str(tmp_path))
    assert outcome.code == Exit.UNAVAILABLE
    assert "process 77" in outcome.err


def test_an_interrupt_is_no_traceback(tmp_path: Path, run: Run, engine: Engine) -> None:
    engine(KeyboardInterrupt())
    outcome = run("index", str(tmp_path))
    assert outcome.code == Exit.INTERRUPTED
    assert outcome.err == "cppls: interrupted\n"
