"""Which extraction of a file is right, by what it includes."""

from __future__ import annotations

from collections.abc import Sequence

from cppls.index.contexts import Version, find


def version(
    path: int,
    *targets: int,
    text: int = 0,
    tokens: int | None = None,
    context: int | None = None,
    complete: bool = True,
) -> Version:
    return Version(
        file=100 * path + text,
        path=path,
        content_hash=text,
        token_hash=text if tokens is None else tokens,
        flags_hash=None,
        claimed_by=0,
        context=context,
        targets=targets,
        complete=complete,
        shelved=False,
        size=0,
        mtime_ns=0,
    )


def noted(*versions: Version) -> list[Version]:
    """``versions``, one for each path, with the contexts that they have together."""
    found = find({each.path: [each] for each in versions}, {})
    return [each._replace(context=found[each.path].context) for each in versions]


def right(*versions: Sequence[Version]) -> set[int]:
    """Paths of which one version is right."""
    return {
        path for path, found in find({v[0].path: v for v in versions}, {}).items() if found.is_right
    }


SOURCE, HEADER, DEEP, OTHER = 1, 2, 3, 4


def test_what_includes_a_changed_file_is_not_right_and_is_again_when_that_comes_back() -> None:
    source, header, deep, other = noted(
        version(SOURCE, HEADER), version(HEADER, DEEP), version(DEEP), version(OTHER)
    )
    changed = version(DEEP, text=1)
    assert right([source], [header], [changed], [other]) == {OTHER}
    assert right([source], [header], [deep], [other]) == {SOURCE, HEADER, DEEP, OTHER}


def test_a_change_that_cannot_matter_leaves_what_includes_it_right() -> None:
    source, _ = noted(version(SOURCE, HEADER), version(HEADER, text=1, tokens=7))
    assert SOURCE in right([source], [version(HEADER, text=2, tokens=7)])
    assert SOURCE not in right([source], [version(HEADER, text=2, tokens=8)])


def test_of_two_versions_the_one_of_the_present_context_is_found() -> None:
    before, header = noted(version(SOURCE, HEADER), version(HEADER))
    after, changed = noted(version(SOURCE, HEADER, text=0), version(HEADER, text=1))
    after = after._replace(file=999)
    assert find({SOURCE: [after, before], HEADER: [header]}, {})[SOURCE].version == before
    assert find({SOURCE: [after, before], HEADER: [changed]}, {})[SOURCE].version == after


def test_a_version_that_includes_other_files_is_told_by_its_own_includes() -> None:
    """What a configuration header defines decides over an include."""
    plain, config, other = noted(version(SOURCE, HEADER), version(HEADER), version(OTHER))
    full, full_config, _ = noted(
        version(SOURCE, HEADER, OTHER), version(HEADER, text=1), version(OTHER)
    )
    assert find({SOURCE: [plain, full], HEADER: [full_config], OTHER: [other]}, {})[SOURCE] == (
        full,
        full.context,
    )
    assert (
        find({SOURCE: [full, plain], HEADER: [config], OTHER: [other]}, {})[SOURCE].version == plain
    )


def test_files_that_include_each_other_are_right_together() -> None:
    source, header, deep = noted(
        version(SOURCE, HEADER), version(HEADER, DEEP), version(DEEP, HEADER)
    )
    assert right([deep], [source], [header]) == {SOURCE, HEADER, DEEP}
    assert right([source], [header], [version(DEEP, HEADER, text=1)]) == set()
    changed_header, changed_deep = noted(version(HEADER, DEEP), version(DEEP, HEADER, text=1))
    both = [changed_header, header]
    assert find({SOURCE: [source], HEADER: both, DEEP: [deep]}, {})[HEADER].version == header
    assert find({SOURCE: [source], HEADER: both, DEEP: [changed_deep]}, {})[HEADER].is_right


def test_a_header_that_was_extracted_with_other_flags_is_another() -> None:
    flags, others = {SOURCE: 1}, {SOURCE: 2}
    header = version(HEADER)._replace(claimed_by=SOURCE)
    context = find({HEADER: [header]}, flags)[HEADER].context
    header = header._replace(context=context)
    assert find({HEADER: [header]}, flags)[HEADER].is_right
    assert not find({HEADER: [header]}, others)[HEADER].is_right
    source = version(SOURCE, HEADER)._replace(flags_hash=1)
    both = {SOURCE: [source], HEADER: [header]}
    assert find(both, flags)[SOURCE].context != find(both, others)[SOURCE].context


def test_a_file_that_includes_itself_is_no_trouble() -> None:
    (header,) = noted(version(HEADER, HEADER))
    assert right([header]) == {HEADER}


def test_nothing_is_known_over_an_include_that_led_nowhere_or_to_nothing_known() -> None:
    unresolved = find(
        {SOURCE: [version(SOURCE, HEADER)], HEADER: [version(HEADER, complete=False)]}, {}
    )
    assert unresolved[SOURCE].context is None
    assert unresolved[HEADER].context is None
    assert find({SOURCE: [version(SOURCE, HEADER)]}, {})[SOURCE].context is None


def test_the_order_in_which_files_come_does_not_matter() -> None:
    versions = [
        version(SOURCE, HEADER, OTHER), version(HEADER, DEEP), version(DEEP, HEADER), version(OTHER)
    ]  # fmt: skip
    assert {v.path: v.context for v in noted(*versions)} == {
        v.path: v.context for v in noted(*reversed(versions))
    }


def test_a_chain_of_includes_may_be_of_any_length() -> None:
    chain = [version(path, path + 1) for path in range(5000)] + [version(5000)]
    assert all(v.context is not None for v in noted(*chain))
