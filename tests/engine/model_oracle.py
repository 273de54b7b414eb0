"""The index of a project built from nothing, by the shortest way: what every other must equal.

The native indexer in this process, one unit after the other, and the writer: no queue, no workers,
no comparison with what was there before.
"""

from __future__ import annotations

import os
from contextlib import closing
from typing import NamedTuple

from cppls.clang import library
from cppls.clang.indexer import IndexSession
from cppls.clang.shards import ShardMaker
from cppls.core.model import FileStatus
from cppls.core.settings import Settings
from cppls.index import contents
from cppls.index.batch import TranslationUnitResult
from cppls.index.digest import TableDigest, digest
from cppls.index.schema import connect_reader
from cppls.index.store import Index
from cppls.project.project import Project
from cppls.project.values import Command


class Facts(NamedTuple):
    """What an index says, in short."""

    tables: dict[str, TableDigest]
    units: list[tuple[str, FileStatus]]


def build(root: str, folder: str, cache: str) -> str:
    """Index the project in ``root`` into the empty ``folder``; the path of the database.

    ``cache``: where what compilers say of themselves is kept between projects.
    """
    project = Project.open(root, Settings(cache_dir=cache), cache)
    session = IndexSession(library.load())
    index = Index.open(folder, root, write=True)
    units = [path for path in project.translation_units() if os.path.exists(path)]
    # libclang goes to each unit's directory and stays there, and this project is about to go.
    here = os.getcwd()
    try:
        index.writer.commit([_result(session, project.command(path)) for path in units])
    finally:
        os.chdir(here)
    index.close()
    session.close()
    return index.path


def facts_of(database: str) -> Facts:
    """All that is compared of the index at ``database``, whoever may be writing it."""
    with closing(connect_reader(database)) as connection:
        tables = digest(connection).tables
        units = [(unit.path, unit.status) for unit in contents.units(connection)]
    # How many errors a unit has, its headers' counted, depends on the bodies of headers that its
    # parse session has seen before. The errors themselves are among the diagnostics.
    return Facts({name: tables[name] for name in tables if name != "units"}, units)


def _result(session: IndexSession, command: Command) -> TranslationUnitResult:
    arguments, fallback = (
        [os.fsencode(each) for each in arguments]
        for arguments in (command.arguments, command.fallback)
    )
    maker = ShardMaker()
    path, directory = os.fsencode(command.path), os.fsencode(command.directory)
    indexed = session.index(path, directory, arguments, fallback, sink=maker)
    if indexed.end is None:
        return TranslationUnitResult(command.path, command.flags_hash, FileStatus.FAILED)
    shard = maker.finish(indexed.end)
    return TranslationUnitResult(command.path, command.flags_hash, FileStatus.INDEXED, shard)
