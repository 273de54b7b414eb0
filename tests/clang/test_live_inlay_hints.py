"""Hints inside the code of an open file, shown and left out as by clangd."""

from __future__ import annotations

from cppls.core.live_painting import HintKind, InlayHints
from tests.clang.live import Live, Lives, ask, live

__all__ = ["live"]
"""The fixture, used by name."""

EVERYTHING = list(HintKind)


def test_an_argument_has_the_name_of_its_parameter(live: Lives) -> None:
    it = live("void f(int width, int __height); void g() { f(1, 2); }")
    assert hinted(it) == "void f(int width, int __height); void g() { f(width:|1, height:|2); }"


def test_a_name_that_says_nothing_new_is_left_out(live: Lives) -> None:
    unchanged(
        live(
            """
            struct S { void setSize(int size); S(const S &other); };
            void f(int width); void h(int);
            S g(int width, S s) { f(width); f(/*width=*/1); h(3); s.setSize(4); return S(s); }
            """
        )
    )


def test_a_reference_that_a_call_may_change_is_marked(live: Lives) -> None:
    it = live("void f(int &out, const int &in); void g(int out, int b) { f(out, b); }")
    assert hinted(it).endswith("f(&:|out, in:|b); }")


def test_constructors_pointers_and_function_objects_have_parameters_too(live: Lives) -> None:
    it = live("""
        struct S { S(int size); void operator()(int call); };
        typedef void (*Pointer)(int alias);
        void g(void (*pointer)(int own), Pointer p) {
          S s(1); S t{2}; new S(3); pointer(4); p(5); s(6); }
        """)
    assert "S s(size:|1); S t{size:|2}; new S(size:|3);" in hinted(it)
    assert "pointer(own:|4); p(alias:|5); s(call:|6);" in hinted(it)


def test_arguments_of_a_pack_have_no_names(live: Lives) -> None:
    it = live("template <class... A> void f(int first, A... rest); void g() { f(1, 2, 3); }")
    assert hinted(it).endswith("f(first:|1, 2, 3); }")


def test_a_macro_as_an_argument_has_a_hint_and_none_inside_its_body(live: Lives) -> None:
    it = live("""
        #define ONE 1
        #define CALL f(1)
        #define PASS(x) f(x)
        void f(int width); void g() { f(ONE); CALL; PASS(2); }
        """)
    assert hinted(it).endswith("f(width:|ONE); CALL; PASS(width:|2); }")


def test_auto_is_followed_by_what_it_stands_for(live: Lives) -> None:
    it = live("""
        struct P { int x; long y; };
        auto f() { return 1; }
        void g(P p) {
          auto n = 1; const auto *c = "x"; auto &[a, b] = p; auto l = [] { return 'c'; };
          auto [d, e] = p; decltype(n) m = 2; int plain = 3;
          int v[2]; for (auto one : v) one++;
        }
        """)
    assert "auto f()-> int| {" in hinted(it)
    assert 'auto n: int| = 1; const auto *c: const char *| = "x";' in hinted(it)
    assert "auto &[a: int|, b: long|] = p;" in hinted(it)
    assert "auto l: (lambda)| = []-> char| {" in hinted(it)
    assert "decltype(n): int| m = 2; int plain = 3;" in hinted(it)
    assert "for (auto one: int| :" in hinted(it)


def test_a_type_that_a_template_parameter_was_replaced_by_is_named_itself(live: Lives) -> None:
    it = live("""
        template <class T> struct Box {
          using value = T; using self = Box; value get(); self me(); };
        void g(Box<long> b) { auto v = b.get(); auto m = b.me(); }
        """)
    assert hinted(it).endswith("auto v: long| = b.get(); auto m: self| = b.me(); }")


def test_a_long_type_is_left_out(live: Lives) -> None:
    it = live("struct AClassWithAVeryLongNameIndeed {}; auto x = AClassWithAVeryLongNameIndeed{};")
    unchanged(it)
    assert "auto x: AClassWithAVeryLongNameIndeed|" in hinted(it, limit=0)


def test_elements_say_what_they_initialise(live: Lives) -> None:
    it = live("""
        struct P { int x, y; }; struct Q { P p; int n[2]; };
        P a = {1, 2}; Q b = {{1, 2}, {3, 4}}; Q c = {1, 2, 3, 4}; P d = {.x = 1}; int e[] = {5, 6};
        """)
    assert "a = {.x=|1, .y=|2};" in hinted(it)
    assert "b = {.p=|{.x=|1, .y=|2}, .n=|{[0]=|3, [1]=|4}};" in hinted(it)
    assert "c = {.p.x=|1, .p.y=|2, .n[0]=|3, .n[1]=|4};" in hinted(it)
    assert "d = {.x = 1}; int e[] = {[0]=|5, [1]=|6};" in hinted(it)


def test_blocks_say_what_ends(live: Lives) -> None:
    it = live("""
        namespace space {
        struct S {
        };
        enum class E {
        };
        int f(int n) {
          for (int i = 0; i < n; i++) {
          }
          while (n > f(1)) {
          }
          if (n) {
          } else if (!n) {
          }
          if (n) {
          }
          switch (n) {
          }
          return 1;
        } }
        """)
    text = hinted(it, kinds=[HintKind.BLOCK_END])
    assert "}; // struct S|" in text
    assert "}; // enum class E|" in text
    assert "} // for i|" in text
    assert "} // while n > f(...)|" in text
    assert "} // if|" in text
    assert "} // if n|" in text
    assert "} // switch n|" in text
    assert "} // namespace space|" in text
    assert text.count("|") == 8


def test_only_the_asked_lines_have_hints(live: Lives) -> None:
    it = live("void f(int w);\nvoid g() {\n  f(1);\n  f(2);\n  f(3);\n}\n")
    found = ask(it.unit, InlayHints(3, 3, EVERYTHING, 24))
    assert [(hint.line, hint.column, hint.label) for hint in found] == [(3, 4, "w:")]


def test_a_template_has_hints_where_a_call_can_mean_one_function_only(live: Lives) -> None:
    it = live("""
        template <class T> struct A {
          template <bool B> void one(T width); void two(int a); void two(long b);
          void f(T t) { one<true>(t); this->two(t); t.none(t); }
        };
        """)
    assert "one<true>(width:|t); this->two(t); t.none(t);" in hinted(it)


def test_what_a_macros_body_completes_has_no_hint(live: Lives) -> None:
    unchanged(
        live(
            """
            #define TAKE(s) take(s.x, sizeof s)
            struct S { int x; };
            void take(int a, unsigned long size); void g(S v) { TAKE(v); }
            """
        )
    )


def unchanged(it: Live) -> None:
    assert hinted(it) == it.fixture.text(it.path).decode().rstrip()


def hinted(it: Live, *, kinds: list[HintKind] | None = None, limit: int = 24) -> str:
    """The text with its hints, a bar behind each."""
    wanted = kinds or [kind for kind in HintKind if kind is not HintKind.BLOCK_END]
    lines = it.fixture.text(it.path).decode().split("\n")
    for hint in reversed(ask(it.unit, InlayHints(0, 1000, wanted, limit))):
        line = lines[hint.line]
        lines[hint.line] = f"{line[: hint.column]}{hint.label}|{line[hint.column :]}"
    return "\n".join(lines).rstrip()
