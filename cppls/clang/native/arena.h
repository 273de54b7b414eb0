/* Memory of one parse: many small texts, freed all at once. */
#ifndef CPPLS_ARENA_H
#define CPPLS_ARENA_H

#include <stddef.h>

struct arena {
    struct arena_block *blocks;
    size_t left; /* bytes in the newest block */
};

/* `size` bytes aligned for any value; NULL when memory runs out. */
void *arena_take(struct arena *arena, size_t size);
/* A terminated copy of `size` bytes; "" when memory runs out. */
const char *arena_text(struct arena *arena, const char *text, size_t size);
void arena_free(struct arena *arena);

#endif
