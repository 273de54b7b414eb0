#define _DEFAULT_SOURCE /* nanoseconds in struct stat */
#include "claims.h"

#include "hash.h"

#include <stdlib.h>

#include <sys/stat.h>
#include <time.h>

#if defined(__APPLE__)
#define NANOSECONDS(status) ((status).st_mtimespec.tv_nsec)
#elif defined(_WIN32)
#define NANOSECONDS(status) 0
#else
#define NANOSECONDS(status) ((status).st_mtim.tv_nsec)
#endif

enum { TICK_NS = 10000000 }; /* File systems tell times by a clock that ticks some 100 times a second. */

void claims_close(struct claims *claims) {
    map_free(&claims->known);
    map_free(&claims->contents);
    map_free(&claims->branches);
    while (claims->last) {
        struct branches *last = claims->last;
        claims->last = last->before;
        free(last);
    }
}

bool claims_add(struct claims *claims, const unsigned char *keys, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t key = 0;
        for (int byte = 0; byte < 8; byte++)
            key |= (uint64_t)keys[8 * i + (size_t)byte] << 8 * byte;
        if (!map_at(&claims->known, key, NULL))
            return false;
    }
    return true;
}

bool claims_has(const struct claims *claims, uint64_t key) {
    return map_find(&claims->known, key) != NULL;
}

void claims_forget(struct claims *claims) { map_free(&claims->known); }

static int64_t now_ns(void) {
    struct timespec now;
    return timespec_get(&now, TIME_UTC) ? (int64_t)now.tv_sec * 1000000000 + now.tv_nsec : 0;
}

void claims_begin(struct claims *claims) { claims->begun_ns = now_ns(); }

/* Whether a file with this time may have been written since the parse began. A time in the future is
 * nobody's clock, and a change would show. */
static bool may_be_newer(const struct claims *claims, int64_t mtime_ns) {
    return claims->begun_ns && mtime_ns > claims->begun_ns - TICK_NS && mtime_ns <= now_ns();
}

bool claims_stat(const char *path, int64_t *size, int64_t *mtime_ns) {
    struct stat status;
    if (stat(path, &status) != 0)
        return false;
    *size = (int64_t)status.st_size;
    *mtime_ns = (int64_t)status.st_mtime * 1000000000 + NANOSECONDS(status);
    return true;
}

struct content claims_content(struct claims *claims, const struct source_file *file,
                              const char *bytes, size_t size) {
    struct content content = {0};
    struct stat status;
    uint64_t *remembered = NULL;
    bool made = true;
    if (stat(file->path, &status) == 0) {
        content.size = (int64_t)status.st_size;
        content.mtime_ns = (int64_t)status.st_mtime * 1000000000 + NANOSECONDS(status);
        uint64_t seen[] = {(uint64_t)status.st_dev, (uint64_t)status.st_ino,
                           (uint64_t)status.st_mtime};
        content.parsed_as = hash_bytes(seen, sizeof seen, 0);
        /* A size that differs from what was parsed means that it is being written just now. */
        if (may_be_newer(claims, content.mtime_ns)) {
            content.mtime_ns = 0;
        } else if ((uint64_t)content.size == size) {
            uint64_t identity[] = {file->path_hash, (uint64_t)status.st_dev,
                                   (uint64_t)status.st_ino, size, (uint64_t)content.mtime_ns};
            remembered = map_at(&claims->contents, hash_bytes(identity, sizeof identity, 0), &made);
        }
    }
    content.hash = remembered && !made ? *remembered : hash_bytes(bytes, size, 0);
    if (remembered)
        *remembered = content.hash;
    content.key = hash_mix(file->path_hash, content.hash);
    return content;
}

const struct branches *claims_branches(struct claims *claims, const struct content *content,
                                       const char *bytes, size_t size) {
    uint64_t *kept = map_at(&claims->branches, content->key, NULL);
    if (kept && !*kept) {
        struct branches *found = branches_find(bytes, size, content->key);
        if (found) {
            found->before = claims->last;
            claims->last = found;
        }
        *kept = (uint64_t)(uintptr_t)found;
    }
    return kept ? (const struct branches *)(uintptr_t)*kept : NULL;
}
