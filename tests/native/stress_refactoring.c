/* Asks a live unit what code actions and names need, at every token and of random spans: of texts
 * with templates, with errors, and of the same texts cut off or with a piece missing, which is what
 * a user has while typing. The answers' contents are tested in Python; here the sanitizers look on.
 *
 *     stress_refactoring LIBCLANG RESOURCE_DIR SCRATCH_FOLDER
 */
#include "anatomy.h"
#include "check.h"
#include "refactoring.h"
#include "source.h"

#include <stdio.h>
#include <string.h>

enum { SPANS = 12, PLACES = 6, STEP = 23, SEED = 20261121 };

/* Functions in all of their forms, and what they mention. */
static const char functions[] =
    "#define TWICE(x) ((x) * 2)\n#define BODY { return 1; }\n#define DECLARE(name) int name()\n"
    "extern \"C\" { int c_name(const char *format, ...); }\n"
    "namespace outer { inline namespace v1 { namespace { struct Hidden { int h(); }; } } }\n"
    "using namespace outer; namespace alias = outer::v1;\n"
    "int outer::v1::Hidden::h() { return TWICE(2); }\n"
    "enum Plain { First, Second }; enum class Scoped : char { A, B };\n"
    "struct Shape { virtual ~Shape(); virtual double area(int scale = 2) const noexcept = 0;\n"
    "  virtual Shape &operator+=(const Shape &) & = 0; virtual operator bool() const = 0; };\n"
    "struct Named : virtual Shape { virtual const char *name() const = 0; double area(int) const noexcept override; };\n"
    "struct Both : Named, private virtual Shape { friend int look(const Both &both) { return both.size; }\n"
    "  explicit Both(int n) : size(n), ref(size) {} Both(const Both &) = delete; static int count; int size, &ref;\n"
    "  enum { Max = 3 }; int list[Max]; union { int i; float f; }; struct Inner { Inner *next; void go() {} } inner; };\n"
    "double Named::area(int) const noexcept { struct Local { int x; void m() { x = c_name(\"%d\", 1); } } local = {1};\n"
    "  local.m(); return local.x; }\n"
    "DECLARE(made) BODY\nstatic auto deduced(decltype(TWICE(1)) value) -> int { return value; }\n"
    "int run(Both &both, Shape *shape, Plain plain, int (*callback)(int), int (&array)[4]) try {\n"
    "  static int calls; const int limit = 4; int sum = 0, &alias_of = sum, *address = &sum; using Number = long;\n"
    "  auto [p, q] = array[0] ? Both::Inner{nullptr}.next ? __builtin_complex(1., 2.) : 0 : 0;\n"
    "  auto lambda = [&sum, both = &both](auto value) mutable { sum += value; return both->size; };\n"
    "  for (int i = 0; i < limit; i++) { if (i == 2) continue; sum += lambda(i); if (sum > 9) break; }\n"
    "  for (auto each : array) { Number n = each; sum += n; again: if (n--) goto again; }\n"
    "  switch (plain) { case First: return callback(sum); default: ++*address; alias_of = 2; }\n"
    "  while (true) { do { break; } while (calls++); int deep[limit]; return deep[0] + int(shape->area()); }\n"
    "} catch (const Both &caught) { throw; } catch (...) { return -1; }\n";

/* The same inside of templates, where the compiler itself knows little. */
static const char templates[] =
    "template <class T> struct Box { using value_type = T; T *data; T *operator->(); T &operator*(); T &operator[](int);\n"
    "  T *begin(); T *end(); template <class U> U as() const; static Box make(); };\n"
    "template <class T> struct Box<T *> : Box<T> { void star(); };\n"
    "template <> struct Box<void> {}; template struct Box<char>;\n"
    "template <class T, int N = 3, template <class> class C = Box, class... Rest> struct All : Rest..., C<T> {\n"
    "  typename C<T>::value_type one; C<C<T>> two; T list[N]; virtual void pure(T) = 0; struct Node { Node *next; T of; };\n"
    "  All(T t) : one(t), list{t} {} void outline(const T &t); T first() { return list[0]; }\n"
    "  template <class U> auto convert(U &&u) -> decltype(u.value()) { return two->as<U>().value() + this->list[0]; } };\n"
    "template <class T, int N, template <class> class C, class... Rest>\n"
    "void All<T, N, C, Rest...>::outline(const T &t) { Node *node = nullptr; node->next->of.member(t); (*two).data->go(); }\n"
    "template <class T> concept Small = sizeof(T) < 8 && requires(T t) { t.size(); { *t } -> Small; };\n"
    "template <class T, class... Us> auto sum(Box<T> box, Us... us) requires Small<T> {\n"
    "  for (auto &each : box) { each.visit(us...); auto copy = each; copy.go(); }\n"
    "  for (auto &deep : *box[1].children()) deep->parent()->name = \"x\";\n"
    "  auto inner = [=]<class V>(V v) { return v.x + box->y; }; typename T::type typed; typed.run(sizeof...(us));\n"
    "  typename Box<Box<T>>::value_type nested; nested->z(); T(1).w; static_cast<T *>(nullptr)->t(); (us + ... + 0);\n"
    "  return inner(box) ? box->template as<int>() : sum(us...); }\n"
    "template <class T> using Boxed = Box<Box<T>>; template <class T> inline constexpr T zero = T();\n"
    "template <class D> struct Base { D &self() { return static_cast<D &>(*this); } void go() { self().run(zero<int>); } };\n"
    "struct Leaf : Base<Leaf>, All<int> { void run(int); Leaf(Boxed<Leaf> b) : All<int>(b[0]->list[1]) {} };\n"
    "template <class T> Base(T) -> Base<T>; int use() { Boxed<Leaf> b; return (*b[0]).data->one + sum(Box<int>{}, 1, 2); }\n";

/* What no compiler takes. */
static const char errors[] =
    "#include \"absent.h\"\nstruct Loop : Loop { Loop l; }; class Unknown : public Missing<int>, Loop { virtual void f() = 0 };\n"
    "template <class T struct Broken { T t; void f() { t. } };\ntemplate <> void gone<int>() { undeclared.x->y(z); }\n"
    "int Missing::method(Nothing n, auto) { return n.m + this->k; }\nvoid f(int = , int x x) { x = ; for (auto a : ) a.b; }\n"
    "enum E { A = B, B = A, struct S { int operator; ~S(int); S::S() : S::a(1), {} };\n"
    "auto g() { switch (v) { case 1 ... : return { } } } using u = decltype(g)::x; void X::Y::Z() const && { X::Y::*p; }\n"
    "#if\n#define M(x\nint after() { M(1; [&](auto... a) { a...[0]; return a } ; return \"unended\n }\n"
    "void last() { Loop l; l.l.l.f(l, last(), [] { ";

static const char *const sources[] = {functions, templates, errors};

/* A function with more variables than anybody looks at. */
static const char *many_variables(void) {
    static char text[8192] = "int many(int all) {\n";
    size_t size = strlen(text);
    for (int at = 0; at < 130; at++)
        size += (size_t)sprintf(text + size, "int v%d = all; all += v%d;\n", at, at);
    strcpy(text + size, "return all; }\n");
    return text;
}

struct stress {
    struct live *live;
    const char *path;
    const char *arguments[3];
    unsigned long long chance;
    unsigned long asked;
};

static void parse(struct stress *stress, const char *text, size_t size) {
    CXUnsavedFile unsaved = {stress->path, text, size};
    CHECK(cppls_live_parse(stress->live, stress->arguments, 3, &unsaved, 1) == 0);
}

static void done(struct stress *stress, int status, struct buffer *out) {
    CHECK(status == 0);
    CHECK(!out->failed && out->size > 0);
    cppls_buffer_free(out);
    stress->asked++;
}

static void ask_at(struct stress *stress, unsigned line, unsigned column) {
    struct live *live = stress->live;
    struct buffer out = {0};
    done(stress, cppls_live_function(live, line, column, &out), &out);
    done(stress, cppls_live_visibility(live, line, column, &out), &out);
    done(stress, cppls_live_pure_methods(live, line, column, &out), &out);
    done(stress, cppls_live_symbol_at(live, line, column, &out), &out);
    done(stress, cppls_live_describe(live, line, column, &out), &out);
    done(stress, cppls_live_switch_cases(live, line, column, &out), &out);
}

/* From one place to another, in whichever order they come. */
static void ask_of(struct stress *stress, struct position from, struct position to) {
    struct buffer out = {0};
    done(stress,
         cppls_live_region(stress->live, from.line, from.column, to.line, to.column, &out), &out);
    done(stress,
         cppls_live_anatomy(stress->live, from.line, from.column, to.line, to.column, &out), &out);
}

static void complete_at(struct stress *stress, const struct text *text, struct position place) {
    CXUnsavedFile unsaved = {stress->path, text->bytes, text->size};
    struct buffer out = {0};
    done(stress,
         cppls_live_complete(stress->live, place.line, place.column, 50, &unsaved, 1, &out), &out);
}

static struct position any_place(struct stress *stress, const struct text *text) {
    return text_position(text, next_random(&stress->chance) % (text->size + 1));
}

static void ask_anywhere(struct stress *stress, const struct text *text) {
    for (int at = 0; at < PLACES; at++) {
        struct position place = any_place(stress, text);
        ask_at(stress, place.line, place.column);
    }
    for (int at = 0; at < SPANS; at++)
        ask_of(stress, any_place(stress, text), any_place(stress, text));
    complete_at(stress, text, any_place(stress, text));
    ask_at(stress, 100000, 3);
    ask_of(stress, (struct position){0, 0}, (struct position){100000, 0});
}

static void ask_everywhere(struct stress *stress, const struct text *text) {
    for (size_t at = 0; at < text->size;) {
        unsigned length = text_token(text, at);
        struct position place = text_position(text, at);
        ask_at(stress, place.line, place.column);
        ask_of(stress, place, any_place(stress, text));
        at = text_skip_blanks(text, at + (length ? length : 1));
    }
}

static void stress_whole(struct stress *stress, const char *source) {
    struct text text;
    CHECK(text_open(&text, source, strlen(source)));
    parse(stress, source, text.size);
    ask_everywhere(stress, &text);
    text_close(&text);
}

/* What is before each place; and all but a few bytes there. */
static void stress_cuts(struct stress *stress, const char *source) {
    char cut[8192];
    size_t size = strlen(source);
    CHECK(size < sizeof cut);
    for (size_t length = 0; length <= 2 * size; length += STEP) {
        size_t kept = length < size ? length : length - size;
        size_t gap = length < size ? size - kept : 1 + next_random(&stress->chance) % STEP;
        if (gap > size - kept)
            gap = size - kept;
        memcpy(cut, source, kept);
        memcpy(cut + kept, source + kept + gap, size - kept - gap);
        struct text text;
        CHECK(text_open(&text, cut, size - gap));
        parse(stress, cut, size - gap);
        ask_anywhere(stress, &text);
        text_close(&text);
    }
}

int main(int argc, char **argv) {
    char message[256] = "", path[4096], resource[4096];
    if (argc != 4)
        return 2;
    struct api *api = cppls_api_open(argv[1], message, sizeof message);
    CHECK(api != NULL);
    snprintf(resource, sizeof resource, "-resource-dir=%s", argv[2]);
    snprintf(path, sizeof path, "%s/refactoring.cpp", argv[3]);
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    fclose(file);
    struct stress stress = {.live = cppls_live_new(api, path, argv[3], ""),
                            .path = path,
                            .arguments = {resource, "-std=c++20", "-nostdinc"},
                            .chance = SEED};
    CHECK(stress.live != NULL);
    for (size_t at = 0; at < sizeof sources / sizeof *sources; at++) {
        stress_whole(&stress, sources[at]);
        stress_cuts(&stress, sources[at]);
    }
    stress_whole(&stress, many_variables());
    cppls_live_free(stress.live);
    cppls_api_close(api);
    remove(path);
    printf("%lu questions were answered\n", stress.asked);
    return 0;
}
