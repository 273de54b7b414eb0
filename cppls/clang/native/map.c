#include "map.h"

#include <stdlib.h>
#include <string.h>

struct map_slot {
    uint64_t key, value;
};

void map_free(struct map *map) {
    free(map->slots);
    *map = (struct map){0};
}

void map_clear(struct map *map) {
    if (map->slots)
        memset(map->slots, 0, map->capacity * sizeof *map->slots);
    map->count = 0;
    map->has_zero = false;
}

/* Where `key` is, or would go. Pointers differ in few bits, so keys are multiplied apart. */
static struct map_slot *probe(struct map_slot *slots, size_t capacity, uint64_t key) {
    uint64_t spread = key * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(spread ^ spread >> 32) & (capacity - 1);
    while (slots[at].key && slots[at].key != key)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static bool grow(struct map *map) {
    size_t capacity = map->capacity ? map->capacity * 2 : 64;
    struct map_slot *slots = calloc(capacity, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].key)
            *probe(slots, capacity, map->slots[i].key) = map->slots[i];
    free(map->slots);
    map->slots = slots;
    map->capacity = capacity;
    return true;
}

uint64_t *map_at(struct map *map, uint64_t key, bool *made) {
    bool ignored;
    made = made ? made : &ignored;
    if (!key) {
        *made = !map->has_zero;
        if (*made)
            map->zero_value = 0;
        map->has_zero = true;
        return &map->zero_value;
    }
    if (map->count * 2 >= map->capacity && !grow(map))
        return NULL;
    struct map_slot *slot = probe(map->slots, map->capacity, key);
    *made = !slot->key;
    if (*made) {
        map->count++;
        *slot = (struct map_slot){.key = key};
    }
    return &slot->value;
}

const uint64_t *map_find(const struct map *map, uint64_t key) {
    if (!key)
        return map->has_zero ? &map->zero_value : NULL;
    if (!map->count)
        return NULL;
    const struct map_slot *slot = probe(map->slots, map->capacity, key);
    return slot->key ? &slot->value : NULL;
}
