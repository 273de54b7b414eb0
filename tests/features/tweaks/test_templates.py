"""Functions of class templates, and templates themselves, whose bodies move."""

from __future__ import annotations

from pathlib import Path

import pytest

from cppls.features.tweaks.selection import Refused
from tests.features.tweaks.changed import changed
from tests.features.tweaks.test_defining import INLINE, OUTLINE, files_after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "template <class T, int N = 3, class... Us>\nstruct S {\n"
            "  virtual T *$0f(const T &t = T(), Us... us) const { return list; }\n"
            "  T *list;\n};\n",
            "template <class T, int N = 3, class... Us>\nstruct S {\n"
            "  virtual T *f(const T &t = T(), Us... us) const;\n  T *list;\n};\n\n"
            "template <class T, int N, class... Us>\n"
            "T *S<T, N, Us...>::f(const T &t, Us... us) const { return list; }\n",
            id="a method",
        ),
        pytest.param(
            "template <class T> struct S {\n  S &$0operator=(const S &o) { return *this; }\n};\n",
            "template <class T> struct S {\n  S &operator=(const S &o);\n};\n\n"
            "template <class T>\nS<T> &S<T>::operator=(const S &o) { return *this; }\n",
            id="a result that is the class itself",
        ),
        pytest.param(
            "namespace n {\ntemplate <class T> struct S {\n  using V = T;\n  struct N {};\n"
            "  const V &$0f(N n) { return v; }\n  V v;\n};\nS<int> s;\n}\n",
            "namespace n {\ntemplate <class T> struct S {\n  using V = T;\n  struct N {};\n"
            "  const V &f(N n);\n  V v;\n};\n\ntemplate <class T>\n"
            "const typename S<T>::V &S<T>::f(N n) { return v; }\n\nS<int> s;\n}\n",
            id="a result of the class",
        ),
        pytest.param(
            "template <class T> struct S {\n  struct N {\n"
            "    explicit $0N(T t) : m{t} {}\n    T m;\n  };\n};\n",
            "template <class T> struct S {\n  struct N {\n    explicit N(T t);\n    T m;\n"
            "  };\n};\n\ntemplate <class T>\nS<T>::N::N(T t) : m{t} {}\n",
            id="a constructor of a class in it",
        ),
        pytest.param(
            "template <template <class> class C> struct S {\n"
            "  template <class U = int, bool B = (1 < 2)>\n"
            "  static C<U> $0f(U u) { return {}; }\n};\n",
            "template <template <class> class C> struct S {\n"
            "  template <class U = int, bool B = (1 < 2)>\n  static C<U> f(U u);\n};\n\n"
            "template <template <class> class C>\ntemplate <class U, bool B>\n"
            "C<U> S<C>::f(U u) { return {}; }\n",
            id="a template in a template",
        ),
        pytest.param(
            "template <class T> struct S;\ntemplate <class T> struct S<T *> {\n"
            "  typename T::type $0f() { return {}; }\n};\n",
            "template <class T> struct S;\ntemplate <class T> struct S<T *> {\n"
            "  typename T::type f();\n};\n\n"
            "template <class T>\ntypename T::type S<T *>::f() { return {}; }\n",
            id="a partial specialisation",
        ),
        pytest.param(
            "template <class T> struct S;\ntemplate <> struct S<int> {\n"
            "  int $0f() { return 1; }\n};\n",
            "template <class T> struct S;\ntemplate <> struct S<int> {\n"
            "  int f();\n};\n\nint S<int>::f() { return 1; }\n",
            id="a specialisation, which is no template",
        ),
        pytest.param(
            "struct S {\n  template <class T> operator $0T() const { return {}; }\n};\n",
            "struct S {\n  template <class T> operator T() const;\n};\n\n"
            "template <class T>\nS::operator T() const { return {}; }\n",
            id="a conversion, whose name is its result",
        ),
    ],
)
async def test_a_function_moves_behind_its_class_template(
    tmp_path: Path, before: str, after: str
) -> None:
    assert await changed(tmp_path, OUTLINE, before) == after


async def test_a_template_stays_in_its_header_and_needs_no_inline(tmp_path: Path) -> None:
    files = await files_after(
        tmp_path,
        OUTLINE,
        """
        //- a.h
        template <class T> struct S { inline int $0f() { return 1; } };
        template <> struct S<int> { int g() { return 1; } };
        //- a.cpp
        #include "a.h"
        int v = S<char>().f();
        """,
    )
    assert files is not None
    assert list(files) == ["a.h"]
    assert "\ntemplate <class T>\nint S<T>::f() { return 1; }\n" in files["a.h"]


async def test_a_method_of_a_specialisation_in_a_header_is_inline(tmp_path: Path) -> None:
    files = await files_after(
        tmp_path,
        OUTLINE,
        """
        //- a.h
        template <class T> struct S;
        template <> struct S<int> { int $0g() { return 1; } };
        //- a.cpp
        #include "a.h"
        """,
    )
    assert files is not None
    assert "\ninline int S<int>::g() { return 1; }\n" in files["a.h"]


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("template <class> struct S { int $0f() { return 1; } };", "no name"),
        ("template <int> struct S { int $0f() { return 1; } };", "no name"),
        (
            "//- main.cpp -std=c++20\n"
            "template <class T> requires (sizeof(T) > 1) struct S { int $0f() { return 1; } };",
            "constraints",
        ),
        (
            "template <class T> struct S { template <class U> struct N {};"
            " N<int> $0f() { return {}; } };",
            "template of its class",
        ),
        ("template <class T> struct S { auto $0f() { return T(); } };", "deduced"),
        (
            "template <class T\n#if 1\n#endif\n> struct S { int $0f() { return 1; } };",
            "directives",
        ),
    ],
)
async def test_what_cannot_be_said_twice_of_a_template_says_why(
    tmp_path: Path, before: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await changed(tmp_path, OUTLINE, before)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "template <class T = int> T f(T t);\ntemplate <class T>\nT $0f(T t) { return t; }\n",
            "template <class T = int> T f(T t) { return t; }\n",
        ),
        (
            "struct S {\n  template <class T>\n  int f(T t) const;\n};\n\n"
            "template <class T>\nint S::$0f(T t) const {\n  return t.size();\n}\n",
            "struct S {\n  template <class T>\n  int f(T t) const {\n    return t.size();\n  }\n"
            "};\n\n",
        ),
    ],
)
async def test_a_function_template_moves_to_its_declaration(
    tmp_path: Path, before: str, after: str
) -> None:
    assert await changed(tmp_path, INLINE, before) == after


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        (
            "template <class U> int f(U t);\ntemplate <class T> int $0f(T t) { return 1; }",
            "declared otherwise",
        ),
        (
            "template <class T> int f(T t);\nint late(int);\n"
            "template <class T> int $0f(T t) { return late(1); }",
            "'late' may not be known",
        ),
        (
            "template <class T> int f(T t);\nint late(char);\nint late(int);\n"
            "template <class T> int $0f(T t) { return late(t); }",
            "may not be known",
        ),
    ],
)
async def test_what_a_template_means_elsewhere_may_differ(
    tmp_path: Path, before: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await changed(tmp_path, INLINE, before)


@pytest.mark.parametrize("tweak", [INLINE, OUTLINE])
async def test_a_method_of_a_class_template_stays_where_it_is(tmp_path: Path, tweak: str) -> None:
    source = "template <class T> struct S { void f(); };\ntemplate <class T> void S<T>::$0f() {}\n"
    assert await changed(tmp_path, tweak, source) is None
