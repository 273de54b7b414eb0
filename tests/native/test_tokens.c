/* The hash of a text's tokens: what may be edited without anybody noticing, and what may not. */
#include "check.h"
#include "tokens.h"

#include <stdbool.h>
#include <string.h>

static bool alike(const char *one, const char *two) {
    return token_hash(one, strlen(one)) == token_hash(two, strlen(two));
}

static void comments_and_white_space_do_not_count(void) {
    static const char *const pairs[][2] = {
        {"int f();", "// twice\nint\tf( ) ; /* f */\r\n"},
        {"", "\n// nothing\n/* at\nall */"},
        {"#define A 1\n", "  #  define\tA   1 // one\n"},
        {"#define A /* x */ 1", "#define A 1"},
        {"#if A && B\n#endif\n", "#if A&&/* here\n there */B\n#endif // A\n"},
        {"int a;", "in\\\nt a;"},
        {"int a; // x\nint b;", "int a; // x \\ \n y\nint b;"},
        {"a = b;", "a=b ;"},
        {"f(\"a\" \"b\")", "f( \"a\"\n   \"b\" )"},
        {"#include <a.h>\n", "#include  <a.h>   // a\n"},
        {"auto s = R\"x(//)x\"; // no", "auto s = R\"x(//)x\";"},
        {"int i = 1'000; // 'a", "int i = 1'000;"},
        {"char c = '\\''; // \"", "char c = '\\'';"},
        {"const char *s = \"/*\"; /* \" */", "const char *s = \"/*\";"},
        {"%:define A 1 // digraph", "%:define A 1"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        CHECK(alike(pairs[i][0], pairs[i][1]));
}

static void all_else_counts(void) {
    static const char *const pairs[][2] = {
        {"int f();", "int g();"},
        {"int f();", "int f(); int"},
        {"int ab;", "int a b;"},
        {"a >> b", "a > > b"},
        {"a + +b", "a ++b"},
        {"1e+2", "1e +2"},
        {".5", ". 5"},
        {"1 .", "1."},
        {"L\"a\"", "L \"a\""},
        {"\"a\"_s", "\"a\" _s"},
        {"#define F(x) 1", "#define F (x) 1"},
        {"#define A x+y", "#define A x + y"},
        {"#define A 1\nint b;", "#define A 1 int b;"},
        {"a\n# define b", "a # define b"},
        {"#include <a//b.h>\n", "#include <a//c.h>\n"},
        {"#if __has_include(<a//b.h>)\n#endif", "#if __has_include(<a//c.h>)\n#endif"},
        {"#include \"a.h\"\n", "#include \"b.h\"\n"},
        {"auto s = \"a  b\";", "auto s = \"a b\";"},
        {"auto s = R\"(a  b)\";", "auto s = R\"(a b)\";"},
        {"auto s = R\"x(a)\" // )x\";", "auto s = R\"x(a)\" // b)x\";"},
        {"auto s = R\"(\\\n)\";", "auto s = R\"()\";"},
        {"int i = 1'000;", "int i = 1000;"},
        {"#error a b", "#error a  b"},
        {"#pragma once", "#pragma twice"},
        {"// x\nint a;", "// x \\\nint a;"},
        {"/* x */ int a; /* y */", "/* x  int a; /* y */"},
        {"'//' int a", "'//' int b"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        CHECK(!alike(pairs[i][0], pairs[i][1]));
}

/* Languages differ over them, so every byte counts. */
static void texts_that_are_read_in_different_ways_count_whole(void) {
    static const char *const texts[] = {
        "// what?\?/\nint a;", "int a; /* open",    "char *s = \"open\nint a;", "#if 0\ndon't\n#endif",
        "#error it /* opens",  "R\"(open",          "R\"no delimiter(x)\"",     "x = 1'0'0' + 1;",
        "#include <open\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char more[100];
        snprintf(more, sizeof more, "// more\n%s", texts[i]);
        CHECK(alike(texts[i], texts[i]) && !alike(texts[i], more));
    }
}

/* Random lists of tokens, written down with random white space: as often as not the same list. */
static void the_same_tokens_have_the_same_hash_and_others_do_not(void) {
    static const char *const tokens[] = {"int",  "x",  "R",     "f(",   ")",    "1.5e+3", "\"//\"", "'\"'",
                                         "->",   "::", "&&",    "<",    "{",    "}",      ";",      ",",
                                         "u8\"a\"", "=",  "0x1'f", "R\"d(/*)d\"", "\n#if 1\n", "\n#endif\n"};
    static const char *const spaces[] = {" ", "\n ", " /* \" ' // */ ", " // /* \n", "\t\\\n "};
    unsigned long long random = 42;
    for (int round = 0; round < 20000; round++) {
        char texts[2][1000] = {"", ""};
        bool same = round % 2;
        unsigned count = 2 + (unsigned)(next_random(&random) % 12);
        unsigned other = (unsigned)(next_random(&random) % count);
        for (unsigned i = 0; i < count; i++) {
            size_t token = next_random(&random) % (sizeof tokens / sizeof *tokens);
            for (int side = 0; side < 2; side++) {
                size_t space = next_random(&random) % (sizeof spaces / sizeof *spaces);
                size_t which = side && !same && i == other ? token + 1 : token;
                strcat(texts[side], tokens[which % (sizeof tokens / sizeof *tokens)]);
                strcat(texts[side], *tokens[which % (sizeof tokens / sizeof *tokens)] == '\n' ? "" : spaces[space]);
            }
        }
        CHECK(alike(texts[0], texts[1]) == same);
    }
}

/* Whatever the bytes: nothing is read beyond them, and it comes to an end. */
static void any_bytes_have_a_hash(void) {
    static const char alphabet[] = "aR8'\"()<>/*\\#%:\n\r ?.e+_u0\0\xC3" "define";
    unsigned long long random = 7;
    for (int round = 0; round < 200000; round++) {
        size_t size = next_random(&random) % 60;
        char *bytes = malloc(size + 1);
        CHECK(bytes);
        for (size_t i = 0; i < size; i++)
            bytes[i] = alphabet[next_random(&random) % (sizeof alphabet - 1)];
        char *exact = realloc(bytes, size ? size : 1); /* so that a byte too far is noticed */
        CHECK(exact && token_hash(exact, size) == token_hash(exact, size));
        free(exact);
    }
}

int main(void) {
    comments_and_white_space_do_not_count();
    all_else_counts();
    texts_that_are_read_in_different_ways_count_whole();
    the_same_tokens_have_the_same_hash_and_others_do_not();
    any_bytes_have_a_hash();
    return 0;
}
