"""docs/CONFIGURATION.md and the code say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from cppls.core.settings import Settings
from cppls.lsp.configuration import overlay

PAGE = Path(__file__).parents[2] / "docs" / "CONFIGURATION.md"


def test_every_setting_is_described_with_its_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]*, `([^`]*)` \|", PAGE.read_text(), re.MULTILINE)
    fields = msgspec.structs.fields(Settings)
    defaults = msgspec.to_builtins(Settings())
    told = {name: msgspec.json.decode(default) for name, default in rows}
    assert told == {field.encode_name: defaults[field.encode_name] for field in fields}


def test_what_is_no_object_changes_nothing_and_is_named() -> None:
    no_objects: list[Any] = [[], "text", 3]
    for options in no_objects:
        settings, problems = overlay(Settings(jobs=2), options)
        assert settings == Settings(jobs=2)
        assert "must be an object" in problems[0]


def test_a_budget_that_cannot_be_kept_is_left_as_it_was_and_says_what_can() -> None:
    for memory in ("64M", "much"):
        settings, (problem,) = overlay(Settings(memory="1G"), {"memory": memory})
        assert settings.memory == "1G"
        assert "192M" in problem or "512M" in problem
    assert overlay(Settings(), {"memory": "small"}) == (Settings(memory="small"), [])


def test_an_unknown_order_hint_is_named() -> None:
    hinted, problems = overlay(Settings(), {"index": {"first": ["src/**"]}})
    assert (hinted.index.first, problems) == (["src/**"], [])
    _, (problem,) = overlay(Settings(), {"index": {"last": []}})
    assert "last" in problem


def test_clangds_options_are_understood() -> None:
    command = {"workingDirectory": "/w", "compilationCommand": ["cc", "-DA", "a.c"]}
    options = {
        "compilationDatabasePath": "/w/build",
        "compilationDatabaseChanges": {"/w/a.c": command},
        "fallbackFlags": ["-Wall"],
    }
    settings, problems = overlay(Settings(), options)
    assert problems == []
    assert (settings.compile_commands, settings.fallback_flags) == ("/w/build", ["-Wall"])
    assert settings.compilation_database_changes["/w/a.c"].compilation_command[1] == "-DA"


def test_commands_that_are_pushed_later_stand_beside_the_earlier_ones() -> None:
    def push(settings: Settings, name: str, flag: str) -> Settings:
        command = {"workingDirectory": "/w", "compilationCommand": ["cc", flag, name]}
        return overlay(settings, {"compilationDatabaseChanges": {name: command}})[0]

    settings = push(push(push(Settings(), "a.c", "-DA"), "b.c", "-DB"), "a.c", "-DC")
    flags = {
        name: command.compilation_command[1]
        for name, command in settings.compilation_database_changes.items()
    }
    assert flags == {"a.c": "-DC", "b.c": "-DB"}
