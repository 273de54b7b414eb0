/* The occurrences of one file, collected in any order, packed as core/spots.py says. */
#ifndef CPPLS_SPOTS_H
#define CPPLS_SPOTS_H

#include "pack.h"
#include "text.h"

struct spot {
    int64_t symbol, container; /* ids; container 0 for none */
    uint32_t offset, length;   /* of the token, bytes */
    uint32_t roles;
};

struct spots {
    struct spot *items;
    size_t count, capacity;
    bool failed; /* memory ran out */
};

void spots_add(struct spots *spots, struct spot spot);
void spots_free(struct spots *spots);
/* Write the shard's fields `containers` and `postings`. Spots of one symbol at one place become one
 * with the roles of all. Orders `spots`. */
void spots_pack(struct spots *spots, const struct text *text, struct buffer *out);

#endif
