"""Settings as LSP clients give them: ``initializationOptions`` and ``didChangeConfiguration``.

Each key stands for itself: one that is wrong is named to the user and the others still count.
Knows the ``Settings`` struct and JSON-like data; must not know pygls.
"""

from __future__ import annotations

import difflib
from typing import Any, Final, cast

import msgspec

from cppls.core.budget import budget_bytes
from cppls.core.settings import Settings

SECTION: Final = "cppls"

_FIELDS: Final = {field.encode_name: field for field in msgspec.structs.fields(Settings)}
_ALIASES: Final = {"compilationDatabasePath": "compileCommands"}
"""What clangd's clients call some of them."""
_PUSHED: Final = "compilationDatabaseChanges"
_AT_LEAST_ONE: Final = frozenset({"batchFiles", "batchBytes", "liveDocuments"})


def overlay(settings: Settings, options: Any) -> tuple[Settings, list[str]]:
    """``settings`` with ``options`` laid over, and what is wrong with some of them, for the user.

    ``options`` is an object with the names of ``Settings`` in camelCase, or one with that object
    under ``cppls``; ``None`` changes nothing.
    """
    if options is None:
        return settings, []
    if not isinstance(options, dict):
        return settings, [f"settings must be an object, not {_kind(options)}"]
    values = cast("dict[str, Any]", options)
    section = values.get(SECTION)
    if isinstance(section, dict):
        values = cast("dict[str, Any]", section)
    changes: dict[str, Any] = {}
    problems: list[str] = []
    for key, value in values.items():
        field = _FIELDS.get(_ALIASES.get(key, key))
        if field is None:
            problems.append(_unknown(key))
            continue
        try:
            changes[field.name] = _checked(key, msgspec.convert(value, field.type))
        except (msgspec.ValidationError, ValueError) as error:
            problems.append(f"setting {key!r} is left as it was: {error}")
    if pushed := changes.get(_FIELDS[_PUSHED].name):
        # As in clangd each message speaks of some files; what others said of further ones stays.
        changes[_FIELDS[_PUSHED].name] = settings.compilation_database_changes | pushed
    return msgspec.structs.replace(settings, **changes), problems


def take_option(options: Any, name: str) -> bool:
    """Take a truth value that is no setting out of ``options``; false when it is not there."""
    if not isinstance(options, dict):
        return False
    return cast("dict[str, Any]", options).pop(name, False) is True


def _checked(key: str, value: Any) -> Any:
    if key == "memory":
        # A profile fits every machine; only a size can be refused.
        budget_bytes(value, ram=0)
    least = 1 if key in _AT_LEAST_ONE else 0
    if isinstance(value, int | float) and value < least:
        raise ValueError(f"it must be at least {least}, not {value}")
    return value


def _unknown(key: str) -> str:
    near = difflib.get_close_matches(key, _FIELDS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"setting {key!r} is unknown{hint}"


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "an array"
    return "text" if isinstance(value, str) else "a number or a truth value"
