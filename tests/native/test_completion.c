/* How names answer what is typed, what words say of a place, and texts nobody thinks of. */
#include "check.h"
#include "completion.h"
#include "fuzzy.h"

#include <string.h>

static double match(const char *typed, const char *name) {
    return fuzzy_match(typed, strlen(typed), name, strlen(name));
}

static void beginnings_of_words_in_order_match(void) {
    CHECK(match("", "anything") == 1);
    CHECK(match("smt_context", "smt_context") == 1);
    CHECK(match("sc", "smt_context") > 0);
    CHECK(match("smtcon", "SmtContext") > 0);
    CHECK(match("context", "smt_context") > 0);
    CHECK(match("ext", "smt_context") == 0);
    CHECK(match("cs", "smt_context") == 0);
    CHECK(match("smt_contexts", "smt_context") == 0);
    CHECK(match("m_man", "m_manager") > 0);
}

static void closer_names_match_better(void) {
    CHECK(match("push", "push_back") > match("push", "p_u_s_h"));
    CHECK(match("size", "size") > match("size", "size_type"));
    CHECK(match("get", "get_sort") > match("get", "m_get"));
    CHECK(match("Get", "Get") > match("Get", "get"));
}

static void words_near_and_behind_the_same_token_are_known(void) {
    static const char text[] = "a.used(); b->used(); x.other(); /* used */ \"used\"; a.";
    size_t place = sizeof text - 1;
    struct words words;
    CHECK(words_open(&words, text, place, place, place));
    const struct word *used = words_find(&words, "used", 4);
    CHECK(used && used->count == 2 && used->after[0] == 2 && used->after[1] == 1);
    const struct word *other = words_find(&words, "other", 5);
    CHECK(other && other->after[1] == 0 && other->distance < used->distance);
    CHECK(!words_find(&words, "none", 4));
    words_close(&words);
}

static void names_in_the_line_are_known(void) {
    static const char text[] = "above;\n left = set(\"quoted\", a.member, b -> other, x.";
    size_t place = sizeof text - 1;
    struct words words;
    CHECK(words_open(&words, text, place, place, place));
    CHECK(words_on_line(&words, "left", 4) && words_on_line(&words, "quoted", 6));
    CHECK(!words_on_line(&words, "above", 5));
    CHECK(!words_on_line(&words, "member", 6) && !words_on_line(&words, "other", 5));
    words_close(&words);
}

static void comments_and_literals_are_opaque(void) {
    static const char text[] = "x = \"a b\"; // c\ny = 1'000; /* d */ z";
    size_t start;
    CHECK(words_opaque(text, sizeof text - 1, 6, &start) && start == 4);
    CHECK(words_opaque(text, sizeof text - 1, 14, &start) && start == 11);
    CHECK(!words_opaque(text, sizeof text - 1, 3, &start));
    CHECK(!words_opaque(text, sizeof text - 1, 24, &start));
    CHECK(!words_opaque(text, sizeof text - 1, sizeof text - 2, &start));
}

/* Random pieces of source, cut anywhere: nothing is read that is not there. */
static void any_text_at_any_place_is_read_within_its_bounds(void) {
    static const char *const pieces[] = {"namespace ", "a::b ", "{", "}", "using ", "\"", "'", "/*",
                                         "*/", "//", "\n", "x", "->", "#include \"", "<", "\\", "1'0",
                                         "(", ")", ".", "::", ";", "=", ">", "]", "return ", ":",
                                         "void ", "for (", "template <class T> ", "#"};
    unsigned long long state = 42;
    for (int round = 0; round < 20000; round++) {
        char made[256];
        size_t size = 0;
        while (size < 200 && next_random(&state) % 40) {
            const char *piece = pieces[next_random(&state) % (sizeof pieces / sizeof *pieces)];
            memcpy(made + size, piece, strlen(piece));
            size += strlen(piece);
        }
        char *text = malloc(size + 1); /* of its very size: the sanitizer sees one byte more */
        CHECK(text);
        memcpy(text, made, size);
        struct text lines;
        CHECK(text_open(&lines, text, size));
        struct position at = text_position(&lines, size ? next_random(&state) % (size + 1) : 0);
        struct completion_point point = completion_point_at(&lines, at.line, at.column);
        CHECK(point.start <= point.cursor && point.cursor <= size && point.end <= size);
        struct buffer scopes = {0};
        pack_scopes(&scopes, &lines, point.start);
        CHECK(!scopes.failed);
        buffer_free(&scopes);
        struct expectation expected;
        CHECK(completion_expect(&expected, &lines, point.start));
        struct words words;
        CHECK(words_open(&words, text, size, point.start, point.end));
        words_close(&words);
        text_close(&lines);
        free(text);
    }
}

static void braces_deeper_than_there_is_room_for_are_counted(void) {
    char text[4096] = "";
    for (int i = 0; i < 200; i++)
        strcat(text, "namespace n{");
    strcat(text, "x");
    struct text lines;
    CHECK(text_open(&lines, text, strlen(text)));
    struct buffer scopes = {0};
    pack_scopes(&scopes, &lines, strlen(text));
    CHECK(!scopes.failed && scopes.size > 0);
    buffer_free(&scopes);
    text_close(&lines);
}

static struct expectation expectation_at_end(const char *text) {
    struct text lines;
    struct expectation expected;
    CHECK(text_open(&lines, text, strlen(text)));
    CHECK(completion_expect(&expected, &lines, strlen(text)));
    text_close(&lines);
    return expected;
}

static bool has_type(const char *text, const char *type) {
    return expectation_at_end(text).type == type_key(type, strlen(type));
}

static void what_is_assigned_to_or_returned_has_the_type_of_its_declaration(void) {
    CHECK(has_type("void f() { const std::map<int, a::B> &m = x.", "map<int, B>"));
    CHECK(has_type("struct S { int *p; }; void S::f(long p) { if (p) { p -= x->y().", "long"));
    CHECK(has_type("void f(unsigned long list[]) { list[1] = ", "unsigned long"));
    CHECK(has_type("a::T<int> *S<X>::f(int) const { for (;;) { while (x) { return ", "T<int> *"));
    CHECK(has_type("bool f() { if (a && b.", "bool"));
    CHECK(has_type("Status *Store::", "Status*"));
    CHECK(has_type("void f() { auto a = ", ""));
    CHECK(has_type("int f() { g([] { return ", ""));
    CHECK(has_type("int f() { if (a == x.", ""));
}

static void a_place_is_for_a_value_a_statement_or_a_declaration(void) {
    static const char *const statements[] = {
        "void f() { ", "void f() { x; if (y) z->a().", "void f() try { ", "void f() { a: ",
        "void f() { for (;; ", "void f() { else ", "void f() { case 1: ", "void f() { [&] { "};
    static const char *const values[] = {"void f() { (void)", "void f() { T x{", "int a = ",
                                         "void f() { for (; ", "void f() { a ? b : ",
                                         "void f() { for (auto a : ", "void f() { g(a, b["};
    static const char *const declarations[] = {"", "namespace a::b { ", "struct S : T<int> { public: ",
                                               "void f() {} ", "int S::", "extern \"C\" { "};
    for (size_t at = 0; at < sizeof statements / sizeof *statements; at++)
        CHECK(expectation_at_end(statements[at]).use == USE_STATEMENT);
    for (size_t at = 0; at < sizeof values / sizeof *values; at++)
        CHECK(expectation_at_end(values[at]).use == USE_VALUE);
    for (size_t at = 0; at < sizeof declarations / sizeof *declarations; at++)
        CHECK(expectation_at_end(declarations[at]).use == USE_DECLARATION);
}

static void a_directive_expects_nothing(void) {
    CHECK(expectation_at_end("int f() {\n#define A \\\n return ").type == 0);
}

static void of_a_long_text_the_last_tokens_count(void) {
    static char text[200000] = "int f() { ";
    size_t size = strlen(text);
    while (size < sizeof text - 20)
        size += (size_t)sprintf(text + size, "x;");
    strcpy(text + size, "int y; y = ");
    CHECK(has_type(text, "int"));
}

int main(void) {
    beginnings_of_words_in_order_match();
    closer_names_match_better();
    words_near_and_behind_the_same_token_are_known();
    names_in_the_line_are_known();
    comments_and_literals_are_opaque();
    what_is_assigned_to_or_returned_has_the_type_of_its_declaration();
    a_place_is_for_a_value_a_statement_or_a_declaration();
    a_directive_expects_nothing();
    of_a_long_text_the_last_tokens_count();
    any_text_at_any_place_is_read_within_its_bounds();
    braces_deeper_than_there_is_room_for_are_counted();
    return 0;
}
