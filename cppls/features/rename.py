"""``textDocument/rename`` and ``prepareRename``: another name for a symbol, in the whole project.

Edits are only made where it is certain that nothing is missed and nothing else is hit; else the
rename is refused with the reason. Every place is looked at in the text that is there now: the token
must be the old name. Places that no compiler has resolved (a member of what depends on a template
parameter, code that is not compiled) come apart, to be confirmed by the user.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from cppls.core.model import Edit, Position, Span
from cppls.features.answer import Absence, Answer, Reason
from cppls.features.cursor import Cursor, resolve
from cppls.features.rename_checks import check_collisions, check_name, check_nothing_hides
from cppls.features.rename_family import Family, Refused, find_family
from cppls.features.rename_local import local_uses
from cppls.features.rename_uses import Uses, find_uses
from cppls.features.snapshot import Snapshot
from cppls.features.words import words
from cppls.index.errors import IndexUnavailable

SETTLE_SECONDS = 30.0
"""So long a rename waits for the TUs of files that were edited: it must miss nothing in them."""


@dataclass(frozen=True, slots=True)
class RenameTarget:
    """What would be renamed: the token at the cursor, and its name."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class FileEdits:
    """The edits of one file, by position; the ``unsure`` ones no compiler has resolved."""

    path: str
    edits: tuple[Edit, ...]
    unsure: tuple[Edit, ...] = ()


async def prepare_rename(snapshot: Snapshot, path: str, position: Position) -> Answer[RenameTarget]:
    """What a rename at a position is about; refused where none can be made, whatever the name."""
    cursor = await resolve(snapshot, path, position)
    try:
        family = await _family(snapshot, cursor, path)
    except Refused as refused:
        return _refusal(refused)
    assert cursor.token is not None, "without a token there is no family"
    text = snapshot.text(path)
    if text is None or text.slice(cursor.token).decode(errors="replace") != family.name:
        return _refusal(Refused(f"'{family.name}' is not named here: rename it where it is"))
    return Answer([RenameTarget(cursor.token, family.name)], token=cursor.token)


async def rename(
    snapshot: Snapshot, path: str, position: Position, new_name: str
) -> Answer[FileEdits]:
    """The edits that call what the token names ``new_name``, by path; refused with the reason.

    A class is renamed with its constructors, destructor and specialisations, a virtual method with
    what it overrides and what overrides it.
    """
    try:
        check_name(new_name, path)
        cursor = await resolve(snapshot, path, position)
        if cursor.targets and all(target.local for target in cursor.targets):
            uses = await local_uses(snapshot, cursor, path, new_name)
        else:
            uses = await _everywhere(snapshot, cursor, path, new_name)
    except Refused as refused:
        return _refusal(refused)
    return Answer([_edits(uses, new_name) for uses in uses], token=cursor.token)


async def _family(snapshot: Snapshot, cursor: Cursor, path: str) -> Family:
    if not cursor.targets:
        what = cursor.absence.message if cursor.absence else "a file is not renamed here"
        raise Refused(what)
    try:
        return await snapshot.query(find_family, snapshot.root, cursor.targets)
    except IndexUnavailable as problem:
        if all(target.local for target in cursor.targets):
            return Family(cursor.targets[0].symbol.name, (), (), ())
        raise Refused(f"where else it is used is not known: {problem}") from problem


async def _everywhere(snapshot: Snapshot, cursor: Cursor, path: str, new_name: str) -> list[Uses]:
    family = await _family(snapshot, cursor, path)
    if family.name == new_name:
        raise Refused(f"'{new_name}' is its name already")
    await _settle(snapshot, family)
    # Asked again: edited files may have brought overriders, constructors, ...
    family = await _family(snapshot, cursor, path)
    if family.home != path and (missing := snapshot.incomplete()):
        raise Refused(f"not all of its uses are known: {missing}")
    await snapshot.query(check_collisions, family, new_name)
    uses = await snapshot.query(find_uses, snapshot.root, family, snapshot.text)
    await snapshot.query(check_nothing_hides, uses, new_name)
    return uses


async def _settle(snapshot: Snapshot, family: Family) -> None:
    """Have the index know what was typed and not saved, in files that may name the symbol."""

    names = partial(_names, family.name)
    for path in snapshot.open_paths():
        text = snapshot.text(path)
        # One that was opened just now is waited for: an editor that starts opens many.
        if text is not None and names(text.data) and await snapshot.live(path, first=True) is None:
            raise Refused(f"{path} is open and could not be parsed: its uses are not known")
    await snapshot.settle(where=lambda text: names(text.data), within=SETTLE_SECONDS)


def _names(name: str, data: bytes) -> bool:
    return next(words(data, name), None) is not None


def _edits(uses: Uses, new_name: str) -> FileEdits:
    return FileEdits(
        uses.path,
        tuple(Edit(span, new_name) for span in uses.spans),
        tuple(Edit(span, new_name) for span in uses.unsure),
    )


def _refusal(refused: Refused) -> Answer[Any]:
    return Answer(absence=Absence(Reason.REFUSED, str(refused)))
