#include "spots.h"

#include <stdlib.h>

void spots_add(struct spots *spots, struct spot spot) {
    if (spots->count == spots->capacity) {
        size_t capacity = spots->capacity ? spots->capacity * 2 : 256;
        struct spot *items =
            spots->failed ? NULL : realloc(spots->items, capacity * sizeof *items);
        if (!items) {
            spots->failed = true;
            return;
        }
        spots->items = items;
        spots->capacity = capacity;
    }
    spots->items[spots->count++] = spot;
}

void spots_free(struct spots *spots) {
    free(spots->items);
    *spots = (struct spots){0};
}

static int by_symbol_and_place(const void *left, const void *right) {
    const struct spot *a = left, *b = right;
    if (a->symbol != b->symbol)
        return a->symbol < b->symbol ? -1 : 1;
    if (a->offset != b->offset)
        return a->offset < b->offset ? -1 : 1;
    /* Equal places are merged, so their order shows only in the container kept: be exact. */
    return (a->container > b->container) - (a->container < b->container);
}

/* Join equal places in ordered spots. A named container is kept before none. */
static void merge(struct spots *spots) {
    size_t kept = 0;
    for (size_t i = 0; i < spots->count; i++) {
        const struct spot *spot = &spots->items[i];
        struct spot *last = kept ? &spots->items[kept - 1] : NULL;
        if (last && last->symbol == spot->symbol && last->offset == spot->offset) {
            last->roles |= spot->roles;
            if (last->length < spot->length)
                last->length = spot->length;
            if (!last->container)
                last->container = spot->container;
        } else {
            spots->items[kept++] = *spot;
        }
    }
    spots->count = kept;
}

static void append_leb128(struct buffer *out, uint64_t value) {
    unsigned char bytes[10];
    size_t size = 0;
    for (; value > 0x7F; value >>= 7)
        bytes[size++] = (unsigned char)(value & 0x7F) | 0x80;
    bytes[size++] = (unsigned char)value;
    buffer_append(out, bytes, size);
}

static void append_id(struct buffer *out, int64_t id) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)id >> 8 * i);
    buffer_append(out, bytes, sizeof bytes);
}

void spots_order(struct spots *spots) {
    if (spots->count)
        qsort(spots->items, spots->count, sizeof *spots->items, by_symbol_and_place);
    merge(spots);
}

void spots_number_containers(const struct spots *spots, struct map *numbers, struct buffer *ids) {
    for (size_t i = 0; i < spots->count; i++) {
        int64_t container = spots->items[i].container;
        bool made = false;
        uint64_t *number = container ? map_at(numbers, (uint64_t)container, &made) : NULL;
        ids->failed |= container && !number;
        if (made) {
            append_id(ids, container);
            *number = ids->size / 8;
        }
    }
}

size_t spots_pack(const struct spots *spots, size_t first, const struct text *text,
                  const struct map *numbers, size_t limit, struct buffer *out) {
    struct position last = {0, 0};
    size_t i = first;
    for (; i < spots->count && spots->items[i].symbol == spots->items[first].symbol; i++) {
        if (out->size >= limit)
            break;
        const struct spot *spot = &spots->items[i];
        struct position here = text_position(text, spot->offset);
        const uint64_t *number =
            spot->container ? map_find(numbers, (uint64_t)spot->container) : NULL;
        append_leb128(out, here.line - last.line);
        append_leb128(out, here.line == last.line ? here.column - last.column : here.column);
        append_leb128(out, spot->length);
        append_leb128(out, spot->roles);
        append_leb128(out, number ? *number : 0);
        last = here;
    }
    return i;
}
