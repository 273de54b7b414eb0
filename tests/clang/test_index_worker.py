"""The worker as a process: frames in, frames out."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import msgspec
import pytest

from cppls.clang import indexer, library
from cppls.clang.shards import ShardMaker
from cppls.core.frames import read_frame, write_frame
from cppls.core.messages import (
    BuildPreamble,
    Failed,
    IndexJob,
    IndexResult,
    KnownFiles,
    PreambleBuilt,
    Shard,
    Started,
    Trim,
    Trimmed,
    WorkerReply,
    WorkerRequest,
)


class Worker:
    """A worker process and a blocking way to talk to it."""

    def __init__(self, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cppls.clang.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )

    def send(self, request: WorkerRequest) -> None:
        write_frame(cast("BinaryIO", self.process.stdin), request)

    def receive(self) -> WorkerReply:
        body = read_frame(cast("BinaryIO", self.process.stdout))
        assert body is not None, "the worker has ended"
        return msgspec.msgpack.decode(body, type=WorkerReply)

    def index(self, path: Path, memory: int = 0) -> IndexResult:
        self.send(IndexJob(7, os.fsencode(path), os.fsencode(path.parent), [], memory=memory))
        reply = self.receive()
        assert isinstance(reply, IndexResult)
        return reply


@pytest.fixture
def worker() -> Iterator[Worker]:
    started = Worker()
    yield started
    started.process.kill()
    started.process.communicate()


def test_a_job_is_answered_with_a_shard_and_its_cost(worker: Worker, tmp_path: Path) -> None:
    source = tmp_path / "a.c"
    source.write_text("int n;\n")
    started = worker.receive()
    assert isinstance(started, Started)
    assert "22." in started.libclang
    result = worker.index(source)
    assert (result.id, result.ok, result.message) == (7, True, "")
    shard = msgspec.msgpack.decode(result.shard, type=Shard)
    assert [file.path for file in shard.files] == [os.fsencode(source)]
    assert result.peak_rss > 1 << 20
    assert result.wall_seconds > 0


def test_a_bad_job_is_answered_and_the_next_one_done(worker: Worker, tmp_path: Path) -> None:
    worker.receive()
    gone = worker.index(tmp_path / "gone.c")
    assert not gone.ok
    assert "is gone" in gone.message
    assert msgspec.msgpack.decode(gone.shard) is None
    source = tmp_path / "a.c"
    source.write_text("int n;\n")
    assert worker.index(source).ok


def test_it_trims_when_asked_and_forgets_when_told(worker: Worker, tmp_path: Path) -> None:
    worker.receive()
    (tmp_path / "a.h").write_text("int n;\n")
    source = tmp_path / "a.c"
    source.write_text('#include "a.h"\n')
    for path in tmp_path.iterdir():
        os.utime(path, (1, 1))  # Of a file written just now the time is left out.
    sizes = [len(bytes(worker.index(source).shard)) for _ in range(2)]
    worker.send(Trim())
    trimmed = worker.receive()
    assert isinstance(trimmed, Trimmed)
    assert trimmed.rss > 0
    worker.send(KnownFiles(b"", forget=True))
    sizes.append(len(bytes(worker.index(source).shard)))
    assert sizes[1] < sizes[0] == sizes[2]


TEMPLATES = """\
#pragma once
template <class T> class vector {
public:
    struct iterator { T *at; T &operator*() const { return *at; } };
    iterator begin() const { return {data}; }
    void push(T const &value) { *begin() = value; grow<int>(1); }
    template <class N> void grow(N by) { size += by; }
    ~vector() { clear(); }
private:
    void clear() { size = 0; }
    T *data = nullptr;
    unsigned size = 0;
};
template <class Derived> struct visitor {
    virtual ~visitor() = default;
    void walk(int node) { static_cast<Derived *>(this)->visit(node); }
    friend int depth(visitor const &v) { return v.level; }
    int level = 0;
};
"""
PLUGIN = """\
#pragma once
#include "templates.h"
namespace smt {
struct plugin : visitor<plugin> {
    template <class T = int> T value(T other = T()) {
        return m_values.begin().at ? T() : other;
    }
    void visit(int node) { m_values.push(node); }
    vector<int> m_values;
};
template <> inline double plugin::value<double>(double other) { return other; }
}
"""
UNIT = """\
#include "plugin.h"
namespace smt {
struct plugin%(n)d : plugin {
    void visit(int node) { m_more.push({}); }
    vector<vector<int>> m_more;
};
int run%(n)d(plugin%(n)d &p) {
    p.walk(%(n)d);
    return p.value() + (int)p.value<double>() + depth(p);
}
}
"""


def test_templates_of_claimed_headers_serve_unit_after_unit(worker: Worker, tmp_path: Path) -> None:
    """Their bodies are not parsed again, and units go on instantiating and overriding them."""
    worker.receive()
    (tmp_path / "templates.h").write_text(TEMPLATES)
    (tmp_path / "plugin.h").write_text(PLUGIN)
    sources = [tmp_path / f"unit{n}.cpp" for n in range(6)]
    for n, source in enumerate(sources):
        source.write_text(UNIT % {"n": n})
    first = shard_of(worker.index(sources[0]))
    assert [os.path.basename(file.path) for file in first.files] == [
        b"unit0.cpp",
        b"plugin.h",
        b"templates.h",
    ]
    # A worker that is told claims has never seen the headers; one that forgot sees them anew.
    keys = b"".join(file.key.to_bytes(8, "little") for file in first.files[1:])
    for forget in (False, True):
        worker.send(KnownFiles(keys, forget=forget))
        for source in sources[1:]:
            shard = shard_of(worker.index(source))
            assert [os.fsdecode(file.path) for file in shard.files] == [str(source)]
            assert shard.first_error == ""
            assert len(shard.files[0].postings) == len(first.files[0].postings)
            assert len(shard.files[0].symbols) == len(first.files[0].symbols)


def shard_of(result: IndexResult) -> Shard:
    assert result.ok, result.message
    return msgspec.msgpack.decode(result.shard, type=Shard)


def test_it_ends_with_its_input(worker: Worker) -> None:
    worker.receive()
    worker.process.communicate()
    assert worker.process.returncode == 0


def test_memory_beyond_the_limit_fails_the_job_and_not_the_worker(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.c"
    levels = [f"#define A{n} A{n - 1} A{n - 1} A{n - 1} A{n - 1}" for n in range(1, 13)]
    bomb.write_text("\n".join(["#define A0 1,", *levels, "int n[] = { A12 };", ""]))
    good = tmp_path / "good.c"
    good.write_text("int n;\n")
    worker = Worker()
    try:
        worker.receive()
        refused = worker.index(bomb, memory=80 << 20)
        assert not refused.ok
        assert refused.refused
        assert worker.index(good).ok
    finally:
        worker.process.kill()
        worker.process.communicate()


def test_a_worker_whose_c_library_has_no_memory_ends_and_is_not_taken_for_a_bad_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = indexer.IndexSession(library.load())

    def run_out(*_: object) -> tuple[None, int]:
        return None, -1

    monkeypatch.setattr(indexer.IndexSession, "_run", run_out)
    source = tmp_path / "a.c"
    source.write_text("int a;\n")
    with pytest.raises(MemoryError, match=r"a\.c"):
        session.index(os.fsencode(source), b"/", [], sink=ShardMaker())
    session.close()


def test_no_process_of_libclang_may_take_all_memory(worker: Worker) -> None:
    worker.receive()
    soft, _ = resource.prlimit(worker.process.pid, resource.RLIMIT_DATA)
    assert 0 < soft <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def test_a_c_library_of_other_sources_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "INTERFACE", library.INTERFACE + 1)
    with pytest.raises(library.LibraryError, match="build it again"):
        library.load()


def test_without_the_c_library_it_says_so(tmp_path: Path) -> None:
    worker = Worker(CPPLS_NATIVE_LIBRARY=str(tmp_path / "none.so"))
    reply = worker.receive()
    worker.process.communicate()
    assert isinstance(reply, Failed)
    assert "CPPLS_NATIVE_LIBRARY" in reply.message
    assert worker.process.returncode == 1


def test_it_imports_nothing_that_only_the_server_needs() -> None:
    script = (
        "import sys, cppls.clang.worker\n"
        "print({'asyncio', 'pygls', 'lsprotocol', 'sqlite3', 'clang'} & set(sys.modules))"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert printed.stdout == "set()\n"


def test_a_preamble_is_built_and_used_and_what_changed_under_it_is_said(
    worker: Worker, tmp_path: Path
) -> None:
    header, source, output = tmp_path / "a.h", tmp_path / "a.cpp", tmp_path / "a.pch"
    header.write_text("#pragma once\ninline int f() { return 1; }\n")
    source.write_text('#include "a.h"\nint n = f();\n')
    arguments, folder = [b"-x", b"c++"], os.fsencode(tmp_path)
    assert isinstance(worker.receive(), Started)
    worker.send(
        BuildPreamble(
            3,
            os.fsencode(tmp_path / "umbrella.h"),
            f'#include "{header}"\n#include "none.h"\n'.encode(),
            folder,
            arguments,
            os.fsencode(output),
        )
    )
    built = worker.receive()
    assert isinstance(built, PreambleBuilt)
    assert (built.id, built.ok, built.message, built.dropped) == (3, True, "", [1])
    assert built.files == [os.fsencode(header)]
    shard = msgspec.msgpack.decode(built.shard, type=Shard)
    assert [file.key.to_bytes(8, "little") for file in shard.files] == [built.keys]
    assert built.size == output.stat().st_size + Path(f"{output}.facts").stat().st_size
    job = IndexJob(4, os.fsencode(source), folder, arguments, preambles=[os.fsencode(output)])
    worker.send(job)
    over = worker.receive()
    assert isinstance(over, IndexResult)
    assert (over.ok, over.declined, over.stale) == (True, "", False)
    header.write_text("#pragma once\ninline int f() { return 20; }\n")
    worker.send(job)
    without = worker.receive()
    assert isinstance(without, IndexResult)
    assert (without.ok, without.stale) == (True, True)
    assert without.declined == f"{header} has changed"


def test_a_preamble_of_which_nothing_is_left_is_refused_with_a_reason(
    worker: Worker, tmp_path: Path
) -> None:
    assert isinstance(worker.receive(), Started)
    folder, umbrella = os.fsencode(tmp_path), os.fsencode(tmp_path / "u.h")
    output = os.fsencode(tmp_path / "u.pch")
    worker.send(BuildPreamble(5, umbrella, b'#include "none.h"\n', folder, [b"-x", b"c"], output))
    built = worker.receive()
    assert isinstance(built, PreambleBuilt)
    assert (built.ok, built.dropped, built.files) == (False, [0], [])
    assert "'none.h' file not found" in built.message
    assert list(tmp_path.iterdir()) == []
