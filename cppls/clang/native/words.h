/* The words of a text as far as they tell which one comes next at a place of it. */
#ifndef CPPLS_WORDS_H
#define CPPLS_WORDS_H

#include "map.h"

#include <stdbool.h>
#include <stddef.h>

/* A reading of a text, token by token; comments are left out. */
struct reading {
    const char *text;
    size_t size, at;
    uint64_t before[2]; /* hashes of the last token read past, and of the last two */
};

struct read_token {
    size_t start, length; /* of literals and numbers one byte: they are all alike */
    bool is_name;
};

/* The next token; false at the end. */
bool reading_next(struct reading *reading, struct read_token *token);

/* What the text says of one word. */
struct word {
    uint32_t count;    /* how often it stands in the text */
    uint32_t after[2]; /* ... behind the token that is before the place; behind the two before it */
    uint32_t distance; /* tokens from the place to the nearest one before it; UINT32_MAX: none */
    uint32_t length;   /* bytes, and ... */
    size_t offset;     /* ... where it stands first */
};

struct words {
    struct map numbers; /* hash of a word to its place in `words`, plus one */
    struct word *words;
    size_t count, capacity;
    struct map line; /* hashes of those before the place in its line, in literals too, but no members */
};

/* Read the words of `text` outside of comments and literals, seen from byte `place`. The bytes from
 * `place` to `typed_end`, which are being typed, do not count. False when memory runs out. */
bool words_open(struct words *words, const char *text, size_t size, size_t place, size_t typed_end);
void words_close(struct words *words);
/* What is known of a word; NULL when the text does not hold it. */
const struct word *words_find(const struct words *words, const char *word, size_t size);

/* Whether it stands before the place in the same line, other than behind a `.` or `->`. */
bool words_on_line(const struct words *words, const char *word, size_t size);

/* Whether byte `place` is inside of a comment or a literal, and where that begins. */
bool words_opaque(const char *text, size_t size, size_t place, size_t *start);

#endif
