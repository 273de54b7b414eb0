/* The state of a session. Private to index.c and index_preamble.c. */
#ifndef CPPLS_SESSION_H
#define CPPLS_SESSION_H

#include "index.h"
#include "index_run.h"

struct session {
    const struct api *api;
    CXIndex index;
    CXIndexAction action; /* the parse session; NULL until the next run needs one */
    bool fresh; /* it had parsed nothing before the present run */
    struct map parsed;    /* content.parsed_as of files in the parse session -> content hash */
    struct claims claims;
    struct missing missing;
    struct chain_cache chains;
};

#endif
