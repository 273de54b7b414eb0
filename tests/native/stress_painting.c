/* Asks a live unit all that an editor paints, and what code actions ask, of a text that is cut off at every few bytes: what a
 * user has while typing. The answers' contents are tested in Python; here the sanitizers look on.
 *
 *     stress_painting LIBCLANG RESOURCE_DIR SCRATCH_FOLDER
 */
#include "anatomy.h"
#include "check.h"
#include "live_painting.h"

#include <stdio.h>
#include <string.h>

static const char source[] =
    "#define TWICE(x) ((x) * 2)\n"
    "#define REST(x) take(x.a, sizeof x)\n"
    "#include \"absent.h\"\n"
    "namespace n { struct B { virtual int f(int scale) const = 0; ~B(); int a, b; }; }\n"
    "template <class T, class... U> struct H { T item; void g(T t, U... u) { item.x(t); g(t, u...); } };\n"
    "#if 0\nint gone;\n#elif defined(TWICE)\n"
    "enum class E { A, B };\n#endif\n"
    "struct P { int x, y; }; struct Q { P p; int n[2]; };\n"
    "int take(int first, unsigned long &second, P *third = nullptr);\n"
    "auto run(unsigned long &v, H<H<int>> h) {\n"
    "  Q q = {1, 2, 3, 4}; auto [a, b] = P{1, 2}; P d = {.x = 1};\n"
    "  auto l = [&](int z) { return z + v; };\n"
    "  for (int i = 0; i < TWICE(3); i++) {\n    take(l(i), v, &d);\n  }\n"
    "  if (v > 1 && \"long string literal\") {\n  } else if (!v) {\n  }\n"
    "  switch (E::A) {\n  default: goto end;\n  }\n"
    "  REST(d); delete new P{5, 6}; h.g(h.item, 1);\n"
    "end:\n  return static_cast<decltype(a)>(v);\n}\n"
    "#pragma region R\n";

/* All questions, the place in the middle of the text. */
static void ask_all(struct live *live, unsigned lines) {
    unsigned line = lines / 2;
    for (int question = 0; question < 9; question++) {
        struct buffer out = {0};
        int status = 0;
        switch (question) {
        case 0: status = cppls_live_semantic_tokens(live, 1, &out); break;
        case 1: status = cppls_live_inlay_hints(live, 0, lines, ~0u, 24, &out); break;
        case 2: status = cppls_live_inlay_hints(live, line, line, ~0u, 0, &out); break;
        case 3: status = cppls_live_included_files(live, &out); break;
        case 4: status = cppls_live_enclosing(live, line, 5, &out); break;
        case 5: status = cppls_live_syntax_tree(live, 0, 0, 0, 0, &out); break;
        case 6: status = cppls_live_anatomy(live, line, 5, line + 1, 2, &out); break;
        case 7: status = cppls_live_switch_cases(live, line, 5, &out); break;
        default: status = cppls_live_outline(live, &out);
        }
        CHECK(status == 0);
        CHECK(!out.failed);
        cppls_buffer_free(&out);
    }
}

int main(int argc, char **argv) {
    char message[256] = "", path[4096], resource[4096];
    if (argc != 4)
        return 2;
    struct api *api = cppls_api_open(argv[1], message, sizeof message);
    CHECK(api != NULL);
    snprintf(resource, sizeof resource, "-resource-dir=%s", argv[2]);
    snprintf(path, sizeof path, "%s/painting.cpp", argv[3]);
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    fclose(file);
    const char *arguments[] = {resource, "-std=c++20", "-nostdinc"};
    struct live *live = cppls_live_new(api, path, argv[3], "");
    CHECK(live != NULL);
    for (unsigned long length = 0; length < sizeof source; length += 7) {
        CXUnsavedFile unsaved = {path, source, length};
        unsigned lines = 1;
        for (unsigned long i = 0; i < length; i++)
            lines += source[i] == '\n';
        CHECK(cppls_live_parse(live, arguments, 3, &unsaved, 1) == 0);
        ask_all(live, lines);
    }
    cppls_live_free(live);
    cppls_api_close(api);
    remove(path);
    puts("all cuts were painted");
    return 0;
}
