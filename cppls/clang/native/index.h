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

/* Index `path`, in `directory`, with libclang's `arguments` (no compiler, no input).
 *
 * 0 when `sink` has been given all files, the main one first, and the ShardEnd is in `bytes` (for
 * cppls_free) and `size`; they count as claimed from then on. Otherwise what `sink` has been given
 * counts for nothing, and the result is a CXErrorCode, or -1 when memory runs out or `sink` does not take it:
 * the parse session is dropped, as it may believe bodies to be parsed that were never handed out. */
CPPLS_EXPORT int cppls_session_index(struct session *session, const char *path,
                                     const char *directory, const char *const *arguments, int count,
                                     const struct sink *sink, unsigned char **bytes,
                                     size_t *size);
CPPLS_EXPORT void cppls_free(void *bytes);

#endif
