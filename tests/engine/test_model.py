"""Whatever happens to a project, the index comes to equal one that is built from nothing.

A machine of hypothesis edits, saves, renames, checks out, reconfigures, kills and restarts at
random; at each quiet point every table of the index is compared. What failed is told as a story.

The short form, always the same stories, runs with the other tests. With ``CPPLS_NIGHTLY=300`` there
are that many, each time others.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.engine import model_project
from tests.engine.model_project import KINDS, Database, File, Item, Link
from tests.engine.model_story import Life, end_spares

NIGHTLY: Final = int(os.environ.get("CPPLS_NIGHTLY", "0"))
"""Stories to tell; 0: the short form."""

NAMES: Final = (
    *("lib/base.hpp", "lib/mid.hpp", "top.hpp", "gen/out.hpp", "link.hpp", "alias/base.hpp"),
    *("a.cpp", "lib/b.cpp", "new.cpp", "c.c", "c.h", "gen/deep/c.h", "lib/new.hpp"),
)
"""What a file may be called."""
FOLDERS: Final = ("lib", "gen", "moved", "gen/deep")

numbers = st.integers(0, 1000)
"""A choice of one out of whatever there is."""


class Story(RuleBasedStateMachine, Life):
    """One project's life, and a server's that follows it."""

    def __init__(self) -> None:
        RuleBasedStateMachine.__init__(self)
        Life.__init__(self)

    @initialize()
    def begin(self) -> None:
        self.be_born()

    # --- edits ----------------------------------------------------------------------------------

    @rule(
        file=numbers, kind=st.sampled_from(KINDS), at=numbers, other=numbers, atomic=st.booleans()
    )
    def add(self, file: int, kind: str, at: int, other: int, atomic: bool) -> None:
        """Something is written into a file."""
        path, old = self.pick(file)
        used = [each.id for one in self.tree.plain().values() for each in one.items]
        item = Item(kind, self.new_id(), at % 10, used[other % len(used)] if used else -1)
        place = at % (len(old.items) + 1)
        items = (*old.items[:place], item, *old.items[place:])
        self.save(f"{kind} {item.id} is added to", path, replace(old, items=items), atomic)

    @rule(file=numbers, at=numbers, atomic=st.booleans())
    def remove(self, file: int, at: int, atomic: bool) -> None:
        """... or removed from it."""
        path, old = self.pick(file)
        if old.items:
            gone = old.items[at % len(old.items)]
            items = tuple(each for each in old.items if each is not gone)
            told = f"{gone.kind} {gone.id} is removed from"
            self.save(told, path, replace(old, items=items), atomic)

    @rule(file=numbers, at=numbers, value=st.integers(0, 9), rename=st.booleans())
    def change(self, file: int, at: int, value: int, rename: bool) -> None:
        """A number is changed, in macros, comments, bodies, or something gets another name."""
        path, old = self.pick(file)
        if old.items:
            was = old.items[at % len(old.items)]
            new = replace(was, value=value, id=self.new_id() if rename else was.id)
            items = tuple(new if each is was else each for each in old.items)
            told = f"{was.kind} {was.id} becomes {new.id} with {value} in"
            self.save(told, path, replace(old, items=items), atomic=rename)

    @rule(file=numbers, name=st.sampled_from(NAMES), at=numbers)
    def include(self, file: int, name: str, at: int) -> None:
        """A directive is added; what it names may be missing."""
        path, old = self.pick(file)
        if name not in old.includes and not model_project.is_source(name):
            place = at % (len(old.includes) + 1)
            includes = (*old.includes[:place], name, *old.includes[place:])
            self.save(f"{name} is included by", path, replace(old, includes=includes), atomic=True)

    @rule(file=numbers, at=numbers)
    def exclude(self, file: int, at: int) -> None:
        path, old = self.pick(file)
        if old.includes:
            gone = old.includes[at % len(old.includes)]
            includes = tuple(each for each in old.includes if each != gone)
            told = f"{gone} is not included any more by"
            self.save(told, path, replace(old, includes=includes), atomic=False)

    @rule(file=numbers, same_time=st.booleans())
    def touch(self, file: int, same_time: bool) -> None:
        """A file is written again as it is."""
        path, _ = self.pick(file)
        self.tell(f"{path} is touched")
        full = os.path.join(self.root, path)
        if same_time:
            shutil.copyfile(full, f"{full}~")
            shutil.copystat(full, f"{full}~")
            os.replace(f"{full}~", full)
        else:
            os.utime(full, (1, 1))
        self.unsaid.add(full)

    @rule(value=st.integers(0, 9), backwards=st.booleans())
    def storm(self, value: int, backwards: bool) -> None:
        """Every file is written, one after the other, and work begins with the first."""
        for path, old in sorted(self.tree.plain().items(), reverse=backwards):
            items = tuple(replace(each, value=value) for each in old.items)
            self.save(f"{value} is written into", path, replace(old, items=items), atomic=False)
            self.hint()

    # --- files and folders ----------------------------------------------------------------------

    @rule(name=st.sampled_from(NAMES), kind=st.sampled_from(KINDS), listed=st.booleans())
    def create(self, name: str, kind: str, listed: bool) -> None:
        """A new file: also one that others missed so far, a generated header say."""
        if name not in self.tree.files and self.is_free(name):
            new = self.tree.put(name, File((), (Item(kind, self.new_id()),)))
            if listed and model_project.is_source(name):
                new = replace(new, database=self.entries({**new.database.entries, name: 0}))
            self.try_to(f"{name} is created with {kind}", new)

    @rule(file=numbers)
    def delete(self, file: int) -> None:
        path, _ = self.pick(file)
        if len(self.tree.plain()) > 1:
            self.try_to(f"{path} is deleted", self.tree.put(path, None))

    @rule(file=numbers, name=st.sampled_from(NAMES))
    def rename(self, file: int, name: str) -> None:
        path, _ = self.pick(file)
        same = os.path.splitext(path)[1] == os.path.splitext(name)[1]
        if same and name not in self.tree.files and self.is_free(name):
            self.move(path, name)

    @rule(old=st.sampled_from(FOLDERS), new=st.sampled_from(FOLDERS))
    def rename_folder(self, old: str, new: str) -> None:
        files = [os.path.dirname(path) for path in self.tree.files]
        is_free = not any(f"{each}/".startswith(f"{new}/") for each in [*files, old])
        is_free &= not f"{new}/".startswith(f"{old}/")
        if any(f"{each}/".startswith(f"{old}/") for each in files) and is_free:
            self.move(old, new)

    @rule(name=st.sampled_from(("link.hpp", "alias")), to=numbers)
    def link(self, name: str, to: int) -> None:
        """A symbolic link comes into being, or leads elsewhere."""
        headers = [path for path in self.tree.plain() if path.endswith(".hpp")]
        targets = ["lib", "gen", "moved"] if name == "alias" else headers
        taken = any(path == name or path.startswith(f"{name}/") for path in self.tree.plain())
        if targets and not taken:
            chosen = targets[to % len(targets)]
            self.try_to(f"{name} leads to {chosen}", self.tree.put(name, Link(chosen)))

    @rule()
    def commit(self) -> None:
        self.tell(f"this is commit {len(self.commits)}")
        self.commits.append(self.tree)

    @rule(number=numbers, atomic=st.booleans())
    def checkout(self, number: int, atomic: bool) -> None:
        """The whole tree becomes what it was."""
        number %= len(self.commits)
        self.tell(f"commit {number} is checked out")
        self.become(self.commits[number], atomic=atomic)

    # --- the compile database -------------------------------------------------------------------

    @rule(file=numbers)
    def other_flags(self, file: int) -> None:
        """A source gets other flags, or an entry if it had none."""
        sources = [path for path in self.tree.plain() if model_project.is_source(path)]
        if sources:
            path = sources[file % len(sources)]
            entries = self.tree.database.entries
            flags = 1 - entries.get(path, 1)
            database = self.entries({**entries, path: flags})
            self.try_to(f"{path} gets flags {flags}", replace(self.tree, database=database))

    @rule(flags=st.integers(0, 1))
    def flags_of_all(self, flags: int) -> None:
        """... all of them: what headers mean depends on it."""
        self.tell(f"all get flags {flags}")
        entries = dict.fromkeys(self.tree.database.entries, flags)
        self.become(replace(self.tree, database=self.entries(entries)))

    @rule(file=numbers)
    def no_entry(self, file: int) -> None:
        entries = dict(self.tree.database.entries)
        if len(entries) > 1:
            path = sorted(entries)[file % len(entries)]
            del entries[path]
            self.tell(f"{path} leaves the compile database")
            self.become(replace(self.tree, database=self.entries(entries)))

    @rule(backwards=st.booleans(), indent=st.sampled_from((None, 2)), exists=st.booleans())
    def rewrite(self, backwards: bool, indent: int | None, exists: bool) -> None:
        """The database says the same otherwise, or is not there."""
        self.tell(f"the compile database {'is rewritten' if exists else 'vanishes'}")
        database = Database(self.tree.database.entries, exists, backwards, indent)
        self.become(replace(self.tree, database=database))

    # --- documents ------------------------------------------------------------------------------

    @rule(file=numbers, at=numbers)
    def type(self, file: int, at: int) -> None:
        """A file is open and edited, and not saved: nothing that concerns the index."""
        path, old = self.pick(file)
        self.tell(f"{path} is edited without saving")
        text = model_project.text_of(path, old) + f"int typed{at};\n"
        self.server.open(os.path.join(self.root, path), text)

    @rule(file=numbers)
    def close(self, file: int) -> None:
        path, _ = self.pick(file)
        self.server.close(os.path.join(self.root, path))

    # --- processes ------------------------------------------------------------------------------

    @rule()
    def notice(self) -> None:
        """The system's events come, and work begins."""
        self.tell("the server is told")
        self.hint()

    @precondition(lambda self: self.unsaid)
    @rule()
    def lose_events(self) -> None:
        self.tell("events were lost")
        self.unsaid.clear()
        self.server.check()

    @rule(after=st.integers(0, 10))
    def kill_worker(self, after: int) -> None:
        self.tell(f"workers are killed {after * 10} ms later")
        self.hint()
        self.server.kill_workers(after / 100)

    @rule(killed=st.booleans())
    def restart(self, killed: bool) -> None:
        """What the server was not told happened while there was none."""
        self.tell(f"the server is {'killed' if killed else 'stopped'}, and there is another one")
        self.another_server(killed=killed)

    @rule()
    def quiet(self) -> None:
        """All is done: the index is what it would be had it been built from nothing."""
        self.tell("all is done")
        self.prove()

    def teardown(self) -> None:
        try:
            if not self.is_over:
                self.quiet()
        finally:
            self.die()


@pytest.fixture
def life() -> Generator[Life]:
    life = Life()
    yield life
    life.die()
    end_spares()


def test_headers_mean_what_the_present_flags_say(life: Life) -> None:
    life.be_born()
    base = life.tree.plain()["lib/base.hpp"]
    flagged = replace(base, items=(*base.items, Item("flagged", life.new_id())))
    life.save("flagged is added to", "lib/base.hpp", flagged, atomic=False)
    life.prove()
    for flags in (1, 0, 1):
        entries = dict.fromkeys(life.tree.database.entries, flags)
        life.become(replace(life.tree, database=life.entries(entries)))
        life.prove()


class WatchedStory(Story):
    """The same when nobody tells the server but its own watcher."""

    watch = True


@pytest.mark.parametrize(("story", "count"), [(Story, 5), (WatchedStory, 2)])
def test_the_index_equals_one_built_from_nothing_whatever_happens(
    story: type[Story], count: int
) -> None:
    try:
        run_state_machine_as_test(  # pyright: ignore[reportUnknownMemberType]
            story,
            settings=settings(
                max_examples=NIGHTLY or count,
                stateful_step_count=30 if NIGHTLY else 20,
                derandomize=not NIGHTLY,
                deadline=None,
                report_multiple_bugs=False,
                suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much),
            ),
        )
    finally:
        end_spares()
