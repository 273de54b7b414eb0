"""Which compilers are run, and what is made of their answers."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pytest

from cppls.project import permission as permission_module
from cppls.project import toolchain as toolchain_module
from cppls.project.permission import permission, system_compiler
from cppls.project.system_headers import resource_include, with_clang_builtins
from cppls.project.toolchain import Run, Toolchains

GCC = """Using built-in specs.
Target: x86_64-linux-gnu
#include "..." search starts here:
#include <...> search starts here:
 {0}/c++/12
 {0}/lib/gcc/x86_64-linux-gnu/12/include
 {0}/usr/include
 {0}/Frameworks (framework directory)
End of search list.
"""


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that counts as the system's, with a g++ that would fail if it were run."""
    root = Path(os.path.realpath(tmp_path)) / "system"
    for name in ("c++/12", "lib/gcc/x86_64-linux-gnu/12/include", "usr/include", "bin"):
        (root / name).mkdir(parents=True)
    program(root / "bin" / "g++")
    monkeypatch.setattr(permission_module, "SYSTEM_FOLDERS", (str(root / "bin"),))
    monkeypatch.setattr(permission_module, "_SEARCHED", (str(root / "bin"),))
    return root


def program(path: Path, text: str = "#!/bin/sh\nexit 3\n") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


class Compiler:
    """Stands in for running one: answers as gcc does, and remembers the commands."""

    def __init__(self, text: str, failure: str = "") -> None:
        self.answer = Run(text, failure)
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str]) -> Run:
        self.commands.append(command)
        return self.answer


def test_a_compiler_is_asked_once_and_its_builtin_folder_replaced_in_place(
    system: Path, tmp_path: Path
) -> None:
    compiler = Compiler(GCC.format(system))
    cache = str(tmp_path / "cache")
    toolchains = Toolchains("/root", cache, run=compiler)
    gxx = str(system / "bin/g++")
    found = toolchains.find(gxx, "c++", ["-m32"])
    assert toolchains.find(gxx, "c++", ["-m32"]) == found
    assert compiler.commands == [[gxx, "-E", "-v", "-x", "c++", "-m32", "-"]]
    assert found.asked
    assert found.target == "x86_64-linux-gnu"
    assert found.includes == (f"{system}/c++/12", resource_include(), f"{system}/usr/include")

    # Another run finds the answer on disk, until the compiler is another one.
    again = Toolchains("/root", cache, run=compiler)
    assert again.find(gxx, "c++", ["-m32"]) == found
    assert again.statistics() == {"toolchains": 1, "compiler_runs": 0, "from_disk": 1}
    program(system / "bin/g++", "#!/bin/sh\n# updated\n")
    Toolchains("/root", cache, run=compiler).find(gxx, "c++", ["-m32"])
    assert len(compiler.commands) == 2


def test_a_damaged_answer_on_disk_is_asked_again(system: Path, tmp_path: Path) -> None:
    compiler = Compiler(GCC.format(system))
    gxx = str(system / "bin/g++")
    Toolchains("/root", str(tmp_path / "cache"), run=compiler).find(gxx, "c++")
    for file in (tmp_path / "cache").iterdir():
        file.write_bytes(b"{broken")
    Toolchains("/root", str(tmp_path / "cache"), run=compiler).find(gxx, "c++")
    assert len(compiler.commands) == 2


def test_what_may_not_be_run_is_not_and_says_why(system: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    inside = program(root / "tools" / "gcc")
    outside = program(tmp_path / "elsewhere" / "gcc")
    link = tmp_path / "gcc"
    link.symlink_to(inside)
    masked = system / "bin" / "clang"
    masked.symlink_to(program(system / "bin" / "shell"))
    writable = Path(program(system / "bin" / "cc"))
    writable.chmod(0o777)
    refusals = {
        "./gcc": "its path is relative",
        "tools/gcc": "its path is relative",
        inside: "it lies in the workspace",
        str(link): "it lies in the workspace",
        outside: "it does not lie in a system folder",
        str(masked): "it is not named like gcc or clang",
        str(writable): "everybody may write to it",
        str(system / "bin"): "it is not an executable file",
        str(system / "bin" / "gone-gcc"): "it does not exist",
        "no-such-gcc": "it is not installed",
    }
    for name, why in refusals.items():
        found = permission(name, str(root))
        assert (found.program, found.refusal) == ("", why), name
        assert found.hint


def test_the_users_settings_allow_more_but_nothing_in_the_workspace(tmp_path: Path) -> None:
    root = tmp_path / "root"
    inside = program(root / "gcc")
    special = program(tmp_path / "sdk" / "mycc")
    allowed = [f"{tmp_path}/*"]
    assert permission(special, str(root), allowed).program == special
    assert permission(inside, str(root), allowed).program == ""


def test_behind_a_wrapper_the_real_compiler_is_asked(system: Path, tmp_path: Path) -> None:
    ccache = program(tmp_path / "wrappers" / "ccache")
    link = tmp_path / "wrappers" / "g++"
    link.symlink_to(ccache)
    assert permission(str(link), "/root").program == str(system / "bin" / "g++")


def test_a_refused_compiler_is_stood_in_for_by_the_systems(system: Path, tmp_path: Path) -> None:
    compiler = Compiler(GCC.format(system))
    toolchains = Toolchains("/root", str(tmp_path / "cache"), run=compiler)
    found = toolchains.find("../arm-none-eabi-g++", "c++", ["-mthumb", "--sysroot=/s"])
    assert not found.asked
    assert found.target == "arm-none-eabi"
    assert found.includes[0] == f"{system}/c++/12"
    command = [str(system / "bin/g++"), "-E", "-v", "-x", "c++", "--sysroot=/s", "-"]
    assert compiler.commands == [command]
    (problem,) = toolchains.problems.list()
    assert problem.path == "../arm-none-eabi-g++"
    assert "its path is relative" in problem.message


def test_without_any_compiler_the_usual_places_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permission_module, "_SEARCHED", (str(tmp_path / "empty"),))
    toolchains = Toolchains("/root", str(tmp_path / "cache"))
    found = toolchains.find("", "c")
    assert resource_include() in found.includes
    assert not found.asked
    (problem,) = toolchains.problems.list()
    assert "no compiler is installed" in problem.message
    assert "apt install" in problem.hint


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        ("#!/bin/sh\necho no such flag >&2; exit 4\n", "it ended with status 4: no such flag"),
        ("#!/bin/sh\necho hello\n", "it did not list its include folders"),
        ("#!/bin/sh\nsleep 1000 & sleep 1000\n", "it did not answer within 0 s"),
        ("no program at all", "it cannot be run"),
    ],
)
def test_a_compiler_that_fails_or_hangs_is_a_problem_and_not_a_wait(
    system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, failure: str
) -> None:
    monkeypatch.setattr(toolchain_module, "TIMEOUT", 0.2)
    broken = program(system / "bin" / "gcc-9", script)
    toolchains = Toolchains("/root", str(tmp_path / "cache"))
    assert not toolchains.find(broken, "c").asked
    assert failure in toolchains.problems.list()[0].message


def test_what_a_hanging_compiler_started_ends_with_it(
    system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolchain_module, "TIMEOUT", 0.5)
    note = tmp_path / "pid"
    gcc = program(system / "bin" / "gcc-9", f"#!/bin/sh\nsleep 1000 & echo $! > {note}\nwait\n")
    Toolchains("/root", str(tmp_path / "cache")).find(gcc, "c")
    child = int(note.read_text())
    assert is_gone(child)


def is_gone(pid: int) -> bool:
    """Ended, or about to: a signal takes a moment, and an orphan may wait for its reaper."""
    for _ in range(100):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def test_the_environment_of_a_compiler_is_clean(
    system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CPATH", "/evil")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    script = f'#!/bin/sh\n[ "$CPATH" = "" ] && [ "$LC_ALL" = C ] && cat {tmp_path}/answer >&2\n'
    (tmp_path / "answer").write_text(GCC.format(system))
    gcc = program(system / "bin" / "gcc-9", script)
    assert Toolchains("/root", str(tmp_path / "cache")).find(gcc, "c").asked


def test_a_cache_that_cannot_be_written_is_a_problem_only(system: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    compiler = Compiler(GCC.format(system))
    toolchains = Toolchains("/root", str(tmp_path / "cache"), run=compiler)
    assert toolchains.find(str(system / "bin/g++"), "c++").asked
    assert "cannot be kept" in toolchains.problems.list()[0].message


def test_builtins_go_behind_the_cxx_library_where_a_list_has_none() -> None:
    resource = resource_include()
    assert with_clang_builtins(["/usr/include/c++/v1", "/usr/include"]) == [
        "/usr/include/c++/v1",
        resource,
        "/usr/include",
    ]
    assert with_clang_builtins(["/usr/lib/llvm-18/lib/clang/18/include", "/x"]) == [resource, "/x"]


@pytest.mark.skipif(not system_compiler("c++", "/nowhere"), reason="no compiler is installed")
def test_the_systems_own_compiler_answers(tmp_path: Path) -> None:
    toolchains = Toolchains("/nowhere", str(tmp_path / "cache"))
    found = toolchains.find("", "c++")
    assert found.asked
    assert any(os.path.exists(os.path.join(folder, "vector")) for folder in found.includes)
