/* Damage a preamble's facts under the sanitizers: stress_preamble LIBCLANG RESOURCE_DIR FOLDER.
 *
 * Facts with a wrong checksum are refused; with a right one (somebody else's defect, or malice) a unit
 * must still be indexed, over the preamble or without, and nothing be touched outside of the tables. */
#include "check.h"
#include "facts.h"
#include "hash.h"
#include "index.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <utime.h>

static const char header[] =
    "#pragma once\n#include \"list.h\"\n#define A 1\n#undef A\n#define B(x) A + x\n"
    "#include \"list.h\"\ninline int f() { return B(1); }\n";
static const char list[] = "#ifdef B\n#define C B(2)\n#else\n#define A 2\n#endif\n";
static const char source[] = "#include \"stress.h\"\n#define D C\n#undef B\nint g() { return f(); }\n";

struct world {
    char source[1024], header[1024], list[1024], umbrella[1024], pch[1024], resource[1024];
};

static void write_file(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static unsigned char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    CHECK(file && fseek(file, 0, SEEK_END) == 0);
    *size = (size_t)ftell(file);
    unsigned char *bytes = malloc(*size);
    CHECK(bytes && fseek(file, 0, SEEK_SET) == 0 && fread(bytes, 1, *size, file) == *size);
    fclose(file);
    return bytes;
}

static int take(void *context, const unsigned char *bytes, size_t size) {
    /* An array of the 16 fields of a FileShard. */
    CHECK(size > 18 && bytes[0] == 0xDC && bytes[2] == 16);
    ++*(int *)context;
    return 0;
}

static void index_over(struct session *session, const struct world *world, const char *folder,
                       struct verdict *verdict) {
    const char *const arguments[] = {"-x", "c++", world->resource};
    const char *const preambles[] = {world->pch};
    unsigned char *end = NULL;
    size_t size = 0;
    int files = 0;
    struct sink sink = {take, &files};
    CHECK(cppls_session_index(session, world->source, folder, arguments, 3, preambles, 1, &sink,
                              &end, &size, verdict) == 0);
    CHECK(end && size > 3 && files > 0);
    cppls_free(end);
}

static void build(struct session *session, const struct world *world, const char *folder) {
    const char *const arguments[] = {"-x", "c++", world->resource};
    unsigned char *answer = NULL;
    size_t size = 0;
    CHECK(cppls_session_preamble(session, world->umbrella, folder, arguments, 3, NULL, 0, world->pch,
                                 &answer, &size) == 0);
    CHECK(answer && size > 2 && answer[1] == 0xA0); /* no message */
    cppls_free(answer);
}

/* Change some words, mostly by little: numbers that lead a bit too far are what checks get wrong. */
static void mutate(unsigned char *bytes, size_t size, unsigned long long *random) {
    for (unsigned long long i = 1 + next_random(random) % 3; i > 0; i--) {
        size_t at = sizeof(uint64_t) + next_random(random) % (size - 12);
        uint32_t word;
        at -= at % 4;
        memcpy(&word, bytes + at, sizeof word);
        word = next_random(random) % 2 ? word + (uint32_t)(next_random(random) % 9) - 4
                                       : (uint32_t)next_random(random);
        memcpy(bytes + at, &word, sizeof word);
    }
    size_t from = offsetof(struct facts_header, checksum) + sizeof(uint64_t);
    uint64_t checksum = hash_bytes(bytes + from, size - from, 0);
    memcpy(bytes + offsetof(struct facts_header, checksum), &checksum, sizeof checksum);
}

int main(int argc, char **argv) {
    CHECK(argc == 4);
    char message[512];
    struct world world;
    struct api *api = cppls_api_open(argv[1], message, sizeof message);
    CHECK(api);
    snprintf(world.source, sizeof world.source, "%s/preamble.cpp", argv[3]);
    snprintf(world.header, sizeof world.header, "%s/stress.h", argv[3]);
    snprintf(world.list, sizeof world.list, "%s/list.h", argv[3]);
    snprintf(world.umbrella, sizeof world.umbrella, "%s/umbrella.h", argv[3]);
    snprintf(world.pch, sizeof world.pch, "%s/stress.pch", argv[3]);
    snprintf(world.resource, sizeof world.resource, "-resource-dir=%s", argv[2]);
    write_file(world.source, source, sizeof source - 1);
    write_file(world.header, header, sizeof header - 1);
    write_file(world.list, list, sizeof list - 1);
    write_file(world.umbrella, "#include \"stress.h\"\n", 20);
    /* What is as young as the parse may have been written during it, and then counts for nothing. */
    const struct utimbuf hour_ago = {time(NULL) - 3600, time(NULL) - 3600};
    CHECK(utime(world.header, &hour_ago) == 0 && utime(world.list, &hour_ago) == 0);
    CHECK(utime(world.umbrella, &hour_ago) == 0);
    struct session *session = cppls_session_open(api);
    CHECK(session);
    build(session, &world, argv[3]);
    struct verdict verdict;
    index_over(session, &world, argv[3], &verdict);
    CHECK(!verdict.declined);

    char *path = facts_path(world.pch);
    size_t size;
    unsigned char *whole = read_file(path, &size), *damaged = malloc(size);
    unsigned long long random = 4;
    for (size_t cut = 0; cut < size; cut += 1 + size / 60) {
        write_file(path, whole, cut);
        index_over(session, &world, argv[3], &verdict);
        CHECK(verdict.stale);
    }
    for (int round = 0; round < 400; round++) {
        struct facts facts;
        memcpy(damaged, whole, size);
        mutate(damaged, size, &random);
        write_file(path, damaged, size);
        if (facts_read(&facts, path)) /* most are refused at once, and need no parse */
            index_over(session, &world, argv[3], &verdict);
        facts_close(&facts);
    }
    free(whole);
    free(damaged);
    free(path);
    cppls_session_close(session);
    cppls_api_close(api);
    return 0;
}
