/* Semantic tokens in the making: what semantic_tokens.c and the files that paint one sort of them share. */
#ifndef CPPLS_SEMANTIC_TOKENS_H
#define CPPLS_SEMANTIC_TOKENS_H

#include "highlighting.h"

/* Template arguments nest no deeper. */
#define ANGLES_MAX 64

struct token {
    uint32_t offset, length;
    unsigned kind, modifiers;
};

/* A `<` that may begin template arguments: where it was painted, in how many other brackets. */
struct angle {
    size_t token;
    int nesting;
};

struct angles {
    struct angle open[ANGLES_MAX];
    size_t count;
    int nesting;
};

struct painting {
    struct live *live;
    struct highlighter highlighter;
    CXToken *tokens;
    CXCursor *cursors;
    uint32_t *offsets;
    unsigned count;
    struct buffer painted; /* struct token, ordered by offset */
    struct angles angles;
    struct map marks; /* by 1 + offset: modifiers that a call gives its arguments */
    size_t skipped_from, skipped_to; /* the region that the preprocessor skipped next */
    unsigned next_skipped;
    CXSourceRangeList *skipped;
    bool all_inactive; /* lines of skipped regions are tokens too */
};

/* Paint what is at an offset; nothing for HIGHLIGHT_NONE. */
void paint(struct painting *painting, size_t offset, size_t length, unsigned kind,
           unsigned modifiers);

/* Tokens by their number: how long, whether it is this punctuator or word, its first byte. */
size_t length_at(const struct painting *painting, unsigned i);
bool token_is(const struct painting *painting, unsigned i, const char *word);
char first_byte(const struct painting *painting, unsigned i);

uint32_t offset_of(const struct api *api, CXSourceLocation location);
/* Whether the name of the declaration is the token. */
bool is_named_at(const struct painting *painting, CXCursor declaration, unsigned i);

/* One file each: */
void paint_identifier(struct painting *painting, unsigned i);
unsigned paint_keyword(struct painting *painting, unsigned i); /* how many tokens it takes */
void paint_punctuation(struct painting *painting, unsigned i);

#endif
