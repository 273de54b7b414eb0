#include "arena.h"

#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *next;
    size_t size;
    max_align_t bytes[];
};

enum { BLOCK = 1 << 16 };

void *arena_take(struct arena *arena, size_t size) {
    size_t unit = sizeof(max_align_t);
    size = (size + unit - 1) / unit * unit;
    if (size > arena->left) {
        size_t room = size > BLOCK ? size : BLOCK;
        struct arena_block *block = malloc(sizeof *block + room);
        if (!block)
            return NULL;
        *block = (struct arena_block){arena->blocks, room};
        arena->blocks = block;
        arena->left = room;
    }
    char *bytes = (char *)arena->blocks->bytes + (arena->blocks->size - arena->left);
    arena->left -= size;
    return bytes;
}

const char *arena_text(struct arena *arena, const char *text, size_t size) {
    char *copy = size ? arena_take(arena, size + 1) : NULL;
    if (!copy)
        return "";
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

void arena_free(struct arena *arena) {
    while (arena->blocks) {
        struct arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    arena->left = 0;
}
