"""Control groups over a folder that looks like one of the kernel's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cppls.core.control_group import ControlGroups, usable_group

M = 1 << 20


class Kernel:
    """A group that was delegated to this process, which is alone in it."""

    def __init__(self, folder: Path) -> None:
        self.group = folder / "user.slice" / "cppls.scope"
        self.group.mkdir(parents=True)
        self.membership = folder / "self"
        self.membership.write_text("1:name=systemd:/elsewhere\n0::/user.slice/cppls.scope\n")
        self.write("cgroup.controllers", "cpu memory pids\n")
        self.write("cgroup.procs", f"{os.getpid()}\n")
        self.write("cgroup.subtree_control", "")
        self.groups = ControlGroups(str(folder), str(self.membership))

    def write(self, name: str, text: str) -> None:
        (self.group / name).write_text(text)

    def read(self, *names: str) -> str:
        return self.group.joinpath(*names).read_text()

    def usable(self) -> tuple[str, str]:
        return usable_group(str(self.group.parents[1]), str(self.membership))


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    rmdir = os.rmdir

    def remove_group(folder: str) -> None:
        """A group can be removed with the files that the kernel shows in it."""
        for path in Path(folder).iterdir():
            path.unlink()
        rmdir(folder)

    monkeypatch.setattr(os, "rmdir", remove_group)
    return Kernel(tmp_path)


def test_the_server_moves_out_of_its_group_and_divides_it(kernel: Kernel) -> None:
    assert kernel.groups.start() == ""
    assert kernel.read("cppls-server", "cgroup.procs") == str(os.getpid())
    assert kernel.read("cgroup.subtree_control") == "+memory"
    assert kernel.groups.statistics()["in_use"] is True


def test_a_child_is_slowed_down_from_its_share_on_and_killed_a_little_beyond(
    kernel: Kernel,
) -> None:
    kernel.groups.start()
    assert kernel.groups.limit(77, 160 * M) == ""
    assert kernel.read("cppls-child-77", "cgroup.procs") == "77"
    assert kernel.read("cppls-child-77", "memory.high") == str(160 * M)
    assert kernel.read("cppls-child-77", "memory.max") == str(170 * M)
    assert kernel.groups.limit(77, 320 * M) == ""
    assert kernel.read("cppls-child-77", "memory.max") == str(340 * M)


def test_groups_of_the_dead_are_removed(kernel: Kernel) -> None:
    kernel.groups.start()
    kernel.groups.limit(77, 160 * M)
    kernel.groups.limit(78, 160 * M)
    kernel.groups.keep({78})
    assert not (kernel.group / "cppls-child-77").exists()
    assert (kernel.group / "cppls-child-78").exists()
    assert kernel.groups.statistics()["limits"] == {"78": 160 * M}


def test_a_second_project_of_the_same_server_uses_the_same_group(kernel: Kernel) -> None:
    kernel.groups.start()
    kernel.membership.write_text("0::/user.slice/cppls.scope/cppls-server\n")
    assert kernel.usable() == (str(kernel.group), "")


def test_without_version_two_nothing_is_done_and_it_is_said(kernel: Kernel) -> None:
    kernel.membership.write_text("4:memory:/user.slice\n")
    assert "no control groups of version 2" in kernel.groups.start()
    assert "no control groups" in kernel.groups.limit(77, M)
    assert not list(kernel.group.glob("cppls-*"))


def test_a_group_without_the_memory_controller_is_of_no_use(kernel: Kernel) -> None:
    kernel.write("cgroup.controllers", "cpu pids\n")
    assert "no memory controller" in kernel.usable()[1]


def test_a_group_that_others_are_in_is_left_alone(kernel: Kernel) -> None:
    kernel.write("cgroup.procs", f"{os.getpid()}\n1\n")
    assert "other processes share" in kernel.groups.start()
    assert not list(kernel.group.glob("cppls-*"))


def test_a_group_that_may_not_be_written_is_left_alone(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> bool:
        return False

    monkeypatch.setattr(os, "access", refused)
    assert "not delegated" in kernel.groups.start()


def test_what_the_kernel_refuses_half_way_is_undone(kernel: Kernel) -> None:
    (kernel.group / "cgroup.subtree_control").unlink()
    (kernel.group / "cgroup.subtree_control").mkdir()
    assert "cannot be divided" in kernel.groups.start()
    assert not (kernel.group / "cppls-server").exists()
    assert kernel.groups.statistics()["in_use"] is False


def test_a_child_that_ended_meanwhile_is_no_error(kernel: Kernel) -> None:
    kernel.groups.start()
    (kernel.group / "cppls-child-77" / "memory.max").mkdir(parents=True)
    assert kernel.groups.limit(77, M).startswith("cppls-child-77: ")
    assert kernel.groups.statistics()["refused"] == 1
