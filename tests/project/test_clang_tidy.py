"""Which checks of clang-tidy a file wants."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cppls.project.clang_tidy import TidyConfigError, tidy_config
from cppls.project.clangd_values import ClangTidy


def config(root: Path, name: str = "a.cpp", settings: ClangTidy | None = None) -> dict[str, Any]:
    found = tidy_config(str(root / name), str(root), settings or ClangTidy())
    return json.loads(found) if found else {}


def write(root: Path, text: str) -> None:
    root.mkdir(parents=True, exist_ok=True)
    (root / ".clang-tidy").write_text(text)


def test_nobody_wants_a_check_where_nothing_says_so(tmp_path: Path) -> None:
    assert config(tmp_path) == {}
    write(tmp_path, "Checks: '-*'\n")
    assert config(tmp_path) == {}


def test_the_nearest_file_counts_and_those_above_where_it_says_so(tmp_path: Path) -> None:
    write(tmp_path, "Checks: 'readability-*'\nCheckOptions:\n  a.b: true\n")
    write(tmp_path / "in", "Checks: 'modernize-*,-modernize-loop-convert'\n")
    checks = config(tmp_path, "in/a.cpp")["Checks"]
    assert checks == "modernize-*,-modernize-loop-convert,-clang-diagnostic-*"
    write(tmp_path / "in", "InheritParentConfig: true\nChecks: [modernize-*]\n")
    both = config(tmp_path, "in/deep/a.cpp")
    assert both["Checks"] == "readability-*,modernize-*,-clang-diagnostic-*"
    assert both["CheckOptions"] == {"a.b": "true"}


def test_clangds_settings_add_and_remove(tmp_path: Path) -> None:
    settings = ClangTidy(add=("bugprone-*",), remove=("bugprone-branch-clone",))
    checks = config(tmp_path, settings=settings)["Checks"]
    assert checks == "bugprone-*,-bugprone-branch-clone,-clang-diagnostic-*"


def test_the_older_form_of_options_is_read(tmp_path: Path) -> None:
    write(tmp_path, "Checks: a-*\nCheckOptions:\n  - key: a.b\n    value: 3\n")
    assert config(tmp_path)["CheckOptions"] == {"a.b": "3"}


def test_what_could_load_code_is_not_passed_on(tmp_path: Path) -> None:
    write(tmp_path, "Checks: a-*\nExtraArgs: ['-fplugin=evil.so']\nCustomChecks: []\n")
    assert config(tmp_path).keys() == {"Checks", "CheckOptions"}


@pytest.mark.parametrize("text", ["Checks: [", "- a list", "a: &b [*b]\n: :"])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    with pytest.raises(TidyConfigError, match=r"\.clang-tidy: "):
        config(tmp_path)
