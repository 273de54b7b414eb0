/* Index hostile sources under the sanitizers: stress_index LIBCLANG RESOURCE_DIR FOLDER.
 *
 * The sources are mutations of one that has everything the indexer looks at; whatever libclang makes
 * of them, a session must give a shard or an error, leak nothing and touch nothing outside. */
#include "check.h"
#include "index.h"

#include <string.h>

static const char seed_source[] =
    "#include \"self.h\"\n#include <none.h>\n#define M(a, ...) a ## __VA_ARGS__ (a)\n"
    "#ifdef M\n#undef M\n#endif\n# include M\n"
    "/// Brief \xff.\nnamespace n { inline namespace { struct A { virtual ~A(); int x : 3; }; } }\n"
    "template <class T> struct B : n::A { T t; B(); B operator+(B) const; operator T(); };\n"
    "template <> struct B<int> {}; template <class T> struct B<T *> : B<T> {};\n"
    "enum { one = 1 }; enum class E : char { two }; union { int u; } v; typedef struct { } T_;\n"
    "int f(B<char> b) { auto l = [&](auto q) { return q + b; }; return (b + b).t + one; }\n"
    "extern \"C\" { static int g(int, ...); } using n::A; int \xC3\xA9 = g(M, 1);\n"
    "int h() { using n::A; struct L : A { ~L() {} int m() { return g(M, 2); } } l; return l.m(); }\n";

static void mutate(char *bytes, size_t size, unsigned long long *random) {
    static const char alphabet[] = "{}()<>;:#\"'\\\n~,*&=$ \xff\x80";
    for (unsigned long long i = next_random(random) % 8; i > 0; i--) {
        size_t at = next_random(random) % size, other = next_random(random) % size;
        if (next_random(random) % 2)
            bytes[at] = alphabet[next_random(random) % (sizeof alphabet - 1)];
        else
            memmove(bytes + at, bytes + other, (size - (at > other ? at : other)) / 4);
    }
}

static void write_file(const char *path, const char *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

struct taken {
    bool refuses;
    int files;
};

static int take(void *context, const unsigned char *bytes, size_t size) {
    struct taken *taken = context;
    /* An array of the 16 fields of a FileShard. */
    CHECK(size > 18 && bytes[0] == 0xDC && bytes[2] == 16);
    taken->files++;
    return taken->refuses ? -1 : 0;
}

int main(int argc, char **argv) {
    CHECK(argc == 4);
    char message[512], source[1024], header[1024], resource[1024], bytes[sizeof seed_source];
    struct api *api = cppls_api_open(argv[1], message, sizeof message);
    if (!api)
        fprintf(stderr, "%s\n", message);
    CHECK(api);
    snprintf(source, sizeof source, "%s/stress.cpp", argv[3]);
    snprintf(header, sizeof header, "%s/self.h", argv[3]);
    snprintf(resource, sizeof resource, "-resource-dir=%s", argv[2]);
    const char *const arguments[] = {"-std=c++20", resource, "-ferror-limit=0"};
    struct session *session = cppls_session_open(api);
    CHECK(session);
    unsigned long long random = 20;
    int shards = 0;
    for (int round = 0; round < 45; round++) {
        size_t size = sizeof bytes - 1;
        memcpy(bytes, seed_source, sizeof bytes);
        if (round)
            mutate(bytes, size, &random);
        write_file(source, bytes, size);
        write_file(header, bytes, round % 3 ? size / 2 : 0);
        unsigned char *end = NULL;
        size_t end_size = 0;
        struct verdict verdict;
        struct taken taken = {.refuses = round % 9 == 8};
        struct sink sink = {take, &taken};
        int status = cppls_session_index(session, source, argv[3], arguments, 3, NULL, 0, &sink,
                                         &end, &end_size, &verdict);
        CHECK((status == 0) == (end != NULL));
        CHECK(status != 0 || (!taken.refuses && taken.files > 0));
        CHECK(!end || (end_size > 3 && end[0] == 0x93));
        shards += end != NULL;
        cppls_free(end);
        if (round % 15 == 14)
            cppls_session_forget(session);
    }
    CHECK(shards > 30);
    cppls_session_close(session);
    cppls_api_close(api);
    return 0;
}
