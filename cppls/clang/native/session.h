/* The state of a session. Private to index.c and index_preamble.c. */
#ifndef CPPLS_SESSION_H
#define CPPLS_SESSION_H

#include "index.h"
#include "index_run.h"

struct session {
    const struct api *api;
    CXIndex index;
    CXIndexAction action; /* the parse session; NULL until the next run needs one */
    struct claims claims;
    struct missing missing;
    struct chain_cache chains;
};

/* Index the headers that `path` includes over the precompiled header `pch` of `chain` (both NULL for
 * none), and nothing of `path` itself. A CXErrorCode or -1; `why`, of `size` bytes, is set when there
 * was an error in them: nothing was handed out then. */
int session_headers(struct session *session, const struct chain *chain, const char *path,
                    const char *directory, const char *const *arguments, int count,
                    const char *pch, struct buffer *out, char *why, size_t size);

#endif
