"""Which colours the tokens of an open file have, as clangd gives them."""

from __future__ import annotations

from array import array

from cppls.core.live_painting import TOKEN_MODIFIERS, TOKEN_TYPES, SemanticTokens
from tests.clang.live import Live, Lives, ask, live

__all__ = ["live"]
"""The fixture, used by name."""


def test_a_name_has_the_colour_of_what_it_names(live: Lives) -> None:
    it = live("""
        namespace space { struct Type { int member; static int shared; void call(); }; }
        enum Set { One };
        template <class P> int made(P argument) { int local = One; return local; }
        int global = made(space::Type().member);
        """)
    assert colours(it) == [
        "space namespace declaration globalScope",
        "Type class declaration definition globalScope",
        "member property declaration classScope",
        "shared variable declaration static classScope",
        "call method declaration classScope",
        "Set enum declaration globalScope",
        "One enumMember declaration readonly globalScope",
        "< bracket",
        "P typeParameter declaration definition functionScope",
        "> bracket",
        "made function declaration definition globalScope",
        "P typeParameter functionScope",
        "argument parameter declaration definition functionScope",
        "local variable declaration definition functionScope",
        "One enumMember readonly globalScope",
        "local variable functionScope",
        "global variable declaration definition globalScope",
        "made function globalScope",
        "space namespace globalScope",
        "Type class globalScope",
        "member property classScope",
    ]


def test_methods_tell_what_they_are(live: Lives) -> None:
    it = live("""
        struct Base { virtual int area() const = 0; [[deprecated]] static void old(); ~Base(); };
        struct Circle final : Base { Circle(); int area() const override; };
        """)
    assert colours(it) == [
        "Base class declaration definition abstract globalScope",
        "area method declaration readonly abstract virtual classScope",
        "old function declaration deprecated static classScope",
        "Base class declaration abstract constructorOrDestructor globalScope",
        "Circle class declaration definition globalScope",
        "final modifier",
        "Base class abstract globalScope",
        "Circle class declaration constructorOrDestructor classScope",
        "area method declaration readonly virtual classScope",
        "override modifier",
    ]


def test_an_argument_tells_whether_the_call_may_change_it(live: Lives) -> None:
    it = live("""
        struct Box { Box(int *); };
        void fill(int &, int *, const int &, const Box &);
        void run(int a, int b, int c, int d) { fill(a, &b, c, &d); }
        """)
    assert colours(it)[-7:] == [
        "fill function globalScope",
        "a parameter usedAsMutableReference functionScope",
        "& operator",
        "b parameter usedAsMutablePointer functionScope",
        "c parameter functionScope",
        "& operator",
        "d parameter usedAsMutablePointer functionScope",
    ]


def test_operators_are_painted_and_those_of_users_are_told_apart(live: Lives) -> None:
    it = live("""
        struct N { N operator+(N) const; int operator[](int); };
        void f(N n, int i) { n + n; n[0]; i = i < 2 ? -i : +i; }
        """)
    assert [one for one in colours(it) if "operator" in one] == [
        "+ operator declaration",
        "[ operator declaration",
        "] operator declaration",
        "+ operator userDefined",
        "[ operator userDefined",
        "] operator userDefined",
        "= operator",
        "< operator",
        "? operator",
        "- operator",
        ": operator",
        "+ operator",
    ]


def test_auto_has_the_colour_of_what_it_stands_for(live: Lives) -> None:
    it = live("enum class E { A }; auto e = E::A; auto n = 1; auto l = [] {}; decltype(n) m = 2;")
    assert [one for one in colours(it) if "deduced" in one] == [
        "auto enum deduced globalScope",
        "auto type deduced defaultLibrary globalScope",
        "decltype type deduced defaultLibrary globalScope",
    ]


def test_macros_are_painted_where_they_are_named(live: Lives) -> None:
    it = live("""
        #define TWICE(x) ((x) * 2)
        #ifdef ABSENT
        #elif defined(TWICE)
        int two = TWICE(1);
        #endif
        #undef TWICE
        """)
    assert colours(it) == [
        "TWICE macro declaration globalScope",
        "ABSENT macro globalScope",
        "TWICE macro globalScope",
        "two variable declaration definition globalScope",
        "TWICE macro globalScope",
        "TWICE macro globalScope",
    ]


def test_lines_that_are_not_compiled_are_painted_if_they_are_asked_for(live: Lives) -> None:
    it = live("#if 0\nint gone;\n#define GONE\n#else\nint here;\n#endif\n")
    assert colours(it) == ["here variable declaration definition globalScope"]
    assert colours(it, inactive=True) == [
        "int gone; comment",
        "#define GONE comment",
        "here variable declaration definition globalScope",
    ]


def test_a_dependent_name_is_what_the_template_has(live: Lives) -> None:
    it = live("""
        template <class T> struct Box { T item; int size() const;
          int f(Box<T> &other) { item.unknown(); return other.size(); } };
        """)
    assert [one for one in colours(it) if "dependentName" in one or "size" in one] == [
        "size method declaration readonly classScope",
        "unknown unknown dependentName classScope",
        "size method readonly classScope",
    ]


def test_a_comparison_that_was_not_compiled_is_no_pair_of_brackets(live: Lives) -> None:
    it = live("#define DROP(x)\nvoid f(int a, int b) { DROP(a << b); DROP(a < b); }\n")
    assert [one for one in colours(it) if "bracket" in one] == []


def test_two_closing_brackets_may_be_one_token(live: Lives) -> None:
    it = live("template <class T> struct A {}; A<A<int>> a;")
    assert [one for one in colours(it) if "bracket" in one][2:] == ["< bracket"] * 2 + [
        "> bracket"
    ] * 2


def test_every_declarator_of_a_declaration_is_a_definition(live: Lives) -> None:
    it = live("int a, b; extern int c;")
    assert [one for one in colours(it) if "definition" not in one] == [
        "c variable declaration globalScope"
    ]


def test_what_is_deleted_or_defaulted_is_defined(live: Lives) -> None:
    it = live("struct S { S() = default; S(const S &) = delete; S(int); };")
    assert ["definition" in one for one in colours(it) if "constructor" in one] == [
        True,
        True,
        False,
    ]


def colours(it: Live, *, inactive: bool = False) -> list[str]:
    """Each token's text, type and modifiers."""
    numbers = array("I", ask(it.unit, SemanticTokens(inactive)))
    lines = it.fixture.text(it.path).split(b"\n")
    found: list[str] = []
    line = column = 0
    for i in range(0, len(numbers), 5):
        down, right, length, kind, bits = numbers[i : i + 5]
        line, column = line + down, right if down else column + right
        text = lines[line][column : column + length].decode()
        modifiers = [name for bit, name in enumerate(TOKEN_MODIFIERS) if bits >> bit & 1]
        found.append(" ".join([text, TOKEN_TYPES[kind], *modifiers]))
    return found
