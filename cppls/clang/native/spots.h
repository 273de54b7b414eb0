/* The occurrences of one file, collected in any order, packed as core/spots.py says. */
#ifndef CPPLS_SPOTS_H
#define CPPLS_SPOTS_H

#include "map.h"
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
/* Order the spots by symbol and place; those of one symbol at one place become one with the roles of
 * all. */
void spots_order(struct spots *spots);
/* Number the containers of ordered spots from 1, in order of appearance, and append their ids to
 * `ids`, 8 bytes each, little-endian. Running out of memory marks `ids` as failed. */
void spots_number_containers(const struct spots *spots, struct map *numbers, struct buffer *ids);
/* Append the ordered spots from `first` on that are of one symbol, until `out` holds `limit` bytes;
 * returns the position behind the last. An `out` that is empty gets one at least. */
size_t spots_pack(const struct spots *spots, size_t first, const struct text *text,
                  const struct map *numbers, size_t limit, struct buffer *out);

#endif
