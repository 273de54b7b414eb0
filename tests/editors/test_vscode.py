"""The VS Code extension: it offers the server's settings, and works in a real VS Code."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cppls.core.settings import Settings

FOLDER = Path(__file__).resolve().parents[2] / "editors" / "vscode"
OWN = {"path", "arguments", "trace.server"}
"""Settings of the extension itself."""


def manifest() -> dict[str, Any]:
    return json.loads((FOLDER / "package.json").read_text())


def offered() -> dict[str, dict[str, Any]]:
    """The server's settings in the manifest, without their prefix."""
    properties: dict[str, dict[str, Any]] = manifest()["contributes"]["configuration"]["properties"]
    plain = {name.removeprefix("cppls."): each for name, each in properties.items()}
    return {name: each for name, each in plain.items() if name not in OWN}


def test_every_setting_of_the_server_is_offered_with_its_default() -> None:
    defaults = msgspec.to_builtins(Settings())
    assert {name: each["default"] for name, each in offered().items()} == defaults


def test_the_extension_sends_every_setting_of_the_server() -> None:
    source = (FOLDER / "src" / "extension.ts").read_text()
    block = re.search(r"SERVER_SETTINGS = \[(.*?)\]", source, re.DOTALL)
    assert block is not None
    assert set(re.findall(r'"(\w+)"', block[1])) == set(offered())


def test_what_decides_on_programs_to_run_is_not_for_a_workspace_to_set() -> None:
    properties = manifest()["contributes"]["configuration"]["properties"]
    for name in ("path", "arguments", "allowedCompilers", "tools"):
        assert properties[f"cppls.{name}"]["scope"] == "machine"


def test_the_lockfile_names_no_registry() -> None:
    packages: dict[str, dict[str, Any]] = json.loads((FOLDER / "package-lock.json").read_text())[
        "packages"
    ]
    assert len(packages) > 1
    assert not [name for name, each in packages.items() if "resolved" in each]


def test_it_works_in_a_real_vs_code(tmp_path: Path) -> None:
    if "CODE_SERVER" not in os.environ:
        pytest.skip("no VS Code: editors/vscode/README.md says how to get one")
    shim = tmp_path / "cppls"
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m cppls "$@"\n')
    shim.chmod(0o755)
    paths = os.pathsep.join([str(FOLDER.parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "CPPLS": str(shim), "PYTHONPATH": paths}
    run = subprocess.run(
        ["npm", "test"], cwd=FOLDER, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
