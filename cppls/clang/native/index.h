/* The indexer: one translation unit in, the FileShards of core/messages.py out. */
#ifndef CPPLS_INDEX_H
#define CPPLS_INDEX_H

#include "api.h"

#include <stdbool.h>
#include <stdint.h>

/* A libclang index with a parse session: bodies of functions in headers are parsed once in it, and
 * the claims say which files' contents are extracted already. Used from one thread. */
struct session;

CPPLS_EXPORT struct session *cppls_session_open(const struct api *api);
CPPLS_EXPORT void cppls_session_close(struct session *session);

/* Claims of others: `count` keys of 8 bytes, little-endian. 0, or -1 when memory runs out. */
CPPLS_EXPORT int cppls_session_know(struct session *session, const char *keys, size_t count);
/* Drop every claim, and the parse session with them: a file extracted again needs its bodies. */
CPPLS_EXPORT void cppls_session_forget(struct session *session);

/* Takes what is extracted, a FileShard of core/messages.py at a time and never much more than a
 * megabyte; anything but 0 ends the run. `bytes` are the caller's. */
struct sink {
    int (*take)(void *context, const unsigned char *bytes, size_t size);
    void *context;
};

/* Where a unit's shared preambles led to. */
struct verdict {
    int declined; /* it was parsed without them, or at least without the last */
    int stale;    /* they could not be read, or a header has changed since: nobody can use them */
    char why[1024];
};

/* Index `path`, in `directory`, with libclang's `arguments` (no compiler, no input), over the last of
 * the `preambles` (precompiled headers, each continuing the one before) unless that is declined; while
 * one is stale, over the one before it.
 *
 * 0 when `sink` has been given all files, the main one first, and the ShardEnd is in `bytes` (for
 * cppls_free) and `size`; they count as claimed from then on. Otherwise what `sink` has been given
 * counts for nothing, and the result is a CXErrorCode, or -1 when memory runs out or `sink` does not take it:
 * the parse session is dropped, as it may believe bodies to be parsed that were never handed out. */
CPPLS_EXPORT int cppls_session_index(struct session *session, const char *path,
                                     const char *directory, const char *const *arguments, int count,
                                     const char *const *preambles, int preamble_count,
                                     const struct sink *sink, unsigned char **bytes, size_t *size,
                                     struct verdict *verdict);

/* Precompile the header `path` to `output`, over `parents`; `arguments` are those of the units that will
 * sit on it. 0 and the answer in MessagePack: [why not, 0-based lines that cannot stay, those whose
 * headers may be entered again, files, their claims, bytes on disk]. Otherwise as above. */
CPPLS_EXPORT int cppls_session_preamble(struct session *session, const char *path,
                                        const char *directory, const char *const *arguments,
                                        int count, const char *const *parents, int parent_count,
                                        const char *output, unsigned char **bytes, size_t *size);

/* Index the headers that `path` includes, over `preambles`, and nothing of `path` itself: as above.
 * `bytes` is NULL and `why`, of `why_size` bytes, set instead when there was an error in them. */
CPPLS_EXPORT int cppls_session_headers(struct session *session, const char *path,
                                       const char *directory, const char *const *arguments,
                                       int count, const char *const *preambles, int preamble_count,
                                       const struct sink *sink, unsigned char **bytes,
                                       size_t *size, char *why, size_t why_size);

/* The facts of preambles that are held: chains, bytes, and how often one was there or had to be read. */
CPPLS_EXPORT void cppls_session_chains(const struct session *session, uint64_t numbers[4]);
CPPLS_EXPORT void cppls_free(void *bytes);

#endif
