/* A hash map from 64-bit keys (ids, hashes, pointers) to 64-bit values; entries only come. */
#ifndef CPPLS_MAP_H
#define CPPLS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map {
    struct map_slot *slots; /* a power of two of them; an empty slot has key 0 */
    size_t capacity, count;
    uint64_t zero_value; /* of key 0 */
    bool has_zero;
};

void map_free(struct map *map);
/* Forget all entries and keep the memory. */
void map_clear(struct map *map);
/* The value of `key`, which is there or made with value 0; NULL when memory runs out. Valid until
 * the next call. `made` (may be NULL) says whether it is new. */
uint64_t *map_at(struct map *map, uint64_t key, bool *made);
/* The value of `key`, NULL when it is not there. */
const uint64_t *map_find(const struct map *map, uint64_t key);

#endif
