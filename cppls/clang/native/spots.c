#include "spots.h"

#include "map.h"

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

/* Number the containers from 1 in order of appearance and pack them, little-endian. */
static void pack_containers(const struct spots *spots, struct map *numbers, struct buffer *out) {
    struct buffer containers = {0};
    for (size_t i = 0; i < spots->count; i++) {
        int64_t container = spots->items[i].container;
        bool made = false;
        uint64_t *number = container ? map_at(numbers, (uint64_t)container, &made) : NULL;
        if (container && !number)
            out->failed = true;
        if (made) {
            append_id(&containers, container);
            *number = containers.size / 8;
        }
    }
    out->failed |= containers.failed;
    pack_binary(out, containers.bytes, containers.size);
    buffer_free(&containers);
}

/* Pack the spots from `first` up to `end`, all of one symbol. */
static void pack_posting(const struct spots *spots, size_t first, size_t end,
                         const struct text *text, const struct map *numbers, struct buffer *blob,
                         struct buffer *out) {
    struct position last = {0, 0};
    blob->size = 0;
    for (size_t i = first; i < end; i++) {
        const struct spot *spot = &spots->items[i];
        struct position here = text_position(text, spot->offset);
        const uint64_t *number =
            spot->container ? map_find(numbers, (uint64_t)spot->container) : NULL;
        append_leb128(blob, here.line - last.line);
        append_leb128(blob, here.line == last.line ? here.column - last.column : here.column);
        append_leb128(blob, spot->length);
        append_leb128(blob, spot->roles);
        append_leb128(blob, number ? *number : 0);
        last = here;
    }
    pack_array(out, 2);
    pack_int(out, spots->items[first].symbol);
    pack_binary(out, blob->bytes, blob->size);
    out->failed |= blob->failed;
}

void spots_pack(struct spots *spots, const struct text *text, struct buffer *out) {
    struct map numbers = {0};
    struct buffer blob = {0};
    out->failed |= spots->failed;
    if (spots->count)
        qsort(spots->items, spots->count, sizeof *spots->items, by_symbol_and_place);
    merge(spots);
    pack_containers(spots, &numbers, out);
    size_t opened = pack_array_open(out), postings = 0;
    for (size_t first = 0; first < spots->count; postings++) {
        size_t end = first + 1;
        while (end < spots->count && spots->items[end].symbol == spots->items[first].symbol)
            end++;
        pack_posting(spots, first, end, text, &numbers, &blob, out);
        first = end;
    }
    pack_array_close(out, opened, postings);
    buffer_free(&blob);
    map_free(&numbers);
}
