/* Shared preambles: a precompiled header, what its headers declare, and what a worker has to know of it.
 */
#ifndef CPPLS_PREAMBLE_H
#define CPPLS_PREAMBLE_H

#include "hash.h"
#include "nesting.h"

/* A hash of what must be the same for a preamble and the units over it.
 *
 * Folders that are searched for headers do not count: whoever plans preambles sees to it that the
 * headers of one are found alike by all units that it is meant for. */
uint64_t preamble_arguments(const char *directory, const char *const *arguments, int count);

/* preamble_facts.c: append the file of facts. `header` has its arguments, parent and pch_size. */
void preamble_facts(const struct nesting *nesting, const struct buffer *events,
                    struct facts_header header, struct buffer *out);

/* What building one gave. */
struct built {
    struct buffer culprits;    /* uint32_t: 0-based lines of the source that cannot stay */
    struct buffer unguarded;   /* the same: for their headers may be entered again */
    struct buffer files, keys; /* of the headers: paths as MessagePack, claims */
    size_t file_count;
    int64_t size; /* bytes on disk */
    char message[1024]; /* why there is none; empty when there is one */
};

/* Build `output`, and its facts beside it, from the header `path`, which has one directive on each line.
 * `run` has its chain set to the parents, the last of which is `parent`, with that checksum; NULL for
 * none. With an empty `output` nothing is built: its headers are looked at, function bodies and all,
 * which are not in what is built. A CXErrorCode, or -1 when memory runs out; where a `message` says why, nothing was written. */
int preamble_build(struct run *run, CXIndex index, const char *path, const char *directory,
                   const char *const *arguments, int count, const char *parent,
                   const char *output, struct built *built);
void built_free(struct built *built);

#endif
