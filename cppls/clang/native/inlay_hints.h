/* Hints inside the code: what inlay_hints.c and the files that look for one sort of them share. */
#ifndef CPPLS_INLAY_HINTS_H
#define CPPLS_INLAY_HINTS_H

#include "live.h"

/* live_painting.HintKind */
enum hint_kind { HINT_TYPE = 1, HINT_PARAMETER = 2, HINT_DESIGNATOR = 3, HINT_BLOCK_END = 4 };

struct hints {
    struct live *live;
    const struct api *api;
    unsigned wanted; /* 1 << hint_kind */
    size_t type_limit; /* a type's name is shorter; 0: any */
    size_t from, to; /* byte offsets: hints before and behind are not wanted */
    CXPrintingPolicy policy; /* of types; NULL before the first */
    struct buffer found; /* struct hint */
    struct buffer labels;
};

/* Add a hint at an offset; what is outside of the asked range is left out. */
void add_hint(struct hints *hints, size_t offset, enum hint_kind kind, const char *prefix,
              const char *label, size_t length, const char *suffix);

/* The offset in the main file at which a location is written, in the arguments of a macro too; false
 * for what stands in a macro's body, or in another file. */
bool written_at(const struct hints *hints, CXSourceLocation location, size_t *offset);

/* Both ends of what a cursor covers, where they are written. */
bool extent_of(const struct hints *hints, CXCursor cursor, size_t *start, size_t *end);

/* Whether a comment in front of the offset says the name: `/\* name= *\/`. */
bool is_commented(const struct hints *hints, size_t offset, const char *name, size_t length);

/* The children of a cursor, at most `most`; how many there are. */
size_t children_of(const struct api *api, CXCursor cursor, CXCursor *children, size_t most);

/* One file each: */
void hint_arguments(struct hints *hints, CXCursor call);
void hint_designators(struct hints *hints, CXCursor list);
void hint_block_end(struct hints *hints, CXCursor cursor, CXCursor parent);

#endif
