"""How a source package becomes a project to measure on; nothing is fetched here."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from benchmarks import projects
from benchmarks.projects import Project, ProjectError, Recipe, load

NEEDS_MAKE = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@pytest.fixture(name="packages")
def _packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose folders are the source packages that there are."""
    folder = tmp_path / "packages"

    def download(package: str) -> Path:
        tarball = tmp_path / f"{package}.orig.tar"
        with tarfile.open(tarball, "w") as archive:
            archive.add(folder / package, arcname=f"{package}-1.0")
        return tarball

    monkeypatch.setattr("benchmarks.projects._download", download)
    monkeypatch.setattr(projects, "PROJECTS", tmp_path / "projects")
    return folder


def _write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _recipe(monkeypatch: pytest.MonkeyPatch, recipe: Recipe) -> None:
    monkeypatch.setitem(projects.RECIPES, recipe.package, recipe)


@NEEDS_MAKE
def test_a_project_of_makefiles_is_asked_and_not_built(
    packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(
        packages / "kv" / "src" / "Makefile",
        "made := $(shell echo made > release.h)\nkv.o: kv.c\n\t$(CC) $(FLAGS) -c kv.c -o kv.o\n",
    )
    _write(packages / "kv" / "src" / "kv.c")
    _recipe(monkeypatch, Recipe("kv", make="-C src FLAGS=-O2"))

    project = load("kv")

    assert [path.name for path in project.translation_units()] == ["kv.c"]
    assert project.database == project.root / "build"
    assert '"-O2"' in (project.database / "compile_commands.json").read_text()
    assert (project.root / "src" / "release.h").read_text() == "made\n"
    assert not (project.root / "src" / "kv.o").exists()


@NEEDS_MAKE
def test_parts_lie_inside_and_are_fetched_once(
    packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(packages / "app" / "Makefile", "a.o: a.c test/lib/lib.h\n\tcc -c a.c\n")
    _write(packages / "app" / "a.c")
    _write(packages / "lib" / "lib.h")
    _recipe(monkeypatch, Recipe("app", parts=(("test/lib", "lib"),), make="missing"))
    with pytest.raises(ProjectError, match=r"(?s)make -nw missing .*No rule to make target"):
        load("app")
    shutil.rmtree(packages)
    _recipe(monkeypatch, Recipe("app", parts=(("test/lib", "lib"),), make="a.o"))

    project = load("app")

    assert (project.root / "test" / "lib" / "lib.h").is_file()
    assert len(project.translation_units()) == 1


@NEEDS_MAKE
def test_makefiles_that_would_compile_nothing_are_told(
    packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(packages / "doc" / "Makefile", "all:\n\techo nothing to compile\n")
    _recipe(monkeypatch, Recipe("doc", make="all"))
    with pytest.raises(ProjectError, match=r"doc: make -n all would compile nothing"):
        load("doc")


def test_a_file_that_is_compiled_twice_is_one_translation_unit(tmp_path: Path) -> None:
    _write(tmp_path / "a.c")
    entry = f'{{"directory": "{tmp_path}", "file": "a.c", "command": "cc a.c"}}'
    _write(tmp_path / "build" / "compile_commands.json", f"[{entry}, {entry}]")
    assert load(str(tmp_path)) == Project(tmp_path.name, tmp_path, tmp_path / "build")
    assert load(str(tmp_path)).translation_units() == [tmp_path / "a.c"]


def test_a_folder_without_a_database_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"no compile_commands.json .* configure it"):
        load(str(tmp_path))


def test_a_name_that_is_neither_project_nor_folder_is_told_the_names() -> None:
    with pytest.raises(ProjectError, match=r"nowhere: no such folder, and none of z3, .*redis"):
        load("nowhere")
