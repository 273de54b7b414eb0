/* The indexer: one translation unit in, one Shard of core/messages.py out. */
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

/* Where a unit's shared preambles led to. */
struct verdict {
    int declined; /* it was parsed without them */
    int stale;    /* they could not be read, or a header has changed since: nobody can use them */
    char why[1024];
};

/* Index `path`, in `directory`, with libclang's `arguments` (no compiler, no input), over the last of
 * the `preambles` (precompiled headers, each continuing the one before) unless that is declined.
 *
 * 0 and the shard in `bytes` (for cppls_free) and `size`; what it holds counts as claimed from then
 * on. Otherwise a CXErrorCode, or -1 when memory runs out: the parse session is dropped, as it may
 * believe bodies to be parsed that were never handed out. */
CPPLS_EXPORT int cppls_session_index(struct session *session, const char *path,
                                     const char *directory, const char *const *arguments, int count,
                                     const char *const *preambles, int preamble_count,
                                     unsigned char **bytes, size_t *size, struct verdict *verdict);

/* Precompile the header `path` to `output`, over `parents`; `arguments` are those of the units that will
 * sit on it. 0 and the answer in MessagePack: [why not, 0-based lines that cannot stay, those whose
 * headers may be entered again, files, their claims, bytes on disk]. Otherwise as above. */
CPPLS_EXPORT int cppls_session_preamble(struct session *session, const char *path,
                                        const char *directory, const char *const *arguments,
                                        int count, const char *const *parents, int parent_count,
                                        const char *output, unsigned char **bytes, size_t *size);

/* Index the headers that `path` includes, over `preambles`, and nothing of `path` itself: the shard as
 * above. `why`, of `why_size` bytes, is set instead when there was an error in them. */
CPPLS_EXPORT int cppls_session_headers(struct session *session, const char *path,
                                       const char *directory, const char *const *arguments,
                                       int count, const char *const *preambles, int preamble_count,
                                       unsigned char **bytes, size_t *size, char *why,
                                       size_t why_size);

/* The facts of preambles that are held: chains, bytes, and how often one was there or had to be read. */
CPPLS_EXPORT void cppls_session_chains(const struct session *session, uint64_t numbers[4]);
CPPLS_EXPORT void cppls_free(void *bytes);

#endif
