/* Completion: what may stand at a place of a text that is being typed.
 *
 * libclang is asked once for a place, where the identifier begins. What it gives is kept in a list of
 * our own, and each further letter only filters that list anew. Private to the files complete*.c and
 * signatures.c.
 */
#ifndef CPPLS_COMPLETION_H
#define CPPLS_COMPLETION_H

#include "live.h"
#include "words.h"

/* Bits of what is said of an item; FLAG_* of core/live_completion.py. */
enum {
    COMPLETION_DEPRECATED = 1,
    COMPLETION_OVERRIDE = 2, /* a whole declaration that overrides what a base class declares */
    COMPLETION_PATTERN = 4,  /* more text than a name: a keyword with what follows it */
    COMPLETION_CALLABLE = 8,
    COMPLETION_FIXED = 16 /* the text before it has to be mended: `.` to `->` */
};

enum {
    COMPLETION_ITEM_VALUES = 12,         /* of live_completion.CompletionItem */
    COMPLETION_VALUE = 1 << 1, /* of CXCompletionContext */
    COMPLETION_DOT = 1 << 5,
    COMPLETION_ARROW = 1 << 6,
    COMPLETION_QUALIFIED = 1 << 13,
    COMPLETION_INCLUDED_FILE = 1 << 20
};

/* One thing that may stand at the place. */
struct candidate {
    uint32_t name, name_size;     /* in `texts` */
    uint32_t packed, packed_size; /* in `texts`: CompletionItem but for its first two values */
    uint64_t group;               /* overloads share one; 0: none */
    uint64_t type;                /* type_key of its type, or of what it returns; 0: none */
    uint16_t kind, flags;         /* CXCursorKind */
    uint16_t priority;            /* libclang's: the lower, the likelier */
};

/* Where in a text is being completed. Offsets in bytes. */
struct completion_point {
    size_t start;        /* of the identifier, */
    size_t cursor, end;  /* ... the cursor in it, and where the identifier ends */
    bool in_include;     /* in the path of an #include, which is no identifier */
    bool in_opaque;      /* in a comment, a literal or a number; `start` is where that begins */
    size_t line, column; /* of `start`, 1-based, as libclang counts */
};

/* By how much libclang's places are further down, and right, than those of the text. */
struct shift {
    int64_t lines, columns;
};

/* How what stands at a place is used. */
enum place_use {
    USE_VALUE,
    USE_STATEMENT,  /* it begins one: a value would be lost */
    USE_DECLARATION /* outside of functions */
};

/* What the text before a place makes likely there. */
struct expectation {
    enum place_use use;
    uint64_t type;   /* type_key; 0: nobody knows */
    uint64_t nothing; /* type_key of void */
    uint64_t scope;  /* hash of the name before a `::` directly before the place; 0: none */
    bool constructs; /* what is declared there has no type before it, as constructors have not */
};

/* The list of one place, in `live`. */
struct completion {
    uint64_t context;  /* hash of the text around what is typed */
    uint64_t contexts; /* libclang's CXCompletionContext */
    struct shift shift; /* of the edits that its items need */
    struct candidate *candidates;
    size_t count;
    struct buffer texts;
    struct words words;
    struct expectation expected;
};

/* complete_point.c */
struct completion_point completion_point_at(const struct text *text, unsigned line,
                                            unsigned column);

/* complete_top.c: a text with the top (its includes) that it had when it was parsed, so that the
 * preamble of that parse fits. */
struct earlier_top {
    char *bytes; /* to be freed */
    size_t size;
    struct shift shift;
};
/* False when the text fits as it is, and when there was no such top or is no memory. */
bool completion_top(const struct live *live, const struct text *text,
                    const struct completion_point *point, struct earlier_top *earlier);

/* complete.c: ask libclang about `text`, the main file's, which is unsaved[0] too. NULL when it
 * fails. */
CXCodeCompleteResults *completion_ask(struct live *live, const struct text *text,
                                      const struct completion_point *point, CXUnsavedFile *unsaved,
                                      unsigned unsaved_count, struct shift *shift);

/* complete_scopes.c: [namespace] whose names may be written without it at byte `place`: those that
 * are open there, the innermost first, and those of using-directives before it. */
void pack_scopes(struct buffer *out, const struct text *text, size_t place);

/* complete_expect.c: what is expected at byte `place`. False when memory runs out. */
bool completion_expect(struct expectation *expected, const struct text *text, size_t place);
/* A hash of a type's name, the same for `const std::string &` and `string`; 0: an empty one. */
uint64_t type_key(const char *text, size_t size);

/* complete_items.c: take over what libclang gives. False when memory runs out. */
bool completion_take(struct completion *completion, const struct api *api,
                     CXCodeCompleteResults *results);

/* complete_rank.c: the best `limit` that answer what is typed, the best first. How many `answer`, and
 * how many of them are in `best`, the rest being folded or left out. */
struct ranked {
    uint32_t candidate;
    uint32_t overloads; /* others of its group */
    double score;
};
struct ranking {
    struct ranked *best;
    size_t count, answering;
};
bool completion_rank(const struct completion *completion, const char *typed, size_t typed_size,
                     size_t limit, struct ranking *ranking);

#endif
