"""clangd's settings are read, apply to the files they speak of, and allow nothing to be run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cppls.project import flag_edits
from cppls.project.clangd_config import ClangdConfig
from cppls.project.clangd_values import Config, FlagEdit
from tests.project.conftest import Folder, Open
from tests.project.test_project import flags_of, names


def settings(folder: Folder, **more: str) -> ClangdConfig:
    return ClangdConfig(str(folder.path), more.get("user", ""))


def messages(config: ClangdConfig) -> list[str]:
    return [problem.message for problem in config.problems]


def test_without_any_file_all_is_as_clangd_has_it(folder: Folder) -> None:
    config = settings(folder)
    assert config.config_for(folder / "a.c") == Config()
    assert config.edits_for(folder / "a.c") == ()
    assert config.problems == []


def test_every_section_is_read_with_clangds_names(folder: Folder) -> None:
    folder.write(
        ".clangd",
        """
        Index: {Background: Skip, External: {File: x.idx, MountPoint: /src}, StandardLibrary: No}
        Style: {QuotedHeaders: "src/.*", AngledHeaders: [a, b]}
        Diagnostics:
          Suppress: [unused, '*']
          UnusedIncludes: None
          ClangTidy: {Add: modernize*, CheckOptions: {a.b: 4}, FastCheckFilter: Loose}
          Includes: {IgnoreHeader: Python\\.h, AnalyzeAngledIncludes: Yes}
        Completion: {AllScopes: off, ArgumentLists: Delimiters, HeaderInsertion: Never}
        InlayHints: {Enabled: true, BlockEnd: Yes, TypeNameLimit: 7}
        Hover: {ShowAKA: No, MacroContentsLimit: 0}
        SemanticTokens: {DisabledKinds: [Operator]}
        Documentation: {CommentFormat: Doxygen}
        """,
    )
    config = settings(folder)
    found = config.config_for(folder / "a.c")
    assert messages(config) == [
        "Index.External: is not used by cppls: cppls has an index of its own only",
        "Diagnostics.ClangTidy.FastCheckFilter: is not used by cppls: "
        "clang-tidy runs beside, however slow",
    ]
    assert found.index.background == "Skip"
    assert found.index.external != "None"
    assert (found.index.external.file, found.index.standard_library) == ("x.idx", False)
    assert (found.style.quoted_headers, found.style.angled_headers) == (("src/.*",), ("a", "b"))
    assert found.diagnostics.suppress == ("unused", "*")
    assert found.diagnostics.unused_includes == "None"
    assert found.diagnostics.clang_tidy.add == ("modernize*",)
    assert found.diagnostics.clang_tidy.check_options == {"a.b": "4"}
    assert found.diagnostics.includes.analyze_angled_includes
    assert (found.completion.all_scopes, found.completion.header_insertion) == (False, "Never")
    assert (found.inlay_hints.block_end, found.inlay_hints.type_name_limit) == (True, 7)
    assert (found.hover.show_aka, found.hover.macro_contents_limit) == (False, 0)
    assert found.semantic_tokens.disabled_kinds == ("Operator",)
    assert found.documentation.comment_format == "Doxygen"


def test_a_fragment_speaks_of_the_files_that_its_condition_matches_whole(folder: Folder) -> None:
    folder.write(
        ".clangd",
        "CompileFlags: {Add: -DALL}\n---\n"
        "If: {PathMatch: [lib/.*\\.c, a\\.c], PathExclude: 'lib/gen/.*'}\n"
        "CompileFlags: {Add: [-DSOME, -DMORE]}\n",
    )
    config = settings(folder)

    def added(name: str) -> tuple[str, ...]:
        return config.config_for(folder / name).compile_flags.add

    assert added("lib/x.c") == added("a.c") == ("-DALL", "-DSOME", "-DMORE")
    for other in ("lib/gen/x.c", "lib/x.cpp", "b/a.c", "ba.c"):
        assert added(other) == ("-DALL",)


def test_inner_files_overrule_outer_ones_and_the_users_overrules_all(
    folder: Folder, tmp_path: Path
) -> None:
    user = tmp_path / "config.yaml"
    user.write_text("If: {PathMatch: .*/deep/.*}\nHover: {MacroContentsLimit: 3}\n")
    folder.write(
        ".clangd", "Hover: {ShowAKA: No, MacroContentsLimit: 1}\nStyle: {QuotedHeaders: a}"
    )
    folder.write("in/.clangd", "Hover: {MacroContentsLimit: 2}\nStyle: {QuotedHeaders: b}")
    config = settings(folder, user=str(user))
    assert config.config_for(folder / "a.c").hover.macro_contents_limit == 1
    inner = config.config_for(folder / "in/a.c")
    assert (inner.hover.show_aka, inner.hover.macro_contents_limit) == (False, 2)
    assert inner.style.quoted_headers == ("a", "b")
    assert config.config_for(folder / "in/deep/a.c").hover.macro_contents_limit == 3


def test_a_file_outside_the_project_hears_only_the_user(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / ".clangd").write_text("Hover: {ShowAKA: No}")
    config = settings(folder)
    assert config.config_for(str(tmp_path / "elsewhere" / "a.h")).hover.show_aka


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Indx: {}", "Indx: is unknown; did you mean Index?"),
        ("Index: {Backgrund: Skip}", "Index.Backgrund: is unknown; did you mean Background?"),
        ("Index: {Background: Perhaps}", "Index.Background: must be one of Build, Skip"),
        ("Hover: {ShowAKA: [1]}", "Hover.ShowAKA: must be true or false"),
        ("Hover: much", "Hover: must be a mapping"),
        ("InlayHints: {TypeNameLimit: x}", "InlayHints.TypeNameLimit: must be a number"),
        ("CompileFlags: {Add: {a: b}}", "CompileFlags.Add: must be a text or a list of texts"),
        ("- a", "a document must be a mapping of sections"),
    ],
)
def test_what_is_not_understood_is_told_and_the_rest_counts(
    folder: Folder, text: str, message: str
) -> None:
    folder.write(".clangd", text + "\n---\nHover: {MacroContentsLimit: 5}\n")
    config = settings(folder)
    assert config.config_for(folder / "a.c").hover.macro_contents_limit == 5
    assert messages(config) == [message]


def test_a_file_that_is_no_yaml_is_told_and_counts_for_nothing(folder: Folder) -> None:
    folder.write(".clangd", "Hover: {ShowAKA: No}\n---\na: [\n")
    config = settings(folder)
    assert config.config_for(folder / "a.c") == Config()
    assert messages(config) == [
        "is no YAML: line 4: expected the node content, but found '<stream end>'"
    ]


def test_a_tag_makes_nothing(folder: Folder) -> None:
    folder.write(".clangd", f"Style: !!python/object/apply:os.mkdir ['{folder / 'made'}']")
    config = settings(folder)
    assert config.config_for(folder / "a.c") == Config()
    assert messages(config) == ["Style: must be a mapping"]
    assert not os.path.exists(folder / "made")


@pytest.mark.parametrize(
    "condition", ["{Pathmatch: x}", "{PathMatch: '('}", "{PathMatch: '(a*)*'}"]
)
def test_a_condition_that_is_not_understood_is_met_by_no_file(
    folder: Folder, condition: str
) -> None:
    folder.write(".clangd", f"If: {condition}\nCompileFlags: {{Add: -DX}}\n")
    config = settings(folder)
    assert config.config_for(folder / "a.c") == Config()
    assert len(messages(config)) == 1


def test_a_pipe_or_a_folder_by_that_name_does_no_harm(folder: Folder) -> None:
    os.mkfifo(folder / ".clangd")
    (folder.path / "in" / ".clangd").mkdir(parents=True)
    config = settings(folder)
    assert config.config_for(folder / "in/a.c") == Config()
    assert len(messages(config)) == 2


def test_a_file_that_is_written_appears_or_goes_is_read_again(folder: Folder) -> None:
    config = settings(folder)
    assert config.config_for(folder / "a.c").hover.show_aka
    path = folder.write(".clangd", "Hover: {ShowAKA: No}")
    assert config.reloaded({folder / "a.c"}) is config
    newer = config.reloaded({path})
    assert not newer.config_for(folder / "a.c").hover.show_aka
    assert newer.reloaded() is newer
    os.unlink(path)
    assert newer.reloaded().config_for(folder / "a.c").hover.show_aka


# --- flags ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("remove", "before", "after"),
    [
        ("-DX", "-DX -DX=1 -DY", "-DX=1 -DY"),
        ("-DX=*", "-DX -DX=1 -DX=2", "-DX"),
        ("-I", "-I a -Ib -isystem c", "-isystem c"),
        ("-isystem", "-isystem c -isystemd -I e", "-I e"),
        ("-W*", "-Wall -w -Wno-x", "-w"),
        ("-std=", "-std=c++17 -g", "-g"),
        ("-std=c++17", "-std=c++17 -std=c++20", "-std=c++20"),
        ("--target", "--target=x -target x --target x -g", "-g"),
        ("-include", "-include a.h -includeb.h -g", "-g"),
    ],
)
def test_remove_takes_options_with_their_values_prefixes_and_exact_flags(
    remove: str, before: str, after: str
) -> None:
    edited = flag_edits.apply([FlagEdit(remove=(remove,))], ["g++", *before.split()])
    assert edited == ("g++", *after.split())


def test_flags_are_added_before_names_and_programs_replace_programs() -> None:
    edit = FlagEdit("clang", add=("-DA", "-DB"))
    assert flag_edits.apply([edit], ["ccache", "g++", "-c", "--", "x"]) == (
        "clang", "-c", "-DA", "-DB", "--", "x",
    )  # fmt: skip
    later = FlagEdit(remove=("-DA",))
    assert flag_edits.apply([edit, later], ["-g"]) == ("clang", "-g", "-DB")


def test_a_changed_file_changes_the_flags_of_the_files_it_speaks_of(
    folder: Folder, open_project: Open
) -> None:
    folder.database(folder.entry("lib/a.c", "-DOLD", "gcc"), folder.entry("b.c", "", "gcc"))
    folder.write("lib/h.h")
    project = open_project()
    text = "CompileFlags: {Remove: -DOLD, Add: [-DNEW, -fplugin=evil.so]}"
    path = folder.write("lib/.clangd", text)
    assert names(project.reload_if_changed([path]).changed) == ["a.c"]
    assert flags_of(project, folder / "lib/a.c") == ["-x", "c", "-DNEW"]
    assert flags_of(project, folder / "b.c") == ["-x", "c"]
    assert "-DNEW" in flags_of(project, folder / "lib/h.h")
    assert [names(group.units) for group in project.unit_groups()] == [["a.c"], ["b.c"]]
    folder.write("lib/.clangd", text + "\nHover: {ShowAKA: No}")
    assert not project.reload_if_changed([path]), "no flag is another one"
    assert not project.config(folder / "lib/a.c").hover.show_aka
    os.unlink(path)
    assert names(project.reload_if_changed([path]).changed) == ["a.c"]


def test_a_compiler_is_run_only_if_it_may_be(folder: Folder, open_project: Open) -> None:
    folder.write("evil/g++", f"#!/bin/sh\ntouch {folder / 'was-run'}\n")
    os.chmod(folder / "evil/g++", 0o755)
    folder.database(folder.entry("a.cpp", ""))
    folder.write(".clangd", f"CompileFlags: {{Compiler: {folder / 'evil/g++'}}}")
    project = open_project()
    explanation = project.explain(folder / "a.cpp")
    assert explanation.toolchain.driver == folder / "evil/g++"
    assert "it lies in the workspace" in explanation.toolchain.note
    assert not os.path.exists(folder / "was-run")


def test_a_database_can_be_named_for_the_project_and_for_single_folders(
    folder: Folder, open_project: Open
) -> None:
    folder.database(
        folder.entry("a.c", "-DMAIN"),
        folder.entry("sub/b.c", "-DMAIN"),
        at="x/compile_commands.json",
    )
    folder.database(
        folder.entry("sub/b.c", "-DSUB"),
        folder.entry("a.c", "-DSUB"),
        at="sub/out/compile_commands.json",
    )
    folder.write(".clangd", "CompileFlags: {CompilationDatabase: x}")
    folder.write("sub/.clangd", "CompileFlags: {CompilationDatabase: out}")
    project = open_project()
    assert project.origin.path == folder / "x/compile_commands.json"
    assert "-DMAIN" in flags_of(project, folder / "a.c")
    assert "-DSUB" in flags_of(project, folder / "sub/b.c")
    assert names(project.translation_units()) == ["a.c", "b.c"]
    folder.database(folder.entry("sub/b.c", "-DOTHER"), at="sub/out/compile_commands.json")
    assert names(project.reload_if_changed().changed) == ["b.c"]
    folder.write(".clangd", "CompileFlags: {CompilationDatabase: None}")
    assert project.reload_if_changed()
    assert project.command(folder / "a.c").source == "guessed"


def test_what_asks_for_nothing_that_cppls_lacks_is_not_named(folder: Folder) -> None:
    folder.write(".clangd", "Index: {External: None, StandardLibrary: No}\nCompletion: {}\n")
    config = settings(folder)
    config.config_for(folder / "a.c")
    assert messages(config) == []


def test_files_that_the_background_index_skips_keep_their_flags(
    folder: Folder, open_project: Open
) -> None:
    folder.database(folder.entry("a.c", "-DA", "gcc"), folder.entry("gen/b.c", "-DB", "gcc"))
    project = open_project()
    assert names(project.translation_units()) == ["a.c", "b.c"]

    folder.write(".clangd", "If: {PathMatch: gen/.*}\nIndex: {Background: Skip}\n")
    changes = project.reload_if_changed()
    assert (names(changes.removed), names(project.translation_units())) == (["b.c"], ["a.c"])
    assert "-DB" in flags_of(project, folder / "gen/b.c")
